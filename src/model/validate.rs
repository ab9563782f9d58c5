//! Validation of user input that both sides can check: shown while typing, enforced by the server.
//!
//! Rules that need tables too large for a browser (PRECIS, look-alikes, password strength) are in `server::auth`.

use super::{Field, Refusal, limits};

/// Normalizes the text of a message: trims trailing white space and leading line breaks, and turns line breaks and NUL
/// into `\n`.
///
/// # Errors
/// [`Refusal::Invalid`] when the result is empty, or longer than [`limits::MESSAGE_MAX`] characters.
pub fn message_text(text: &str) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n").replace(['\r', '\0'], "\n");
    let text = text.trim_end().trim_start_matches('\n');
    if text.trim().is_empty() {
        return Err(Refusal::invalid(Field::Text, "Write something first."));
    }
    let length = text.chars().count();
    if length > limits::MESSAGE_MAX {
        return Err(Refusal::invalid(
            Field::Text,
            format!(
                "Use up to {} characters. This message has {length}.",
                limits::MESSAGE_MAX
            ),
        ));
    }
    Ok(text.to_owned())
}

/// Normalizes the description of a picture: white space is collapsed. Empty is fine.
///
/// # Errors
/// [`Refusal::Invalid`] when it is longer than [`limits::ALT_MAX`] characters, or has hidden characters.
pub fn alt_text(text: &str) -> Result<String, Refusal> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > limits::ALT_MAX {
        let reason = format!(
            "Use up to {} characters for a description.",
            limits::ALT_MAX
        );
        return Err(Refusal::invalid(Field::Text, reason));
    }
    check_visible(Field::Text, &text)?;
    Ok(text)
}

/// Normalizes a display name: white space is collapsed; empty means "the same as the user name".
///
/// # Errors
/// [`Refusal::Invalid`] when it is too long, has hidden characters, or no visible ones.
pub fn display_name(name: &str, username: &str) -> Result<String, Refusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Ok(username.to_owned());
    }
    if name.chars().count() > limits::DISPLAY_NAME_MAX {
        return Err(Refusal::invalid(
            Field::DisplayName,
            format!("Use up to {} characters.", limits::DISPLAY_NAME_MAX),
        ));
    }
    check_visible(Field::DisplayName, &name)?;
    Ok(name)
}

/// Normalizes the name of a room: white space is collapsed.
///
/// # Errors
/// [`Refusal::Invalid`] when it is empty, longer than [`limits::ROOM_NAME_MAX`] characters, or has hidden or no visible
/// ones.
pub fn room_name(name: &str) -> Result<String, Refusal> {
    let name = line(Field::Name, name, limits::ROOM_NAME_MAX)?;
    if name.is_empty() {
        return Err(Refusal::invalid(Field::Name, "Give the room a name."));
    }
    Ok(name)
}

/// Normalizes a topic, or the reason of a ban: one line, which may be empty. White space is collapsed.
///
/// # Errors
/// [`Refusal::Invalid`] when it has more than `max` characters, hidden ones, or no visible ones.
pub fn line(field: Field, text: &str, max: usize) -> Result<String, Refusal> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > max {
        let reason = format!("Use up to {max} characters.");
        return Err(Refusal::invalid(field, reason));
    }
    check_visible(field, &text)?;
    Ok(text)
}

/// Checks the key of a private room, which is used unchanged. The server measures its strength.
///
/// # Errors
/// [`Refusal::Invalid`] when it has fewer than [`limits::KEY_MIN`] visible characters, or more than [`limits::KEY_MAX`]
/// in all.
pub fn room_key(key: &str) -> Result<(), Refusal> {
    let visible = key.chars().filter(|c| is_visible(*c)).count();
    if visible >= limits::KEY_MIN && key.chars().count() <= limits::KEY_MAX {
        return Ok(());
    }
    let reason = format!(
        "Use {} to {} characters, not counting spaces.",
        limits::KEY_MIN,
        limits::KEY_MAX
    );
    Err(Refusal::invalid(Field::Key, reason))
}

/// Refuses a line with hidden characters, or with no visible ones. Empty is fine.
fn check_visible(field: Field, text: &str) -> Result<(), Refusal> {
    let all: Vec<char> = text.chars().collect();
    if (0..all.len()).any(|at| is_hidden_at(&all, at)) {
        let reason = "Remove the invisible characters.";
        return Err(Refusal::invalid(field, reason));
    }
    if !all.is_empty() && !all.iter().any(|c| is_visible(*c)) {
        let reason = "Use at least one letter, digit or symbol.";
        return Err(Refusal::invalid(field, reason));
    }
    Ok(())
}

