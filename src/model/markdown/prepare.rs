//! Prepares a source for the Markdown parser. Where CommonMark would interpret characters that people mean literally,
//! or continue a quote beyond its marked lines, this inserts characters that prevent it. They are never shown.

use std::ops::Range;

/// A source with insertions.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {
    pub text: String,
    /// The positions of the inserted bytes, ascending. All of them are ASCII.
    inserted: Vec<usize>,
}

impl Prepared {
    /// Prepares the source: escapes a `>` that is not a quote mark, and ends a quote with its last line that begins
    /// with `>` (CommonMark's "lazy continuation" would include the next line).
    pub fn new(source: &str) -> Self {
        let mut prepared = Self::default();
        let mut fence = None::<Fence>;
        // The quote depth of the previous line.
        let mut before = 0;
        for line in source.split_inclusive('\n') {
            let content = line.trim_end();
            if let Some(open) = &fence {
                match open.classify(content) {
                    FenceLine::Within => {
                        prepared.text.push_str(line);
                        continue;
                    }
                    FenceLine::Closed => {
                        before = open.depth;
                        fence = None;
                        prepared.text.push_str(line);
                        continue;
                    }
                    // A fence ends with the quote that contains it.
                    FenceLine::Outside => {}
                }
            }
            let Prefix {
                depth,
                end,
                no_quote,
            } = Prefix::of(content);
            if depth < before && !content.trim().is_empty() {
                prepared.insert(&">".repeat(depth));
                prepared.insert("\n");
            }
            before = depth;
            fence = Fence::opened(&content[end..], depth);
            match no_quote {
                true => {
                    prepared.text.push_str(&line[..end]);
                    prepared.insert("\\");
                    prepared.text.push_str(&line[end..]);
                }
                false => prepared.text.push_str(line),
            }
        }
        prepared
    }

    fn insert(&mut self, text: &str) {
        let from = self.text.len();
        self.text.push_str(text);
        self.inserted.extend(from..self.text.len());
    }

    pub fn is_inserted(&self, at: usize) -> bool {
        self.inserted.binary_search(&at).is_ok()
    }

    pub fn has_inserted(&self, range: &Range<usize>) -> bool {
        let first = self.inserted.partition_point(|at| *at < range.start);
        self.inserted.get(first).is_some_and(|at| *at < range.end)
    }

    /// The text in this range without insertions.
    pub fn written(&self, range: Range<usize>) -> String {
        let text = &self.text[range.clone()];
        if self.inserted.is_empty() {
            return text.to_owned();
        }
        let chars = text.char_indices();
        let written = chars.filter(|(at, _)| !self.is_inserted(range.start + at));
        written.map(|(_, c)| c).collect()
    }

    /// A copy without the bytes at these positions, which must be ASCII and ascending.
    pub fn without(&self, places: &[usize]) -> Self {
        let mut without = Self::default();
        for (at, c) in self.text.char_indices() {
            if places.binary_search(&at).is_ok() {
                continue;
            }
            if self.is_inserted(at) {
                without.inserted.push(without.text.len());
            }
            without.text.push(c);
        }
        without
    }
}

/// The prefix of a line before its text: marks of quotes and lists.
struct Prefix {
    /// The quote depth.
    depth: usize,
    /// The length of the prefix, in bytes.
    end: usize,
    /// Whether it ends before a `>` that is not a quote mark.
    no_quote: bool,
}

impl Prefix {
    fn of(line: &str) -> Self {
        let mut depth = 0;
        let mut end = 0;
        loop {
            let rest = line[end..].trim_start();
            let at = line.len() - rest.len();
            if rest.starts_with('>') {
                if !is_quote(rest) {
                    return Self {
                        depth,
                        end: at,
                        no_quote: true,
                    };
                }
                depth += 1;
                end = at + 1;
            } else if let Some(length) = list_mark(rest) {
                end = at + length;
            } else {
                return Self {
                    depth,
                    end: at,
                    no_quote: false,
                };
            }
        }
    }
}

