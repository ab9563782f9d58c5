//! Equality of room names.

use precis_profiles::Nickname;
use precis_profiles::precis_core::profile::PrecisFastInvocation;

use crate::model::{Field, Refusal};

/// The normalized name by which two room names count as equal: RFC 8266 (Nickname), in lower case, repeated until it is
/// stable (RFC 8264, 7: the rules are not idempotent for every input).
///
/// # Errors
/// [`Refusal::Invalid`] when the profile does not accept the name.
pub fn name_key(name: &str) -> Result<String, Refusal> {
    let invalid = || Refusal::invalid(Field::Name, "A name can't have some of these characters");
    let mut key = name.to_owned();
    for _ in 0..4 {
        let taken = Nickname::enforce(key.as_str()).map_err(|_| invalid())?;
        let next: String = taken.chars().flat_map(small).collect();
        if next == key {
            return Ok(key);
        }
        key = next;
    }
    Err(invalid())
}

/// A character in lower case, unless the profile does not accept that: the lower-case letters of Cherokee are newer
/// than its tables.
fn small(c: char) -> Vec<char> {
    let small: String = c.to_lowercase().collect();
    match small.chars().all(|c| c.is_whitespace()) || Nickname::enforce(small.as_str()).is_ok() {
        true => small.chars().collect(),
        false => vec![c],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_key_of_a_name_in_cherokee_is_its_own_key() {
        for name in ["Ꭰ", "ᏣᎳᎩ room", "İstanbul", "ΣΑΣ", "ǅ", "ẞ", "Ⅷ", "ℌ"] {
            let key = name_key(name).unwrap();
            assert_eq!(name_key(&key), Ok(key.clone()), "{name}");
        }
    }

    #[test]
    fn the_key_of_a_name_is_its_own_key_and_that_of_its_capitals_in_every_script() {
        // Except the lunate sigma: its capital maps to the ordinary sigma, its small letter to the final one, and RFC
        // 8266 does not fold those.
        let all = (char::MIN..=char::MAX).filter(|c| *c != '\u{3F9}');
        let cased = all.filter(|c| {
            !c.to_lowercase().eq(std::iter::once(*c)) || !c.to_uppercase().eq(std::iter::once(*c))
        });
        let (mut taken, mut folded) = (0, 0);
        for c in cased {
            for name in [c.to_string(), format!("a{c}b {c}")] {
                let Ok(key) = name_key(&name) else { continue };
                assert_eq!(name_key(&key), Ok(key.clone()), "{name:?}");
                taken += 1;
                let small: String = c.to_lowercase().collect();
                if let Ok(of_small) = name_key(&name.replace(c, &small)) {
                    assert_eq!(of_small, key, "{name:?} and its small letters");
                    folded += 1;
                }
            }
        }
        assert!(taken > 3_000 && folded > 3_000, "{taken}, {folded}");
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_that_key(name in "\\PC{1,20}") {
            if let Ok(key) = name_key(&name) {
                prop_assert_eq!(name_key(&key), Ok(key));
            }
        }
    }
}
