//! Where the Markdown of messages is read. The parser is large, and most messages have no marks: so the browser has
//! it in a file of its own, and fetches that for the first message that needs it. Until then such a message is shown
//! as it was written. A page that begins with one says so ([`super::start::MARKED`]), and waits for the file, so that
//! it is the same on both sides.

use leptos::prelude::*;

use super::start::Start;
use crate::model::Event;
use crate::model::markdown::{Block, as_written, unmarked};

/// Makes blocks of a text with marks.
type Parser = fn(&str) -> Vec<Block>;

/// The parser, as soon as it is there. A context of every component of the window.
#[derive(Clone, Copy)]
pub struct Marked {
    parser: RwSignal<Option<Parser>>,
    /// Whether it is being fetched.
    asked: StoredValue<bool>,
}

impl Marked {
    pub fn provide() {
        provide_context(Self {
            parser: RwSignal::new(fetched()),
            asked: StoredValue::new(false),
        });
    }

    /// The blocks of a message. Watches for the parser, if that is not there.
    #[must_use]
    pub fn blocks(self, text: &str) -> Vec<Block> {
        if let Some(blocks) = unmarked(text) {
            return blocks;
        }
        match self.parser.get() {
            Some(parse) => parse(text),
            None => {
                self.fetch();
                as_written(text)
            }
        }
    }

    /// Fetches the parser. What can't be fetched is asked for again with the next message.
    fn fetch(self) {
        #[cfg(feature = "hydrate")]
        if !self.asked.get_value() {
            self.asked.set_value(true);
            leptos::task::spawn_local(async move {
                let found = fetch().await.is_ok();
                let _ = self.asked.try_set_value(false);
                if found {
                    let _ = self.parser.try_set(fetched());
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
fn fetched() -> Option<Parser> {
    Some(crate::model::markdown::blocks)
}

#[cfg(feature = "hydrate")]
pub use browser::fetch;
#[cfg(feature = "hydrate")]
use browser::fetched;

#[cfg(feature = "hydrate")]
mod browser {
    use std::sync::OnceLock;

    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    use super::Parser;

    static FETCHED: OnceLock<Parser> = OnceLock::new();

    pub(super) fn fetched() -> Option<Parser> {
        FETCHED.get().copied()
    }

    /// Fetches the parser, unless it is there already.
    ///
    /// # Errors
    ///
    /// When it can't be fetched now. It can be asked for again.
    pub async fn fetch() -> Result<(), SplitLoaderError> {
        if fetched().is_none() {
            let _ = FETCHED.set(parser().await?);
        }
        Ok(())
    }

    // Nothing else may name it in the browser: that would make it a part of the first load.
    #[wasm_split(marked, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn parser() -> Result<Parser, SplitLoaderError> {
        Ok(crate::model::markdown::blocks)
    }
}
