//! Files: how fast they are uploaded and downloaded, what uploading costs in memory, and how fast pictures become
//! thumbnails. The disk and nginx are measured in the same run, with the same bytes.

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chapp::model::{ClientId, ThreadId};
use clap::Args;
use data_encoding::BASE64;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use super::Bench;
use crate::http::Client;
use crate::machine::resident;
use crate::report::Report;
use crate::seed::{Member, Seeder, block_on};
use crate::server::{Server, free_port};
use crate::services::Nginx;

/// Bytes in a part of an upload, as in the browser.
const PART: usize = 4 * 1024 * 1024;
const MB: f64 = 1e6;
const MIB: f64 = 1_048_576.0;
/// Goal: MiB of additional memory of the server while 50 people upload at once.
const GOAL_MIB: f64 = 100.0;
/// How often the memory is read.
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(Debug, Args)]
pub struct Options {
    /// People who upload at once
    #[arg(long, default_value_t = 50)]
    people: usize,
    /// The size of each file, in MB
    #[arg(long, default_value_t = 50)]
    size_mb: usize,
    /// Uploads and downloads one after the other
    #[arg(long, default_value_t = 5)]
    times: usize,
    /// Pictures of 12 megapixels
    #[arg(long, default_value_t = 20)]
    pictures: usize,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let size = options.size_mb * 1_000_000;
    let about = format!(
        "Files of {} MB over loopback, in parts of 4 MiB, each synced before it is answered. \"The disk\" writes and \
         syncs the same parts to a file in the same folder, without a server; nginx serves the same file from there. \
         Memory is the server's resident memory (VmRSS), read every {} ms.",
        options.size_mb,
        LOOK_EVERY.as_millis(),
    );
    let mut report = Report::new("Files", about);
    let (members, thread) = block_on(async {
        let seeder = Seeder::open(&bench.folder).await?;
        let members = seeder.members("person", options.people.max(2)).await?;
        let first = (members[0].user, members[1].user);
        let pairs: Vec<_> = members
            .iter()
            .skip(1)
            .map(|other| (first.0, other.user))
            .collect();
        let threads = seeder.direct_threads(&pairs).await?;
        seeder.close().await;
        Ok((members, threads))
    })?;
    let metrics = free_port()?;
    let unlimited = ("CHAPP_FILES__QUOTA_PER_PERSON_MB", "0");
    let server = bench.start_with(free_port()?, metrics, &[unlimited])?;
    // Everybody is in a thread with the first person.
    let places: Vec<_> = std::iter::once(thread[0]).chain(thread).collect();

    one_by_one(
        bench,
        options,
        (&server, &members[0], places[0]),
        &mut report,
    )?;
    at_once(options, (&server, &members, &places), size, &mut report)?;
    downloads(
        bench,
        options,
        (&server, &members[0], places[0]),
        &mut report,
    )?;
    pictures(options, (&server, &members[0], places[0]), &mut report)?;
    Ok(report)
}

