//! The top of the message list: more is being loaded, or the thread begins here.

use leptos::prelude::*;

use crate::client::state::use_client;
use crate::engine::{Input, Timeline};
use crate::model::ThreadId;
use crate::ui::common::avatar::Avatar;
use crate::ui::common::erased::erase;
use crate::ui::common::room_icon::RoomIcon;

/// The state above the first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Top {
    /// Nothing is loaded yet.
    Waiting,
    /// There are earlier messages.
    More,
    /// Loading has failed.
    Failed,
    /// The thread begins here.
    Beginning,
}

impl Top {
    #[must_use]
    pub fn of(timeline: Option<&Timeline>) -> Self {
        match timeline {
            Some(timeline) if timeline.failed.is_some() => Self::Failed,
            Some(timeline) if timeline.more_before => Self::More,
            Some(timeline) if !timeline.events.is_empty() || timeline.at_end => Self::Beginning,
            _ => Self::Waiting,
        }
    }
}

/// The element above the first message.
#[component]
pub fn MessageListStart(
    id: ThreadId,
    #[prop(into)] top: Signal<Top>,
    #[prop(into)] loading: Signal<bool>,
    #[prop(into)] empty: Signal<bool>,
) -> impl IntoView {
    let chat = use_client();
    let top = Memo::new(move |_| top.get());
    let again = move |_| {
        if empty.get_untracked() {
            chat.act(Input::WantLatest(id));
        } else {
            chat.act(Input::WantOlder(id));
            chat.act(Input::WantNewer(id));
        }
    };
    erase(move || match top.get() {
        Top::Waiting => view! {
            <div class="skeleton" aria-hidden="true">
                <i></i>
                <i></i>
                <i></i>
                <i></i>
            </div>
        }
        .into_any(),
        Top::More => view! {
            <div class="log-more" aria-hidden="true">
                <span class="spinner" class:on=move || loading.get()></span>
            </div>
        }
        .into_any(),
        Top::Failed => view! {
            <div class="log-more">
                <span>"Couldn't load some messages."</span>
                <button type="button" class="button small" on:click=again>
                    "Try again"
                </button>
            </div>
        }
        .into_any(),
        Top::Beginning => view! { <Beginning id /> }.into_any(),
    })
}

/// The beginning of a thread.
#[component]
fn Beginning(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let other = Memo::new(move |_| chat.other(id));
    let room = Memo::new(move |_| chat.room(id).map(|room| (room.name, room.is_private)));
    erase(move || {
        if let Some((name, is_private)) = room.get() {
            let view = view! {
                <div class="beginning">
                    <RoomIcon is_private />
                    <p>
                        "This is the start of " <strong dir="auto">{name}</strong> "."
                    </p>
                </div>
            };
            return Some(view.into_any());
        }
        other.get().map(|other| {
            if chat.is_notes(id) {
                let view = view! {
                    <div class="beginning">
                        <Avatar person=other />
                        <p>"These are your notes. Only you can see them."</p>
                    </div>
                };
                return view.into_any();
            }
            view! {
                <div class="beginning">
                    <Avatar person=other.clone() />
                    <p>
                        "This is the start of your chat with "
                        <strong dir="auto">{other.shown()}</strong> "."
                    </p>
                </div>
            }
            .into_any()
        })
    })
}
