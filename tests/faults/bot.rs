//! A person with an open tab: the client's engine, driven by this process instead of a browser.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chapp::engine::{ConnectionState, Effect, Engine, Input, Pending, PendingState};
use chapp::model::{Boot, ClientId, Millis, Position, Refusal, Seq, ThreadId, UserId};
use chapp::protocol::{ClientFrame, ServerFrame, close};
use futures_util::{SinkExt, StreamExt};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use reqwest::header::{ACCEPT, COOKIE, HeaderValue};
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::uploads::{Uploaded, Uploader};

/// Maximum of the bot's own pending messages; it writes no more until some are sent.
const WAITING_MAX: usize = 30;
/// Uploads of a bot at a time.
const UPLOADING_MAX: usize = 2;
/// The most bytes of a file once the others have used up what a tab may upload.
const TINY: usize = 1_000;
/// Length of messages while one of the networks is stalled, in bytes, so that its buffers are soon full.
const LONG: usize = 6_000;
/// A request that takes longer has failed.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);

/// A message shown as sent.
#[derive(Clone, Copy, Debug)]
pub struct Acked {
    pub thread: ThreadId,
    pub client_id: ClientId,
    pub seq: Seq,
    /// When the tab received the acknowledgement.
    pub at: Instant,
}

/// An action on a message that the server confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    Edited {
        text: String,
    },
    Reacted {
        emoji: &'static str,
    },
    Pinned,
    Saved,
    /// The user hid their read marks from others. (Concerns no message.)
    Hidden,
}

/// A [`Done`], and the message that it concerns.
pub type Confirmed = (ThreadId, Seq, Done);

pub struct Bot {
    pub engine: Engine,
    pub me: UserId,
    /// The written messages, in order.
    pub written: Vec<(ThreadId, ClientId)>,
    pub acked: Vec<Acked>,
    /// Confirmed actions.
    confirmed: mpsc::UnboundedReceiver<Confirmed>,
    confirm: mpsc::UnboundedSender<Confirmed>,
    address: SocketAddr,
    cookies: String,
    http: reqwest::Client,
    chance: StdRng,
    /// The longest pause between two actions, in milliseconds.
    pace: u64,
    /// Whether messages are long.
    is_verbose: watch::Receiver<bool>,
    /// How often the server closed the connection because this tab read too slowly.
    pub resyncs: usize,
    /// How often it closed the connection because this tab sent too much.
    pub floods: usize,
    begun: Instant,
    /// How many bytes of files it may still upload: they stay on the disk, which must not be full of them.
    pub upload_bytes: usize,
    /// Uploads that are not finished, or not sent yet.
    uploading: JoinSet<Uploaded>,
    /// Whether a backup is restored meanwhile: what it lacks is uploaded again.
    pub uploads_again: bool,
    /// Whether it has uploaded a large file.
    has_large: bool,
    /// The files of the messages, each with one.
    pub with_files: Vec<Uploaded>,
    /// The stored outbox, which survives a reload.
    saved: Vec<Pending>,
    /// Frames for the socket that is open, or being opened.
    socket: Option<mpsc::UnboundedSender<ClientFrame>>,
    /// The number of that socket: events of earlier ones are ignored.
    generation: u64,
    inputs: mpsc::UnboundedReceiver<(Option<u64>, Input)>,
    sender: mpsc::UnboundedSender<(Option<u64>, Input)>,
}

/// An engine with the pacing of a page, unless the server under test has no frame limit.
fn engine(boot: Boot, outbox: Vec<Pending>, now: Millis, seed: u64) -> Engine {
    let mut engine = Engine::new(boot, outbox, now, seed);
    if std::env::var("CHAPP_LIMITS__FRAMES_PER_SECOND").is_ok_and(|rate| rate == "0") {
        engine.disable_pacing();
    }
    engine
}

impl Bot {
    pub fn new(
        boot: Boot,
        address: SocketAddr,
        cookies: String,
        seed: u64,
        pace: u64,
        is_verbose: watch::Receiver<bool>,
    ) -> Self {
        let (sender, inputs) = mpsc::unbounded_channel();
        let (confirm, confirmed) = mpsc::unbounded_channel();
        let http = reqwest::Client::builder().timeout(REQUEST_WITHIN).build();
        let me = boot.me.id;
        let engine = engine(boot, Vec::new(), 0, seed);
        Self {
            me,
            engine,
            written: Vec::new(),
            acked: Vec::new(),
            confirmed,
            confirm,
            address,
            cookies,
            http: http.expect("a client"),
            chance: StdRng::seed_from_u64(seed),
            pace,
            is_verbose,
            resyncs: 0,
            floods: 0,
            begun: Instant::now(),
            upload_bytes: 0,
            uploading: JoinSet::new(),
            uploads_again: false,
            has_large: false,
            with_files: Vec::new(),
            saved: Vec::new(),
            socket: None,
            generation: 0,
            inputs,
            sender,
        }
    }

