//! The ranking of names by how well they match the typed text.

use crate::model::names::folded;

/// The score of a name, or of the other name of the same target, for `query`, which must be [`folded`]; `None` if
/// neither matches.
#[must_use]
pub fn score(query: &str, name: &str, other: &str) -> Option<i32> {
    if query.is_empty() {
        return Some(0);
    }
    let fits = |name: &str| fit(query.trim_start_matches(['@', '#']), &folded(name));
    fits(name).max(fits(other).map(|score| score - 2))
}

fn fit(query: &str, name: &str) -> Option<i32> {
    if name == query {
        return Some(50);
    }
    if name.starts_with(query) {
        return Some(40);
    }
    let begins_word = |part: &str| {
        let words = name.split(|c: char| !c.is_alphanumeric());
        words.into_iter().any(|word| word.starts_with(part))
    };
    if query.split_whitespace().all(begins_word) {
        return Some(30);
    }
    if name.contains(query) {
        return Some(20);
    }
    // The letters in this order with others between them. A single letter doesn't count, since it is nearly
    // everywhere.
    let mut letters = name.chars();
    let is_within = query
        .chars()
        .filter(|c| !c.is_whitespace())
        .all(|query| letters.any(|letter| letter == query));
    (is_within && query.chars().count() > 1).then_some(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_matches_rank_higher() {
        let names = ["Tea", "Teapots", "Green tea", "Steam", "The end, again"];
        let scores: Vec<_> = names.iter().map(|name| score("tea", name, "")).collect();
        assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
        assert!(scores[4].is_some());
        assert_eq!(score("tea", "Soup", "aet"), None);
    }

    #[test]
    fn user_names_match_without_their_signs() {
        assert!(score("@ana", "Anastasia", "ana").is_some());
        assert!(score("ruiz", "Ana", "ruiz") < score("ruiz", "Ruiz", "ana"));
        assert_eq!(score("", "Ana", ""), Some(0));
    }

    #[test]
    fn word_prefixes_match() {
        assert_eq!(score("ma ru", "Ana María Ruiz", ""), Some(30));
        assert_eq!(score("perez", "Pe\u{301}rez", ""), Some(50));
    }
}
