//! Passwords: how strong they must be, and their slow hashes. Where hashes lie is the store's business.

use std::borrow::Cow;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use precis_profiles::OpaqueString;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

use crate::model::{Field, Refusal, limits};
use crate::server::config;

mod keys;

/// What a client is told to wait when the line is full: about what the default line takes to drain.
const BUSY_RETRY_MS: u64 = 2_000;
/// How much of a password is measured, in characters: the work grows faster than the length.
const MEASURED_MAX: usize = 100;

/// Hashes and verifies passwords with argon2id, on the blocking pool, a few at a time.
///
/// **Memory**: one hash takes `memory_kib`, and at most `parallel_hashes` run at once, so all together
/// take at most `parallel_hashes × memory_kib`: 2 × 19 MiB by default, given back after each. (A stored
/// hash made with a larger `memory_kib` takes that much while it is verified.) `waiting` more may wait in
/// line; beyond that, callers are refused at once.
pub struct Passwords {
    params: Params,
    /// A hash of nobody's password, with our parameters: see [`Self::verify`].
    nobody: String,
    /// Places at work and in the line together.
    places: Arc<Semaphore>,
    /// Places at work.
    work: Arc<Semaphore>,
}

impl Passwords {
    /// # Errors
    /// When argon2 refuses the parameters; those that [`config`] lets through it does not refuse.
    pub fn new(settings: &config::Hashing) -> anyhow::Result<Self> {
        let params = Params::new(settings.memory_kib, settings.iterations, 1, None)?;
        let parallel = settings.parallel_hashes as usize;
        Ok(Self {
            nobody: nobody(&params),
            params,
            places: Arc::new(Semaphore::new(parallel + settings.waiting as usize)),
            work: Arc::new(Semaphore::new(parallel)),
        })
    }

    /// The PHC string of a password, with a new salt. Its strength is not looked at: [`check_strength`].
    ///
    /// # Errors
    /// [`Refusal::Busy`] when the line is full; [`Refusal::Invalid`] when it is longer than
    /// [`limits::PASSWORD_MAX`] characters.
    pub async fn hash(&self, password: String) -> Result<String, Refusal> {
        let password = Zeroizing::new(password);
        check_length(&password)?;
        let argon2 = self.argon2();
        self.run(move || {
            argon2
                .hash_password(prepared(&password).as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|error| internal("can't hash a password", &error))
        })
        .await
    }

    /// Whether the password is the one of this PHC string. `None` stands for an unknown user, and takes
    /// as long as a wrong password: how long an answer takes tells nobody which names exist (OWASP
    /// Authentication Cheat Sheet, "Authentication and Error Messages").
    ///
    /// # Errors
    /// [`Refusal::Busy`] when the line is full; [`Refusal::Internal`] when `phc` can't be read.
    pub async fn verify(&self, password: String, phc: Option<String>) -> Result<bool, Refusal> {
        let password = Zeroizing::new(password);
        if password.chars().count() > limits::PASSWORD_MAX {
            return Ok(false); // Nobody has one this long; told of every name alike.
        }
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.nobody.clone());
        let argon2 = self.argon2();
        self.run(move || {
            let hash = PasswordHash::new(&phc)
                .map_err(|error| internal("can't read a stored password hash", &error))?;
            let right = argon2
                .verify_password(prepared(&password).as_bytes(), &hash)
                .is_ok();
            Ok(right && known)
        })
        .await
    }

    /// Whether a hash was made with less than what is configured now (or can't be read), so that it
    /// should be made anew the next time its password is at hand.
    #[must_use]
    pub fn needs_rehash(&self, phc: &str) -> bool {
        let Ok(hash) = PasswordHash::new(phc) else {
            return true;
        };
        let Ok(used) = Params::try_from(&hash) else {
            return true;
        };
        hash.algorithm.as_str() != "argon2id"
            || used.m_cost() < self.params.m_cost()
            || used.t_cost() < self.params.t_cost()
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    /// Runs slow work in its turn. The places go with the work: a caller who gives up (a closed
    /// connection) frees them only when the work is done, so the bound on memory holds.
    async fn run<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Refusal> + Send + 'static,
    {
        let places = self.enter().await?;
        tokio::task::spawn_blocking(move || {
            let _places = places;
            work()
        })
        .await
        .map_err(|error| internal("the hashing of a password panicked", &error))?
    }

    /// A place in the line, then one at work.
    async fn enter(&self) -> Result<[OwnedSemaphorePermit; 2], Refusal> {
        let busy = Refusal::Busy {
            retry_after_ms: BUSY_RETRY_MS,
        };
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| busy)?;
        let turn = Arc::clone(&self.work)
            .acquire_owned()
            .await
            .map_err(|_| Refusal::Stopping)?;
        Ok([place, turn])
    }
}

