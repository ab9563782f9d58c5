use proptest::prelude::*;

use super::*;

fn mentions(names: &[&str], room: bool) -> Mentions {
    let people = names.iter().zip(1..).map(|(name, id)| Mentioned {
        user: UserId(id),
        name: (*name).to_owned(),
    });
    Mentions {
        people: people.collect(),
        room,
    }
}

#[test]
fn name_behind_an_at_sign_is_mentioned() {
    for (text, names) in [
        ("@bob", vec!["bob"]),
        ("hi @Bob, (@ana) and @bob", vec!["Bob", "ana", "bob"]),
        ("**@bob** and\n- @ana", vec!["bob", "ana"]),
        ("@田中 @élodie @क्षमा", vec!["田中", "élodie", "क्षमा"]),
        ("@bob.smith.", vec!["bob.smith."]),
        ("@bob's and @ana?", vec!["bob", "ana"]),
        ("@room", vec!["room"]),
        ("请@ben看", vec!["ben看"]),
        (
            "你好、@benさん。@ana，@room！",
            vec!["benさん", "ana", "room"],
        ),
        ("＠ben ﹫ana", vec!["ben", "ana"]),
        ("請＠田中", vec!["田中"]),
        ("ถาม@กิตครับ", vec!["กิตครับ"]),
        ("그건@ben에게", vec!["ben에게"]),
        ("«@ben» “@ana”…@bob¿@zoe?", vec!["ben", "ana", "bob", "zoe"]),
        ("| @ben |\n|---|\n| @ana |", vec!["ben", "ana"]),
    ] {
        assert_eq!(mentioned_names(text), names, "{text}");
    }
}

#[test]
fn addresses_and_code_mention_nobody() {
    for text in [
        "",
        "no one",
        "@",
        "@ bob",
        "@.bob",
        "bob@ana",
        "bob@example.org",
        "@bob@example.org",
        "a.@bob",
        "https://example.org/@bob",
        "`@bob`",
        "```\n@bob\n```",
        "[@bob](https://example.org)",
        "@@bob",
        "bob＠example.org",
        "é@bob",
        "٣@bob",
        "> @bob",
        "> @room\n> - @ana",
        "- > @bob",
        "> a\n> > @bob",
    ] {
        assert_eq!(mentioned_names(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn the_longest_name_comes_first() {
    let all = |token| names(token).collect::<Vec<_>>();
    assert_eq!(all("benさん"), ["benさん", "benさ", "ben"]);
    assert_eq!(all("田中-x看"), ["田中-x看", "田中-x", "田中", "田"]);
    assert_eq!(all("กิต"), ["กิต", "กิ"]);
    let long = "田".repeat(100);
    assert_eq!(names(&long).count(), limits::USERNAME_MAX + 1);
    assert_eq!(all("bob"), ["bob"]);
    assert_eq!(all("bob."), ["bob"]);
    assert_eq!(all("bob.smith-x..."), ["bob.smith-x", "bob.smith", "bob"]);
    assert_eq!(all("a__b"), ["a__b", "a"]);
}

#[test]
fn only_resolved_mentions_are_shown() {
    let both = mentions(&["bob", "bob.smith"], false);
    assert_eq!(
        parts("@bob.smith. @bob.x @bobby @room", &both),
        [
            TextPart::Person(UserId(2), "@bob.smith"),
            TextPart::Text(". "),
            TextPart::Person(UserId(1), "@bob"),
            TextPart::Text(".x @bobby @room"),
        ]
    );
    assert_eq!(
        parts("hi @Room!", &mentions(&[], true)),
        [
            TextPart::Text("hi "),
            TextPart::Room("@Room"),
            TextPart::Text("!")
        ]
    );
    assert_eq!(
        parts("@bob", &Mentions::default()),
        [TextPart::Text("@bob")]
    );
}

#[test]
fn text_below_a_quote_mentions_and_the_quote_does_not() {
    assert_eq!(mentioned_names("> @bob said\n@ana look"), ["ana"]);
}

#[test]
fn text_adjacent_to_a_name_is_not_part_of_it() {
    let ben = mentions(&["ben"], false);
    for (text, before, after) in [("请@ben看", "请", "看"), ("、@benさん", "、", "さん")]
    {
        assert_eq!(
            parts(text, &ben),
            [
                TextPart::Text(before),
                TextPart::Person(UserId(1), "@ben"),
                TextPart::Text(after)
            ]
        );
    }
    assert_eq!(parts("＠ben", &ben), [TextPart::Person(UserId(1), "＠ben")]);
    assert_eq!(begun("请@be"), Some(3));
    assert_eq!(begun("、＠be"), Some(3));
    assert_eq!(begun("é@be"), None);
    assert_eq!(begun("@Pe\u{301}r"), Some(0));
}

#[test]
fn number_of_mentions_is_bounded() {
    let all: Vec<_> = (0..1_000).map(|n| format!("@user{n}")).collect();
    assert_eq!(mentioned_names(&all.join(" ")).len(), limits::MENTIONS_MAX);
}

/// Text with many at signs.
fn calling() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zé田さกิ ._@＠、-]{0,8}",
        "[@＠](bob|ana|room)",
        "[*_~`>\n(/:]{1,3}"
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_text_is_the_sum_of_its_parts(text in prop_oneof![calling(), ".{0,60}"], room: bool) {
        let mentions = mentions(&["bob", "ana", "a"], room);
        let parts = parts(&text, &mentions);
        let whole: String = parts
            .iter()
            .map(|part| match part {
                TextPart::Text(text) | TextPart::Person(_, text) | TextPart::Room(text) => *text,
            })
            .collect();
        prop_assert_eq!(&whole, &text);
        for part in parts {
            match part {
                TextPart::Person(user, name) => {
                    let person = &mentions.people[user.0 as usize - 1];
                    prop_assert_eq!(name.trim_start_matches(SIGNS), &person.name);
                }
                TextPart::Room(name) => prop_assert!(room && is_room(name.trim_start_matches(SIGNS))),
                TextPart::Text(_) => {}
            }
        }
    }

    #[test]
    fn candidate_names_are_well_formed(text in prop_oneof![calling(), ".{0,60}"]) {
        for token in mentioned_names(&text) {
            let is_there = |sign| text.contains(&format!("{sign}{token}"));
            prop_assert!(SIGNS.iter().any(is_there), "{}", token);
            for name in names(&token) {
                prop_assert!(name.starts_with(char::is_alphanumeric));
                prop_assert!(!name.ends_with(is_joint));
                prop_assert!(token.starts_with(name));
            }
        }
    }

    #[test]
    fn code_calls_nobody(text in "[a-z@ ]{0,30}") {
        let mut fenced = String::from("```\n");
        fenced += &text;
        fenced += "\n```";
        prop_assert_eq!(mentioned_names(&fenced), Vec::<String>::new());
    }
}
