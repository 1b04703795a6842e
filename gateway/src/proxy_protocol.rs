//! The PROXY protocol, by which a balancer describes a connection before the client's first byte:
//! <https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>. No other file uses the crate `ppp`.

use std::net::{IpAddr, SocketAddr};

use bytes::{Buf as _, BytesMut};
use ppp::{HeaderResult, PartialResult as _, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The greatest length of a header of version 2 that is read. It has 16 fixed bytes, 36 bytes for two IPv6 addresses
/// with their ports, and room for extensions.
const LONGEST: usize = 1024;

/// The greatest length of a header of version 1, by the specification.
const LONGEST_V1: usize = 107;

const V1: &[u8] = b"PROXY ";

/// The connection does not begin with a header of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoHeader;

/// The contents of a header.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    /// The client's address, or `None` if the header names no client. The header of a balancer's own health check names
    /// none.
    client: Option<SocketAddr>,
    length: usize,
}

fn parse(bytes: &[u8]) -> Result<Option<Said>, NoHeader> {
    // A header of version 1 is one line. The crate reports some incomplete lines as broken, so only a whole line is
    // parsed.
    let start = bytes.get(..V1.len()).unwrap_or(bytes);
    if V1.starts_with(start) && !bytes.contains(&b'\n') {
        return if bytes.len() < LONGEST_V1 { Ok(None) } else { Err(NoHeader) };
    }
    let result = HeaderResult::parse(bytes);
    if result.is_incomplete() {
        return if bytes.len() < LONGEST { Ok(None) } else { Err(NoHeader) };
    }
    let address = |address: IpAddr, port| Some(SocketAddr::new(address.to_canonical(), port));
    match result {
        HeaderResult::V1(Ok(header)) => {
            let client = match header.addresses {
                v1::Addresses::Tcp4(a) => address(a.source_address.into(), a.source_port),
                v1::Addresses::Tcp6(a) => address(a.source_address.into(), a.source_port),
                v1::Addresses::Unknown => None,
            };
            Ok(Some(Said { client, length: header.header.len() }))
        }
        HeaderResult::V2(Ok(header)) => {
            let client = match (header.command, header.addresses) {
                (v2::Command::Proxy, v2::Addresses::IPv4(a)) => {
                    address(a.source_address.into(), a.source_port)
                }
                (v2::Command::Proxy, v2::Addresses::IPv6(a)) => {
                    address(a.source_address.into(), a.source_port)
                }
                _ => None,
            };
            Ok(Some(Said { client, length: header.len() }))
        }
        _ => Err(NoHeader),
    }
}

/// Reads a header from the start of a connection. Returns the client's address and the bytes that were read after the
/// header.
pub(crate) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<(Option<SocketAddr>, BytesMut), NoHeader> {
    let mut bytes = BytesMut::with_capacity(LONGEST);
    loop {
        if let Some(Said { client, length }) = parse(&bytes)? {
            bytes.advance(length.min(bytes.len()));
            return Ok((client, bytes));
        }
        match stream.read_buf(&mut bytes).await {
            Ok(1..) => {}
            _ => return Err(NoHeader),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(bytes: &[u8]) -> Result<(Option<SocketAddr>, Vec<u8>), NoHeader> {
        let mut input = bytes;
        let whole = read(&mut input).await.map(|(client, rest)| (client, rest.to_vec()));
        // The result does not depend on the sizes of the reads.
        let mut piecewise = tokio_pieces(bytes);
        assert_eq!(read(&mut piecewise).await.map(|(client, _)| client), whole.clone().map(|(c, _)| c));
        whole
    }

    fn tokio_pieces(bytes: &[u8]) -> impl AsyncRead + Unpin + use<> {
        let (mut to, from) = tokio::io::duplex(1);
        let bytes = bytes.to_vec();
        tokio::spawn(async move {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut to, &bytes).await;
        });
        from
    }

    #[tokio::test]
    async fn both_versions_name_the_client() {
        let client = Some("203.0.113.7:4000".parse().unwrap());
        let v1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 4000 443\r\nPOST";
        assert_eq!(of(v1).await, Ok((client, b"POST".to_vec())));
        let mut v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c".to_vec();
        v2.extend([203, 0, 113, 7, 192, 0, 2, 1, 0x0f, 0xa0, 1, 187]);
        v2.extend(b"POST");
        assert_eq!(of(&v2).await, Ok((client, b"POST".to_vec())));
        let mapped = b"PROXY TCP6 ::ffff:203.0.113.7 ::1 4000 443\r\n";
        assert_eq!(of(mapped).await, Ok((client, Vec::new())));
        let mut v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x24".to_vec();
        v2.extend(
            [0; 10]
                .into_iter()
                .chain([0xff, 0xff, 203, 0, 113, 7])
                .chain([0; 16])
                .chain([0x0f, 0xa0, 1, 187]),
        );
        assert_eq!(of(&v2).await, Ok((client, Vec::new())));
        // A balancer's own health check names no client, whatever addresses it contains.
        for (family, addresses) in [(0x11, 12), (0x21, 36)] {
            let mut local = b"\r\n\r\n\0\r\nQUIT\n\x20".to_vec();
            local.extend([family, 0, addresses]);
            local.extend((1..=addresses).chain(*b"POST"));
            assert_eq!(of(&local).await, Ok((None, b"POST".to_vec())), "{family:x}");
        }
        assert_eq!(of(b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00").await, Ok((None, Vec::new())));
        assert_eq!(of(b"PROXY UNKNOWN\r\n").await, Ok((None, Vec::new())));
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for bad in [
            &b"POST / HTTP/1.1\r\n\r\n"[..],
            b"",
            b"PROXY TCP4 203.0.113.7",
            b"PROXY TCP4 x y 1 2\r\n",
            b"\r\n\r\n\0\r\nQUIT\n\x31\x11\x00\x0c000000000000",
            // This header announces 64 KiB of extensions.
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
        ] {
            assert_eq!(of(bad).await, Err(NoHeader), "{bad:?}");
        }
        let endless = [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"[..], &[0; 4096]].concat();
        assert_eq!(of(&endless).await, Err(NoHeader));
    }
}
