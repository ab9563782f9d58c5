//! Properties that must hold for any input. Each is a target for `cargo fuzz`, and every test run calls it with its
//! corpus and random mutations.

use chapp::model::links::{TextPiece, pieces};
use chapp::model::{Field, Search, limits, markdown, validate};
use chapp::protocol::ClientFrame;
use chapp::server::auth::{lookup_key, username};
use chapp::server::config::Config;
use chapp::server::names::name_key;
use chapp::server::store::search::token_runs;
use chapp::server::store::search::token_runs::TokenRun;
use chapp::ui::message::message_text::is_few_emoji;

/// A fuzz target.
pub type Target = fn(&[u8]);

/// All targets, by the name of their corpus.
#[allow(dead_code, reason = "cargo fuzz builds a program of each")]
pub const ALL: [(&str, Target); 5] = [
    ("client_frame", client_frame),
    ("message", message),
    ("settings", settings),
    ("names", names),
    ("search", search),
];

/// A client frame is rejected, or survives a round trip.
pub fn client_frame(bytes: &[u8]) {
    let Ok(frame) = serde_json::from_slice::<ClientFrame>(bytes) else {
        return;
    };
    let encoded = serde_json::to_string(&frame).expect("frames can be encoded");
    let again: ClientFrame =
        serde_json::from_str(&encoded).expect("what was encoded is understood");
    assert_eq!(again, frame);
    if let ClientFrame::Send { text, .. } = &frame {
        check_idempotent(validate::message_text, text);
    }
}

/// A message loses no character on its way to the screen, and nothing executable becomes a link.
pub fn message(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    check_idempotent(validate::message_text, text);
    let _ = is_few_emoji(text);
    // The result is tested in `src/model/markdown/tests.rs`.
    let _ = markdown::blocks(text);
    let mut shown = String::new();
    for piece in pieces(text) {
        match piece {
            TextPiece::Text(text) => shown += &text,
            TextPiece::Link { href, text } => {
                let scheme = href.split(':').next().unwrap_or_default();
                let scheme = scheme.to_ascii_lowercase();
                let is_safe = matches!(&*scheme, "http" | "https" | "mailto");
                assert!(is_safe, "{href:?}");
                assert!(href.ends_with(&text), "{href:?} is not {text:?}");
                shown += &text;
            }
        }
    }
    assert_eq!(shown, text);
}

/// A settings file is accepted, or refused with a reason.
pub fn settings(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Err(error) = Config::read(text, []) {
        assert!(!error.to_string().is_empty());
    }
}

/// An accepted name remains the same when its displayed form is typed.
pub fn names(bytes: &[u8]) {
    let Ok(raw) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(name) = username(raw) {
        let again = username(&name.key).expect("accepted once, accepted again");
        assert_eq!(again, name);
        assert_eq!(lookup_key(raw).as_deref(), Some(&*name.key));
    }
    check_idempotent(|name| validate::display_name(name, "ana"), raw);
    check_idempotent(|topic| validate::line(Field::Topic, topic, 250), raw);
    check_idempotent(validate::room_name, raw);
    if let Ok(name) = validate::room_name(raw)
        && let Ok(key) = name_key(&name)
    {
        assert_eq!(name_key(&key).as_ref(), Ok(&key));
    }
}

/// A query is refused with a reason, or finds its own text; highlights end at character boundaries.
pub fn search(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let search = match Search::parse(text) {
        Ok(search) => search,
        Err(refusal) => return assert_eq!(refusal.field(), Some(Field::Query)),
    };
    assert!(search.phrases.len() <= limits::QUERY_PARTS);
    let typed = search.phrases.iter();
    let sought: Vec<TokenRun> = typed
        .filter_map(|it| TokenRun::of(&it.text, it.is_open))
        .collect();
    let places = token_runs::find(&sought, text).expect("a query finds its own text");
    for place in places {
        assert!(text.get(place).is_some_and(|found| !found.is_empty()));
    }
}

/// Normalization is idempotent.
fn check_idempotent<E: std::fmt::Debug>(rule: impl Fn(&str) -> Result<String, E>, text: &str) {
    if let Ok(taken) = rule(text) {
        let again = rule(&taken).expect("accepted once, accepted again");
        assert_eq!(again, taken, "of {text:?}");
    }
}
