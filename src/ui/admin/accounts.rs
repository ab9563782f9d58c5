//! The accounts of the site, with the actions of its admins on each.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api::{self, calls, calls::Call};
use crate::client::reactive::{effect, memo};
use crate::client::state::use_client;
use crate::model::names::{self, isolated};
use crate::model::page::next_after;
use crate::model::{Account, Person, Refusal, UserId};
use crate::ui::common::filtered_list::{Draw, FilteredList, position_of};
use crate::ui::common::floating::menu::MenuButton;
use crate::ui::common::person_line::PersonLine;
use crate::ui::context::confirmation::Confirmation;
use crate::ui::context::menu::{Menu, MenuItem};
use crate::ui::context::toasts::Undoable;

type All = RwSignal<HashMap<UserId, Account>>;

#[component]
pub fn AccountsPane() -> impl IntoView {
    let all: All = RwSignal::new(HashMap::new());
    let changed = RwSignal::new(0u32);
    let failed = RwSignal::new(None::<Refusal>);
    effect(move |_| {
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
    let found = memo(move |_| {
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
            placeholder="Find people"
            filter
            found
            draw
            nobody="Loading…"
            notice
        />
    }
}

#[component]
fn AccountRow(
    user: UserId,
    all: All,
    found: Memo<Vec<UserId>>,
    changed: RwSignal<u32>,
) -> impl IntoView {
    let chat = use_client();
    let me = chat.me().id;
    let account = memo(move |_| all.with(|all| all.get(&user).cloned()));
    let online = memo(move |_| chat.is_online(user));
    let position = position_of(found, user);
    let is_needed = memo(move |_| all.with(|all| is_needed(all, user)));
    let row = move || {
        let account = account.get()?;
        let person = account.person.clone();
        let name = person.shown();
        let label = format!("Manage {}", isolated(&name));
        let marks = [
            (account.is_admin, "Site admin"),
            (account.is_suspended, "Suspended"),
        ];
        let marks = marks.into_iter().filter(|(is_so, _)| *is_so);
        let marks = marks.map(|(_, mark)| view! { <span class="role">{mark}</span> });
        let menu = menu(&account, me, is_needed.get(), changed);
        let is_manageable = !menu.is_empty();
        Some(view! {
            <PersonLine person=person.clone() online>
                "@" {person.username} {(user == me).then_some(" (you)")}
            </PersonLine>
            {marks.collect_view()}
            {is_manageable.then(|| view! { <MenuButton label menu /> })}
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

/// Whether this is the only site admin who isn't suspended, among the loaded accounts.
fn is_needed(all: &HashMap<UserId, Account>, user: UserId) -> bool {
    let is_in_charge = |account: &Account| account.is_admin && !account.is_suspended;
    let mut others = all.values().filter(|account| account.person.id != user);
    all.get(&user).is_some_and(is_in_charge) && !others.any(is_in_charge)
}

/// The actions of `me`, a site admin, on an account: none that would lock them out, and none that the server
/// refuses because this is the only site admin (`is_needed`).
fn menu(account: &Account, me: UserId, is_needed: bool, changed: RwSignal<u32>) -> Menu {
    let is_other = account.person.id != me;
    let suspend = (is_other && !is_needed).then(|| suspend_item(account, changed));
    let role = (!is_needed).then(|| role_item(account, is_other, changed));
    Menu::new(account.person.shown()).group(role).group(suspend)
}

fn suspend_item(account: &Account, changed: RwSignal<u32>) -> MenuItem {
    let call = |on| calls::suspend(account.person.id, on);
    let name = isolated(&account.person.shown());
    if account.is_suspended {
        let done = format!("{name} can log in again");
        return undoable("Restore", done, call(false), call(true), changed);
    }
    let question = Confirmation::plain(
        format!("Suspend {name}?"),
        format!(
            "{name} will be logged out everywhere and can't log in until you restore the account. Messages stay."
        ),
        "Suspend",
        call(true),
    );
    MenuItem::ask(question.notifying(changed)).danger()
}

/// Makes a user a site admin, or takes the role back: done at once, with *Undo*. Users can't give their own role
/// back, so they are asked.
fn role_item(account: &Account, is_other: bool, changed: RwSignal<u32>) -> MenuItem {
    let call = |on| calls::set_site_admin(account.person.id, on);
    let name = isolated(&account.person.shown());
    let remove = "Remove as site admin";
    match (account.is_admin, is_other) {
        (false, _) => {
            let done = format!("{name} is now a site admin");
            undoable("Make site admin", done, call(true), call(false), changed)
        }
        (true, true) => {
            let done = format!("{name} is no longer a site admin");
            undoable(remove, done, call(false), call(true), changed)
        }
        (true, false) => {
            let title = "Remove yourself as site admin?".to_owned();
            let text = "You will no longer be able to manage this site.".to_owned();
            let question = Confirmation::plain(title, text, remove, call(false));
            MenuItem::ask(question.notifying(changed))
        }
    }
}

/// An item that acts at once. Increments `changed` after it and after its *Undo*.
fn undoable(
    label: &'static str,
    done: String,
    call: Call,
    opposite: Call,
    changed: RwSignal<u32>,
) -> MenuItem {
    let act = Undoable::new(done, call, opposite);
    // The list may be gone by then.
    let act = act.then(move |_| {
        let _ = changed.try_update(|count| *count += 1);
    });
    MenuItem::undoable(label, act)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: i64, is_admin: bool, is_suspended: bool) -> (UserId, Account) {
        let person = Person {
            id: UserId(id),
            ..Person::default()
        };
        let account = Account {
            person,
            is_admin,
            is_suspended,
        };
        (UserId(id), account)
    }

    /// The actions that user 1 has on the account of this user.
    fn offered(accounts: &[(UserId, Account)], user: i64) -> Vec<String> {
        let all: HashMap<_, _> = accounts.iter().cloned().collect();
        let user = UserId(user);
        let (needed, changed) = (is_needed(&all, user), RwSignal::new(0));
        let menu = menu(&all[&user], UserId(1), needed, changed);
        let items = menu.groups.into_iter().flat_map(|group| group.items);
        items.map(|item| item.label).collect()
    }

    const NOTHING: [&str; 0] = [];

    #[test]
    fn admins_cannot_lock_themselves_out() {
        let owner = Owner::new();
        owner.set();
        let mut all = vec![account(1, true, false), account(2, false, false)];
        assert_eq!(offered(&all, 1), NOTHING, "the only site admin");
        assert_eq!(offered(&all, 2), ["Make site admin", "Suspend…"]);
        all.push(account(3, true, true));
        assert_eq!(offered(&all, 1), NOTHING, "the other one is suspended");
        assert_eq!(offered(&all, 3), ["Remove as site admin", "Restore"]);
        all.push(account(4, true, false));
        assert_eq!(offered(&all, 1), ["Remove as site admin…"]);
        assert_eq!(offered(&all, 4), ["Remove as site admin", "Suspend…"]);
    }
}
