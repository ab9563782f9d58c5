//! Builds blocks from the events of the Markdown parser. It accounts for every byte of the source: each is either
//! shown, or is a mark that has an effect. Where that fails, the message is shown as written.

mod begin;
mod escapes;

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, TagEnd};

pub(super) use self::escapes::escapes;
use super::prepare::Prepared;
use super::tree::{Block, Inline, Item, Table, plain_of_line};
use crate::model::links;

/// Content nested deeper than this in lists, quotes and the like stays as written.
pub(super) const DEPTH_MAX: usize = 12;

/// An open element.
enum Open {
    Root,
    Paragraph,
    Quote,
    /// Whether it is numbered.
    List(bool, Vec<Item>),
    Item(Option<u64>, Option<bool>),
    Strong,
    Emphasis,
    Strike,
    Link(String),
    /// Its closing mark, as written.
    Literal(&'static str),
    Code(String),
    Table(Table),
    /// The cells so far.
    Row(Vec<Vec<Inline>>),
    Cell,
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

    /// Turns the pending inlines into a paragraph.
    fn flush(&mut self) {
        if !self.inlines.is_empty() {
            let inlines = std::mem::take(&mut self.inlines);
            self.blocks.push(Block::Paragraph(inlines));
        }
    }
}

pub(super) struct Builder<'s> {
    prepared: &'s Prepared,
    source: &'s str,
    /// Each backslash that the parser consumes, and whether it has an effect. Ascending.
    escapes: &'s [(usize, bool)],
    /// Never empty.
    frames: Vec<Frame>,
    /// Addresses in the text: nothing within them is a mark.
    addresses: Vec<Range<usize>>,
    /// The nesting depth within an element that stays as written.
    skipping: usize,
    /// For each byte, whether it is shown literally.
    shown: Vec<bool>,
    /// For each byte, whether it is a mark with an effect.
    marks: Vec<bool>,
}

impl<'s> Builder<'s> {
    pub fn new(prepared: &'s Prepared, escapes: &'s [(usize, bool)]) -> Self {
        let source = &*prepared.text;
        Self {
            prepared,
            source,
            escapes,
            frames: vec![Frame::new(Open::Root)],
            addresses: links::addresses(source),
            skipping: 0,
            shown: vec![false; source.len()],
            marks: vec![false; source.len()],
        }
    }

    /// The blocks; `None` if part of the source would be invisible.
    pub fn build(mut self) -> Option<Vec<Block>> {
        self.read();
        let is_all = !self.has_lost(0..self.source.len());
        let is_seen = self.shown.contains(&true);
        while self.frames.len() > 1 {
            self.end(0..0);
        }
        let root = self.top();
        root.flush();
        (is_all && is_seen).then(|| std::mem::take(&mut root.blocks))
    }

    fn read(&mut self) {
        let options =
            Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
        for (event, range) in Parser::new_ext(self.source, options).into_offset_iter() {
            self.event(event, range);
        }
    }

    /// Whether something in this range is neither shown nor a mark.
    fn has_lost(&self, range: Range<usize>) -> bool {
        let mut all = self.source[range.clone()].char_indices();
        all.any(|(at, c)| {
            let at = range.start + at;
            let is_accounted = self.shown[at] || self.marks[at] || self.prepared.is_inserted(at);
            !is_accounted && !c.is_whitespace() && !c.is_control()
        })
    }

