//! A member of a room: name, role and presence; for admins, also the actions.

use leptos::prelude::*;

use crate::client::api::calls;
use crate::client::reactive::memo;
use crate::client::state::{ClientState, use_client};
use crate::model::names::isolated;
use crate::model::{Person, Role, ThreadId, UserId};
use crate::ui::common::filtered_list::position_of;
use crate::ui::common::floating::menu::MenuButton;
use crate::ui::common::icons::{Block, Close, Shield};
use crate::ui::common::person_line::PersonLine;
use crate::ui::context::confirmation::{ConfirmKind, Confirmation};
use crate::ui::context::menu::{Menu, MenuItem};
use crate::ui::context::toasts::Undoable;
use crate::ui::message::message_more::{block_item, report_item, report_question};

#[component]
pub fn MemberRow(id: ThreadId, user: UserId, found: Memo<Vec<UserId>>) -> impl IntoView {
    let chat = use_client();
    let person = memo(move |_| chat.person(user));
    let online = memo(move |_| chat.is_online(user));
    let is_admin = memo(move |_| chat.member_role(user) == Some(Role::Admin));
    let is_needed = memo(move |_| is_admin.get() && chat.admins() <= 1);
    let me = chat.me().id;
    let position = position_of(found, user);
    let names = move || {
        person.get().map(|person| {
            view! {
                <PersonLine person=person.clone() online>
                    "@" {person.username} {(user == me).then_some(" (you)")}
                    <span class="sr-only">
                        {move || if online.get() { ", online" } else { ", offline" }}
                    </span>
                </PersonLine>
            }
        })
    };
    let badge = move || {
        is_admin
            .get()
            .then(|| view! { <span class="role">"Admin"</span> })
    };
    let more = move || {
        let person = person.get()?;
        let menu = menu(chat, id, &person, is_admin.get(), is_needed.get());
        (!menu.is_empty()).then(|| {
            let name = isolated(&person.shown());
            let label = match chat.may_manage(id) {
                true => format!("Manage {name}"),
                false => format!("More about {name}"),
            };
            view! { <MenuButton label menu /> }
        })
    };
    view! {
        <li
            class="person member"
            aria-posinset=move || position.get().0.map(|at| (at + 1).to_string())
            aria-setsize=move || position.get().1.to_string()
        >
            <div class="row person-row">{names} {badge} {more}</div>
        </li>
    }
}

/// The user's actions on this member. `is_needed`: the member is the room's only admin.
fn menu(chat: ClientState, id: ThreadId, person: &Person, is_admin: bool, is_needed: bool) -> Menu {
    let is_me = person.id == chat.me().id;
    let menu = Menu::new(person.shown());
    let about = match is_me {
        true => Vec::new(),
        false => vec![
            block_item(chat, person),
            report_item(report_question(person, Some(id))),
        ],
    };
    let menu = menu.group(about);
    if !chat.may_manage(id) {
        return menu;
    }
    // The server refuses to take the role from the only admin.
    let role = (!is_needed).then(|| role_item(chat, id, person, is_admin));
    let menu = menu.group(role);
    // Admins can't remove each other: the role must be taken first.
    if is_me || (is_admin && !chat.is_site_admin) {
        return menu;
    }
    let title = chat.title(id).unwrap_or_default();
    let (room, name) = (isolated(&title), isolated(&person.shown()));
    let remove = Confirmation::plain(
        format!("Remove {name}?"),
        format!("{name} will be removed from {room}. They can join again."),
        "Remove",
        calls::remove_member(id, person.id),
    );
    let ban = ban_question(id, &title, person);
    menu.group([
        MenuItem::ask(remove).danger().icon(|| Close().into_any()),
        MenuItem::ask(ban).danger().icon(|| Block().into_any()),
    ])
}

/// Makes a member an admin, or takes the role back: done at once, with *Undo*. Users can't give their own role back,
/// so they are asked.
fn role_item(chat: ClientState, id: ThreadId, person: &Person, is_admin: bool) -> MenuItem {
    let name = isolated(&person.shown());
    let icon = || Shield().into_any();
    let call = |role| calls::set_role(id, person.id, role);
    let (done, label, act, opposite) = match is_admin {
        true => (
            format!("{name} is no longer an admin"),
            "Remove as admin",
            call(Role::Member),
            call(Role::Admin),
        ),
        false => (
            format!("{name} is now an admin"),
            "Make admin",
            call(Role::Admin),
            call(Role::Member),
        ),
    };
    if person.id == chat.me().id {
        let room = isolated(&chat.title(id).unwrap_or_default());
        let text = format!("You will no longer be able to manage {room}.");
        let title = "Remove yourself as admin?".to_owned();
        return MenuItem::ask(Confirmation::plain(title, text, label, act)).icon(icon);
    }
    MenuItem::undoable(label, Undoable::new(done, act, opposite)).icon(icon)
}

/// The dialog to ban a user, which asks for the duration and the note.
#[must_use]
pub fn ban_question(id: ThreadId, room: &str, person: &Person) -> Confirmation {
    let name = isolated(&person.shown());
    let room = isolated(room);
    let text = format!(
        "{name} will be removed from {room} and can't come back until the ban ends or an admin unbans them."
    );
    Confirmation {
        kind: ConfirmKind::Ban,
        ..Confirmation::plain(
            format!("Ban {name}?"),
            text,
            "Ban",
            calls::ban(id, person.id),
        )
    }
}
