//! Compares types that use [`tagged!`] and [`flattened!`] with the same types derived by serde: both must read and
//! write the same.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::json;

/// The same types twice, with one of each kind of variant and field in the model.
macro_rules! both {
    (@types [$($enum:tt)*] [$($field:tt)*]; $($variants:tt)*) => {
        #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct Note {
            text: String,
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            names: Vec<String>,
        }

        #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde($($enum)*, rename_all = "snake_case")]
        pub enum Act {
            #[default]
            Nothing,
            Note(Note),
            $($variants)*
            #[serde(other)]
            Unknown,
        }

        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde($($enum)*, rename_all = "snake_case")]
        pub enum Inner {
            Left,
            MovedTo { at: i64 },
        }

        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        pub struct Wrapper {
            at: i64,
            act: Inner,
        }

        ours_or_not!([$($enum)*] Head {
            id: i64,
            #[serde($($field)*)]
            act: Act,
            since: Option<i64>,
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            pins: Vec<i64>,
        });

        ours_or_not!([$($enum)*] Row {
            #[serde($($field)*)]
            note: Note,
            at: i64,
        });
    };
    ($($tokens:tt)*) => {
        mod by_serde {
            use serde::{Deserialize, Serialize};
            both!(@types [tag = "kind"] [flatten]; $($tokens)*);
        }
        mod ours {
            use serde::{Deserialize, Serialize};
            both!(@types [remote = "Self"] [flatten, skip_deserializing]; $($tokens)*);
            crate::model::wire::tagged!(Act, "kind");
            crate::model::wire::tagged!(Inner, "kind");
            crate::model::wire::flattened!(Head, act);
            crate::model::wire::flattened!(Row, note);
        }
    };
}

/// A flattened struct; serde needs no attribute on it.
macro_rules! ours_or_not {
    ([remote = "Self"] $name:ident { $($fields:tt)* }) => {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(remote = "Self")]
        pub struct $name { $($fields)* }
    };
    ([$($other:tt)*] $name:ident { $($fields:tt)* }) => {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name { $($fields)* }
    };
}

both! {
    MovedTo { at: i64 },
    Edited {
        at: i64,
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<i64>,
        until: Option<i64>,
    },
    Wrapped(Wrapper),
    Nested { act: Inner },
}

/// Parses a text as a type: the value's serialization, or the error without the position.
fn outcome<T: DeserializeOwned + Serialize + Debug>(text: &str) -> Result<String, String> {
    let value: Result<T, _> = serde_json::from_str(text);
    let value = value.map_err(|error| {
        let error = error.to_string();
        error
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned()
    })?;
    let json = serde_json::to_string(&value).expect("it can be written");
    Ok(format!("{value:?} {json}"))
}

/// The same with the reader of the browser.
fn in_browser<T: DeserializeOwned + Serialize + Debug>(text: &str) -> Option<String> {
    let value: T = json::read(text).ok()?;
    let json = serde_json::to_string(&value).expect("it can be written");
    Some(format!("{value:?} {json}"))
}

fn key() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "at", "text", "names", "by", "until", "since", "act", "id", "pins", "more",
    ])
}

/// Names of variants, most of them known to [`Act`].
fn name() -> impl Strategy<Value = String> {
    let known = [
        "nothing", "note", "moved_to", "edited", "wrapped", "nested", "unknown", "left", "MovedTo",
        "",
    ];
    proptest::sample::select(known.to_vec()).prop_map(|name| format!("{name:?}"))
}

/// Excludes arrays that only serde reads as a tagged value, see the module.
fn value() -> impl Strategy<Value = String> {
    let plain = [
        "0",
        "-7",
        "9007199254740993",
        "18446744073709551615",
        "1.5",
        "true",
        "null",
        "[]",
        "[\"x\"]",
        "\"\"",
        "\"tea\"",
        "\"\\u00e9\\\"\"",
        "{}",
        "{\"kind\":\"left\"}",
        "{\"at\":3,\"kind\":\"moved_to\"}",
        "{\"kind\":\"moved_to\",\"more\":[{}],\"at\":3}",
        "{\"kind\":\"moved_to\"}",
        "{\"kind\":\"other\"}",
    ];
    proptest::sample::select(plain.to_vec()).prop_map(str::to_owned)
}

