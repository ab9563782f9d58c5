//! Uploads the attached files, a few at a time, and sends each message once it was sent by the user and all of its
//! files are on the server. Goes on in whatever thread is open; after a lost connection, where the server is.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Blob, File, Url};

use super::transfer::{BYTES, RUNNING, change, change_file, find, upload};
use super::{chosen, stored};
use crate::client::blob_store;
use crate::client::reactive::effect;
use crate::client::state::{ClientState, use_client};
use crate::client::uploads::Request;
use crate::engine::{ConnectionState, Input, PendingState};
use crate::model::{ClientId, FileRef, Quote, Refusal, ThreadId, limits};
use crate::ui::context::attachments::{
    AttachedFile, Attachments, FileMessage, UploadState, use_attachments,
};

/// Uploads at a time.
const AT_A_TIME: usize = 2;

/// Takes over what is chosen and what earlier pages left, for as long as the window exists. Shows nothing.
#[component]
pub fn Uploads() -> impl IntoView {
    let all = use_attachments();
    let chat = use_client();
    all.submit.set_value(Some(submit));
    effect(move |begun: Option<()>| {
        if begun.is_none() {
            for id in stored::ids(all.me) {
                stored::own(all.me, id, move || resume(all, id));
            }
        }
        all.chosen.track();
        untrack(|| {
            for (thread, files) in by_thread(Attachments::take_chosen()) {
                attach(all, chat, thread, &files);
            }
            all.taken.notify();
        });
    });
    // A connection that is half open would hold a request for minutes; the socket notices earlier.
    effect(move |_| {
        if chat.link() == ConnectionState::Live {
            untrack(|| start(all));
        } else {
            RUNNING.with_borrow(|all| {
                for request in all.values().flatten() {
                    request.abort();
                }
            });
        }
    });
    // What was sent while its uploads were under way.
    effect(move |_| {
        all.messages.track();
        untrack(|| settle(all, chat));
    });
    // What the server has answered.
    effect(move |_| {
        chat.timeline_changed();
        untrack(|| review(all, chat));
    });
}

fn by_thread(files: Vec<(ThreadId, File)>) -> Vec<(ThreadId, Vec<File>)> {
    let mut threads: Vec<(ThreadId, Vec<File>)> = Vec::new();
    for (thread, file) in files {
        match threads.iter_mut().find(|(known, _)| *known == thread) {
            Some((_, files)) => files.push(file),
            None => threads.push((thread, vec![file])),
        }
    }
    threads
}

/// Attaches files to the message being written in a thread.
fn attach(all: Attachments, chat: ClientState, thread: ThreadId, files: &[File]) {
    let before = all.messages.with_untracked(|messages| {
        let tray = messages
            .iter()
            .find(|it| it.thread == thread && !it.is_sent);
        tray.map_or(0, |tray| tray.files.len())
    });
    let facts: Vec<_> = files
        .iter()
        .map(|file| chosen::Chosen {
            name: chosen::name(&file.name()),
            size: file.size() as i64,
        })
        .collect();
    let (good, error) = chosen::check(&facts, before, chat.file_limits);
    all.error.set(error.map(|error| (thread, error)));
    let attached = good.into_iter().map(|index| {
        let file = &files[index];
        let name = facts[index].name.clone();
        (
            AttachedFile::new(name, facts[index].size, file.type_()),
            file.clone().into(),
        )
    });
    add(all, thread, attached.collect());
}

