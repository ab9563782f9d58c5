//! The top of the message list: more is being loaded, or the thread begins here.

use leptos::prelude::*;

use crate::client::reactive::memo;
use crate::client::state::use_client;
use crate::engine::{Input, Timeline};
use crate::model::{Inviting, Room, ThreadId};
use crate::routes::about_path;
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
    let top = memo(move |_| top.get());
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

/// The beginning of a thread: who is in it, and what to do first.
#[component]
fn Beginning(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let other = memo(move |_| chat.other(id));
    let room = memo(move |_| {
        chat.room(id).map(|room| Room {
            // What changes with each message isn't shown.
            posted_at: 0,
            ..room
        })
    });
    erase(move || {
        if let Some(room) = room.get() {
            return Some(view! { <RoomBeginning id room /> }.into_any());
        }
        other.get().map(|other| {
            let is_notes = chat.is_notes(id);
            let name = other.shown();
            let text = match is_notes {
                true => view! { "These are your notes. Only you can see them." }.into_any(),
                false => view! {
                    "This is the start of your chat with " <strong dir="auto">{name}</strong> "."
                }
                .into_any(),
            };
            let username = (!is_notes).then(|| {
                let username = ["@", &other.username].concat();
                view! { <p class="hint" dir="ltr">{username}</p> }
            });
            view! {
                <div class="beginning">
                    <Avatar person=other />
                    <p>{text}</p>
                    {username}
                </div>
            }
            .into_any()
        })
    })
}

#[component]
fn RoomBeginning(id: ThreadId, room: Room) -> impl IntoView {
    let chat = use_client();
    let (is_private, is_group) = (room.is_private, room.is_group);
    let may_manage = chat.may_manage(id);
    let may_invite = may_manage || room.inviting == Inviting::Members;
    let hint = match (room.topic.is_empty(), is_group, may_manage) {
        (false, ..) => Some(room.topic),
        (_, true, true) => {
            Some("Only its members see it. Give it a name in the details.".to_owned())
        }
        (_, true, false) => Some("Only its members see it.".to_owned()),
        (_, _, true) => Some("No topic yet. Add one in the details.".to_owned()),
        _ => None,
    };
    let text = match is_group {
        true => "This is the start of your chat with ",
        false => "This is the start of ",
    };
    let add = may_invite.then(|| {
        view! {
            <a class="button small" href=about_path(id)>
                "Add people"
            </a>
        }
    });
    view! {
        <div class="beginning">
            <RoomIcon is_private is_group />
            <p>{text} <strong dir="auto">{room.name}</strong> "."</p>
            <p class="hint" dir="auto">
                {hint}
            </p>
            <p class="buttons">{add}</p>
        </div>
    }
}
