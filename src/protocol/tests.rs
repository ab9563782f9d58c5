//! Checks that `docs/PROTOCOL.md` is true: it documents each frame, and each of its examples parses.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::model::{EventBody, json};

const PAGE: &str = include_str!("../../docs/PROTOCOL.md");

/// The text under a heading, up to the next one of the same level.
fn section(heading: &str) -> &'static str {
    let start = PAGE.find(&format!("\n## {heading}\n"));
    let rest = &PAGE[start.expect("the heading is there") + 4 + heading.len()..];
    rest.split("\n## ").next().unwrap()
}

/// The examples under a heading, each with the name of the frame that it shows.
fn examples(heading: &str) -> Vec<(String, Value)> {
    let mut examples = Vec::new();
    for frame in section(heading).split("\n### ").skip(1) {
        let name = frame.split('`').nth(1).expect("a name in the heading");
        let blocks = frame.split("```json\n").skip(1);
        for block in blocks {
            let text = block.split("```").next().unwrap();
            let value = serde_json::from_str(text);
            let value = value.unwrap_or_else(|error| panic!("{name}: {error}"));
            examples.push((name.to_owned(), value));
        }
    }
    examples
}

/// The variant names of a tagged type, as serde lists them for an unknown one.
fn known<T: DeserializeOwned + std::fmt::Debug>(tag: &str) -> BTreeSet<String> {
    let unknown = json!({ tag: "no such name" });
    let error = serde_json::from_value::<T>(unknown)
        .unwrap_err()
        .to_string();
    let (_, names) = error.split_once("expected one of ").expect("a list");
    let names = names.split(", ").map(|name| name.trim_matches('`'));
    names.map(str::to_owned).collect()
}

fn check<T>(heading: &str)
where
    T: Serialize + DeserializeOwned + std::fmt::Debug,
{
    let mut shown = BTreeSet::new();
    for (name, example) in examples(heading) {
        assert_eq!(example["type"], *name, "an example under the wrong heading");
        let frame: T = serde_json::from_value(example.clone())
            .unwrap_or_else(|error| panic!("{name}: {error}: {example}"));
        let again = serde_json::to_value(&frame).unwrap();
        assert_eq!(again, example, "the example is not what is sent");
        shown.insert(name);
    }
    assert_eq!(shown, known::<T>("type"), "frames without an example");
}

#[test]
fn every_frame_of_a_client_is_documented_and_every_example_is_one() {
    check::<ClientFrame>("What a client says");
}

#[test]
fn every_frame_of_the_server_is_documented_and_every_example_is_one() {
    check::<ServerFrame>("What the server says");
}

/// Adds an unknown member to every object.
fn with_more(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(with_more),
        Value::Object(members) => {
            members.values_mut().for_each(with_more);
            members.insert("a_later_version".into(), json!({"kind": [1], "text": 2}));
        }
        _ => {}
    }
}

#[test]
fn members_of_an_object_may_come_in_any_order_and_unknown_ones_are_ignored() {
    for (name, example) in examples("What the server says") {
        // `serde_json::Map` sorts its keys, so the tag is rarely the first.
        let frame: ServerFrame = serde_json::from_value(example.clone()).unwrap();
        let written = serde_json::to_string(&frame).unwrap();
        assert_eq!(
            serde_json::from_str::<ServerFrame>(&written).ok(),
            Some(frame.clone())
        );
        let mut more = example;
        with_more(&mut more);
        let more = more.to_string();
        let in_browser = json::read::<ServerFrame>(&more);
        assert_eq!(in_browser.as_ref(), Ok(&frame), "{name}");
        assert_eq!(
            serde_json::from_str::<ServerFrame>(&more).ok(),
            Some(frame),
            "{name}"
        );
    }
}

#[test]
fn event_of_an_unknown_kind_keeps_its_place() {
    let body = json!({"kind": "sung", "text": {"verses": 3}, "seq": "first"});
    let event = json!({"type": "event", "thread": 1, "seq": 2, "count": 0, "at": 3, "actor": 4, "body": body});
    let frame = serde_json::from_value(event);
    assert!(
        matches!(
            &frame,
            Ok(ServerFrame::Event(Event {
                seq: 2,
                body: EventBody::Unknown,
                ..
            }))
        ),
        "{frame:?}"
    );
}

/// The codes in the first column of the table under a heading.
fn codes(heading: &str) -> BTreeSet<String> {
    let rows = section(heading)
        .lines()
        .filter(|line| line.starts_with('|'));
    let cells = rows.skip(2).filter_map(|row| row.split('|').nth(1));
    cells
        .map(|cell| cell.trim().trim_matches('`').to_owned())
        .collect()
}

#[test]
fn every_refusal_is_documented() {
    assert_eq!(codes("Refusals"), known::<Refusal>("code"));
}

#[test]
fn every_close_code_is_documented() {
    let ours = [
        close::FLOODED,
        close::RESTART,
        close::PROTOCOL,
        close::SESSION_ENDED,
        close::RESYNC,
        close::SILENT,
        close::REPLACED,
        close::VERSION,
    ];
    let expected = ours.iter().map(u16::to_string).collect();
    assert_eq!(codes("The end of a connection"), expected);
}
