//! The requests of a window for pages: wanted, and in flight.

use crate::model::{Position, Seq};

/// What a window still needs. Each entry stays until it is satisfied, so that failures are retried.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Reload everything at this position.
    pub(super) anew: Option<Position>,
    pub(super) older: bool,
    pub(super) newer: bool,
    /// Reread everything held after this position: amendments of it may have been missed.
    pub(super) again: Option<Seq>,
}

/// The requests in flight: at most one per kind. An answer to anything else is stale.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    pub(super) anew: Option<Position>,
    pub(super) older: Option<Seq>,
    pub(super) newer: Option<Seq>,
    pub(super) again: Option<Seq>,
}
