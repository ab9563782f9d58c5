//! Requests that follow the user's typing: sent after a pause, and only the answer to the latest one counts.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

/// Runs a task after a pause in typing.
#[derive(Clone, Copy)]
pub struct Debounce {
    pause: Duration,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Debounce {
    #[must_use]
    pub fn new(pause: Duration) -> Self {
        let timer = StoredValue::new(None);
        Self { pause, timer }
    }

    /// Runs `task` after the pause, in place of the pending one. It does not run once the component is gone.
    pub fn run(self, task: impl FnOnce() + 'static) {
        self.cancel();
        let run = move || {
            if self.timer.try_get_value().is_some() {
                task();
            }
        };
        self.timer
            .set_value(set_timeout_with_handle(run, self.pause).ok());
    }

    pub fn cancel(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}

/// Numbers requests, so that the answer to an earlier one can be told from that to the latest.
#[derive(Clone, Copy)]
pub struct Latest(StoredValue<u32>);

impl Latest {
    #[must_use]
    pub fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// Starts a request, and invalidates the earlier ones.
    #[must_use]
    pub fn begin(self) -> u32 {
        self.cancel();
        self.0.get_value()
    }

    /// Whether this is the latest request, of a component that still exists.
    #[must_use]
    pub fn is(self, request: u32) -> bool {
        self.0.try_get_value() == Some(request)
    }

    /// Invalidates all requests.
    pub fn cancel(self) {
        self.0.update_value(|latest| *latest += 1);
    }
}

impl Default for Latest {
    fn default() -> Self {
        Self::new()
    }
}
