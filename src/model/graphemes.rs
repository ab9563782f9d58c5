//! User-perceived characters, such as a family emoji, a flag or a letter with accents (UAX 29, extended grapheme
//! clusters). The server has the tables in a crate; the browser has them itself (`Intl.Segmenter`), so they are not
//! part of its download. `graphemes/examples.json` has strings that both must divide alike.

#[cfg(not(feature = "hydrate"))]
pub use with_tables::graphemes;

#[cfg(feature = "hydrate")]
pub use in_browser::graphemes;

#[cfg(not(feature = "hydrate"))]
mod with_tables {
    use unicode_segmentation::UnicodeSegmentation;

    /// The grapheme clusters of a text, in order.
    pub fn graphemes(text: &str) -> impl Iterator<Item = &str> {
        text.graphemes(true)
    }
}

#[cfg(feature = "hydrate")]
mod in_browser {
    use std::iter;

    use js_sys::Intl::Segmenter;

    thread_local! {
        // It divides into grapheme clusters unless told otherwise.
        static SEGMENTER: Segmenter = Segmenter::default();
    }

    /// The grapheme clusters of a text, in order.
    pub fn graphemes(text: &str) -> impl Iterator<Item = &str> {
        let mut segments = None;
        let (mut rest, mut units) = (text, 0);
        iter::from_fn(move || {
            let first = rest.chars().next()?;
            // Most text is ASCII, and a call into the browser takes a microsecond or two.
            let is_plain = first.is_ascii() && first != '\r';
            let size = if is_plain && rest.as_bytes().get(1).is_none_or(u8::is_ascii) {
                1
            } else {
                segments
                    .get_or_insert_with(|| SEGMENTER.with(|segmenter| segmenter.segment(text)))
                    .containing(units)
                    .map_or(1, |segment| segment.segment().length())
            };
            let until = units + size;
            let mut end = 0;
            for c in rest.chars() {
                if units >= until {
                    break;
                }
                units += u32::from(c.len_utf16() == 2) + 1;
                end += c.len_utf8();
            }
            let (grapheme, after) = rest.split_at(end);
            rest = after;
            Some(grapheme)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `end2end/tests/graphemes.spec.ts` expects the same of the browser.
    #[test]
    fn the_examples_are_divided_as_written() {
        let examples: Vec<Vec<String>> =
            serde_json::from_str(include_str!("graphemes/examples.json")).expect("JSON");
        for expected in examples {
            let text = expected.concat();
            assert_eq!(graphemes(&text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
