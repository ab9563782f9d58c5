//! The server's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Millis;

/// Now, in milliseconds since 1970 in UTC.
#[must_use]
pub fn now() -> Millis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
