//! The files of messages, as `chapp migrate` takes them along.

use std::path::Path;

use crate::server::files::bucket::BucketSettings;
use crate::server::files::copying;
use crate::server::files::folder::Folder;
use crate::server::store::Copy;

/// Checks all contents that the copied database names, which are in a bucket: the copy goes on with it. Returns how many
/// there are.
///
/// # Errors
/// When one is missing or damaged.
pub(super) async fn check_bucket(
    copy: &mut Copy,
    folder: &Path,
    bucket: &BucketSettings,
) -> anyhow::Result<u64> {
    let folder = Folder::open(folder.to_owned(), Some(bucket))?;
    let (mut after, mut count) = (None, 0);
    loop {
        let page = copy.contents(after).await?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after = Some(*last);
        for hash in page {
            folder.check(hash).await?;
            count += 1;
        }
    }
}

/// Checks all contents that the copied database names, and copies them if there is a folder to copy to. Returns how many
/// there are.
///
/// # Errors
/// When one is missing or damaged, or can't be copied.
pub(super) async fn take_along(
    copy: &mut Copy,
    from: &Path,
    to: Option<&Path>,
) -> anyhow::Result<u64> {
    let (mut after, mut count) = (None, 0);
    loop {
        let page = copy.contents(after).await?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after = Some(*last);
        for hash in page {
            copying::take_along(hash, from, to)?;
            count += 1;
        }
    }
}
