//! The card of a user, opened from their name, avatar or a mention of them; and the readers of a message.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api;
use crate::client::router::Router;
use crate::client::state::use_client;
use crate::model::{RoomCard, Seq, UserId};
use crate::routes::thread_path;
use crate::ui::common::avatar::Avatar;
use crate::ui::common::fetch::fetched;
use crate::ui::common::floating::popover::Popover;
use crate::ui::common::person_line::PersonLine;
use crate::ui::common::room_icon::RoomIcon;
use crate::ui::context::floating::use_floats;
use crate::ui::context::open_thread::OpenThread;
use crate::ui::context::toasts::use_toasts;

#[component]
pub fn ProfileCard(user: UserId) -> impl IntoView {
    let chat = use_client();
    let person = chat.person(user)?;
    let online = Signal::derive(move || chat.is_online(user));
    let is_me = user == chat.me().id;
    let state = move || match online.get() {
        _ if is_me => " · you",
        true => " · online",
        false => "",
    };
    let name = person.display_name.clone();
    let username = ["@", &person.username].concat();
    Some(view! {
        <Popover name=["Profile of ", &name].concat()>
            <div class="profile">
                <Avatar person online />
                <div class="profile-names">
                    <h2 dir="auto">{name}</h2>
                    <p>
                        <bdi dir="ltr">{username}</bdi>
                        {state}
                    </p>
                </div>
                {(!is_me)
                    .then(|| {
                        view! {
                            <SharedRooms user />
                            <MessageButton user />
                        }
                    })}
            </div>
        </Popover>
    })
}

/// The rooms that the viewer and a user are both members of; nothing until they are known, and if there are none.
#[component]
fn SharedRooms(user: UserId) -> impl IntoView {
    let found = fetched(RwSignal::new(0), move || api::shared_rooms(user));
    let link = |room: RoomCard| {
        view! {
            <li>
                <a href=thread_path(room.id)>
                    <RoomIcon is_private=room.is_private />
                    <span dir="auto">{room.name}</span>
                </a>
            </li>
        }
    };
    move || {
        let page = found.get()?.ok()?;
        let rest = page
            .more
            .then(|| view! { <li class="hint">"and more"</li> });
        (!page.rooms.is_empty()).then(|| {
            view! {
                <div class="profile-rooms">
                    <h3>"Rooms in common"</h3>
                    <ul>{page.rooms.into_iter().map(link).collect_view()} {rest}</ul>
                </div>
            }
        })
    }
}

/// Opens the direct thread with a user.
#[component]
fn MessageButton(user: UserId) -> impl IntoView {
    let chat = use_client();
    let (floats, toasts) = (use_floats(), use_toasts());
    let router = expect_context::<Router>();
    let open = move |_| {
        floats.close();
        spawn_local(async move {
            match chat.open_direct(user).await {
                Ok(path) => router.go(&path),
                Err(refusal) => toasts.fail(refusal.to_string(), None),
            }
        });
    };
    view! {
        <button type="button" class="button accent" autofocus on:click=open>
            "Message"
        </button>
    }
}

/// The members of a room who have read a message.
#[component]
pub fn ReadersPopover(open_thread: OpenThread, seq: Seq) -> impl IntoView {
    let chat = open_thread.chat;
    let rows = move || {
        let readers = open_thread.readers(seq).into_iter();
        let people = readers.filter_map(|user| chat.person(user));
        let row = |person: crate::model::Person| {
            let (id, username) = (person.id, ["@", &person.username].concat());
            let online = Signal::derive(move || chat.is_online(id));
            view! {
                <li class="row person-row">
                    <PersonLine person online>
                        <bdi dir="ltr">{username}</bdi>
                    </PersonLine>
                </li>
            }
        };
        people.map(row).collect_view()
    };
    let none = move || {
        open_thread
            .readers(seq)
            .is_empty()
            .then(|| view! { <p class="hint">"No one has read it yet"</p> })
    };
    view! {
        <Popover name="Read by">
            <div class="reader-list" tabindex="-1" autofocus>
                <h2>"Read by"</h2>
                {none}
                <ul>{rows}</ul>
            </div>
        </Popover>
    }
}