/// An object with members of the types, whose values often have the right type, and with a tag somewhere among them;
/// some lack required members, some have duplicates.
fn object() -> impl Strategy<Value = String> {
    let right = prop_oneof![
        Just(r#""at":5"#),
        Just(r#""text":"tea""#),
        Just(r#""names":["a","b"]"#),
        Just(r#""by":2"#),
        Just(r#""until":null"#),
        Just(r#""until":9"#),
        Just(r#""since":8"#),
        Just(r#""id":1"#),
        Just(r#""pins":[3,4]"#),
        Just(r#""act":{"kind":"left"}"#),
        Just(r#""more":{"kind":[1]}"#),
    ]
    .prop_map(str::to_owned);
    let any = (key(), value()).prop_map(|(key, value)| format!("{key:?}:{value}"));
    let tag = prop_oneof![
        9 => name(),
        1 => prop_oneof![Just("null"), Just("true"), Just("{}"), Just("[]")].prop_map(str::to_owned),
    ]
    .prop_map(|value| format!("\"kind\":{value}"));
    let members = (
        proptest::collection::vec(prop_oneof![6 => right, 1 => any], 0..8),
        proptest::collection::vec(tag, 0..10),
    );
    members
        .prop_map(|(mut members, tags)| {
            // Usually one tag.
            let tags = tags
                .into_iter()
                .take(if members.len() == 7 { 2 } else { 1 });
            members.extend(tags);
            members
        })
        .prop_shuffle()
        .prop_map(|members| format!("{{{}}}", members.join(", ")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn reads_and_writes_like_serde(text in object()) {
        let triples = [
            (outcome::<by_serde::Act>(&text), outcome::<ours::Act>(&text), in_browser::<ours::Act>(&text)),
            (outcome::<by_serde::Head>(&text), outcome::<ours::Head>(&text), in_browser::<ours::Head>(&text)),
            (outcome::<by_serde::Row>(&text), outcome::<ours::Row>(&text), in_browser::<ours::Row>(&text)),
        ];
        for (by_serde, ours, in_browser) in triples {
            let by_serde = by_serde.ok();
            prop_assert_eq!(&by_serde, &ours.ok(), "{}", text);
            prop_assert_eq!(by_serde, in_browser, "{}", text);
        }
    }
}

#[test]
fn errors_equal_those_of_serde() {
    let faults = [
        r#"{}"#,
        r#"{"at":1}"#,
        r#"{"kind":"moved_to"}"#,
        r#"{"kind":"moved_to","at":1,"at":2}"#,
        r#"{"kind":"moved_to","at":1,"kind":"moved_to"}"#,
        r#"{"kind":"nested","act":{"kind":"other"}}"#,
        r#"{"kind":"nested","act":{"at":1}}"#,
        r#"{"kind":"moved_to","at":1"#,
        r#"{"kind":"moved_to","at":1} 2"#,
    ];
    for text in faults {
        let by_serde = outcome::<by_serde::Act>(text).expect_err(text);
        assert_eq!(
            outcome::<ours::Act>(text).expect_err(text),
            by_serde,
            "{text}"
        );
    }
}

#[test]
fn a_tag_is_a_string_and_its_value_an_object() {
    let refused = [
        r#"{"kind":0}"#,
        r#"["nothing"]"#,
        r#""nothing""#,
        "null",
        "7",
    ];
    for text in refused {
        assert!(outcome::<ours::Act>(text).is_err(), "{text}");
    }
}

/// All Rust files in a folder and its subfolders.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("wire/tests.rs")
        {
            into.push(path);
        }
    }
}

#[test]
fn browser_types_avoid_the_buffer_of_serde() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut found = Vec::new();
    for path in files
        .iter()
        .filter(|path| !path.starts_with(src.join("server")))
    {
        let text = fs::read_to_string(path).expect("a text");
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("#[serde("));
        let buffered = lines.filter(|line| {
            line.contains("(tag")
                || line.contains("untagged")
                || (line.contains("flatten") && !line.contains("skip_deserializing"))
        });
        let name = path.strip_prefix(&src).expect("a file in it").display();
        found.extend(buffered.map(|line| format!("{name}: {line}")));
    }
    // Client frames are only read by the server.
    assert_eq!(
        found,
        [r#"protocol.rs: #[serde(tag = "type", rename_all = "snake_case")]"#]
    );
}
