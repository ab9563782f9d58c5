//! Passwords: their required strength, and their slow hashes.

mod keys;
mod line;
mod memory;
mod strength;

use std::borrow::Cow;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version, password_hash};
use precis_profiles::OpaqueString;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use zeroize::Zeroizing;

pub use self::line::Asker;
use self::line::HashQueue;
use self::memory::Buffer;
pub use self::strength::check_strength;

pub(super) use self::strength::check_length;
use crate::model::{Refusal, limits};
use crate::server::config;

/// Hashes and verifies passwords with argon2id, on the blocking pool, a few at a time.
///
/// **Memory**: one hash takes `memory_kib`, and at most `parallel_hashes` run at once, so together they take at most
/// `parallel_hashes × memory_kib`: 2 × 19 MiB by default, freed when the queue is empty. (Verifying a stored hash made
/// with a larger `memory_kib` takes that much.)
///
/// **Places**: `waiting` more may be queued; beyond that, callers are refused at once. Of all places one address gets
/// an eighth, and one logged-in user a single one. Half of them, and all but one of those at work, are for anything but
/// log-ins; an eighth is reserved for log-ins from known browsers.
pub struct Passwords {
    params: Params,
    /// A hash of no password, with our parameters: see [`Self::verify`].
    nobody: String,
    line: HashQueue,
}

impl Passwords {
    /// # Errors
    /// When argon2 refuses the parameters; it accepts all that [`config`] lets through.
    pub fn new(settings: &config::HashingConfig) -> anyhow::Result<Self> {
        let params = Params::new(settings.memory_kib, settings.iterations, 1, None)?;
        let (parallel, waiting) = (settings.parallel_hashes, settings.waiting);
        Ok(Self {
            nobody: nobody(&params),
            line: HashQueue::new(parallel as usize, waiting as usize, params.block_count()),
            params,
        })
    }

    /// The PHC string of a secret, with a new salt. Does not check its strength, unlike [`Self::hash_new`].
    ///
    /// # Errors
    /// [`Refusal::Busy`] when the queue is full; [`Refusal::Invalid`] when it is longer than [`limits::PASSWORD_MAX`]
    /// characters.
    pub async fn hash(&self, asker: Asker, secret: String) -> Result<String, Refusal> {
        let secret = Zeroizing::new(secret);
        if secret.chars().count() > limits::PASSWORD_MAX {
            strength::check_length(&secret)?;
        }
        let params = self.params.clone();
        self.run(asker, move |buffer| {
            hash(&params, &secret, Salt::generate(), buffer)
        })
        .await
    }

    /// As [`Self::hash`], for a new password: checks it by [`check_strength`] with these words.
    ///
    /// # Errors
    /// Those of [`Self::hash`] and of [`check_strength`].
    pub async fn hash_new(
        &self,
        asker: Asker,
        password: String,
        words: Vec<String>,
    ) -> Result<String, Refusal> {
        let password = Zeroizing::new(password);
        strength::check_length(&password)?;
        let params = self.params.clone();
        // In the same turn: the check takes up to some tenths of a second.
        self.run(asker, move |buffer| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            strength::check_strength(&password, &words)?;
            hash(&params, &password, Salt::generate(), buffer)
        })
        .await
    }

    /// The check of [`Self::hash_new`] alone, where the password is not used because of something else.
    ///
    /// # Errors
    /// Those of [`check_strength`]; [`Refusal::Busy`].
    pub async fn check_new(
        &self,
        asker: Asker,
        password: String,
        words: Vec<String>,
    ) -> Result<(), Refusal> {
        let password = Zeroizing::new(password);
        strength::check_length(&password)?;
        self.run(asker, move |_| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            strength::check_strength(&password, &words)
        })
        .await
    }

    /// Whether the secret matches this PHC string. `None` stands for an unknown user and takes as long as a wrong
    /// password, so that the duration does not reveal which names exist (OWASP Authentication Cheat Sheet,
    /// "Authentication and Error Messages").
    ///
    /// # Errors
    /// [`Refusal::Busy`] when the queue is full; [`Refusal::Internal`] when `phc` can't be parsed.
    pub async fn verify(
        &self,
        asker: Asker,
        secret: String,
        phc: Option<String>,
    ) -> Result<bool, Refusal> {
        let secret = Zeroizing::new(secret);
        if secret.chars().count() > limits::PASSWORD_MAX {
            return Ok(false); // No stored password is this long, so this reveals nothing.
        }
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.nobody.clone());
        self.run(asker, move |buffer| {
            let is_right = is_right(&phc, &secret, buffer)
                .map_err(|error| internal("can't read a stored password hash", &error))?;
            Ok(is_right && known)
        })
        .await
    }

    /// Whether a hash was made with weaker parameters than those configured now (or can't be parsed), so that it should
    /// be replaced when its password is next available.
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

    /// The total cost of all hashing so far: KiB of memory times passes. Tests compare it instead of times.
    #[cfg(test)]
    pub(in crate::server) fn work(&self) -> u64 {
        self.line.memory().work()
    }

    /// Runs slow work in its turn. The turn moves with the work: a caller who gives up (a closed connection) frees it
    /// only when the work is done, so the bound on memory holds.
    async fn run<T, F>(&self, asker: Asker, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Buffer) -> Result<T, Refusal> + Send + 'static,
    {
        let turn = self.line.enter(asker).await?;
        let work = move || {
            // Moves the whole turn, and not the buffer alone, to the thread.
            let mut turn = turn;
            work(&mut turn.buffer)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| internal("the hashing of a password panicked", &error))?
    }
}

