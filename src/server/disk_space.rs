//! The free space on the disk with the SQLite file: when it runs low, writes that need more of it are refused. A
//! database on another machine guards its own disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use crate::model::{FreeSpace, Refusal, Storage};

/// How often the free space is read.
const CHECK_EVERY: Duration = Duration::from_secs(2);
/// The least free bytes, whatever the size of the disk: SQLite needs some for its own work.
const FLOOR: u64 = 16 * 1024 * 1024;

/// The free space as last read.
#[derive(Debug)]
pub struct DiskSpace {
    /// A folder on the disk; `None`: not watched.
    folder: Option<PathBuf>,
    min_percent: u64,
    state: AtomicU8,
    free: AtomicU64,
    total: AtomicU64,
}

impl DiskSpace {
    /// Reads the free space once. `min_percent`: see [`crate::server::config::StoreConfig::min_free_percent`].
    #[must_use]
    pub fn new(folder: Option<PathBuf>, min_percent: u32) -> Self {
        let space = Self {
            folder: folder.filter(|_| min_percent > 0),
            min_percent: min_percent.into(),
            state: AtomicU8::new(FreeSpace::Ample as u8),
            free: AtomicU64::new(0),
            total: AtomicU64::new(0),
        };
        space.refresh();
        space
    }

    /// Reads the free space periodically, until every other reference is dropped.
    pub async fn watch(self: Arc<Self>) {
        let watched = Arc::downgrade(&self);
        drop(self);
        loop {
            tokio::time::sleep(CHECK_EVERY).await;
            let Some(space) = watched.upgrade().filter(|space| space.folder.is_some()) else {
                return;
            };
            // A network disk may be slow.
            let _ = tokio::task::spawn_blocking(move || space.refresh()).await;
        }
    }

    fn refresh(&self) {
        let Some(folder) = &self.folder else {
            return;
        };
        let (free, total) = match free_and_total(folder) {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "reading the free disk space failed");
                return;
            }
        };
        self.free.store(free, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        let was = self.state();
        let state = classify(free, total, self.min_percent, was);
        if state == was {
            return;
        }
        self.state.store(state as u8, Ordering::Relaxed);
        let (megabytes, percent) = (free / 1_000_000, self.min_percent);
        match state {
            FreeSpace::Ample => {
                tracing::info!("there is enough free disk space again: {megabytes} MB");
            }
            FreeSpace::Low => tracing::warn!(
                "free disk space is low: {megabytes} MB; below {percent} % nothing new is stored"
            ),
            FreeSpace::Full => tracing::error!(
                "free disk space is below {percent} %: {megabytes} MB; nothing new is stored until there is more"
            ),
        }
    }

    fn state(&self) -> FreeSpace {
        match self.state.load(Ordering::Relaxed) {
            0 => FreeSpace::Ample,
            1 => FreeSpace::Low,
            _ => FreeSpace::Full,
        }
    }

    /// The state and the free space, as last read.
    #[must_use]
    pub fn storage(&self) -> Storage {
        Storage {
            space: self.state(),
            free: self.free.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }

    /// Checks that writes which need more space are allowed.
    ///
    /// # Errors
    /// [`Refusal::ReadOnly`].
    pub fn check_space(&self) -> Result<(), Refusal> {
        match self.state() {
            FreeSpace::Full => Err(Refusal::ReadOnly),
            FreeSpace::Ample | FreeSpace::Low => Ok(()),
        }
    }
}

/// The bytes that this process may still write, and those of the whole disk.
fn free_and_total(folder: &Path) -> std::io::Result<(u64, u64)> {
    let found = rustix::fs::statvfs(folder)?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok((bytes(found.f_bavail), bytes(found.f_blocks)))
}

/// Full below the minimum, low below twice that. Leaving either state takes a tenth more, so that the state does not
/// flap with every temporary file.
fn classify(free: u64, total: u64, min_percent: u64, was: FreeSpace) -> FreeSpace {
    let least = (total / 100 * min_percent).max(FLOOR);
    let bound = |least: u64, stays: bool| if stays { least + least / 10 } else { least };
    if free < bound(least, was == FreeSpace::Full) {
        FreeSpace::Full
    } else if free < bound(2 * least, was != FreeSpace::Ample) {
        FreeSpace::Low
    } else {
        FreeSpace::Ample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    #[test]
    fn full_is_below_the_least_and_low_is_below_twice_that() {
        let at = |free| classify(free * MB, 10_000 * MB, 5, FreeSpace::Ample);
        assert_eq!(at(499), FreeSpace::Full);
        assert_eq!(at(500), FreeSpace::Low);
        assert_eq!(at(999), FreeSpace::Low);
        assert_eq!(at(1_000), FreeSpace::Ample);
    }

    #[test]
    fn it_takes_a_tenth_more_to_be_over() {
        let at = |free, was| classify(free * MB, 10_000 * MB, 5, was);
        assert_eq!(at(549, FreeSpace::Full), FreeSpace::Full);
        assert_eq!(at(550, FreeSpace::Full), FreeSpace::Low);
        assert_eq!(at(1_099, FreeSpace::Low), FreeSpace::Low);
        assert_eq!(at(1_100, FreeSpace::Low), FreeSpace::Ample);
        assert_eq!(at(1_100, FreeSpace::Full), FreeSpace::Ample);
    }

    #[test]
    fn on_a_small_disk_the_floor_counts_and_100_percent_is_never_enough() {
        assert_eq!(
            classify(15 * MB, 100 * MB, 1, FreeSpace::Ample),
            FreeSpace::Full
        );
        assert_eq!(
            classify(18 * MB, 100 * MB, 1, FreeSpace::Ample),
            FreeSpace::Low
        );
        assert_eq!(
            classify(99 * MB, 100 * MB, 100, FreeSpace::Ample),
            FreeSpace::Full
        );
    }

    #[test]
    fn without_a_folder_or_with_0_percent_there_is_always_room() {
        assert_eq!(DiskSpace::new(None, 100).check_space(), Ok(()));
        assert_eq!(DiskSpace::new(Some("/".into()), 0).check_space(), Ok(()));
    }

    #[test]
    fn the_disk_that_is_really_there_is_looked_at() {
        let space = DiskSpace::new(Some(".".into()), 100);
        let storage = space.storage();
        assert!(
            0 < storage.free && storage.free <= storage.total,
            "{storage:?}"
        );
        assert_eq!(space.check_space(), Err(Refusal::ReadOnly));
    }
}
