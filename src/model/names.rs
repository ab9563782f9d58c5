//! Names: comparison, sort order, and embedding in a sentence.

/// A name, or a search term, in the form used for comparison: lower case, with basic letters. Case, accents, width and
/// composition (`é`, or `e` and U+0301) don't matter.
#[must_use]
pub fn folded(name: &str) -> String {
    let letters = lower_case(&decomposed(name));
    let mut folded = String::with_capacity(letters.len());
    for c in letters.chars().filter(|c| !is_accent(*c)) {
        match plain_letters(c) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(c),
        }
    }
    // The decomposition of a compatibility character may begin with a space.
    folded.trim().to_owned()
}

/// The text in lower case. In the browser, the standard library's tables would be part of the first load.
#[must_use]
pub fn lower_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    #[cfg(not(feature = "hydrate"))]
    {
        text.to_lowercase()
    }
    #[cfg(feature = "hydrate")]
    {
        js_sys::JsString::from(text).to_lower_case().into()
    }
}

/// The text in upper case; see [`lower_case`].
#[must_use]
pub fn upper_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    #[cfg(not(feature = "hydrate"))]
    {
        text.to_uppercase()
    }
    #[cfg(feature = "hydrate")]
    {
        js_sys::JsString::from(text).to_upper_case().into()
    }
}

/// NFKD.
fn decomposed(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    #[cfg(not(feature = "hydrate"))]
    {
        use unicode_normalization::UnicodeNormalization;
        name.nfkd().collect()
    }
    // The browser has the tables.
    #[cfg(feature = "hydrate")]
    {
        js_sys::JsString::from(name).normalize("NFKD").into()
    }
}

/// Accents, and vowel points that are usually omitted. (The vowels of Indic scripts are letters.)
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{5BF}'..='\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// The usual transcription of lower-case letters that Unicode doesn't decompose.
#[must_use]
pub fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'ς' => "σ",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

/// Whether each typed word occurs in one of these names. An empty input matches all.
#[must_use]
pub fn match_all(names: &[&str], typed: &str) -> bool {
    let typed = folded(typed);
    if typed.is_empty() {
        return true;
    }
    let names = folded(&names.join(" "));
    typed.split_whitespace().all(|word| names.contains(word))
}

/// Sorts by name, then by a second name that distinguishes equal ones: in the order of the reader's locale once the
/// browser enabled it ([`use_readers_language`]), else by the folded names, so that server and client agree during
/// hydration.
#[must_use]
pub fn sorted<T>(mut all: Vec<T>, name: impl Fn(&T) -> (&str, &str)) -> Vec<T> {
    #[cfg(feature = "hydrate")]
    if let Some(compare) = browser::compare() {
        return browser::sorted(&compare, all, name);
    }
    all.sort_by_cached_key(|it| {
        let (name, other) = name(it);
        (folded(name), other.to_owned())
    });
    all
}

/// Switches to the order of the reader's locale. Only in the browser, after hydration.
pub fn use_readers_language() {
    #[cfg(feature = "hydrate")]
    browser::use_collator();
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::cell::RefCell;
    use std::cmp::Ordering;

    use js_sys::{Array, Function, Intl::Collator, JsString, Object};
    use wasm_bindgen::JsValue;

    thread_local! {
        static COMPARE: RefCell<Option<Function>> = const { RefCell::new(None) };
    }

    pub(super) fn use_collator() {
        let collator = Collator::new(&Array::new(), &Object::new());
        COMPARE.with_borrow_mut(|compare| *compare = Some(collator.compare()));
    }

    pub(super) fn compare() -> Option<Function> {
        COMPARE.with_borrow(Clone::clone)
    }

    pub(super) fn sorted<T>(
        compare: &Function,
        all: Vec<T>,
        name: impl Fn(&T) -> (&str, &str),
    ) -> Vec<T> {
        let keyed = all.into_iter().map(|it| (JsString::from(name(&it).0), it));
        let mut keyed: Vec<(JsString, T)> = keyed.collect();
        keyed.sort_unstable_by(|(a, one), (b, other)| {
            let order = compare.call2(&JsValue::UNDEFINED, a, b);
            let order = order.ok().and_then(|order| order.as_f64()).unwrap_or(0.0);
            let order = order.partial_cmp(&0.0).unwrap_or(Ordering::Equal);
            order.then_with(|| name(one).1.cmp(name(other).1))
        });
        keyed.into_iter().map(|(_, it)| it).collect()
    }
}

/// A name within a sentence. A right-to-left name is isolated, so that it doesn't reorder the text around it (UAX 9,
/// isolates). A left-to-right mark precedes it, because `dir="auto"` takes the direction of a sentence from its first
/// letter.
#[must_use]
pub fn isolated(name: &str) -> String {
    match name.contains(is_right_to_left) {
        true => ["\u{200E}\u{2068}", name, "\u{2069}"].concat(),
        false => name.to_owned(),
    }
}

/// Hebrew, Arabic and other right-to-left scripts, by their blocks.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_match_regardless_of_case_accents_and_width() {
        for (typed, names) in [
            ("perez", &["Pérez", "Pe\u{301}rez", "PÉREZ"][..]),
            ("pérez", &["Perez", "Pe\u{301}rez"]),
            ("strasse", &["Straße", "STRASSE"]),
            ("ode", &["Øde"]),
            ("lodz", &["Łódź"]),
            ("aero", &["Ærø"]),
            ("istanbul", &["İstanbul", "ISTANBUL", "ıstanbul"]),
            ("ben", &["Ｂｅｎ", "ｂｅｎ", "BEN"]),
            ("οδοσ", &["ΟΔΟΣ", "οδός"]),
            ("カナ", &["ｶﾅ"]),
            ("שלום", &["שָׁלוֹם"]),
            ("مريم", &["مَرْيَم"]),
            ("한국", &["한국"]),
            ("йод", &["Йод"]),
        ] {
            for name in names {
                assert!(match_all(&[name], typed), "{typed} in {name}");
                assert!(match_all(&[typed], name), "{name} in {typed}");
            }
        }
        assert!(!match_all(&["Pérez"], "perec"));
        assert!(match_all(&["Ana Ruiz", "ana"], " RUIZ an "));
        assert!(match_all(&["Ana"], "  "));
    }

    #[test]
    fn names_are_sorted_by_their_folded_form() {
        let all = vec!["Zoe", "Élodie", "émile", "Ａda", "bob", "Eve"];
        let all = sorted(all, |name| (name, name));
        assert_eq!(all, ["Ａda", "bob", "Élodie", "émile", "Eve", "Zoe"]);
        let all = sorted(vec![("Ana", "b"), ("ana", "a")], |it| *it);
        assert_eq!(all, [("ana", "a"), ("Ana", "b")]);
    }

    #[test]
    fn right_to_left_names_are_isolated() {
        for name in ["דנה", "مريم", "Dana דנה"] {
            assert_eq!(isolated(name), format!("\u{200E}\u{2068}{name}\u{2069}"));
        }
        for name in ["Ana", "東京", "Ελένη", ""] {
            assert_eq!(isolated(name), name);
        }
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(name in "\\PC{0,20}") {
            let once = folded(&name);
            prop_assert_eq!(folded(&once), once);
        }

        #[test]
        fn names_match_in_any_composition(name in "[a-zÀ-ž가-힣ぁ-ヶ ]{0,12}") {
            use unicode_normalization::UnicodeNormalization;
            let (short, long): (String, String) = (name.nfc().collect(), name.nfd().collect());
            prop_assert!(match_all(&[&short], &long) && match_all(&[&long], &short));
        }
    }
}
