//! The renderer of message texts: Markdown, links and mentions. It never produces HTML from the text: all text is
//! text nodes.

use leptos::prelude::*;

use super::code_block::CodeBlock;
use super::loader;
use super::loader::MarkdownView;
use crate::client::state::use_client;
use crate::model::links::{TextPiece, pieces};
use crate::model::markdown::{self, Align, Block, Inline, Item, Table};
use crate::model::mention::{self, TextPart};
use crate::model::{Mentions, UserId};

/// Makes the renderer available to [`crate::ui::markdown::loader::MarkdownContext`]. Must be called before the app is
/// rendered.
pub fn install() {
    #[cfg(not(feature = "hydrate"))]
    loader::RENDERER.set(RENDERER);
    #[cfg(feature = "hydrate")]
    loader::RENDERER.set_source(|| Box::pin(async { marks().await.ok() }));
}

#[cfg(feature = "hydrate")]
use leptos::wasm_split::{SplitLoaderError, wasm_split};

#[cfg(feature = "hydrate")]
#[wasm_split(marked, wasm_split_path = ::leptos::wasm_split, fallible)]
fn marks() -> Result<MarkdownView, SplitLoaderError> {
    Ok(RENDERER)
}

/// In the browser, only code that is split off may name this, or it becomes a part of the first load.
const RENDERER: MarkdownView = MarkdownView {
    draw,
    plain: markdown::plain,
};

/// Renders a text with Markdown. `me`: the reader.
fn draw(text: &str, mentions: &Mentions, me: UserId) -> AnyView {
    let draw = Draw {
        mentions: Some(mentions),
        me,
    };
    draw.all(markdown::blocks(text))
}

/// The context of a message's text.
struct Draw<'a> {
    /// `None` within a quote: its names are not mentions by this message.
    mentions: Option<&'a Mentions>,
    me: UserId,
}

impl Draw<'_> {
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
                let quoted = Draw {
                    mentions: None,
                    me: self.me,
                };
                view! { <blockquote>{quoted.all(blocks)}</blockquote> }.into_any()
            }
            Block::Table(table) => self.table(table),
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

    fn item(
        &self,
        Item {
            number,
            done,
            blocks,
        }: Item,
    ) -> AnyView {
        let value = number.map(|number| number.to_string());
        let task = done.map(|done| {
            let label = if done { "Done" } else { "Not done" };
            view! { <input type="checkbox" disabled checked=done aria-label=label /> }.into_any()
        });
        view! {
            <li value=value class:task=done.is_some() dir="auto">
                {task}
                {self.all(blocks)}
            </li>
        }
        .into_any()
    }

    /// A table that scrolls within its box: by keyboard too, so the box is focusable.
    fn table(&self, table: Table) -> AnyView {
        let Table {
            columns,
            head,
            rows,
        } = table;
        let align = |at: usize| match columns.get(at) {
            Some(Align::Center) => Some("center"),
            Some(Align::End) => Some("end"),
            _ => None,
        };
        let head: Vec<AnyView> = (head.into_iter().enumerate())
            .map(|(at, cell)| {
                view! { <th scope="col" class=align(at) dir="auto">{self.line(cell, true)}</th> }
                    .into_any()
            })
            .collect();
        let row = |cells: Vec<Vec<Inline>>| {
            let cells: Vec<AnyView> = (cells.into_iter().enumerate())
                .map(|(at, cell)| {
                    view! { <td class=align(at) dir="auto">{self.line(cell, true)}</td> }.into_any()
                })
                .collect();
            view! { <tr>{cells}</tr> }.into_any()
        };
        let rows: Vec<AnyView> = rows.into_iter().map(row).collect();
        view! {
            <div class="table" role="region" aria-label="Table" tabindex="0">
                <table>
                    <thead>
                        <tr>{head}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    }

    /// `links`: whether addresses become links, and names mentions; false within a link.
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

    fn piece(&self, piece: &TextPiece) -> AnyView {
        match piece {
            TextPiece::Text(text) => {
                let parts = match self.mentions {
                    Some(mentions) => mention::parts(text, mentions),
                    None => vec![TextPart::Text(text)],
                };
                let parts = parts.into_iter();
                parts.map(|it| self.part(it)).collect::<Vec<_>>().into_any()
            }
            TextPiece::Link { href, text } => link(href.clone(), text.clone().into_any()),
        }
    }

    fn part(&self, part: TextPart<'_>) -> AnyView {
        let (text, user) = match part {
            TextPart::Text(text) => return text.to_owned().into_any(),
            TextPart::Person(user, text) => {
                let person = use_client().person(user);
                let name = person.map(|person| ["@", &person.shown()].concat());
                (name.unwrap_or_else(|| text.to_owned()), Some(user))
            }
            TextPart::Room(text) => (text.to_owned(), None),
        };
        let calls_me = user.is_none_or(|user| user == self.me);
        let user = user.map(|user| user.to_string());
        view! {
            <span class="mention" class:mine=calls_me data-user=user>
                {text}
            </span>
        }
        .into_any()
    }
}

/// A link whose target is shown in a tooltip, since its text may claim another.
fn link(href: String, text: AnyView) -> AnyView {
    let title = href.clone();
    view! {
        <a href=href title=title rel="noopener nofollow ugc" target="_blank">
            {text}
        </a>
    }
    .into_any()
}
