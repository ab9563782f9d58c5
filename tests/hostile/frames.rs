//! The frames with which sockets are flooded.

use chapp::model::{ClientId, ThreadId};
use chapp::protocol::VERSION;

/// A flood: the frames that a socket sends repeatedly.
#[derive(Clone)]
pub struct Attack {
    pub name: &'static str,
    /// Whether it sends `hello` first.
    pub sends_hello: bool,
    /// Sent once.
    pub first: Vec<u8>,
    /// Sent repeatedly.
    pub then: Vec<u8>,
}

const CONTINUATION: u8 = 0x00;
const TEXT: u8 = 0x81;
const TEXT_BEGUN: u8 = 0x01;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
const RESERVED: u8 = 0x83;

/// A masked frame; the mask is zero.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

fn text(payload: &str) -> Vec<u8> {
    frame(TEXT, payload.as_bytes())
}

pub fn hello() -> Vec<u8> {
    text(&format!(
        r#"{{"type":"hello","version":{VERSION},"resume":[]}}"#
    ))
}

fn send(thread: ThreadId, length: usize) -> Vec<u8> {
    let (id, words) = (ClientId::now().0, "x".repeat(length));
    text(&format!(
        r#"{{"type":"send","client_id":"{id}","thread":{thread},"text":"{words}"}}"#
    ))
}

/// Every kind of frame, valid or not; about a thread of the flooder, and about one of others.
pub fn all(own: ThreadId, foreign: ThreadId) -> Vec<Attack> {
    let live = |name, then: Vec<u8>| Attack {
        name,
        sends_hello: true,
        first: vec![],
        then,
    };
    let silent = |name, then: Vec<u8>| Attack {
        sends_hello: false,
        ..live(name, then)
    };
    let all_of = |frames: &dyn Fn(i64) -> Vec<u8>| (0..1_000).flat_map(frames).collect();
    vec![
        live("pongs", frame(PONG, b"")),
        live("pings", frame(PING, &[b'x'; 125])),
        live("pings of the protocol", text(r#"{"type":"ping"}"#)),
        live("pongs of the protocol", text(r#"{"type":"pong"}"#)),
        live(
            "read marks of one thread",
            all_of(&|seq| text(&format!(r#"{{"type":"read","thread":{own},"seq":{seq}}}"#))),
        ),
        live(
            "read marks of a thousand threads",
            all_of(&|thread| text(&format!(r#"{{"type":"read","thread":{thread},"seq":1}}"#))),
        ),
        live(
            "typing",
            text(&format!(r#"{{"type":"typing","thread":{own}}}"#)),
        ),
        live(
            "typing in a thread of others",
            text(&format!(r#"{{"type":"typing","thread":{foreign}}}"#)),
        ),
        live("messages", all_of(&|_| send(own, 10))),
        live(
            "long messages",
            (0..20).flat_map(|_| send(own, 9_000)).collect(),
        ),
        live("one message again and again", send(own, 10)),
        live(
            "messages to a thread of others",
            all_of(&|_| send(foreign, 10)),
        ),
        live("more hellos", hello()),
        live("no JSON", text("what?")),
        live(
            "a long word",
            text(&format!(r#"{{"type":"{}"}}"#, "x".repeat(100_000))),
        ),
        live("empty text", text("")),
        live("binary", frame(BINARY, &[0; 100])),
        live("a reserved opcode", frame(RESERVED, b"")),
        Attack {
            first: frame(TEXT_BEGUN, b"{"),
            ..live("endless fragments", frame(CONTINUATION, b""))
        },
        Attack {
            first: frame(TEXT_BEGUN, b"{"),
            ..live("endless small fragments", frame(CONTINUATION, b" "))
        },
        live("fragments of nothing", frame(CONTINUATION, b"")),
        live("closes", frame(CLOSE, b"")),
        live(
            "half a long frame",
            vec![TEXT, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff],
        ),
        live("zeros", vec![0; 1_000]),
        silent("pongs before hello", frame(PONG, b"")),
        silent("pings before hello", frame(PING, &[b'x'; 125])),
        Attack {
            first: frame(TEXT_BEGUN, b"{"),
            ..silent("endless fragments before hello", frame(CONTINUATION, b""))
        },
        silent("binary before hello", frame(BINARY, b"")),
        silent("hellos again and again", hello()),
        silent("nothing", vec![]),
    ]
}
