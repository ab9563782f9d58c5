//! The panel of a room beside its messages: topic, members, and the admins' actions.

use leptos::prelude::*;

use super::bans::Bans;
use super::members::MemberList;
use super::room_settings::RoomSettings;
use crate::client::api::calls;
use crate::client::reactive::memo;
use crate::client::router::Router;
use crate::client::state::use_client;
use crate::model::names::isolated;
use crate::model::{Inviting, Role, Room, ThreadId};
use crate::routes::thread_path;
use crate::ui::common::icons::Leave;
use crate::ui::common::lazy_section::LazySection;
use crate::ui::common::room_icon::members_text;
use crate::ui::context::confirmation::{ConfirmKind, Confirmation, use_dialog};
use crate::ui::context::toasts::{Undoable, use_toasts};
use crate::ui::message::files_list::FilesList;
use crate::ui::moderation::audit_log::AuditLog;
use crate::ui::moderation::invite_links::InviteLinks;
use crate::ui::moderation::reports::ReportsSection;
use crate::ui::thread::chat_menu::FavouriteButton;
use crate::ui::thread::notify_menu::NotifyButtons;
use crate::ui::thread::panel::Panel;

#[component]
pub fn RoomPanel(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let room = memo(move |_| chat.room(id));
    let may_manage = memo(move |_| chat.may_manage(id));
    let may_invite = memo(move |_| {
        let by_all = |room: Room| room.inviting == Inviting::Members;
        may_manage.get() || room.get().is_some_and(by_all)
    });
    let topic = move || {
        let topic = room.get().map(|room| room.topic).unwrap_or_default();
        if topic.is_empty() {
            view! { <p class="panel-topic none">"No topic"</p> }.into_any()
        } else {
            view! {
                <p class="panel-topic" dir="auto">
                    {topic}
                </p>
            }
            .into_any()
        }
    };
    let kind = move || match room.get() {
        Some(room) if room.is_group => "Group, only for its members and people with an invite link",
        Some(room) if room.is_private => {
            "Private room, only for people with the key or an invite link"
        }
        _ => "Public room, anyone can join",
    };
    let about = move || match room.get().is_some_and(|room| room.is_group) {
        true => "About this group",
        false => "About this room",
    };
    let count = move || members_text(room.get().map_or(0, |room| room.members));
    view! {
        <Panel thread=id name=Signal::derive(about)>
            {topic}
            <p class="section-hint">{kind}</p>
            <Actions id />
            <LazySection name="Files">
                <FilesList thread=id />
            </LazySection>
            <section class="panel-part members" aria-label="Members">
                <h3>{count}</h3>
                <MemberList id />
            </section>
            <Show when=move || may_manage.get()>
                <RoomSettings id />
            </Show>
            <Show when=move || may_invite.get()>
                <LazySection name="Invite links">
                    <InviteLinks target=Some(id) />
                </LazySection>
            </Show>
            <Show when=move || may_manage.get()>
                <ReportsSection target=Some(id) />
                <LazySection name="Bans">
                    <Bans id />
                </LazySection>
                <LazySection name="Audit log">
                    <AuditLog target=Some(id) />
                </LazySection>
                <DeleteRoom id />
            </Show>
        </Panel>
    }
}

/// The actions of every member.
#[component]
fn Actions(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    // The server refuses to let the only admin go. While the members are being loaded, nobody knows.
    let is_needed = memo(move |_| {
        let is_admin = chat.member_role(chat.me().id) == Some(Role::Admin);
        is_admin && chat.admins() <= 1
    });
    let leave = move || match is_needed.get() {
        true => view! {
            <span class="section-hint">
                "You're the only admin. To leave, make someone else an admin first."
            </span>
        }
        .into_any(),
        false => view! { <LeaveButton id /> }.into_any(),
    };
    view! {
        <p class="buttons live-only">
            <NotifyButtons />
            <FavouriteButton />
            {leave}
        </p>
    }
}

/// Leaves the room: a public one at once, with *Undo*; a private one is asked about, since there may be no way back.
#[component]
fn LeaveButton(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let (dialog, toasts) = (use_dialog(), use_toasts());
    let router = expect_context::<Router>();
    let leave = move |_| {
        let Some(room) = untrack(|| chat.room(id)) else {
            return;
        };
        let name = isolated(&room.name);
        if !room.is_private {
            let done = format!("You left {name}");
            let act = Undoable::new(done, calls::leave_room(id), calls::join_room(id));
            let path = thread_path(id);
            toasts.act(act.then(move |has_left| router.go(if has_left { "/" } else { &path })));
            return;
        }
        dialog.ask(Confirmation {
            then: Some("/"),
            ..Confirmation::plain(
                format!("Leave {name}?"),
                format!(
                    "You won't get messages from {name} any more. To come back, you'll need the key or an invite link."
                ),
                "Leave",
                calls::leave_room(id),
            )
        });
    };
    view! {
        <button type="button" class="button small" on:click=leave>
            <Leave />
            "Leave"
        </button>
    }
}

/// The button that deletes the room.
#[component]
fn DeleteRoom(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let dialog = use_dialog();
    let ask = move |_| {
        let name = untrack(|| chat.title(id)).unwrap_or_default();
        let shown = isolated(&name);
        dialog.ask(Confirmation {
            kind: ConfirmKind::Typed(name),
            then: Some("/"),
            ..Confirmation::plain(
                format!("Delete {shown}?"),
                format!("This permanently deletes all its messages, bans and links for everyone. To confirm, type its name: {shown}"),
                "Delete room",
                calls::delete_room(id),
            )
        });
    };
    view! {
        <p class="panel-part live-only">
            <button type="button" class="button small danger-quiet" on:click=ask>
                "Delete room…"
            </button>
        </p>
    }
}
