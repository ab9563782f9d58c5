//! The reading side of a connection: tungstenite decodes what comes; what it wants to say itself (pongs, the
//! answer to a close) goes through the outbox as everything else does, so that there is one writer.

use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use crate::server::hub::{Frame, Outbox};

/// Read buffer of one connection, in bytes: most messages fit. tungstenite's own default is 128 KiB, for
/// each connection.
const READ_BUFFER: usize = 1024;

/// See the module's page.
pub struct Reader(WebSocket<Wire>);

struct Wire {
    stream: Arc<TcpStream>,
    outbox: Arc<Outbox>,
    early: Bytes,
}

impl Reader {
    /// Takes messages of up to `max` bytes.
    pub fn new(stream: Arc<TcpStream>, early: Bytes, outbox: Arc<Outbox>, max: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(max))
            .max_frame_size(Some(max));
        let wire = Wire {
            stream,
            outbox,
            early,
        };
        Self(WebSocket::from_raw_socket(wire, Role::Server, Some(config)))
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
        if self.early.is_empty() {
            return self.stream.try_read(buffer);
        }
        let count = self.early.len().min(buffer.len());
        self.early.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        // tungstenite hands over whole frames, and this takes all of them.
        self.outbox.push(Frame::raw(frames));
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
