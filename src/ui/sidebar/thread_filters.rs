//! The filters of the chat list: all, unread, rooms. The style sheet applies them, so that they work without a script.

use leptos::prelude::*;

use crate::ui::common::badge::UnreadChats;

/// The id of the filters, which are a native popover beside *Chats*, and a row of chips on a small screen.
pub const FILTERS: &str = "filters";

#[component]
pub fn ThreadFilters() -> impl IntoView {
    let chip = |id: &'static str, name: &'static str| {
        view! {
            <input
                type="radio"
                name="filter"
                id=id
                autocomplete="off"
                checked=id == "filter-all"
            />
            {name}
        }
    };
    view! {
        <fieldset class="filters" id=FILTERS popover="auto">
            <legend class="sr-only">"Filter chats"</legend>
            <label class="chip">{chip("filter-all", "All")}</label>
            <label class="chip">{chip("filter-unread", "Unread")} <UnreadChats /></label>
            <label class="chip">{chip("filter-rooms", "Rooms")}</label>
        </fieldset>
    }
}
