//! The route that is open in the main part of the window.

use crate::routes::Route;

/// The route that is open in the main part. A context of the window, as an `RwSignal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    pub route: Route,
    /// Whether the server found nothing at this route.
    pub missing: bool,
}