/// Adds checked files to the tray of a thread.
pub fn add(all: Attachments, thread: ThreadId, files: Vec<(AttachedFile, Blob)>) {
    if files.is_empty() {
        return;
    }
    let me = all.me;
    let mut total: i64 = all.messages.with_untracked(|messages| {
        let files = messages.iter().flat_map(|it| &it.files);
        files.map(|file| file.size).sum()
    });
    let mut added = Vec::new();
    for (mut file, bytes) in files {
        file.preview = preview(&file, &bytes);
        BYTES.with_borrow_mut(|all| all.insert(file.key, bytes.clone()));
        total += file.size;
        if total <= limits::FILES_STORED_IN_BROWSER {
            let key = file.key.to_string();
            spawn_local(async move {
                blob_store::put(me, &key, &bytes).await;
            });
        }
        added.push(file);
    }
    let mut begun = None;
    change(all, |messages| {
        let tray = messages
            .iter_mut()
            .find(|it| it.thread == thread && !it.is_sent);
        match tray {
            Some(tray) => tray.files.extend(added),
            None => {
                let client_id = ClientId::now();
                begun = Some(client_id);
                messages.push(FileMessage {
                    client_id,
                    thread,
                    text: String::new(),
                    reply: None,
                    is_sent: false,
                    is_in_outbox: false,
                    is_repeated: false,
                    files: added,
                });
            }
        }
    });
    if let Some(id) = begun {
        stored::own(me, id, || {});
    }
    start(all);
}

/// An address under which the browser shows a local file.
fn preview(file: &AttachedFile, bytes: &Blob) -> Option<String> {
    let is_shown = file.is_picture() || file.voice.is_some();
    is_shown.then(|| Url::create_object_url_with_blob(bytes).ok())?
}

/// Carries on with a message of an earlier page or of a closed tab.
fn resume(all: Attachments, id: ClientId) {
    spawn_local(async move {
        // Read only now: the tab that had it may have sent it meanwhile.
        let Some(mut message) = stored::load(all.me, id) else {
            return;
        };
        if all
            .messages
            .with_untracked(|known| known.iter().any(|it| it.client_id == id))
        {
            return;
        }
        for file in &mut message.files {
            let bytes = blob_store::get(all.me, &file.key.to_string()).await;
            file.state = match (&file.finished, &bytes) {
                (Some(_), _) => UploadState::Finished,
                (None, Some(_)) => UploadState::Waiting,
                (None, None) => UploadState::Failed(Refusal::UnknownUpload),
            };
            if let Some(bytes) = bytes {
                file.preview = preview(file, &bytes);
                BYTES.with_borrow_mut(|all| all.insert(file.key, bytes));
            }
        }
        change(all, |messages| match message.is_sent {
            true => messages.push(message),
            // The user may have begun another in that thread.
            false => {
                let thread = message.thread;
                let tray = messages
                    .iter_mut()
                    .find(|it| it.thread == thread && !it.is_sent);
                match tray {
                    Some(tray) => tray.files.extend(message.files.clone()),
                    None => messages.push(message.clone()),
                }
                if messages.iter().all(|it| it.client_id != id) {
                    message.files.clear();
                    stored::save(all.me, &message);
                }
            }
        });
        start(all);
    });
}

/// Marks the message in the tray of a thread as sent.
fn submit(all: Attachments, thread: ThreadId, text: String, reply: Option<Quote>) {
    change(all, |messages| {
        let tray = messages
            .iter_mut()
            .find(|it| it.thread == thread && !it.is_sent);
        if let Some(tray) = tray {
            (tray.text, tray.reply, tray.is_sent) = (text, reply, true);
        }
    });
    all.error.set(None);
}

/// Passes the messages to the outbox that are sent and have all of their files.
fn settle(all: Attachments, chat: ClientState) {
    let ready = |message: &FileMessage| {
        let mut files = message.files.iter();
        message.is_sent && !message.is_in_outbox && files.all(|file| file.finished.is_some())
    };
    let ready: Vec<_> = all.messages.with_untracked(|messages| {
        let ready = messages.iter().filter(|it| ready(it));
        ready.cloned().collect()
    });
    for message in ready {
        let id = message.client_id;
        let files = message.files.into_iter().filter_map(|file| {
            let alt = file.alt;
            file.finished.map(|finished| FileRef { alt, ..finished })
        });
        // Another tab may have left the refused message there.
        chat.act(Input::Discard(id));
        // The outbox stores it before its entry here says so.
        chat.act(Input::Send {
            thread: message.thread,
            client_id: id,
            text: message.text,
            reply: message.reply,
            files: files.collect(),
        });
        change(all, |messages| {
            if let Some(message) = messages.iter_mut().find(|it| it.client_id == id) {
                message.is_in_outbox = true;
            }
        });
        review(all, chat);
    }
}

