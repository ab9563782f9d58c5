//! User names: which are allowed, which are equal, and which look the same.
//!
//! Pure. The store's two unique columns decide whether a name is taken.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection};

use crate::model::{Field, Refusal, limits, mention};
use crate::server::lookalikes::look;

/// Names reserved for mentions of more than one person; no user may have one, or a look-alike.
const GROUP_NAMES: [&str; 4] = ["all", "everyone", "here", mention::ROOM];

/// Names that suggest the site's operator, the program, or nobody (some after RFC 2142).
const RESERVED: [&str; 44] = [
    "abuse",
    "account",
    "accounts",
    "admin",
    "administration",
    "administrator",
    "administrators",
    "admins",
    "anonymous",
    "channel",
    "chapp",
    "deleted",
    "guest",
    "help",
    "helpdesk",
    "hostmaster",
    "info",
    "mod",
    "moderation",
    "moderator",
    "moderators",
    "mods",
    "nobody",
    "noreply",
    "official",
    "operator",
    "operators",
    "owner",
    "postmaster",
    "robot",
    "root",
    "security",
    "server",
    "service",
    "siteadmin",
    "somebody",
    "staff",
    "superuser",
    "support",
    "sysadmin",
    "system",
    "team",
    "webmaster",
    "you",
];

/// An allowed user name, in the two forms that must be unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    /// The name: width- and case-mapped, NFC (RFC 8265, 3.3). Equal keys are the same account.
    pub key: String,
    /// The skeleton (UTS 39, 4), in lower case. Names with equal skeletons can be confused.
    pub skeleton: String,
}

/// Maps a typed name to the account's name, and checks every rule that needs no database:
///
/// - RFC 8265 UsernameCaseMapped: letters and digits of any script, no spaces, the Bidi rule;
/// - [`limits::USERNAME_MIN`] to [`limits::USERNAME_MAX`] characters after mapping;
/// - of ASCII only letters, digits, `.`, `_` and `-`, since it appears in addresses and mentions; a letter or digit at
///   both ends, so that the full stop after a mention isn't part of it;
/// - nothing invisible, and only characters that UTS 39 (3.1) recommends for identifiers;
/// - one script, or a mix that UTS 39 (5.2) calls highly restrictive (Latin with Japanese, Chinese or Korean).
///
/// # Errors
/// [`Refusal::Invalid`] on [`Field::Username`], with the reason; [`Refusal::Taken`] for a reserved name.
pub fn username(raw: &str) -> Result<Username, Refusal> {
    let raw = raw.trim();
    let length = raw.chars().count();
    if length > 4 * limits::USERNAME_MAX {
        return Err(wrong_length(length)); // Not worth mapping, which shortens by far less.
    }
    if raw.chars().any(char::is_whitespace) {
        return Err(invalid(
            "Leave out the spaces. Your display name can have them.",
        ));
    }
    if let Some(c) = raw.chars().find(|&c| !is_allowed(c)) {
        return Err(invalid(format!(
            "You can't use “{c}”. Use letters and digits, with . _ - between them."
        )));
    }
    let key = map(raw).ok_or_else(|| {
        invalid("Use letters and digits, and don't mix left-to-right and right-to-left.")
    })?;
    let length = key.chars().count();
    if !(limits::USERNAME_MIN..=limits::USERNAME_MAX).contains(&length) {
        return Err(wrong_length(length));
    }
    check_shape(&key)?;
    let skeleton = look(&key);
    if is_one_of(&GROUP_NAMES, &skeleton) {
        return Err(Refusal::Taken {
            field: Field::Username,
        });
    }
    Ok(Username { key, skeleton })
}

/// Refuses a name reserved for the site's operator, and look-alikes, with or without `.`, `_` and `-` in them. The
/// operator of the machine may assign them; an account that has one keeps it.
///
/// # Errors
/// [`Refusal::Invalid`] on [`Field::Username`].
pub fn check_reserved(name: &Username) -> Result<(), Refusal> {
    if is_one_of(&RESERVED, &name.skeleton) || is_one_of(&GROUP_NAMES, &name.skeleton) {
        return Err(invalid(
            "That username is reserved, so that no one can pose as whoever runs this site.",
        ));
    }
    Ok(())
}

/// Whether this is one of the names, with `i`, `l` and `1` as the same letter.
fn is_one_of(names: &[&str], skeleton: &str) -> bool {
    let skeleton = skeleton.replace('i', "l");
    let bare: String = skeleton.chars().filter(|c| c.is_alphanumeric()).collect();
    names
        .iter()
        .map(|name| look(name).replace('i', "l"))
        .any(|name| name == skeleton || name == bare)
}

/// The account key of a name typed at log-in: the mapping of [`username`] without its other rules, so that a name
/// allowed by an older set of rules still logs in. `None`: no account can have this name.
#[must_use]
pub fn lookup_key(raw: &str) -> Option<String> {
    let raw = raw.trim();
    if raw.chars().count() > 4 * limits::USERNAME_MAX {
        return None;
    }
    map(raw)
}

/// RFC 8265, 3.3.3, repeated until it is stable (RFC 8264, 7: the rules are not idempotent for every input). `None`
/// when it is refused or never stabilizes.
fn map(raw: &str) -> Option<String> {
    let mut key = raw.to_owned();
    for _ in 0..4 {
        let mapped = UsernameCaseMapped::enforce(key.as_str()).ok()?.into_owned();
        if mapped == key {
            return Some(key);
        }
        key = mapped;
    }
    None
}

fn is_allowed(c: char) -> bool {
    // PRECIS and UTS 39 judge all other characters; the joiners pass both, but are invisible.
    c.is_ascii_alphanumeric()
        || is_separator(c)
        || !(c.is_ascii() || c.is_control() || matches!(c, '\u{200B}'..='\u{200F}'))
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '_' | '-')
}

