//! The reading side of a connection. tungstenite decodes the frames; its own replies (pongs, the answer to a close) go
//! through the send queue like everything else, so that there is a single writer.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::flood_guard::{Flood, FrameRate};
use crate::server::hub::{Frame, SendQueue};

/// Read buffer of one connection, in bytes; most messages fit. tungstenite's default is 128 KiB per connection.
const READ_BUFFER: usize = 1024;
/// Bytes of one connection that are read before other tasks get their turn; a client that does not flood rarely has
/// this much waiting. It bounds one call into tungstenite, which otherwise reads on as long as there are fragments.
const BYTES_PER_TURN: usize = 16 * 1024;
/// The opcode of a pong (RFC 6455, 5.2).
const PONG: u8 = 0xa;

/// Decodes the messages of one connection.
pub struct FrameReader(WebSocket<Wire>);

struct Wire {
    stream: Arc<TcpStream>,
    outbox: Arc<SendQueue>,
    early: Bytes,
    /// Bytes left in this turn.
    left: usize,
    flood: Flood,
}

impl FrameReader {
    /// Accepts messages of up to `max` bytes, at no more than `rate`.
    pub fn new(
        stream: Arc<TcpStream>,
        early: Bytes,
        outbox: Arc<SendQueue>,
        max: usize,
        rate: FrameRate,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(max))
            .max_frame_size(Some(max));
        let wire = Wire {
            stream,
            outbox,
            early,
            left: BYTES_PER_TURN,
            flood: Flood::new(rate, Instant::now()),
        };
        Self(WebSocket::from_raw_socket(wire, Role::Server, Some(config)))
    }

    /// Starts a turn, in which [`FrameReader::read`] reads a bounded number of bytes and then reports that nothing has
    /// arrived.
    pub fn start_turn(&mut self) {
        self.0.get_mut().left = BYTES_PER_TURN;
    }

    /// Whether the turn ended at its bound, so that more may have arrived.
    pub fn is_turn_over(&self) -> bool {
        self.0.get_ref().left == 0
    }

    /// Whether the client exceeded its rate of frames. Nothing more is read then.
    pub fn is_flooded(&self) -> bool {
        self.0.get_ref().flood.is_flooded()
    }

    /// The next message, if a complete one has arrived. `Err`: there will be no more.
    pub fn read(&mut self) -> Result<Option<Message>, Error> {
        match self.0.read() {
            Ok(Message::Close(close)) => {
                // tungstenite's answer is in its buffer.
                let _ = self.0.flush();
                Ok(Some(Message::Close(close)))
            }
            Ok(message) => Ok(Some(message)),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.flood.is_flooded() {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let room = buffer.len().min(self.left);
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let buffer = &mut buffer[..room];
        let count = if self.early.is_empty() {
            self.stream.try_read(buffer)?
        } else {
            let count = self.early.len().min(room);
            self.early.copy_to_slice(&mut buffer[..count]);
            count
        };
        self.left -= count;
        self.flood.count(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        // tungstenite writes whole frames, and all of them are accepted. A pong may be dropped when the queue is long,
        // as RFC 6455 (5.5.3) allows: a client that does not read can't pile up answers.
        let frame = Frame::raw(frames);
        match frames.first() {
            Some(first) if first & 0x0f == PONG => self.outbox.offer(frame),
            _ => self.outbox.push(frame),
        }
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
