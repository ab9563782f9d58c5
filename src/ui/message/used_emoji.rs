//! The emoji that the user reacts with, stored on this device: the last ones, and how often each was chosen.

use crate::client::dom;

/// The maximum number of emoji that are kept.
const MAX: usize = 16;
/// The emoji before any have been chosen.
const DEFAULT: &str = "👍 ❤️ 😂 🎉 😮 😢 🙏 👀";
const KEY: &str = "chapp.emoji";

/// Emoji with the number of times they were chosen, the last one first.
type Used = Vec<(String, u32)>;

fn parse(text: &str) -> Used {
    let one = |word: &str| match word.split_once('=') {
        Some((emoji, times)) => (emoji.to_owned(), times.parse().unwrap_or(0)),
        None => (word.to_owned(), 0),
    };
    text.split_whitespace().map(one).collect()
}

fn written(used: &Used) -> String {
    let words: Vec<_> = used
        .iter()
        .map(|(emoji, times)| [emoji, "=", &times.to_string()].concat())
        .collect();
    words.join(" ")
}

fn stored() -> Used {
    parse(&dom::stored(KEY).unwrap_or_else(|| DEFAULT.to_owned()))
}

/// The emoji that were chosen last.
#[must_use]
pub fn recent() -> Vec<String> {
    stored().into_iter().map(|(emoji, _)| emoji).collect()
}

/// The emoji that were chosen most often; of two chosen as often, the one chosen last.
#[must_use]
pub fn often(count: usize) -> Vec<String> {
    sorted(stored(), count)
}

fn sorted(mut used: Used, count: usize) -> Vec<String> {
    used.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let emoji = used.into_iter().map(|(emoji, _)| emoji);
    emoji.take(count).collect()
}

/// Notes that an emoji was chosen.
pub fn note(emoji: &str) {
    dom::store(KEY, &written(&noted(stored(), emoji)));
}

fn noted(mut used: Used, emoji: &str) -> Used {
    let before = used.iter().position(|(other, _)| other == emoji);
    let times = before.map_or(0, |at| used.remove(at).1);
    used.insert(0, (emoji.to_owned(), times + 1));
    used.truncate(MAX);
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_comes_first_and_the_most_used_is_offered_first() {
        let mut used = parse(DEFAULT);
        for emoji in ["🎉", "👀", "🎉", "🙏"] {
            used = noted(used, emoji);
        }
        let used = parse(&written(&used));
        assert_eq!(used[0], ("🙏".to_owned(), 1));
        assert_eq!(sorted(used, 3), ["🎉", "🙏", "👀"]);
    }

    #[test]
    fn a_list_stored_without_counts_is_understood() {
        assert_eq!(sorted(parse("👀 👍"), 6), ["👀", "👍"]);
    }

    #[test]
    fn only_so_many_are_stored() {
        let mut used = Used::new();
        for number in 0..40 {
            used = noted(used, &number.to_string());
        }
        assert_eq!((used.len(), &*used[0].0), (MAX, "39"));
    }
}
