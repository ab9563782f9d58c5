//! A decoded picture: its measures, its placeholder and its thumbnails. Only the child process decodes: a decoder may
//! panic, or take all memory.

use std::io::Cursor;

use anyhow::{Context, ensure};
use fast_image_resize::Resizer;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use serde::{Deserialize, Serialize};

use super::kind::Format;
use crate::model::limits;

/// The most pixels of a picture that is decoded.
const PIXELS_MAX: u64 = 50_000_000;
/// The longest side of a picture that is decoded, in pixels.
const SIDE_MAX: u32 = 16_384;
/// The most memory for the pixels of a picture, in bytes.
const MEMORY_MAX: u64 = 256 * 1024 * 1024;
/// The quality of thumbnails.
const QUALITY: u8 = 78;
/// The longest side of what the placeholder is computed from: the algorithm takes no more.
const PLACEHOLDER_SIDE: u32 = 100;

/// What is said of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PictureFacts {
    /// As it is shown upright.
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) animated: bool,
    pub(super) thumbhash: Vec<u8>,
}

/// A picture, with its thumbnails as files.
pub(super) struct Picture<B> {
    pub(super) facts: PictureFacts,
    pub(super) small: B,
    pub(super) large: B,
}

/// Decodes a picture, without its metadata except a JPEG's orientation.
pub(super) fn decode(format: Format, bytes: &[u8]) -> anyhow::Result<Picture<Vec<u8>>> {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::WebP => ImageFormat::WebP,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut bounds = Limits::default();
    bounds.max_image_width = Some(SIDE_MAX);
    bounds.max_image_height = Some(SIDE_MAX);
    bounds.max_alloc = Some(MEMORY_MAX);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    ensure!(width > 0 && height > 0, "an empty picture");
    ensure!(width <= SIDE_MAX && height <= SIDE_MAX, "too long a side");
    let pixels = u64::from(width) * u64::from(height);
    ensure!(pixels <= PIXELS_MAX, "too many pixels");
    ensure!(decoder.total_bytes() <= MEMORY_MAX, "too much memory");
    let orientation = match format {
        ImageFormat::Jpeg => decoder.orientation()?,
        _ => Orientation::NoTransforms,
    };
    let image = DynamicImage::from_decoder(decoder)?;
    let large = scaled(&image, limits::THUMBNAIL_LARGE)?;
    drop(image);
    let small = scaled(&large, limits::THUMBNAIL_SMALL)?;
    let upright = |mut image: DynamicImage| {
        image.apply_orientation(orientation);
        image
    };
    let (small, large) = (upright(small), upright(large));
    let (width, height) = match is_turned(orientation) {
        true => (height, width),
        false => (width, height),
    };
    Ok(Picture {
        facts: PictureFacts {
            width,
            height,
            animated: false,
            thumbhash: placeholder(&small)?,
        },
        small: encoded(&small)?,
        large: encoded(&large)?,
    })
}

fn is_turned(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(
        orientation,
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH
    )
}

/// The picture, scaled down so that its longer side is at most `side`.
fn scaled(image: &DynamicImage, side: u32) -> anyhow::Result<DynamicImage> {
    let (width, height) = (image.width(), image.height());
    let longer = width.max(height);
    if longer <= side {
        return Ok(image.clone());
    }
    let fit = |length: u32| {
        let scaled = u64::from(length) * u64::from(side) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    let mut small = DynamicImage::new(fit(width), fit(height), image.color());
    Resizer::new().resize(image, &mut small, None)?;
    Ok(small)
}

/// As a JPEG, or as a PNG where something shows through.
fn encoded(image: &DynamicImage) -> anyhow::Result<Vec<u8>> {
    let mut file = Vec::new();
    let rgba = image.color().has_alpha().then(|| image.to_rgba8());
    match rgba.filter(|rgba| rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX)) {
        Some(rgba) => rgba.write_to(&mut Cursor::new(&mut file), ImageFormat::Png)?,
        None => JpegEncoder::new_with_quality(&mut file, QUALITY).encode_image(&image.to_rgb8())?,
    }
    Ok(file)
}

fn placeholder(image: &DynamicImage) -> anyhow::Result<Vec<u8>> {
    let small = scaled(image, PLACEHOLDER_SIDE)?.to_rgba8();
    let side = |length: u32| usize::try_from(length).context("a small number");
    let (width, height) = (side(small.width())?, side(small.height())?);
    Ok(thumbhash::rgba_to_thumb_hash(width, height, &small))
}
