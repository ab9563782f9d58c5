//! The actions on a message: a row of buttons, shown for the message that has the pointer or the focus.

use leptos::prelude::*;

use crate::client::api::calls;
use crate::model::Seq;
use crate::model::names::isolated;
use crate::ui::common::copied::Copied;
use crate::ui::common::erased::erase;
use crate::ui::common::icons::{Bin, Bookmark, Check, Link, More, Pen, Pin, Reply, Smile};
use crate::ui::context::confirmation::{Confirmation, use_dialog};
use crate::ui::context::message_signals::MessagePart;
use crate::ui::context::open_thread::{MessageDialogKind, use_open_thread};

/// The buttons. `seq`: 0 while the message is not in the log.
#[component]
pub fn MessageActions(seq: Memo<Seq>, mine: bool, pinned: Memo<MessagePart>) -> impl IntoView {
    let open_thread = use_open_thread();
    let shown = Memo::new(move |_| {
        let seq = Some(seq.get()).filter(|&seq| seq > 0);
        let at_hand = [open_thread.pointed.get(), open_thread.focused.get()];
        seq.is_some() && at_hand.contains(&seq)
    });
    erase(move || {
        shown
            .get()
            .then(|| view! { <Buttons seq=seq.get_untracked() mine pinned /> }.into_any())
    })
}

#[component]
fn Buttons(seq: Seq, mine: bool, pinned: Memo<MessagePart>) -> impl IntoView {
    let open_thread = use_open_thread();
    let dialog = use_dialog();
    let copied = Copied::not_yet();
    let copy = move || copied.notify(open_thread.copy_link(seq));
    let delete = move || {
        let place = untrack(|| open_thread.chat.title(open_thread.thread)).unwrap_or_default();
        let place = isolated(&place);
        dialog.ask(
            Confirmation::plain(
                "Delete this message?".to_owned(),
                format!("Its text is gone from {place} for everyone, for good. That it was there stays to be seen."),
                "Delete",
                calls::delete_message(open_thread.thread, seq),
            ),
        );
    };
    let link = erase(move || match copied.get() {
        true => view! { <Check /> }.into_any(),
        false => view! { <Link /> }.into_any(),
    });
    let react = move || open_thread.dialog.set(Some(MessageDialogKind::Emoji(seq)));
    view! {
        <div class="message-actions" role="group" aria-label="Message actions">
            {move || {
                let may = open_thread.may_respond.get();
                may.then(|| action("Add a reaction", view! { <Smile /> }.into_any(), react))
            }}
            {move || {
                let reply = move || open_thread.reply(seq);
                let edit = move || open_thread.edit(seq);
                open_thread.may_post.get().then(|| {
                    let edit = mine.then(|| action("Edit message", view! { <Pen /> }.into_any(), edit));
                    view! {
                        {action("Reply", view! { <Reply /> }.into_any(), reply)}
                        {edit}
                    }
                })
            }}
            {move || {
                let saved = open_thread.saved.with(|saved| saved.contains(&seq));
                let name = if saved { "Remove from saved" } else { "Save for later" };
                action(name, view! { <Bookmark /> }.into_any(), move || open_thread.save(seq, !saved))
            }}
            {move || {
                let pinned = pinned.with(|pinned| pinned.of.pinned_by.is_some());
                let name = if pinned { "Unpin" } else { "Pin" };
                let pin = move || open_thread.pin(seq, !pinned);
                open_thread.may_pin.get().then(|| action(name, view! { <Pin /> }.into_any(), pin))
            }}
            {action("Copy link", link.into_any(), copy)}
            {move || {
                (mine || open_thread.may_manage.get())
                    .then(|| action("Delete message", view! { <Bin /> }.into_any(), delete))
            }}
            {(!mine)
                .then(|| {
                    let more = move || open_thread.dialog.set(Some(MessageDialogKind::More(seq)));
                    action("More", view! { <More /> }.into_any(), more)
                })}
            <span class="sr-only" role="status">
                {move || copied.get().then_some("Link copied")}
            </span>
        </div>
    }
}

fn action(name: &'static str, icon: AnyView, act: impl Fn() + Send + 'static) -> AnyView {
    view! {
        <button type="button" aria-label=name title=name on:click=move |_| act()>
            {icon}
        </button>
    }
    .into_any()
}
