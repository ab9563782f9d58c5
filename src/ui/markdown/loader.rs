//! The lazily loaded Markdown renderer. Its parser is large, and most messages have no marks, links or mentions: so
//! the browser has it in a file of its own, and fetches that for the first message that needs it. Until then such a
//! message is shown as plain text. A page that starts with one says so
//! ([`crate::model::page_data::NEEDS_MARKDOWN`]), and hydrates after the file has arrived, so that both sides
//! render the same.

use leptos::prelude::*;

use super::plain::written;
use crate::model::markdown::{as_written, unmarked};
use crate::model::{Event, Mentions, PageData, UserId};
use crate::ui::lazy::loader;
use crate::ui::lazy::loader::Loader;

/// The functions of the renderer.
#[derive(Clone, Copy)]
pub struct MarkdownView {
    /// Renders a text with Markdown and mentions, for a reader.
    pub draw: fn(&str, &Mentions, UserId) -> AnyView,
    /// The text without its marks, on one line.
    pub plain: fn(&str) -> String,
}

/// The renderer, once loaded.
pub static RENDERER: Loader<MarkdownView> = Loader::new();

/// The renderer as a signal. A context of every component of the window.
#[derive(Clone, Copy)]
pub struct MarkdownContext {
    marks: RwSignal<Option<MarkdownView>>,
    /// Whether it is being fetched.
    is_fetching: StoredValue<bool>,
}

impl MarkdownContext {
    pub fn provide() {
        provide_context(Self {
            marks: RwSignal::new(RENDERER.get()),
            is_fetching: StoredValue::new(false),
        });
    }

    /// Renders the text of a message. Tracks the renderer if the text needs it and it isn't loaded.
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

    /// A text that was shortened to one line, without its marks. Tracks as [`MarkdownContext::draw`] does.
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

    fn marks(self) -> Option<MarkdownView> {
        let marks = self.marks.get();
        if marks.is_none() {
            self.fetch();
        }
        marks
    }

    /// Fetches the renderer. After a failure, the next message that needs it tries again.
    fn fetch(self) {
        if !self.is_fetching.get_value() {
            self.is_fetching.set_value(true);
            loader::spawn(async move {
                let found = RENDERER.load().await;
                let _ = self.is_fetching.try_set_value(false);
                if found.is_some() {
                    let _ = self.marks.try_set(found);
                }
            });
        }
    }
}

/// Whether the page with this data has a message that needs the renderer.
#[must_use]
pub fn is_needed(data: &PageData) -> bool {
    let open = data.boot.as_ref().and_then(|boot| boot.open.as_ref());
    let events = open.map_or(&[] as &[Event], |page| page.events.as_slice());
    let mut texts = events.iter().filter_map(|event| event.body.text());
    let is_needed = texts.any(|text| unmarked(text).is_none());
    if is_needed {
        loader::prefetch("marked");
    }
    is_needed
}
