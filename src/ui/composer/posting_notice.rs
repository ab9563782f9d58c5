//! Why nothing can be posted now: the rules of the room, slow mode, or a block.

use leptos::prelude::*;

use super::draft::Writing;
use crate::client::clock::now;
use crate::client::reactive::{effect, memo};
use crate::model::refusal::human;
use crate::model::{Millis, Refusal};
use crate::ui::common::erased::erase;
use crate::ui::context::open_thread::{OpenThread, use_open_thread};

/// Why the user may not post now: the rules of the room, or a block.
#[must_use]
pub fn held(open_thread: OpenThread) -> Memo<Option<Refusal>> {
    // Until hydration nothing is a reason to wait, so that both sides render the same.
    let at = RwSignal::new(Millis::MAX);
    let held = memo(move |_| {
        let is_new = open_thread.writing.get() == Writing::New;
        let is_admin = open_thread.may_manage.get();
        if let Some(other) = open_thread.chat.other(open_thread.thread) {
            return open_thread
                .chat
                .is_blocked(other.id)
                .then_some(Refusal::YouBlocked);
        }
        let room = open_thread.chat.room(open_thread.thread)?;
        room.posting_refusal(is_admin, !is_new, at.get())
    });
    effect(move |begun: Option<()>| {
        let is_pause = held.with(|why| why.as_ref().is_some_and(is_pause));
        if begun.is_none() || (is_pause && at.get_untracked() + SECOND <= now()) {
            at.set(now());
        } else if is_pause {
            let look = move || {
                let _ = at.try_set(now());
            };
            set_timeout(look, std::time::Duration::from_secs(1));
        }
    });
    held
}

const SECOND: Millis = 1_000;

/// Whether it ends by itself: messages sent meanwhile wait in the outbox.
#[must_use]
pub fn is_pause(why: &Refusal) -> bool {
    matches!(why, Refusal::SlowMode { .. })
}

/// Shows why the user can't post now, or how long slow mode lasts.
#[component]
pub fn PostingNotice(why: Memo<Option<Refusal>>) -> impl IntoView {
    let open_thread = use_open_thread();
    erase(move || {
        let why = why.get()?;
        let is_block = why == Refusal::YouBlocked;
        let text = match why {
            Refusal::SlowMode { retry_after_ms } => {
                format!("Slow mode. You can send again in {}", human(retry_after_ms))
            }
            why => why.to_string(),
        };
        let unblock = is_block.then(|| {
            let unblock = move |_| {
                if let Some(other) = untrack(|| open_thread.chat.other(open_thread.thread)) {
                    open_thread.unblock(other.id);
                }
            };
            view! {
                <button type="button" class="button small" on:click=unblock>
                    "Unblock"
                </button>
            }
        });
        Some(view! { <p class="composer-held">{text} " " {unblock}</p> }.into_any())
    })
}
