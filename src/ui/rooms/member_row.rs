//! A member of a room: name, role and presence; for admins, also the actions.

use leptos::prelude::*;

use crate::client::api::calls;
use crate::client::state::{ClientState, use_client};
use crate::model::names::isolated;
use crate::model::{Person, Role, ThreadId, UserId};
use crate::ui::common::filtered_list::position_of;
use crate::ui::common::manage_button::ManageButton;
use crate::ui::common::person_line::PersonLine;
use crate::ui::context::confirmation::{ConfirmKind, Confirmation};
use crate::ui::message::message_more::{block_question, report_question};

#[component]
pub fn MemberRow(id: ThreadId, user: UserId, found: Memo<Vec<UserId>>) -> impl IntoView {
    let chat = use_client();
    let person = Memo::new(move |_| chat.person(user));
    let online = Memo::new(move |_| chat.is_online(user));
    let is_admin = Memo::new(move |_| chat.member_role(user) == Some(Role::Admin));
    let is_needed = Memo::new(move |_| is_admin.get() && chat.admins() <= 1);
    let me = chat.me().id;
    let position = position_of(found, user);
    let names = move || {
        person.get().map(|person| {
            view! {
                <PersonLine person=person.clone() online>
                    "@" {person.username} {(user == me).then_some(" · you")}
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
        let questions = questions(chat, id, &person, is_admin.get(), is_needed.get());
        (!questions.is_empty()).then(|| {
            let name = isolated(&person.shown());
            let label = match chat.may_manage(id) {
                true => ["Manage ", &name].concat(),
                false => ["More about ", &name].concat(),
            };
            view! { <ManageButton label title=person.shown() questions /> }
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
fn questions(
    chat: ClientState,
    id: ThreadId,
    person: &Person,
    is_admin: bool,
    is_needed: bool,
) -> Vec<Confirmation> {
    let mut questions = Vec::new();
    if person.id != chat.me().id {
        questions.push(block_question(chat, person));
        questions.push(report_question(person, Some(id)));
    }
    if !chat.may_manage(id) {
        return questions;
    }
    let title = chat.title(id).unwrap_or_default();
    let room = isolated(&title);
    let name = isolated(&person.shown());
    if is_needed {
        // The server refuses to take the role from the only admin.
    } else if is_admin {
        questions.push(Confirmation::plain(
            format!("Take admin from {name}?"),
            format!("{name} stays in {room}, and can't keep order there any more."),
            "Take admin",
            calls::set_role(id, person.id, Role::Member),
        ));
    } else {
        questions.push(Confirmation::plain(
                format!("Make {name} an admin?"),
                format!("{name} can then keep order in {room}, as you can: change it, remove and ban members, delete messages, and delete the room."),
                "Make admin",
                calls::set_role(id, person.id, Role::Admin),
            ));
    }
    // Admins can't remove each other: the role must be taken first.
    if person.id != chat.me().id && (!is_admin || chat.is_site_admin) {
        questions.push(Confirmation::plain(
            format!("Remove {name}?"),
            format!("{name} is taken out of {room} at once, and can come back by joining again."),
            "Remove",
            calls::remove_member(id, person.id),
        ));
        questions.push(ban_question(id, &title, person));
    }
    questions
}

/// The dialog to ban a user, which asks for the duration and the note.
#[must_use]
pub fn ban_question(id: ThreadId, room: &str, person: &Person) -> Confirmation {
    let name = isolated(&person.shown());
    let room = isolated(room);
    let text = format!(
        "{name} is taken out of {room} at once, and can't come back until the ban ends or is lifted."
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
