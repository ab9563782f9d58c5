//! The connection pill: floats over the window and says that the connection is gone or back, that it was closed in
//! favour of newer tabs, or that the page is from another version. It pushes nothing.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use crate::client::clock::now;
use crate::client::reactive::{handler, memo};
use crate::client::state::use_client;
use crate::engine::{ConnectionState, Engine, Input, PendingState, Trouble};
use crate::model::limits;
use crate::ui::common::erased::erase;

/// What the pill says about the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Connected, or only just not.
    Quiet,
    Reconnecting,
    Offline,
    /// Connected again, which is shown for a moment.
    Back,
}

/// The pill. Always in the page, so that a new text in it is announced.
#[component]
pub fn Banner() -> impl IntoView {
    let chat = use_client();
    let phase = RwSignal::new(Phase::Quiet);
    let again = RwSignal::new(());
    let waiting = memo(move |_| {
        chat.timeline_changed();
        chat.read(|engine| {
            let outbox = engine.outbox().iter();
            outbox
                .filter(|message| !matches!(message.state, PendingState::Failed(_)))
                .count()
        })
    });
    let trouble = move || {
        // A refusal matters only while a message waits.
        waiting.track();
        chat.read(Engine::trouble)
    };
    // How many messages waited when the connection came back.
    let waited = RwSignal::new(0);
    Effect::new(move |timer: Option<Option<TimeoutHandle>>| {
        // Runs at each change of the connection, and when a phase has lasted.
        let _ = chat.link();
        again.track();
        if let Some(timer) = timer.flatten() {
            timer.clear();
        }
        let since = chat.read(Engine::offline_since).map(age);
        let (next, left) = match (since, phase.get_untracked()) {
            (None, Phase::Quiet) => return None,
            (None, Phase::Back) => (Phase::Back, Some(limits::BACK_FOR)),
            (None, _) => {
                waited.set(waiting.get_untracked());
                (Phase::Back, Some(limits::BACK_FOR))
            }
            (Some(_), _) if trouble() == Some(Trouble::NoNetwork) => (Phase::Offline, None),
            (Some(age), _) if age >= limits::OFFLINE_SHOWN_AFTER => (Phase::Offline, None),
            (Some(age), _) if age >= limits::BANNER_AFTER => {
                (Phase::Reconnecting, Some(limits::OFFLINE_SHOWN_AFTER - age))
            }
            (Some(age), _) => (Phase::Quiet, Some(limits::BANNER_AFTER - age)),
        };
        phase.set(next);
        let done = move || {
            if phase.get_untracked() == Phase::Back {
                phase.set(Phase::Quiet);
            }
            again.notify();
        };
        left.and_then(|left| set_timeout_with_handle(done, left).ok())
    });
    let lost = move || matches!(phase.get(), Phase::Reconnecting | Phase::Offline);
    let content = move || {
        Some(match (chat.link(), phase.get()) {
            (ConnectionState::Replaced, _) => with_button(
                "Paused: this site is open in too many tabs.",
                "Resume",
                move || chat.act(Input::Wake),
            ),
            (ConnectionState::Outdated, _) => {
                with_button("A new version is ready.", "Reload", reload)
            }
            (_, Phase::Quiet | Phase::Back) if trouble() == Some(Trouble::DiskFull) => refused(
                "The server's disk is almost full. Messages wait, and are sent again every few seconds.",
            ),
            (_, Phase::Quiet | Phase::Back) if trouble() == Some(Trouble::Busy) => refused(
                "The server is busy. Messages wait, and are sent as soon as it can take them.",
            ),
            (_, Phase::Quiet | Phase::Reconnecting) if trouble() == Some(Trouble::Restarting) => {
                refused("The server is restarting. Reconnecting…")
            }
            (_, Phase::Quiet) => return None,
            (_, Phase::Reconnecting) => view! { <span>"Reconnecting…"</span> }.into_any(),
            (_, Phase::Offline) => {
                let text = match waiting.get() {
                    0 => "You're offline. Messages will be sent when you're back.".to_owned(),
                    1 => "You're offline. 1 message is waiting.".to_owned(),
                    count => format!("You're offline. {count} messages are waiting."),
                };
                with_button(text, "Try now", move || chat.act(Input::Wake))
            }
            (_, Phase::Back) => {
                let text = match waited.get().saturating_sub(waiting.get()) {
                    0 => "Back online".to_owned(),
                    1 => "Back online. 1 message sent.".to_owned(),
                    count => format!("Back online. {count} messages sent."),
                };
                view! { <span>{text}</span> }.into_any()
            }
        })
    };
    view! {
        <div role="status" class="banner" class:lost=lost>
            {erase(content)}
        </div>
    }
}

/// Why the server takes nothing now.
fn refused(text: &'static str) -> AnyView {
    view! { <span>{text}</span> }.into_any()
}

/// A text with what can be done about it.
fn with_button(
    text: impl Into<String>,
    name: &'static str,
    act: impl Fn() + Send + 'static,
) -> AnyView {
    view! {
        <span>{text.into()}</span>
        <button type="button" class="button small quiet" on:click=handler(move |_| act())>
            {name}
        </button>
    }
    .into_any()
}

fn age(since: i64) -> Duration {
    Duration::from_millis(u64::try_from(now() - since).unwrap_or_default())
}

fn reload() {
    let _ = location().reload();
}
