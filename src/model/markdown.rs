//! What people write, as Markdown: the pieces that a message is drawn from. No HTML, no images; what is not
//! understood, or would not be seen, stays as it was written.

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag};

/// What stands deeper than this within lists, quotes and the like stays as it was written.
const DEPTH_MAX: usize = 12;
/// A list counts up to here: a line that begins with a year is none.
const NUMBER_MAX: u64 = 999;

/// A part of a message with lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Paragraph(Vec<Inline>),
    Code { language: String, text: String },
    Quote(Vec<Block>),
    List(Vec<Item>),
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// As it was written; `None` where the list has no numbers.
    pub number: Option<u64>,
    pub blocks: Vec<Block>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Code(String),
    Strong(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Strike(Vec<Inline>),
    /// Only to the web, or to write a mail.
    Link {
        href: String,
        text: Vec<Inline>,
    },
}

/// A message as it was written.
#[must_use]
pub fn as_written(source: &str) -> Vec<Block> {
    vec![Block::Paragraph(vec![Inline::Text(source.to_owned())])]
}

/// The blocks of a message that has no mark, no address and no name anywhere: what [`blocks`] makes of it, without
/// its parser. `None`: there may be one.
#[must_use]
pub fn unmarked(source: &str) -> Option<Vec<Block>> {
    let may_mark = |c: char| "*_~`\\<[&".contains(c) || (c.is_control() && c != '\n');
    if source.is_empty()
        || source.contains(may_mark)
        || source.contains('@')
        || source.contains("://")
    {
        return None;
    }
    let mut blocks = Vec::new();
    for paragraph in source.split("\n\n") {
        // An empty line more, or something that a block may begin with.
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

/// The blocks of a message.
#[must_use]
pub fn blocks(source: &str) -> Vec<Block> {
    let mut builder = Builder::new(source);
    let parser = Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH);
    for (event, range) in parser.into_offset_iter() {
        builder.take(event, range);
    }
    let shown = builder.finish();
    // Markdown drops some of what is written, as the targets of links that are nowhere used.
    let mut seen = String::new();
    shown.iter().for_each(|block| seen_of(block, &mut seen));
    if visible(&seen) == visible(source) && !seen.trim().is_empty() {
        shown
    } else {
        as_written(source)
    }
}

/// The texts of a message in which an address is a link and a name calls somebody: not code, and not what is
/// written of a link.
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
        Block::Code { .. } => {}
        Block::Quote(blocks) => blocks.iter().for_each(|it| texts_of(it, texts)),
        Block::List(items) => {
            let blocks = items.iter().flat_map(|item| &item.blocks);
            blocks.for_each(|it| texts_of(it, texts));
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

/// What somebody reads of a message where there is no room for its marks, on one line.
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
        Block::Paragraph(inlines) => {
            let mut text = String::new();
            inlines.iter().for_each(|it| plain_of_inline(it, &mut text));
            parts.push(text);
        }
        Block::Code { text, .. } => parts.push(text.clone()),
        Block::Quote(blocks) => blocks.iter().for_each(|it| plain_of(it, parts)),
        Block::List(items) => {
            for item in items {
                parts.extend(item.number.map(|number| format!("{number}.")));
                item.blocks.iter().for_each(|it| plain_of(it, parts));
            }
        }
    }
}

fn plain_of_inline(inline: &Inline, plain: &mut String) {
    match inline {
        Inline::Text(text) | Inline::Code(text) => plain.push_str(text),
        Inline::Strong(inner)
        | Inline::Emphasis(inner)
        | Inline::Strike(inner)
        | Inline::Link { text: inner, .. } => {
            inner.iter().for_each(|it| plain_of_inline(it, plain));
        }
    }
}

/// How many characters stand there but for spaces and what can be a mark.
fn visible(text: &str) -> usize {
    let is_visible = |c: &char| !(c.is_whitespace() || c.is_ascii_punctuation() || c.is_control());
    text.chars().filter(is_visible).count()
}

/// What somebody sees, or follows, of a block.
fn seen_of(block: &Block, seen: &mut String) {
    match block {
        Block::Paragraph(inlines) => inlines.iter().for_each(|it| seen_of_inline(it, seen)),
        Block::Code { language, text } => {
            seen.push_str(language);
            seen.push_str(text);
        }
        Block::Quote(blocks) => blocks.iter().for_each(|it| seen_of(it, seen)),
        Block::List(items) => {
            // A number with nothing behind it is no item: it is all that was written.
            for item in items.iter().filter(|item| !item.blocks.is_empty()) {
                seen.extend(item.number.map(|number| number.to_string()));
                item.blocks.iter().for_each(|it| seen_of(it, seen));
            }
        }
    }
}

