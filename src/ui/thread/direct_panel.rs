//! The details of a direct thread, beside its messages: the other user, and what can be done about them.

use leptos::prelude::*;

use super::chat_menu::FavouriteButton;
use super::notify_menu::NotifyButtons;
use super::panel::Panel;
use crate::client::reactive::{handler, memo};
use crate::client::state::use_client;
use crate::model::ThreadId;
use crate::ui::common::avatar::Avatar;
use crate::ui::common::icons::Pin;
use crate::ui::common::lazy_section::LazySection;
use crate::ui::context::confirmation::use_dialog;
use crate::ui::context::open_thread::{MessageDialogKind, use_open_thread};
use crate::ui::context::toasts::use_toasts;
use crate::ui::message::files_list::FilesList;
use crate::ui::message::message_more::{block, report_question};

#[component]
pub fn DirectPanel(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let other = memo(move |_| chat.other(id));
    let person = move || {
        let person = other.get()?;
        let online = memo(move |_| chat.is_online(person.id));
        Some(view! {
            <div class="person-card">
                <Avatar person=person.clone() />
                <p class="you-name" dir="auto">
                    {person.display_name}
                </p>
                <p class="row-more">
                    <bdi dir="ltr">"@" {person.username}</bdi>
                    {move || online.get().then_some(" · online")}
                </p>
            </div>
        })
    };
    view! {
        <Panel thread=id name="Details">
            {person}
            <Actions id />
            <LazySection name="Files">
                <FilesList thread=id />
            </LazySection>
        </Panel>
    }
}

#[component]
fn Actions(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let open_thread = use_open_thread();
    let (dialog, toasts) = (use_dialog(), use_toasts());
    let pins = move || {
        let count = open_thread.pins.with(Vec::len);
        (count > 0).then(|| {
            view! {
                <button
                    type="button"
                    class="button small"
                    on:click=handler(move |_| open_thread.dialog.set(Some(MessageDialogKind::Pins)))
                >
                    <Pin />
                    "Pinned messages"
                </button>
            }
        })
    };
    let other = move || untrack(|| chat.other(id));
    let block = move |_| {
        if let Some(person) = other() {
            let is_blocked = untrack(|| chat.is_blocked(person.id));
            toasts.act(block(&person, !is_blocked));
        }
    };
    let report = move |_| {
        if let Some(person) = other() {
            dialog.ask(report_question(&person, None));
        }
    };
    let is_blocked = move || {
        chat.other(id)
            .is_some_and(|other| chat.is_blocked(other.id))
    };
    view! {
        <div class="panel-part buttons live-only">
            {pins}
            <NotifyButtons />
            <FavouriteButton />
            <button type="button" class="button small" on:click=block>
                {move || if is_blocked() { "Unblock" } else { "Block" }}
            </button>
            <button type="button" class="button small danger-quiet" on:click=report>
                "Report…"
            </button>
        </div>
    }
}
