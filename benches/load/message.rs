//! The messages that are sent: 120 bytes, beginning with the number that identifies them.

use std::fmt::Write as _;

use chapp::model::ThreadId;
use memchr::memmem;

/// Bytes of a message.
pub const LENGTH: usize = 120;
/// Digits of its number.
const DIGITS: usize = 10;

/// The message with this number.
pub fn text(number: usize) -> String {
    let mut text = format!("{number:0DIGITS$} ");
    let filler = "the quick brown fox jumps over the lazy dog "
        .chars()
        .cycle();
    text.extend(filler.take(LENGTH - DIGITS - 1));
    // A message must not end in a blank, which the server would trim.
    text.pop();
    text.push('.');
    text
}

/// The frame that sends this message. The client id is a UUIDv7 whose last 48 bits are the number.
pub fn send(thread: ThreadId, sender: usize, number: usize) -> String {
    let millis = chapp::server::clock::now() as u64;
    let mut frame = String::with_capacity(256);
    // Writing to a String can't fail.
    let _ = write!(
        frame,
        r#"{{"type":"send","client_id":"{:08x}-{:04x}-7{:03x}-8{:03x}-{number:012x}","thread":{thread},"text":"{}"}}"#,
        millis >> 16 & 0xffff_ffff,
        millis & 0xffff,
        sender >> 12 & 0xfff,
        sender & 0xfff,
        text(number),
    );
    frame
}

/// The kind of a frame, as far as the clients need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A message, with its number.
    Message(usize),
    /// The acknowledgement of the client's own message with this number.
    Sent(usize),
    Refused,
    Ready,
    Other,
}

/// Distinguishes frames by their first bytes; apart from the number, nothing else is parsed.
pub struct Reader {
    text: memmem::Finder<'static>,
}

impl Reader {
    pub fn new() -> Self {
        Self {
            text: memmem::Finder::new(br#""text":""#),
        }
    }

    pub fn read(&self, frame: &[u8]) -> Heard {
        let Some(kind) = frame.strip_prefix(br#"{"type":""#) else {
            return Heard::Other;
        };
        if kind.starts_with(b"event\"") {
            let begin = self.text.find(frame).map(|at| at + 8);
            let digits = begin.and_then(|begin| frame.get(begin..begin + DIGITS));
            return digits
                .and_then(|digits| number(digits, 10))
                .map_or(Heard::Other, Heard::Message);
        }
        if let Some(rest) = kind.strip_prefix(br#"sent","client_id":""#) {
            // A UUID is 36 characters; the number is in the last 12.
            let digits = rest.get(24..36);
            return digits
                .and_then(|digits| number(digits, 16))
                .map_or(Heard::Other, Heard::Sent);
        }
        match kind.first() {
            Some(b'r') if kind.starts_with(b"ready\"") => Heard::Ready,
            Some(b'r') if kind.starts_with(b"refused\"") => Heard::Refused,
            _ => Heard::Other,
        }
    }
}

fn number(digits: &[u8], base: u32) -> Option<usize> {
    digits.iter().try_fold(0, |sum, &digit| {
        Some(sum * base as usize + char::from(digit).to_digit(base)? as usize)
    })
}
