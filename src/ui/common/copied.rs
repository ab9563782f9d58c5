//! The short notice that something was copied.

use std::time::Duration;

use leptos::prelude::*;

const SHOWN_FOR: Duration = Duration::from_secs(2);

/// Whether something was copied just now.
#[derive(Clone, Copy)]
pub struct Copied(RwSignal<bool>);

impl Copied {
    /// Nothing copied yet.
    #[must_use]
    pub fn not_yet() -> Self {
        Self(RwSignal::new(false))
    }

    /// Shows the notice for a while, if copying has worked.
    pub fn notify(self, has_worked: bool) {
        if has_worked {
            self.0.set(true);
            let later = move || {
                // The component may be gone by then.
                let _ = self.0.try_set(false);
            };
            set_timeout(later, SHOWN_FOR);
        }
    }

    /// Whether the notice is shown.
    #[must_use]
    pub fn get(self) -> bool {
        self.0.get()
    }
}
