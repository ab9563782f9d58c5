//! Many WebSocket clients in one thread, over epoll. The load generator shares the machine with the server it measures,
//! so a delivery must cost it no more than one read and one look at the frame.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with, sockopt};

use crate::frame::{self, Parsed};

/// Maximum size of one read, in bytes.
const READ: usize = 256 * 1024;
/// Ready sockets fetched from the kernel at once.
const EVENTS: usize = 1024;
/// Clients per source address: well below the 28,232 ephemeral ports that Linux has by default.
const CLIENTS_PER_ADDRESS: usize = 10_000;

/// The reaction of a scenario to what its clients receive. Frames added to `out` are sent by the same client.
pub trait Handler {
    /// The WebSocket is open.
    fn opened(&mut self, client: usize, out: &mut Vec<u8>);
    /// A text frame arrived.
    fn text(&mut self, client: usize, payload: &[u8], out: &mut Vec<u8>);
    /// The connection has ended, or could not be made. The code is 1006 if there was no close frame.
    fn closed(&mut self, client: usize, code: u16);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Connecting,
    Handshake,
    Open,
}

struct Client {
    server: SocketAddrV4,
    stream: Option<TcpStream>,
    state: State,
    cookie: String,
    /// The beginning of an incomplete frame.
    partial: Vec<u8>,
    /// Bytes that the kernel has not accepted yet.
    unsent: Vec<u8>,
    /// Whether epoll reports when the kernel accepts more.
    awaits_writable: bool,
}

/// See the module documentation. Clients are identified by their number, from 0.
pub struct Swarm {
    epoll: OwnedFd,
    clients: Vec<Client>,
    events: Vec<epoll::Event>,
    buffer: Vec<u8>,
    out: Vec<u8>,
}

/// Adds a text frame to `out`.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    frame::write(out, frame::TEXT, text.as_bytes());
}

impl Swarm {
    /// Clients that authenticate with these cookies (`name=value`). None is connected yet.
    pub fn new(port: u16, cookies: &[String]) -> io::Result<Self> {
        Self::over(&[port], cookies)
    }

    /// The same with several servers, to which the clients are assigned in turns.
    pub fn over(ports: &[u16], cookies: &[String]) -> io::Result<Self> {
        let client = |(cookie, &port): (&String, &u16)| Client {
            server: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port),
            stream: None,
            state: State::Closed,
            cookie: cookie.clone(),
            partial: Vec::new(),
            unsent: Vec::new(),
            awaits_writable: false,
        };
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            clients: cookies
                .iter()
                .zip(ports.iter().cycle())
                .map(client)
                .collect(),
            events: Vec::with_capacity(EVENTS),
            buffer: vec![0; READ],
            out: Vec::new(),
        })
    }

    /// Starts connecting a client, without waiting.
    pub fn connect(&mut self, number: usize) -> io::Result<()> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        let host = u8::try_from(number / CLIENTS_PER_ADDRESS % 200).unwrap_or(0) + 1;
        bind(
            &socket,
            &SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, host), 0),
        )?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        match connect(&socket, &self.clients[number].server) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let data = epoll::EventData::new_u64(number as u64);
        epoll::add(&self.epoll, &socket, data, epoll::EventFlags::OUT)?;
        let client = &mut self.clients[number];
        client.stream = Some(socket.into());
        client.state = State::Connecting;
        client.partial = Vec::new();
        client.unsent = Vec::new();
        client.awaits_writable = false;
        Ok(())
    }

    /// Closes all connections without a close frame.
    pub fn drop_all(&mut self) {
        for client in &mut self.clients {
            client.stream = None;
            client.state = State::Closed;
        }
    }

    /// Sends a text frame.
    pub fn send(&mut self, number: usize, text: &str) {
        let mut out = std::mem::take(&mut self.out);
        write_text(&mut out, text);
        self.clients[number].write(&out, &self.epoll, number);
        out.clear();
        self.out = out;
    }

    /// Waits for events, at most this long, and dispatches them.
    pub fn turn(&mut self, timeout: Duration, handler: &mut impl Handler) -> io::Result<()> {
        let timeout = Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        self.events.clear();
        let buffer = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, buffer, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for index in 0..self.events.len() {
            let number = usize::try_from(self.events[index].data.u64()).unwrap_or(usize::MAX);
            self.advance(number, handler);
        }
        Ok(())
    }

    /// Repeats [`Swarm::turn`] until `end`.
    pub fn run_until(&mut self, end: Instant, handler: &mut impl Handler) -> io::Result<()> {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.turn(left, handler)?;
        }
    }

    fn advance(&mut self, number: usize, handler: &mut impl Handler) {
        let client = &mut self.clients[number];
        match client.state {
            State::Closed => {}
            State::Connecting => client.begin(number, &self.epoll, handler),
            State::Handshake | State::Open => {
                let mut out = std::mem::take(&mut self.out);
                client.flush(&self.epoll, number);
                match client.read(number, &mut self.buffer, &mut out, handler) {
                    Ok(()) if out.is_empty() => {}
                    Ok(()) => client.write(&out, &self.epoll, number),
                    Err(code) => client.end(number, code, handler),
                }
                out.clear();
                self.out = out;
            }
        }
    }
}

