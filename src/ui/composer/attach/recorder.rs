//! Records a voice message. It ends up in the tray, where it can be heard before it is sent.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Array;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AnalyserNode, AudioContext, Blob, BlobEvent, BlobPropertyBag, MediaRecorder, MediaStream,
    MediaStreamConstraints, MediaStreamTrack,
};

use super::uploader;
use super::waveform::{level, waveform};
use crate::client::clock::now;
use crate::client::reactive::{effect, handler};
use crate::client::uploads::base64;
use crate::model::{Millis, ThreadId, limits};
use crate::ui::common::icons::{Check, Close};
use crate::ui::context::attachments::{AttachedFile, Attachments, use_attachments};
use crate::ui::message::file_kinds::length_text;

/// How often the level is measured.
const TICK: Duration = Duration::from_millis(100);
/// The levels shown while recording: the last of these.
const SHOWN: usize = 40;

/// A press that lasts this many milliseconds is held: letting go ends the recording.
const HOLD: f64 = 500.0;

/// A recording under way.
struct Recording {
    recorder: MediaRecorder,
    stream: MediaStream,
    context: AudioContext,
    analyser: AnalyserNode,
    pieces: Array,
    levels: Vec<u8>,
    begun: Millis,
    /// Kept for as long as the recorder calls it.
    _piece: Closure<dyn Fn(BlobEvent)>,
}

impl Recording {
    /// Asks for the microphone and starts. Fails where the user or the browser doesn't allow it.
    async fn start() -> Result<Self, JsValue> {
        let devices = window().navigator().media_devices()?;
        let wanted = MediaStreamConstraints::new();
        wanted.set_audio(&true.into());
        let stream = JsFuture::from(devices.get_user_media_with_constraints(&wanted)?).await?;
        let stream: MediaStream = stream.dyn_into()?;
        let recorder = MediaRecorder::new_with_media_stream(&stream)?;
        let pieces = Array::new();
        let all = pieces.clone();
        let piece = Closure::<dyn Fn(BlobEvent)>::new(move |event: BlobEvent| {
            if let Some(piece) = event.data() {
                all.push(&piece);
            }
        });
        recorder.set_ondataavailable(Some(piece.as_ref().unchecked_ref()));
        let context = AudioContext::new()?;
        let analyser = context.create_analyser()?;
        context
            .create_media_stream_source(&stream)?
            .connect_with_audio_node(&analyser)?;
        recorder.start()?;
        Ok(Self {
            recorder,
            stream,
            context,
            analyser,
            pieces,
            levels: Vec::new(),
            begun: now(),
            _piece: piece,
        })
    }

    /// Measures the level.
    fn tick(&mut self) {
        let mut samples = [128; 512];
        self.analyser.get_byte_time_domain_data(&mut samples);
        self.levels.push(level(&samples));
    }

    /// Ends the recording and returns its bytes.
    async fn stop(&self) -> Option<Blob> {
        let stopped = js_sys::Promise::new(&mut |resolve, _| {
            self.recorder.set_onstop(Some(&resolve));
        });
        self.recorder.stop().ok()?;
        let _ = JsFuture::from(stopped).await;
        self.release();
        let kind = BlobPropertyBag::new();
        kind.set_type(&self.recorder.mime_type());
        Blob::new_with_buffer_source_sequence_and_options(&self.pieces, &kind).ok()
    }

    /// Gives the microphone back. Nothing is received any more: a recorder that was stopped still has a last piece.
    fn release(&self) {
        self.recorder.set_ondataavailable(None);
        for track in self.stream.get_tracks() {
            if let Ok(track) = track.dyn_into::<MediaStreamTrack>() {
                track.stop();
            }
        }
        let _ = self.context.close();
    }
}

