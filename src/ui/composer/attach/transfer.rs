//! One upload: from where the server is to the end, and again after a lost connection. What each file's state is, is
//! changed here and in [`super::uploader`] alone.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::stored;
use crate::client::uploads::{Facts, Request, Stop};
use crate::model::{ClientId, FileId, FileRef, Refusal, ThreadId};
use crate::ui::context::attachments::{AttachedFile, Attachments, FileMessage, UploadState};

/// The first pause after a lost connection, in milliseconds; it doubles.
const PAUSE: u64 = 500;
/// The longest of these pauses.
const PAUSE_MAX: u64 = 10_000;

thread_local! {
    /// The bytes of the files.
    pub(super) static BYTES: RefCell<HashMap<ClientId, Blob>> = RefCell::default();
    /// The uploads under way, with their current request.
    pub(super) static RUNNING: RefCell<HashMap<ClientId, Option<Request>>> = RefCell::default();
}

/// Changes the messages, and stores the changes.
pub fn change(all: Attachments, change: impl FnOnce(&mut Vec<FileMessage>)) {
    let before = all.messages.get_untracked();
    let mut after = before.clone();
    change(&mut after);
    if before != after {
        stored::save_changes(all.me, &before, &after);
        all.messages.set(after);
    }
}

/// Changes one file, if it is still attached.
pub fn change_file(all: Attachments, key: ClientId, with: impl FnOnce(&mut AttachedFile)) {
    change(all, |messages| {
        let mut files = messages.iter_mut().flat_map(|it| &mut it.files);
        if let Some(file) = files.find(|file| file.key == key) {
            with(file);
        }
    });
}

/// One file, with the thread of its message.
#[must_use]
pub fn find(all: Attachments, key: ClientId) -> Option<(ThreadId, AttachedFile)> {
    all.messages.with_untracked(|messages| {
        messages.iter().find_map(|message| {
            let file = message.files.iter().find(|file| file.key == key)?;
            Some((message.thread, file.clone()))
        })
    })
}

/// A request of this upload, unless it was cancelled.
fn request(key: ClientId) -> Option<Request> {
    let request = Request::new().ok()?;
    RUNNING.with_borrow_mut(|all| {
        *all.get_mut(&key)? = Some(request.clone());
        Some(request)
    })
}

/// Uploads a file until it is finished, refused or removed.
pub async fn upload(all: Attachments, key: ClientId) {
    let mut failures = 0;
    loop {
        let Some(bytes) = BYTES.with_borrow(|all| all.get(&key).cloned()) else {
            // The browser has not kept them over a reload.
            change_file(all, key, |file| {
                file.state = UploadState::Failed(Refusal::UnknownUpload);
            });
            return;
        };
        let mut progressed = false;
        let stop = match attempt(all, key, &bytes, &mut progressed).await {
            Ok(finished) => {
                change_file(all, key, |file| {
                    file.state = UploadState::Finished;
                    file.finished = Some(finished);
                });
                return;
            }
            Err(stop) => stop,
        };
        if progressed {
            failures = 0;
        }
        if find(all, key).is_none() {
            return;
        }
        let pause = (PAUSE << failures.min(5)).min(PAUSE_MAX);
        failures += 1;
        let pause = match stop {
            Stop::Unsure => pause,
            Stop::Offline => {
                change_file(all, key, |file| file.state = UploadState::Paused);
                pause
            }
            // It has expired, or another tab has discarded it: once more from the start.
            Stop::Refused(Refusal::UnknownUpload) if failures <= 2 => {
                change_file(all, key, |file| file.upload = None);
                PAUSE
            }
            Stop::Refused(refusal) if refusal.is_transient() => {
                pause.max(refusal.retry_after_ms().unwrap_or(PAUSE))
            }
            Stop::Refused(refusal) => {
                change_file(all, key, |file| file.state = UploadState::Failed(refusal));
                return;
            }
        };
        sleep(pause).await;
    }
}

/// Uploads from where the server is to the end.
async fn attempt(
    all: Attachments,
    key: ClientId,
    bytes: &Blob,
    progressed: &mut bool,
) -> Result<FileRef, Stop> {
    let next = || request(key).ok_or(Stop::Offline);
    let (thread, file) = find(all, key).ok_or(Stop::Offline)?;
    let (upload, mut offset) = match file.upload {
        Some(upload) => (upload, next()?.stored(upload).await?),
        None => (create(all, thread, &file, &next()?).await?, 0),
    };
    while offset < file.size {
        set_progress(all, key, offset, file.size);
        let (from, size) = (offset, file.size);
        let progress = move |sent: f64| set_progress(all, key, from + sent as i64, size);
        offset = next()?.append(upload, offset, bytes, progress).await?;
        *progressed = true;
    }
    let shown = next()?.show(upload).await?;
    match shown.finished {
        true => Ok(shown.file),
        // Asking for the offset waits for the rest.
        false => Err(Stop::Unsure),
    }
}

async fn create(
    all: Attachments,
    thread: ThreadId,
    file: &AttachedFile,
    request: &Request,
) -> Result<FileId, Stop> {
    let (duration, waveform) = match &file.voice {
        Some((duration, waveform)) => (*duration, Some(waveform.clone())),
        None => (0, None),
    };
    let facts = Facts {
        name: file.name.clone(),
        size: file.size,
        duration,
        waveform,
    };
    let upload = request.create(thread, &facts).await?;
    change_file(all, file.key, |file| file.upload = Some(upload));
    Ok(upload)
}

fn set_progress(all: Attachments, key: ClientId, sent: i64, size: i64) {
    let percent = (sent.min(size) * 100).checked_div(size).unwrap_or(100);
    let percent = u8::try_from(percent).unwrap_or(100);
    change_file(all, key, |file| {
        file.state = UploadState::Uploading(percent);
    });
}

async fn sleep(millis: u64) {
    let slept = Promise::new(&mut |resolve, _| {
        let wake = move || {
            let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
        };
        set_timeout(wake, Duration::from_millis(millis));
    });
    let _ = JsFuture::from(slept).await;
}
