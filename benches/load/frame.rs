//! WebSocket frames (RFC 6455) for the load clients: only what they need, and cheap.

/// The start of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A complete frame: its opcode, and the range of its payload.
    Frame {
        opcode: u8,
        begin: usize,
        end: usize,
    },
    /// More bytes are needed.
    Partial,
}

pub const TEXT: u8 = 1;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// Parses the head of an unmasked frame, as servers send it. Fragments are not expected: neither measured server
/// produces any.
pub fn parse(bytes: &[u8]) -> Parsed {
    let [first, second, rest @ ..] = bytes else {
        return Parsed::Partial;
    };
    let (head, length): (usize, usize) = match (second & 0x7f, rest) {
        (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
        (127, [a, b, c, d, e, f, g, h, ..]) => {
            let length = u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
            (10, usize::try_from(length).unwrap_or(usize::MAX))
        }
        (126 | 127, _) => return Parsed::Partial,
        (short, _) => (2, usize::from(short)),
    };
    match head.checked_add(length) {
        Some(end) if end <= bytes.len() => Parsed::Frame {
            opcode: first & 0x0f,
            begin: head,
            end,
        },
        _ => Parsed::Partial,
    }
}

/// Appends a masked frame to `out`. The mask is zero: the server has to unmask it anyway, and the load generator, which
/// shares the machine, saves the work.
pub fn write(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    match payload.len() {
        length @ 0..=125 => out.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}
