//! `chapp thumbnail FORMAT`: the child process that reads a picture from standard input and writes it without metadata,
//! then what it shows and its thumbnails, to standard output.
//!
//! Decoders may panic, and what they allocate can't be bounded from within: this process has little memory and little
//! time, and nothing that it could lose.

use std::io::{Read, Write};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::kind::Format;
use super::{metadata, picture};

/// The address space of the process, in bytes.
const MEMORY_MAX: u64 = 512 * 1024 * 1024;
/// Its time, in seconds of a core.
const TIME_MAX: u64 = 20;

/// Runs the command.
///
/// # Errors
/// When the picture can't be decoded. Whatever was found out before that has been written.
pub fn run(format: &str) -> anyhow::Result<()> {
    for (resource, most) in [
        (Resource::As, MEMORY_MAX),
        (Resource::Cpu, TIME_MAX),
        (Resource::Core, 0),
        // It opens and creates nothing.
        (Resource::Fsize, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    let format = Format::of_name(format).context("no such format")?;
    let mut given = Vec::new();
    std::io::stdin().lock().read_to_end(&mut given)?;
    let stripped = metadata::strip(format, &given).context("malformed")?;
    drop(given);
    let mut out = std::io::stdout().lock();
    write_part(&mut out, &stripped.bytes)?;
    let picture = picture::decode(format, &stripped.bytes)?;
    let facts = picture::PictureFacts {
        animated: stripped.animated,
        ..picture.facts
    };
    write_part(&mut out, &serde_json::to_vec(&facts)?)?;
    write_part(&mut out, &picture.small)?;
    write_part(&mut out, &picture.large)
}

/// Each part is preceded by its length.
fn write_part(out: &mut impl Write, part: &[u8]) -> anyhow::Result<()> {
    out.write_all(&u64::try_from(part.len())?.to_be_bytes())?;
    out.write_all(part)?;
    Ok(out.flush()?)
}