/// Whether the character at `at` is hidden, or changes the text around it. Joiners and variation selectors are
/// permitted where emoji or a script needs them.
fn is_hidden_at(all: &[char], at: usize) -> bool {
    let c = all[at];
    let before = all[..at].iter().rev().find(|c| !is_ignorable(**c));
    match c {
        '\u{FE0E}' | '\u{FE0F}' => at == 0 || is_ignorable(all[at - 1]),
        // The joiners (RFC 5892, A.1 and A.2): between two ASCII letters they only hide.
        '\u{200C}' | '\u{200D}' => {
            let after = all.get(at + 1);
            let joins = |c: &char| !c.is_ascii() && !c.is_whitespace() && !is_ignorable(*c);
            !(before.is_some_and(joins) && after.is_some_and(joins))
        }
        // The flags of England, Scotland and Wales.
        '\u{E0020}'..='\u{E007F}' => before != Some(&'\u{1F3F4}'),
        _ => c.is_control() || is_ignorable(c) || matches!(c, '\u{FFF9}'..='\u{FFFC}'),
    }
}

/// Whether a character is visible on its own.
fn is_visible(c: char) -> bool {
    // A braille pattern without dots, and a musical note without a head.
    let is_blank = matches!(c, '\u{2800}' | '\u{1D159}' | '\u{FFF9}'..='\u{FFFC}');
    !(is_blank || c.is_whitespace() || c.is_control() || is_ignorable(c) || is_mark(c))
}

/// `Default_Ignorable_Code_Point` (Unicode 16, `DerivedCoreProperties.txt`). It includes all marks that change the
/// direction of the surrounding text (UAX 9, 2; TR 36, 3.2).
#[must_use]
pub fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character combines with the one before it, and is nothing on its own.
#[cfg(feature = "ssr")]
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The table is too large for the browser, where nothing depends on it.
#[cfg(not(feature = "ssr"))]
fn is_mark(_: char) -> bool {
    false
}

#[cfg(test)]
mod edges;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_keeps_its_lines_without_trailing_space() {
        assert_eq!(message_text("a\r\n  b \n\n").expect("valid"), "a\n  b");
        assert_eq!(message_text("\n\nx").expect("valid"), "x");
    }

    #[test]
    fn an_empty_message_is_refused() {
        for text in ["", " ", "\n\t\n", "\0"] {
            assert!(message_text(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn message_length_is_limited() {
        assert!(message_text(&"é".repeat(limits::MESSAGE_MAX)).is_ok());
        assert!(message_text(&"é".repeat(limits::MESSAGE_MAX + 1)).is_err());
    }

    #[test]
    fn an_empty_display_name_is_the_user_name() {
        assert_eq!(display_name("  ", "ana").expect("valid"), "ana");
        assert_eq!(
            display_name(" Ana  Ruiz ", "ana").expect("valid"),
            "Ana Ruiz"
        );
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn invisible_text_is_no_name_topic_or_reason() {
        let rules: [fn(&str) -> bool; 4] = [
            |text| display_name(text, "ana").is_err(),
            |text| room_name(text).is_err(),
            |text| line(Field::Topic, text, limits::TOPIC_MAX).is_err(),
            |text| line(Field::Reason, text, limits::REASON_MAX).is_err(),
        ];
        for text in [
            "Ana\u{202E}",
            "\u{2066}Ana\u{2069}",
            "A\u{200B}na",
            "Ana\u{AD}",
            "A\u{200D}na",
            "Ana\u{200C}",
            "\u{3164}",
            "\u{115F}\u{1160}",
            "\u{FFA0}x",
            "\u{2800}\u{2800}",
            "\u{301}\u{302}",
            "\u{20DD}",
            "\u{FE0F}",
            "\u{200D}",
            "Ana\u{E0041}",
            "\u{E0041}",
            "\u{180E}",
            "\u{61C}Ana",
            "\u{206A}Ana",
            "Ana\u{7}",
            "Ana\u{9B}",
            "\u{FFF9}Ana\u{FFFB}",
            "\u{FFFC}",
            "\u{1D159}",
            "\u{1D173}x",
            "\u{34F}",
            "👍\u{200D}\u{200D}👍",
            "\u{17B4}x",
            "\u{FEFF}",
        ] {
            for (number, is_refused) in rules.iter().enumerate() {
                assert!(is_refused(text), "{text:?}, rule {number}");
            }
        }
    }

    #[test]
    fn international_names_and_emoji_are_accepted_unchanged() {
        for name in [
            "Ana Ruiz",
            "李小龍",
            "नेहा शर्मा",
            "می\u{200C}خواهم",
            "👩\u{200D}👩\u{200D}👧",
            "❤\u{FE0F}",
            "1\u{FE0F}\u{20E3}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "👩🏽\u{200D}🚀",
            "❤\u{FE0F}\u{200D}🔥",
            "e\u{301}",
            "…",
            "-",
            "ශ්\u{200D}රී ලංකා",
        ] {
            assert_eq!(display_name(name, "ana").as_deref(), Ok(name));
            assert_eq!(room_name(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn blanks_do_not_count_in_a_key() {
        for key in [
            "",
            "      ",
            "        ",
            "a       b",
            "\u{a0}\u{2800}\u{3164}\u{200b}\u{2028}\t\n ",
            "1234567",
        ] {
            assert!(room_key(key).is_err(), "{key:?}");
        }
        assert!(room_key("a bc de fg h").is_ok());
        assert!(room_key(&"x".repeat(limits::KEY_MAX + 1)).is_err());
    }
}
