//! The dialogs over the whole window.

use leptos::prelude::*;

/// A dialog over the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The quick switcher.
    Switcher,
    /// The list of keyboard shortcuts.
    Keys,
    /// The user's privacy settings.
    Privacy,
    /// The notifications of this browser.
    Notifications,
    /// How to invite people to this site.
    Invite,
    /// The session has ended: a form to log in again.
    LoggedOut,
}

/// The open overlay. A context of the window.
pub type OpenOverlay = RwSignal<Option<Overlay>>;
