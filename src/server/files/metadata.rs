//! Pictures without metadata: where and when they were taken, with which device, previews of an uncropped original.
//!
//! The pixels are not encoded anew. Only parts that are on a list stay, and nothing that follows the end of a picture,
//! so a file that is a picture and something else at once is only the picture afterwards. A JPEG keeps its orientation.

use image::metadata::Orientation;

use super::kind::Format;

/// A picture without metadata.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stripped {
    pub(super) bytes: Vec<u8>,
    /// Whether it has more than one frame.
    pub(super) animated: bool,
}

/// Strips a picture. `None`: it is malformed.
pub(super) fn strip(format: Format, bytes: &[u8]) -> Option<Stripped> {
    let mut out = Stripped {
        bytes: Vec::with_capacity(bytes.len()),
        animated: false,
    };
    let mut rest = Rest(bytes);
    match format {
        Format::Jpeg => jpeg(&mut rest, &mut out.bytes)?,
        Format::Png => png(&mut rest, &mut out)?,
        Format::Gif => gif(&mut rest, &mut out)?,
        Format::WebP => webp(&mut rest, &mut out)?,
    }
    Some(out)
}

/// The bytes that are left to read.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }
}

fn be16(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// Segments (ITU T.81, annex B): JFIF's header, colour profiles and Adobe's colour transform stay, and what is needed to
/// decode.
fn jpeg(rest: &mut Rest<'_>, out: &mut Vec<u8>) -> Option<()> {
    if rest.take(2)? != [0xFF, 0xD8] {
        return None;
    }
    out.extend([0xFF, 0xD8]);
    let mut has_orientation = false;
    // Padding may precede a marker.
    while let Some(found) = rest.0.iter().position(|byte| *byte != 0xFF) {
        let marker = rest.take(found + 1)?[found];
        if found == 0 {
            return None;
        }
        match marker {
            0xD9 => break,
            0x01 | 0xD0..=0xD7 => {
                out.extend([0xFF, marker]);
                continue;
            }
            _ => {}
        }
        let length = be16(rest.0.get(..2)?);
        let segment = rest.take(length.max(2))?;
        let content = &segment[2..];
        let stays = match marker {
            0xE0 => content.starts_with(b"JFIF\0"),
            0xE2 => content.starts_with(b"ICC_PROFILE\0"),
            0xEE => content.starts_with(b"Adobe"),
            0xE1 if !has_orientation => {
                if let Some(orientation) = orientation_of(content) {
                    has_orientation = true;
                    out.extend(exif(orientation));
                }
                false
            }
            0xE1..=0xEF | 0xFE => false,
            _ => true,
        };
        if stays {
            out.extend([0xFF, marker]);
            out.extend(segment);
        }
        if marker == 0xDA {
            out.extend(rest.take(scan_length(rest.0))?);
        }
    }
    // A picture that was cut off is shown as far as it goes.
    out.extend([0xFF, 0xD9]);
    Some(())
}

/// The length of entropy-coded data, up to the next marker that is not part of it.
fn scan_length(bytes: &[u8]) -> usize {
    let is_end = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF);
    let end = bytes.windows(2).position(is_end);
    end.unwrap_or(bytes.len())
}

/// The orientation in an APP1 segment, unless it is upright.
fn orientation_of(content: &[u8]) -> Option<u8> {
    let tiff = content.strip_prefix(b"Exif\0\0")?;
    let orientation = Orientation::from_exif_chunk(tiff)?;
    (orientation != Orientation::NoTransforms).then(|| orientation.to_exif())
}

/// An APP1 segment with nothing but the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut segment =
        b"\xFF\xE1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    segment.extend([orientation, 0, 0, 0, 0, 0, 0]);
    segment
}

