//! The accounts of the site, with what its admins can do with each.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::context::confirmation::Question;
use super::filtered_list::{Draw, FilteredList, position_of};
use super::manage_button::ManageButton;
use super::person_line::PersonLine;
use crate::client::api::{self, calls};
use crate::client::state::use_chat;
use crate::model::names::{self, isolated};
use crate::model::page::next_after;
use crate::model::{Account, Person, Refusal, UserId};

type All = RwSignal<HashMap<UserId, Account>>;

/// The accounts.
#[component]
pub fn Accounts() -> impl IntoView {
    let all: All = RwSignal::new(HashMap::new());
    let changed = RwSignal::new(0u32);
    let failed = RwSignal::new(None::<Refusal>);
    Effect::new(move |_| {
        changed.track();
        spawn_local(async move {
            let mut after = None::<String>;
            loop {
                let page = match api::accounts(after.as_deref()).await {
                    Ok(page) => page,
                    Err(refusal) => return drop(failed.try_set(Some(refusal))),
                };
                let last = page.accounts.last();
                let last = last.map(|account| account.person.username.clone());
                after = next_after(page.more, last, after.as_deref());
                let taken = all.try_update(|all| {
                    let page = page.accounts.into_iter();
                    all.extend(page.map(|account| (account.person.id, account)));
                });
                if taken.is_none() || after.is_none() {
                    return;
                }
            }
        });
    });
    let filter = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let filter = filter.get();
        all.with(|all| {
            let people = all.values().map(|account| &account.person);
            let found: Vec<&Person> = people.filter(|it| it.matches(&filter)).collect();
            let found = names::sorted(found, |it| it.names());
            found.into_iter().map(|it| it.id).collect::<Vec<_>>()
        })
    });
    let notice = Signal::derive(move || failed.get().map(|refusal| refusal.to_string()));
    let draw: Draw =
        Arc::new(move |user| view! { <AccountRow user all found changed /> }.into_any());
    view! {
        <FilteredList
            label="Filter accounts"
            placeholder="Find an account"
            filter
            found
            draw
            nobody="Loading…"
            notice
        />
    }
}

/// One account.
#[component]
fn AccountRow(
    user: UserId,
    all: All,
    found: Memo<Vec<UserId>>,
    changed: RwSignal<u32>,
) -> impl IntoView {
    let chat = use_chat();
    let me = chat.me().id;
    let account = Memo::new(move |_| all.with(|all| all.get(&user).cloned()));
    let online = Memo::new(move |_| chat.is_online(user));
    let position = position_of(found, user);
    let row = move || {
        let account = account.get()?;
        let person = account.person.clone();
        let name = person.shown();
        let label = ["Manage ", &isolated(&name)].concat();
        let marks = [
            (account.is_admin, "Site admin"),
            (account.is_suspended, "Suspended"),
        ];
        let marks = marks.into_iter().filter(|(is_so, _)| *is_so);
        let marks = marks.map(|(_, mark)| view! { <span class="role">{mark}</span> });
        let questions = questions(&account, changed);
        Some(view! {
            <PersonLine person=person.clone() online>
                "@" {person.username} {(user == me).then_some(" · you")}
            </PersonLine>
            {marks.collect_view()}
            <ManageButton label title=name questions />
        })
    };
    view! {
        <li
            class="person member"
            aria-posinset=move || position.get().0.map(|at| (at + 1).to_string())
            aria-setsize=move || position.get().1.to_string()
        >
            <div class="row person-row">{row}</div>
        </li>
    }
}

/// What a site admin can do with an account.
fn questions(account: &Account, changed: RwSignal<u32>) -> Vec<Question> {
    let id = account.person.id;
    let suspend_call = calls::suspend(id, !account.is_suspended);
    let admin_call = calls::set_site_admin(id, !account.is_admin);
    let name = isolated(&account.person.shown());
    let suspend = if account.is_suspended {
        Question::plain(
            format!("Restore {name}?"),
            format!("{name} can log in again, and is in the same rooms as before."),
            "Restore",
            suspend_call,
        )
    } else {
        Question::plain(
            format!("Suspend {name}?"),
            format!(
                "{name} is logged out everywhere at once, and can't log in until the account is restored. Messages stay."
            ),
            "Suspend",
            suspend_call,
        )
    };
    let admin = if account.is_admin {
        Question::plain(
            format!("Take site admin from {name}?"),
            format!("{name} can't keep order on this site any more."),
            "Take site admin",
            admin_call,
        )
    } else {
        Question::plain(
            format!("Make {name} a site admin?"),
            format!(
                "{name} can then do all that you can: keep order in every room, suspend accounts, and read the audit log."
            ),
            "Make site admin",
            admin_call,
        )
    };
    vec![suspend.telling(changed), admin.telling(changed)]
}
