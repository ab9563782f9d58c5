use proptest::prelude::*;

use super::*;
use crate::model::markdown;

fn text(text: &str) -> Inline {
    Inline::Text(text.into())
}

fn line(inlines: Vec<Inline>) -> Vec<Block> {
    vec![Block::Paragraph(inlines)]
}

fn item(number: Option<u64>, blocks: Vec<Block>) -> Item {
    Item { number, blocks }
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
    ] {
        assert_eq!(blocks(source), plain(source), "{source}");
    }
}

#[test]
fn what_is_no_markdown_here_stays_as_it_was_written() {
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
        "| a | b |\n|---|---|\n| c | d |",
    ] {
        assert_eq!(blocks(source), plain(source), "{source}");
    }
}

#[test]
fn a_mark_can_be_taken_as_it_is() {
    assert_eq!(blocks("2 \\* 3 \\* 4"), plain("2 * 3 * 4"));
}

#[test]
fn what_is_too_deep_is_text() {
    let deep = ">".repeat(5_000) + "a";
    assert!(depth(&blocks(&deep)) <= DEPTH_MAX + 1);
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
            Block::Code { .. } => {}
        }
    }
    found
}

/// Text with many marks in it.
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
fn in_short_a_message_is_read_without_its_marks() {
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
fn what_has_no_mark_needs_no_parser() {
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
    fn without_the_parser_a_text_is_what_it_is_with_it(
        source in prop_oneof!["[a-c1.)>#=+ \n-]{0,12}", "[a-z@:/. é\n(!?|]{0,40}", ".{0,60}"],
    ) {
        if let Some(drawn) = unmarked(&source) {
            prop_assert_eq!(drawn, blocks(&source));
        }
    }

    #[test]
    fn whatever_is_written_can_be_seen_and_leads_nowhere_else(
        source in prop_oneof![marked(), ".{0,200}"],
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
}
