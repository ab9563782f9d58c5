//! How large pictures are shown, and their placeholders. Plain values.

use crate::client::uploads::{base64, from_base64};
use crate::model::{FileRef, limits};

/// The box of a single picture in the message list, in pixels. style/files.css has the same width.
const WIDTH_MAX: i64 = 360;
const HEIGHT_MAX: i64 = 320;
/// A picture is shown at least this large, also if it is a long strip.
const SIDE_MIN: i64 = 48;

/// The size at which a picture alone is shown: its proportion, within the box. Known before it is loaded, so nothing
/// moves when it is there.
#[must_use]
pub fn shown_size(file: &FileRef) -> (i64, i64) {
    let (width, height) = (file.width.max(1), file.height.max(1));
    let (width, height) = if width <= WIDTH_MAX && height <= HEIGHT_MAX {
        (width, height)
    } else if width * HEIGHT_MAX > height * WIDTH_MAX {
        (WIDTH_MAX, height * WIDTH_MAX / width)
    } else {
        (width * HEIGHT_MAX / height, HEIGHT_MAX)
    };
    (width.max(SIDE_MIN), height.max(SIDE_MIN))
}

/// The width that a thumbnail has whose longest side is at most `side`.
#[must_use]
pub fn thumbnail_width(file: &FileRef, side: u32) -> i64 {
    let longest = file.width.max(file.height).max(1);
    let side = i64::from(side).min(longest);
    (file.width * side / longest).max(1)
}

/// The number of pictures in a grid; the last cell of a larger number says how many more there are.
pub const GRID_MAX: usize = 4;

/// The address of a blurred picture made from a thumbhash.
#[must_use]
pub fn placeholder(thumbhash: &str) -> Option<String> {
    let hash = from_base64(thumbhash)?;
    // Shorter ones make the decoder panic.
    if hash.len() < 5 || hash.len() > 64 {
        return None;
    }
    let (width, height, pixels) = thumbhash::thumb_hash_to_rgba(&hash).ok()?;
    Some(
        [
            "data:image/bmp;base64,",
            &*base64(&bitmap(width, height, &pixels)),
        ]
        .concat(),
    )
}

/// A bitmap file of RGBA pixels, without transparency.
fn bitmap(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
    const HEAD: usize = 54;
    let row = (width * 3).next_multiple_of(4);
    let number = |number: usize| u32::try_from(number).unwrap_or(0).to_le_bytes();
    let mut file = Vec::with_capacity(HEAD + row * height);
    file.extend(b"BM");
    for field in [HEAD + row * height, 0, HEAD, 40, width, height] {
        file.extend(number(field));
    }
    file.extend([1, 0, 24, 0]);
    file.resize(HEAD, 0);
    // From the bottom up.
    for line in pixels.chunks_exact(width.max(1) * 4).rev() {
        let begin = file.len();
        for pixel in line.chunks_exact(4) {
            file.extend([pixel[2], pixel[1], pixel[0]]);
        }
        file.resize(begin + row, 0);
    }
    file
}

/// The small bars of a voice message, each from 0 to 100.
#[must_use]
pub fn bars(waveform: &str) -> Vec<u8> {
    let bytes = from_base64(waveform).unwrap_or_default();
    let loudness = bytes.into_iter().take(limits::WAVEFORM_MAX);
    loudness
        .map(|byte| (u16::from(byte) * 100 / 255) as u8)
        .collect()
}

/// A length of time as players show it: `0:07`.
#[must_use]
pub fn length_text(millis: i64) -> String {
    let seconds = (millis.max(0) + 500) / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: i64, height: i64) -> FileRef {
        FileRef {
            width,
            height,
            ..FileRef::default()
        }
    }

    #[test]
    fn a_picture_keeps_its_proportion_within_the_box() {
        for (size, shown) in [
            ((100, 80), (100, 80)),
            ((3_600, 1_800), (360, 180)),
            ((1_000, 4_000), (80, 320)),
            ((10_000, 10), (360, 48)),
            ((0, 0), (48, 48)),
        ] {
            assert_eq!(shown_size(&picture(size.0, size.1)), shown);
        }
    }

    #[test]
    fn the_width_of_a_thumbnail_follows_from_the_longest_side() {
        assert_eq!(thumbnail_width(&picture(4_000, 3_000), 480), 480);
        assert_eq!(thumbnail_width(&picture(3_000, 4_000), 480), 360);
        assert_eq!(thumbnail_width(&picture(100, 50), 480), 100);
    }

    #[test]
    fn a_placeholder_is_a_picture_and_a_broken_hash_gives_none() {
        let shown = placeholder("1QcSHQRnh493V4dIh4eXh1h4kJUI").unwrap();
        assert!(shown.starts_with("data:image/bmp;base64,Qk"), "{shown}");
        for broken in ["", "AA==", "%", "AAAA"] {
            assert_eq!(placeholder(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_bitmap_has_its_rows_from_the_bottom_up_and_padded() {
        let file = bitmap(1, 2, &[1, 2, 3, 255, 4, 5, 6, 255]);
        assert_eq!(file.len(), 54 + 8);
        assert_eq!(&file[54..], [6, 5, 4, 0, 3, 2, 1, 0]);
    }

    #[test]
    fn a_length_has_minutes_and_seconds() {
        assert_eq!(length_text(7_400), "0:07");
        assert_eq!(length_text(65_000), "1:05");
        assert_eq!(length_text(-1), "0:00");
    }
}
