//! More actions on a message or a user: report, block.

use leptos::prelude::*;

use crate::client::api::calls;
use crate::client::state::{ClientState, use_client};
use crate::model::names::isolated;
use crate::model::{Person, Preview, Seq, ThreadId};
use crate::ui::context::confirmation::{ConfirmKind, Confirmation, use_dialog};
use crate::ui::context::open_thread::{OpenThread, use_open_thread};

/// The actions on a message by another user, or, with `seq` 0, on the other user of a direct thread.
#[component]
pub fn MessageMore(seq: Seq) -> impl IntoView {
    let open_thread = use_open_thread();
    let chat = open_thread.chat;
    let dialog = use_dialog();
    let person = match seq {
        0 => untrack(|| chat.other(open_thread.thread)),
        seq => untrack(|| {
            open_thread
                .author(seq)
                .and_then(|author| chat.person(author))
        }),
    };
    let questions: Vec<Confirmation> = person
        .as_ref()
        .filter(|person| person.id != chat.me().id)
        .map(|person| {
            let report = match seq {
                0 => report_question(person, None),
                seq => report_message(open_thread, person, seq),
            };
            vec![block_question(chat, person), report]
        })
        .unwrap_or_default();
    let choices = questions.into_iter().map(|question| {
        let label = match question.kind {
            ConfirmKind::Report(_) => "Report…",
            _ => question.act,
        };
        let ask = move |_| {
            open_thread.dialog.set(None);
            dialog.ask(question.clone());
        };
        view! {
            <li>
                <button type="button" class="button" on:click=ask>
                    {label}
                </button>
            </li>
        }
    });
    view! { <ul class="dialog-choices">{choices.collect_view()}</ul> }
}

/// The dialog to block a user, or to unblock them.
#[must_use]
pub fn block_question(chat: ClientState, person: &Person) -> Confirmation {
    let name = isolated(&person.shown());
    let is_blocked = untrack(|| chat.is_blocked(person.id));
    let call = calls::block(person.id, !is_blocked);
    match is_blocked {
        true => Confirmation::plain(
            format!("Unblock {name}?"),
            format!("You see {name}'s messages again, and {name} can message you."),
            "Unblock",
            call,
        ),
        false => Confirmation::plain(
            format!("Block {name}?"),
            format!(
                "You won't see {name}'s messages, and {name} can't message you. {name} is not told."
            ),
            "Block",
            call,
        ),
    }
}

/// The dialog to report a message, which it quotes.
fn report_message(open_thread: OpenThread, person: &Person, seq: Seq) -> Confirmation {
    let text = open_thread.text(seq).unwrap_or_default();
    Confirmation {
        title: format!("Report this message by {}?", isolated(&person.shown())),
        text: Preview::shorten(&text),
        kind: ConfirmKind::Report(person.clone()),
        act: "Send report",
        call: Some(calls::report_message(open_thread.thread, seq)),
        ..Confirmation::without_call(String::new(), String::new(), ConfirmKind::Plain)
    }
}

/// The dialog to report a user: as a member of this room, or without one.
#[must_use]
pub fn report_question(person: &Person, room: Option<ThreadId>) -> Confirmation {
    let name = isolated(&person.shown());
    Confirmation {
        act: "Send report",
        call: Some(calls::report_user(person.id, room)),
        ..Confirmation::without_call(
            format!("Report {name}?"),
            String::new(),
            ConfirmKind::Report(person.clone()),
        )
    }
}

/// The list of blocked users in the privacy panel.
#[component]
pub fn BlockedPeople() -> impl IntoView {
    let chat = use_client();
    let people = move || {
        let blocked = chat.blocked();
        let people = blocked.into_iter().filter_map(move |id| chat.person(id));
        people.collect::<Vec<_>>()
    };
    let dialog = use_dialog();
    let row = move |person: Person| {
        let name = person.shown();
        let label = ["Unblock ", &isolated(&name)].concat();
        let ask = move |_| dialog.ask(block_question(chat, &person));
        view! {
            <li class="plain-item">
                <span class="row-text" dir="auto">
                    {name}
                </span>
                <button type="button" class="button small" aria-label=label on:click=ask>
                    "Unblock"
                </button>
            </li>
        }
    };
    view! {
        <section aria-labelledby="blocked-title">
            <h3 id="blocked-title">"Blocked people"</h3>
            <p>
                {move || {
                    people()
                        .is_empty()
                        .then_some("You block nobody. You can block a person from the menu of one of their messages.")
                }}
            </p>
            <ul class="plain-list">
                <For each=people key=|person| person.id children=row />
            </ul>
        </section>
    }
}
