//! The fuzz targets as plain tests: every file of their corpora, and random mutations of these. (For long,
//! coverage-guided runs use `cargo fuzz`, see Cargo.toml here. There is no target for file names, because chapp doesn't
//! accept files yet.)
//!
//! Seeded: `CHAPP_SEED` repeats a run.

mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use targets::Target;

/// Mutations per target: a few seconds in total, unoptimised.
const MADE: usize = 5_000;
/// Tokens that matter to one of the targets, and difficult pieces of text.
const WORDS: [&str; 24] = [
    "\"type\":",
    "\"send\"",
    "{",
    "}",
    "[",
    "]",
    "null",
    "-1",
    "1e999",
    "18446744073709551616",
    "\\ud800",
    "https://",
    "javascript:",
    "a@b.org",
    "\u{202E}",
    "\u{200D}",
    "\u{FE0F}",
    "👩",
    "İ",
    "ß",
    "ﬁ",
    "\r\n",
    "\0",
    "[chapp.server]\n",
];

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let files = fs::read_dir(folder.join(target)).expect("the corpus");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    // Independent of the file system's order, so that a seed means the same everywhere.
    paths.sort();
    let files = paths.iter().map(|path| fs::read(path).expect("a file"));
    let shipped = (target == "settings").then(|| include_bytes!("../../Leptos.toml").to_vec());
    files.chain(shipped).collect()
}

/// Runs a target; reports the input if it panics.
fn run(target: Target, input: &[u8]) {
    let run = catch_unwind(AssertUnwindSafe(|| target(input)));
    if run.is_err() {
        let text = String::from_utf8_lossy(input).into_owned();
        panic!("the above is of {text:?} (bytes: {input:?})");
    }
}

/// A file of the corpus, changed in a few places.
fn changed(files: &[Vec<u8>], chance: &mut StdRng) -> Vec<u8> {
    let mut bytes = files.choose(chance).expect("a corpus").clone();
    for _ in 0..chance.random_range(1..5) {
        let at = chance.random_range(0..=bytes.len());
        match chance.random_range(0..5) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << chance.random_range(0..8),
            2 => {
                let other = files.choose(chance).expect("a corpus");
                let from = chance.random_range(0..=other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
            3 => {
                let c: char = chance.random();
                bytes.splice(at..at, c.to_string().bytes());
            }
            _ => {
                let word = WORDS.choose(chance).expect("a word");
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes
}

#[test]
fn what_the_corpora_hold_is_taken_or_refused() {
    for (name, target) in targets::ALL {
        let files = corpus(name);
        assert!(files.len() >= 5, "{name}");
        files.iter().for_each(|input| run(target, input));
    }
}

#[test]
fn what_chance_makes_of_the_corpora_is_taken_or_refused() {
    let seed = std::env::var("CHAPP_SEED")
        .map_or_else(|_| rand::random(), |text| text.parse().expect("a seed"));
    println!("CHAPP_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    for (name, target) in targets::ALL {
        let files = corpus(name);
        for _ in 0..MADE {
            run(target, &changed(&files, &mut chance));
        }
    }
}
