//! A person: a registered user as others see them.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::{UserId, cut, names};

/// A registered user as others see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    /// The unique name, case-mapped (RFC 8265 UsernameCaseMapped).
    pub username: String,
    /// The name that is shown; need not be unique.
    pub display_name: String,
    /// Whether the name equals or looks like that of somebody else, so that the user name has to stand beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_ambiguous: bool,
}

/// How many colours `style/` has for avatars: `--avatar-0` … `--avatar-7`.
pub const AVATAR_COLOURS: u64 = 8;

impl Person {
    /// The name by which others know this person, with the user name where the display name alone could be another's.
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

    /// The number of this person's colour, below [`AVATAR_COLOURS`]; the same on every machine, for ever.
    #[must_use]
    pub fn colour(&self) -> u64 {
        // Fibonacci hashing: neighbouring ids get far-apart colours.
        (self.id.0 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61 & (AVATAR_COLOURS - 1)
    }

    /// The name that is shown, and the one that tells it from others.
    #[must_use]
    pub fn names(&self) -> (&str, &str) {
        (&self.display_name, &self.username)
    }

    /// Whether a filter typed by a person finds this one: every word of it stands in a name.
    #[must_use]
    pub fn matches(&self, filter: &str) -> bool {
        names::hold(&[&self.display_name, &self.username], filter)
    }
}

/// The first grapheme of the first word and of the last. (Shown in capitals: that is a matter of style.)
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next();
    let last = words.next_back();
    [first, last]
        .into_iter()
        .flatten()
        .filter_map(|word| word.graphemes(true).next())
        // Accents can be piled up without end.
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
    fn a_name_that_could_be_anothers_stands_with_the_user_name() {
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
