//! Views that are opened seldom, or by few users. Their code is no part of the first load: the browser fetches it
//! when one of them is first opened. (The build splits it off: see `docs/ARCHITECTURE.md`.) The server has all of
//! it.
//!
//! This file names the views; [`super::lazy_views`] maps each to its component, and nothing below it imports that
//! file.

pub mod loader;

use leptos::prelude::*;

use self::loader::Loader;
use super::common::erased::erase;
use super::common::pane_header::PaneHeader;
use super::composer::completion::Completion;
use super::context::attachments::ShownFiles;
use super::context::confirmation::Confirmation;
use super::context::floating::Floating;
use super::context::overlay::Overlay;
use super::context::toasts::Toast;
use super::context::way_in::WayIn;
use crate::model::{EventBody, PageData, Seq, ThreadId};
use crate::routes::Route;

/// A lazily loaded view, with its props.
#[derive(Clone)]
pub enum LazyView {
    Rooms,
    NewRoom,
    NewChat,
    Saved,
    Search,
    Admin,
    /// The page about the user.
    You,
    Security,
    RoomPanel(ThreadId),
    /// The details of a direct thread.
    DirectPanel(ThreadId),
    RoomCard(WayIn),
    /// A thread that the user is no longer in.
    Departed(ThreadId),
    /// The content of the confirmation dialog.
    Confirm(Confirmation),
    /// A finger that rests on a message.
    LongPress(Seq),
    EditHistory(ThreadId, Seq),
    /// The buttons over a message; whether it is the user's own.
    Actions(Seq, bool),
    Pins(ThreadId),
    /// The jump to another day; the number is that of the clicked day.
    JumpToDate(i64),
    /// The search for completions in the composer.
    Complete(Completion),
    Overlay(Overlay),
    Floating(Box<Floating>),
    Toast(Toast),
    /// The offer of notifications, while it stands.
    NotifyOffer(RwSignal<bool>),
    /// What shows notifications. Shows nothing in the page.
    Notifier,
    /// The uploads of attached files. Shows nothing.
    Uploads,
    /// The attached files of a thread, above its composer.
    Tray(ThreadId),
    /// The files of a message.
    Files(ShownFiles),
    /// Unsent texts that can no longer be sent: of one thread, or of all threads that are not in the list.
    Unsent(Option<ThreadId>),
}

/// Renders a view.
pub type DrawView = fn(LazyView) -> AnyView;

impl LazyView {
    /// The route of which it is the pane.
    fn pane(&self) -> Option<Route> {
        Some(match self {
            Self::Rooms => Route::Rooms,
            Self::NewRoom => Route::NewRoom,
            Self::NewChat => Route::NewChat,
            Self::Saved => Route::Saved,
            Self::Search => Route::Search,
            Self::Admin => Route::Admin,
            Self::You => Route::Settings,
            Self::Security => Route::Security,
            _ => return None,
        })
    }

    /// The code that has it, and the name of the file that the build splits off for that.
    fn source(&self) -> (&'static Loader<DrawView>, &'static str) {
        match self {
            Self::Uploads | Self::Tray(_) | Self::Files(_) => (&FILE_VIEWS, "files"),
            _ => (&VIEWS, "later"),
        }
    }
}

/// The renderer of the views, once loaded.
pub static VIEWS: Loader<DrawView> = Loader::new();
/// The renderer of the views of files, once loaded.
pub static FILE_VIEWS: Loader<DrawView> = Loader::new();

/// Whether the first render of the page with this data includes files.
#[must_use]
pub fn has_files(data: &PageData) -> bool {
    let open = data.boot.as_ref().and_then(|boot| boot.open.as_ref());
    let mut events = open.into_iter().flat_map(|page| &page.events);
    events.any(|event| match &event.body {
        EventBody::Message(message) => !message.files.is_empty(),
        _ => false,
    })
}

/// Whether the first render of the page with this data includes another lazily loaded view.
#[must_use]
pub fn is_needed(data: &PageData, route: Route) -> bool {
    let is_lazy = matches!(
        route,
        Route::Rooms
            | Route::NewRoom
            | Route::NewChat
            | Route::Saved
            | Route::Search
            | Route::Admin
            | Route::Settings
            | Route::Security
            | Route::Invite
            | Route::About(_)
    );
    data.boot.is_some() && (is_lazy || data.card.is_some())
}

/// Renders a view as soon as its code is loaded.
#[component]
pub fn Lazy(view: LazyView) -> impl IntoView {
    let (views, chunk) = view.source();
    loader::prefetch(chunk);
    let draw = RwSignal::new(views.get());
    let failed = RwSignal::new(false);
    let load = move || {
        failed.set(false);
        loader::spawn(async move {
            let loaded = views.load().await;
            // The component that waited may be gone by now.
            let _ = draw.try_set(loaded);
            let _ = failed.try_set(loaded.is_none());
        });
    };
    Effect::new(move |_| {
        if draw.with_untracked(Option::is_none) {
            load();
        }
    });
    // A pane has its head, and the way back, before its code is there.
    let name = view.pane().and_then(Route::name);
    let head = move || name.map(|name| view! { <PaneHeader name /> });
    erase(move || match draw.get() {
        Some(draw) => draw(view.clone()),
        None if failed.get() => view! {
            {head()}
            <div class="empty-state" role="alert">
                <p>"Couldn't load this."</p>
                <p>
                    <button type="button" class="button" on:click=move |_| load()>
                        "Try again"
                    </button>
                </p>
            </div>
        }
        .into_any(),
        None => view! {
            {head()}
            <p class="empty-state" aria-busy="true"></p>
        }
        .into_any(),
    })
}