/// The row that is shown while a voice message is recorded.
#[component]
pub fn Recorder(thread: ThreadId) -> impl IntoView {
    let all = use_attachments();
    let recording = Rc::new(RefCell::new(None::<Recording>));
    let recording = StoredValue::new_local(recording);
    let length = RwSignal::new(0_i64);
    let levels = RwSignal::new(Vec::<u8>::new());
    let close = move || all.recording.set(None);
    let stop = move || {
        let Some(taken) = recording.get_value().take() else {
            return;
        };
        let duration = now() - taken.begun;
        spawn_local(async move {
            if let Some(bytes) = taken.stop().await {
                let file = recorded(&bytes, duration, &taken.levels);
                uploader::add(all, thread, vec![(file, bytes)]);
            }
            let _ = all.recording.try_set(None);
        });
    };
    spawn(all, thread, recording);
    let lift = window_event_listener(ev::pointerup, move |event| {
        let since = all.held_since.get_value();
        all.held_since.set_value(None);
        if since.is_some_and(|since| event.time_stamp() - since >= HOLD) {
            stop();
        }
    });
    // Another press: the first one has ended unseen.
    let press = window_event_listener(ev::pointerdown, move |event| {
        all.held_since.update_value(|since| {
            *since = since.filter(|since| *since == event.time_stamp());
        });
    });
    let tick = move || {
        let Some(recording) = recording.try_get_value() else {
            return;
        };
        let Ok(mut recording) = recording.try_borrow_mut() else {
            return;
        };
        let Some(recording) = recording.as_mut() else {
            return;
        };
        recording.tick();
        length.set(now() - recording.begun);
        let from = recording.levels.len().saturating_sub(SHOWN);
        levels.set(recording.levels[from..].to_vec());
    };
    let timer = set_interval_with_handle(tick, TICK).ok();
    effect(move |_| {
        if length.get() >= limits::VOICE_MAX.as_millis() as i64 {
            stop();
        }
    });
    on_cleanup(move || {
        lift.remove();
        press.remove();
        if let Some(timer) = timer {
            timer.clear();
        }
        let taken = recording.try_get_value().and_then(|it| it.take());
        if let Some(taken) = taken {
            let _ = taken.recorder.stop();
            taken.release();
        }
    });
    let pressed = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close();
        }
    };
    let bars = move || {
        let levels = levels.get();
        let bars = levels.into_iter().enumerate().map(|(index, loud)| {
            let height = (i32::from(loud) * 24 / 255).max(2);
            view! {
                <rect
                    x=(index * 4).to_string()
                    y=(12 - height / 2).to_string()
                    width="3"
                    height=height.to_string()
                    rx="1"
                ></rect>
            }
        });
        bars.collect_view()
    };
    view! {
        <div class="recorder" role="group" aria-label="Recording a voice message" on:keydown=pressed>
            <span class="recorder-sign" aria-hidden="true"></span>
            <span class="recorder-time" role="timer">
                {move || length_text(length.get())}
            </span>
            <svg class="recorder-level" viewBox="0 0 160 24" aria-hidden="true">
                {bars}
            </svg>
            <button type="button" class="button small" on:click=handler(move |_| close())>
                <Close />
                "Cancel"
            </button>
            <button type="button" class="button small" autofocus on:click=handler(move |_| stop())>
                <Check />
                "Stop"
            </button>
        </div>
    }
}

/// Starts the recording of a row.
fn spawn(
    all: Attachments,
    thread: ThreadId,
    place: StoredValue<Rc<RefCell<Option<Recording>>>, LocalStorage>,
) {
    spawn_local(async move {
        match Recording::start().await {
            Ok(started) => match place.try_get_value() {
                Some(place) => drop(place.replace(Some(started))),
                // Cancelled meanwhile.
                None => {
                    let _ = started.recorder.stop();
                    started.release();
                }
            },
            Err(_) => {
                let text = "The microphone can't be used. Allow it for this site in your browser's \
                            settings; it needs https.";
                all.error.set(Some((thread, text.to_owned())));
                let _ = all.recording.try_set(None);
            }
        }
    });
}

/// The file of a recording.
fn recorded(bytes: &Blob, duration: Millis, levels: &[u8]) -> AttachedFile {
    let mime = bytes.type_();
    let name = match mime.split(';').next() {
        Some("audio/mp4") => "Voice message.m4a",
        Some("audio/ogg") => "Voice message.ogg",
        _ => "Voice message.webm",
    };
    let mut file = AttachedFile::new(name.to_owned(), bytes.size() as i64, mime);
    file.voice = Some((duration, base64(&waveform(levels))));
    file
}
