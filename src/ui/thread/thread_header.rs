//! The header of an open thread: its title, which leads to the details, and what can be done with the thread.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::client::reactive::{handler, memo};
use crate::client::router::{Router, is_link};
use crate::client::state::{ClientState, use_client};
use crate::model::{Room, ThreadId};
use crate::routes::{Route, SEARCH, about_path, search_path, thread_path};
use crate::ui::common::avatar::Avatar;
use crate::ui::common::erased::erase;
use crate::ui::common::icons::{Back, More, Pin, Search};
use crate::ui::common::room_icon::{RoomIcon, members_text};
use crate::ui::context::floating::{Floating, use_floats};
use crate::ui::context::open_place::Open;
use crate::ui::context::open_thread::{MessageDialogKind, use_open_thread};

#[component]
pub fn ThreadHeader(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let open = expect_context::<RwSignal<Open>>();
    let about = memo(move |_| open.get().route == Route::About(id));
    // On a small screen the details are one step further in.
    let back = move || match about.get() {
        true => thread_path(id),
        false => "/".to_owned(),
    };
    let back_label = move || match about.get() {
        true => "Back to messages",
        false => "Back to chats",
    };
    let details = Signal::derive(move || match about.get() {
        true => thread_path(id),
        false => about_path(id),
    });
    let other = memo(move |_| chat.other(id));
    let sign = memo(move |_| {
        let room = chat.room(id).unwrap_or_default();
        (room.is_private, room.is_group)
    });
    let picture = move || match other.get() {
        Some(person) => {
            let online = Signal::derive(move || chat.is_online(person.id) && !chat.is_notes(id));
            view! { <Avatar person online /> }.into_any()
        }
        None => {
            let (is_private, is_group) = sign.get();
            view! { <RoomIcon is_private is_group /> }.into_any()
        }
    };
    let name = move || match other.get() {
        Some(other) if chat.is_notes(id) => Some(chat.shown(&other)),
        Some(other) => Some(other.display_name),
        None => chat.title(id),
    };
    let more = move || match chat.room(id) {
        Some(room) => room_line(&room).into_any(),
        None if chat.is_notes(id) => "Notes only you can see".into_any(),
        None => view! { <DirectLine id /> }.into_any(),
    };
    view! {
        <header class="thread-header">
            <a class="icon-button back" href=erase(back) aria-label=erase(back_label)>
                <Back />
            </a>
            <a class="chat-title" href=details>
                {erase(picture)}
                <div class="row-text">
                    <h1 class="row-name" dir="auto">
                        {erase(name)}
                    </h1>
                    <p class="row-more">{erase(more)}</p>
                </div>
            </a>
            <ChatActions id about details />
        </header>
    }
}

/// What stands under the name of a room.
fn room_line(room: &Room) -> impl IntoView + use<> {
    let count = members_text(room.members);
    let topic = (!room.topic.is_empty()).then(|| {
        let topic = room.topic.clone();
        view! {
            " · "
            <bdi>{topic}</bdi>
        }
    });
    view! {
        <span class="chat-count">{count}</span>
        {topic}
    }
}

/// What stands under the name of the other user.
#[component]
fn DirectLine(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let other = memo(move |_| chat.other(id));
    let online = memo(move |_| other.get().is_some_and(|other| chat.is_online(other.id)));
    let state = move || match online.get() {
        true => "online",
        // A user who hides their own presence doesn't know others'.
        false if !chat.privacy().online => "",
        false => "offline",
    };
    let username = move || other.get().map(|other| ["@", &other.username].concat());
    view! {
        <span class="row-state" class:online=move || online.get()>
            {erase(state)}
        </span>
        <span class="row-username">{erase(username)}</span>
    }
}

/// The actions in a row; on a small screen, the button of a menu with the same.
#[component]
fn ChatActions(id: ThreadId, about: Memo<bool>, details: Signal<String>) -> impl IntoView {
    let chat = use_client();
    let (router, floats) = (expect_context::<Router>(), use_floats());
    let open_thread = use_open_thread();
    let search = move |event: MouseEvent| {
        if is_link(&event) {
            event.prevent_default();
            router.go(&untrack(|| search_here(chat, id)));
        }
    };
    view! {
        <div class="chat-actions">
            <a
                class="icon-button search-here"
                href=SEARCH
                aria-label="Search here"
                title="Search here"
                on:click=search
            >
                <Search />
            </a>
            <PinsButton />
            <a
                class="button small quiet about-link"
                class:chosen=about
                href=details
                aria-expanded=move || about.get().to_string()
            >
                "Details"
            </a>
            <button
                type="button"
                class="icon-button chat-more live-only"
                aria-label="More"
                title="More"
                aria-haspopup="menu"
                aria-expanded="false"
                on:click=move |event| floats.open(&event, Floating::Chat(open_thread))
            >
                <More />
            </button>
        </div>
    }
}

/// The address of a search in one thread only.
#[must_use]
pub fn search_here(chat: ClientState, id: ThreadId) -> String {
    search_path(&match chat.other(id) {
        Some(other) => ["in:@", &other.username, " "].concat(),
        None => ["in:\"", &chat.title(id).unwrap_or_default(), "\" "].concat(),
    })
}

/// The button that opens the pinned messages, shown if there are any.
#[component]
fn PinsButton() -> impl IntoView {
    let open_thread = use_open_thread();
    let count = memo(move |_| open_thread.pins.with(Vec::len));
    let name = move || pins_text(count.get());
    erase(move || {
        (count.get() > 0).then(|| {
            view! {
                <button
                    type="button"
                    class="button small quiet pins-button live-only"
                    aria-label=name
                    title=name
                    on:click=handler(move |_| open_thread.dialog.set(Some(MessageDialogKind::Pins)))
                >
                    <Pin />
                    {count}
                </button>
            }
            .into_any()
        })
    })
}

/// "2 pinned messages"
#[must_use]
pub fn pins_text(count: usize) -> String {
    match count {
        1 => "1 pinned message".to_owned(),
        count => format!("{count} pinned messages"),
    }
}
