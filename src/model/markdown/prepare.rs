//! A source made ready for the Markdown parser. Where CommonMark takes for a mark what people mean as it stands, or
//! draws in a line that is none of its business, characters are put in that keep the parser from it. They are never
//! shown.

use std::ops::Range;

/// A source with what was put into it.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {
    pub text: String,
    /// Where the bytes stand that nobody wrote, ascending. All of them are ASCII.
    inserted: Vec<usize>,
}

impl Prepared {
    /// The source for the parser: a `>` that is no quote is escaped, and a quote ends with its last line that begins
    /// with `>` (CommonMark's "lazy continuation" would take in the one below).
    pub fn new(source: &str) -> Self {
        let mut prepared = Self::default();
        let mut fence = None::<Fence>;
        // How deep in quotes the line before is.
        let mut before = 0;
        for line in source.split_inclusive('\n') {
            let content = line.trim_end();
            if let Some(open) = &fence {
                match open.sees(content) {
                    Seen::Within => {
                        prepared.text.push_str(line);
                        continue;
                    }
                    Seen::Closed => {
                        before = open.depth;
                        fence = None;
                        prepared.text.push_str(line);
                        continue;
                    }
                    // A fence ends with the quote that it stands in.
                    Seen::Outside => {}
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

    /// What was written there.
    pub fn written(&self, range: Range<usize>) -> String {
        let text = &self.text[range.clone()];
        if self.inserted.is_empty() {
            return text.to_owned();
        }
        let chars = text.char_indices();
        let written = chars.filter(|(at, _)| !self.is_inserted(range.start + at));
        written.map(|(_, c)| c).collect()
    }

    /// Without the bytes at these places, which are ASCII and ascend.
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

/// What a line begins with before its text: quotes and marks of lists.
struct Prefix {
    /// How many quotes it is in.
    depth: usize,
    /// Where it ends, in bytes.
    end: usize,
    /// Whether a `>` stands there that is no quote.
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

/// Whether the `>` at the beginning quotes: a letter, a name, another mark or nothing stands behind it, maybe after a
/// space. `>_<`, `>:(`, `>=`, `>50%`, and `>>>` of a prompt or a merge mean themselves.
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

/// The bytes of the mark of a list, with the space behind it.
fn list_mark(rest: &str) -> Option<usize> {
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let end = match digits {
        0 if rest.starts_with(['-', '*', '+']) => 1,
        1..=9 if rest[digits..].starts_with(['.', ')']) => digits + 1,
        _ => return None,
    };
    rest[end..].starts_with([' ', '\t']).then_some(end + 1)
}

/// A fence of code that is open.
struct Fence {
    mark: char,
    length: usize,
    /// How deep in quotes it stands.
    depth: usize,
}

enum Seen {
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

    fn sees(&self, line: &str) -> Seen {
        let mut rest = line;
        for _ in 0..self.depth {
            match rest.trim_start().strip_prefix('>') {
                Some(within) => rest = within,
                None => return Seen::Outside,
            }
        }
        let rest = rest.trim();
        match run(rest, self.mark) {
            length if length >= self.length && length == rest.len() => Seen::Closed,
            _ => Seen::Within,
        }
    }
}

fn run(text: &str, mark: char) -> usize {
    text.len() - text.trim_start_matches(mark).len()
}

/// The stretches of a source that stay as they were written: from a line in whose middle a fence of code opens to the
/// one that would close it. (Markdown takes that one for the beginning of a block, and empties it.)
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

/// Whether a line has a run of three backticks or more that none in it closes.
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
