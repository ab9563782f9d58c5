//! Code that the browser fetches on first use.
//!
//! The code that needs something holds a [`Loader`] for it. The code that has it, which imports much more, fills
//! the loader when the app starts: on the server with the thing itself, in the browser with the way to fetch it. So
//! neither imports the other.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;

/// Fetches the code; `None` on failure, after which it can be called again.
pub type Source<T> = fn() -> Pin<Box<dyn Future<Output = Option<T>>>>;

/// A value of type `T` that is fetched once: function pointers into code that is no part of the first load.
pub struct Loader<T> {
    loaded: OnceLock<T>,
    source: OnceLock<Source<T>>,
}

impl<T: Copy> Loader<T> {
    #[expect(clippy::new_without_default, reason = "only for statics")]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            loaded: OnceLock::new(),
            source: OnceLock::new(),
        }
    }

    /// Provides the value itself.
    pub fn set(&self, it: T) {
        let _ = self.loaded.set(it);
    }

    /// Provides the way to fetch it.
    pub fn set_source(&self, source: Source<T>) {
        let _ = self.source.set(source);
    }

    /// The value, if it is loaded.
    pub fn get(&self) -> Option<T> {
        self.loaded.get().copied()
    }

    /// The value, fetched unless it is loaded. `None` on failure, after which it can be called again.
    pub async fn load(&self) -> Option<T> {
        if let (None, Some(source)) = (self.get(), self.source.get())
            && let Some(it) = source().await
        {
            self.set(it);
        }
        self.get()
    }
}

/// Runs a task in the browser. On the server everything is loaded, and the task is dropped.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    #[cfg(feature = "hydrate")]
    leptos::task::spawn_local(task);
    #[cfg(not(feature = "hydrate"))]
    drop(task);
}

/// On the server, adds a preload of this file to the head of the page.
pub fn prefetch(chunk: &'static str) {
    #[cfg(feature = "ssr")]
    leptos::prefetch_lazy_fn_on_server(chunk);
    #[cfg(not(feature = "ssr"))]
    let _ = chunk;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_could_not_be_fetched_is_fetched_again_and_then_only_once() {
        static FETCHES: AtomicU32 = AtomicU32::new(0);
        static LOADER: Loader<u32> = Loader::new();
        assert_eq!(LOADER.load().await, None);
        // The first attempt fails.
        LOADER.set_source(|| {
            let attempt = FETCHES.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { (attempt > 0).then_some(attempt) })
        });
        assert_eq!(LOADER.load().await, None);
        assert_eq!(LOADER.load().await, Some(1));
        assert_eq!((LOADER.load().await, LOADER.get()), (Some(1), Some(1)));
        assert_eq!(FETCHES.load(Ordering::Relaxed), 2);
    }
}
