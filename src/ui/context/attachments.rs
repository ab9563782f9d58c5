//! The files that the user attaches, until their message is sent: those in the trays of the composers, and those of
//! messages that wait for their uploads. One context for the whole window, because uploads go on in every thread.
//!
//! The first load has only what the composer asks; the tray and the uploader are loaded with the first file.

use std::cell::RefCell;

use leptos::ev::PointerEvent;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{ClipboardEvent, DragEvent, Event, File, FileList, HtmlInputElement};

use crate::client::blob_store::prefix;
use crate::client::dom;
use crate::client::reactive::effect;
use crate::client::state::use_client;
use crate::model::{ClientId, FileId, FileRef, Millis, Quote, Refusal, Seq, ThreadId, UserId};
use crate::ui::rows::MessageRow;

/// A message with files that has not been sent yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileMessage {
    /// That of the message, from the start: whichever tab sends it, and however often, it is one message.
    pub client_id: ClientId,
    pub thread: ThreadId,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub reply: Option<Quote>,
    /// Whether the user has sent it, so that it only waits for its files. Otherwise they are in the composer's tray.
    #[serde(default)]
    pub is_sent: bool,
    /// Whether it is in the outbox, with all of its files. The browser keeps them until the server has confirmed the
    /// message: finished uploads expire, and a restored backup may not have them.
    #[serde(default)]
    pub is_in_outbox: bool,
    /// Whether the server no longer had its uploads, so that they were made again. That happens once.
    #[serde(default)]
    pub is_repeated: bool,
    pub files: Vec<AttachedFile>,
}

/// A file of such a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// Names it in this browser.
    pub key: ClientId,
    pub name: String,
    /// In bytes.
    pub size: i64,
    /// What the browser takes it for, by its name. Only for the icon and the thumbnail.
    #[serde(default)]
    pub mime: String,
    /// What a picture shows.
    #[serde(default)]
    pub alt: String,
    /// The upload, once there is one.
    #[serde(default)]
    pub upload: Option<FileId>,
    /// The server's facts of the finished upload.
    #[serde(default)]
    pub finished: Option<FileRef>,
    /// Of a recording: its length in milliseconds, and its loudness in base64.
    #[serde(default)]
    pub voice: Option<(i64, String)>,
    #[serde(skip)]
    pub state: UploadState,
    /// The address of a local picture or recording.
    #[serde(skip)]
    pub preview: Option<String>,
}

/// How far an upload is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum UploadState {
    /// Others are first.
    #[default]
    Waiting,
    /// In per cent.
    Uploading(u8),
    /// The server can't be reached; it goes on by itself.
    Paused,
    Finished,
    Failed(Refusal),
}

impl AttachedFile {
    /// A file that waits for its upload.
    #[must_use]
    pub fn new(name: String, size: i64, mime: String) -> Self {
        Self {
            key: ClientId::now(),
            name,
            size,
            mime,
            alt: String::new(),
            upload: None,
            finished: None,
            voice: None,
            state: UploadState::Waiting,
            preview: None,
        }
    }

    /// Whether it is a picture, according to the browser.
    #[must_use]
    pub fn is_picture(&self) -> bool {
        self.mime.starts_with("image/")
    }
}

/// The files of a message in the log or on its way there, as they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownFiles {
    pub thread: ThreadId,
    /// The position of the message; 0 while it is on its way, when the server gives its files to nobody.
    pub seq: Seq,
    pub author: UserId,
    pub at: Millis,
    pub files: Vec<FileRef>,
}

impl ShownFiles {
    /// Those of a message; `None` if it has none.
    #[must_use]
    pub fn of(thread: ThreadId, message: &MessageRow) -> Option<Self> {
        (!message.files.is_empty()).then(|| Self {
            thread,
            seq: message.seq,
            author: message.author,
            at: message.at,
            files: message.files.clone(),
        })
    }
}

/// Marks a message as sent, with its text. Provided by the uploader.
type Submit = fn(Attachments, ThreadId, String, Option<Quote>);

