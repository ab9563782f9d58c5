//! The filterable list of all registered people: first who is online, then all others from A to Z.

use std::sync::Arc;

use leptos::prelude::*;

use super::person_row::PersonRow;
use crate::client::dom;
use crate::client::reactive::memo;
use crate::client::state::{ClientState, use_client};
use crate::model::UserId;
use crate::model::names::{folded, upper_case};
use crate::routes::Route;
use crate::ui::common::erased::When;
use crate::ui::common::filtered_list::{Draw, FilteredList, Letters};
use crate::ui::context::open_place::Open;

#[component]
pub fn PeopleList() -> impl IntoView {
    let chat = use_client();
    let open = expect_context::<RwSignal<Open>>();
    let filter = RwSignal::new(String::new());
    let listed = memo(move |_| filter.with(|filter| listed(chat, filter)));
    let found = memo(move |_| listed.with(|(people, _)| people.clone()));
    let letters = memo(move |_| listed.with(|(_, letters)| letters.clone()));
    let alone =
        memo(move |_| found.with(|found| found.len() == 1) && filter.with(String::is_empty));
    let notice = RwSignal::new(None::<String>);
    // Whoever looked for someone has found them once a chat opens.
    Effect::new(move |before: Option<Route>| {
        let route = open.get().route;
        if before.is_some_and(|before| before != route) {
            if route.thread().is_some() {
                filter.set(String::new());
            }
            if route == Route::People && !dom::is_touch() {
                dom::after_render(|| {
                    if let Some(body) = document().body() {
                        dom::focus_first(&body, ".people input");
                    }
                });
            }
        }
        route
    });
    let draw: Draw = Arc::new(move |id| view! { <PersonRow id found notice /> }.into_any());
    view! {
        <section class="people" aria-label="People">
            <FilteredList
                label="Filter people"
                placeholder="Find someone"
                filter
                found
                letters
                draw
                nobody="No one is here yet"
                notice
            />
            <When so=alone>
                <p class="hint">"No one else is here yet. Invite people with the plus sign above."</p>
            </When>
        </section>
    }
}

/// The people that match the filter, and the letters over them.
fn listed(chat: ClientState, filter: &str) -> (Vec<UserId>, Letters) {
    let online = chat.online();
    let found = chat.people_with(|person| {
        let letter = || initial(&person.display_name);
        person
            .matches(filter)
            .then(|| match online.binary_search(&person.id).is_ok() {
                true => (person.id, None),
                false => (person.id, Some(letter())),
            })
    });
    let (first, rest): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(_, letter)| letter.is_none());
    let mut people = Vec::with_capacity(first.len() + rest.len());
    let mut letters: Letters = Vec::new();
    for (id, letter) in first.into_iter().chain(rest) {
        let letter = letter.unwrap_or_else(|| "Online".to_owned());
        if letters.last().is_none_or(|(_, last)| *last != letter) {
            letters.push((people.len(), letter));
        }
        people.push(id);
    }
    (people, letters)
}

/// The letter under which a name is listed.
fn initial(name: &str) -> String {
    let first: String = name.chars().take(1).collect();
    let first = upper_case(&folded(&first));
    let letter = first.chars().next().filter(|first| first.is_alphabetic());
    letter.map_or_else(|| "#".to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use super::initial;

    #[test]
    fn a_name_is_listed_under_its_first_letter_without_accents() {
        for (name, letter) in [("ana", "A"), ("Éva", "E"), ("ølaf", "O"), ("Жанна", "Ж")] {
            assert_eq!(initial(name), letter, "{name}");
        }
        for name in ["7up", "🌱 Ana", ""] {
            assert_eq!(initial(name), "#", "{name}");
        }
    }
}
