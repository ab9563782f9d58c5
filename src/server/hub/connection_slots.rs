//! Admission of connections, as pure functions. Each user and each network may hold only part of all slots; the last
//! tenth is reserved for users who have no connection yet.

use std::net::IpAddr;

/// Limits on concurrent connections. 0: no limit.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// In total; here 0 admits none.
    pub all: usize,
    /// Per user. A new connection beyond this replaces the user's oldest.
    pub per_person: usize,
    /// Per network.
    pub per_address: usize,
}

/// Limits only the total.
impl From<usize> for ConnectionLimits {
    fn from(all: usize) -> Self {
        Self {
            all,
            per_person: 0,
            per_address: 0,
        }
    }
}

/// Why a connection is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// The server is stopping.
    Stopping,
    /// The total limit is reached.
    Full,
    /// The user opens connections faster than replaced ones close.
    Person,
    /// The limit of this network is reached.
    Address,
}

/// The unit by which connections are counted per origin: an IPv4 address, or the first 64 bits of an IPv6 address, the
/// size assigned to one customer (RFC 6177). The two can't collide: no IPv6 network begins with 32 zero bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClientNetwork(u64);

impl ClientNetwork {
    /// `None` for loopback: all clients behind a proxy that the server is not configured to trust appear to come from
    /// there.
    pub(super) fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V4(address) => Some(Self(address.to_bits().into())),
            IpAddr::V6(address) => Some(Self((address.to_bits() >> 64) as u64)),
        }
    }
}

/// The occupancy when a connection is requested. A closed connection that is still flushing its close frame, for a
/// second at most, counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Occupancy {
    pub all: usize,
    /// The user's open connections.
    pub live: usize,
    /// The user's closed connections that still occupy a slot.
    pub closed: usize,
    /// From the same network.
    pub from_there: usize,
}

/// How a connection was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    /// As an additional connection.
    Added,
    /// In place of the user's oldest, which must be closed.
    InsteadOfOldest,
}

impl ConnectionLimits {
    /// The slots reserved for users without a connection.
    fn reserved(self) -> usize {
        self.all / 10
    }

    /// A user who has a connection gets a new one whatever else is full, in exchange for their oldest, so that a page
    /// reload always succeeds.
    pub(super) fn admit(self, taken: Occupancy) -> Result<Admitted, NoPlace> {
        let at_most = |limit: usize, count: usize| limit > 0 && count >= limit;
        if at_most(self.per_person, taken.closed) {
            return Err(NoPlace::Person);
        }
        let is_crowded = taken.all >= self.all - self.reserved();
        let is_address_full = at_most(self.per_address, taken.from_there);
        if taken.live > 0 {
            let is_over = is_crowded || is_address_full || at_most(self.per_person, taken.live);
            if is_crowded && taken.all >= self.all && taken.closed > 0 {
                // The previous replacement has not freed its slot yet.
                return Err(NoPlace::Full);
            }
            return Ok(match is_over {
                true => Admitted::InsteadOfOldest,
                false => Admitted::Added,
            });
        }
        if taken.all >= self.all {
            return Err(NoPlace::Full);
        }
        if is_address_full {
            return Err(NoPlace::Address);
        }
        Ok(Admitted::Added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: ConnectionLimits = ConnectionLimits {
        all: 100,
        per_person: 20,
        per_address: 50,
    };

    fn admit(
        all: usize,
        live: usize,
        closed: usize,
        from_there: usize,
    ) -> Result<Admitted, NoPlace> {
        PLACES.admit(Occupancy {
            all,
            live,
            closed,
            from_there,
        })
    }

    #[test]
    fn the_oldest_goes_when_a_person_has_as_many_as_they_may() {
        assert_eq!(admit(19, 19, 0, 19), Ok(Admitted::Added));
        assert_eq!(admit(20, 20, 0, 20), Ok(Admitted::InsteadOfOldest));
        assert_eq!(admit(25, 20, 19, 20), Ok(Admitted::InsteadOfOldest));
        assert_eq!(admit(40, 20, 20, 40), Err(NoPlace::Person));
    }

    #[test]
    fn the_last_places_are_reserved_for_users_without_a_connection() {
        assert_eq!(admit(89, 1, 0, 1), Ok(Admitted::Added));
        assert_eq!(admit(90, 1, 0, 1), Ok(Admitted::InsteadOfOldest));
        assert_eq!(admit(99, 0, 0, 1), Ok(Admitted::Added));
        assert_eq!(admit(100, 0, 0, 1), Err(NoPlace::Full));
        // A reload is admitted when other attempts are not.
        assert_eq!(admit(100, 1, 0, 1), Ok(Admitted::InsteadOfOldest));
        assert_eq!(admit(101, 1, 1, 1), Err(NoPlace::Full));
    }

    #[test]
    fn a_network_has_a_limit_of_its_own_and_a_reload_gets_in_all_the_same() {
        assert_eq!(admit(60, 0, 0, 50), Err(NoPlace::Address));
        assert_eq!(admit(60, 0, 0, 49), Ok(Admitted::Added));
        assert_eq!(admit(60, 3, 0, 50), Ok(Admitted::InsteadOfOldest));
    }

    #[test]
    fn without_limits_only_the_number_of_all_counts() {
        let places = ConnectionLimits::from(1_000);
        let taken = Occupancy {
            all: 899,
            live: 899,
            closed: 500,
            from_there: 899,
        };
        assert_eq!(places.admit(taken), Ok(Admitted::Added));
        assert_eq!(
            ConnectionLimits::from(1).admit(Occupancy::default()),
            Ok(Admitted::Added)
        );
    }

    #[test]
    fn a_network_is_an_ipv4_address_or_half_an_ipv6_address() {
        let of = |text: &str| ClientNetwork::of(text.parse().expect("an address"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_eq!((of("127.0.0.1"), of("::1")), (None, None));
    }
}
