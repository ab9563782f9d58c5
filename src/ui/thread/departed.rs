//! The page in place of a thread that the user has just left or been removed from: what happened, and where to go.

use leptos::html::Div;
use leptos::prelude::*;

use super::unsent_list::UnsentList;
use crate::client::clock::TimeFormat;
use crate::client::reactive::{effect, memo};
use crate::client::state::use_client;
use crate::model::names::isolated;
use crate::model::{Departure, ThreadId};
use crate::routes::ROOMS;
use crate::ui::common::icons::Leave;

/// Says what happened. It is announced, since the user may not have caused it.
#[component]
pub fn Departed(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let clock = expect_context::<TimeFormat>();
    let departure = memo(move |_| chat.departure(id));
    // The focused field has left the page, so the focus moves here.
    let node = NodeRef::<Div>::new();
    effect(move |_| {
        if let Some(words) = node.get() {
            let _ = words.focus();
        }
    });
    let words = move || {
        departure
            .get()
            .map(|(name, why)| words(&name, why, move |at| clock.full(at)))
    };
    let heading = move || words().map(|words| words.heading);
    let text = move || words().map(|words| words.text);
    let note = move || {
        let note = words().map(|words| words.note).unwrap_or_default();
        (!note.is_empty()).then(|| {
            view! {
                <p class="departed-note" dir="auto">
                    "Reason: " {note}
                </p>
            }
        })
    };
    view! {
        <div class="empty-state" role="alert" tabindex="-1" node_ref=node>
            <Leave />
            <h1 dir="auto">{heading}</h1>
            <p>{text}</p>
            {note}
            <UnsentList thread=Some(id) />
            <p class="buttons">
                <a class="button" href="/">
                    "Back to chats"
                </a>
                <a class="button" href=ROOMS>
                    "Find rooms"
                </a>
            </p>
        </div>
    }
}

struct Words {
    heading: String,
    text: String,
    note: String,
}

fn words(name: &str, why: Departure, full: impl Fn(i64) -> String) -> Words {
    let name = isolated(name);
    let (heading, text, note) = match why {
        Departure::Left => (
            format!("You left {name}"),
            "You won't get its messages any more.".to_owned(),
            String::new(),
        ),
        Departure::Removed => (
            format!("You're no longer in {name}"),
            "An admin removed you from the room. You can't see its messages any more.".to_owned(),
            String::new(),
        ),
        Departure::Banned { until, note } => {
            let text = match until {
                Some(until) => format!("You can come back on {}.", full(until)),
                None => "You can't come back unless an admin unbans you.".to_owned(),
            };
            (format!("You're banned from {name}"), text, note)
        }
        Departure::Deleted => (
            format!("{name} was deleted"),
            "An admin deleted the room and all its messages.".to_owned(),
            String::new(),
        ),
    };
    Words {
        heading,
        text,
        note,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(why: Departure) -> String {
        let words = words("Garden", why, |at| format!("<{at}>"));
        [words.heading, words.text, words.note].join(" | ")
    }

    #[test]
    fn a_ban_shows_its_end_and_its_note() {
        let why = |until| Departure::Banned {
            until,
            note: "Spam".into(),
        };
        let text = said(why(Some(5)));
        assert!(text.contains("Garden") && text.contains("<5>") && text.contains("Spam"));
        assert!(said(why(None)).contains("can't come back"));
    }

    #[test]
    fn every_departure_names_the_room() {
        for why in [Departure::Left, Departure::Removed, Departure::Deleted] {
            assert!(said(why).contains("Garden"));
        }
    }
}