/// Whether the `>` at the beginning is a quote mark: followed, perhaps after a space, by a letter, a name, another mark
/// or nothing. `>_<`, `>:(`, `>=`, `>50%`, and the `>>>` of a prompt or a merge are literal.
fn is_quote(rest: &str) -> bool {
    if rest.starts_with(">>>") {
        return false;
    }
    let mut after = rest[1..].chars();
    match after.next() {
        None => true,
        Some(c) if c.is_alphabetic() => after.next() != Some('<'),
        Some(c) => c.is_whitespace() || ">@*`[#\"“„«‘「".contains(c),
    }
}

/// The length of a list mark in bytes, including the space behind it.
fn list_mark(rest: &str) -> Option<usize> {
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let end = match digits {
        0 if rest.starts_with(['-', '*', '+']) => 1,
        1..=9 if rest[digits..].starts_with(['.', ')']) => digits + 1,
        _ => return None,
    };
    rest[end..].starts_with([' ', '\t']).then_some(end + 1)
}

/// An open code fence.
struct Fence {
    mark: char,
    length: usize,
    /// The quote depth of the fence.
    depth: usize,
}

enum FenceLine {
    Within,
    Closed,
    Outside,
}

impl Fence {
    fn opened(rest: &str, depth: usize) -> Option<Self> {
        let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = run(rest, mark);
        let opens = length >= 3 && (mark == '~' || !rest[length..].contains('`'));
        opens.then_some(Self {
            mark,
            length,
            depth,
        })
    }

    fn classify(&self, line: &str) -> FenceLine {
        let mut rest = line;
        for _ in 0..self.depth {
            match rest.trim_start().strip_prefix('>') {
                Some(within) => rest = within,
                None => return FenceLine::Outside,
            }
        }
        let rest = rest.trim();
        match run(rest, self.mark) {
            length if length >= self.length && length == rest.len() => FenceLine::Closed,
            _ => FenceLine::Within,
        }
    }
}

fn run(text: &str, mark: char) -> usize {
    text.len() - text.trim_start_matches(mark).len()
}

/// The ranges of a source that stay as written: from a line in the middle of which a code fence opens, to the fence
/// that should close it. (Markdown would take the latter for an opening fence, which swallows the rest.)
pub(super) fn broken_fences(source: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if !source.contains("```") {
        return found;
    }
    let mut at = 0;
    let lines = source.split_inclusive('\n').map(|line| {
        at += line.len();
        (at - line.len()..at, line.trim())
    });
    let lines: Vec<_> = lines.collect();
    let is_fence = |line: &str| run(line, '`') >= 3 && !line.trim_start_matches('`').contains('`');
    let is_bare = |line: &str| run(line, '`') == line.len();
    let mut fences = lines.iter().filter(|(_, line)| is_fence(line)).count();
    let mut within = false;
    let mut next = 0;
    while let Some((range, line)) = lines.get(next) {
        next += 1;
        if is_fence(line) {
            within = !within || !is_bare(line);
            fences -= 1;
        } else if !within && fences % 2 == 1 && opens_within(line) {
            let ahead = lines[next..].iter().position(|(_, line)| is_fence(line));
            if let Some((end, _)) = ahead
                .and_then(|ahead| lines.get(next + ahead))
                .filter(|(_, line)| is_bare(line))
            {
                found.push(range.start..end.end);
                next += ahead.unwrap_or_default() + 1;
                fences -= 1;
            }
        }
    }
    found
}

/// Whether a line has a run of three or more backticks that isn't closed in it.
fn opens_within(line: &str) -> bool {
    let mut open = None::<usize>;
    let mut rest = line;
    while let Some(at) = rest.find("```") {
        let length = run(&rest[at..], '`');
        open = match open {
            None => Some(length),
            Some(before) if before == length => None,
            other => other,
        };
        rest = &rest[at + length..];
    }
    open.is_some()
}
