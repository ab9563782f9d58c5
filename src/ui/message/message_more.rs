//! What one user can do about another: block, report.

use leptos::prelude::*;

use crate::client::api::calls;
use crate::client::state::{ClientState, use_client};
use crate::model::names::isolated;
use crate::model::{Person, Preview, Seq, ThreadId};
use crate::ui::common::icons::{Block, Flag};
use crate::ui::context::confirmation::{ConfirmKind, Confirmation};
use crate::ui::context::menu::MenuItem;
use crate::ui::context::open_thread::OpenThread;
use crate::ui::context::toasts::{Undoable, use_toasts};

/// The item that blocks a user, or unblocks them: done at once, with *Undo*.
#[must_use]
pub fn block_item(chat: ClientState, person: &Person) -> MenuItem {
    let is_blocked = untrack(|| chat.is_blocked(person.id));
    let label = if is_blocked { "Unblock" } else { "Block" };
    MenuItem::undoable(label, block(person, !is_blocked)).icon(|| Block().into_any())
}

/// Blocks a user (`on`), or unblocks them.
#[must_use]
pub fn block(person: &Person, on: bool) -> Undoable {
    let name = isolated(&person.shown());
    let done = match on {
        true => format!(
            "You won't see {name}'s messages, and {name} can't message you. {name} is not told."
        ),
        false => format!("You'll see {name}'s messages again, and {name} can message you."),
    };
    let call = |on| calls::block(person.id, on);
    Undoable::new(done, call(on), call(!on))
}

/// The item that opens a report.
#[must_use]
pub fn report_item(question: Confirmation) -> MenuItem {
    let mut item = MenuItem::ask(question).icon(|| Flag().into_any());
    "Report…".clone_into(&mut item.label);
    item
}

/// The dialog to report a message, which it quotes.
#[must_use]
pub fn report_message(open_thread: OpenThread, person: &Person, seq: Seq) -> Confirmation {
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
    let toasts = use_toasts();
    let row = move |person: Person| {
        let name = person.shown();
        let label = ["Unblock ", &isolated(&name)].concat();
        let unblock = move |_| toasts.act(block(&person, false));
        view! {
            <li class="plain-item">
                <span class="row-text" dir="auto">
                    {name}
                </span>
                <button type="button" class="button small" aria-label=label on:click=unblock>
                    "Unblock"
                </button>
            </li>
        }
    };
    view! {
        <section aria-labelledby="blocked-title">
            <h3 id="blocked-title">"Blocked people"</h3>
            <p class="section-hint">
                {move || {
                    people()
                        .is_empty()
                        .then_some("You haven't blocked anyone. To block someone, open the menu of one of their messages.")
                }}
            </p>
            <ul class="plain-list">
                <For each=people key=|person| person.id children=row />
            </ul>
        </section>
    }
}
