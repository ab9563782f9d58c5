use proptest::prelude::*;

use super::builder::DEPTH_MAX;
use super::*;
use crate::model::markdown;

fn text(text: &str) -> Inline {
    Inline::Text(text.into())
}

fn line(inlines: Vec<Inline>) -> Vec<Block> {
    vec![Block::Paragraph(inlines)]
}

fn item(number: Option<u64>, blocks: Vec<Block>) -> Item {
    Item {
        number,
        done: None,
        blocks,
    }
}

fn plain(source: &str) -> Vec<Block> {
    line(vec![text(source)])
}

#[test]
fn marks_make_text_strong_slanted_and_struck() {
    assert_eq!(
        blocks("a **b** *c* ~~d~~ `e*f*`"),
        line(vec![
            text("a "),
            Inline::Strong(vec![text("b")]),
            text(" "),
            Inline::Emphasis(vec![text("c")]),
            text(" "),
            Inline::Strike(vec![text("d")]),
            text(" "),
            Inline::Code("e*f*".into()),
        ])
    );
}

#[test]
fn lines_stay_lines() {
    assert_eq!(blocks("a\nb"), plain("a\nb"));
    assert_eq!(blocks("a\n\nb"), [plain("a"), plain("b")].concat());
}

#[test]
fn code_keeps_what_is_in_it_and_its_language() {
    let code = |language: &str, text: &str| Block::Code {
        language: language.into(),
        text: text.into(),
    };
    assert_eq!(
        blocks("```rust\nlet a = *b;\n\n  c\n```"),
        [code("rust", "let a = *b;\n\n  c")]
    );
    assert_eq!(blocks("```\n<b>\n"), [code("", "<b>")]);
}

#[test]
fn lists_and_quotes_hold_blocks() {
    assert_eq!(
        blocks("> a\n> - b\n>   1. c\n> - d"),
        [Block::Quote(vec![
            plain("a").remove(0),
            Block::List(vec![
                item(
                    None,
                    [
                        plain("b"),
                        vec![Block::List(vec![item(Some(1), plain("c"))])]
                    ]
                    .concat()
                ),
                item(None, plain("d")),
            ]),
        ])]
    );
}

#[test]
fn a_number_stays_as_it_was_written_and_a_year_is_none() {
    assert_eq!(
        blocks("3. a\n7. b"),
        [Block::List(vec![
            item(Some(3), plain("a")),
            item(Some(7), plain("b"))
        ])]
    );
    for source in ["1986. What a year.", "007. Bond", "1. a\n02. b"] {
        assert_eq!(blocks(source), plain(source), "{source}");
    }
}

#[test]
fn links_lead_to_the_web_or_to_a_mail_and_nowhere_else() {
    assert_eq!(
        blocks("[here](https://example.org)"),
        line(vec![Inline::Link {
            href: "https://example.org".into(),
            text: vec![text("here")],
        }])
    );
    for source in [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,y)",
        "[x](vbscript:y)",
        "[x](//example.org)",
        "[x](/t/1)",
        "[x](&#106;avascript:alert(1))",
        "<javascript:alert(1)>",
        "![x](https://example.org/a.png)",
        "[x](https://example.org \"with a title\")",
        "[x](https://example.org \"\")",
        "[x](https://example.org/&amp;)",
        "[x](https://example.org/\\_)",
    ] {
        assert_eq!(blocks(source), plain(source), "{source}");
    }
}

#[test]
fn unsupported_markdown_stays_as_written() {
    for source in [
        "<b>bold</b>",
        "<script>alert(1)</script>",
        "# no heading",
        "no\n---",
        "***",
        "-",
        "+",
        "1.",
        ">",
        "[a]: https://example.org",
        "[a]\n\n[a]: https://example.org \"b\"",
        "AT&T &amp; &lt;b&gt;",
        "about ~5 or ~6",
        "snake_case_name",
        "https://example.org/_a_/*b*/~~c~~",
        "\\",
        "| a | b |\n|---|---|\n| c | d | lost |",
        "a\n|-|",
        "a\n:-",
    ] {
        assert_eq!(blocks(source), plain(source), "{source}");
    }
}

