//! Cutting a text to a length. User-perceived characters, such as a family emoji, a flag or a letter with accents, are
//! kept or left out as a whole (UAX 29, extended grapheme clusters).

#[cfg(feature = "ssr")]
use unicode_segmentation::GraphemeCursor;

use super::graphemes::graphemes;

/// Longest cluster that is kept whole, in bytes: a family of four has 25, and 41 with skin tones. A limit is needed
/// because accents can be stacked indefinitely.
pub const CLUSTER_MAX: usize = 64;

/// The beginning of a text: at most `max` characters (code points, like all limits).
#[must_use]
pub fn beginning(text: &str, max: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(max) else {
        return text;
    };
    let bytes = text.as_bytes();
    if end > 0 && bytes[end - 1].is_ascii_graphic() && bytes[end].is_ascii() {
        return &text[..end];
    }
    // Far enough to see that the cluster at `end` is too long; a code point has at most 4 bytes.
    let near = &text[..text.floor_char_boundary(end + CLUSTER_MAX + 4)];
    let mut start = 0;
    for cluster in graphemes(near) {
        if start + cluster.len() > end {
            let is_short = cluster.len() <= CLUSTER_MAX;
            return &text[..if is_short { start } else { end }];
        }
        start += cluster.len();
    }
    &text[..end]
}

/// The last position at or before `at` where the text can be cut. `at` must lie between two code points.
#[cfg(feature = "ssr")]
#[must_use]
pub fn boundary_before(text: &str, at: usize) -> usize {
    cluster(text, at).map_or(at, |(start, _)| start)
}

/// The first position at or after `at` where the text can be cut. `at` must lie between two code points.
#[cfg(feature = "ssr")]
#[must_use]
pub fn boundary_after(text: &str, at: usize) -> usize {
    cluster(text, at).map_or(at, |(_, end)| end)
}

/// The cluster that a cut at this position would divide, unless it is too long to be kept whole.
#[cfg(feature = "ssr")]
fn cluster(text: &str, at: usize) -> Option<(usize, usize)> {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    if cursor.is_boundary(text, 0).unwrap_or(true) {
        return None;
    }
    let start = cursor.prev_boundary(text, 0).ok().flatten()?;
    let end = cursor.next_boundary(text, 0).ok().flatten()?;
    (end - start <= CLUSTER_MAX).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    #[test]
    fn grapheme_clusters_are_kept_or_left_out_as_a_whole() {
        for (text, max, cut) in [
            ("abc", 3, "abc"),
            ("abc", 2, "ab"),
            ("abc", 0, ""),
            ("a👨‍👩‍👧‍👦b", 7, "a"),
            ("a👨‍👩‍👧‍👦b", 8, "a👨‍👩‍👧‍👦"),
            ("a🇩🇪🇫🇷", 2, "a"),
            ("a🇩🇪🇫🇷", 3, "a🇩🇪"),
            ("a🇩🇪🇫🇷", 4, "a🇩🇪"),
            ("e\u{301}e\u{301}", 3, "e\u{301}"),
            ("👍🏽👍🏽", 3, "👍🏽"),
            ("1️⃣1️⃣", 4, "1️⃣"),
            ("\u{1112}\u{1161}\u{11AB}", 2, ""),
            ("क्षमा", 3, "क्ष"),
        ] {
            assert_eq!(beginning(text, max), cut, "{text} {max}");
        }
    }

    #[test]
    fn excessive_accents_are_cut() {
        let zalgo = "a".to_owned() + &"\u{301}".repeat(1_000);
        assert_eq!(beginning(&zalgo, 140).chars().count(), 140);
        assert_eq!(boundary_after(&zalgo, 101), 101);
    }

    proptest! {
        #[test]
        fn cut_is_a_prefix_that_ends_at_a_cluster_boundary(
            text in "([a-z]|👨‍👩‍👧|🇩|🇪|e\u{301}|\u{301}|\\PC){0,20}", max in 0_usize..20,
        ) {
            let cut = beginning(&text, max);
            prop_assert!(text.starts_with(cut) && cut.chars().count() <= max);
            let ends = text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
            let longest = text.graphemes(true).map(str::len).max().unwrap_or(0);
            if longest <= CLUSTER_MAX {
                prop_assert!(cut.is_empty() || ends.collect::<Vec<_>>().contains(&cut.len()));
                let next = text[cut.len()..].graphemes(true).next().unwrap_or_default();
                let with_next = cut.chars().count() + next.chars().count();
                prop_assert!(next.is_empty() || with_next > max, "{:?} has room", cut);
            }
        }
    }
}