/// As `PasswordHasher::hash_password_with_salt`, with a reused buffer.
fn hash(params: &Params, secret: &str, salt: Salt, buffer: &mut Buffer) -> Result<String, Refusal> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let hashed = digest(&argon2, secret, &salt, length, buffer);
    let to_phc = |digest| {
        Ok(PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(params)?,
            salt: Some(salt),
            hash: Some(digest),
        })
    };
    hashed
        .and_then(to_phc)
        .map(|hash| hash.to_string())
        .map_err(|error| internal("can't hash a password", &error))
}

/// As `PasswordVerifier::verify_password`, with a reused buffer.
fn is_right(phc: &str, secret: &str, buffer: &mut Buffer) -> password_hash::Result<bool> {
    let stored = PasswordHash::new(phc)?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(password_hash::Error::EncodingInvalid);
    };
    let version = match stored.version {
        Some(version) => Version::try_from(version)?,
        None => Version::default(),
    };
    let argon2 = Argon2::new(
        Algorithm::try_from(stored.algorithm.as_str())?,
        version,
        Params::try_from(&stored)?,
    );
    // Compared in constant time, by `Output`.
    Ok(digest(&argon2, secret, salt, expected.len(), buffer)? == *expected)
}

fn digest(
    argon2: &Argon2<'_>,
    secret: &str,
    salt: &Salt,
    length: usize,
    buffer: &mut Buffer,
) -> password_hash::Result<Output> {
    let mut out = [0; Output::MAX_LENGTH];
    let out = out
        .get_mut(..length)
        .ok_or(password_hash::Error::OutputSize)?;
    let blocks = buffer.blocks(argon2.params().block_count());
    argon2.hash_password_into_with_memory(prepared(secret).as_bytes(), salt, out, blocks)?;
    #[cfg(test)]
    buffer.count(u64::from(argon2.params().m_cost()) * u64::from(argon2.params().t_cost()));
    Ok(Output::new(out)?)
}

/// The password as it is hashed: RFC 8265 OpaqueString, so that an é is the same from every keyboard. Input it refuses
/// (control characters, characters newer than its tables) is hashed unchanged.
fn prepared(password: &str) -> Zeroizing<String> {
    Zeroizing::new(
        OpaqueString::enforce(password).map_or_else(|_| password.to_owned(), Cow::into_owned),
    )
}

/// A PHC string that takes as long to verify as a real one: a salt and a digest of zeros, for which no password is
/// known, and which [`Passwords::verify`] would not accept.
fn nobody(params: &Params) -> String {
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    let (salt, digest) = ("A".repeat(22), "A".repeat(43)); // 16 and 32 bytes in base64
    format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${digest}")
}

fn internal(what: &str, error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "{what}");
    Refusal::Internal
}

#[cfg(test)]
mod tests;
