//! That something was copied: said for a moment.

use std::time::Duration;

use leptos::prelude::*;

const SAID_FOR: Duration = Duration::from_secs(2);

/// Whether it was just now.
#[derive(Clone, Copy)]
pub struct Copied(RwSignal<bool>);

impl Copied {
    /// It was not yet.
    #[must_use]
    pub fn not_yet() -> Self {
        Self(RwSignal::new(false))
    }

    /// It is now, if that has worked.
    pub fn now(self, has_worked: bool) {
        if has_worked {
            self.0.set(true);
            let later = move || {
                // The page may show something else by then.
                let _ = self.0.try_set(false);
            };
            set_timeout(later, SAID_FOR);
        }
    }

    /// Whether it was just now.
    #[must_use]
    pub fn get(self) -> bool {
        self.0.get()
    }
}
