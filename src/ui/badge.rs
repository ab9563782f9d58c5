//! How much is unread, on a badge.

use leptos::prelude::*;

/// More than this is not counted out.
const COUNTED: i64 = 99;

/// The badge; nothing when nothing is unread.
#[must_use]
pub fn badge(unread: i64) -> Option<AnyView> {
    let shown = match unread {
        ..=0 => return None,
        1..=COUNTED => unread.to_string(),
        _ => format!("{COUNTED}+"),
    };
    Some(
        view! {
            <span class="badge">
                <span aria-hidden="true">{shown}</span>
                <span class="sr-only">{format!("{unread} unread")}</span>
            </span>
        }
        .into_any(),
    )
}
