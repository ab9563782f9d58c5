//! The start of an element of Markdown: which block or inline it opens, and which bytes are its marks.

use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, LinkType, Tag};

use super::{Builder, DEPTH_MAX, Frame, Open};
use crate::model::markdown::meant::is_meant;
use crate::model::markdown::{Align, Table, is_safe};

/// Highest number of a list item; beyond that (a year, for example), the line is not a list.
const NUMBER_MAX: u64 = 999;

impl Builder<'_> {
    pub(super) fn start(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        let is_too_deep = self.frames.len() >= DEPTH_MAX;
        let mark = mark_of(&tag, &self.source[range.clone()]);
        if let Some((mark, is_mark)) = mark.filter(|_| !is_too_deep) {
            let is_mark = is_mark
                && is_meant(self.source, range, mark.len())
                && !self.is_within_address(range.start);
            let ends = [
                range.start..range.start + mark.len(),
                range.end - mark.len()..range.end,
            ];
            if !is_mark {
                ends.into_iter().for_each(|end| self.show(end));
                self.text(mark);
                return self.frames.push(Frame::new(Open::Literal(mark)));
            }
            ends.into_iter().for_each(|end| self.mark(end));
        }
        let is_inline = mark.is_some() || matches!(tag, Tag::Link { .. } | Tag::Image { .. });
        match self.open(tag, range).filter(|_| !is_too_deep) {
            Some(open) => {
                let is_block = matches!(
                    open,
                    Open::Paragraph | Open::Quote | Open::List(..) | Open::Code(_) | Open::Table(_)
                );
                if is_block {
                    self.top().flush();
                }
                self.account(&open, range);
                self.frames.push(Frame::new(open));
            }
            None => {
                self.skipping = 1;
                match is_inline {
                    true => self.written(range.clone()),
                    false => self.literal_block(range.clone()),
                }
            }
        }
    }

    /// The element that starts there; `None` if it stays as written.
    fn open(&mut self, tag: Tag<'_>, range: &Range<usize>) -> Option<Open> {
        Some(match tag {
            Tag::Paragraph => Open::Paragraph,
            Tag::BlockQuote(_) => Open::Quote,
            Tag::List(first) if first.is_none_or(|first| first <= NUMBER_MAX) => {
                Open::List(first.is_some(), Vec::new())
            }
            Tag::Item => Open::Item(self.number(range), None),
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) => {
                let first = self.source[range.clone()]
                    .lines()
                    .next()
                    .unwrap_or_default();
                let language = first.trim().trim_start_matches(['`', '~']).trim();
                Open::Code(language.to_owned())
            }
            Tag::Emphasis => Open::Emphasis,
            Tag::Strong => Open::Strong,
            Tag::Strikethrough => Open::Strike,
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } if title.is_empty() => {
                return link(link_type, &dest_url, &self.source[range.clone()]);
            }
            // A line without `|` above dashes is underlined text.
            Tag::Table(columns) if self.source[range.clone()].lines().next()?.contains('|') => {
                let columns = columns.into_iter().map(|column| match column {
                    Alignment::Center => Align::Center,
                    Alignment::Right => Align::End,
                    Alignment::None | Alignment::Left => Align::Start,
                });
                Open::Table(Table {
                    columns: columns.collect(),
                    head: Vec::new(),
                    rows: Vec::new(),
                })
            }
            Tag::TableHead | Tag::TableRow => Open::Row(Vec::new()),
            Tag::TableCell => Open::Cell,
            _ => return None,
        })
    }

    /// Records the bytes that are marks of the element.
    fn account(&mut self, open: &Open, range: &Range<usize>) {
        let source = &self.source[range.clone()];
        let lines = source.split_inclusive('\n').scan(range.start, |at, line| {
            *at += line.len();
            Some((*at - line.len(), line))
        });
        match open {
            Open::Quote => {
                for (at, line) in lines {
                    let rest = line.trim_start_matches(['>', ' ', '\t']);
                    self.mark(at..at + line.len() - rest.len());
                }
            }
            Open::Item(number, _) => {
                let end = source.find(char::is_whitespace).unwrap_or(source.len());
                let is_number = number.is_none_or(|number| {
                    source
                        .strip_prefix(&*number.to_string())
                        .is_some_and(|rest| rest.starts_with(['.', ')']))
                });
                if is_number {
                    self.mark(range.start..range.start + end);
                }
            }
            // The fences; the lines between them are shown.
            Open::Code(_) => {
                let mut lines = lines;
                let ends = [lines.next(), lines.last()];
                for (at, line) in ends.into_iter().flatten() {
                    self.mark(at..at + line.len());
                }
            }
            Open::Link(_) => self.mark(range.clone()),
            Open::Table(_) => {
                for (row, (at, line)) in lines.enumerate() {
                    for (place, byte) in line.bytes().enumerate() {
                        // The second line only sets the alignment of the columns.
                        if byte == b'|' || row == 1 {
                            self.mark(at + place..at + place + 1);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// The number of the item that starts there, if its list is numbered.
    fn number(&mut self, range: &Range<usize>) -> Option<u64> {
        let source = &self.source[range.clone()];
        let digits = source.find(|c: char| !c.is_ascii_digit());
        match self.top().open {
            Open::List(true, _) => source[..digits?].parse().ok(),
            _ => None,
        }
    }

    fn is_within_address(&self, at: usize) -> bool {
        self.addresses.iter().any(|it| it.start < at && at < it.end)
    }
}

/// The mark on both sides of emphasized or struck text, and whether it counts: a single tilde doesn't.
fn mark_of(tag: &Tag<'_>, source: &str) -> Option<(&'static str, bool)> {
    let is_low = source.starts_with('_');
    match tag {
        Tag::Strikethrough if source.starts_with("~~") => Some(("~~", true)),
        Tag::Strikethrough => Some(("~", false)),
        Tag::Emphasis => Some((if is_low { "_" } else { "*" }, true)),
        Tag::Strong => Some((if is_low { "__" } else { "**" }, true)),
        _ => None,
    }
}

/// A link, if it may be followed and leads where its source indicates: without escapes, entities or a title.
fn link(kind: LinkType, href: &str, source: &str) -> Option<Open> {
    let is_plain = || {
        let target = source.strip_suffix(')').unwrap_or(source).trim_end();
        let target = target.strip_suffix('>').unwrap_or(target);
        let before = target.strip_suffix(href).map(str::trim_end);
        before.is_some_and(|before| before.ends_with("](") || before.ends_with("](<"))
    };
    match kind {
        LinkType::Email => Some(Open::Link(["mailto:", href].concat())),
        LinkType::Inline if is_safe(href) && is_plain() => Some(Open::Link(href.to_owned())),
        LinkType::Autolink if is_safe(href) => Some(Open::Link(href.to_owned())),
        _ => None,
    }
}
