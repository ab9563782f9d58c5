//! The user's own settings.

pub mod decision_log;
pub mod local_time;
pub mod notifications;
pub mod notifier;
pub mod notify_decisions;
pub mod notify_offer;
pub mod notify_settings;
pub mod privacy;
pub mod security_pane;
pub mod shortcuts;
pub mod sound;
pub mod you_pane;
