//! The tray above the field: the files of the message being written, and the messages that wait for their files.

use leptos::prelude::*;

use super::recorder::Recorder;
use super::transfer;
use super::uploader;
use crate::client::dom;
use crate::client::reactive::{effect, handler, memo};
use crate::model::file::size_text;
use crate::model::names::isolated;
use crate::model::{ClientId, ThreadId, limits};
use crate::ui::common::icons::{Close, Document, Pending};
use crate::ui::context::attachments::{AttachedFile, UploadState, use_attachments};
use crate::ui::message::voice::VoicePlayer;

/// The tray of a thread.
#[component]
pub fn Tray(thread: ThreadId) -> impl IntoView {
    let all = use_attachments();
    // The picture that is being described.
    let described = RwSignal::new(None::<ClientId>);
    let error = move || {
        let error = all.error.get().filter(|(at, _)| *at == thread);
        error.map(|(_, error)| error)
    };
    let waiting = memo(move |_| messages(true, thread));
    let tray = memo(move |_| messages(false, thread));
    view! {
        <p class="field-error" role="alert">
            {error}
        </p>
        <For each=move || waiting.get() key=|id| *id let:id>
            <WaitingMessage id />
        </For>
        <For each=move || tray.get() key=|id| *id let:id>
            <Files id label="Attached files" described />
        </For>
        {move || (all.recording.get() == Some(thread)).then(|| view! { <Recorder thread /> })}
        {move || described.get().map(|key| view! { <Description key described /> })}
        <Announcements thread />
    }
}

/// The messages of a thread with files, sent ones or those in the tray.
fn messages(is_sent: bool, thread: ThreadId) -> Vec<ClientId> {
    use_attachments().messages.with(|messages| {
        let messages = messages.iter();
        let of_thread =
            messages.filter(|it| it.thread == thread && it.is_sent == is_sent && !it.is_in_outbox);
        of_thread.map(|it| it.client_id).collect()
    })
}

/// A message that was sent and waits for its files.
#[component]
fn WaitingMessage(id: ClientId) -> impl IntoView {
    let all = use_attachments();
    let text = all.messages.with_untracked(|messages| {
        let message = messages.iter().find(|it| it.client_id == id);
        message.map(|it| it.text.clone()).unwrap_or_default()
    });
    let described = RwSignal::new(None);
    view! {
        <div class="waiting-message" role="group" aria-label="Message waiting for its files">
            <p class="waiting-text">
                <Pending />
                <strong>"Sending when uploaded"</strong>
                <span dir="auto">{text}</span>
            </p>
            <Files id label="Files being sent" described />
        </div>
    }
}

/// The files of a message.
#[component]
fn Files(
    id: ClientId,
    label: &'static str,
    described: RwSignal<Option<ClientId>>,
) -> impl IntoView {
    let all = use_attachments();
    let keys = memo(move |_| {
        all.messages.with(|messages| {
            let message = messages.iter().find(|it| it.client_id == id);
            let files = message.into_iter().flat_map(|it| &it.files);
            files.map(|file| file.key).collect::<Vec<_>>()
        })
    });
    view! {
        <ul class="tray" aria-label=label>
            <For each=move || keys.get() key=|key| *key let:key>
                <File key described />
            </For>
        </ul>
    }
}

/// One file, tracked.
fn file(key: ClientId) -> Option<AttachedFile> {
    use_attachments().messages.with(|messages| {
        let mut files = messages.iter().flat_map(|it| &it.files);
        files.find(|file| file.key == key).cloned()
    })
}

#[component]
fn File(key: ClientId, described: RwSignal<Option<ClientId>>) -> impl IntoView {
    let all = use_attachments();
    let attached = memo(move |_| file(key));
    let state = memo(move |_| attached.get().map(|file| file.state).unwrap_or_default());
    let Some(first) = untrack(|| attached.get()) else {
        return ().into_any();
    };
    let name = isolated(&first.name);
    let remove = move |_| {
        uploader::remove(all, key);
        if described.get_untracked() == Some(key) {
            described.set(None);
        }
        let _ = dom::focus_last("#composer");
    };
    let is_picture = first.is_picture() && first.preview.is_some();
    let is_described = memo(move |_| attached.get().is_some_and(|file| !file.alt.is_empty()));
    let describe = is_picture.then(|| {
        let label = ["Alt text of ", &*name].concat();
        view! {
            <button
                type="button"
                class="describe"
                class:done=is_described
                aria-label=label
                aria-expanded=move || (described.get() == Some(key)).to_string()
                title="Describe this picture for people who can't see it"
                on:click=handler(move |_| {
                    described.update(|now| *now = (*now != Some(key)).then_some(key));
                })
            >
                "Alt"
            </button>
        }
    });
    let shown = match first.preview.clone() {
        Some(address) if is_picture => {
            view! { <img class="tray-picture" src=address alt=first.name /> }.into_any()
        }
        Some(address) if first.voice.is_some() => {
            let (duration, waveform) = first.voice.unwrap_or_default();
            view! {
                <span class="tray-voice">
                    <VoicePlayer address duration waveform />
                </span>
            }
            .into_any()
        }
        _ => view! {
            <span class="tray-card">
                <Document />
                <bdi class="file-name">{first.name}</bdi>
                <span class="file-size">{size_text(first.size)}</span>
            </span>
        }
        .into_any(),
    };
    let remove_label = ["Remove ", &*name].concat();
    let is_failed = memo(move |_| matches!(state.get(), UploadState::Failed(_)));
    view! {
        <li class="tray-file" class:failed=is_failed>
            {shown}
            {move || view! { <Progress key name=name.clone() state=state.get() /> }}
            {describe}
            <button
                type="button"
                class="tray-remove"
                aria-label=remove_label
                title="Remove"
                on:click=remove
            >
                <Close />
            </button>
        </li>
    }
    .into_any()
}