/// The close code reported for a connection that ended without a close frame (RFC 6455, 7.4.1).
const ABNORMAL: u16 = 1006;

impl Client {
    fn begin(&mut self, number: usize, epoll: &OwnedFd, handler: &mut impl Handler) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        if matches!(stream.take_error(), Ok(Some(_)) | Err(_)) {
            return self.end(number, ABNORMAL, handler);
        }
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Cookie: {}\r\n\r\n",
            self.server, self.cookie
        );
        let data = epoll::EventData::new_u64(number as u64);
        let listens = epoll::modify(epoll, &*stream, data, epoll::EventFlags::IN);
        if listens.is_err() || stream.write_all(request.as_bytes()).is_err() {
            return self.end(number, ABNORMAL, handler);
        }
        self.state = State::Handshake;
    }

    /// Reads once. A second read would only find out that there is no more, at the price of a system call; epoll
    /// reports it if there is.
    fn read(
        &mut self,
        number: usize,
        buffer: &mut [u8],
        out: &mut Vec<u8>,
        handler: &mut impl Handler,
    ) -> Result<(), u16> {
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        let count = match stream.read(buffer) {
            Ok(0) => return Err(ABNORMAL),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(_) => return Err(ABNORMAL),
        };
        if self.partial.is_empty() && self.state == State::Open {
            let used = dispatch_frames(number, &buffer[..count], out, handler)?;
            self.partial.extend_from_slice(&buffer[used..count]);
            return Ok(());
        }
        self.partial.extend_from_slice(&buffer[..count]);
        let mut partial = std::mem::take(&mut self.partial);
        let mut used = 0;
        if self.state == State::Handshake {
            let Some(end) = memchr::memmem::find(&partial, b"\r\n\r\n") else {
                self.partial = partial;
                return Ok(());
            };
            if !partial.starts_with(b"HTTP/1.1 101") {
                return Err(ABNORMAL);
            }
            used = end + 4;
            self.state = State::Open;
            handler.opened(number, out);
        }
        used += dispatch_frames(number, &partial[used..], out, handler)?;
        if used < partial.len() {
            partial.drain(..used);
            self.partial = partial;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], epoll: &OwnedFd, number: usize) {
        self.unsent.extend_from_slice(bytes);
        self.flush(epoll, number);
    }

    /// Writes the unsent bytes; if the kernel doesn't accept all of them, registers for when it does.
    fn flush(&mut self, epoll: &OwnedFd, number: usize) {
        let Some(stream) = self.stream.as_mut().filter(|_| !self.unsent.is_empty()) else {
            return;
        };
        // A failed write is noticed by the next read.
        let written = stream.write(&self.unsent).unwrap_or(0);
        self.unsent.drain(..written);
        if self.unsent.is_empty() {
            self.unsent = Vec::new();
        }
        if self.unsent.is_empty() == self.awaits_writable {
            self.awaits_writable = !self.awaits_writable;
            let data = epoll::EventData::new_u64(number as u64);
            let mut flags = epoll::EventFlags::IN;
            flags.set(epoll::EventFlags::OUT, self.awaits_writable);
            let _ = epoll::modify(epoll, &*stream, data, flags);
        }
    }

    fn end(&mut self, number: usize, code: u16, handler: &mut impl Handler) {
        self.stream = None;
        self.state = State::Closed;
        self.partial = Vec::new();
        handler.closed(number, code);
    }
}

/// Dispatches the complete frames in `bytes`; returns how many bytes they took, or the code of a close frame, which
/// ends it.
fn dispatch_frames(
    number: usize,
    bytes: &[u8],
    out: &mut Vec<u8>,
    handler: &mut impl Handler,
) -> Result<usize, u16> {
    let mut used = 0;
    while let Parsed::Frame { opcode, begin, end } = frame::parse(&bytes[used..]) {
        let payload = &bytes[used + begin..used + end];
        match opcode {
            frame::TEXT if payload == br#"{"type":"ping"}"# => {
                write_text(out, r#"{"type":"pong"}"#);
            }
            frame::TEXT => handler.text(number, payload, out),
            frame::PING => frame::write(out, frame::PONG, payload),
            frame::CLOSE => {
                let code = payload
                    .first_chunk()
                    .map_or(1005, |code| u16::from_be_bytes(*code));
                return Err(code);
            }
            _ => {}
        }
        used += end;
    }
    Ok(used)
}
