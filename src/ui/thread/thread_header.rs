//! The header of an open thread: the other user with presence, or the room.

use leptos::prelude::*;

use crate::client::state::use_client;
use crate::model::ThreadId;
use crate::routes::{Route, about_path, thread_path};
use crate::ui::common::avatar::Avatar;
use crate::ui::common::erased::erase;
use crate::ui::common::icons::{Back, More, Pin};
use crate::ui::common::room_icon::{RoomIcon, members_text};
use crate::ui::context::open_place::Open;
use crate::ui::context::open_thread::{MessageDialogKind, use_open_thread};

#[component]
pub fn ThreadHeader(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let is_room = Memo::new(move |_| chat.room(id).is_some());
    let inner = move || {
        if is_room.get() {
            view! { <RoomHeader id /> }.into_any()
        } else {
            view! { <DirectHeader id /> }.into_any()
        }
    };
    view! {
        <header class="thread-header">
            {erase(inner)} <PinsButton />
        </header>
    }
}

/// The button that opens the pinned messages, shown if there are any.
#[component]
fn PinsButton() -> impl IntoView {
    let open_thread = use_open_thread();
    let count = Memo::new(move |_| open_thread.pins.with(Vec::len));
    let name = move || match count.get() {
        1 => "1 pinned message".to_owned(),
        count => format!("{count} pinned messages"),
    };
    erase(move || {
        (count.get() > 0).then(|| {
            view! {
                <button
                    type="button"
                    class="button small quiet pins-button live-only"
                    aria-label=name
                    title=name
                    on:click=move |_| open_thread.dialog.set(Some(MessageDialogKind::Pins))
                >
                    <Pin />
                    {count}
                </button>
            }
            .into_any()
        })
    })
}

#[component]
fn DirectHeader(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let open_thread = use_open_thread();
    let other = Memo::new(move |_| chat.other(id));
    let online = Memo::new(move |_| other.get().is_some_and(|other| chat.is_online(other.id)));
    let avatar = move || {
        other
            .get()
            .map(|person| view! { <Avatar person online /> }.into_any())
    };
    let name = move || {
        other
            .get()
            .map_or_else(|| "Thread".to_owned(), |other| other.display_name)
    };
    let username = move || other.get().map(|other| ["@", &other.username].concat());
    let state = move || match online.get() {
        true => "online",
        // A user who hides their own presence doesn't know others'.
        false if !chat.privacy().online => "",
        false => "offline",
    };
    view! {
        <a class="icon-button back" href="/" aria-label="Back to threads">
            <Back />
        </a>
        {erase(avatar)}
        <div class="row-text">
            <h1 class="row-name" dir="auto">
                {erase(name)}
            </h1>
            <p class="row-more">
                <span class="row-username">{erase(username)}</span>
                " · "
                <span class="row-state" class:online=move || online.get()>
                    {erase(state)}
                </span>
            </p>
        </div>
        <button
            type="button"
            class="icon-button live-only"
            aria-label="More"
            title="More"
            on:click=move |_| open_thread.dialog.set(Some(MessageDialogKind::More(0)))
        >
            <More />
        </button>
    }
}

#[component]
fn RoomHeader(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let open = expect_context::<RwSignal<Open>>();
    let room = Memo::new(move |_| chat.room(id));
    let about = Memo::new(move |_| open.get().route == Route::About(id));
    let is_private = Memo::new(move |_| room.get().is_some_and(|room| room.is_private));
    let name = move || room.get().map(|room| room.name);
    let topic = move || room.get().map(|room| room.topic);
    let count = move || members_text(room.get().map_or(0, |room| room.members));
    // On a small screen the room's details are one step further in.
    let back = move || {
        if about.get() {
            thread_path(id)
        } else {
            "/".to_owned()
        }
    };
    let back_label = move || {
        if about.get() {
            "Back to the messages"
        } else {
            "Back to threads"
        }
    };
    let toggled = move || {
        if about.get() {
            thread_path(id)
        } else {
            about_path(id)
        }
    };
    view! {
        <a class="icon-button back" href=erase(back) aria-label=erase(back_label)>
            <Back />
        </a>
        {move || view! { <RoomIcon is_private=is_private.get() /> }.into_any()}
        <div class="row-text">
            <h1 class="row-name" dir="auto">
                {erase(name)}
            </h1>
            <p class="row-more" dir="auto">
                {erase(topic)}
            </p>
        </div>
        <a
            class="button small quiet about-link"
            class:chosen=move || about.get()
            href=erase(toggled)
            aria-label=move || {
                let what = if about.get() { "Close the details, " } else { "About this room, " };
                [what, &count()].concat()
            }
        >
            {erase(count)}
        </a>
    }
}
