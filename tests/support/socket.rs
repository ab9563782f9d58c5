//! A WebSocket that speaks the protocol's frames.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use chapp::model::{ClientId, Event, Seq, ThreadId};
use chapp::protocol::{ClientFrame, Resume, ServerFrame, VERSION};
use futures_util::{SinkExt, StreamExt};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{PATIENCE, patiently};

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that arrived while waiting for another.
    skipped: VecDeque<ServerFrame>,
}

/// Opens a socket with these headers; the error is the status of an answer other than an upgrade.
pub async fn connect_with(address: SocketAddr, headers: HeaderMap) -> Result<Socket, StatusCode> {
    let url = format!("ws://{address}/ws");
    let mut request = url.into_client_request().expect("a request");
    request.headers_mut().extend(headers);
    match patiently("a socket", connect_async(request)).await {
        Ok((stream, _)) => Ok(Socket {
            stream,
            skipped: VecDeque::new(),
        }),
        Err(Error::Http(answer)) => Err(answer.status()),
        Err(error) => panic!("no socket: {error}"),
    }
}

impl Socket {
    pub async fn open(address: SocketAddr, headers: HeaderMap) -> Self {
        let opened = connect_with(address, headers).await;
        opened.unwrap_or_else(|status| panic!("no socket: {status}"))
    }

