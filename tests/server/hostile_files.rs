//! Files that are meant to do harm: none of them crashes the server, makes it grow or is shown as something else.

use std::io::Cursor;

use chapp::model::{ClientId, FileKind, FileRef, ThreadId};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};

use crate::support::{Browser, TestServer};

/// Resident memory that no file may add to the server, in bytes.
const GROWTH: u64 = 64 * 1024 * 1024;

pub fn picture(format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(600, 400, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut file, format)
        .expect("a picture");
    file.into_inner()
}

/// A PNG of so many black pixels a side.
fn black(side: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let pixels = vec![0; side as usize * side as usize];
    let encoder =
        PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::NoFilter);
    let written = encoder.write_image(&pixels, side, side, ExtendedColorType::L8);
    written.expect("a picture");
    file
}

/// A PNG whose header says that it has this size.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut png = picture(ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let mut crc = !0_u32;
    for byte in &png[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    png
}

/// A JPEG with a segment of metadata: an orientation, and behind it a position.
fn photo(orientation: u8) -> Vec<u8> {
    let plain = picture(ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(POSITION);
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    [
        &plain[..2],
        &[0xFF, 0xE1],
        &length,
        &exif,
        &plain[2..],
        POSITION,
    ]
    .concat()
}

const POSITION: &[u8] = b"52.5200N 13.4050E";

/// Uploads a file and sends it; returns what the message says of it.
async fn sent(user: &Browser, thread: ThreadId, name: &str, content: &[u8]) -> FileRef {
    let id = user.upload(thread, name, content).await;
    let mut tab = user.tab().await;
    let client_id = ClientId::now();
    tab.post_files(client_id, thread, "", &[id]).await;
    tab.sent(client_id).await;
    user.see_file(thread, id).await
}

impl Browser {
    async fn see_file(&self, thread: ThreadId, id: chapp::model::FileId) -> FileRef {
        for pictures in [true, false] {
            let list = format!("/api/files?thread={thread}&pictures={pictures}");
            let page: chapp::model::file::FilesPage = self.read(&list).await;
            if let Some(found) = page.files.into_iter().find(|entry| entry.file.id == id) {
                return found.file;
            }
        }
        panic!("{id} is in no list")
    }
}

#[tokio::test]
async fn a_photo_is_upright_and_without_the_place_where_it_was_taken() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let file = sent(&ana, thread, "photo.jpg", &photo(6)).await;
    assert_eq!((file.kind, &*file.mime), (FileKind::Image, "image/jpeg"));
    assert_eq!((file.width, file.height), (400, 600));
    assert!(!file.thumbhash.is_empty());
    let content = bob.download(file.id).await.expect("a picture");
    assert_eq!(content.len() as i64, file.size);
    assert!(!content.windows(POSITION.len()).any(|part| part == POSITION));
    for (size, longer) in [("small", 480), ("large", 600)] {
        let answer = bob.get(&format!("/files/{}/{size}", file.id)).await;
        assert_eq!(answer.headers()["content-type"], "image/jpeg");
        let bytes = answer.bytes().await.expect("a body");
        let thumbnail = image::load_from_memory(&bytes).expect("a picture");
        assert_eq!(thumbnail.height(), longer);
        assert_eq!(thumbnail.width(), longer * 2 / 3);
    }
}

#[tokio::test]
async fn hostile_files_are_only_downloaded() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    // The first picture pays for what stays in memory.
    sent(&ana, thread, "first.png", &picture(ImageFormat::Png)).await;
    let before = server.memory().peak;
    let png = picture(ImageFormat::Png);
    let jpeg = picture(ImageFormat::Jpeg);
    let html = b"<html><script>alert(1)</script></html>";
    for (what, name, content, kind) in [
        ("a bomb", "bomb.png", black(12_000), FileKind::Other),
        (
            "too long a side",
            "wide.png",
            claiming(40_000, 40_000),
            FileKind::Other,
        ),
        (
            "a lie about its size",
            "lie.png",
            claiming(7_000, 7_000),
            FileKind::Other,
        ),
        (
            "cut off",
            "cut.png",
            png[..png.len() / 2].to_vec(),
            FileKind::Other,
        ),
        (
            "only a signature",
            "short.gif",
            b"GIF89a".to_vec(),
            FileKind::Other,
        ),
        (
            "HTML as a picture",
            "page.png",
            html.to_vec(),
            FileKind::Other,
        ),
        (
            "a picture and HTML",
            "both.png",
            [&png, &html[..]].concat(),
            FileKind::Image,
        ),
        (
            "a picture and an archive",
            "both.jpg",
            [&jpeg, &b"PK\x03\x04"[..]].concat(),
            FileKind::Image,
        ),
        (
            "HTML that begins like a picture",
            "a.gif",
            [b"GIF89a", &html[..]].concat(),
            FileKind::Other,
        ),
        ("nothing", "empty", Vec::new(), FileKind::Other),
    ] {
        let file = sent(&ana, thread, name, &content).await;
        assert_eq!(file.kind, kind, "{what}");
        let answer = bob.get(&format!("/files/{}", file.id)).await;
        let disposition = answer.headers()["content-disposition"]
            .to_str()
            .expect("ASCII");
        let expected = if kind == FileKind::Other {
            "attachment"
        } else {
            "inline"
        };
        assert!(disposition.starts_with(expected), "{what}: {disposition}");
        let bytes = answer.bytes().await.expect("a body");
        let has_html = bytes.windows(8).any(|part| part == b"<script>");
        assert!(kind == FileKind::Other || !has_html, "{what}");
    }
    let growth = server.memory().peak - before;
    assert!(growth < GROWTH, "{growth}");
    assert!(!server.log().iter().any(|line| line.contains("panicked")));
}

#[tokio::test]
async fn a_name_is_only_shown() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    for (name, shown) in [
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
        ("a\r\nSet-Cookie: a=b", "a Set-Cookie: a=b"),
        ("\"; filename=x", "\"; filename=x"),
        ("", "file"),
    ] {
        let file = sent(&ana, thread, name, b"x").await;
        assert_eq!(file.name, shown);
        let answer = bob.get(&format!("/files/{}?download", file.id)).await;
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().get("set-cookie").is_none());
    }
    let file = sent(&ana, thread, &("x".repeat(4_000) + ".pdf"), b"%PDF-1.7").await;
    assert_eq!(
        file.name.chars().count(),
        chapp::model::limits::FILE_NAME_MAX
    );
    assert!(file.name.ends_with(".pdf"));
    let stray = std::fs::read_dir(server.folder()).expect("a folder");
    let stray: Vec<_> = stray
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(stray, ["data"]);
}
