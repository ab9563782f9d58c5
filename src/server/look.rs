//! What a name looks like: when two can be taken for each other (UTS 39, 4).

use unicode_security::skeleton;

use crate::model::validate::is_ignorable;

/// The skeleton of a name, in small letters before and after: equal ones look alike. In small letters before, since names
/// are compared whatever their case; and after, since the prototype of the digit 0 is a capital O. Nothing that can't be
/// seen counts.
#[must_use]
pub fn look(name: &str) -> String {
    let seen: String = name.chars().filter(|c| !is_ignorable(*c)).collect();
    skeleton(&seen.to_lowercase())
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::look;

    #[test]
    fn what_can_be_taken_for_each_other_has_one_look() {
        for (one, other) in [
            ("Ana Ruiz", "ana ruiz"),
            ("Ana Ruiz", "Аnа Ruіz"),
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