/// What the user has done and the uploader, which may still be loading, has not taken over yet.
enum Chosen {
    File(ThreadId, File),
    /// The message was sent: the files that follow belong to the next one.
    End,
}

thread_local! {
    /// In the order of the user's actions.
    static CHOSEN: RefCell<Vec<Chosen>> = const { RefCell::new(Vec::new()) };
}

impl Chosen {
    fn into_file(self) -> Option<(ThreadId, File)> {
        match self {
            Self::File(thread, file) => Some((thread, file)),
            Self::End => None,
        }
    }
}

/// All attached files. A context of the window.
#[derive(Clone, Copy)]
pub struct Attachments {
    pub me: UserId,
    pub messages: RwSignal<Vec<FileMessage>>,
    /// Why chosen files were not attached.
    pub error: RwSignal<Option<(ThreadId, String)>>,
    /// Notified when files were chosen.
    pub chosen: RwSignal<()>,
    /// Whether there is or was anything to upload, so that the uploader is needed.
    pub is_used: RwSignal<bool>,
    pub submit: StoredValue<Option<Submit>>,
    /// Notified when the chosen files are in the tray, or refused.
    pub taken: RwSignal<()>,
    /// The thread in which a voice message is being recorded.
    pub recording: RwSignal<Option<ThreadId>>,
    /// When the button that started the recording was pressed (`Event.timeStamp`), while it is held: letting it go ends
    /// the recording.
    pub held_since: StoredValue<Option<f64>>,
}

impl Attachments {
    /// Provides the context.
    pub fn provide() {
        let all = Self {
            me: use_client().me().id,
            messages: RwSignal::new(Vec::new()),
            error: RwSignal::new(None),
            chosen: RwSignal::new(()),
            is_used: RwSignal::new(false),
            submit: StoredValue::new(None),
            taken: RwSignal::new(()),
            recording: RwSignal::new(None),
            held_since: StoredValue::new(None),
        };
        provide_context(all);
        effect(move |_| {
            if !dom::stored_with_prefix(&prefix(all.me)).is_empty() {
                all.is_used.set(true);
            }
        });
    }

    /// Attaches files to the message that is being written in a thread.
    pub fn attach(self, thread: ThreadId, files: Vec<File>) {
        if files.is_empty() {
            return;
        }
        let files = files.into_iter().map(|file| Chosen::File(thread, file));
        CHOSEN.with_borrow_mut(|chosen| chosen.extend(files));
        self.is_used.set(true);
        self.chosen.notify();
    }

    /// Starts to record a voice message for as long as the button is held, or, after a short press, until it is stopped.
    pub fn press_record(self, thread: ThreadId, event: &PointerEvent) {
        if event.button() == 0 {
            self.record(thread, Some(event.time_stamp()));
        }
    }

    /// Starts to record a voice message, unless it has started: a press starts it, and the click that follows changes
    /// nothing.
    pub fn record(self, thread: ThreadId, pressed: Option<f64>) {
        if self.recording.get_untracked().is_none() {
            self.is_used.set(true);
            self.held_since.set_value(pressed);
            self.recording.set(Some(thread));
        }
    }

    /// The chosen files that belong to the message being written, without those that were taken before.
    #[must_use]
    pub fn take_chosen() -> Vec<(ThreadId, File)> {
        CHOSEN.with_borrow_mut(|chosen| {
            let end = chosen.iter().position(|it| matches!(it, Chosen::End));
            let taken = chosen.drain(..end.unwrap_or(chosen.len()));
            taken.filter_map(Chosen::into_file).collect()
        })
    }

    /// Whether files were chosen that the uploader has not put into the tray yet.
    #[must_use]
    pub fn is_taking() -> bool {
        CHOSEN.with_borrow(|chosen| matches!(chosen.first(), Some(Chosen::File(..))))
    }

    /// Whether such files belong to the message being written.
    #[must_use]
    pub fn has_chosen() -> bool {
        CHOSEN.with_borrow(|chosen| matches!(chosen.last(), Some(Chosen::File(..))))
    }

