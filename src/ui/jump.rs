//! Going to another day of the open thread.

use leptos::html::Input as InputElement;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::place::message_path;
use super::stream::use_stream;
use super::travel::Travel;
use crate::api::call;
use crate::model::{Millis, Seq};

/// Days back from today, under their names.
const NEAR: [(&str, i32); 4] = [
    ("Today", 0),
    ("Yesterday", 1),
    ("Last week", 7),
    ("Last month", 30),
];

/// The choice of a day. `at`: a moment of the day from which one comes.
#[component]
pub fn Jump(at: Millis) -> impl IntoView {
    let stream = use_stream();
    let travel = expect_context::<Travel>();
    let field = NodeRef::<InputElement>::new();
    let refused = RwSignal::new(None::<String>);
    let show = move |seq: Seq| {
        stream.sheet.set(None);
        travel.go(&message_path(stream.thread, seq.max(1)));
    };
    let go = move |at: Millis| {
        spawn_local(async move {
            match call::seq_at(stream.thread, at).await {
                Ok(seq) => show(seq),
                Err(refusal) => drop(refused.try_set(Some(refusal.to_string()))),
            }
        });
    };
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.set_value(&local::date(at));
            field.set_max(&local::date(super::time::now()));
            let _ = field.focus();
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let chosen = field.get_untracked().map(|field| field.value());
        match chosen.as_deref().and_then(local::midnight) {
            Some(at) => go(at),
            None => refused.set(Some("Choose a day.".to_owned())),
        }
    };
    let near = NEAR.map(|(name, days)| {
        view! {
            <button type="button" class="button small quiet" on:click=move |_| go(local::days_ago(days))>
                {name}
            </button>
        }
    });
    view! {
        <form class="jump" on:submit=submit>
            <div class="jump-near">
                {near}
                <button type="button" class="button small quiet" on:click=move |_| show(1)>
                    "The beginning"
                </button>
            </div>
            <label for="jump-day">"Another day"</label>
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

/// Days in the viewer's own zone.
mod local {
    use js_sys::Date;
    use wasm_bindgen::JsValue;

    use crate::model::Millis;

    /// The day of a moment as a field of a form has it: `2026-11-21`.
    pub(super) fn date(at: Millis) -> String {
        let date = Date::new(&JsValue::from_f64(at as f64));
        let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// When the day that a field of a form has begins.
    pub(super) fn midnight(day: &str) -> Option<Millis> {
        let mut parts = day.split('-').map(str::parse::<i32>);
        let mut next = || parts.next()?.ok();
        let (year, month, day) = (next()?, next()?, next()?);
        let date = Date::new_with_year_month_day(u32::try_from(year).ok()?, month - 1, day);
        Some(date.get_time() as Millis)
    }

    /// When the day that was so many days ago began.
    pub(super) fn days_ago(days: i32) -> Millis {
        let now = Date::new_0();
        let today = now.get_date() as i32;
        let date = Date::new_with_year_month_day(
            now.get_full_year(),
            now.get_month() as i32,
            today - days,
        );
        date.get_time() as Millis
    }
}
