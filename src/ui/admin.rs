//! Administration of the site.

pub mod accounts;
pub mod admin_pane;
