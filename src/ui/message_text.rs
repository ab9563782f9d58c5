//! A message's text: Markdown as what it means, its links, and whether it is only emoji. Nothing in it is
//! ever HTML: all text is text nodes.

use leptos::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::chat::use_chat;
use super::code_block::CodeBlock;
use super::marked::Marked;
use super::shared::shared;
use crate::model::links::{Piece, pieces};
use crate::model::markdown::{Block, Inline, Item};
use crate::model::mention::{self, Part};
use crate::model::{Mentions, UserId};

/// At most this many emoji alone are shown large.
const LARGE_MAX: usize = 6;
/// A message of more bytes, or lines, is folded.
const FOLD_BYTES: usize = 2_000;
/// See [`FOLD_BYTES`].
const FOLD_LINES: usize = 24;

/// The text of a message. A very long one is folded at first.
#[component]
pub fn MessageText(text: String, mentions: Mentions) -> impl IntoView {
    let marked = expect_context::<Marked>();
    let me = use_chat().me().id;
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
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {shared(name)}
            </button>
        }
        .into_any()
    });
    let draw = Draw { mentions, me };
    view! {
        <div class="message-text" class:large=large class:folded=move || !open.get() dir="auto">
            {shared(move || draw.all(marked.blocks(&text)))}
        </div>
        {unfold}
    }
}

/// What is needed to draw a message beside its text.
struct Draw {
    mentions: Mentions,
    me: UserId,
}

impl Draw {
    fn all(&self, blocks: Vec<Block>) -> AnyView {
        let blocks: Vec<AnyView> = blocks.into_iter().map(|it| self.block(it)).collect();
        blocks.into_any()
    }

    fn block(&self, block: Block) -> AnyView {
        match block {
            Block::Paragraph(inlines) => {
                view! { <p dir="auto">{self.line(inlines, true)}</p> }.into_any()
            }
            Block::Code { language, text } => view! { <CodeBlock language text /> }.into_any(),
            Block::Quote(blocks) => {
                view! { <blockquote>{self.all(blocks)}</blockquote> }.into_any()
            }
            Block::List(items) => {
                let has_numbers = items.first().is_some_and(|item| item.number.is_some());
                let items: Vec<AnyView> = items.into_iter().map(|it| self.item(it)).collect();
                match has_numbers {
                    true => view! { <ol>{items}</ol> }.into_any(),
                    false => view! { <ul>{items}</ul> }.into_any(),
                }
            }
        }
    }

    fn item(&self, Item { number, blocks }: Item) -> AnyView {
        let value = number.map(|number| number.to_string());
        view! {
            <li value=value dir="auto">
                {self.all(blocks)}
            </li>
        }
        .into_any()
    }

    /// `links`: whether addresses in it become links, and names mentions; not within a link.
    fn line(&self, inlines: Vec<Inline>, links: bool) -> AnyView {
        let parts = inlines.into_iter().map(|it| self.inline(it, links));
        parts.collect::<Vec<AnyView>>().into_any()
    }

    fn inline(&self, inline: Inline, links: bool) -> AnyView {
        let inner = |inner| self.line(inner, links);
        match inline {
            Inline::Text(text) if links => {
                let parts: Vec<AnyView> = pieces(&text).iter().map(|it| self.piece(it)).collect();
                parts.into_any()
            }
            Inline::Text(text) => text.into_any(),
            Inline::Code(text) => view! { <code>{text}</code> }.into_any(),
            Inline::Strong(it) => view! { <strong>{inner(it)}</strong> }.into_any(),
            Inline::Emphasis(it) => view! { <em>{inner(it)}</em> }.into_any(),
            Inline::Strike(it) => view! { <s>{inner(it)}</s> }.into_any(),
            Inline::Link { href, text } => link(href, self.line(text, false)),
        }
    }

    fn piece(&self, piece: &Piece) -> AnyView {
        match piece {
            Piece::Text(text) => {
                let parts = mention::parts(text, &self.mentions).into_iter();
                parts.map(|it| self.part(it)).collect::<Vec<_>>().into_any()
            }
            Piece::Link { href, text } => link(href.clone(), text.clone().into_any()),
        }
    }

    fn part(&self, part: Part<'_>) -> AnyView {
        let (text, calls_me) = match part {
            Part::Text(text) => return text.to_owned().into_any(),
            Part::Person(user, text) => (text, user == self.me),
            Part::Room(text) => (text, true),
        };
        let text = text.to_owned();
        view! {
            <span class="mention" class:mine=calls_me>
                {text}
            </span>
        }
        .into_any()
    }
}

/// Where it leads can be seen, also where the words say something else.
fn link(href: String, text: AnyView) -> AnyView {
    let title = href.clone();
    view! {
        <a href=href title=title rel="noopener nofollow ugc" target="_blank">
            {text}
        </a>
    }
    .into_any()
}

/// Whether the text is a handful of emoji and nothing else.
#[must_use]
pub fn is_few_emoji(text: &str) -> bool {
    let mut count = 0;
    for grapheme in text.graphemes(true).filter(|g| !g.trim().is_empty()) {
        count += 1;
        if count > LARGE_MAX || !is_emoji(grapheme) {
            return false;
        }
    }
    count > 0
}

/// Whether a grapheme is drawn as an emoji: by its block, or because it asks for that presentation.
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