/// Bytes of no known kind, different for each number.
fn content(number: usize, size: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ number as u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.extend_from_slice(&(state | 0x8080_8080_8080_8080).to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// Uploads a file; returns its address.
fn upload(client: &mut Client, thread: ThreadId, bytes: &[u8]) -> anyhow::Result<String> {
    let value = |text: &str| BASE64.encode(text.as_bytes());
    let metadata = format!(
        "thread {},filename {}",
        value(&thread.to_string()),
        value("x")
    );
    let headers = format!(
        "Tus-Resumable: 1.0.0\r\nUpload-Length: {}\r\nUpload-Metadata: {metadata}\r\n",
        bytes.len()
    );
    let begun = client.send("POST", "/uploads", &headers, &[])?;
    ensure!(
        begun.status == 201,
        "{}",
        String::from_utf8_lossy(&begun.body)
    );
    for (number, part) in bytes.chunks(PART).enumerate() {
        let headers = format!(
            "Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: {}\r\n",
            number * PART
        );
        let answer = client.send("PATCH", &begun.location, &headers, part)?;
        ensure!(
            answer.status == 204,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
    }
    Ok(begun.location)
}

/// Megabytes a second.
fn rate(bytes: usize, since: Instant) -> f64 {
    bytes as f64 / MB / since.elapsed().as_secs_f64()
}

/// One upload after the other, against the disk.
fn one_by_one(
    bench: &Bench,
    options: &Options,
    (server, member, thread): (&Server, &Member, ThreadId),
    report: &mut Report,
) -> anyhow::Result<()> {
    let size = options.size_mb * 1_000_000;
    let files: Vec<_> = (0..options.times)
        .map(|number| content(number, size))
        .collect();
    let begun = Instant::now();
    for (number, bytes) in files.iter().enumerate() {
        write(&bench.folder.path().join(format!("disk-{number}")), bytes)?;
    }
    let disk = rate(size * files.len(), begun);
    let mut client = Client::connect(server.port, &member.cookie)?;
    let begun = Instant::now();
    for bytes in &files {
        upload(&mut client, thread, bytes)?;
    }
    let uploads = rate(size * files.len(), begun);
    report.add("the disk: write and sync", disk, "MB/s");
    report.add("one upload after the other", uploads, "MB/s");
    report.add("uploads against the disk", uploads / disk, "times");
    Ok(())
}

/// Writes a file as the server does: a sync after each part.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    for part in bytes.chunks(PART) {
        file.write_all(part)?;
        file.sync_all()?;
    }
    Ok(fs::remove_file(path)?)
}

/// Many people upload at once: the memory that it takes.
fn at_once(
    options: &Options,
    (server, members, places): (&Server, &[Member], &[ThreadId]),
    size: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let before = resident(server.pid())?;
    let is_done = AtomicBool::new(false);
    // All send the same bytes, but for the first: this machine makes them too.
    let bytes = content(1_000, size);
    let begun = Instant::now();
    let most = std::thread::scope(|scope| -> anyhow::Result<f64> {
        let looking = scope.spawn(|| -> anyhow::Result<f64> {
            let mut most = before;
            while !is_done.load(Ordering::Relaxed) {
                most = most.max(resident(server.pid())?);
                std::thread::sleep(LOOK_EVERY);
            }
            Ok(most)
        });
        let uploading: Vec<_> = members[..options.people]
            .iter()
            .zip(places)
            .map(|(member, thread)| {
                let bytes = &bytes;
                scope.spawn(move || {
                    let mut client = Client::connect(server.port, &member.cookie)?;
                    upload(&mut client, *thread, bytes)
                })
            })
            .collect();
        let uploaded: Vec<_> = uploading.into_iter().map(|thread| thread.join()).collect();
        is_done.store(true, Ordering::Relaxed);
        for one in uploaded {
            one.map_err(|_| anyhow::anyhow!("an upload panicked"))??;
        }
        looking
            .join()
            .map_err(|_| anyhow::anyhow!("reading the memory panicked"))?
    })?;
    let people = options.people;
    let all = rate(size * people, begun);
    report.add(format!("{people} people upload at once"), all, "MB/s");
    report.add("memory before", before / MIB, "MiB");
    report
        .add(
            "additional memory meanwhile, at most",
            (most - before) / MIB,
            "MiB",
        )
        .at_most(GOAL_MIB);
    Ok(())
}

/// One download after the other, against nginx.
fn downloads(
    bench: &Bench,
    options: &Options,
    (server, member, thread): (&Server, &Member, ThreadId),
    report: &mut Report,
) -> anyhow::Result<()> {
    let size = options.size_mb * 1_000_000;
    let bytes = content(2_000, size);
    let file = post(server, member, thread, &bytes)?;
    let mut client = Client::connect(server.port, &member.cookie)?;
    let ours = read(&mut client, &file, size, options.times)?;
    let folder = bench.folder.path().join("nginx");
    fs::create_dir(&folder)?;
    fs::write(folder.join("file"), &bytes)?;
    let nginx = Nginx::start(&folder)?;
    let mut client = Client::connect(nginx.port, "")?;
    let theirs = read(&mut client, "/file", size, options.times)?;
    report.add("nginx: one download after the other", theirs, "MB/s");
    report.add("one download after the other", ours, "MB/s");
    report.add("downloads against nginx", ours / theirs, "times");
    Ok(())
}

/// Megabytes a second of so many downloads, after one more that is not counted.
fn read(client: &mut Client, path: &str, size: usize, times: usize) -> anyhow::Result<f64> {
    ensure!(client.get(path)? == size, "{path} is not whole");
    let begun = Instant::now();
    for _ in 0..times {
        client.get(path)?;
    }
    Ok(rate(size * times, begun))
}

/// Posts a message with this file by the form for browsers without a script; returns the path of the file.
fn post(
    server: &Server,
    member: &Member,
    thread: ThreadId,
    bytes: &[u8],
) -> anyhow::Result<String> {
    let mut body = Vec::new();
    for (name, value) in [
        ("thread", thread.to_string()),
        ("client_id", ClientId::now().to_string()),
    ] {
        write!(
            body,
            "--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )?;
    }
    let kind = "Content-Type: application/octet-stream";
    write!(
        body,
        "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n{kind}\r\n\r\n"
    )?;
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--X--\r\n");
    let mut client = Client::connect(server.port, &member.cookie)?;
    let headers = "Accept: text/html\r\nContent-Type: multipart/form-data; boundary=X\r\n";
    let answer = client.send("POST", "/post", headers, &body)?;
    ensure!(
        answer.status == 303,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let list = client.body(&format!("/api/files?thread={thread}&pictures=false"))?;
    let list: serde_json::Value = serde_json::from_str(&list)?;
    let id = list["files"][0]["file"]["id"].as_str().context("no file")?;
    Ok(format!("/files/{id}"))
}

/// Pictures of 12 megapixels: uploaded, cleaned, and made smaller in two sizes each.
fn pictures(
    options: &Options,
    (server, member, thread): (&Server, &Member, ThreadId),
    report: &mut Report,
) -> anyhow::Result<()> {
    let (width, height) = (4_000, 3_000);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let noise = (x.wrapping_mul(31) ^ y.wrapping_mul(17)) as u8 >> 4;
        Rgb([(x / 16) as u8 ^ noise, (y / 12) as u8, ((x + y) / 28) as u8])
    });
    let mut file = Cursor::new(Vec::new());
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, 85))?;
    let mut file = file.into_inner();
    let mut client = Client::connect(server.port, &member.cookie)?;
    upload(&mut client, thread, &file)?;
    let begun = Instant::now();
    for number in 0..options.pictures {
        // Bytes behind the picture make each a content of its own.
        file.extend_from_slice(&(number as u64).to_le_bytes());
        upload(&mut client, thread, &file)?;
    }
    let a_second = options.pictures as f64 / begun.elapsed().as_secs_f64();
    report.add("pictures of 12 megapixels", a_second, "a second");
    report.add("thumbnails", 2.0 * a_second, "a second");
    Ok(())
}
