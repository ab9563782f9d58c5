//! Checks that it reads what serde_json reads, and nothing else.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;

/// A value of each shape that the server sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Everything {
    number: i64,
    small: u8,
    large: u64,
    flag: bool,
    text: String,
    maybe: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    list: Vec<i64>,
    pair: Option<(String, i64)>,
    choice: Chosen,
    others: Vec<Chosen>,
    id: Id,
    nothing: (),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Chosen {
    #[default]
    None,
    One(String),
    Two(i64, bool),
    More {
        of: Vec<String>,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Id(i64);

fn chosen() -> impl Strategy<Value = Chosen> {
    prop_oneof![
        Just(Chosen::None),
        any::<String>().prop_map(Chosen::One),
        any::<(i64, bool)>().prop_map(|(number, flag)| Chosen::Two(number, flag)),
        vec(any::<String>(), 0..3).prop_map(|of| Chosen::More { of }),
    ]
}

fn everything() -> impl Strategy<Value = Everything> {
    let plain = (any::<i64>(), any::<u8>(), 0..i64::MAX as u64, any::<bool>());
    let texts = (
        any::<String>(),
        any::<Option<String>>(),
        any::<Option<(String, i64)>>(),
    );
    let more = (
        vec(any::<i64>(), 0..4),
        chosen(),
        vec(chosen(), 0..3),
        any::<i64>(),
    );
    (plain, texts, more).prop_map(|(plain, texts, more)| {
        let ((number, small, large, flag), (text, maybe, pair)) = (plain, texts);
        let (list, choice, others, id) = more;
        let (id, nothing) = (Id(id), ());
        Everything {
            number,
            small,
            large,
            flag,
            text,
            maybe,
            list,
            pair,
            choice,
            others,
            id,
            nothing,
        }
    })
}

/// Escapes all characters outside ASCII as `\u` with four digits.
fn escaped(json: &str) -> String {
    let mut units = [0; 2];
    json.chars()
        .map(|char| match char.is_ascii() {
            true => char.to_string(),
            false => {
                let units = char.encode_utf16(&mut units);
                units.iter().map(|unit| format!("\\u{unit:04x}")).collect()
            }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn written_values_are_read(value in everything(), unknown in any::<(String, f64)>()) {
        let mut members = serde_json::to_value(&value).expect("JSON");
        members["more"] = json!([unknown, null, {"true": [[], {}, -1.5e-7, "\\\""]}]);
        let texts = [
            serde_json::to_string(&value).expect("JSON"),
            serde_json::to_string_pretty(&members).expect("JSON"),
            escaped(&members.to_string()),
        ];
        for text in texts {
            let read = read::<Everything>(&text);
            prop_assert_eq!(read.as_ref(), Ok(&value), "{}", text);
        }
    }

    #[test]
    fn whatever_serde_json_rejects_is_rejected(
        value in everything(),
        changes in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..4),
    ) {
        const PIECES: [&str; 24] = [
            "", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e5", "null", "true", "\\u", "\\ud800", "\n",
            "\u{1}", "é", "\"number\":", "\"text\":", "\"one\"", " ",
        ];
        let mut text = serde_json::to_string(&value).expect("JSON");
        for (at, piece, is_instead) in changes {
            let mut places = text.char_indices().map(|(at, _)| at).collect::<Vec<_>>();
            places.push(text.len());
            let from = at.index(places.len());
            let to = (from + usize::from(is_instead)).min(places.len() - 1);
            text.replace_range(places[from]..places[to], PIECES[piece.index(PIECES.len())]);
        }
        if let Ok(read) = read::<Everything>(&text) {
            let by_serde = serde_json::from_str::<Everything>(&text);
            prop_assert_eq!(by_serde.ok(), Some(read), "{}", text);
        }
    }
}

#[test]
fn only_one_whole_value_of_the_right_shape_is_read() {
    assert_eq!(read::<Vec<i64>>(" [ 1 , -2 ] \n"), Ok(vec![1, -2]));
    let not = [
        "",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1] 2",
        "[01]",
        "[-]",
        "[-0]",
        "[1.5]",
        "[1e3]",
        "[null]",
        "[\"1\"]",
        "[9223372036854775808]",
        "{}",
        "null",
    ];
    for text in not {
        assert!(read::<Vec<i64>>(text).is_err(), "{text}");
    }
    let texts = [
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\t\"",
        "\"\\é\"",
    ];
    for text in texts {
        assert!(read::<String>(text).is_err(), "{text}");
    }
    assert_eq!(
        read::<String>(r#""\ud83d\ude00 \u00e9\/\n""#).as_deref(),
        Ok("😀 é/\n")
    );
}

#[test]
fn skipped_values_have_a_depth_limit() {
    let deep = |depth: usize| {
        format!(
            "{{\"id\":1,\"more\":{}{}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    #[derive(Debug, PartialEq, Deserialize)]
    struct One {
        id: i64,
    }
    assert_eq!(read::<One>(&deep(100)), Ok(One { id: 1 }));
    assert!(read::<One>(&deep(100_000)).is_err());
}
