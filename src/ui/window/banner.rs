//! The banner: says that the connection is gone, that it was closed in favour of newer tabs, or that the page is
//! from another version.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use crate::client::clock::now;
use crate::client::state::use_client;
use crate::engine::{ConnectionState, Engine, Input};
use crate::model::limits;

/// The banner. Always in the page, so that a new text in it is announced.
#[component]
pub fn Banner() -> impl IntoView {
    let chat = use_client();
    let gone = RwSignal::new(false);
    Effect::new(move |timer: Option<Option<TimeoutHandle>>| {
        // Runs at each change of the connection.
        let _ = chat.link();
        if let Some(timer) = timer.flatten() {
            timer.clear();
        }
        let Some(since) = chat.read(Engine::offline_since) else {
            gone.set(false);
            return None;
        };
        let left = limits::BANNER_AFTER.saturating_sub(age(since));
        if left.is_zero() {
            gone.set(true);
            return None;
        }
        set_timeout_with_handle(move || gone.set(true), left).ok()
    });
    let outdated = move || chat.link() == ConnectionState::Outdated;
    let replaced = move || chat.link() == ConnectionState::Replaced;
    view! {
        <div role="status" class="banner" class:shown=move || gone.get() || outdated() || replaced()>
            {move || match (outdated(), replaced(), gone.get()) {
                (false, true, _) => view! {
                    <span>"Paused: chapp is open in too many tabs."</span>
                    <button
                        type="button"
                        class="button small"
                        on:click=move |_| chat.act(Input::Wake)
                    >
                        "Resume"
                    </button>
                }
                .into_any(),
                (true, ..) => view! {
                    <span>"This page is from another version of chapp."</span>
                    <button type="button" class="button small" on:click=|_| reload()>
                        "Reload"
                    </button>
                }
                .into_any(),
                (_, _, true) => view! { <span>"Reconnecting…"</span> }.into_any(),
                (..) => ().into_any(),
            }}
        </div>
    }
}

fn age(since: i64) -> Duration {
    Duration::from_millis(u64::try_from(now() - since).unwrap_or_default())
}

fn reload() {
    let _ = location().reload();
}
