//! The networks of an address, by which per-address limits are counted.

use std::net::IpAddr;

/// A prefix of an address. Mapped IPv4 addresses (`::ffff:1.2.3.4`) count as IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    bits: u128,
    prefix: u8,
}

/// IPv6 prefixes, and the multiple of a single address's allowance that each gets. Providers assign a customer a /64, a
/// /56 or a /48 (RFC 6177, RIPE-690), and which one is not visible from outside.
const V6: [(u8, u32); 3] = [(64, 1), (56, 4), (48, 16)];

impl Network {
    /// The smallest network that counts as one client: the IPv4 address, or the IPv6 /64.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self {
                bits: u128::from(u32::from(address)),
                prefix: 32,
            },
            IpAddr::V6(address) => Self::v6(u128::from(address), V6[0].0),
        }
    }

    /// All networks that attempts from this address count against, smallest first, each with its multiple of the
    /// allowance of a single address.
    pub fn all_of(address: IpAddr) -> impl Iterator<Item = (Self, u32)> {
        let smallest = Self::of(address);
        let wider = match address.to_canonical() {
            IpAddr::V4(_) => &[][..],
            IpAddr::V6(_) => &V6[1..],
        };
        let wider = wider
            .iter()
            .map(move |&(prefix, factor)| (Self::v6(smallest.bits, prefix), factor));
        std::iter::once((smallest, 1)).chain(wider)
    }

    fn v6(bits: u128, prefix: u8) -> Self {
        Self {
            bits: bits & (u128::MAX << (128 - u32::from(prefix))),
            prefix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(address: &str) -> Vec<(Network, u32)> {
        Network::all_of(address.parse().expect("an address")).collect()
    }

    #[test]
    fn an_ipv4_address_stands_for_itself_however_it_is_written() {
        assert_eq!(networks("203.0.113.7").len(), 1);
        assert_eq!(networks("203.0.113.7"), networks("::ffff:203.0.113.7"));
        assert_ne!(networks("203.0.113.7"), networks("203.0.113.8"));
        assert_ne!(networks("0.0.0.0"), networks("::"));
    }

    #[test]
    fn ipv6_addresses_share_what_their_prefixes_share() {
        let here = networks("2001:db8:1:2:3::4");
        assert_eq!(here, networks("2001:db8:1:2:ffff::1"));
        let shared = |other: &str| {
            let other = networks(other);
            here.iter()
                .filter(|network| other.contains(network))
                .count()
        };
        assert_eq!(shared("2001:db8:1:3::1"), 2, "the /56 and the /48");
        assert_eq!(shared("2001:db8:1:ff02::1"), 1, "the /48");
        assert_eq!(shared("2001:db8:2:2::1"), 0);
        assert!(here.is_sorted_by_key(|network| network.1));
    }
}
