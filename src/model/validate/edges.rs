//! Every length limit at its exact edge: one below, the limit, one above.

use super::*;
use crate::model::Search;
use crate::model::thread::Preview;

/// The limited text, its limit, and whether a text of that many characters is accepted.
type Edge = (&'static str, usize, fn(usize) -> bool);

/// A character of four bytes in UTF-8 and two units in UTF-16: limits count characters.
fn wide(length: usize) -> String {
    "\u{1F600}".repeat(length)
}

/// `length` characters, surrounded by white space, which does not count.
fn padded(length: usize) -> String {
    format!("  {}  ", wide(length))
}

const LONGEST: [Edge; 11] = [
    ("a message", limits::MESSAGE_MAX, |n| {
        message_text(&format!("\n{}\n ", wide(n))).is_ok()
    }),
    ("a display name", limits::DISPLAY_NAME_MAX, |n| {
        display_name(&padded(n), "ana").is_ok()
    }),
    ("a room's name", limits::ROOM_NAME_MAX, |n| {
        room_name(&padded(n)).is_ok()
    }),
    ("a topic", limits::TOPIC_MAX, |n| {
        line(Field::Topic, &padded(n), limits::TOPIC_MAX).is_ok()
    }),
    ("a reason", limits::REASON_MAX, |n| {
        line(Field::Reason, &padded(n), limits::REASON_MAX).is_ok()
    }),
    ("details", limits::DETAILS_MAX, |n| {
        line(Field::Details, &padded(n), limits::DETAILS_MAX).is_ok()
    }),
    ("a key", limits::KEY_MAX, |n| room_key(&wide(n)).is_ok()),
    ("a key with blanks", limits::KEY_MAX, |n| {
        room_key(&format!("{}{}", wide(20), " ".repeat(n - 20))).is_ok()
    }),
    ("a search", limits::QUERY_MAX, |n| {
        Search::parse(&wide(n)).is_ok()
    }),
    ("the parts of a search", limits::QUERY_PARTS, |n| {
        Search::parse(&"a ".repeat(n)).is_ok()
    }),
    ("a preview of one line", limits::PREVIEW_MAX, |n| {
        Preview::shorten(&wide(n)) == wide(n)
    }),
];

const SHORTEST: [Edge; 2] = [
    ("a key", limits::KEY_MIN, |n| room_key(&wide(n)).is_ok()),
    ("a key with blanks", limits::KEY_MIN, |n| {
        room_key(&format!("{} \u{3000}\u{3164}\t", wide(n))).is_ok()
    }),
];

#[test]
fn every_text_may_be_as_long_as_its_limit_and_no_longer() {
    for (what, max, is_taken) in LONGEST {
        assert!(is_taken(max - 1), "{what} of {}", max - 1);
        assert!(is_taken(max), "{what} of {max}");
        assert!(!is_taken(max + 1), "{what} of {}", max + 1);
    }
}

#[test]
fn every_text_must_be_as_long_as_its_limit() {
    for (what, min, is_taken) in SHORTEST {
        assert!(!is_taken(min - 1), "{what} of {}", min - 1);
        assert!(is_taken(min), "{what} of {min}");
        assert!(is_taken(min + 1), "{what} of {}", min + 1);
    }
}

#[test]
fn a_preview_is_the_text_up_to_its_limit_and_beyond_it_that_much_of_it() {
    for length in [
        limits::PREVIEW_MAX - 1,
        limits::PREVIEW_MAX,
        limits::PREVIEW_MAX + 1,
        10 * limits::PREVIEW_MAX,
    ] {
        let is_cut = length > limits::PREVIEW_MAX;
        let kept = wide(length.min(limits::PREVIEW_MAX));
        let expected = if is_cut { kept + "…" } else { kept };
        assert_eq!(Preview::shorten(&wide(length)), expected, "{length}");
        // White space is one blank each, and counts as that.
        let spaced = format!("\n a \n\n {} \t", wide(length - 2));
        let expected: String = format!("a {}", wide(length - 2))
            .chars()
            .take(limits::PREVIEW_MAX)
            .chain(is_cut.then_some('…'))
            .collect();
        assert_eq!(Preview::shorten(&spaced), expected, "{length}");
    }
}

/// Rules that only the server has: user names and passwords.
#[cfg(feature = "ssr")]
#[test]
fn names_and_passwords_are_as_short_and_as_long_as_their_limits() {
    use crate::server::auth::{check_strength, username};

    let name = |length: usize| username(&"n".repeat(length)).is_ok();
    let password = |length: usize| {
        let text: String = "ñB3$x!qzK%w9*Lm".chars().cycle().take(length).collect();
        check_strength(&text, &[]).is_ok()
    };
    let (min, max) = (limits::USERNAME_MIN, limits::USERNAME_MAX);
    let taken = [min - 1, min, min + 1, max - 1, max, max + 1].map(name);
    assert_eq!(taken, [false, true, true, true, true, false]);
    let (min, max) = (limits::PASSWORD_MIN, limits::PASSWORD_MAX);
    let taken = [min - 1, min, min + 1, max - 1, max, max + 1].map(password);
    assert_eq!(taken, [false, true, true, true, true, false]);
}
