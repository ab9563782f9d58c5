//! Keys of private rooms: their required strength, and their hashes. Each hash has a random salt.

use argon2::Params;
use argon2::password_hash::phc::Salt;
use zeroize::Zeroizing;

use super::strength::weakness;
use super::{Asker, Passwords, hash, internal, is_right, nobody};
use crate::model::{Field, Refusal, limits, validate};

/// OWASP Password Storage Cheat Sheet: m=19 MiB, t=2. Not configurable: it never changes, so that a comparison takes
/// the same time for every room, whenever its key was set.
const MEMORY_KIB: u32 = 19_456;
/// See [`MEMORY_KIB`].
const ITERATIONS: u32 = 2;

impl Passwords {
    /// The PHC string of a new key, with a new salt. `words` are an attacker's first guesses: the room's name.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] on [`Field::Key`] when the key is too short, too long, blank, or easy to guess (the same
    /// threshold as for passwords: zxcvbn 2 of 4); [`Refusal::Busy`] when the queue is full.
    pub async fn new_key(
        &self,
        asker: Asker,
        key: String,
        words: Vec<String>,
    ) -> Result<String, Refusal> {
        let key = Zeroizing::new(key);
        validate::room_key(&key)?;
        // zxcvbn is slow too, so it runs in the same turn on the blocking pool.
        self.run(asker, move |buffer| {
            let words: Vec<&str> = words.iter().map(String::as_str).chain(["room"]).collect();
            // White space between repetitions makes them no harder to guess.
            let squeezed = Zeroizing::new(key.split_whitespace().collect::<String>());
            for key in [key.as_str(), &squeezed] {
                if let Some(reason) = weakness(key, &words, "This key is easy to guess.") {
                    return Err(Refusal::invalid(Field::Key, reason));
                }
            }
            hash(&params()?, &key, Salt::generate(), buffer)
        })
        .await
    }

    /// The index of the hash that matches this key. Always compares with [`limits::KEY_CANDIDATES`] hashes, decoys
    /// where there are fewer, so that the duration does not reveal their number. Any more are ignored.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when the queue is full; [`Refusal::Internal`] when a hash can't be parsed.
    pub async fn find_key(
        &self,
        asker: Asker,
        key: String,
        hashes: Vec<String>,
    ) -> Result<Option<usize>, Refusal> {
        let key = Zeroizing::new(key);
        if key.chars().count() > limits::KEY_MAX {
            return Ok(None); // No room has a key this long.
        }
        self.run(asker, move |buffer| {
            let nobodys = nobody(&params()?);
            let mut found = None;
            for index in 0..limits::KEY_CANDIDATES {
                let known = hashes.get(index);
                let is_right = is_right(known.unwrap_or(&nobodys), &key, buffer)
                    .map_err(|error| internal("can't read the hash of a key", &error))?;
                if is_right && known.is_some() && found.is_none() {
                    found = Some(index);
                }
            }
            Ok(found)
        })
        .await
    }
}

fn params() -> Result<Params, Refusal> {
    Params::new(MEMORY_KIB, ITERATIONS, 1, None)
        .map_err(|error| internal("can't hash a key", &error))
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, Argon2, PasswordHasher, Version};

    use super::*;
    use crate::server::config;

    /// As versions before 0011 created them: with one salt for all rooms.
    fn old_hash(key: &str) -> String {
        let params = params().expect("parameters");
        let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(key.as_bytes(), &[7; 16]);
        hash.expect("a hash").to_string()
    }

    #[tokio::test]
    async fn one_key_of_two_rooms_has_two_hashes_and_both_are_found() {
        let passwords = Passwords::new(&config::HashingConfig::default()).expect("valid");
        let new = || passwords.new_key(Asker::OPERATOR, "violet-tram-at-noon".into(), vec![]);
        let (one, other) = (new().await.expect("strong"), new().await.expect("strong"));
        assert_ne!(one, other);
        let find = |key: &str, hashes: &[&String]| {
            let hashes = hashes.iter().map(|hash| (*hash).clone()).collect();
            passwords.find_key(Asker::OPERATOR, key.into(), hashes)
        };
        let old = old_hash("123456");
        assert_eq!(
            find("violet-tram-at-noon", &[&old, &other]).await,
            Ok(Some(1))
        );
        assert_eq!(find("123456", &[&one, &old]).await, Ok(Some(1)));
        assert_eq!(find("123456", &[&one, &other]).await, Ok(None));
        assert_eq!(find("", &[]).await, Ok(None));
    }

    #[tokio::test]
    async fn a_key_is_compared_as_often_however_many_rooms_there_are() {
        let passwords = Passwords::new(&config::HashingConfig::default()).expect("valid");
        let hash = old_hash("violet-tram-at-noon");
        let mut costs = Vec::new();
        for (key, count) in [
            ("wrong", 0),
            ("wrong", 1),
            ("violet-tram-at-noon", 1),
            ("wrong", limits::KEY_CANDIDATES),
            ("violet-tram-at-noon", limits::KEY_CANDIDATES + 2),
        ] {
            let before = passwords.work();
            let hashes = vec![hash.clone(); count];
            let found = passwords.find_key(Asker::OPERATOR, key.into(), hashes);
            assert_eq!(found.await.map(|it| it.is_some()), Ok(key != "wrong"));
            costs.push(passwords.work() - before);
        }
        let each = u64::from(MEMORY_KIB * ITERATIONS);
        assert_eq!(costs, vec![each * limits::KEY_CANDIDATES as u64; 5]);
    }

    #[tokio::test]
    async fn a_key_that_is_guessed_first_is_refused() {
        let passwords = Passwords::new(&config::HashingConfig::default()).expect("valid");
        for key in [
            "",
            "123456",
            "      ",
            "\u{a0}\u{3000}\u{200b}\u{200d}\u{2060}\u{feff}\u{3164}\u{115f}\u{2800}",
            "12345678",
            "abcdefgh",
            "qwertyuiop",
            "aaaaaaaaaaaa",
            "password1",
            "Garden2024",
            "gardengarden",
            "letmein!",
            "roomroom",
            "abc abc abc",
            "        a       ",
        ] {
            let answer = passwords
                .new_key(Asker::OPERATOR, key.into(), vec!["Garden".into()])
                .await;
            let field = answer.as_ref().err().and_then(Refusal::field);
            assert_eq!(field, Some(Field::Key), "{key:?}: {answer:?}");
        }
        for key in [
            "wine-and-cheese",
            "sesame-opens",
            "apple-pie-recipe",
            "k3xq7-p2m9v-8wd4n",
        ] {
            let answer = passwords
                .new_key(Asker::OPERATOR, key.into(), vec!["Garden".into()])
                .await;
            assert!(answer.is_ok(), "{key:?}: {answer:?}");
        }
    }
}
