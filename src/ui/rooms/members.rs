//! The list of a room's members, with a filter. The engine fetches it and keeps it current.

use std::sync::Arc;

use leptos::prelude::*;

use super::member_row::MemberRow;
use crate::client::reactive::{effect, memo};
use crate::client::state::use_client;
use crate::engine::Input;
use crate::model::ThreadId;
use crate::ui::common::filtered_list::{Draw, FilteredList};

/// The list of members.
#[component]
pub fn MemberList(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    effect(move |_| chat.act(Input::WatchMembers(Some(id))));
    on_cleanup(move || chat.act(Input::WatchMembers(None)));
    let filter = RwSignal::new(String::new());
    let found = memo(move |_| filter.with(|filter| chat.members(filter)));
    let nobody = Signal::derive(move || match chat.is_loading_members() {
        true => "Loading…",
        false => "No members",
    });
    let notice = Signal::derive(move || chat.members_failed());
    let draw: Draw = Arc::new(move |user| view! { <MemberRow id user found /> }.into_any());
    view! {
        <FilteredList
            label="Filter members"
            placeholder="Find a member"
            filter
            found
            draw
            nobody
            notice
        />
    }
}
