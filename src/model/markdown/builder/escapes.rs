//! Backslashes, and which of them escape a mark.

use super::Builder;
use crate::model::markdown::prepare::Prepared;

/// The backslashes of a source that Markdown consumes, ascending, each with whether it has an effect, that is, whether
/// the character behind it would otherwise be a mark.
pub(in crate::model::markdown) fn escapes(prepared: &Prepared) -> Vec<(usize, bool)> {
    let bytes = prepared.text.as_bytes();
    let mut escapes = Vec::new();
    let mut may_have_effect = Vec::new();
    let mut at = 0;
    while at + 1 < bytes.len() {
        if bytes[at] != b'\\' || !bytes[at + 1].is_ascii_punctuation() {
            at += 1;
            continue;
        }
        escapes.push((at, prepared.is_inserted(at)));
        if bytes[at + 1] != b'\\' && !prepared.is_inserted(at) {
            may_have_effect.push(at);
        }
        at += 2;
    }
    if may_have_effect.is_empty() {
        return escapes;
    }
    // Find out which of them are marks if nothing is escaped.
    let bare = prepared.without(&may_have_effect);
    let none = inserted(&bare);
    let mut builder = Builder::new(&bare, &none);
    builder.read();
    for (nth, at) in may_have_effect.into_iter().enumerate() {
        let has_effect = !builder.shown[at - nth] || is_alone(bytes, at);
        if let Ok(found) = escapes.binary_search_by_key(&at, |(at, _)| *at) {
            escapes[found].1 = has_effect;
        }
    }
    escapes
}

/// The backslashes of a source; only the inserted ones have an effect.
fn inserted(prepared: &Prepared) -> Vec<(usize, bool)> {
    let backslashes = prepared.text.match_indices('\\').map(|(at, _)| at);
    let escapes = backslashes.map(|at| (at, prepared.is_inserted(at)));
    escapes.collect()
}

/// Whether an emphasis character between spaces is escaped: it would not be a mark, but the backslash can mean nothing
/// else.
fn is_alone(bytes: &[u8], at: usize) -> bool {
    let is_space = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    matches!(bytes[at + 1], b'*' | b'_' | b'~')
        && is_space(at.checked_sub(1).and_then(|before| bytes.get(before)))
        && is_space(bytes.get(at + 2))
}
