//! Where the Markdown of messages is drawn. Its parser is large, and most messages have no marks, no links, and call
//! nobody: so the browser has it in a file of its own, and fetches that for the first message that needs it. Until
//! then such a message is shown as it was written. A page that begins with one says so ([`super::start::MARKED`]),
//! and waits for the file, so that it is the same on both sides.

use leptos::prelude::*;

use super::message_text::written;
use super::start::Start;
use crate::model::markdown::{as_written, unmarked};
use crate::model::{Event, Mentions, UserId};

/// What is fetched.
#[derive(Clone, Copy)]
pub struct Marks {
    /// Draws a text with marks, of those whom it calls, for a reader.
    pub draw: fn(&str, &Mentions, UserId) -> AnyView,
    /// The text without its marks, on one line.
    pub plain: fn(&str) -> String,
}

/// What draws marks, as soon as it is there. A context of every component of the window.
#[derive(Clone, Copy)]
pub struct Marked {
    marks: RwSignal<Option<Marks>>,
    /// Whether it is being fetched.
    asked: StoredValue<bool>,
}

impl Marked {
    pub fn provide() {
        provide_context(Self {
            marks: RwSignal::new(fetched()),
            asked: StoredValue::new(false),
        });
    }

    /// The text of a message. Watches for what draws marks, if that is not there.
    #[must_use]
    pub fn draw(self, text: &str, mentions: &Mentions, me: UserId) -> AnyView {
        if let Some(blocks) = unmarked(text) {
            return written(blocks);
        }
        match self.marks() {
            Some(marks) => (marks.draw)(text, mentions, me),
            None => written(as_written(text)),
        }
    }

    /// A text that was shortened to one line, without its marks. Watches as [`Marked::draw`] does.
    #[must_use]
    pub fn plain(self, text: String) -> String {
        if unmarked(&text).is_some() {
            return text;
        }
        match self.marks() {
            Some(marks) => (marks.plain)(&text),
            None => text,
        }
    }

    fn marks(self) -> Option<Marks> {
        let marks = self.marks.get();
        if marks.is_none() {
            self.fetch();
        }
        marks
    }

    /// Fetches it. What can't be fetched is asked for again with the next message.
    fn fetch(self) {
        #[cfg(feature = "hydrate")]
        if !self.asked.get_value() {
            self.asked.set_value(true);
            leptos::task::spawn_local(async move {
                let found = fetch().await.is_ok();
                let _ = self.asked.try_set_value(false);
                if found {
                    let _ = self.marks.try_set(fetched());
                }
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = self.asked;
    }
}

/// Whether the page that starts from this has a message with marks.
#[must_use]
pub fn is_needed(start: &Start) -> bool {
    let open = start.boot.as_ref().and_then(|boot| boot.open.as_ref());
    let events = open.map_or(&[] as &[Event], |page| page.events.as_slice());
    let mut texts = events.iter().filter_map(|event| event.body.text());
    let is_needed = texts.any(|text| unmarked(text).is_none());
    #[cfg(feature = "ssr")]
    if is_needed {
        // The browser is told at once.
        leptos::prefetch_lazy_fn_on_server("marked");
    }
    is_needed
}

#[cfg(not(feature = "hydrate"))]
fn fetched() -> Option<Marks> {
    Some(crate::ui::marked_text::MARKS)
}

#[cfg(feature = "hydrate")]
pub use browser::fetch;
#[cfg(feature = "hydrate")]
use browser::fetched;

#[cfg(feature = "hydrate")]
mod browser {
    use std::sync::OnceLock;

    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    use super::Marks;

    static FETCHED: OnceLock<Marks> = OnceLock::new();

    pub(super) fn fetched() -> Option<Marks> {
        FETCHED.get().copied()
    }

    /// Fetches it, unless it is there already.
    ///
    /// # Errors
    ///
    /// When it can't be fetched now. It can be asked for again.
    pub async fn fetch() -> Result<(), SplitLoaderError> {
        if fetched().is_none() {
            let _ = FETCHED.set(marks().await?);
        }
        Ok(())
    }

    // Nothing else may name it in the browser: that would make it a part of the first load.
    #[wasm_split(marked, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn marks() -> Result<Marks, SplitLoaderError> {
        Ok(crate::ui::marked_text::MARKS)
    }
}