#[test]
fn marks_can_be_escaped() {
    assert_eq!(blocks("2 \\* 3 \\* 4"), plain("2 * 3 * 4"));
}

fn code(language: &str, text: &str) -> Block {
    Block::Code {
        language: language.into(),
        text: text.into(),
    }
}

#[test]
fn literal_characters_are_not_marks() {
    for source in [
        r"\\server\share\_docs",
        r"\\server\share\_docs\_old_\*.txt",
        r"C:\temp\*.* or C:\new\",
        r"¯\_(ツ)_/¯",
        "¯_(ツ)_/¯",
        r"\d+\.\d* and \[a-z\]",
        r"\frac{a}{b} \# \& \!",
        "a\\\nb",
        "2*3*4",
        "2**3**4",
        "(2*3)*4*(5)",
        "f(x)*2*y",
        "snake_case_name",
        "obj.__init__(self) and obj.__name__",
        "__init__.py",
        "self._x_.y",
        "src/*.rs and tests/*.rs",
        "**/node_modules/**",
        "/*comment*/",
        "and/_or_/not",
        "^_^ hi ^_^",
        "-_- hello -_-",
        "(*_*) (*_*)",
        ";_; no ;_;",
        ">_< ow >_<",
        ">:( why",
        ">50% of us",
        ">>> import this",
        "a\n>= b",
        "say \"__\" and \"__\"",
        "** ** and ~~ ~~",
        "~/.config and ~/.cache",
        "a~~b~~c",
        "```",
        "```\n```",
        "````rust\n\n````",
        "[](https://example.org)",
        "a\n\n>",
        "look: ```\nlet a = *b*;\n\n- c\n```",
        "see ~~~js\nlet a = 1;\n~~~",
        r"¯\\_(ツ)_/¯ and ¯\_(ツ)_/¯",
        r"\\?\C:\_x_\*_y",
        "2 ** 3 ** 4, 5*x*y + 3*z",
        "def f(*a, **k): return g(*a, **k)",
        "x = *p; y = *q;",
        "a_b_c, d__e__f and _g.h_i",
        "https://example.org/a_b_(c)_d*e*f",
        "[a]: https://example.org",
        "[^1]: a note",
        "<!-- hidden --> <b>a</b> &amp; &nbsp;",
        "Title\n===",
        "Title\n---",
        "* * *",
        "_____",
        "# no heading",
        "    four spaces",
        "[x] done, [ ] not",
        "1986. A year",
        "+1",
        "| a | b |\n|---|\n| c |",
        "a | b\nc | d",
        "> look: ```\n> ```",
    ] {
        let shown = blocks(source);
        let texts: Vec<_> = shown
            .iter()
            .map(|block| match block {
                Block::Paragraph(inlines) => plain_of_line(inlines),
                Block::Quote(blocks) => format!("> {}", plain_of_lines(blocks)),
                other => panic!("{source:?}: {other:?}"),
            })
            .collect();
        let is_text = |text: &str| {
            text.chars()
                .filter(|c| !c.is_whitespace())
                .collect::<String>()
        };
        assert_eq!(
            is_text(&texts.concat()),
            is_text(&source.replace("\n> ", "")),
            "{source}"
        );
    }
}

fn plain_of_lines(blocks: &[Block]) -> String {
    let lines = blocks.iter().map(|block| match block {
        Block::Paragraph(inlines) => plain_of_line(inlines),
        other => panic!("{other:?}"),
    });
    lines.collect()
}