/// Forgets the messages that have left the outbox. One whose uploads the server no longer has is taken back: they are
/// made again.
fn review(all: Attachments, chat: ClientState) {
    let waiting: Vec<_> = all.messages.with_untracked(|messages| {
        let waiting = messages.iter().filter(|it| it.is_in_outbox);
        waiting.cloned().collect()
    });
    for message in waiting {
        let id = message.client_id;
        let state = chat.read(|engine| {
            let mut outbox = engine.outbox().iter();
            let found = outbox.find(|it| it.client_id == id);
            found.map(|pending| pending.state.clone())
        });
        match state {
            None => {
                change(all, |messages| messages.retain(|it| it.client_id != id));
                for file in message.files {
                    forget(all, file.key);
                }
            }
            Some(PendingState::Failed(Refusal::UnknownUpload)) if !message.is_repeated => {
                chat.act(Input::Discard(id));
                change(all, |messages| {
                    let again = messages.iter_mut().find(|it| it.client_id == id);
                    again.into_iter().for_each(repeat);
                });
                start(all);
            }
            Some(_) => {}
        }
    }
}

/// Takes a message back whose uploads the server no longer has.
fn repeat(message: &mut FileMessage) {
    (message.is_in_outbox, message.is_repeated) = (false, true);
    for file in &mut message.files {
        (file.upload, file.finished) = (None, None);
        file.state = UploadState::Waiting;
    }
}

/// Forgets the bytes of a file.
fn forget(all: Attachments, key: ClientId) {
    BYTES.with_borrow_mut(|all| all.remove(&key));
    spawn_local(async move { blob_store::remove(all.me, &key.to_string()).await });
}

/// Removes a file, and discards what is uploaded of it. A sent message without a file left and without a text is
/// gone; one with a text is sent.
pub fn remove(all: Attachments, key: ClientId) {
    let Some((_, file)) = find(all, key) else {
        return;
    };
    change(all, |messages| {
        for message in messages.iter_mut() {
            message.files.retain(|file| file.key != key);
        }
        messages.retain(|it| !it.files.is_empty() || (it.is_sent && !it.text.is_empty()));
    });
    let running = RUNNING.with_borrow_mut(|all| all.remove(&key)).flatten();
    if let Some(request) = running {
        request.abort();
    }
    if let Some(preview) = file.preview {
        let _ = Url::revoke_object_url(&preview);
    }
    forget(all, key);
    if let Some(upload) = file.upload {
        spawn_local(async move {
            if let Ok(request) = Request::new() {
                // Otherwise it expires.
                let _ = request.discard(upload).await;
            }
        });
    }
    start(all);
}

/// Tries a failed upload again.
pub fn retry(all: Attachments, key: ClientId) {
    change_file(all, key, |file| file.state = UploadState::Waiting);
    start(all);
}

/// Starts as many of the waiting uploads as may run.
fn start(all: Attachments) {
    loop {
        if RUNNING.with_borrow(HashMap::len) >= AT_A_TIME {
            return;
        }
        let waiting = all.messages.with_untracked(|messages| {
            // Those of sent messages first.
            let sent = messages.iter().filter(|it| it.is_sent);
            let all = sent.chain(messages.iter().filter(|it| !it.is_sent));
            let mut files = all.flat_map(|it| &it.files);
            let waits = |file: &&AttachedFile| {
                let is_running = RUNNING.with_borrow(|all| all.contains_key(&file.key));
                file.state == UploadState::Waiting && !is_running
            };
            files.find(waits).map(|file| file.key)
        });
        let Some(key) = waiting else { return };
        RUNNING.with_borrow_mut(|all| all.insert(key, None));
        spawn_local(async move {
            upload(all, key).await;
            RUNNING.with_borrow_mut(|all| all.remove(&key));
            start(all);
        });
    }
}