fn check_shape(key: &str) -> Result<(), Refusal> {
    // Width mapping produces ASCII, so the allowed characters are checked again.
    if let Some(c) = key
        .chars()
        .find(|&c| !is_allowed(c) || !c.identifier_allowed())
    {
        return Err(invalid(format!("You can't use “{c}”.")));
    }
    if !key.starts_with(char::is_alphanumeric) || key.ends_with(is_separator) {
        return Err(invalid("Start and end with a letter or digit."));
    }
    if !key.check_restriction_level(RestrictionLevel::HighlyRestrictive) {
        return Err(invalid(
            "Use the letters of one alphabet. Some of these look alike.",
        ));
    }
    Ok(())
}

fn wrong_length(length: usize) -> Refusal {
    invalid(format!(
        "Use {} to {} characters. This username has {length}.",
        limits::USERNAME_MIN,
        limits::USERNAME_MAX
    ))
}

fn invalid(reason: impl Into<String>) -> Refusal {
    Refusal::invalid(Field::Username, reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(raw: &str) -> String {
        username(raw)
            .unwrap_or_else(|why| panic!("{raw:?}: {why}"))
            .key
    }

    fn look_alike(a: &str, b: &str) -> bool {
        username(a).expect(a).skeleton == username(b).expect(b).skeleton
    }

    #[test]
    fn the_same_name_in_other_capitals_or_widths_is_the_same_account() {
        assert_eq!(key("Ana.Ruiz"), "ana.ruiz");
        assert_eq!(key("ＡＮＡ"), "ana");
        assert_eq!(key("E\u{301}lodie"), "élodie");
        assert_eq!(key("  ana "), "ana");
    }

    #[test]
    fn names_of_many_scripts_are_allowed() {
        for name in [
            "ana_1",
            "œuvre",
            "борис",
            "γιάννης",
            "دانيال",
            "李小龍",
            "さくら",
            "김민준",
            "प्रिया",
            "דניאל",
            "山田taro",
        ] {
            assert_eq!(key(name), name);
        }
    }

    #[test]
    fn a_name_has_three_to_thirty_two_characters() {
        assert!(username("ab").is_err());
        assert!(username("abc").is_ok());
        assert!(username(&"ñ".repeat(32)).is_ok());
        assert!(username(&"ñ".repeat(33)).is_err());
        assert!(username(&"n".repeat(1_000_000)).is_err());
    }

    #[test]
    fn a_name_that_would_break_an_address_or_a_mention_is_refused() {
        for name in [
            "",
            "a b c",
            "ana/ruiz",
            "ana?x",
            "ana#x",
            "@ana",
            "ana@x",
            "ana%41",
            "<ana>",
            "ana\0b",
            "ana\u{200D}b",
            "ana\u{202E}b",
            "ana!",
            ".ana",
            "ana.",
            "-ana",
            "ana_",
            "ａｎａ／ｂ",
            "😀😀😀",
        ] {
            assert!(
                matches!(
                    username(name),
                    Err(Refusal::Invalid {
                        field: Field::Username,
                        ..
                    })
                ),
                "{name:?}"
            );
        }
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        assert!(look_alike("bob", "b0b"));
        assert!(look_alike("paul", "pau1"));
        assert!(look_alike("martin", "rnartin"));
        assert!(look_alike("scope", "ѕсоре"), "wholly Cyrillic");
        assert!(!look_alike("ana.ruiz", "ana_ruiz"));
        assert!(!look_alike("user12", "user21"));
    }

    #[test]
    fn a_latin_name_with_one_cyrillic_letter_is_refused_with_a_reason() {
        let refusal = username("pаypal").expect_err("the second letter is Cyrillic");
        assert!(refusal.to_string().contains("one alphabet"), "{refusal}");
    }

    #[test]
    fn a_group_name_cannot_be_taken() {
        for name in ["all", "Everyone", "a1l", "here"] {
            assert_eq!(
                username(name),
                Err(Refusal::Taken {
                    field: Field::Username
                }),
                "{name}"
            );
        }
    }

    #[test]
    fn operator_names_and_their_look_alikes_are_reserved() {
        for name in [
            "admin",
            "Administrator",
            "adm1n",
            "a.d.m.i.n",
            "ad-min",
            "support",
            "supp0rt",
            "system",
            "sуѕtеm",
            "moderator",
            "rnoderator",
            "root",
            "r00t",
            "security",
            "chapp",
            "help",
            "staff",
            "no-reply",
            "e.veryone",
        ] {
            // Mixed scripts are refused earlier.
            if let Ok(name) = username(name) {
                assert!(check_reserved(&name).is_err(), "{name:?}");
            }
        }
        for name in [
            "administer",
            "ana.admin",
            "supporter",
            "rooter",
            "chappy",
            "admin2",
        ] {
            assert_eq!(check_reserved(&username(name).expect(name)), Ok(()));
        }
    }

    #[test]
    fn log_in_finds_a_name_that_new_accounts_may_not_have() {
        assert_eq!(lookup_key(" ALL "), Some("all".into()));
        assert_eq!(lookup_key("a b"), None);
        assert_eq!(lookup_key(&"a".repeat(10_000)), None);
    }

    proptest! {
        #[test]
        fn whatever_is_allowed_maps_to_itself(raw in "\\PC{0,40}") {
            if let Ok(name) = username(&raw) {
                prop_assert_eq!(username(&name.key), Ok(name.clone()));
                prop_assert_eq!(lookup_key(&raw), Some(name.key));
            }
        }
    }
}