    pub async fn say(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).expect("JSON");
        self.say_text(&text).await;
    }

    /// Says that everything up to this message has been read.
    pub async fn read_up_to(&mut self, thread: ThreadId, seq: Seq) {
        let turn = 0;
        self.say(&ClientFrame::Read { thread, seq, turn }).await;
    }

    /// Says whether the user looks at the page; returns when the server knows.
    pub async fn look(&mut self, on: bool) {
        self.say(&ClientFrame::Looking { on }).await;
        self.say(&ClientFrame::Ping).await;
        self.expect("a pong", |frame| {
            matches!(frame, ServerFrame::Pong).then_some(())
        })
        .await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.say_raw(Message::text(text)).await;
    }

    pub async fn say_raw(&mut self, message: Message) {
        self.stream.send(message).await.expect("sent");
    }

    /// Sends the same message repeatedly, as fast as possible, whether or not the peer still reads.
    pub async fn send_repeatedly(&mut self, message: &Message, count: usize) {
        for _ in 0..count {
            if self.stream.feed(message.clone()).await.is_err() {
                return;
            }
        }
        // The server may have closed it meanwhile.
        let _ = self.stream.flush().await;
    }

    /// Writes raw bytes, bypassing the protocol. Returns whether they were accepted.
    pub async fn say_bytes(&mut self, bytes: &[u8]) -> bool {
        self.stream.get_mut().write_all(bytes).await.is_ok()
    }

    /// Writes text frames in one piece, bypassing the library, which sends nothing after a close.
    pub async fn say_at_once(&mut self, texts: &[String]) {
        let mut bytes = Vec::new();
        for text in texts {
            let length = u16::try_from(text.len()).expect("a short text");
            // A whole text frame, with a mask of zeros (RFC 6455, 5.2).
            bytes.extend([0x81, 0x80 | 126]);
            bytes.extend(length.to_be_bytes());
            bytes.extend([0; 4]);
            bytes.extend(text.as_bytes());
        }
        let stream = self.stream.get_mut();
        stream.write_all(&bytes).await.expect("written");
    }

    /// Reads up to the server's close, bypassing the library, which would answer it; returns its code.
    pub async fn closed_raw(&mut self) -> u16 {
        let stream = self.stream.get_mut();
        let reading = async {
            loop {
                let opcode = stream.read_u8().await? & 0x0F;
                let length = match stream.read_u8().await? {
                    126 => stream.read_u16().await?.into(),
                    127 => stream.read_u64().await?,
                    length => length.into(),
                };
                let mut payload = vec![0; usize::try_from(length).expect("a short frame")];
                stream.read_exact(&mut payload).await?;
                if opcode == 0x8 {
                    return std::io::Result::Ok(u16::from_be_bytes([payload[0], payload[1]]));
                }
            }
        };
        let code = patiently("a close", reading).await;
        code.expect("a close before the end")
    }

    /// Waits until the server has ended the connection, whatever it still sends.
    pub async fn gone_raw(&mut self) {
        let mut rest = Vec::new();
        let reading = self.stream.get_mut().read_to_end(&mut rest);
        // The end, or a reset.
        let _ = patiently("the connection's end", reading).await;
    }

    /// Sends `hello`; returns `ready`.
    pub async fn hello(&mut self, resume: &[(ThreadId, Seq)]) -> ServerFrame {
        let resume = resume
            .iter()
            .map(|&(thread, seq)| Resume { thread, seq })
            .collect();
        let version = VERSION;
        self.say(&ClientFrame::Hello { version, resume }).await;
        self.expect("ready", |frame| {
            matches!(frame, ServerFrame::Ready { .. }).then(|| frame.clone())
        })
        .await
    }

    /// Sends a message without waiting for the answer; returns its id.
    pub async fn post(&mut self, thread: ThreadId, text: &str) -> ClientId {
        let client_id = ClientId::now();
        self.post_as(client_id, thread, text).await;
        client_id
    }

    pub async fn post_as(&mut self, client_id: ClientId, thread: ThreadId, text: &str) {
        let text = text.to_owned();
        self.say(&ClientFrame::Send {
            client_id,
            thread,
            text,
            reply_to: None,
            files: Vec::new(),
        })
        .await;
    }

    /// Sends a message and waits until it is acknowledged.
    pub async fn send(&mut self, thread: ThreadId, text: &str) -> Seq {
        let id = self.post(thread, text).await;
        self.sent(id).await
    }

    /// Waits for the acknowledgement of a send.
    pub async fn sent(&mut self, id: ClientId) -> Seq {
        self.expect("sent", |frame| match frame {
            ServerFrame::Sent { client_id, seq, .. } if *client_id == id => Some(*seq),
            _ => None,
        })
        .await
    }

    /// Waits for the next event.
    pub async fn event(&mut self) -> Event {
        self.expect("an event", |frame| match frame {
            ServerFrame::Event(event) => Some(event.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for the next refusal: the id of the refused send, and the code.
    pub async fn refusal(&mut self) -> (Option<ClientId>, String) {
        self.expect("a refusal", |frame| match frame {
            ServerFrame::Refused {
                client_id, refusal, ..
            } => {
                let value = serde_json::to_value(refusal).expect("JSON");
                let code = value["code"].as_str().expect("a code").to_owned();
                Some((*client_id, code))
            }
            _ => None,
        })
        .await
    }

    /// Waits for the first frame that `pick` accepts. Others are held back, in order.
    pub async fn expect<T>(
        &mut self,
        what: &str,
        pick: impl FnMut(&ServerFrame) -> Option<T>,
    ) -> T {
        self.expect_slowly(what, PATIENCE, pick).await
    }

    /// As [`Self::expect`], with more patience.
    pub async fn expect_slowly<T>(
        &mut self,
        what: &str,
        patience: Duration,
        mut pick: impl FnMut(&ServerFrame) -> Option<T>,
    ) -> T {
        for index in 0..self.skipped.len() {
            if let Some(picked) = pick(&self.skipped[index]) {
                self.skipped.remove(index);
                return picked;
            }
        }
        loop {
            let next = timeout(patience, self.stream.next()).await;
            let frame = match next.unwrap_or_else(|_| panic!("waited in vain for {what}")) {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text);
                    frame.unwrap_or_else(|error| panic!("not a frame: {error}: {text}"))
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                other => panic!("waited for {what}, got {other:?}"),
            };
            match pick(&frame) {
                Some(picked) => return picked,
                None => self.skipped.push_back(frame),
            }
        }
    }

    /// All frames that the server has sent so far, that is, before it answers a ping.
    pub async fn frames_so_far(&mut self) -> Vec<ServerFrame> {
        self.say(&ClientFrame::Ping).await;
        self.expect("pong", |frame| {
            matches!(frame, ServerFrame::Pong).then_some(())
        })
        .await;
        self.skipped.drain(..).collect()
    }

    /// The events of [`Self::frames_so_far`].
    pub async fn events_so_far(&mut self) -> Vec<Event> {
        let frames = self.frames_so_far().await;
        let events = frames.into_iter().filter_map(|frame| match frame {
            ServerFrame::Event(event) => Some(event),
            _ => None,
        });
        events.collect()
    }

    /// Waits for the end of the connection; returns the close code, if there was one.
    pub async fn closed(&mut self) -> Option<u16> {
        let (code, _) = self.closed_after().await;
        code
    }

    /// As [`Self::closed`], with the frames before it.
    pub async fn closed_after(&mut self) -> (Option<u16>, Vec<ServerFrame>) {
        let mut frames: Vec<_> = self.skipped.drain(..).collect();
        loop {
            match patiently("the connection's end", self.stream.next()).await {
                Some(Ok(Message::Close(frame))) => {
                    return (frame.map(|frame| u16::from(frame.code)), frames);
                }
                Some(Ok(Message::Text(text))) => {
                    frames.push(serde_json::from_str(&text).expect("a frame"));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (None, frames),
            }
        }
    }
}
