//! Counts on badges.

use leptos::prelude::*;

use super::erased::erase;
use crate::client::reactive::memo;
use crate::client::state::use_client;

/// The largest number that is shown exactly.
const MAX_SHOWN: i64 = 99;

/// The number of unread messages; nothing if 0.
#[must_use]
pub fn badge(unread: i64) -> Option<AnyView> {
    counted(unread, format!("{unread} unread"))
}

/// The number of chats with unread messages; nothing if 0.
#[component]
pub fn UnreadChats() -> impl IntoView {
    let chat = use_client();
    let unread = memo(move |_| chat.calling().len());
    erase(move || badge(unread.get() as i64))
}

/// The number of open reports; nothing if 0.
#[must_use]
pub fn reports_badge(open: i64) -> Option<AnyView> {
    counted(open, open_reports(open))
}

/// "2 open reports"
#[must_use]
pub fn open_reports(open: i64) -> String {
    match open {
        1 => "1 open report".to_owned(),
        open => format!("{open} open reports"),
    }
}

/// A number, with its text for screen readers; nothing if 0.
fn counted(number: i64, words: String) -> Option<AnyView> {
    let shown = match number {
        ..=0 => return None,
        1..=MAX_SHOWN => number.to_string(),
        _ => format!("{MAX_SHOWN}+"),
    };
    Some(
        view! {
            <span class="badge">
                <span aria-hidden="true">{shown}</span>
                <span class="sr-only">{words}</span>
            </span>
        }
        .into_any(),
    )
}
