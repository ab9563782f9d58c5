//! The user's own settings.

pub mod notifications;
pub mod notifier;
pub mod notify_offer;
pub mod privacy;
pub mod security_pane;
pub mod shortcuts;
pub mod you_pane;