/// Whether a password is good enough: [`limits::PASSWORD_MIN`] to [`limits::PASSWORD_MAX`] characters, and
/// at least "somewhat guessable" (2 of 4, more than 10^6 guesses) by zxcvbn: what is refused falls to
/// guessing within the pauses that [`super::Throttle`] allows. `inputs` are words that an attacker
/// tries first: the user name, the display name. No rules of composition (NIST SP 800-63B, 3.1.1.2).
///
/// # Errors
/// [`Refusal::Invalid`] on [`Field::Password`] with a reason and a hint.
pub fn check_strength(password: &str, inputs: &[&str]) -> Result<(), Refusal> {
    let length = password.chars().count();
    if length < limits::PASSWORD_MIN {
        return Err(invalid(format!(
            "A password has at least {} characters.",
            limits::PASSWORD_MIN
        )));
    }
    check_length(password)?;
    match weakness(password, inputs, "This password is easy to guess.") {
        Some(reason) => Err(invalid(reason)),
        None => Ok(()),
    }
}

/// Why a secret is too easy to guess, with a hint; `None` when it is not. `plain` is said where zxcvbn gives no
/// reason. Slow: not for a thread that serves requests.
fn weakness(secret: &str, inputs: &[&str], plain: &str) -> Option<String> {
    let start = Zeroizing::new(secret.chars().take(MEASURED_MAX).collect::<String>());
    let inputs: Vec<&str> = inputs.iter().copied().chain(["chapp"]).collect();
    let measured = zxcvbn(&start, &inputs);
    if measured.score() >= Score::Two {
        return None;
    }
    let feedback = measured.feedback();
    let warning = feedback
        .and_then(|it| it.warning())
        .map_or_else(|| plain.to_owned(), |it| it.to_string());
    let hint = feedback
        .and_then(|it| it.suggestions().first())
        .map(ToString::to_string);
    let sentences: Vec<String> = [Some(warning), hint].into_iter().flatten().collect();
    Some(sentences.join(" "))
}

fn check_length(password: &str) -> Result<(), Refusal> {
    if password.chars().count() > limits::PASSWORD_MAX {
        return Err(invalid(format!(
            "A password has at most {} characters.",
            limits::PASSWORD_MAX
        )));
    }
    Ok(())
}

/// The password as it is hashed: RFC 8265 OpaqueString, so that an é is the same from every keyboard.
/// What that refuses (control characters, what is newer than its tables) is taken as it is.
fn prepared(password: &str) -> Zeroizing<String> {
    Zeroizing::new(
        OpaqueString::enforce(password).map_or_else(|_| password.to_owned(), Cow::into_owned),
    )
}

/// A PHC string that takes as long to verify as any of ours: a salt and a digest of zeros, which no
/// password is known to have; and [`Passwords::verify`] would not accept it.
fn nobody(params: &Params) -> String {
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    let (salt, digest) = ("A".repeat(22), "A".repeat(43)); // 16 and 32 bytes in base64
    format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${digest}")
}

fn invalid(reason: impl Into<String>) -> Refusal {
    Refusal::invalid(Field::Password, reason)
}

fn internal(what: &str, error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "{what}");
    Refusal::Internal
}

#[cfg(test)]
mod tests;
