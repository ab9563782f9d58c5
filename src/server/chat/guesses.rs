//! The pace of guesses at secrets of rooms: keys, and the tokens of invite links.

use std::net::IpAddr;
use std::time::Instant;

use crate::model::{Refusal, UserId, limits};
use crate::server::auth::Throttle;
use crate::server::auth::accounts::address_key;

/// Counts wrong guesses per account, per address, and per what is guessed at.
pub(super) struct Guesses {
    accounts: Throttle,
    addresses: Throttle,
    targets: Throttle,
}

/// Who guesses, and at what.
pub(super) struct Guess<'a> {
    /// `None`: nobody is logged in.
    pub(super) by: Option<UserId>,
    pub(super) from: IpAddr,
    /// What is guessed at, where one can tell: the name of a room, whether there is one or not.
    pub(super) target: Option<&'a str>,
}

impl Guesses {
    /// At keys of private rooms.
    pub(super) fn at_keys() -> Self {
        Self::new(
            limits::KEY_ATTEMPTS,
            limits::KEY_ADDRESS_ATTEMPTS,
            limits::KEY_NAME_ATTEMPTS,
        )
    }

    /// At invite links. Their tokens can't be guessed (256 bits); this bounds what trying costs.
    pub(super) fn at_links() -> Self {
        let (accounts, addresses) = (limits::LINK_ATTEMPTS, limits::LINK_ADDRESS_ATTEMPTS);
        Self::new(accounts, addresses, addresses)
    }

    fn new(accounts: u32, addresses: u32, targets: u32) -> Self {
        let throttle = |attempts| Throttle::new(attempts, limits::KEY_WINDOW);
        Self {
            accounts: throttle(accounts),
            addresses: throttle(addresses),
            targets: throttle(targets),
        }
    }

    /// Begins a guess, and counts it as wrong until [`Attempt::give_back`] says otherwise, also when the request is
    /// dropped before it is judged.
    ///
    /// # Errors
    /// [`Refusal::Throttled`]; nothing is counted then.
    pub(super) fn begin(&self, guess: &Guess<'_>) -> Result<Attempt<'_>, Refusal> {
        let counted = [
            guess.by.map(|user| (&self.accounts, user.to_string())),
            Some((&self.addresses, address_key(guess.from))),
            guess.target.map(|name| (&self.targets, name.to_owned())),
        ];
        let mut attempt = Attempt(Vec::with_capacity(counted.len()));
        for (throttle, key) in counted.into_iter().flatten() {
            if let Err(refusal) = throttle.check(&key, Instant::now()) {
                attempt.give_back();
                return Err(refusal);
            }
            attempt.0.push((throttle, key));
        }
        Ok(attempt)
    }
}

/// A guess that was begun: where it is counted.
#[must_use]
pub(super) struct Attempt<'a>(Vec<(&'a Throttle, String)>);

impl Attempt<'_> {
    /// It was wrong.
    pub(super) fn failed(self) {
        for (throttle, key) in self.0 {
            throttle.failed(&key, Instant::now());
        }
    }

    /// It was right, or was never judged.
    pub(super) fn give_back(self) {
        for (throttle, key) in self.0 {
            throttle.succeeded(&key, Instant::now());
        }
    }

    /// Ends it by what became of it: `wrong` says which refusals are a wrong guess. Others judge nothing.
    pub(super) fn end<T>(self, became: &Result<T, Refusal>, wrong: &Refusal) {
        match became {
            Err(refusal) if refusal == wrong => self.failed(),
            _ => self.give_back(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn guess(user: i64, host: u32, target: &str) -> Guess<'_> {
        Guess {
            by: Some(UserId(user)),
            from: Ipv4Addr::from(host).into(),
            target: Some(target),
        }
    }

    /// How many wrong guesses get through, each by what `who` says of its number.
    fn allowed(who: impl Fn(u32) -> Guess<'static>) -> u32 {
        let guesses = Guesses::at_keys();
        let mut through = 0;
        for number in 0..1_000 {
            if let Ok(attempt) = guesses.begin(&who(number)) {
                attempt.failed();
                through += 1;
            }
        }
        through
    }

    #[test]
    fn one_account_one_address_and_all_at_one_room_get_their_number_of_guesses_and_no_more() {
        let of_account = allowed(|n| guess(1, n, if n % 2 == 0 { "cellar" } else { "attic" }));
        assert_eq!(of_account, limits::KEY_ATTEMPTS);
        assert_eq!(
            allowed(|n| guess(n.into(), 1, "cellar")),
            limits::KEY_ADDRESS_ATTEMPTS
        );
        assert_eq!(
            allowed(|n| guess(n.into(), n, "cellar")),
            limits::KEY_NAME_ATTEMPTS
        );
    }

    #[test]
    fn who_is_held_up_by_one_count_spends_nothing_of_the_others() {
        let guesses = Guesses::at_keys();
        for host in 0..100 {
            drop(guesses.begin(&guess(1, host, "cellar")));
        }
        // The account is held up; the addresses and the room have seen its five guesses only.
        for user in 2..=u32::from(11_u8) {
            for _ in 0..limits::KEY_ATTEMPTS {
                let attempt = guesses.begin(&guess(user.into(), 1_000 + user, "cellar"));
                attempt.expect("another account").failed();
            }
        }
    }
}
