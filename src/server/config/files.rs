//! `[chapp.files]`: where files are, and how many.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use serde::Deserialize;

use super::ranges::within;
use crate::model::{FileLimits, limits};
use crate::server::files::FileSettings;
use crate::server::files::bucket::BucketSettings;
use crate::server::files::scanner::Scanner;
use crate::server::store::{self, Quota};

/// A megabyte, as file managers count.
const MB: i64 = 1_000_000;
/// The largest value of a setting in megabytes: a petabyte.
const MB_MAX: u64 = 1_000_000_000;

/// `[chapp.files]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilesConfig {
    /// The folder; empty: `files` beside the SQLite file, or `data/files` with PostgreSQL.
    pub folder: String,
    /// A bucket of an S3-like service for complete files; empty: they are in the folder.
    pub s3_bucket: String,
    /// The address of the service: `https://…`; empty: Amazon's of the region.
    pub s3_endpoint: String,
    pub s3_region: String,
    pub s3_access_key: String,
    pub s3_secret_key: String,
    /// Where the virus scanner clamd listens: `HOST:PORT`, or the path of its socket; empty: none.
    pub clamd: String,
    /// Largest file, in megabytes; 0: nobody can upload files.
    pub max_size_mb: u64,
    /// Files per message; 1 to 100.
    pub max_per_message: usize,
    /// All files of one user, in megabytes; 0: no limit.
    pub quota_per_person_mb: u64,
    /// All files of all users, in megabytes; 0: no limit.
    pub quota_mb: u64,
    /// Hours for which a file stays in the folder after the last message with it was deleted; 0 to 8,760.
    pub unused_hours: u64,
}

impl Default for FilesConfig {
    fn default() -> Self {
        Self {
            folder: String::new(),
            s3_bucket: String::new(),
            s3_endpoint: String::new(),
            s3_region: "us-east-1".into(),
            s3_access_key: String::new(),
            s3_secret_key: String::new(),
            clamd: String::new(),
            max_size_mb: limits::FILE_SIZE.unsigned_abs() / MB.unsigned_abs(),
            max_per_message: limits::FILES_PER_MESSAGE,
            quota_per_person_mb: 5_000,
            quota_mb: 0,
            unused_hours: 24,
        }
    }
}

impl FilesConfig {
    /// Checks every range.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let most = limits::FILES_PER_MESSAGE_MAX as u64;
        let endpoint = self.s3_endpoint.as_str();
        let has_scheme = ["https://", "http://"]
            .iter()
            .any(|it| endpoint.starts_with(it));
        ensure!(
            endpoint.is_empty() || has_scheme,
            "files.s3_endpoint must begin with https:// or http://"
        );
        let clamd = self.clamd.as_str();
        ensure!(
            clamd.is_empty() || clamd.starts_with('/') || clamd.contains(':'),
            "files.clamd must be HOST:PORT, or the path of a socket"
        );
        within("files.max_size_mb", self.max_size_mb, 0..=100_000)?;
        within(
            "files.max_per_message",
            self.max_per_message as u64,
            1..=most,
        )?;
        let per_person = self.quota_per_person_mb;
        within("files.quota_per_person_mb", per_person, 0..=MB_MAX)?;
        within("files.quota_mb", self.quota_mb, 0..=MB_MAX)?;
        within("files.unused_hours", self.unused_hours, 0..=8_760)
    }

    /// Whether the folder is on the same disk as the SQLite file at this address.
    #[must_use]
    pub fn is_beside(&self, database: &str) -> bool {
        self.folder.is_empty() && store::folder_of(database).is_some()
    }

    /// The settings of the folder, with the database at this address. `min_free_percent`: the part of the disk that must
    /// stay free.
    #[must_use]
    pub fn settings(&self, database: &str, min_free_percent: u32) -> FileSettings {
        let bytes = |megabytes: u64| i64::try_from(megabytes).unwrap_or(0) * MB;
        FileSettings {
            folder: self.folder_beside(database),
            bucket: self.bucket(),
            scanner: Scanner::at(&self.clamd),
            min_free_percent,
            limits: FileLimits {
                max_size: bytes(self.max_size_mb),
                max_files: self.max_per_message,
            },
            quota: Quota {
                per_person: bytes(self.quota_per_person_mb),
                in_all: bytes(self.quota_mb),
            },
        }
    }

    /// The bucket, if there is one.
    #[must_use]
    pub fn bucket(&self) -> Option<BucketSettings> {
        (!self.s3_bucket.is_empty()).then(|| BucketSettings {
            name: self.s3_bucket.clone(),
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            access_key: self.s3_access_key.clone(),
            secret_key: self.s3_secret_key.clone(),
        })
    }

    /// The folder, with the database at this address.
    #[must_use]
    pub fn folder_beside(&self, database: &str) -> PathBuf {
        match self.folder.is_empty() {
            false => self.folder.clone().into(),
            true => store::folder_of(database)
                .unwrap_or_else(|| "data".into())
                .join("files"),
        }
    }

    /// See [`Self::unused_hours`].
    #[must_use]
    pub fn unused_for(&self) -> Duration {
        Duration::from_secs(self.unused_hours * 60 * 60)
    }
}
