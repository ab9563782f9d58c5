//! Rate limits for guesses at secrets: room keys, and tokens of invite links.

use std::net::IpAddr;
use std::time::Instant;

use crate::model::{Refusal, UserId, limits};
use crate::server::auth::Throttle;
use crate::server::auth::accounts::address_key;

/// Counts wrong guesses per account, per address, and per target.
pub(super) struct Guesses {
    accounts: Throttle,
    addresses: Throttle,
    targets: Throttle,
}

/// Who is guessing, and at what.
pub(super) struct Guess<'a> {
    /// `None`: not logged in.
    pub(super) by: Option<UserId>,
    pub(super) from: IpAddr,
    /// The target, where it is known: the name of a room, whether it exists or not.
    pub(super) target: Option<&'a str>,
}

impl Guesses {
    /// For keys of private rooms.
    pub(super) fn at_keys() -> Self {
        Self::new(
            limits::KEY_ATTEMPTS,
            limits::KEY_ADDRESS_ATTEMPTS,
            limits::KEY_NAME_ATTEMPTS,
        )
    }

    /// For invite links. Their tokens can't be guessed (256 bits); this bounds the cost of trying.
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

    /// Starts a guess. It counts as wrong until [`CountedGuess::refund`], also when the request is dropped before the
    /// guess is judged.
    ///
    /// # Errors
    /// [`Refusal::Throttled`]; nothing is counted then.
    pub(super) fn begin(&self, guess: &Guess<'_>) -> Result<CountedGuess<'_>, Refusal> {
        let counted = [
            guess.by.map(|user| (&self.accounts, user.to_string())),
            Some((&self.addresses, address_key(guess.from))),
            guess.target.map(|name| (&self.targets, name.to_owned())),
        ];
        let mut attempt = CountedGuess(Vec::with_capacity(counted.len()));
        for (throttle, key) in counted.into_iter().flatten() {
            if let Err(refusal) = throttle.check(&key, Instant::now()) {
                attempt.refund();
                return Err(refusal);
            }
            attempt.0.push((throttle, key));
        }
        Ok(attempt)
    }
}

/// A guess in progress, with the counters it is charged to.
#[must_use]
pub(super) struct CountedGuess<'a>(Vec<(&'a Throttle, String)>);

impl CountedGuess<'_> {
    /// The guess was wrong.
    pub(super) fn failed(self) {
        for (throttle, key) in self.0 {
            throttle.failed(&key, Instant::now());
        }
    }

    /// The guess was right, or was never judged.
    pub(super) fn refund(self) {
        for (throttle, key) in self.0 {
            throttle.succeeded(&key, Instant::now());
        }
    }

    /// Ends the attempt by its result: only the refusal `wrong` is a wrong guess. Other refusals judge nothing.
    pub(super) fn end<T>(self, became: &Result<T, Refusal>, wrong: &Refusal) {
        match became {
            Err(refusal) if refusal == wrong => self.failed(),
            _ => self.refund(),
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

    /// How many wrong guesses are admitted, where `who` makes the guess of a given number.
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
    fn guesses_are_limited_per_account_address_and_room() {
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
    fn a_throttled_guess_uses_up_no_other_allowance() {
        let guesses = Guesses::at_keys();
        for host in 0..100 {
            drop(guesses.begin(&guess(1, host, "cellar")));
        }
        // The account is throttled; the addresses and the room were charged for its five guesses only.
        for user in 2..=u32::from(11_u8) {
            for _ in 0..limits::KEY_ATTEMPTS {
                let attempt = guesses.begin(&guess(user.into(), 1_000 + user, "cellar"));
                attempt.expect("another account").failed();
            }
        }
    }
}
