//! Message text as Markdown (CommonMark with the tables, task lists and strikethrough of GitHub), parsed into the
//! blocks that views render. No HTML, no images, no headings.
//!
//! Nothing written is lost: each character of the source is either shown, or is a mark that has an effect. Unsupported
//! syntax stays as written; a backslash disappears only where it prevents an effect, and a mark only where it is meant
//! as one ([`meant`]).

mod builder;
mod meant;
mod prepare;
mod tree;

pub use tree::{Align, Block, Inline, Item, Table, is_safe};

use builder::Builder;
use prepare::{Prepared, broken_fences};
use tree::plain_of_line;

/// A message without any formatting.
#[must_use]
pub fn as_written(source: &str) -> Vec<Block> {
    vec![Block::Paragraph(vec![Inline::Text(source.to_owned())])]
}

/// The blocks of a message that certainly contains no mark, address or mention: the result of [`blocks`], without its
/// parser. `None` if it may contain one.
#[must_use]
pub fn unmarked(source: &str) -> Option<Vec<Block>> {
    let may_mark = |c: char| "*_~`\\<[&|".contains(c) || (c.is_control() && c != '\n');
    if source.is_empty()
        || source.contains(may_mark)
        || super::script::has_mention_sign(source)
        || source.contains("://")
    {
        return None;
    }
    let mut blocks = Vec::new();
    for paragraph in source.split("\n\n") {
        // An additional empty line, or something that may start a block.
        if paragraph.is_empty() || paragraph.split('\n').any(may_begin_block) {
            return None;
        }
        blocks.extend(as_written(paragraph));
    }
    Some(blocks)
}

fn may_begin_block(line: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let after_digits = line.trim_start_matches(is_digit);
    line.trim() != line
        || line.is_empty()
        || line.starts_with(['>', '#', '-', '+', '='])
        || (after_digits.len() < line.len() && after_digits.starts_with(['.', ')']))
}

/// Parses a message.
#[must_use]
pub fn blocks(source: &str) -> Vec<Block> {
    let mut all = Vec::new();
    let mut from = 0;
    for broken in broken_fences(source) {
        all.extend(parse(&source[from..broken.start]));
        all.extend(as_written(source[broken.clone()].trim_end()));
        from = broken.end;
    }
    match from {
        0 => parse(source),
        _ => {
            all.extend(parse(&source[from..]));
            all
        }
    }
}

fn parse(source: &str) -> Vec<Block> {
    if source.trim().is_empty() {
        return Vec::new();
    }
    let prepared = Prepared::new(source);
    let escapes = builder::escapes(&prepared);
    let shown = Builder::new(&prepared, &escapes).build();
    // The parser drops some of the source, such as unused link definitions.
    shown.unwrap_or_else(|| as_written(source))
}

/// The texts of a message in which names are mentions: no code, no link texts, no quotes.
#[must_use]
pub fn texts(source: &str) -> Vec<String> {
    let mut texts = Vec::new();
    blocks(source)
        .iter()
        .for_each(|it| texts_of(it, &mut texts));
    texts
}

fn texts_of(block: &Block, texts: &mut Vec<String>) {
    match block {
        Block::Paragraph(inlines) => inlines.iter().for_each(|it| texts_of_inline(it, texts)),
        // A quoted mention has already been made by the quoted message.
        Block::Code { .. } | Block::Quote(_) => {}
        Block::List(items) => {
            let blocks = items.iter().flat_map(|item| &item.blocks);
            blocks.for_each(|it| texts_of(it, texts));
        }
        Block::Table(table) => {
            let inlines = table.cells().flatten();
            inlines.for_each(|it| texts_of_inline(it, texts));
        }
    }
}

fn texts_of_inline(inline: &Inline, texts: &mut Vec<String>) {
    match inline {
        Inline::Text(text) => texts.push(text.clone()),
        Inline::Code(_) | Inline::Link { .. } => {}
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
            inner.iter().for_each(|it| texts_of_inline(it, texts));
        }
    }
}

impl Table {
    /// All cells, row by row, the head first.
    pub fn cells(&self) -> impl Iterator<Item = &Vec<Inline>> {
        self.head.iter().chain(self.rows.iter().flatten())
    }
}

/// A message without its marks, on one line, for compact views.
#[must_use]
pub fn plain(source: &str) -> String {
    let mut parts = Vec::new();
    blocks(source)
        .iter()
        .for_each(|it| plain_of(it, &mut parts));
    let words: Vec<_> = parts.iter().flat_map(|it| it.split_whitespace()).collect();
    words.join(" ")
}

fn plain_of(block: &Block, parts: &mut Vec<String>) {
    match block {
        Block::Paragraph(inlines) => parts.push(plain_of_line(inlines)),
        Block::Code { text, .. } => parts.push(text.clone()),
        Block::Quote(blocks) => blocks.iter().for_each(|it| plain_of(it, parts)),
        Block::List(items) => {
            for item in items {
                parts.extend(item.number.map(|number| format!("{number}.")));
                parts.extend(
                    item.done
                        .map(|done| if done { "☑" } else { "☐" }.to_owned()),
                );
                item.blocks.iter().for_each(|it| plain_of(it, parts));
            }
        }
        Block::Table(table) => parts.extend(table.cells().map(|cell| plain_of_line(cell))),
    }
}

#[cfg(test)]
mod tests;
