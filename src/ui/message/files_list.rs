//! The files of a thread, in the panel with its details: pictures and videos, and the others, each with who sent it
//! and when.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::files::kind_text;
use crate::client::api;
use crate::client::clock::TimeFormat;
use crate::client::reactive::{effect, handler};
use crate::client::state::use_client;
use crate::model::file::{FileEntry, Thumbnail, size_text};
use crate::model::names::isolated;
use crate::model::{FileKind, Seq, ThreadId};
use crate::routes::{message_path, thumbnail_path};
use crate::ui::common::icons::Document;

/// The list. Two choices, as in the sidebar.
#[component]
pub fn FilesList(thread: ThreadId) -> impl IntoView {
    let pictures = RwSignal::new(true);
    let choice = move |value: bool, name: &'static str| {
        view! {
            <button
                type="button"
                class="button small"
                aria-pressed=move || (pictures.get() == value).to_string()
                on:click=handler(move |_| pictures.set(value))
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="buttons">{choice(true, "Photos and videos")} {choice(false, "Other files")}</div>
        {move || view! { <Entries thread pictures=pictures.get() /> }}
    }
}

#[component]
fn Entries(thread: ThreadId, pictures: bool) -> impl IntoView {
    let found = RwSignal::new(Vec::<FileEntry>::new());
    let more = RwSignal::new(false);
    let said = RwSignal::new(Some("Loading…".to_owned()));
    let load = move || {
        let before = found.with_untracked(|all| all.last().map(|entry| entry.seq));
        spawn_local(async move {
            let text = match api::files(thread, pictures, before).await {
                Ok(page) => {
                    let _ = found.try_update(|all| all.extend(page.files));
                    let _ = more.try_set(page.more);
                    let is_empty = found.try_with_untracked(Vec::is_empty) == Some(true);
                    is_empty.then(|| {
                        let text = if pictures {
                            "No photos or videos yet"
                        } else {
                            "No files yet"
                        };
                        text.to_owned()
                    })
                }
                Err(refusal) => Some(refusal.to_string()),
            };
            let _ = said.try_set(text);
        });
    };
    effect(move |_| load());
    let all = move || {
        let entries = found.get().into_iter();
        entries
            .map(|entry| match pictures {
                true => view! { <Thumb thread entry /> }.into_any(),
                false => view! { <Line thread entry /> }.into_any(),
            })
            .collect_view()
    };
    view! {
        <ul class=if pictures { "files-grid" } else { "files-lines" }>{all}</ul>
        <p class="section-hint" role="status">
            {said}
        </p>
        {move || {
            more.get()
                .then(|| {
                    view! {
                        <button type="button" class="button small" on:click=handler(move |_| load())>
                            "Show more"
                        </button>
                    }
                })
        }}
    }
}

/// Who sent it and when.
fn about(entry: &FileEntry) -> impl Fn() -> String + Send + Sync + Clone + 'static + use<> {
    let (chat, clock) = (use_client(), expect_context::<TimeFormat>());
    let (author, at) = (entry.author, entry.at);
    move || [&*isolated(&chat.name(author)), " · ", &*clock.full(at)].concat()
}

/// The place of a file in the chat.
fn place(thread: ThreadId, seq: Seq) -> String {
    message_path(thread, seq)
}

#[component]
fn Thumb(thread: ThreadId, entry: FileEntry) -> impl IntoView {
    let about = about(&entry);
    let file = entry.file;
    let alt = match file.alt.is_empty() {
        true => file.name.clone(),
        false => file.alt.clone(),
    };
    let shown = match file.kind {
        FileKind::Image => view! {
            <img loading="lazy" src=thumbnail_path(file.id, Thumbnail::Small) alt=alt />
        }
        .into_any(),
        _ => view! {
            <span class="files-video">
                <Document />
                <bdi class="file-name">{file.name}</bdi>
            </span>
        }
        .into_any(),
    };
    view! {
        <li>
            <a href=place(thread, entry.seq) title=about>
                {shown}
            </a>
        </li>
    }
}

#[component]
fn Line(thread: ThreadId, entry: FileEntry) -> impl IntoView {
    let about = about(&entry);
    let file = entry.file;
    let kind = [&*kind_text(&file), " · ", &*size_text(file.size)].concat();
    view! {
        <li>
            <a class="file-card" href=place(thread, entry.seq)>
                <Document />
                <span class="file-lines">
                    <bdi class="file-name">{file.name}</bdi>
                    <span class="file-size">{kind}</span>
                    <span class="file-size">{about}</span>
                </span>
            </a>
        </li>
    }
}
