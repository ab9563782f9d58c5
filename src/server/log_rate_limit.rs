//! A rate limit on log lines that clients can cause at will, so that a flood of requests does not fill the disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most lines per [`WINDOW`].
const LINES: u32 = 100;
const WINDOW: Duration = Duration::from_secs(10);

/// Admits [`LINES`] lines per window, and counts the rest.
pub(super) struct LogRateLimit(Mutex<State>);

struct State {
    /// The start of the window.
    since: Option<Instant>,
    lines: u32,
    omitted: u64,
}

impl LogRateLimit {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(State {
            since: None,
            lines: 0,
            omitted: 0,
        }))
    }

    /// `Some` when a line may be written now, with the number of lines omitted in the previous window.
    pub(super) fn admits(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *state.since.get_or_insert(now);
        let mut omitted = 0;
        if now.saturating_duration_since(since) >= WINDOW {
            omitted = state.omitted;
            *state = State {
                since: Some(now),
                lines: 0,
                omitted: 0,
            };
        }
        if state.lines >= LINES {
            state.omitted += 1;
            return None;
        }
        state.lines += 1;
        Some(omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_does_not_fill_the_disk_and_what_was_left_out_is_counted() {
        let (limit, now) = (LogRateLimit::new(), Instant::now());
        let admitted = (0..10_000).filter(|_| limit.admits(now).is_some()).count();
        assert_eq!(admitted, LINES as usize);
        assert_eq!(limit.admits(now + WINDOW), Some(9_900));
        assert_eq!(limit.admits(now + WINDOW), Some(0));
    }
}
