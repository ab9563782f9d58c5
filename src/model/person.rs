//! A person: a registered user as others see them.

use serde::{Deserialize, Serialize};

use super::graphemes::graphemes;
use super::{UserId, cut, names};

/// A registered user as others see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    /// The unique name, case-mapped (RFC 8265 UsernameCaseMapped).
    pub username: String,
    /// The displayed name; need not be unique.
    pub display_name: String,
    /// Whether the display name equals or resembles another user's, so that the user name must be shown with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_ambiguous: bool,
}

/// The number of avatar colours in `style/`: `--avatar-0` … `--avatar-7`.
pub const AVATAR_COLOURS: u64 = 8;

impl Person {
    /// The displayed name, with the user name where the display name alone is ambiguous.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.is_ambiguous {
            true => [&self.display_name, " (@", &self.username, ")"].concat(),
            false => self.display_name.clone(),
        }
    }

    /// One or two letters for the avatar: of the first and the last word of the display name.
    #[must_use]
    pub fn initials(&self) -> String {
        initials(&self.display_name)
    }

    /// The index of this person's colour, below [`AVATAR_COLOURS`]; the same everywhere, forever.
    #[must_use]
    pub fn colour(&self) -> u64 {
        // Fibonacci hashing: neighbouring ids get distant colours.
        (self.id.0 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61 & (AVATAR_COLOURS - 1)
    }

    /// The display name, and the user name that distinguishes it from others.
    #[must_use]
    pub fn names(&self) -> (&str, &str) {
        (&self.display_name, &self.username)
    }

    /// Whether a typed filter matches: every word of it occurs in a name.
    #[must_use]
    pub fn matches(&self, filter: &str) -> bool {
        names::match_all(&[&self.display_name, &self.username], filter)
    }
}

/// The first grapheme of the first word and of the last. (CSS displays them in capitals.)
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next();
    let last = words.next_back();
    [first, last]
        .into_iter()
        .flatten()
        .filter_map(|word| graphemes(word).next())
        // Accents can be stacked indefinitely.
        .map(|first| cut::beginning(first, cut::CLUSTER_MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(display_name: &str) -> Person {
        Person {
            id: UserId(7),
            username: "ana".into(),
            display_name: display_name.into(),
            is_ambiguous: false,
        }
    }

    #[test]
    fn ambiguous_name_is_shown_with_the_user_name() {
        let mut ana = person("Ana Ruiz");
        assert_eq!(ana.shown(), "Ana Ruiz");
        assert!(
            !serde_json::to_string(&ana)
                .expect("JSON")
                .contains("ambiguous")
        );
        ana.is_ambiguous = true;
        assert_eq!(ana.shown(), "Ana Ruiz (@ana)");
    }

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(person("Ana María Ruiz").initials(), "AR");
        assert_eq!(person("ana").initials(), "a");
        assert_eq!(person("李 小龍").initials(), "李小");
        assert_eq!(person("").initials(), "");
        assert_eq!(person("👨‍👩‍👧 E\u{301}lodie").initials(), "👨‍👩‍👧E\u{301}");
        let zalgo = "a".to_owned() + &"\u{301}".repeat(1_000);
        assert_eq!(person(&zalgo).initials().chars().count(), cut::CLUSTER_MAX);
    }

    #[test]
    fn a_filter_finds_by_display_name_and_by_user_name() {
        assert!(person("Ana Ruiz").matches("ruiz AN"));
        assert!(person("Ana Pe\u{301}rez").matches("pérez"));
        assert!(person("Pérez").matches("ana perez"));
        assert!(!person("Ana Ruiz").matches("bob"));
    }

    #[test]
    fn a_colour_is_within_the_palette() {
        for id in 0..1_000 {
            let person = Person {
                id: UserId(id),
                ..person("x")
            };
            assert!(person.colour() < AVATAR_COLOURS);
        }
    }
}