fn seen_of_inline(inline: &Inline, seen: &mut String) {
    match inline {
        Inline::Text(text) | Inline::Code(text) => seen.push_str(text),
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
            inner.iter().for_each(|it| seen_of_inline(it, seen));
        }
        Inline::Link { href, text } => {
            let from = seen.len();
            text.iter().for_each(|it| seen_of_inline(it, seen));
            // An address that stands for itself was written once.
            let is_itself = href.strip_prefix("mailto:").unwrap_or(href) == &seen[from..];
            if !is_itself {
                seen.push_str(href);
            }
        }
    }
}

/// Whether a link may lead there: to the web, or to write a mail.
#[must_use]
pub fn is_safe(href: &str) -> bool {
    let scheme = href.split_once(':').map(|(scheme, _)| scheme);
    let safe = ["https", "http", "mailto"];
    scheme.is_some_and(|scheme| safe.iter().any(|it| it.eq_ignore_ascii_case(scheme)))
}

/// What is open while the text is read.
enum Open {
    Root,
    Paragraph,
    Quote,
    /// Whether it has numbers.
    List(bool, Vec<Item>),
    Item(Option<u64>),
    Strong,
    Emphasis,
    Strike,
    Link(String),
    /// What closes it, as it was written.
    Literal(&'static str),
    Code(String),
}

struct Frame {
    open: Open,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
}

impl Frame {
    fn new(open: Open) -> Self {
        Self {
            open,
            blocks: Vec::new(),
            inlines: Vec::new(),
        }
    }

