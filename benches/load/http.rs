//! A client that sends requests over one HTTP/1.1 connection, one after the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, ensure};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Client {
    stream: BufReader<TcpStream>,
    cookie: String,
}

/// The status of an answer, and the `Location` or `Upload-Offset` in it.
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub body: Vec<u8>,
}

/// What the lines before a body say.
struct Head {
    status: u16,
    location: String,
    length: Option<usize>,
}

impl Client {
    pub fn connect(port: u16, cookie: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
            cookie: cookie.to_owned(),
        })
    }

    /// Reads a page; returns the length of its body.
    pub fn get(&mut self, path: &str) -> anyhow::Result<usize> {
        self.read(path, &mut std::io::sink())
    }

    /// Reads a page; returns its body.
    pub fn body(&mut self, path: &str) -> anyhow::Result<String> {
        let mut body = Vec::new();
        self.read(path, &mut body)?;
        Ok(String::from_utf8(body)?)
    }

    fn read(&mut self, path: &str, sink: &mut impl Write) -> anyhow::Result<usize> {
        self.ask("GET", path, "", &[])?;
        let head = self.head()?;
        ensure!(head.status == 200, "{path}: {}", head.status);
        self.rest(head.length, sink)
    }

    /// Sends a request with a body. `headers`: whole lines.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let length = format!("{headers}Content-Length: {}\r\n", body.len());
        self.ask(method, path, &length, body)?;
        let Head {
            status,
            location,
            length,
        } = self.head()?;
        let mut body = Vec::new();
        if status != 204 {
            self.rest(length, &mut body)?;
        }
        Ok(Answer {
            status,
            location,
            body,
        })
    }

    fn ask(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<()> {
        let cookie = &self.cookie;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{headers}\r\n"
        );
        self.stream.get_mut().write_all(head.as_bytes())?;
        Ok(self.stream.get_mut().write_all(body)?)
    }

    fn head(&mut self) -> anyhow::Result<Head> {
        let status = self.line()?;
        let status = status.strip_prefix("HTTP/1.1 ").context("an answer")?;
        let status = status.split(' ').next().unwrap_or_default().parse()?;
        let (mut length, mut location) = (None, String::new());
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match &*name.to_ascii_lowercase() {
                "content-length" => length = Some(value.trim().parse()?),
                "location" => value.trim().clone_into(&mut location),
                _ => {}
            }
        }
        Ok(Head {
            status,
            location,
            length,
        })
    }

    /// Copies the body; returns its length. `length`: as declared; `None`: it comes in chunks.
    fn rest(&mut self, length: Option<usize>, sink: &mut impl Write) -> anyhow::Result<usize> {
        if let Some(length) = length {
            return self.copy(length, sink);
        }
        let mut all = 0;
        loop {
            let chunk = usize::from_str_radix(&self.line()?, 16).context("the size of a chunk")?;
            all += self.copy(chunk, sink)?;
            self.line()?;
            if chunk == 0 {
                return Ok(all);
            }
        }
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        ensure!(line.ends_with('\n'), "the server closed the connection");
        Ok(line.trim_end().to_owned())
    }

    fn copy(&mut self, length: usize, sink: &mut impl Write) -> anyhow::Result<usize> {
        let mut body = (&mut self.stream).take(length as u64);
        let read = std::io::copy(&mut body, sink)?;
        ensure!(read == length as u64, "the server closed the connection");
        Ok(length)
    }
}
