//! The text of a message, collapsed if it is long, and large if it is only emoji. It is never HTML: all text is text
//! nodes.

use leptos::prelude::*;

use crate::client::reactive::handler;
use crate::client::state::use_client;
use crate::model::Mentions;
use crate::model::graphemes::graphemes;
use crate::ui::common::erased::erase;
use crate::ui::markdown::loader::MarkdownContext;

/// The maximum number of emoji that are shown large.
const LARGE_MAX: usize = 6;
/// A message of more bytes, or lines, is collapsed.
const FOLD_BYTES: usize = 2_000;
/// See [`FOLD_BYTES`].
const FOLD_LINES: usize = 24;

/// The text of a message. A very long one is collapsed at first.
#[component]
pub fn MessageText(text: String, mentions: Mentions) -> impl IntoView {
    let marked = expect_context::<MarkdownContext>();
    let me = use_client().me().id;
    let large = is_few_emoji(&text);
    let is_long = text.len() > FOLD_BYTES || text.lines().nth(FOLD_LINES).is_some();
    let open = RwSignal::new(!is_long);
    let unfold = is_long.then(|| {
        let name = move || match open.get() {
            true => "Show less",
            false => "Show more",
        };
        view! {
            <button
                type="button"
                class="unfold live-only"
                aria-expanded=move || open.get().to_string()
                on:click=handler(move |_| open.update(|open| *open = !*open))
            >
                {erase(name)}
            </button>
        }
        .into_any()
    });
    view! {
        <div class="message-text" class:large=large class:folded=move || !open.get() dir="auto">
            {erase(move || marked.draw(&text, &mentions, me))}
        </div>
        {unfold}
    }
}

/// Whether the text is a few emoji and nothing else.
#[must_use]
pub fn is_few_emoji(text: &str) -> bool {
    // Most messages have a letter: no need to look further.
    if text.contains(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    let mut count = 0;
    for grapheme in graphemes(text).filter(|g| !g.trim().is_empty()) {
        count += 1;
        if count > LARGE_MAX || !is_emoji(grapheme) {
            return false;
        }
    }
    count > 0
}

/// Whether a grapheme is displayed as an emoji: by its block, or because it requests emoji presentation.
fn is_emoji(grapheme: &str) -> bool {
    let first = grapheme.chars().next().unwrap_or_default();
    let asks =
        grapheme.contains('\u{FE0F}') && (!first.is_ascii() || grapheme.contains('\u{20E3}'));
    asks || matches!(first,
        '\u{1F000}'..='\u{1FAFF}' | '\u{2614}'..='\u{2615}' | '\u{2648}'..='\u{2653}'
        | '\u{26A1}' | '\u{26BD}'..='\u{26BE}' | '\u{26C4}'..='\u{26C5}' | '\u{26D4}' | '\u{26EA}'
        | '\u{2705}' | '\u{270A}'..='\u{270B}' | '\u{2728}' | '\u{274C}' | '\u{274E}'
        | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}' | '\u{2B50}' | '\u{2B55}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_emoji_alone_are_shown_large() {
        for text in ["👍", "👩‍👩‍👧‍👦 🇩🇪", "❤️", "1️⃣", "👍🏽\n🎉"]
        {
            assert!(is_few_emoji(text), "{text}");
        }
        for text in ["", " ", "ok 👍", "1", "#", "👍👍👍👍👍👍👍", "→"] {
            assert!(!is_few_emoji(text), "{text}");
        }
    }
}