#[test]
fn marks_count_at_the_edges_of_words() {
    let strong = |it: &str| Inline::Strong(vec![text(it)]);
    let slanted = |it: &str| Inline::Emphasis(vec![text(it)]);
    for (source, inlines) in [
        ("(**a**)", vec![text("("), strong("a"), text(")")]),
        ("\"*a*\"!", vec![text("\""), slanted("a"), text("\"!")]),
        ("the **API**s", vec![text("the "), strong("API"), text("s")]),
        ("…*sigh*…", vec![text("…"), slanted("sigh"), text("…")]),
        ("...*sigh*.", vec![text("..."), slanted("sigh"), text(".")]),
        (
            "这是**重要**的",
            vec![text("这是"), strong("重要"), text("的")],
        ),
        ("非常_好_吗", vec![text("非常_好_吗")]),
        (
            "*a*, __b__: c",
            vec![slanted("a"), text(", "), strong("b"), text(": c")],
        ),
        ("***a***", vec![Inline::Emphasis(vec![strong("a")])]),
        ("*👍*", vec![slanted("👍")]),
        ("non-*zero*", vec![text("non-"), slanted("zero")]),
    ] {
        assert_eq!(blocks(source), line(inlines), "{source}");
    }
}

#[test]
fn backslash_disappears_only_where_it_has_an_effect() {
    for (source, shown) in [
        (r"\*not slanted\*", "*not slanted*"),
        (r"\*not slanted*", "*not slanted*"),
        (r"\`no code\`", "`no code`"),
        (r"\> no quote", "> no quote"),
        (r"1\. no list", "1. no list"),
        (r"\- no list", "- no list"),
        (r"\[a](https://b.c)", "[a](https://b.c)"),
        (r"2 \* 3", "2 * 3"),
        (r"\__a__", "__a__"),
    ] {
        assert_eq!(markdown::plain(source), shown, "{source}");
    }
    assert_eq!(
        blocks(r"`a\_b\*`"),
        line(vec![Inline::Code(r"a\_b\*".into())])
    );
    assert_eq!(blocks("```\n\\*a\\*\n```"), [code("", r"\*a\*")]);
}

#[test]
fn fence_within_a_line_swallows_nothing() {
    let broken = "look: ```rust\nlet a = 1;\n```";
    let then = [broken, "\nand **b**"].concat();
    assert_eq!(
        blocks(&then),
        [
            plain(broken),
            line(vec![text("and "), Inline::Strong(vec![text("b")])])
        ]
        .concat()
    );
    // An unclosed run leaves the block below it unaffected.
    assert_eq!(
        blocks("about ``` it:\n\n```\na\n```"),
        [plain("about ``` it:"), vec![code("", "a")]].concat()
    );
    assert_eq!(blocks("```\na ``` b\n```"), [code("", "a ``` b")]);
}

#[test]
fn a_line_below_a_quote_is_not_quoted() {
    let quote = |blocks| Block::Quote(blocks);
    assert_eq!(
        blocks("> a\nb"),
        [vec![quote(plain("a"))], plain("b")].concat()
    );
    assert_eq!(
        blocks("> a\n> b\nc\n> d"),
        [
            vec![quote(plain("a\nb"))],
            plain("c"),
            vec![quote(plain("d"))]
        ]
        .concat()
    );
    assert_eq!(
        blocks(">> a\n> b"),
        [quote([vec![quote(plain("a"))], plain("b")].concat())]
    );
    assert_eq!(
        blocks("- > a\n  b"),
        [Block::List(vec![item(
            None,
            [vec![quote(plain("a"))], plain("b")].concat()
        )])]
    );
    // Within code, `>` is not a quote mark.
    assert_eq!(blocks("```\n> a\nb\n```"), [code("", "> a\nb")]);
    assert_eq!(
        blocks("> ```\n> a\nb"),
        [vec![quote(vec![code("", "a")])], plain("b")].concat()
    );
}

