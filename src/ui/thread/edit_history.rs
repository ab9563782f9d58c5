//! The earlier versions of an edited message, with their times.

use leptos::prelude::*;

use crate::client::api;
use crate::client::clock::{TimeFormat, rfc3339};
use crate::model::{Seq, ThreadId};
use crate::ui::common::fetch::{LoadingText, fetched, waiting_text};

/// The versions of a message, newest first.
#[component]
pub fn EditHistory(thread: ThreadId, seq: Seq) -> impl IntoView {
    let found = fetched(RwSignal::new(0), move || api::versions(thread, seq));
    let list = move || {
        let all = found.get().and_then(Result::ok).unwrap_or_default();
        let clock = expect_context::<TimeFormat>();
        let all = all.into_iter().rev().map(|version| {
            let at = version.at;
            view! {
                <li>
                    <time datetime=rfc3339(at)>{move || clock.full(at)}</time>
                    <div class="message-text" dir="auto">
                        {version.text}
                    </div>
                </li>
            }
        });
        all.collect_view()
    };
    view! {
        <LoadingText text=waiting_text(found, "This message was deleted.", Vec::is_empty) />
        <ol class="versions">{list}</ol>
    }
}
