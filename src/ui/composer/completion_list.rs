//! The suggestions for a word being typed: people, those of the thread first; the room, for users who may mention
//! it; emoji.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::completion::{Completion, CompletionKind, MAX_SUGGESTIONS, PartialWord, Suggestion};
use super::emoji_picker::{Find, finder};
use crate::client::api;
use crate::client::reactive::effect;
use crate::client::state::{ClientState, use_client};
use crate::model::names::folded;
use crate::model::{Person, UserId, mention};

/// Follows the word being typed, and sets the suggestions. Renders nothing.
#[component]
pub fn CompletionList(completion: Completion) -> impl IntoView {
    let chat = use_client();
    let members = RwSignal::new(Vec::<Person>::new());
    let find = RwSignal::new(None::<Find>);
    let thread = completion.thread;
    if untrack(|| chat.room(thread)).is_some() {
        spawn_local(async move {
            // The first page is enough for a large room: its other members are suggested like everybody else.
            if let Ok(page) = api::members(thread, None).await {
                let people = page.members.into_iter().map(|member| member.person);
                let _ = members.try_set(people.collect());
            }
        });
    }
    effect(move |_| {
        let Some(begun) = completion.begun.get() else {
            return completion.suggest(Vec::new());
        };
        match (begun.kind, find.get()) {
            (CompletionKind::Person, _) => {
                let members = members.get();
                // Only the word and the members change the suggestions, so that they don't move under the user's
                // hand.
                let suggestions = untrack(|| people(chat, completion, &members, &begun));
                completion.suggest(suggestions);
            }
            (CompletionKind::Emoji, Some(find)) => emoji(completion, find, &begun),
            (CompletionKind::Emoji, None) => {
                completion.suggest(Vec::new());
                spawn_local(async move {
                    if let Some(found) = finder().await {
                        let _ = find.try_set(Some(found));
                    }
                });
            }
        }
    });
}

/// The people that match the word: members of the thread before others, and within each group names that start with the
/// word before other matches. The room comes before or after them.
fn people(
    chat: ClientState,
    completion: Completion,
    members: &[Person],
    begun: &PartialWord,
) -> Vec<Suggestion> {
    let (thread, me) = (completion.thread, chat.me().id);
    let word = folded(&begun.word);
    let near: Vec<UserId> = match chat.other(thread) {
        Some(other) => vec![other.id],
        None => members.iter().map(|person| person.id).collect(),
    };
    let mut found: Vec<(u8, Person)> = Vec::new();
    let mut add = |person: &Person| {
        if person.id != me
            && person.matches(&word)
            && found.iter().all(|(_, it)| it.id != person.id)
        {
            let begins = [&person.username, &person.display_name]
                .into_iter()
                .any(|name| folded(name).starts_with(&word));
            let is_far = !near.contains(&person.id);
            found.push((u8::from(is_far) * 2 + u8::from(!begins), person.clone()));
        }
    };
    members.iter().for_each(&mut add);
    let _: Vec<()> = chat.people_with(|person| {
        add(person);
        None
    });
    found.sort_by(|(a, one), (b, other)| (a, &one.username).cmp(&(b, &other.username)));
    let room =
        chat.room(thread).is_some() && chat.may_manage(thread) && mention::ROOM.starts_with(&*word);
    let room = room.then(|| Suggestion {
        insert: ["@", mention::ROOM].concat(),
        sign: "#".to_owned(),
        name: "Everyone in the room".to_owned(),
        more: ["@", mention::ROOM].concat(),
    });
    let people = found.into_iter().map(|(_, person)| Suggestion {
        insert: ["@", &person.username].concat(),
        sign: person.initials(),
        more: ["@", &person.username].concat(),
        name: person.display_name,
    });
    // Without a word the room comes last: a person is likelier to be meant than everyone.
    let (first, last) = match word.is_empty() {
        true => (None, room),
        false => (room, None),
    };
    let people = people.take(MAX_SUGGESTIONS - 1);
    first.into_iter().chain(people).chain(last).collect()
}

/// The emoji whose short codes match. A complete code with its closing colon is inserted at once.
fn emoji(completion: Completion, find: Find, begun: &PartialWord) {
    let code = begun.word.strip_suffix(super::completion::COLONS);
    let found = find(code.unwrap_or(&begun.word));
    let suggestions = found.into_iter().map(|(emoji, code)| Suggestion {
        insert: emoji.to_owned(),
        sign: emoji.to_owned(),
        name: format!(":{code}:"),
        more: String::new(),
    });
    match code {
        None => completion.suggest(suggestions.take(MAX_SUGGESTIONS).collect()),
        Some(code) => {
            let name = format!(":{code}:");
            let exact: Vec<_> = suggestions.filter(|offer| offer.name == name).collect();
            let is_found = !exact.is_empty();
            completion.suggest(exact);
            if is_found {
                completion.choose(0);
            }
        }
    }
}
