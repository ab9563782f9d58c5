use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{DynamicImage, Frame, ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::*;

/// Something that must not be in any picture that others get.
const SECRET: &[u8] = b"52.5200N 13.4050E";

fn picture() -> DynamicImage {
    RgbImage::from_fn(60, 40, |x, y| image::Rgb([x as u8 * 4, y as u8 * 6, 90])).into()
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture().write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn decoded(format: ImageFormat, bytes: &[u8]) -> DynamicImage {
    ImageReader::with_format(Cursor::new(bytes), format)
        .decode()
        .unwrap()
}

fn holds_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|part| part == SECRET)
}

/// Strips a picture with secrets in it; checks that it has the same pixels and no secret.
#[track_caller]
fn check(format: Format, image: ImageFormat, bytes: &[u8]) -> Stripped {
    assert!(holds_secret(bytes));
    let stripped = strip(format, bytes).expect("well-formed");
    assert!(!holds_secret(&stripped.bytes), "{format:?}");
    assert_eq!(decoded(image, &stripped.bytes), decoded(image, bytes));
    assert_eq!(
        strip(format, &stripped.bytes).unwrap().bytes,
        stripped.bytes,
        "a stripped picture stays as it is"
    );
    stripped
}

/// An APP1 segment with an orientation and a secret behind it.
fn exif_with_secret(orientation: u8) -> Vec<u8> {
    let mut segment = exif(orientation);
    segment.extend(SECRET);
    segment[3] = u8::try_from(segment.len() - 2).unwrap();
    segment
}

#[test]
fn a_jpeg_keeps_its_orientation_and_nothing_else() {
    let plain = encoded(ImageFormat::Jpeg);
    let comment = [b"\xFF\xFE\x00\x13", SECRET].concat();
    let mut bytes = plain[..2].to_vec();
    bytes.extend(exif_with_secret(6));
    bytes.extend(comment);
    bytes.extend(&plain[2..]);
    // Some phones append a film, or a larger picture.
    bytes.extend(SECRET);
    let stripped = check(Format::Jpeg, ImageFormat::Jpeg, &bytes);
    let reader = ImageReader::with_format(Cursor::new(&stripped.bytes), ImageFormat::Jpeg);
    let orientation = reader.into_decoder().unwrap().orientation().unwrap();
    assert_eq!(orientation, Orientation::Rotate90);
    assert!(!stripped.animated);
}

#[test]
fn an_upright_jpeg_has_no_exif_and_a_cut_one_is_ended() {
    let plain = encoded(ImageFormat::Jpeg);
    let mut bytes = plain[..2].to_vec();
    bytes.extend(exif_with_secret(1));
    bytes.extend(&plain[2..]);
    assert_eq!(strip(Format::Jpeg, &bytes).unwrap().bytes, plain);
    let cut = &plain[..plain.len() - 20];
    let stripped = strip(Format::Jpeg, cut).unwrap().bytes;
    assert_eq!(stripped, [cut, &[0xFF, 0xD9]].concat());
}

#[test]
fn a_png_keeps_its_pixels_only() {
    let plain = encoded(ImageFormat::Png);
    let chunk = |kind: &[u8], content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        // The checksum is not looked at: the chunk is dropped.
        [&length, kind, content, &[0; 4]].concat()
    };
    let (head, rest) = plain.split_at(33);
    let bytes = [head, &chunk(b"zzZz", SECRET), rest, SECRET].concat();
    let stripped = check(Format::Png, ImageFormat::Png, &bytes);
    assert_eq!(stripped.bytes, plain);
    for kind in [&b"tEXt"[..], b"iTXt", b"zTXt", b"eXIf", b"tIME"] {
        let bytes = [head, &chunk(kind, SECRET), rest].concat();
        assert_eq!(strip(Format::Png, &bytes).unwrap().bytes, plain);
    }
}

fn animation(frames: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for _ in 0..frames {
        encoder
            .encode_frame(Frame::new(picture().to_rgba8()))
            .unwrap();
    }
    drop(encoder);
    file
}

#[test]
fn a_gif_keeps_its_frames_and_how_often_they_repeat() {
    for frames in [1, 3] {
        let plain = animation(frames);
        let comment = [b"\x21\xFE\x11", SECRET, b"\0"].concat();
        let end = plain.len() - 1;
        let bytes = [&plain[..end], &comment, &plain[end..], SECRET].concat();
        let stripped = check(Format::Gif, ImageFormat::Gif, &bytes);
        assert_eq!(stripped.bytes, plain);
        assert_eq!(stripped.animated, frames > 1);
    }
}

#[test]
fn a_webp_keeps_its_pixels_only() {
    let plain = encoded(ImageFormat::WebP);
    let mut bytes = plain.clone();
    bytes.extend(b"EXIF\x11\0\0\0");
    bytes.extend(SECRET);
    bytes.push(0);
    let size = u32::try_from(bytes.len() - 8).unwrap().to_le_bytes();
    bytes[4..8].copy_from_slice(&size);
    bytes.extend(SECRET);
    let stripped = check(Format::WebP, ImageFormat::WebP, &bytes);
    assert_eq!(stripped.bytes, plain);
}

#[test]
fn no_bytes_make_it_panic() {
    let formats = [
        (Format::Jpeg, encoded(ImageFormat::Jpeg)),
        (Format::Png, encoded(ImageFormat::Png)),
        (Format::Gif, animation(2)),
        (Format::WebP, encoded(ImageFormat::WebP)),
    ];
    for (format, plain) in formats {
        for end in 0..plain.len() {
            let _ = strip(format, &plain[..end]);
        }
        for at in 0..plain.len().min(2_000) {
            for byte in [0x00, 0x7F, 0x80, 0xFF] {
                let mut wrong = plain.clone();
                wrong[at] = byte;
                let _ = strip(format, &wrong);
            }
        }
    }
}
