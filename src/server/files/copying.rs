//! A copy of the folder, as `chapp migrate` makes it.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, ensure};

use super::folder::Folder;
use super::hash_of;
use crate::server::store::ContentHash;

/// Checks that a content is in the folder `from`, whole; and copies it, with its thumbnails, to the folder `to`. What is
/// there already is left as it is, if it is whole.
///
/// # Errors
/// When it is missing or damaged, or can't be copied.
pub fn take_along(hash: ContentHash, from: &Path, to: Option<&Path>) -> anyhow::Result<()> {
    let [content, small, large] = Folder::paths(hash);
    let path = from.join(&content);
    let found = hash_of(&path).with_context(|| format!("the file {}", path.display()))?;
    ensure!(found == hash, "the file {} is damaged", path.display());
    let Some(to) = to else { return Ok(()) };
    for part in [&small, &large, &content] {
        let (source, target) = (from.join(part), to.join(part));
        if !source.exists() {
            continue;
        }
        copy(&source, &target).with_context(|| format!("the file {}", target.display()))?;
    }
    let copied = hash_of(&to.join(&content))?;
    ensure!(copied == hash, "the copy {content} is damaged");
    Ok(())
}

/// Copies a file, synced, under its name only when it is complete.
fn copy(source: &Path, target: &Path) -> io::Result<()> {
    if let (Ok(given), Ok(there)) = (fs::metadata(source), fs::metadata(target))
        && given.len() == there.len()
    {
        return Ok(());
    }
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = target.with_extension("part");
    fs::copy(source, &part)?;
    fs::File::open(&part)?.sync_all()?;
    fs::rename(&part, target)
}