    fn top(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Open::Root));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(_) if self.skipping > 0 => self.skipping += 1,
            Event::End(_) if self.skipping > 0 => self.skipping -= 1,
            _ if self.skipping > 0 => {}
            Event::Start(tag) => self.start(tag, &range),
            Event::End(TagEnd::Table) => self.end_table(range),
            Event::End(_) => self.end(range),
            Event::Text(text) if matches!(self.top().open, Open::Code(_)) => {
                self.show(range.clone());
                match self.prepared.has_inserted(&range) {
                    true => self.text(&self.prepared.written(range)),
                    false => self.text(&text),
                }
            }
            Event::Text(_) => self.escaped(range),
            Event::Code(code) => self.code(&code, range),
            // A backslash at the end of a line has no effect: line breaks are kept anyway.
            Event::HardBreak if self.source[range.clone()].starts_with('\\') => {
                self.show(range.start..range.start + 1);
                self.text("\\\n");
            }
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            Event::Rule => self.literal_block(range),
            Event::TaskListMarker(done) => self.task(done, range),
            _ => self.written(range),
        }
    }

    fn code(&mut self, code: &str, range: Range<usize>) {
        let source = &self.source[range.clone()];
        let ticks = source.len() - source.trim_start_matches('`').len();
        let ticks = ticks.min(source.len() / 2);
        let inside = range.start + ticks..range.end - ticks;
        self.mark(range.start..inside.start);
        self.mark(inside.end..range.end);
        self.show(inside.clone());
        let code = match self.prepared.has_inserted(&inside) {
            true => self.prepared.written(inside).replace('\n', " "),
            false => code.to_owned(),
        };
        self.inline(Inline::Code(code));
    }

    /// Adds text as written (even entities), with the backslash before it if that has no effect.
    fn escaped(&mut self, range: Range<usize>) {
        if let Some(before) = range.start.checked_sub(1)
            && let Ok(found) = self.escapes.binary_search_by_key(&before, |(at, _)| *at)
        {
            let is_pipe = self.source[range.clone()].starts_with('|');
            let in_cell = |frame: &Frame| matches!(frame.open, Open::Cell);
            match self.escapes[found].1 || is_pipe && self.frames.iter().any(in_cell) {
                true => self.mark(before..range.start),
                false => self.written(before..range.start),
            }
        }
        self.written(range);
    }

    fn written(&mut self, range: Range<usize>) {
        self.show(range.clone());
        let text = self.prepared.written(range);
        self.text(&text);
    }

    fn show(&mut self, range: Range<usize>) {
        self.shown[range].fill(true);
    }

    fn mark(&mut self, range: Range<usize>) {
        self.marks[range].fill(true);
    }

    /// Turns the innermost item into a task.
    fn task(&mut self, is_done: bool, range: Range<usize>) {
        let item = self
            .frames
            .iter_mut()
            .rev()
            .find_map(|frame| match &mut frame.open {
                Open::Item(_, done) => Some(done),
                _ => None,
            });
        match item {
            Some(done) => {
                *done = Some(is_done);
                self.mark(range);
            }
            None => self.written(range),
        }
    }

    /// A row with more cells than the head would lose them: such a table stays as written.
    fn end_table(&mut self, range: Range<usize>) {
        if self.has_lost(range.clone()) {
            self.frames.pop();
            self.literal_block(range);
        } else {
            self.end(range);
        }
    }

    fn end(&mut self, range: Range<usize>) {
        if self.frames.len() < 2 {
            return;
        }
        let Some(mut frame) = self.frames.pop() else {
            return;
        };
        if matches!(frame.open, Open::Paragraph | Open::Quote | Open::Item(..)) {
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
            // Empty: show it as written.
            Open::Quote if blocks.is_empty() => self.literal_block(range),
            Open::Quote => self.top().blocks.push(Block::Quote(blocks)),
            Open::Item(number, done) => {
                if let Open::List(_, items) = &mut self.top().open {
                    items.push(Item {
                        number,
                        done,
                        blocks,
                    });
                }
            }
            // It is empty, or an item of it is nested too deep.
            Open::List(_, items)
                if !blocks.is_empty() || items.iter().all(|item| item.blocks.is_empty()) =>
            {
                self.literal_block(range);
            }
            Open::List(_, items) => self.top().blocks.push(Block::List(items)),
            Open::Code(language) => {
                let text: String = inlines.iter().map(text_of).collect();
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                match text.trim().is_empty() {
                    true => self.literal_block(range),
                    false => self.top().blocks.push(Block::Code { language, text }),
                }
            }
            Open::Strong => self.inline(Inline::Strong(inlines)),
            Open::Emphasis => self.inline(Inline::Emphasis(inlines)),
            Open::Strike => self.inline(Inline::Strike(inlines)),
            // A link without visible text can't be clicked.
            Open::Link(_) if plain_of_line(&inlines).trim().is_empty() => {
                self.written(range);
            }
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
            Open::Cell => {
                if let Open::Row(cells) = &mut self.top().open {
                    cells.push(inlines);
                }
            }
            // Content that is nested too deep is in no cell.
            Open::Row(_) if !blocks.is_empty() => self.top().blocks.append(&mut blocks),
            Open::Row(mut cells) => {
                if let Open::Table(table) = &mut self.top().open {
                    cells.resize(table.columns.len(), Vec::new());
                    match table.head.is_empty() {
                        true => table.head = cells,
                        false => table.rows.push(cells),
                    }
                }
            }
            Open::Table(_) if !blocks.is_empty() => self.literal_block(range),
            Open::Table(table) => self.top().blocks.push(Block::Table(table)),
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

    fn literal_block(&mut self, range: Range<usize>) {
        self.show(range.clone());
        let text = self.prepared.written(range).trim_end().to_owned();
        let top = self.top();
        top.flush();
        top.blocks.push(Block::Paragraph(vec![Inline::Text(text)]));
    }
}

fn text_of(inline: &Inline) -> &str {
    match inline {
        Inline::Text(text) => text,
        _ => "",
    }
}
