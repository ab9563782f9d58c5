//! The jump to another day of the open thread.

use leptos::html::Input as InputElement;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api;
use crate::client::clock::{self, TimeFormat};
use crate::client::reactive::{effect, handler};
use crate::client::router::Router;
use crate::model::{Seq, search};
use crate::routes::message_path;
use crate::ui::context::open_thread::use_open_thread;

/// Names for days, with their distance from today.
const NEAR: [(&str, i64); 4] = [
    ("Today", 0),
    ("Yesterday", 1),
    ("Last week", 7),
    ("Last month", 30),
];

/// The choice of a day. `day`: the number of the day that was clicked.
#[component]
pub fn JumpToDate(day: i64) -> impl IntoView {
    let open_thread = use_open_thread();
    let clock = expect_context::<TimeFormat>();
    let router = expect_context::<Router>();
    let field = NodeRef::<InputElement>::new();
    let refused = RwSignal::new(None::<String>);
    let show = move |seq: Seq| {
        open_thread.dialog.set(None);
        router.go(&message_path(open_thread.thread, seq.max(1)));
    };
    let go = move |day: i64| {
        spawn_local(async move {
            match api::seq_at(open_thread.thread, clock::begins(day)).await {
                Ok(seq) => show(seq),
                Err(refusal) => drop(refused.try_set(Some(refusal.to_string()))),
            }
        });
    };
    effect(move |_| {
        if let Some(field) = field.get() {
            field.set_value(&clock::date(day));
            field.set_max(&clock::date(untrack(|| clock.today())));
            let _ = field.focus();
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let chosen = field.get_untracked().map(|field| field.value());
        match chosen.as_deref().and_then(search::day) {
            Some(day) => go(day),
            None => refused.set(Some("Choose a date.".to_owned())),
        }
    };
    let near = NEAR.map(|(name, days)| {
        view! {
            <button type="button" class="button small quiet" on:click=handler(move |_| go(untrack(|| clock.today()) - days))>
                {name}
            </button>
        }
    });
    view! {
        <form class="jump" on:submit=submit>
            <div class="jump-near">
                {near}
                <button type="button" class="button small quiet" on:click=handler(move |_| show(1))>
                    "Start of the chat"
                </button>
            </div>
            <label for="jump-day">"Another date"</label>
            <div class="jump-day">
                <input id="jump-day" class="input" type="date" required node_ref=field />
                <button type="submit" class="button">
                    "Go"
                </button>
            </div>
            <p class="error" role="alert">
                {move || refused.get()}
            </p>
        </form>
    }
}
