//! The menu of a message, and the sheet of a message on a touch screen.

use leptos::prelude::*;

use super::long_press::ignore_lift;
use super::message_actions::{delete_question, reaction};
use super::message_more::{block_item, report_item, report_message};
use super::used_emoji::often;
use crate::client::dom;
use crate::client::shortcuts::{Action, key_of};
use crate::model::Seq;
use crate::ui::common::floating::menu::MenuList;
use crate::ui::common::floating::sheet::Sheet;
use crate::ui::common::icons::{
    Bin, Bookmark, Copy, Eye, Link, Pen, Pin, Reply, Smile, Two, Unread,
};
use crate::ui::context::floating::{Floating, Floats, use_floats};
use crate::ui::context::menu::{Menu, MenuItem};
use crate::ui::context::open_thread::OpenThread;
use crate::ui::context::toasts::use_toasts;

/// The number of reactions in the sheet.
const REACTIONS: usize = 6;

/// The menu of a message: what this user may do with it.
#[must_use]
pub fn message_menu(open_thread: OpenThread, seq: Seq) -> Menu {
    untrack(|| {
        let chat = open_thread.chat;
        let author = open_thread.author(seq);
        let is_mine = author == Some(chat.me().id);
        let person = author.and_then(|author| chat.person(author));
        let person = person.filter(|_| !is_mine);
        let against = person.iter().flat_map(|person| {
            let report = report_message(open_thread, person, seq);
            let (floats, user) = (use_floats(), person.id);
            let profile = move || open_at_message(floats, seq, Floating::Profile(user));
            [
                MenuItem::run("Profile", profile).icon(|| Two().into_any()),
                block_item(chat, person),
                report_item(report),
            ]
        });
        let may_delete = is_mine || open_thread.may_manage.get();
        let delete = may_delete.then(|| delete_item(open_thread, seq));
        Menu::new("Message")
            .group(own_items(open_thread, seq, is_mine))
            .group(against)
            .group(delete)
    })
}

/// Opens something at a message, whose menu has just been closed.
fn open_at_message(floats: Floats, seq: Seq, what: Floating) {
    let message = dom::message(seq);
    let text = message.and_then(|it| it.query_selector(".message-text").ok().flatten());
    if let Some(text) = text {
        floats.open_at(&text, what);
    }
}

/// The items that are of use to the user themselves.
fn own_items(open_thread: OpenThread, seq: Seq, is_mine: bool) -> Vec<MenuItem> {
    let mut items = Vec::new();
    let toasts = use_toasts();
    if open_thread.may_post.get() {
        let reply = move || open_thread.reply(seq);
        let item = MenuItem::run("Reply", reply).icon(|| Reply().into_any());
        items.push(item.keys(key_of(Action::Reply)));
        if is_mine {
            let edit = move || open_thread.edit(seq);
            let item = MenuItem::run("Edit", edit).icon(|| Pen().into_any());
            items.push(item.keys(key_of(Action::Edit)));
        }
    }
    let copy_text = move || {
        let text = open_thread.text(seq).unwrap_or_default();
        if dom::copy_text(&text) {
            toasts.say("Text copied");
        }
    };
    items.push(MenuItem::run("Copy text", copy_text).icon(|| Copy().into_any()));
    let copy_link = move || {
        if open_thread.copy_link(seq) {
            toasts.say("Link copied");
        }
    };
    items.push(MenuItem::run("Copy link", copy_link).icon(|| Link().into_any()));
    let is_saved = open_thread.is_saved(seq);
    let name = if is_saved {
        "Remove from saved"
    } else {
        "Save"
    };
    let save = move || open_thread.save(seq, !is_saved);
    let item = MenuItem::run(name, save).icon(|| Bookmark().into_any());
    items.push(item.keys(key_of(Action::Save)));
    if open_thread.may_pin.get() {
        let is_pinned = open_thread.is_pinned(seq);
        let name = if is_pinned { "Unpin" } else { "Pin" };
        let pin = move || open_thread.pin(seq, !is_pinned);
        let item = MenuItem::run(name, pin).icon(|| Pin().into_any());
        items.push(item.keys(key_of(Action::Pin)));
    }
    let mark_unread = move || open_thread.mark_unread(seq);
    let item = MenuItem::run("Mark unread from here", mark_unread);
    items.push(item.icon(|| Unread().into_any()));
    if open_thread.chat.room(open_thread.thread).is_some() {
        let floats = use_floats();
        let show = move || open_at_message(floats, seq, Floating::Readers(open_thread, seq));
        items.push(MenuItem::run("Read by…", show).icon(|| Eye().into_any()));
    }
    items
}

fn delete_item(open_thread: OpenThread, seq: Seq) -> MenuItem {
    let item = MenuItem::ask(delete_question(open_thread, seq)).icon(|| Bin().into_any());
    item.keys(key_of(Action::Delete)).danger()
}

/// What can be done with a message, by finger: reactions, then words.
#[component]
pub fn PressedSheet(open_thread: OpenThread, seq: Seq) -> impl IntoView {
    let floats = use_floats();
    let reactions = move || {
        let often = often(REACTIONS).into_iter();
        let often = often.map(|emoji| reaction(open_thread, seq, emoji, move || floats.close()));
        let more = move |_| floats.replace(Floating::Emoji(open_thread, seq));
        view! {
            <div class="sheet-reactions" role="group" aria-label="Reactions">
                {often.collect_view()}
                <button
                    type="button"
                    aria-label="Add a reaction"
                    title="Add a reaction"
                    on:click=more
                >
                    <Smile />
                </button>
            </div>
        }
    };
    ignore_lift(open_thread);
    let may_respond = open_thread.may_respond.get_untracked();
    let menu = message_menu(open_thread, seq);
    view! {
        <Sheet name="Message">
            {may_respond.then(reactions)}
            <MenuList menu />
        </Sheet>
    }
}