#[test]
fn a_table_has_a_head_and_rows_and_aligns_its_columns() {
    let cell = |it: &str| match it {
        "" => Vec::new(),
        it => vec![text(it)],
    };
    let row = |cells: &[&str]| cells.iter().map(|it| cell(it)).collect::<Vec<_>>();
    assert_eq!(
        blocks("| a | b | c |\n|---|:-:|--:|\n| d | e\\|f | h |\n| i |\n\ng"),
        [
            vec![Block::Table(Table {
                columns: vec![Align::Start, Align::Center, Align::End],
                head: row(&["a", "b", "c"]),
                rows: vec![row(&["d", "e|f", "h"]), row(&["i", "", ""])],
            })],
            plain("g"),
        ]
        .concat()
    );
    let Some(Block::Table(table)) = blocks("a | **b**\n- | -\n`c` | @d").pop() else {
        panic!("no table");
    };
    assert_eq!(table.head[1], [Inline::Strong(vec![text("b")])]);
    assert_eq!(table.rows[0][0], [Inline::Code("c".into())]);
    assert_eq!(texts("a | **b**\n- | -\n`c` | @d"), ["a", "b", "@d"]);
}

#[test]
fn a_task_is_done_or_not() {
    let task = |done, it: &str| Item {
        number: None,
        done: Some(done),
        blocks: plain(it),
    };
    assert_eq!(
        blocks("- [ ] a\n- [x] b\n- c"),
        [Block::List(vec![
            task(false, "a"),
            task(true, "b"),
            item(None, plain("c"))
        ])]
    );
    assert_eq!(markdown::plain("- [ ] a\n- [x] b"), "☐ a ☑ b");
    assert_eq!(blocks("[ ] a"), plain("[ ] a"));
}

#[test]
fn nesting_beyond_the_limit_is_text() {
    let deep = ">".repeat(5_000) + "a";
    assert!(depth(&blocks(&deep)) <= DEPTH_MAX + 1);
    // An item or a cell just below the depth limit.
    for depth in 5..DEPTH_MAX + 2 {
        let quotes = "> ".repeat(depth);
        let letters = |text: &str| {
            text.chars()
                .filter(|c| c.is_alphabetic())
                .collect::<String>()
        };
        for lines in [
            vec!["- abc", "- def"],
            vec!["| a | b |", "|---|---|", "| c | d |"],
        ] {
            let lines = lines.into_iter().map(|line| format!("{quotes}{line}\n"));
            let source: String = lines.collect();
            assert_eq!(
                letters(&markdown::plain(&source)),
                letters(&source),
                "{source}"
            );
        }
    }
    let deep = "**a *b ".repeat(1_000);
    assert!(depth(&blocks(&deep)) <= DEPTH_MAX + 1);
}

fn depth(blocks: &[Block]) -> usize {
    let inner = blocks.iter().map(|block| match block {
        Block::Quote(blocks) => depth(blocks),
        Block::List(items) => {
            let inner = items.iter().map(|item| depth(&item.blocks));
            inner.max().unwrap_or(0)
        }
        Block::Paragraph(inlines) => depth_of_line(inlines),
        Block::Table(table) => {
            let cells = table.cells().map(|cell| depth_of_line(cell));
            cells.max().unwrap_or(0)
        }
        Block::Code { .. } => 0,
    });
    1 + inner.max().unwrap_or(0)
}

fn depth_of_line(inlines: &[Inline]) -> usize {
    let inner = inlines.iter().map(|inline| match inline {
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
            1 + depth_of_line(inner)
        }
        Inline::Link { text, .. } => 1 + depth_of_line(text),
        _ => 0,
    });
    inner.max().unwrap_or(0)
}