    /// What stood in lines so far is a paragraph.
    fn flush(&mut self) {
        if !self.inlines.is_empty() {
            let inlines = std::mem::take(&mut self.inlines);
            self.blocks.push(Block::Paragraph(inlines));
        }
    }
}

struct Builder<'s> {
    source: &'s str,
    /// Never empty.
    frames: Vec<Frame>,
    /// Addresses that stand in the text: nothing within them is a mark.
    addresses: Vec<Range<usize>>,
    /// How deep within what stays as it was written.
    skipping: usize,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str) -> Self {
        let mut finder = LinkFinder::new();
        finder.kinds(&[LinkKind::Url]);
        let addresses = finder.links(source).map(|link| link.start()..link.end());
        Self {
            source,
            frames: vec![Frame::new(Open::Root)],
            addresses: addresses.collect(),
            skipping: 0,
        }
    }

    fn top(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Open::Root));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(_) if self.skipping > 0 => self.skipping += 1,
            Event::End(_) if self.skipping > 0 => self.skipping -= 1,
            _ if self.skipping > 0 => {}
            Event::Start(tag) => self.begin(tag, &range),
            Event::End(_) => self.end(),
            Event::Text(text) if matches!(self.top().open, Open::Code(_)) => self.text(&text),
            Event::Code(code) => self.inline(Inline::Code(code.into_string())),
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            // As it was written: an entity too.
            Event::Text(_) => self.text(&self.source[range]),
            Event::Rule => self.literal_block(&range),
            _ => self.text(&self.source[range]),
        }
    }

    fn begin(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        let is_mark = matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough);
        let is_inline = is_mark || matches!(tag, Tag::Link { .. } | Tag::Image { .. });
        let is_too_deep = self.frames.len() >= DEPTH_MAX;
        if is_mark
            && !is_too_deep
            && let Some(mark) = self.literal_mark(&tag, range)
        {
            self.text(mark);
            return self.frames.push(Frame::new(Open::Literal(mark)));
        }
        let open = match tag {
            _ if is_too_deep => None,
            Tag::Paragraph => Some(Open::Paragraph),
            Tag::BlockQuote(_) => Some(Open::Quote),
            Tag::List(first) if first.is_none_or(|first| first <= NUMBER_MAX) => {
                Some(Open::List(first.is_some(), Vec::new()))
            }
            Tag::Item => Some(Open::Item(self.number(range))),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => Some(Open::Code(info.into_string())),
            Tag::Emphasis => Some(Open::Emphasis),
            Tag::Strong => Some(Open::Strong),
            Tag::Strikethrough => Some(Open::Strike),
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } if title.is_empty() => link(link_type, &dest_url),
            _ => None,
        };
        match open {
            Some(open) => {
                let is_block = matches!(
                    open,
                    Open::Paragraph | Open::Quote | Open::List(..) | Open::Code(_)
                );
                if is_block {
                    self.top().flush();
                }
                self.frames.push(Frame::new(open));
            }
            None => {
                self.skipping = 1;
                if is_inline {
                    self.text(&self.source[range.clone()]);
                } else {
                    self.literal_block(range);
                }
            }
        }
    }

    /// The number of the item that begins there, if its list has numbers.
    fn number(&mut self, range: &Range<usize>) -> Option<u64> {
        let source = &self.source[range.clone()];
        let digits = source.find(|c: char| !c.is_ascii_digit());
        match self.top().open {
            Open::List(true, _) => source[..digits?].parse().ok(),
            _ => None,
        }
    }

    /// The mark of what is no mark: within an address, or a single tilde.
    fn literal_mark(&self, tag: &Tag<'_>, range: &Range<usize>) -> Option<&'static str> {
        let source = &self.source[range.clone()];
        let within = |at: usize| self.addresses.iter().any(|it| it.start < at && at < it.end);
        let is_within = within(range.start);
        match tag {
            Tag::Strikethrough if !source.starts_with("~~") => Some("~"),
            Tag::Strikethrough if is_within => Some("~~"),
            Tag::Emphasis if is_within && source.starts_with('_') => Some("_"),
            Tag::Emphasis if is_within => Some("*"),
            Tag::Strong if is_within && source.starts_with('_') => Some("__"),
            Tag::Strong if is_within => Some("**"),
            _ => None,
        }
    }

    fn end(&mut self) {
        if self.frames.len() < 2 {
            return;
        }
        let Some(mut frame) = self.frames.pop() else {
            return;
        };
        if matches!(frame.open, Open::Paragraph | Open::Quote | Open::Item(_)) {
            frame.flush();
        }
        let Frame {
            open,
            mut blocks,
            inlines,
        } = frame;
        match open {
            Open::Root => {}
            Open::Paragraph => self.top().blocks.append(&mut blocks),
            Open::Quote => self.top().blocks.push(Block::Quote(blocks)),
            Open::Item(number) => {
                if let Open::List(_, items) = &mut self.top().open {
                    items.push(Item { number, blocks });
                }
            }
            Open::List(_, items) => self.top().blocks.push(Block::List(items)),
            Open::Code(language) => {
                let text = inlines.iter().map(|inline| match inline {
                    Inline::Text(text) => &**text,
                    _ => "",
                });
                let text: String = text.collect();
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                self.top().blocks.push(Block::Code { language, text });
            }
            Open::Strong => self.inline(Inline::Strong(inlines)),
            Open::Emphasis => self.inline(Inline::Emphasis(inlines)),
            Open::Strike => self.inline(Inline::Strike(inlines)),
            Open::Link(href) => {
                let text = inlines;
                self.inline(Inline::Link { href, text });
            }
            Open::Literal(mark) => {
                for inline in inlines {
                    match inline {
                        Inline::Text(text) => self.text(&text),
                        other => self.inline(other),
                    }
                }
                self.text(mark);
            }
        }
    }

    fn inline(&mut self, inline: Inline) {
        self.top().inlines.push(inline);
    }

    fn text(&mut self, text: &str) {
        match self.top().inlines.last_mut() {
            Some(Inline::Text(before)) => before.push_str(text),
            _ => self.inline(Inline::Text(text.to_owned())),
        }
    }

    fn literal_block(&mut self, range: &Range<usize>) {
        let text = self.source[range.clone()].trim_end().to_owned();
        let top = self.top();
        top.flush();
        top.blocks.push(Block::Paragraph(vec![Inline::Text(text)]));
    }

    fn finish(mut self) -> Vec<Block> {
        while self.frames.len() > 1 {
            self.end();
        }
        let root = self.top();
        root.flush();
        std::mem::take(&mut root.blocks)
    }
}

/// A link, if it may be followed.
fn link(kind: LinkType, href: &str) -> Option<Open> {
    match kind {
        LinkType::Email => Some(Open::Link(["mailto:", href].concat())),
        LinkType::Inline | LinkType::Autolink if is_safe(href) => Some(Open::Link(href.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
