//! What a file is, by its content. Names and the sender's claims are never trusted, and only kinds on this list are shown
//! in a browser: everything else, HTML and SVG included, is downloaded.

use std::io::{self, Read};

use crate::model::FileKind;

/// The media type of everything that is only downloaded.
pub(super) const UNKNOWN: &str = "application/octet-stream";
/// So much of a file is looked at.
const HEAD: u64 = 64 * 1024;

/// The formats of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
}

/// The name of each on the command line, and its media type.
const FORMATS: [(Format, &str, &str); 4] = [
    (Format::Jpeg, "jpeg", "image/jpeg"),
    (Format::Png, "png", "image/png"),
    (Format::Gif, "gif", "image/gif"),
    (Format::WebP, "webp", "image/webp"),
];

impl Format {
    pub(super) fn mime(self) -> &'static str {
        FORMATS[self as usize].2
    }

    pub(super) fn name(self) -> &'static str {
        FORMATS[self as usize].1
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        let found = FORMATS.iter().find(|(_, known, _)| *known == name);
        found.map(|(format, ..)| *format)
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sniffed {
    /// Perhaps a picture: decoding it will tell.
    Picture(Format),
    Known(FileKind, &'static str),
}

/// Looks at the beginning of a file.
pub(super) fn sniff(file: impl Read) -> io::Result<Sniffed> {
    let mut head = Vec::new();
    let mut file = file.take(HEAD);
    file.read_to_end(&mut head)?;
    let is_whole = (head.len() as u64) < HEAD;
    Ok(of_head(&head, is_whole))
}

fn of_head(head: &[u8], is_whole: bool) -> Sniffed {
    use FileKind::{Audio, Other, Pdf, Text, Video};
    let mime = infer::get(head).map(|found| found.mime_type());
    if let Some((format, ..)) = FORMATS.iter().find(|(.., known)| Some(*known) == mime) {
        return Sniffed::Picture(*format);
    }
    let (kind, mime) = match mime {
        Some("video/mp4" | "video/x-m4v") => (Video, "video/mp4"),
        Some("video/webm") => (Video, "video/webm"),
        Some("audio/mpeg") => (Audio, "audio/mpeg"),
        Some("audio/ogg" | "audio/opus") => (Audio, "audio/ogg"),
        Some("audio/m4a") => (Audio, "audio/mp4"),
        Some("audio/x-wav") => (Audio, "audio/wav"),
        Some("application/pdf") if head.starts_with(b"%PDF-") => (Pdf, "application/pdf"),
        None | Some("text/x-shellscript") if is_text(head, is_whole) => {
            (Text, "text/plain; charset=utf-8")
        }
        _ => (Other, UNKNOWN),
    };
    Sniffed::Known(kind, mime)
}

/// Whether it is UTF-8 without control characters. Markup is not taken for text: some program would run it.
fn is_text(head: &[u8], is_whole: bool) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // Cut within a character.
        Err(error) if !is_whole && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{C}');
    let start = text.trim_start_matches('\u{FEFF}').trim_start();
    !text.is_empty() && !start.starts_with('<') && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(content: &[u8]) -> FileKind {
        match sniff(content).unwrap() {
            Sniffed::Picture(_) => FileKind::Image,
            Sniffed::Known(kind, mime) => {
                assert!(kind != FileKind::Other || mime == UNKNOWN);
                kind
            }
        }
    }

    #[test]
    fn the_content_decides_and_markup_is_never_shown() {
        use FileKind::{Audio, Image, Other, Pdf, Text, Video};
        let long_text = "é".repeat(100_000);
        for (content, expected) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Image),
            (b"\xFF\xD8\xFF\xE0\x00\x10JFIF", Image),
            (b"GIF89a..............", Image),
            (b"RIFF\x24\x00\x00\x00WEBPVP8 ", Image),
            (b"RIFF\x24\x00\x00\x00WAVEfmt ", Audio),
            (b"ID3\x03\x00\x00\x00\x00", Audio),
            (b"OggS\x00\x02\x00\x00\x00\x00", Audio),
            (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", Video),
            (b"%PDF-1.7\n", Pdf),
            (b"#!/bin/sh\necho hello\n", Text),
            (b"plain words\n", Text),
            (long_text.as_bytes(), Text),
            (b"<!DOCTYPE html><script>alert(1)</script>", Other),
            (b"  <html>", Other),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
                Other,
            ),
            (b"<?xml version='1.0'?><svg/>", Other),
            (b"\xEF\xBB\xBF<script>", Other),
            (b"MZ\x90\x00\x03\x00\x00\x00", Other),
            (b"\x7FELF\x02\x01\x01", Other),
            (b"text with a \x00 byte", Other),
            (b"", Other),
        ] {
            let shown = String::from_utf8_lossy(&content[..content.len().min(30)]);
            assert_eq!(kind(content), expected, "{shown:?}");
        }
    }
}
