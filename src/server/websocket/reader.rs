//! The reading side of a connection: tungstenite decodes what comes; what it wants to say itself (pongs, the
//! answer to a close) goes through the outbox as everything else does, so that there is one writer.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::flood_guard::{Flood, FrameRate};
use crate::server::hub::{Frame, SendQueue};

/// Read buffer of one connection, in bytes: most messages fit. tungstenite's own default is 128 KiB, for
/// each connection.
const READ_BUFFER: usize = 1024;
/// Bytes of one connection that are taken in before other tasks get their turn: so much a client that does not flood
/// has rarely sent at once. It bounds what tungstenite does within one call, which reads on for as long as there are
/// fragments.
const BYTES_A_TURN: usize = 16 * 1024;
/// The opcode of a pong (RFC 6455, 5.2).
const PONG: u8 = 0xa;

/// See the module's page.
pub struct FrameReader(WebSocket<Wire>);

struct Wire {
    stream: Arc<TcpStream>,
    outbox: Arc<SendQueue>,
    early: Bytes,
    /// Bytes that are left of this turn.
    left: usize,
    flood: Flood,
}

impl FrameReader {
    /// Takes messages of up to `max` bytes, at no more than this rate of frames.
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
            left: BYTES_A_TURN,
            flood: Flood::new(rate, Instant::now()),
        };
        Self(WebSocket::from_raw_socket(wire, Role::Server, Some(config)))
    }

    /// Begins a turn: from here on, [`FrameReader::read`] takes in a bounded number of bytes, and then says that nothing
    /// has come.
    pub fn begin_turn(&mut self) {
        self.0.get_mut().left = BYTES_A_TURN;
    }

    /// Whether more may have come than this turn takes in.
    pub fn is_turn_over(&self) -> bool {
        self.0.get_ref().left == 0
    }

    /// Whether more frames came than may: then nothing more is read.
    pub fn is_flooded(&self) -> bool {
        self.0.get_ref().flood.is_flooded()
    }

    /// The next message, if a whole one has come. `Err`: there will be no more.
    pub fn read(&mut self) -> Result<Option<Message>, Error> {
        match self.0.read() {
            Ok(Message::Close(close)) => {
                // The answer to it stands in tungstenite's buffer.
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
        // tungstenite hands over whole frames, and this takes all of them. A pong may be left out when much waits
        // already, as RFC 6455 has it (5.5.3): whoever reads nothing can't have answers piled up.
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