/// Chunks (PNG, third edition, section 11): the critical ones, and those about colours and animation.
fn png(rest: &mut Rest<'_>, out: &mut Stripped) -> Option<()> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    const STAY: [&[u8]; 11] = [
        b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"acTL", b"fcTL",
        b"fdAT",
    ];
    if rest.take(SIGNATURE.len())? != SIGNATURE {
        return None;
    }
    out.bytes.extend(SIGNATURE);
    loop {
        let head = rest.0.get(..8)?;
        let length = usize::try_from(u32::from_be_bytes(head[..4].try_into().ok()?)).ok()?;
        let kind = &head[4..8];
        let chunk = rest.take(length.checked_add(12)?)?;
        out.animated |= kind == b"acTL";
        if kind[0].is_ascii_uppercase() || STAY.contains(&kind) {
            out.bytes.extend(chunk);
        }
        if kind == b"IEND" {
            return Some(());
        }
    }
}

/// Blocks (GIF89a): images, their timing, and how often the animation repeats.
fn gif(rest: &mut Rest<'_>, out: &mut Stripped) -> Option<()> {
    let head = rest.take(13)?;
    out.bytes.extend(head);
    out.bytes.extend(rest.take(colours(head[10]))?);
    let mut frames = 0;
    loop {
        match rest.byte()? {
            0x3B => break,
            0x2C => {
                frames += 1;
                let image = rest.take(9)?;
                out.bytes.push(0x2C);
                out.bytes.extend(image);
                out.bytes.extend(rest.take(colours(image[8]))?);
                out.bytes.push(rest.byte()?);
                out.bytes.extend(blocks(rest)?);
            }
            0x21 => {
                let label = rest.byte()?;
                let content = blocks(rest)?;
                let repeats = [&b"\x0BNETSCAPE2.0"[..], b"\x0BANIMEXTS1.0"];
                let stays = match label {
                    0xF9 => true,
                    0xFF => repeats.iter().any(|name| content.starts_with(name)),
                    _ => false,
                };
                if stays {
                    out.bytes.extend([0x21, label]);
                    out.bytes.extend(content);
                }
            }
            _ => return None,
        }
    }
    out.bytes.push(0x3B);
    out.animated = frames > 1;
    Some(())
}

/// The size of the table of colours that these flags announce.
fn colours(flags: u8) -> usize {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    }
}

/// A sequence of blocks, with the empty one at its end.
fn blocks<'b>(rest: &mut Rest<'b>) -> Option<&'b [u8]> {
    let start = rest.0;
    loop {
        let length = rest.byte()?;
        rest.take(length.into())?;
        if length == 0 {
            return start.get(..start.len() - rest.0.len());
        }
    }
}

/// Chunks (RFC 9649): those with pixels, animation and colours.
fn webp(rest: &mut Rest<'_>, out: &mut Stripped) -> Option<()> {
    const STAY: [&[u8]; 7] = [
        b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP",
    ];
    /// The flags of `VP8X` that announce metadata.
    const EXIF_AND_XMP: u8 = 0x0C;
    let head = rest.take(12)?;
    if &head[..4] != b"RIFF" || &head[8..] != b"WEBP" {
        return None;
    }
    out.bytes.extend(head);
    let length = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    // The size counts from the form type on. What follows it is not part of the picture.
    let end = usize::try_from(length(&head[4..8])).ok()?.checked_sub(4)?;
    let mut body = Rest(rest.0.get(..end).unwrap_or(rest.0));
    while body.0.len() >= 8 {
        let kind = &body.0[..4];
        let size = usize::try_from(length(&body.0[4..8])).ok()?;
        let whole = size.checked_add(8 + size % 2)?.min(body.0.len());
        if whole < size + 8 {
            return None;
        }
        let chunk = body.take(whole)?;
        out.animated |= kind == b"ANMF";
        if !STAY.contains(&kind) {
            continue;
        }
        let start = out.bytes.len();
        out.bytes.extend(chunk);
        if whole == size + 8 && size % 2 == 1 {
            out.bytes.push(0);
        }
        if kind == b"VP8X" && size >= 1 {
            out.bytes[start + 8] &= !EXIF_AND_XMP;
        }
    }
    let size = u32::try_from(out.bytes.len() - 8).ok()?;
    out.bytes[4..8].copy_from_slice(&size.to_le_bytes());
    Some(())
}

#[cfg(test)]
mod tests;