/// How far an upload is; or why it failed, with the button to try again.
#[component]
fn Progress(key: ClientId, name: String, state: UploadState) -> impl IntoView {
    let all = use_attachments();
    let (percent, text) = match state {
        UploadState::Finished => return ().into_any(),
        UploadState::Failed(refusal) => {
            let why = refusal.to_string();
            return view! {
                <button
                    type="button"
                    class="tray-retry"
                    aria-label=["Could not upload ", &*name, ". Try again"].concat()
                    title=["Could not upload. ", &*why].concat()
                    on:click=handler(move |_| uploader::retry(all, key))
                >
                    "Try again"
                </button>
                <span class="sr-only">{why}</span>
            }
            .into_any();
        }
        UploadState::Waiting => (0, "Waiting".to_owned()),
        UploadState::Paused => (0, "Paused".to_owned()),
        UploadState::Uploading(percent) => (percent, format!("{percent}%")),
    };
    let said = text.clone();
    let turned = [&*percent.to_string(), " 100"].concat();
    view! {
        <span
            class="tray-progress"
            role="progressbar"
            aria-label=["Uploading ", &*name].concat()
            aria-valuenow=percent.to_string()
            aria-valuetext=text
        >
            <svg class="ring" viewBox="0 0 24 24" aria-hidden="true">
                <circle cx="12" cy="12" r="9"></circle>
                <circle class="ring-done" cx="12" cy="12" r="9" pathLength="100" stroke-dasharray=turned></circle>
            </svg>
            {said}
        </span>
    }
    .into_any()
}

/// The description of a picture.
#[component]
fn Description(key: ClientId, described: RwSignal<Option<ClientId>>) -> impl IntoView {
    let all = use_attachments();
    let node = NodeRef::<leptos::html::Input>::new();
    let before = untrack(|| file(key));
    let (name, alt) = before.map(|file| (file.name, file.alt)).unwrap_or_default();
    effect(move |_| {
        if let Some(field) = node.get() {
            let _ = field.focus();
        }
    });
    let changed = move |event| {
        let alt = event_target_value(&event);
        transfer::change_file(all, key, |file| file.alt = alt.trim().to_owned());
    };
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        if matches!(&*event.key(), "Enter" | "Escape") {
            // Enter doesn't send the message.
            event.prevent_default();
            event.stop_propagation();
            described.set(None);
            let _ = dom::focus_last("#composer");
        }
    };
    view! {
        <label class="tray-description">
            <span>"Description of " <bdi>{name}</bdi></span>
            <input
                type="text"
                dir="auto"
                maxlength=limits::ALT_MAX
                placeholder="For people who can't see the picture"
                value=alt
                node_ref=node
                on:input=changed
                on:keydown=pressed
            />
        </label>
    }
}

/// Announces uploads at their start, when all are done, and when one failed.
#[component]
fn Announcements(thread: ThreadId) -> impl IntoView {
    let all = use_attachments();
    let said = memo(move |_| {
        all.messages.with(|messages| {
            let messages = messages.iter().filter(|it| it.thread == thread);
            let files: Vec<_> = messages.flat_map(|it| &it.files).collect();
            let count =
                |is: fn(&UploadState) -> bool| files.iter().filter(|it| is(&it.state)).count();
            let failed = count(|state| matches!(state, UploadState::Failed(_)));
            let paused = count(|state| *state == UploadState::Paused);
            let finished = count(|state| *state == UploadState::Finished);
            match files.len() {
                0 => String::new(),
                _ if failed > 0 => {
                    format!("{failed} of {} files could not be uploaded", files.len())
                }
                _ if paused > 0 => "Uploads are paused until the server can be reached".to_owned(),
                all if all == finished => "All files are uploaded".to_owned(),
                1 => "Uploading 1 file".to_owned(),
                all => format!("Uploading {all} files"),
            }
        })
    });
    view! {
        <p class="sr-only" role="status">
            {said}
        </p>
    }
}
