//! The address of the client that made a request, for every limit and log line that uses one.
//!
//! Without a proxy it is the peer of the connection. Behind a proxy the peer is the proxy, and the client is the entry
//! of `X-Forwarded-For` that the outermost of our proxies added: each proxy appends the address that it was reached
//! from, so entries are trusted from the right, one per `server.proxy_hops`. Entries further left were sent by the
//! client and prove nothing.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::server::config::ServerConfig;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address. `None` only for a request without a connection, which the listener never produces.
#[must_use]
pub fn of_request(parts: &Parts, settings: &ServerConfig) -> Option<IpAddr> {
    of(&parts.headers, &parts.extensions, settings)
}

/// As [`of_request`], from the headers and extensions alone.
#[must_use]
pub fn of(headers: &HeaderMap, extensions: &Extensions, settings: &ServerConfig) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    Some(client_address(headers, peer, settings))
}

/// The address of the client whose request has these headers and arrived from this peer. An IPv4-mapped IPv6 address is
/// returned as the IPv4 address.
///
/// When `behind_proxy` is on but the header can't be used, it is the peer's address, and a warning is logged once.
#[must_use]
pub fn client_address(headers: &HeaderMap, peer: IpAddr, settings: &ServerConfig) -> IpAddr {
    if !settings.behind_proxy {
        return peer.to_canonical();
    }
    forwarded_for(headers, settings.proxy_hops).unwrap_or_else(|error| {
        warn_once(error, peer);
        peer.to_canonical()
    })
}

/// Why `X-Forwarded-For` does not yield the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ForwardedError {
    Missing,
    TooShort,
    NoAddress,
}

/// The entry of `X-Forwarded-For` at position `hops` from the right, across all lines of that header.
fn forwarded_for(headers: &HeaderMap, hops: usize) -> Result<IpAddr, ForwardedError> {
    let lines = headers.get_all(FORWARDED_FOR);
    let mut entries = lines
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|entry| !entry.is_empty())
        .rev()
        .peekable();
    if entries.peek().is_none() {
        return Err(ForwardedError::Missing);
    }
    let entry = entries
        .nth(hops.saturating_sub(1))
        .ok_or(ForwardedError::TooShort)?;
    std::str::from_utf8(entry)
        .ok()
        .and_then(address)
        .ok_or(ForwardedError::NoAddress)
}

/// Parses an address as proxies write it: bare, with a port (Azure), in brackets with or without a port, in quotes (RFC
/// 7239, section 6), with a zone.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(entry)
        .trim();
    let bare = match entry.strip_prefix('[') {
        Some(rest) => {
            let (inner, port) = rest.split_once(']')?;
            let has_port = port.strip_prefix(':').is_some_and(is_port);
            (port.is_empty() || has_port).then_some(inner)?
        }
        None => match entry.split_once(':') {
            // With a second colon it is an IPv6 address.
            Some((host, port)) if !port.contains(':') => is_port(port).then_some(host)?,
            _ => entry,
        },
    };
    let bare = bare.split('%').next().unwrap_or(bare);
    bare.parse()
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// Logs a misconfigured proxy, once. All clients behind it share one address then, and so one limit on log-ins.
fn warn_once(error: ForwardedError, peer: IpAddr) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if WARNED.swap(true, Ordering::Relaxed) {
        return;
    }
    let reason = match error {
        ForwardedError::Missing => "a request came without X-Forwarded-For",
        ForwardedError::TooShort => "X-Forwarded-For has fewer entries than server.proxy_hops",
        ForwardedError::NoAddress => {
            "the entry of X-Forwarded-For that server.proxy_hops points at is not an IP address"
        }
    };
    tracing::warn!(
        %peer,
        "server.behind_proxy is on, but {reason}: the address of the proxy is used instead, so all its clients \
         share one limit on log-ins. Let the proxy append to X-Forwarded-For, or turn behind_proxy off. \
         This is logged once."
    );
}

