//! The rules for what people type, that both sides can check: shown while typing, enforced by the server.
//!
//! The rules that need tables too large for a browser (PRECIS, look-alikes, password strength) stand in
//! `server::auth`.

use super::{Field, Refusal, limits};

/// A message's text: trailing white space is cut, line breaks become `\n`, the rest is kept.
///
/// # Errors
/// [`Refusal::Invalid`] when nothing is left, or more than [`limits::MESSAGE_MAX`] characters.
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
                "A message has at most {} characters; this one has {length}.",
                limits::MESSAGE_MAX
            ),
        ));
    }
    Ok(text.to_owned())
}

/// A display name: white space is folded; empty means "the same as the user name".
///
/// # Errors
/// [`Refusal::Invalid`] when it is too long or has control characters.
pub fn display_name(name: &str, username: &str) -> Result<String, Refusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Ok(username.to_owned());
    }
    if name.chars().count() > limits::DISPLAY_NAME_MAX {
        return Err(Refusal::invalid(
            Field::DisplayName,
            format!(
                "A name has at most {} characters.",
                limits::DISPLAY_NAME_MAX
            ),
        ));
    }
    if name.chars().any(is_invisible) {
        return Err(Refusal::invalid(
            Field::DisplayName,
            "A name can't have invisible characters.",
        ));
    }
    Ok(name)
}

/// The name of a room: white space is folded.
///
/// # Errors
/// [`Refusal::Invalid`] when it is empty, longer than [`limits::ROOM_NAME_MAX`] characters, or has
/// invisible ones.
pub fn room_name(name: &str) -> Result<String, Refusal> {
    let name = line(Field::Name, name, limits::ROOM_NAME_MAX)?;
    if name.is_empty() {
        return Err(Refusal::invalid(Field::Name, "Give the room a name."));
    }
    Ok(name)
}

/// A topic, or the reason of a ban: one line, which may be empty. White space is folded.
///
/// # Errors
/// [`Refusal::Invalid`] when it has more than `max` characters, or invisible ones.
pub fn line(field: Field, text: &str, max: usize) -> Result<String, Refusal> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > max {
        let reason = format!("At most {max} characters.");
        return Err(Refusal::invalid(field, reason));
    }
    if text.chars().any(is_invisible) {
        let reason = "There are invisible characters in it.";
        return Err(Refusal::invalid(field, reason));
    }
    Ok(text)
}

/// The key of a private room, taken as it is.
///
/// # Errors
/// [`Refusal::Invalid`] when it is shorter than [`limits::KEY_MIN`] or longer than [`limits::KEY_MAX`].
pub fn room_key(key: &str) -> Result<(), Refusal> {
    let length = key.chars().count();
    if (limits::KEY_MIN..=limits::KEY_MAX).contains(&length) {
        return Ok(());
    }
    let reason = format!(
        "A key has {} to {} characters.",
        limits::KEY_MIN,
        limits::KEY_MAX
    );
    Err(Refusal::invalid(Field::Key, reason))
}

/// Control characters and the marks that turn the direction of text around them (Unicode TR 36, 3.2).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_its_lines_and_loses_what_trails() {
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
    fn the_longest_message_is_taken_and_one_more_character_is_not() {
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

    #[test]
    fn a_display_name_cannot_turn_the_text_around_it() {
        assert!(display_name("Ana\u{202E}", "ana").is_err());
    }
}
