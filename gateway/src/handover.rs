//! The hand-over of listening sockets from a running gateway to its successor, over a Unix socket. The old process
//! goes on serving until the new one has said that it is ready.

use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

/// The time that a successor waits for the sockets, and that the old process waits for the word that the successor is
/// ready. An administrator needs some seconds to send SIGQUIT by hand.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The greatest number of sockets in a hand-over. There are two: the listener for clients and the one for the
/// administrator.
const MOST: usize = 4;

const READY: &[u8] = b"ready\n";

fn space() -> Vec<MaybeUninit<u8>> {
    vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))]
}

fn same_user(stream: &UnixStream) -> io::Result<bool> {
    let other = rustix::net::sockopt::socket_peercred(stream)?;
    let own = std::fs::metadata("/proc/self")?;
    Ok(other.uid.as_raw() == std::os::unix::fs::MetadataExt::uid(&own))
}

/// Gives sockets with their names to a successor, and waits until the successor serves.
///
/// # Errors
/// Returns an error if there is no successor, or if the successor did not come to serve.
pub(crate) fn give(path: &Path, sockets: &[(String, BorrowedFd<'_>)]) -> io::Result<()> {
    let mut stream = UnixStream::connect(path)?;
    if !same_user(&stream)? {
        return Err(io::Error::other("the successor runs as another user"));
    }
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let names: Vec<&str> = sockets.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join("\n");
    let sockets: Vec<BorrowedFd<'_>> = sockets.iter().map(|(_, socket)| *socket).collect();
    let mut space = space();
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&sockets)) {
        return Err(io::Error::other("there are too many sockets"));
    }
    sendmsg(stream.as_fd(), &[IoSlice::new(names.as_bytes())], &mut control, SendFlags::empty())?;
    let mut word = [0; READY.len()];
    stream.read_exact(&mut word).map_err(|error| {
        io::Error::new(error.kind(), format!("the successor did not come to serve: {error}"))
    })?;
    if word == READY { Ok(()) } else { Err(io::Error::other("the successor did not say that it is ready")) }
}

/// The sockets that a successor was given.
pub(crate) struct Given {
    pub(crate) sockets: Vec<(String, OwnedFd)>,
    stream: UnixStream,
}

impl Given {
    /// Tells the old process that this one serves.
    pub(crate) fn serve(mut self) -> io::Result<()> {
        self.stream.write_all(READY)
    }
}

/// Waits for a running gateway that gives its sockets.
///
/// # Errors
/// Returns an error if no gateway comes within [`PATIENCE`].
pub(crate) fn take(path: &Path) -> io::Result<Given> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    let taken = take_from(&listener);
    // An error is ignored, because the next hand-over removes a file that is left.
    let _ = std::fs::remove_file(path);
    taken
}

fn take_from(listener: &UnixListener) -> io::Result<Given> {
    let start = Instant::now();
    let stream = loop {
        match listener.accept() {
            Ok((stream, _)) if same_user(&stream)? => break stream,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if start.elapsed() > PATIENCE {
                    let seconds = PATIENCE.as_secs();
                    return Err(io::Error::other(format!("no gateway gave its sockets in {seconds} s")));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(error),
        }
    };
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut names = [0; 4096];
    let mut space = space();
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received =
        recvmsg(stream.as_fd(), &mut [IoSliceMut::new(&mut names)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let mut sockets = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            sockets.extend(rights);
        }
    }
    let names = String::from_utf8_lossy(names.get(..received.bytes).unwrap_or_default()).into_owned();
    let names = names.lines().map(str::to_owned);
    Ok(Given { sockets: names.zip(sockets).collect(), stream })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn sockets_travel_and_the_old_process_learns_that_they_arrived() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        assert!(give(&path, &[]).is_err(), "there is no successor");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let there = path.clone();
        let successor = std::thread::spawn(move || {
            let mut given = take(&there).unwrap();
            let (name, socket) = given.sockets.pop().unwrap();
            let listener = TcpListener::from(socket);
            given.serve().unwrap();
            (name, listener.local_addr().unwrap())
        });
        while !path.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(50));
        give(&path, &[("clients".to_owned(), listener.as_fd())]).unwrap();
        assert_eq!(successor.join().unwrap(), ("clients".to_owned(), address));

        // A successor that ends before it serves does not end the service.
        let there = path.clone();
        let successor = std::thread::spawn(move || drop(take(&there).unwrap()));
        while !path.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(50));
        assert!(give(&path, &[("clients".to_owned(), listener.as_fd())]).is_err());
        successor.join().unwrap();
    }
}
