//! The reactions to a message: each emoji with the number of users, and their names.

use leptos::prelude::*;

use crate::client::reactive::{handler, memo};
use crate::model::names::isolated;
use crate::model::{Seq, UserId};
use crate::ui::common::erased::erase;
use crate::ui::common::icons::Smile;
use crate::ui::context::floating::{Floating, use_floats};
use crate::ui::context::message_signals::MessagePart;
use crate::ui::context::open_thread::{OpenThread, use_open_thread};

/// The maximum number of names per reaction.
const NAMED: usize = 20;

/// The reactions to a message. Each is a button that adds or removes the user's own.
#[component]
pub fn Reactions(seq: Memo<Seq>, given: Memo<MessagePart>) -> impl IntoView {
    let open_thread = use_open_thread();
    let me = open_thread.chat.me().id;
    let one = move |emoji: String| {
        let name = emoji.clone();
        let users = memo(move |_| {
            given.with(|given| {
                let mut given = given.of.reactions.iter();
                let found = given.find(|given| given.emoji == name);
                found.map(|given| given.users.clone()).unwrap_or_default()
            })
        });
        let mine = memo(move |_| users.with(|users| users.contains(&me)));
        let label = {
            let emoji = emoji.clone();
            memo(move |_| format!("{emoji} {}: {}", users.with(Vec::len), who(users, me)))
        };
        let shown = emoji.clone();
        view! {
            <button
                type="button"
                class="reaction"
                aria-pressed=move || mine.get().to_string()
                aria-label=label
                disabled=move || !open_thread.may_respond.get()
                title=move || who(users, me)
                on:click=handler(move |_| open_thread.react(seq.get_untracked(), &emoji, !mine.get_untracked()))
            >
                <span class="emoji" aria-hidden="true">
                    {shown}
                </span>
                <span>{move || users.with(Vec::len)}</span>
            </button>
        }
        .into_any()
    };
    let emojis = memo(move |_| {
        given.with(|given| {
            let given = given.of.reactions.iter();
            given.map(|it| it.emoji.clone()).collect::<Vec<_>>()
        })
    });
    let any = memo(move |_| given.with(|given| !given.of.reactions.is_empty()));
    erase(move || {
        any.get().then(|| {
            view! {
                <div class="reactions" role="group" aria-label="Reactions">
                    <For each=move || emojis.get() key=String::clone children=one />
                    {move || open_thread.may_respond.get().then(|| add_button(open_thread, seq))}
                </div>
            }
            .into_any()
        })
    })
}

fn add_button(open_thread: OpenThread, seq: Memo<Seq>) -> AnyView {
    let floats = use_floats();
    view! {
        <button
            type="button"
            class="reaction add live-only"
            aria-label="Add a reaction"
            title="Add a reaction"
            aria-haspopup="dialog"
            aria-expanded="false"
            on:click=move |event| floats.open(&event, Floating::Emoji(open_thread, seq.get_untracked()))
        >
            <Smile />
        </button>
    }
    .into_any()
}

/// The users of a reaction: "You, Ana and 3 more".
fn who(users: Memo<Vec<UserId>>, me: UserId) -> String {
    let chat = use_open_thread().chat;
    users.with(|users| {
        let name = |user: &UserId| match *user == me {
            true => "You".to_owned(),
            false => isolated(&chat.name(*user)),
        };
        let mut first: Vec<&UserId> = users.iter().collect();
        first.sort_by_key(|user| **user != me);
        let names: Vec<_> = first.iter().take(NAMED).map(|user| name(user)).collect();
        let more = users.len().saturating_sub(NAMED);
        match more {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    })
}
