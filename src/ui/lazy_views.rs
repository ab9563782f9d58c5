//! The component of each [`LazyView`]: the only file that names every pane. In the browser all of it is in a file
//! of its own: only the function that the build splits off may name [`draw`], or it becomes a part of the first
//! load.

use leptos::prelude::*;

use super::admin::admin_pane::AdminPane;
use super::composer::completion_list::CompletionList;
use super::composer::emoji_picker::EmojiPicker;
use super::context::overlay::Overlay;
use super::lazy::{LazyView, VIEWS};
use super::message::message_more::MessageMore;
use super::rooms::new_room_pane::NewRoomPane;
use super::rooms::room_card_pane::RoomCardPane;
use super::rooms::room_panel::RoomPanel;
use super::rooms::rooms_pane::RoomsPane;
use super::saved::pins_and_saved::{Pins, SavedPane};
use super::search::search_pane::SearchPane;
use super::settings::privacy::PrivacyPane;
use super::settings::security_pane::SecurityPane;
use super::settings::shortcuts::Shortcuts;
use super::switcher::Switcher;
use super::thread::departed::Departed;
use super::thread::edit_history::EditHistory;
use super::thread::jump_to_date::JumpToDate;
use super::thread::unsent_list::UnsentList;
use super::window::confirm_dialog::ConfirmDialog;

fn draw(view: LazyView) -> AnyView {
    match view {
        LazyView::Rooms => view! { <RoomsPane /> }.into_any(),
        LazyView::NewRoom => view! { <NewRoomPane /> }.into_any(),
        LazyView::Saved => view! { <SavedPane /> }.into_any(),
        LazyView::Search => view! { <SearchPane /> }.into_any(),
        LazyView::Admin => view! { <AdminPane /> }.into_any(),
        LazyView::Security => view! { <SecurityPane /> }.into_any(),
        LazyView::RoomPanel(id) => view! { <RoomPanel id /> }.into_any(),
        LazyView::RoomCard(way) => view! { <RoomCardPane way /> }.into_any(),
        LazyView::Departed(id) => view! { <Departed id /> }.into_any(),
        LazyView::Confirm(question) => view! { <ConfirmDialog question /> }.into_any(),
        LazyView::Emoji(seq) => view! { <EmojiPicker seq /> }.into_any(),
        LazyView::EditHistory(thread, seq) => view! { <EditHistory thread seq /> }.into_any(),
        LazyView::More(seq) => view! { <MessageMore seq /> }.into_any(),
        LazyView::Pins(thread) => view! { <Pins thread /> }.into_any(),
        LazyView::JumpToDate(day) => view! { <JumpToDate day /> }.into_any(),
        LazyView::Complete(completion) => view! { <CompletionList completion /> }.into_any(),
        LazyView::Overlay(Overlay::Switcher) => view! { <Switcher /> }.into_any(),
        LazyView::Overlay(Overlay::Keys) => view! { <Shortcuts /> }.into_any(),
        LazyView::Overlay(Overlay::Privacy) => view! { <PrivacyPane /> }.into_any(),
        LazyView::Unsent(thread) => view! { <UnsentList thread /> }.into_any(),
    }
}

/// Makes the views available to [`super::lazy::Lazy`]. Must be called before the app is rendered.
pub fn install() {
    #[cfg(not(feature = "hydrate"))]
    VIEWS.set(draw);
    #[cfg(feature = "hydrate")]
    VIEWS.set_source(|| Box::pin(async { views().await.ok() }));
}

#[cfg(feature = "hydrate")]
use leptos::wasm_split::{SplitLoaderError, wasm_split};

#[cfg(feature = "hydrate")]
#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn views() -> Result<super::lazy::DrawView, SplitLoaderError> {
    Ok(draw)
}
