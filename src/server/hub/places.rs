//! Who may have one more connection: pure. Of all the places a person may fill only so many, and a network too; the
//! last tenth is kept for people who have no connection yet.

use std::net::IpAddr;

/// How many connections there may be at a time. 0: no limit.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// In all; here 0 means none.
    pub all: usize,
    /// Of one person. Who opens more loses their oldest.
    pub per_person: usize,
    /// From one network.
    pub per_address: usize,
}

/// A limit on all connections only.
impl From<usize> for Places {
    fn from(all: usize) -> Self {
        Self {
            all,
            per_person: 0,
            per_address: 0,
        }
    }
}

/// Why a connection is not taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// The server is stopping.
    Stopping,
    /// There are as many as there may be.
    Full,
    /// The person opens them faster than old ones go away.
    Person,
    /// There are too many from this network.
    Address,
}

/// Where a connection comes from, to count by: an IPv4 address, or the first 64 bits of an IPv6 address, which one
/// customer has for themselves (RFC 6177). The two can't be the same number: no network begins with 32 zero bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Network(u64);

impl Network {
    /// `None` for the machine itself: those behind a proxy that the server was not told of all come from there.
    pub(super) fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V4(address) => Some(Self(address.to_bits().into())),
            IpAddr::V6(address) => Some(Self((address.to_bits() >> 64) as u64)),
        }
    }
}

/// What there is when somebody asks for one more connection. A connection that was closed and is saying goodbye, for
/// a second at most, is still there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pub all: usize,
    /// The person's, without those that were closed.
    pub live: usize,
    /// The person's that were closed.
    pub closed: usize,
    /// From the same network.
    pub from_there: usize,
}

/// What becomes of somebody who asks for a connection and gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    /// One more.
    Added,
    /// The person's oldest is to be closed for it.
    InsteadOfOldest,
}

impl Places {
    /// The last ones, which only those get who have none yet.
    fn kept(self) -> usize {
        self.all / 10
    }

    /// Whoever has a connection gets a new one whatever else is full, at the price of their oldest: so a reload always
    /// gets in.
    pub(super) fn admit(self, taken: Taken) -> Result<Admitted, NoPlace> {
        let at_most = |limit: usize, count: usize| limit > 0 && count >= limit;
        if at_most(self.per_person, taken.closed) {
            return Err(NoPlace::Person);
        }
        let is_crowded = taken.all >= self.all - self.kept();
        let is_address_full = at_most(self.per_address, taken.from_there);
        if taken.live > 0 {
            let is_over = is_crowded || is_address_full || at_most(self.per_person, taken.live);
            if is_crowded && taken.all >= self.all && taken.closed > 0 {
                // The one before has not made room yet.
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

    const PLACES: Places = Places {
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
        PLACES.admit(Taken {
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
    fn the_last_places_are_for_those_who_have_none() {
        assert_eq!(admit(89, 1, 0, 1), Ok(Admitted::Added));
        assert_eq!(admit(90, 1, 0, 1), Ok(Admitted::InsteadOfOldest));
        assert_eq!(admit(99, 0, 0, 1), Ok(Admitted::Added));
        assert_eq!(admit(100, 0, 0, 1), Err(NoPlace::Full));
        // A reload gets in when nobody else does.
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
        let places = Places::from(1_000);
        let taken = Taken {
            all: 899,
            live: 899,
            closed: 500,
            from_there: 899,
        };
        assert_eq!(places.admit(taken), Ok(Admitted::Added));
        assert_eq!(Places::from(1).admit(Taken::default()), Ok(Admitted::Added));
    }

    #[test]
    fn a_network_is_an_ipv4_address_or_half_an_ipv6_address() {
        let of = |text: &str| Network::of(text.parse().expect("an address"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_eq!((of("127.0.0.1"), of("::1")), (None, None));
    }
}
