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
fn a_name_behind_an_at_sign_is_called() {
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
        assert_eq!(called(text), names, "{text}");
    }
}

#[test]
fn what_is_an_address_or_code_calls_nobody() {
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
        assert_eq!(called(text), Vec::<String>::new(), "{text}");
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
fn only_whom_the_message_calls_is_shown_as_called() {
    let both = mentions(&["bob", "bob.smith"], false);
    assert_eq!(
        parts("@bob.smith. @bob.x @bobby @room", &both),
        [
            Part::Person(UserId(2), "@bob.smith"),
            Part::Text(". "),
            Part::Person(UserId(1), "@bob"),
            Part::Text(".x @bobby @room"),
        ]
    );
    assert_eq!(
        parts("hi @Room!", &mentions(&[], true)),
        [Part::Text("hi "), Part::Room("@Room"), Part::Text("!")]
    );
    assert_eq!(parts("@bob", &Mentions::default()), [Part::Text("@bob")]);
}

#[test]
fn the_answer_below_a_quote_calls_and_the_quote_does_not() {
    assert_eq!(called("> @bob said\n@ana look"), ["ana"]);
}

#[test]
fn what_stands_around_a_name_without_a_space_is_text() {
    let called = mentions(&["ben"], false);
    for (text, before, after) in [("请@ben看", "请", "看"), ("、@benさん", "、", "さん")]
    {
        assert_eq!(
            parts(text, &called),
            [
                Part::Text(before),
                Part::Person(UserId(1), "@ben"),
                Part::Text(after)
            ]
        );
    }
    assert_eq!(parts("＠ben", &called), [Part::Person(UserId(1), "＠ben")]);
    assert_eq!(begun("请@be"), Some(3));
    assert_eq!(begun("、＠be"), Some(3));
    assert_eq!(begun("é@be"), None);
    assert_eq!(begun("@Pe\u{301}r"), Some(0));
}

#[test]
fn a_message_calls_so_many_and_no_more() {
    let all: Vec<_> = (0..1_000).map(|n| format!("@user{n}")).collect();
    assert_eq!(called(&all.join(" ")).len(), limits::MENTIONS_MAX);
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
                Part::Text(text) | Part::Person(_, text) | Part::Room(text) => *text,
            })
            .collect();
        prop_assert_eq!(&whole, &text);
        for part in parts {
            match part {
                Part::Person(user, name) => {
                    let called = &mentions.people[user.0 as usize - 1];
                    prop_assert_eq!(name.trim_start_matches(SIGNS), &called.name);
                }
                Part::Room(name) => prop_assert!(room && is_room(name.trim_start_matches(SIGNS))),
                Part::Text(_) => {}
            }
        }
    }

    #[test]
    fn what_may_be_a_name_begins_and_ends_as_one(text in prop_oneof![calling(), ".{0,60}"]) {
        for token in called(&text) {
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
        prop_assert_eq!(called(&fenced), Vec::<String>::new());
    }
}
