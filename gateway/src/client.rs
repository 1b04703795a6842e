//! The address of a client: the address that the connection comes from, or the one that a trusted proxy names.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// Returns whether one of the networks contains the address. An IPv4-mapped address counts as its IPv4 address.
pub(crate) fn is_in(address: IpAddr, networks: &[IpNet]) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// Reads an address as proxies write it: bare, with a port, or an IPv6 address in brackets.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| Some(text.split_once(']')?.0));
    let parsed = bare.unwrap_or(text).parse::<IpAddr>().ok();
    parsed
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
        .map(|address| address.to_canonical())
}

/// Returns the client's real address. Each trusted proxy has appended the address that it saw. Therefore the last
/// address that belongs to no trusted proxy is the client's, whatever the client itself has written before it.
pub(crate) fn real_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer.to_canonical();
    if trusted.is_empty() || !is_in(address, trusted) {
        return address;
    }
    for value in headers.get_all("x-forwarded-for").iter().rev() {
        for entry in value.to_str().unwrap_or_default().rsplit(',') {
            let Some(named) = parse(entry) else { return address };
            address = named;
            if !is_in(address, trusted) {
                return address;
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_address_that_no_trusted_proxy_has() {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (peer, headers, real) in [
            ("192.0.2.1", &["6.6.6.6"][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            ("::ffff:10.0.0.1", &["6.6.6.6, ::ffff:192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1", &["6.6.6.6", "192.0.2.1:4000, 10.0.0.2"], "192.0.2.1"),
            ("fd00::1", &["[2001:db8::1]:99"], "2001:db8::1"),
            // An entry that is no address ends the search at the last known address.
            ("10.0.0.1", &["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["10.0.0.3"], "10.0.0.3"),
        ] {
            let mut map = HeaderMap::new();
            for header in headers {
                map.append("x-forwarded-for", header.parse().unwrap());
            }
            let found = real_address(peer.parse().unwrap(), &map, &trusted);
            assert_eq!(found, real.parse::<IpAddr>().unwrap(), "{peer} {headers:?}");
        }
    }
}
