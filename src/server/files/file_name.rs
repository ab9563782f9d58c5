//! The names of files, as their senders gave them. A name is only shown: no path is ever made of it.

use std::fmt::Write;

use crate::model::limits;

/// The name of a file without one.
const NAMELESS: &str = "file";

/// A name without folders and without characters that hide or reorder text, shortened before its extension.
#[must_use]
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .collect();
    let words: Vec<&str> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    let name = words.join(" ");
    // `.profile` would be hidden where it is saved, and Windows drops dots at the end.
    let name = name.trim_matches(['.', ' ']);
    if name.is_empty() {
        return NAMELESS.to_owned();
    }
    shorten(name)
}

fn shorten(name: &str) -> String {
    let length = name.chars().count();
    if length <= limits::FILE_NAME_MAX {
        return name.to_owned();
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let extension = extension.filter(|extension| extension.chars().count() <= 10);
    let end = extension.map_or_else(String::new, |extension| [".", extension].concat());
    let room = limits::FILE_NAME_MAX - end.chars().count() - 1;
    let mut short: String = name.chars().take(room).collect();
    short.push('…');
    short + &end
}

/// Control characters, and those that change the direction of the text or show nothing.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The value of `Content-Disposition` (RFC 6266): `kind` is `inline` or `attachment`.
#[must_use]
pub fn disposition(kind: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    let mut value = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        // RFC 8187, section 3.2.1: `attr-char`.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(value, "%{byte:02X}");
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folder_and_nothing_that_hides_or_reorders_text() {
        for (given, clean_name) in [
            ("plan.pdf", "plan.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ana\\photo.jpg", "photo.jpg"),
            ("..", "file"),
            ("", "file"),
            ("\u{200B}\u{0}", "file"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            (" a \n\t b .txt ", "a b .txt"),
            (".bashrc", "bashrc"),
            ("Übersicht für März.ods", "Übersicht für März.ods"),
        ] {
            assert_eq!(clean(given), clean_name, "{given:?}");
        }
    }

    #[test]
    fn a_name_of_4000_characters_is_shortened_and_keeps_its_extension() {
        let short = clean(&("é".repeat(4_000) + ".jpeg"));
        assert_eq!(short.chars().count(), limits::FILE_NAME_MAX);
        assert!(short.ends_with("….jpeg"), "{short}");
        let short = clean(&"x.".repeat(2_000));
        assert!(short.chars().count() <= limits::FILE_NAME_MAX);
    }

    #[test]
    fn a_name_in_a_header_is_ascii_and_ends_no_quotation() {
        assert_eq!(
            disposition("attachment", "a\"; x=\"é.txt"),
            "attachment; filename=\"a_; x=__.txt\"; filename*=UTF-8''a%22%3B%20x%3D%22%C3%A9.txt"
        );
    }
}
