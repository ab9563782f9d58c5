//! Random keys for private rooms.

use uuid::Uuid;

/// Lower-case letters and digits without look-alikes (Crockford's Base32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Number of groups; with 4 characters each, the key has 100 bits.
const GROUPS: usize = 5;
const GROUP: usize = 4;

/// A key with 100 random bits, such as `k3xq-7p2m-9vrt-8wd4-0hbn`.
#[must_use]
pub fn random() -> String {
    // Six bits of a version 4 UUID are fixed (RFC 9562, 5.4): only bytes after those are used.
    let random = [Uuid::new_v4(), Uuid::new_v4()];
    let bytes = random.iter().flat_map(|uuid| &uuid.as_bytes()[9..16]);
    let bytes: Vec<u8> = bytes.copied().collect();
    let mut key = String::with_capacity(GROUPS * (GROUP + 1));
    for at in 0..GROUPS * GROUP {
        if at > 0 && at % GROUP == 0 {
            key.push('-');
        }
        let five = (0..5).fold(0, |five, bit| {
            let bit = at * 5 + bit;
            five << 1 | usize::from(bytes[bit / 8] >> (bit % 8) & 1)
        });
        key.push(char::from(LETTERS[five]));
    }
    key
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::validate;

    #[test]
    fn keys_are_valid_and_use_every_letter_at_every_place() {
        let keys: HashSet<String> = (0..2_000).map(|_| random()).collect();
        assert_eq!(keys.len(), 2_000);
        for key in &keys {
            assert!(validate::room_key(key).is_ok(), "{key}");
        }
        for at in (0..24).filter(|at| at % 5 != 4) {
            let letters: HashSet<char> =
                keys.iter().filter_map(|key| key.chars().nth(at)).collect();
            assert_eq!(letters.len(), 32, "place {at}");
        }
    }
}
