//! Text without Markdown, or whose Markdown can't be rendered yet.

use leptos::prelude::*;

use crate::model::markdown::{Block, Inline};

/// Renders the paragraphs of a text as they were written.
#[must_use]
pub fn written(blocks: Vec<Block>) -> AnyView {
    let paragraph = |block| match block {
        Block::Paragraph(inlines) => {
            let texts = inlines.into_iter().filter_map(|inline| match inline {
                Inline::Text(text) => Some(text.into_any()),
                _ => None,
            });
            view! { <p dir="auto">{texts.collect::<Vec<AnyView>>()}</p> }.into_any()
        }
        _ => ().into_any(),
    };
    let paragraphs: Vec<AnyView> = blocks.into_iter().map(paragraph).collect();
    paragraphs.into_any()
}
