//! Listening sockets: bound here, handed over by a running gateway, or given by the service manager.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use crate::config::{Config, Endpoint};
use crate::handover::Given;

/// The number of connections that the kernel keeps until they are accepted. A burst of 1,000 connections fits. The
/// kernel's own bound (`net.core.somaxconn`) is 4096 by default.
const BACKLOG: u32 = 4096;

/// A listening socket.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Returns the address at which the socket listens.
    pub(crate) fn endpoint(&self) -> io::Result<Endpoint> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Endpoint::Inet),
            Self::Unix(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().ok_or(io::ErrorKind::AddrNotAvailable)?;
                Ok(Endpoint::Unix(path.to_path_buf()))
            }
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener) => listener.as_fd(),
        }
    }
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with, sockopt};
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, SocketType::STREAM, flags, None)?;
    // With this option, a restart does not wait for connections of the process before.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &address)?;
    listen(&socket, BACKLOG as i32)?;
    Ok(TcpListener::from(socket))
}

fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    // A process that was killed leaves its socket in the file system. It is removed if no process listens at it.
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_socket());
    if is_socket {
        if UnixStream::connect(path).is_ok() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    // Only the user and the group of the process may read the metrics.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn bind(endpoint: &Endpoint) -> io::Result<Listener> {
    match endpoint {
        Endpoint::Inet(address) => bind_tcp(*address).map(Listener::Tcp),
        Endpoint::Unix(path) => bind_unix(path).map(Listener::Unix),
    }
}

/// The listening sockets that this process got at its start.
#[derive(Default)]
pub(crate) struct Inherited(Vec<Listener>);

fn from_descriptor(endpoint: &Endpoint, socket: OwnedFd) -> io::Result<Listener> {
    match endpoint {
        Endpoint::Inet(_) => {
            let listener = TcpListener::from(socket);
            listener.set_nonblocking(true)?;
            Ok(Listener::Tcp(listener))
        }
        Endpoint::Unix(_) => {
            let listener = UnixListener::from(socket);
            listener.set_nonblocking(true)?;
            Ok(Listener::Unix(listener))
        }
    }
}

impl Inherited {
    /// Returns the sockets of the service manager:
    /// <https://www.freedesktop.org/software/systemd/man/sd_listen_fds.html>
    pub(crate) fn from_service_manager() -> Self {
        let mut given = listenfd::ListenFd::from_env();
        let mut found = Vec::new();
        for index in 0..given.len() {
            if let Ok(Some(listener)) = given.take_tcp_listener(index) {
                if listener.set_nonblocking(true).is_ok() {
                    found.push(Listener::Tcp(listener));
                }
            } else if let Ok(Some(listener)) = given.take_unix_listener(index)
                && listener.set_nonblocking(true).is_ok()
            {
                found.push(Listener::Unix(listener));
            }
        }
        Self(found)
    }

    /// Returns the sockets of a running gateway.
    pub(crate) fn from_predecessor(given: &mut Given) -> io::Result<Self> {
        let mut found = Vec::new();
        for (name, socket) in given.sockets.drain(..) {
            let endpoint = name.parse::<Endpoint>().map_err(io::Error::other)?;
            found.push(from_descriptor(&endpoint, socket)?);
        }
        Ok(Self(found))
    }

    /// Returns the inherited socket of an endpoint, or binds a new socket.
    pub(crate) fn take_or_bind(
        &mut self,
        config: &Config,
        key: &str,
        endpoint: &Endpoint,
    ) -> Result<Listener, String> {
        let given = self.0.iter().position(|listener| listener.endpoint().is_ok_and(|at| at == *endpoint));
        if let Some(index) = given {
            return Ok(self.0.swap_remove(index));
        }
        bind(endpoint).map_err(|error| config.at.of(key, &format!("cannot listen at {endpoint}: {error}")))
    }
}

/// Checks that the process can listen at the configured addresses. An address in use is an error unless
/// `beside_another`.
///
/// # Errors
/// Returns a message that names the key and the line.
pub(crate) fn check(config: &Config, beside_another: bool) -> Result<(), String> {
    for (key, endpoint) in
        [("server.listen", &Endpoint::Inet(config.listen)), ("admin.listen", &config.admin_listen)]
    {
        match bind(endpoint) {
            Err(error) if beside_another && error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => {
                return Err(config.at.of(key, &format!("cannot listen at {endpoint}: {error}")));
            }
            Ok(Listener::Unix(listener)) => {
                drop(listener);
                if let Endpoint::Unix(path) = endpoint {
                    let _ = std::fs::remove_file(path);
                }
            }
            Ok(Listener::Tcp(_)) => {}
        }
    }
    Ok(())
}
