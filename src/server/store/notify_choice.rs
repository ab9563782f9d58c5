//! What a member chose to be notified of, as it is stored.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::dialect;
use crate::model::notify::{Level, NotifyChoice, NotifySettings};

/// What a member chose, from the columns `notify_level`, `muted` and `muted_until` of `members`.
pub(super) fn notify_choice(row: &AnyRow) -> Result<NotifyChoice, sqlx::Error> {
    Ok(NotifyChoice {
        level: Level::of_stored(row.try_get("notify_level")?),
        muted: dialect::flag(row, "muted")?,
        muted_until: row.try_get("muted_until")?,
    })
}

/// What a user chose for all threads, from `users.notify_settings`; the defaults, if they chose nothing.
pub(super) fn notify_settings(stored: &str) -> NotifySettings {
    serde_json::from_str(stored).unwrap_or_default()
}
