//! The component of each [`LazyView`]: the only file that names every pane. In the browser all of it is in a file
//! of its own: only the function that the build splits off may name [`draw`], or it becomes a part of the first
//! load.

use leptos::prelude::*;

use super::admin::admin_pane::AdminPane;
use super::common::floating::menu::MenuPopover;
use super::common::floating::toast::ToastView;
use super::composer::attach::tray::Tray;
use super::composer::attach::uploader::Uploads;
use super::composer::completion_list::CompletionList;
use super::composer::emoji_picker::EmojiPopover;
use super::context::floating::Floating;
use super::context::open_thread::use_open_thread;
use super::context::overlay::Overlay;
use super::lazy::{FILE_VIEWS, LazyView, VIEWS};
use super::message::files::MessageFiles;
use super::message::long_press::LongPress;
use super::message::message_actions::Buttons;
use super::message::message_menu::{PressedSheet, message_menu};
use super::message::profile_card::{ProfileCard, ReadersPopover};
use super::moderation::invite_people::InvitePeople;
use super::rooms::new_chat_pane::NewChatPane;
use super::rooms::new_room_pane::NewRoomPane;
use super::rooms::room_card_pane::RoomCardPane;
use super::rooms::room_panel::RoomPanel;
use super::rooms::rooms_pane::RoomsPane;
use super::saved::pins_and_saved::{Pins, SavedPane};
use super::search::search_pane::SearchPane;
use super::settings::notifications::NotificationsPane;
use super::settings::notifier::Notifier;
use super::settings::notify_offer::NotifyOffer;
use super::settings::privacy::PrivacyPane;
use super::settings::security_pane::SecurityPane;
use super::settings::shortcuts::Shortcuts;
use super::settings::you_pane::{YouMenu, YouPane};
use super::sidebar::new_menu::NewMenu;
use super::switcher::Switcher;
use super::thread::chat_menu::chat_menu;
use super::thread::departed::Departed;
use super::thread::direct_panel::DirectPanel;
use super::thread::edit_history::EditHistory;
use super::thread::jump_to_date::JumpToDate;
use super::thread::unsent_list::UnsentList;
use super::window::confirm_dialog::ConfirmDialog;
use super::window::logged_out::LoggedOut;

fn draw(view: LazyView) -> AnyView {
    match view {
        LazyView::Rooms => view! { <RoomsPane /> }.into_any(),
        LazyView::NewRoom => view! { <NewRoomPane /> }.into_any(),
        LazyView::NewChat => view! { <NewChatPane /> }.into_any(),
        LazyView::Saved => view! { <SavedPane /> }.into_any(),
        LazyView::Search => view! { <SearchPane /> }.into_any(),
        LazyView::Admin => view! { <AdminPane /> }.into_any(),
        LazyView::You => view! { <YouPane /> }.into_any(),
        LazyView::Security => view! { <SecurityPane /> }.into_any(),
        LazyView::RoomPanel(id) => view! { <RoomPanel id /> }.into_any(),
        LazyView::DirectPanel(id) => view! { <DirectPanel id /> }.into_any(),
        LazyView::RoomCard(way) => view! { <RoomCardPane way /> }.into_any(),
        LazyView::Departed(id) => view! { <Departed id /> }.into_any(),
        LazyView::Confirm(question) => view! { <ConfirmDialog question /> }.into_any(),
        LazyView::LongPress(seq) => {
            let open_thread = use_open_thread();
            view! { <LongPress open_thread seq /> }.into_any()
        }
        LazyView::EditHistory(thread, seq) => view! { <EditHistory thread seq /> }.into_any(),
        LazyView::Actions(seq, mine) => view! { <Buttons seq mine /> }.into_any(),
        LazyView::Pins(thread) => view! { <Pins thread /> }.into_any(),
        LazyView::JumpToDate(day) => view! { <JumpToDate day /> }.into_any(),
        LazyView::Complete(completion) => view! { <CompletionList completion /> }.into_any(),
        LazyView::Overlay(Overlay::Switcher) => view! { <Switcher /> }.into_any(),
        LazyView::Overlay(Overlay::Keys) => view! { <Shortcuts /> }.into_any(),
        LazyView::Overlay(Overlay::Invite) => view! { <InvitePeople /> }.into_any(),
        LazyView::Overlay(Overlay::Privacy) => view! { <PrivacyPane /> }.into_any(),
        LazyView::Overlay(Overlay::Notifications) => view! { <NotificationsPane /> }.into_any(),
        LazyView::Overlay(Overlay::LoggedOut) => view! { <LoggedOut /> }.into_any(),
        LazyView::Floating(what) => floating(*what),
        LazyView::NotifyOffer(is_offered) => view! { <NotifyOffer is_offered /> }.into_any(),
        LazyView::Notifier => view! { <Notifier /> }.into_any(),
        LazyView::Toast(toast) => view! { <ToastView toast /> }.into_any(),
        LazyView::Unsent(thread) => view! { <UnsentList thread /> }.into_any(),
        LazyView::Uploads | LazyView::Tray(_) | LazyView::Files(_) => ().into_any(),
    }
}

/// The views of files, in another file than the rest.
fn draw_files(view: LazyView) -> AnyView {
    match view {
        LazyView::Uploads => view! { <Uploads /> }.into_any(),
        LazyView::Tray(thread) => view! { <Tray thread /> }.into_any(),
        LazyView::Files(files) => view! { <MessageFiles files /> }.into_any(),
        _ => ().into_any(),
    }
}

fn floating(what: Floating) -> AnyView {
    match what {
        Floating::Menu(menu) => view! { <MenuPopover menu /> }.into_any(),
        Floating::You => view! { <YouMenu /> }.into_any(),
        Floating::New => view! { <NewMenu /> }.into_any(),
        Floating::Chat(open_thread) => {
            let menu = chat_menu(open_thread);
            view! { <MenuPopover menu /> }.into_any()
        }
        Floating::Message(open_thread, seq) => {
            let menu = message_menu(open_thread, seq);
            view! { <MenuPopover menu /> }.into_any()
        }
        Floating::Pressed(open_thread, seq) => {
            view! { <PressedSheet open_thread seq /> }.into_any()
        }
        Floating::Profile(user) => view! { <ProfileCard user /> }.into_any(),
        Floating::Readers(open_thread, seq) => {
            view! { <ReadersPopover open_thread seq /> }.into_any()
        }
        Floating::Emoji(open_thread, seq) => view! { <EmojiPopover open_thread seq /> }.into_any(),
    }
}

/// Makes the views available to [`super::lazy::Lazy`]. Must be called before the app is rendered.
pub fn install() {
    #[cfg(not(feature = "hydrate"))]
    {
        VIEWS.set(draw);
        FILE_VIEWS.set(draw_files);
    }
    #[cfg(feature = "hydrate")]
    {
        VIEWS.set_source(|| Box::pin(async { views().await.ok() }));
        FILE_VIEWS.set_source(|| Box::pin(async { file_views().await.ok() }));
    }
}

#[cfg(feature = "hydrate")]
use leptos::wasm_split::{SplitLoaderError, wasm_split};

#[cfg(feature = "hydrate")]
#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn views() -> Result<super::lazy::DrawView, SplitLoaderError> {
    Ok(draw)
}

#[cfg(feature = "hydrate")]
#[wasm_split(files, wasm_split_path = ::leptos::wasm_split, fallible)]
fn file_views() -> Result<super::lazy::DrawView, SplitLoaderError> {
    Ok(draw_files)
}