fn hrefs(blocks: &[Block]) -> Vec<String> {
    fn of_line(inlines: &[Inline], found: &mut Vec<String>) {
        for inline in inlines {
            match inline {
                Inline::Link { href, text } => {
                    found.push(href.clone());
                    of_line(text, found);
                }
                Inline::Strong(it) | Inline::Emphasis(it) | Inline::Strike(it) => {
                    of_line(it, found);
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => of_line(inlines, &mut found),
            Block::Quote(blocks) => found.extend(hrefs(blocks)),
            Block::List(items) => {
                found.extend(items.iter().flat_map(|item| hrefs(&item.blocks)));
            }
            Block::Table(table) => table.cells().for_each(|cell| of_line(cell, &mut found)),
            Block::Code { .. } => {}
        }
    }
    found
}

/// Text with many marks.
fn marked() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9 é🎉\n]{0,6}",
        "[*_~`>#\\[\\]()!<&;:|\\\\/+-]{1,4}",
        Just("\n> ".to_owned()),
        "\n[0-9]{1,4}[.)] ",
        Just("\n    ".to_owned()),
        Just("```".to_owned()),
        Just("](javascript:x)".to_owned()),
        Just("](https://a.b/c_d)".to_owned()),
        Just("<a href=x>".to_owned()),
        Just("[a]: x".to_owned()),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

#[test]
fn plain_text_has_no_marks() {
    for (source, short) in [
        (
            "**bold** and `code`, ~~not~~ snake_case",
            "bold and code, not snake_case",
        ),
        ("see [the page](https://a.b/c)", "see the page"),
        ("> as he said", "as he said"),
        ("1. one", "1. one"),
        ("```rust let x = 1; ```", "rust let x = 1;"),
        ("cut **in the mid", "cut **in the mid"),
    ] {
        assert_eq!(markdown::plain(source), short);
    }
}

#[test]
fn unmarked_text_needs_no_parser() {
    for source in ["hello", "a\nb\n\nc! (d) 1 - 2 = 3 #e"] {
        assert_eq!(unmarked(source), Some(blocks(source)), "{source}");
    }
    for source in [
        "*a*",
        "a_b",
        "- a",
        "a\n> b",
        "1. a",
        "a\n\n\nb",
        "a  \nb",
        "\ta",
        "",
        "see https://example.org/",
    ] {
        assert_eq!(unmarked(source), None, "{source}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn unmarked_blocks_equal_parsed_blocks(
        source in prop_oneof!["[a-c1.)>#=+ \n-]{0,12}", "[a-z@:/. é\n(!?|]{0,40}", ".{0,60}"],
    ) {
        if let Some(drawn) = unmarked(&source) {
            prop_assert_eq!(drawn, blocks(&source));
        }
    }

    #[test]
    fn all_text_is_visible_and_links_only_where_written(
        source in prop_oneof![marked(), tabled(), ".{0,200}"],
    ) {
        let shown = blocks(&source);
        let mut seen = String::new();
        shown.iter().for_each(|block| seen_of(block, &mut seen));
        let letters = |text: &str| {
            let is_visible = |c: &char| !(c.is_whitespace() || c.is_ascii_punctuation() || c.is_control());
            let mut letters: Vec<char> = text.chars().filter(is_visible).collect();
            letters.sort_unstable();
            letters
        };
        prop_assert_eq!(letters(&seen), letters(&source));
        prop_assert!(hrefs(&shown).iter().all(|href| is_safe(href)));
        prop_assert!(depth(&shown) <= DEPTH_MAX + 1);
    }

    #[test]
    fn invisible_characters_are_marks_with_an_effect(
        source in prop_oneof![marked(), tabled(), "[a-c*_~\\\\ ]{0,30}"],
    ) {
        let shown = blocks(&source);
        let mut seen = String::new();
        shown.iter().for_each(|block| seen_of(block, &mut seen));
        let effects = Effects::of(&shown);
        let gone = |c: char| source.matches(c).count().saturating_sub(seen.matches(c).count());
        for (mark, most) in effects.marks(&seen) {
            prop_assert!(gone(mark) <= most, "{} × {:?} of {:?}: {:?}", gone(mark), mark, source, shown);
        }
    }
}

/// Counts the marks that have an effect in the blocks.
#[derive(Debug, Default)]
struct Effects {
    stars_or_lows: usize,
    tildes: usize,
    items: usize,
    codes: usize,
    fences: usize,
    quotes: usize,
    links: usize,
    tables: usize,
}

impl Effects {
    fn of(blocks: &[Block]) -> Self {
        let mut effects = Self::default();
        effects.add(blocks);
        effects
    }

    fn add(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Paragraph(inlines) => self.add_line(inlines),
                Block::Code { .. } => self.fences += 1,
                Block::Quote(blocks) => {
                    self.quotes += 1;
                    self.add(blocks);
                }
                Block::List(items) => {
                    self.items += items.len();
                    items.iter().for_each(|item| self.add(&item.blocks));
                }
                Block::Table(table) => {
                    self.tables += 1;
                    table.cells().for_each(|cell| self.add_line(cell));
                }
            }
        }
    }

    fn add_line(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text(_) => {}
                Inline::Code(_) => self.codes += 1,
                Inline::Link { text, .. } => {
                    self.links += 1;
                    self.add_line(text);
                }
                Inline::Strong(it) => {
                    self.stars_or_lows += 4;
                    self.add_line(it);
                }
                Inline::Emphasis(it) => {
                    self.stars_or_lows += 2;
                    self.add_line(it);
                }
                Inline::Strike(it) => {
                    self.tildes += 4;
                    self.add_line(it);
                }
            }
        }
    }

    /// The maximum number of each character that may be missing from the shown text.
    fn marks(&self, seen: &str) -> Vec<(char, usize)> {
        let any = |count: usize| if count > 0 { usize::MAX } else { 0 };
        let escapable = seen.chars().filter(char::is_ascii_punctuation).count();
        vec![
            ('*', self.stars_or_lows + self.items),
            ('_', self.stars_or_lows),
            ('~', self.tildes.max(any(self.fences))),
            ('`', any(self.fences + self.codes)),
            ('>', any(self.quotes + self.links)),
            ('|', any(self.tables)),
            ('\\', escapable),
            ('!', 0),
            ('#', 0),
            (';', 0),
            ('/', 0),
            ('&', 0),
            ('<', self.links),
            (':', any(self.tables)),
            ('-', self.items.max(any(self.tables))),
            ('+', self.items),
            ('(', self.links),
        ]
    }
}

