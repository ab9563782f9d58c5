//! The sweep: discards uploads that have expired, and contents without a reference.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Files;
use crate::model::{Millis, limits};
use crate::server::clock;
use crate::server::store::Store;

/// How often the sweep runs.
const EVERY: Duration = Duration::from_secs(10 * 60);

/// Sweeps periodically, until every other reference to the files is dropped. `unused_for`: how long a content stays
/// after its last reference was deleted.
pub async fn watch(files: Arc<Files>, store: Store, unused_for: Duration) {
    let watched = Arc::downgrade(&files);
    drop(files);
    while let Some(files) = watched.upgrade() {
        if let Err(error) = files.sweep(&store, unused_for).await {
            tracing::warn!(%error, "sweeping the folder of files failed");
        }
        drop(files);
        tokio::time::sleep(EVERY).await;
    }
}

impl Files {
    /// Discards what is no longer needed.
    ///
    /// # Errors
    /// When the database or the folder fails. The next sweep goes on.
    pub async fn sweep(&self, store: &Store, unused_for: Duration) -> anyhow::Result<()> {
        let now = clock::now();
        for id in store.expire_uploads(now).await? {
            self.folder.discard(id)?;
        }
        let unused_for = Millis::try_from(unused_for.as_millis())?;
        loop {
            let doomed = store.doom_contents(now - unused_for).await?;
            if doomed.is_empty() {
                break;
            }
            for hash in &doomed {
                self.folder.delete(*hash).await?;
            }
            store.forget_contents(doomed).await?;
        }
        self.discard_orphans(store).await
    }

    /// Discards what is stored of uploads that don't exist: their thread was deleted, or the server stopped between
    /// two steps.
    async fn discard_orphans(&self, store: &Store) -> anyhow::Result<()> {
        let old = SystemTime::now() - limits::UPLOAD_LIFETIME;
        let staged = self.folder.staged_before(old)?;
        for ids in staged.chunks(1_000) {
            let known = store.known_uploads(ids).await?;
            for id in ids.iter().filter(|id| !known.contains(id)) {
                self.folder.discard(*id)?;
            }
        }
        Ok(())
    }
}