/// The network of an address, as the key of limits. IPv6 addresses are cut to their first `bits`, since a client
/// controls a whole network of them (RFC 6177: /64 for a link, /56 or /48 for a customer). IPv4 addresses, mapped or
/// not, stay whole.
#[must_use]
pub fn network(address: IpAddr, bits: u8) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits.into()));
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask.unwrap_or(0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(behind_proxy: bool, proxy_hops: usize) -> ServerConfig {
        ServerConfig {
            behind_proxy,
            proxy_hops,
            ..ServerConfig::default()
        }
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        headers
    }

    fn read(lines: &[&str], hops: usize) -> String {
        let peer = "192.0.2.99".parse().unwrap();
        client_address(&headers(lines), peer, &settings(true, hops)).to_string()
    }

    #[test]
    fn an_address_is_read_however_a_proxy_writes_it() {
        for (entry, expected) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4:567", "1.2.3.4"),
            ("\"1.2.3.4:567\"", "1.2.3.4"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%eth0]:80", "fe80::1"),
            (" 1.2.3.4 ", "1.2.3.4"),
        ] {
            assert_eq!(read(&[entry], 1), expected, "{entry}");
        }
    }

    #[test]
    fn what_is_no_address_counts_as_the_proxy() {
        for entry in [
            "",
            " ",
            ",",
            "unknown",
            "_hidden",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.4:",
            "1.2.3.4:x",
            "1.2.3.4:70000",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "[2001:db8::1]:",
            "[]",
            "\"",
            "\"\"",
            "for=1.2.3.4",
            "chat.example.org",
            "0x7f000001",
            "é",
        ] {
            assert_eq!(read(&[entry], 1), "192.0.2.99", "{entry}");
        }
        assert_eq!(read(&[], 1), "192.0.2.99");
        let mut bytes = HeaderMap::new();
        bytes.insert(
            FORWARDED_FOR,
            axum::http::HeaderValue::from_bytes(b"\xff\xfe").unwrap(),
        );
        let peer: IpAddr = "192.0.2.99".parse().unwrap();
        assert_eq!(client_address(&bytes, peer, &settings(true, 1)), peer);
    }

    #[test]
    fn entries_are_trusted_from_the_right_one_for_each_hop() {
        let one_line = ["6.6.6.6, 10.0.0.1, 10.0.0.2"];
        let lines = ["6.6.6.6", "10.0.0.1,10.0.0.2"];
        for lines in [&one_line[..], &lines[..]] {
            assert_eq!(read(lines, 1), "10.0.0.2");
            assert_eq!(read(lines, 2), "10.0.0.1");
            assert_eq!(read(lines, 3), "6.6.6.6");
            // Fewer proxies than the setting says: then no entry can be believed.
            assert_eq!(read(lines, 4), "192.0.2.99");
        }
        // Garbage that the client wrote itself does no harm to what the proxy added.
        assert_eq!(read(&["\"[,,::,x, 10.0.0.1"], 1), "10.0.0.1");
        assert_eq!(read(&["10.0.0.1, "], 1), "10.0.0.1");
    }

    #[test]
    fn without_a_proxy_the_header_means_nothing() {
        let peer = "::ffff:192.0.2.1".parse().unwrap();
        let address = client_address(&headers(&["1.2.3.4"]), peer, &settings(false, 1));
        assert_eq!(address.to_string(), "192.0.2.1");
    }

    #[test]
    fn the_network_of_an_ipv6_address_is_its_prefix() {
        let network = |text: &str, bits| network(text.parse().unwrap(), bits).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6", 64), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2ff:3:4:5:6", 56), "2001:db8:1:200::");
        assert_eq!(network("2001:db8:1:2:3:4:5:6", 48), "2001:db8:1::");
        assert_eq!(network("2001:db8::1", 128), "2001:db8::1");
        assert_eq!(network("2001:db8::1", 0), "::");
        assert_eq!(network("192.0.2.77", 48), "192.0.2.77");
        assert_eq!(network("::ffff:192.0.2.77", 64), "192.0.2.77");
    }
}
