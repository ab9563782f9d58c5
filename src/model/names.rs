//! When two names are the same to who looks for one, in which order names stand, and how a name stands in a sentence.

/// A name, or what is typed to find it, as it is compared: small letters of the simplest shape. Neither case, accents
/// nor width count, nor how they are written (`é`, or `e` and U+0301).
#[must_use]
pub fn folded(name: &str) -> String {
    let decomposed = decomposed(name);
    let mut folded = String::with_capacity(decomposed.len());
    for c in decomposed
        .chars()
        .filter(|c| !is_accent(*c))
        .flat_map(char::to_lowercase)
    {
        match plain_letters(c) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(c),
        }
    }
    // What a sign of its own is made of may begin with a space.
    folded.trim().to_owned()
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

/// Signs upon letters: accents, and the points of vowels that most leave out. (The vowels of Indic scripts are letters.)
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{5BF}'..='\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Small letters that Unicode takes for ones of their own, as a keyboard without them writes them.
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

/// Whether each word that is typed stands in one of these names. Nothing typed stands in all.
#[must_use]
pub fn hold(names: &[&str], typed: &str) -> bool {
    let typed = folded(typed);
    if typed.is_empty() {
        return true;
    }
    let names = folded(&names.join(" "));
    typed.split_whitespace().all(|word| names.contains(word))
}

/// Sorted by name, then by what tells equal names apart: as the reader's language has it once the browser has said so
/// ([`use_readers_language`]), else by the folded names, so that a page is the same on both sides while it is taken over.
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

/// From now on names stand in the order of the reader's language. Only in the browser, when the page has been taken
/// over.
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
        keyed.sort_by(|(a, one), (b, other)| {
            let order = compare.call2(&JsValue::UNDEFINED, a, b);
            let order = order.ok().and_then(|order| order.as_f64()).unwrap_or(0.0);
            let order = order.partial_cmp(&0.0).unwrap_or(Ordering::Equal);
            order.then_with(|| name(one).1.cmp(name(other).1))
        });
        keyed.into_iter().map(|(_, it)| it).collect()
    }
}

/// A name within a sentence. One that is written from right to left turns itself and nothing around it (UAX 9, isolates);
/// nor does it turn a sentence that begins with it, where `dir="auto"` goes by the first letter: a mark stands before it.
#[must_use]
pub fn isolated(name: &str) -> String {
    match name.contains(is_right_to_left) {
        true => ["\u{200E}\u{2068}", name, "\u{2069}"].concat(),
        false => name.to_owned(),
    }
}

/// Hebrew, Arabic and the other scripts that are written so, by their blocks.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_the_same_without_case_accents_and_width() {
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
                assert!(hold(&[name], typed), "{typed} in {name}");
                assert!(hold(&[typed], name), "{name} in {typed}");
            }
        }
        assert!(!hold(&["Pérez"], "perec"));
        assert!(hold(&["Ana Ruiz", "ana"], " RUIZ an "));
        assert!(hold(&["Ana"], "  "));
    }

    #[test]
    fn names_are_sorted_by_what_is_the_same() {
        let all = vec!["Zoe", "Élodie", "émile", "Ａda", "bob", "Eve"];
        let all = sorted(all, |name| (name, name));
        assert_eq!(all, ["Ａda", "bob", "Élodie", "émile", "Eve", "Zoe"]);
        let all = sorted(vec![("Ana", "b"), ("ana", "a")], |it| *it);
        assert_eq!(all, [("ana", "a"), ("Ana", "b")]);
    }

    #[test]
    fn a_name_from_right_to_left_is_set_apart_in_a_sentence() {
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
        fn a_name_finds_itself_however_it_is_composed(name in "[a-zÀ-ž가-힣ぁ-ヶ ]{0,12}") {
            use unicode_normalization::UnicodeNormalization;
            let (short, long): (String, String) = (name.nfc().collect(), name.nfd().collect());
            prop_assert!(hold(&[&short], &long) && hold(&[&long], &short));
        }
    }
}