/// Text that resembles a table.
fn tabled() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-c*`\\\\|]{0,4}",
        Just(" | ".to_owned()),
        Just("\n".to_owned())
    ];
    let rows = prop::collection::vec(piece, 0..24);
    ("[a-c|]{1,6}", "[|:-]{1,8}", rows)
        .prop_map(|(head, line, rows)| [&head, "\n", &line, "\n", &rows.concat()].concat())
}

/// Everything in a block that is visible or can be followed.
fn seen_of(block: &Block, seen: &mut String) {
    match block {
        Block::Paragraph(inlines) => inlines.iter().for_each(|it| seen_of_inline(it, seen)),
        Block::Code { language, text } => {
            seen.push_str(language);
            seen.push_str(text);
        }
        Block::Quote(blocks) => blocks.iter().for_each(|it| seen_of(it, seen)),
        Block::List(items) => {
            for item in items {
                seen.extend(item.number.map(|number| number.to_string()));
                seen.extend((item.done == Some(true)).then_some('x'));
                item.blocks.iter().for_each(|it| seen_of(it, seen));
            }
        }
        Block::Table(table) => {
            let inlines = table.cells().flatten();
            inlines.for_each(|it| seen_of_inline(it, seen));
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
            // A bare address was written once.
            let is_itself = href.strip_prefix("mailto:").unwrap_or(href) == &seen[from..];
            if !is_itself {
                seen.push_str(href);
            }
        }
    }
}
