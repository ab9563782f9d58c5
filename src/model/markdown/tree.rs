//! The syntax tree of a message's Markdown.

/// A block of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Paragraph(Vec<Inline>),
    Code { language: String, text: String },
    Quote(Vec<Block>),
    List(Vec<Item>),
    Table(Table),
}

/// A table. Every row has as many cells as the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The alignment of each column.
    pub columns: Vec<Align>,
    pub head: Vec<Vec<Inline>>,
    pub rows: Vec<Vec<Vec<Inline>>>,
}

/// The alignment of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    #[default]
    Start,
    Center,
    End,
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The number as written; `None` in a bullet list.
    pub number: Option<u64>,
    /// For a task: whether it is done.
    pub done: Option<bool>,
    pub blocks: Vec<Block>,
}

/// An inline part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Code(String),
    Strong(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Strike(Vec<Inline>),
    /// Leads to the web or to a mail address only.
    Link {
        href: String,
        text: Vec<Inline>,
    },
}

/// Whether a link may lead there: to the web or to a mail address.
#[must_use]
pub fn is_safe(href: &str) -> bool {
    let scheme = href.split_once(':').map(|(scheme, _)| scheme);
    let safe = ["https", "http", "mailto"];
    scheme.is_some_and(|scheme| safe.iter().any(|it| it.eq_ignore_ascii_case(scheme)))
}

/// The text of a line without its marks.
pub(super) fn plain_of_line(inlines: &[Inline]) -> String {
    let mut text = String::new();
    inlines.iter().for_each(|it| plain_of_inline(it, &mut text));
    text
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