    /// Ends the message that the chosen files belong to.
    pub fn end_message() {
        CHOSEN.with_borrow_mut(|chosen| chosen.push(Chosen::End));
    }

    /// Goes on with the files of the next message.
    pub fn next_message(self) {
        CHOSEN.with_borrow_mut(|chosen| {
            let end = chosen.iter().position(|it| matches!(it, Chosen::End));
            end.map(|end| chosen.remove(end))
        });
        self.chosen.notify();
    }

    /// Whether the tray of a thread has files. Tracked.
    #[must_use]
    pub fn has_files(self, thread: ThreadId) -> bool {
        self.messages.with(|all| {
            let mut trays = all.iter().filter(|it| it.thread == thread && !it.is_sent);
            trays.any(|it| !it.files.is_empty())
        })
    }

    /// Sends the files of the tray, with this text. Returns `false` if there are none.
    #[must_use]
    pub fn send(self, thread: ThreadId, text: &str, reply: Option<Quote>) -> bool {
        match self.submit.get_value() {
            Some(submit) if untrack(|| self.has_files(thread)) => {
                submit(self, thread, text.to_owned(), reply);
                true
            }
            _ => false,
        }
    }

    /// Attaches what is dropped on an open thread, pasted into its composer or chosen there, for as long as the
    /// calling component exists. One listener for all of them, without types: each typed one costs kilobytes.
    pub fn listen(self, thread: ThreadId) {
        effect(move |_| {
            let listen = Closure::<dyn Fn(Event)>::new(move |event| self.on_event(thread, &event));
            for name in EVENTS {
                let listener = listen.as_ref().unchecked_ref();
                let _ = window().add_event_listener_with_callback(name, listener);
            }
            let listen = StoredValue::new_local(listen);
            on_cleanup(move || {
                let removed = listen.try_update_value(|listen| {
                    for name in EVENTS {
                        let listener = listen.as_ref().unchecked_ref();
                        let _ = window().remove_event_listener_with_callback(name, listener);
                    }
                });
                debug_assert!(removed.is_some());
            });
        });
    }

    fn on_event(self, thread: ThreadId, event: &Event) {
        let target = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        let within = |place| {
            let found = target
                .as_ref()
                .and_then(|target| target.closest(place).ok()?);
            found.is_some()
        };
        let kind = event.type_();
        let files = match &*kind {
            "change" if within("#attach") => {
                let input = target.and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
                let Some(input) = input else { return };
                let files = listed(input.files());
                // So that the same file can be chosen again.
                input.set_value("");
                files
            }
            "paste" if within(".composer") => {
                let pasted = event.dyn_ref::<ClipboardEvent>();
                let files = listed(pasted.and_then(|it| it.clipboard_data()?.files()));
                if !files.is_empty() {
                    event.prevent_default();
                }
                files
            }
            "dragover" | "dragleave" | "drop" => {
                let dragged = event
                    .dyn_ref::<DragEvent>()
                    .and_then(DragEvent::data_transfer);
                let Some(dragged) = dragged else { return };
                let mut types = dragged.types().into_iter();
                if !types.any(|it| it == "Files") {
                    return;
                }
                // Outside of the thread too, where the browser would open the file instead of the chat.
                event.prevent_default();
                let is_over = within(".thread-column");
                let shown = (is_over && kind == "dragover").then_some("");
                dom::set_document_attribute("data-dropping", shown);
                match is_over && kind == "drop" {
                    true => listed(dragged.files()),
                    false => return,
                }
            }
            _ => return,
        };
        self.attach(thread, files);
    }
}

const EVENTS: [&str; 5] = ["change", "paste", "dragover", "dragleave", "drop"];

fn listed(files: Option<FileList>) -> Vec<File> {
    let Some(files) = files else {
        return Vec::new();
    };
    (0..files.length())
        .filter_map(|index| files.item(index))
        .collect()
}

/// The attached files, from the context.
#[must_use]
pub fn use_attachments() -> Attachments {
    expect_context()
}
