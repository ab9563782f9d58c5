//! The required strength of secrets that users choose.

use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

use crate::model::{Field, Refusal, limits};

/// The part of a secret that is measured, in characters: the work grows with the square of the length, and many times
/// over for characters that may stand for several letters (`|`, `1`, `7`).
const MEASURED_MAX: usize = 32;
/// The part of each likely guess that is used, in characters.
const WORD_MAX: usize = 32;

/// Checks that a password has [`limits::PASSWORD_MIN`] to [`limits::PASSWORD_MAX`] characters, and no [`weakness`].
/// There are no composition rules (NIST SP 800-63B, 3.1.1.2).
///
/// Slow for some inputs; see [`super::Passwords::hash_new`].
///
/// # Errors
/// [`Refusal::Invalid`] on [`Field::Password`] with a reason and a hint.
pub fn check_strength(password: &str, words: &[&str]) -> Result<(), Refusal> {
    check_length(password)?;
    match weakness(password, words, "This password is easy to guess.") {
        Some(reason) => Err(Refusal::invalid(Field::Password, reason)),
        None => Ok(()),
    }
}

/// The cheap part of [`check_strength`].
pub(in crate::server::auth) fn check_length(password: &str) -> Result<(), Refusal> {
    let length = password.chars().count();
    let reason = if length < limits::PASSWORD_MIN {
        format!("Use at least {} characters", limits::PASSWORD_MIN)
    } else if length > limits::PASSWORD_MAX {
        format!("Use up to {} characters", limits::PASSWORD_MAX)
    } else {
        return Ok(());
    };
    Err(Refusal::invalid(Field::Password, reason))
}

/// Why a secret would fall to guessing within the pauses that [`crate::server::auth::Throttle`] imposes, with a hint;
/// `None` when it would not: zxcvbn rates it at least "somewhat guessable" (2 of 4, more than 10^6 guesses). `words`
/// are an attacker's first guesses: the user name, the display name, the name of the room. `plain` is the reason where
/// zxcvbn gives none. Slow: not for a thread that serves requests.
pub(super) fn weakness(secret: &str, words: &[&str], plain: &str) -> Option<String> {
    let start: Zeroizing<String> = Zeroizing::new(secret.chars().take(MEASURED_MAX).collect());
    let words: Vec<String> = words
        .iter()
        .chain(&["chapp"])
        .map(|word| word.chars().take(WORD_MAX).collect())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let measured = zxcvbn(&start, &words);
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
    let reason: Vec<_> = std::iter::once(warning).chain(hint).collect();
    Some(reason.join(" "))
}
