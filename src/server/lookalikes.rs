//! Detection of names that look alike (UTS 39, 4).

use unicode_security::skeleton;

use crate::model::validate::is_ignorable;

/// The skeleton of a name in lower case: names with equal skeletons look alike.
///
/// The name is lower-cased before, since names are compared regardless of case, and after, since the prototype of the
/// digit 0 is a capital O. A capital letter of another script is first replaced by the Latin capital that it resembles,
/// since its lower-case form may resemble nothing. Invisible characters are ignored.
#[must_use]
pub fn look(name: &str) -> String {
    let seen = name.chars().filter(|c| !is_ignorable(*c));
    let latin: String = seen.flat_map(latin_capital).collect();
    skeleton(&latin.to_lowercase())
        .collect::<String>()
        .to_lowercase()
}

/// The Latin capital that this capital letter looks like; otherwise the character itself.
fn latin_capital(c: char) -> Vec<char> {
    if !c.is_ascii() && c.is_uppercase() {
        let prototype: Vec<char> = skeleton(c.encode_utf8(&mut [0; 4])).collect();
        match prototype.as_slice() {
            // The prototype of a capital I is a small L.
            ['l'] => return vec!['I'],
            [.., last] if last.is_ascii() => return prototype,
            _ => {}
        }
    }
    vec![c]
}

#[cfg(test)]
mod tests {
    use super::look;

    #[test]
    fn what_can_be_taken_for_each_other_has_one_look() {
        for (one, other) in [
            ("Ana Ruiz", "ana ruiz"),
            ("Ana Ruiz", "Аnа Ruіz"),
            ("Modern", "\u{41c}\u{43e}d\u{435}rn"),
            ("Ivan", "\u{406}van"),
            ("paul", "pau1"),
            ("b0b", "BOB"),
            ("modern", "modem"),
            ("an\u{200D}a", "ana"),
            ("ａｎａ", "ana"),
        ] {
            assert_eq!(look(one), look(other), "{one} and {other}");
        }
        assert_ne!(look("Ana"), look("Anna"));
        assert_ne!(look("Room 10"), look("Room 11"));
    }
}
