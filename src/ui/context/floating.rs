//! What floats over the page: at most one menu, popover or sheet.
//!
//! A button opens one with [`Floats::open`]:
//!
//! ```ignore
//! let floats = use_floats();
//! view! {
//!     <button type="button" aria-haspopup="menu" on:click=move |event| {
//!         floats.open(&event, Floating::Menu(menu()));
//!     }>
//! ```
//!
//! - Lazily loaded code passes its own [`Menu`]: `Menu::new("More").group([MenuItem::run("Reply", ...).icon(...)])`.
//! - Code of the first load names what it opens by a variant of [`Floating`]; `ui/lazy_views.rs` maps it to a
//!   component, which draws a `common::floating::menu::MenuPopover`, a `common::floating::popover::Popover` or a `common::floating::sheet::Sheet`.
//!
//! The button gets `aria-expanded`, and the focus back when what it opened closes. `aria-haspopup` is `menu` or
//! `dialog`. A second click on the button closes it again.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use super::menu::Menu;
use super::open_thread::OpenThread;
use crate::client::dom;
use crate::model::{Seq, UserId};

/// Something that floats over the page.
#[derive(Clone)]
pub enum Floating {
    /// A menu of these items.
    Menu(Menu),
    /// The menu of the user's own button.
    You,
    /// The menu of all that is new.
    New,
    /// The menu of the open thread.
    Chat(OpenThread),
    /// The menu of a message.
    Message(OpenThread, Seq),
    /// The same by a long press: a sheet that begins with the reactions.
    Pressed(OpenThread, Seq),
    /// The card of a user.
    Profile(UserId),
    /// The readers of a message in a room.
    Readers(OpenThread, Seq),
    /// The emoji picker for a reaction to a message.
    Emoji(OpenThread, Seq),
}

impl Floating {
    /// The message that it belongs to.
    #[must_use]
    pub fn message(&self) -> Option<Seq> {
        match self {
            Self::Message(_, seq)
            | Self::Pressed(_, seq)
            | Self::Emoji(_, seq)
            | Self::Readers(_, seq) => Some(*seq),
            _ => None,
        }
    }
}

/// What floats over the page, if anything. A context of the window.
#[derive(Clone, Copy)]
pub struct Floats(RwSignal<Option<Floating>>);

/// Marks the element that opened what floats, while it is open.
const OPENER: &str = "data-opener";

impl Floats {
    /// Provides the context, with nothing open.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// What is open. Tracked.
    #[must_use]
    pub fn get(self) -> Option<Floating> {
        self.0.get()
    }

    /// The message that it belongs to. Tracked.
    #[must_use]
    pub fn message(self) -> Option<Seq> {
        self.0
            .with(|open| open.as_ref().and_then(Floating::message))
    }

    /// Opens something at the button that was clicked, or closes what that button has opened.
    pub fn open(self, event: &Event, what: Floating) {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let button = target.and_then(|it| it.closest("button, a, article").ok().flatten());
        if let Some(button) = button {
            self.open_at(&button, what);
        }
    }

    /// Opens something at an element, or closes what was opened there.
    pub fn open_at(self, button: &Element, what: Floating) {
        let is_open = button.has_attribute(OPENER);
        self.close();
        if is_open {
            return;
        }
        let _ = button.set_attribute(OPENER, "");
        if button.has_attribute("aria-haspopup") {
            let _ = button.set_attribute("aria-expanded", "true");
        }
        self.0.set(Some(what));
    }

    /// Replaces what is open: it stays at the same button.
    pub fn replace(self, what: Floating) {
        self.0.set(Some(what));
    }

    /// Closes what is open. The focus goes back to the button, or to the message if the button is gone.
    pub fn close(self) {
        let Some(open) = self.0.get_untracked() else {
            return;
        };
        // First, since moving the focus out of it closes it too.
        self.0.set(None);
        let message = open.message();
        let message = || dom::message(message?);
        let button = opener();
        if let Some(button) = &button {
            let _ = button.remove_attribute(OPENER);
            if button.has_attribute("aria-haspopup") {
                let _ = button.set_attribute("aria-expanded", "false");
            }
        }
        let focused = document().active_element();
        let is_within = focused.is_none_or(|it| {
            it.tag_name() == "BODY" || matches!(it.closest(".floats"), Ok(Some(_)))
        });
        if is_within && let Some(back) = button.or_else(message) {
            dom::focus_in_place(back.unchecked_ref());
        }
    }
}

/// The element that opened what floats, if it is still there.
#[must_use]
pub fn opener() -> Option<Element> {
    let marked = ["[", OPENER, "]"].concat();
    document().query_selector(&marked).ok().flatten()
}

/// What floats over this window, from the context.
#[must_use]
pub fn use_floats() -> Floats {
    expect_context()
}
