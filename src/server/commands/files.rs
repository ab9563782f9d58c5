//! The files of messages, as `chapp migrate` takes them along.

use std::path::Path;

use crate::server::files::bucket::BucketSettings;
use crate::server::files::copying;
use crate::server::files::folder::Folder;
use crate::server::store::Copy;

/// Checks all contents that the copied database names, in the folder `from`, and copies them if there is a folder to copy
/// to. With a bucket they are checked there, and stay: the copy goes on with it. Returns how many there are.
///
/// # Errors
/// When one is missing or damaged, or can't be copied.
pub(super) async fn take_along(
    copy: &mut Copy,
    (from, bucket): (&Path, Option<&BucketSettings>),
    to: Option<&Path>,
) -> anyhow::Result<u64> {
    let bucket = bucket.map(|bucket| Folder::open(from.to_owned(), Some(bucket)));
    let bucket = bucket.transpose()?;
    let (mut after, mut count) = (None, 0);
    loop {
        let page = copy.contents(after).await?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after = Some(*last);
        for hash in page {
            match &bucket {
                Some(bucket) => bucket.check(hash).await?,
                None => copying::take_along(hash, from, to)?,
            }
            count += 1;
        }
    }
}
