//! WebSocket frames in their wire format.

use bytes::Bytes;

use crate::protocol::ServerFrame;

/// A WebSocket frame with its header, encoded once; its bytes are shared by all recipients. (Frames from a server are
/// not masked, so they are the same for every client.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(Bytes);

/// The longest header (RFC 6455, 5.2): two bytes and an eight-byte length.
const HEAD_MAX: usize = 10;
/// A text message in a single fragment (FIN set).
const TEXT: u8 = 0x81;
#[cfg(test)]
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;

impl Frame {
    /// Encodes a server frame as a text message.
    #[must_use]
    pub fn text(frame: &ServerFrame) -> Self {
        Self::build(TEXT, |payload| {
            // Frames are plain data with string keys: serde_json can't fail on them, nor can writing to a Vec.
            let _ = serde_json::to_writer(payload, frame);
        })
    }

    /// A close frame with this code.
    #[must_use]
    pub fn close(code: u16) -> Self {
        Self::build(CLOSE, |payload| {
            payload.extend_from_slice(&code.to_be_bytes());
        })
    }

    /// Wraps bytes that are complete frames already.
    #[must_use]
    pub fn raw(bytes: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(bytes))
    }

    /// Writes the payload after room for the longest header, then places the header directly before it.
    fn build(first: u8, payload: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = vec![0; HEAD_MAX];
        payload(&mut bytes);
        let length = bytes.len() - HEAD_MAX;
        let begin = match length {
            0..=125 => HEAD_MAX - 2,
            126..=0xffff => HEAD_MAX - 4,
            _ => 0,
        };
        bytes[begin] = first;
        match length {
            0..=125 => bytes[begin + 1] = length as u8,
            126..=0xffff => {
                bytes[begin + 1] = 126;
                bytes[begin + 2..HEAD_MAX].copy_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                bytes[begin + 1] = 127;
                bytes[begin + 2..HEAD_MAX].copy_from_slice(&(length as u64).to_be_bytes());
            }
        }
        Self(Bytes::from(bytes).slice(begin..))
    }
}

#[cfg(test)]
impl Frame {
    /// The same message as a server sends it; `None` for control frames.
    pub fn echo(message: &tungstenite::Message) -> Option<Self> {
        let (first, payload) = match message {
            tungstenite::Message::Text(text) => (TEXT, text.as_bytes()),
            tungstenite::Message::Binary(bytes) => (BINARY, &**bytes),
            _ => return None,
        };
        Some(Self::build(first, |to| to.extend_from_slice(payload)))
    }

    /// The message as a client decodes it.
    pub fn decoded(&self) -> tungstenite::Message {
        let bytes = std::io::Cursor::new(self.to_vec());
        let role = tungstenite::protocol::Role::Client;
        tungstenite::WebSocket::from_raw_socket(bytes, role, None)
            .read()
            .expect("a frame")
    }
}

impl std::ops::Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_of_any_length_has_the_head_for_it() {
        for length in [0, 1, 125, 126, 127, 0xffff, 0x1_0000] {
            let text = "a".repeat(length);
            let frame = Frame::build(TEXT, |payload| payload.extend_from_slice(text.as_bytes()));
            assert_eq!(frame.decoded(), tungstenite::Message::text(text));
        }
    }

    #[test]
    fn a_frame_of_the_protocol_is_its_json() {
        let frame = Frame::text(&ServerFrame::Pong);
        assert_eq!(
            frame.decoded(),
            tungstenite::Message::text(r#"{"type":"pong"}"#)
        );
    }

    #[test]
    fn a_close_carries_its_code() {
        let tungstenite::Message::Close(Some(close)) = Frame::close(4008).decoded() else {
            panic!("no close with a code");
        };
        assert_eq!(u16::from(close.code), 4008);
    }
}