    fn now(&self) -> Millis {
        Millis::try_from(self.begun.elapsed().as_millis()).expect("a short test")
    }

    /// Talks until `stop`, and then until everything it wrote is answered.
    pub async fn talk(mut self, mut stop: watch::Receiver<bool>) -> Self {
        self.give(Input::Start);
        while !*stop.borrow() {
            let pace = self.chance.random_range(0..=self.pace);
            let pause = tokio::time::sleep(Duration::from_millis(pace));
            tokio::select! {
                () = self.live_for(pause) => self.do_something().await,
                _ = stop.changed() => {}
            }
        }
        // Without waking the engine: it has to notice by itself.
        self.live_while("all that was written to be answered", |bot| {
            let is_done = bot.uploading.is_empty() && bot.engine.outbox().is_empty();
            !is_done || bot.engine.link() != ConnectionState::Live
        })
        .await;
        self
    }

    async fn live_for(&mut self, pause: tokio::time::Sleep) {
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => return,
                () = self.live() => {}
            }
        }
    }

    /// Drives the engine until the condition holds. The condition is checked only when no input is pending.
    pub async fn live_until(&mut self, what: &str, is_so: impl Fn(&Engine) -> bool) {
        self.live_while(what, |bot| !is_so(&bot.engine)).await;
    }

    async fn live_while(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let wait = async {
            while is_so(self) {
                self.live().await;
            }
        };
        let patience = Duration::from_secs(90);
        if tokio::time::timeout(patience, wait).await.is_err() {
            let (me, link, outbox) = (self.me, self.engine.link(), self.engine.outbox());
            let uploading = self.uploading.len();
            panic!("{me} waited in vain for {what}: {link:?}, {uploading} uploads, {outbox:?}");
        }
    }

    /// Handles the next input or tick.
    async fn live(&mut self) {
        let next = self.engine.next_tick().unwrap_or(Millis::MAX);
        let until = u64::try_from(next.saturating_sub(self.now())).unwrap_or(0);
        tokio::select! {
            input = self.inputs.recv() => {
                let Some((generation, input)) = input else { return };
                if generation.is_none_or(|of| of == self.generation) {
                    self.note(&input);
                    self.give(input);
                }
            }
            Some(uploaded) = self.uploading.join_next() => {
                self.send_file(uploaded.expect("an upload"));
            }
            () = tokio::time::sleep(Duration::from_millis(until.min(60_000))) => {
                self.give(Input::Tick);
            }
        }
    }

    fn note(&mut self, input: &Input) {
        if let Input::Closed {
            code: close::RESYNC,
        } = input
        {
            self.resyncs += 1;
        }
        if let Input::Closed {
            code: close::FLOODED,
        } = input
        {
            self.floods += 1;
        }
        if let Input::Frame(ServerFrame::Sent {
            client_id,
            thread,
            seq,
            ..
        }) = input
        {
            self.acked.push(Acked {
                thread: *thread,
                client_id: *client_id,
                seq: *seq,
                at: Instant::now(),
            });
        }
    }

    pub fn give(&mut self, input: Input) {
        let now = self.now();
        for effect in self.engine.handle(input, now) {
            self.carry_out(effect);
        }
        if self.uploads_again {
            self.upload_lost();
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Connect => self.connect(),
            Effect::Disconnect => self.hang_up(),
            Effect::Transmit(frame) => {
                if let Some(socket) = &self.socket {
                    // The socket itself reports its end.
                    let _ = socket.send(frame);
                }
            }
            Effect::FetchPage { thread, position } => {
                let query = match position {
                    Position::Latest => String::new(),
                    Position::Before(seq) => format!("&before={seq}"),
                    Position::After(seq) => format!("&after={seq}"),
                    Position::Around(seq) => format!("&around={seq}"),
                };
                self.fetch(&format!("history?thread={thread}{query}"), move |result| {
                    Input::Page {
                        thread,
                        position,
                        result,
                    }
                });
            }
            Effect::FetchPeople { after } => {
                let after = after.map(|after| format!("?after={after}"));
                let path = format!("people{}", after.unwrap_or_default());
                self.fetch(&path, Input::People);
            }
            Effect::FetchThreads { after } => {
                self.fetch(&format!("threads?after={after}"), Input::Threads);
            }
            // A bot shows no list of members.
            Effect::FetchMembers { .. } => {}
            Effect::SaveOutbox => self.saved = self.engine.outbox().to_vec(),
            Effect::Changed(_) | Effect::Arrived(_) | Effect::Missed { .. } => {}
        }
    }

    fn hang_up(&mut self) {
        self.socket = None;
        self.generation += 1;
    }

    fn connect(&mut self) {
        self.hang_up();
        let (socket, frames) = mpsc::unbounded_channel();
        self.socket = Some(socket);
        let (generation, sender) = (Some(self.generation), self.sender.clone());
        let mut request = format!("ws://{}/ws", self.address)
            .into_client_request()
            .expect("a request");
        let cookies = HeaderValue::from_str(&self.cookies).expect("a header");
        request.headers_mut().insert(COOKIE, cookies);
        tokio::spawn(async move {
            let code = match tokio::time::timeout(REQUEST_WITHIN, connect_async(request)).await {
                Ok(Ok((stream, _))) => {
                    let _ = sender.send((generation, Input::Opened));
                    speak(stream, frames, |frame| {
                        let _ = sender.send((generation, Input::Frame(frame)));
                    })
                    .await
                }
                _ => 1006,
            };
            let _ = sender.send((generation, Input::Closed { code }));
        });
    }

    fn fetch<T: DeserializeOwned + Send + 'static>(
        &self,
        path: &str,
        input: impl FnOnce(Result<T, Refusal>) -> Input + Send + 'static,
    ) {
        let request = self.request(path);
        let sender = self.sender.clone();
        tokio::spawn(async move {
            let _ = sender.send((None, input(answer(request).await)));
        });
    }

    fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.http
            .get(format!("http://{}/api/{path}", self.address))
            .header(ACCEPT, "application/json")
            .header(COOKIE, self.cookies.clone())
    }

    /// Reads from the server as the page does.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refusal> {
        answer(self.request(path)).await
    }

    fn some_thread(&mut self) -> Option<ThreadId> {
        // Includes unlisted threads, in which nobody has written yet.
        let ids: Vec<ThreadId> = (1..=100)
            .map(ThreadId)
            .filter(|id| self.engine.thread(*id).is_some())
            .collect();
        (!ids.is_empty()).then(|| ids[self.chance.random_range(0..ids.len())])
    }

    async fn do_something(&mut self) {
        let Some(thread) = self.some_thread() else {
            return;
        };
        match self.chance.random_range(0..100) {
            0..3 => self.upload(thread),
            3..50 => self.write(thread),
            50..60 => self.amend(thread),
            60..75 => self.give(Input::Open(Some(thread))),
            75..88 => {
                let timeline = self.engine.timeline(thread).unwrap_or_default();
                if let Some(last) = timeline.events.last() {
                    let seq = last.seq;
                    self.give(Input::Seen { thread, seq });
                }
            }
            88..93 => self.give(Input::WantOlder(thread)),
            93..95 => self.give(Input::WantLatest(thread)),
            95..98 => self.give(Input::Wake),
            _ => self.reload().await,
        }
    }

    fn write(&mut self, thread: ThreadId) {
        if self.engine.outbox().len() >= WAITING_MAX {
            return;
        }
        let client_id = ClientId::now();
        let mut text = format!("{} by {}", self.written.len(), self.me);
        match self.chance.random_range(0..16) {
            0 => text.push_str(" @room"),
            1..5 => {
                let called = self.engine.people().choose(&mut self.chance).copied();
                text.extend(called.map(|person| format!(" @{}", person.username)));
            }
            _ => {}
        }
        if *self.is_verbose.borrow() {
            text = format!("{text}{:.<LONG$}", "");
        }
        self.written.push((thread, client_id));
        self.give(Input::Send {
            thread,
            client_id,
            text,
            reply: None,
            files: Vec::new(),
        });
    }

    /// Uploads, and later sends, a file: mostly a small one, and once a large one.
    fn upload(&mut self, thread: ThreadId) {
        if self.uploading.len() >= UPLOADING_MAX {
            return;
        }
        let size = match self.chance.random_range(0..20) {
            0 if !self.has_large => {
                self.has_large = true;
                self.chance.random_range(4_000_000..30_000_000)
            }
            0 => self.chance.random_range(1..4_000_000),
            1..4 => 1,
            _ => self.chance.random_range(1..200_000),
        };
        let size = size.min(self.upload_bytes.max(TINY));
        self.upload_bytes = self.upload_bytes.saturating_sub(size);
        let mut content = vec![0; size];
        self.chance.fill(&mut content[..]);
        let upload = self
            .uploader()
            .upload(ClientId::now(), thread, content.into());
        self.uploading.spawn(upload);
    }

    fn send_file(&mut self, uploaded: Uploaded) {
        let (thread, client_id) = (uploaded.thread, uploaded.client_id);
        let files = vec![uploaded.file()];
        match self.file_of(client_id) {
            Some(place) => self.with_files[place] = uploaded,
            None => {
                self.written.push((thread, client_id));
                self.with_files.push(uploaded);
            }
        }
        self.give(Input::Send {
            thread,
            client_id,
            text: String::new(),
            reply: None,
            files,
        });
    }

    fn file_of(&self, message: ClientId) -> Option<usize> {
        let mut all = self.with_files.iter();
        all.position(|file| file.client_id == message)
    }

    /// Uploads the files again of messages whose uploads the restored server doesn't have, as the page does.
    fn upload_lost(&mut self) {
        let is_lost =
            |pending: &&Pending| pending.state == PendingState::Failed(Refusal::UnknownUpload);
        let lost = self.engine.outbox().iter().filter(is_lost);
        let lost: Vec<ClientId> = lost.map(|pending| pending.client_id).collect();
        for id in lost {
            let place = self.file_of(id).expect("a message with a file");
            let file = self.with_files[place].clone();
            let again = self.uploader().upload(id, file.thread, file.content);
            self.uploading.spawn(again);
            self.give(Input::Discard(id));
        }
    }

    /// Uploads and downloads as this user.
    pub fn uploader(&self) -> Uploader {
        Uploader {
            http: self.http.clone(),
            base: format!("http://{}", self.address),
            cookies: self.cookies.clone(),
            begins_anew: self.uploads_again,
        }
    }

    /// Performs an action on one of the last visible messages. It may be refused: the message is another user's, or
    /// deleted, or a limit is reached.
    fn amend(&mut self, thread: ThreadId) {
        let timeline = self.engine.timeline(thread).unwrap_or_default();
        let messages = timeline.events.iter().rev();
        let messages = messages.filter(|event| event.body.is_message());
        let near: Vec<Seq> = messages.take(10).map(|event| event.seq).collect();
        if near.is_empty() {
            return;
        }
        let seq = near[self.chance.random_range(0..near.len())];
        let (path, more, done) = match self.chance.random_range(0..5) {
            0 => {
                let text = format!("changed to {}", ClientId::now());
                let done = Done::Edited { text: text.clone() };
                ("edit_message", ("text", text), done)
            }
            1 => {
                let emoji = ["👍", "🎉", "❤️"][self.chance.random_range(0..3)];
                let done = Done::Reacted { emoji };
                ("react", ("emoji", emoji.to_owned()), done)
            }
            2 => ("pin", ("", String::new()), Done::Pinned),
            3 => ("set_privacy", ("reading", "false".to_owned()), Done::Hidden),
            _ => ("save", ("", String::new()), Done::Saved),
        };
        let form = [
            ("thread", thread.to_string()),
            ("seq", seq.to_string()),
            ("on", "true".to_owned()),
            ("online", "true".to_owned()),
            more,
        ];
        let request = self
            .http
            .post(format!("http://{}/api/{path}", self.address))
            .header(ACCEPT, "application/json")
            .header(COOKIE, self.cookies.clone())
            .form(&form);
        let confirm = self.confirm.clone();
        tokio::spawn(async move {
            if answer::<()>(request).await.is_ok() {
                let _ = confirm.send((thread, seq, done));
            }
        });
    }

    /// The actions confirmed since the last call.
    pub fn confirmed(&mut self) -> Vec<Confirmed> {
        std::iter::from_fn(|| self.confirmed.try_recv().ok()).collect()
    }

    /// Reloads the page, if possible: only the stored outbox survives.
    async fn reload(&mut self) {
        let Ok(Some(boot)) = self.read::<Option<Boot>>("boot").await else {
            return;
        };
        self.hang_up();
        let seed = self.chance.random();
        self.engine = engine(boot, self.saved.clone(), self.now(), seed);
        self.give(Input::Start);
    }
}

type Stream =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// Forwards frames in both directions until the connection ends; returns its close code.
async fn speak(
    mut stream: Stream,
    mut frames: mpsc::UnboundedReceiver<ClientFrame>,
    heard: impl Fn(ServerFrame),
) -> u16 {
    loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    heard(serde_json::from_str(&text).expect("a frame"));
                }
                Some(Ok(Message::Close(frame))) => {
                    return frame.map_or(1005, |frame| frame.code.into());
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 1006,
            },
            frame = frames.recv() => {
                // The tab dropped its sender: it has abandoned this connection.
                let Some(frame) = frame else { return 1000 };
                let text = serde_json::to_string(&frame).expect("JSON");
                if stream.send(Message::text(text)).await.is_err() {
                    return 1006;
                }
            }
        }
    }
}

async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, Refusal> {
    let answer = request.send().await.map_err(|_| Refusal::Unreachable)?;
    let is_success = answer.status().is_success();
    let bytes = answer.bytes().await.map_err(|_| Refusal::Unreachable)?;
    match is_success {
        true => Ok(serde_json::from_slice(&bytes).expect("a frame of the protocol")),
        false => Err(serde_json::from_slice(&bytes).unwrap_or(Refusal::Unavailable)),
    }
}
