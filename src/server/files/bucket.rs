//! A bucket of an S3-like service, as the place of complete files.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::path::Path as Address;
use object_store::{ObjectStore, RetryConfig};
use rustls::crypto::ring;
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, copy_buf};

/// The size of a part of a larger file, in bytes: it is in memory while it is sent. S3 takes no parts below 5 MiB
/// except the last, and at most 10,000 (Amazon S3 User Guide, "Multipart upload limits"): 80 GiB.
const PART: usize = 8 * 1024 * 1024;
/// Bytes read at once.
const BUFFER: usize = 256 * 1024;
/// How long a request is repeated when the service fails.
const PATIENCE: Duration = Duration::from_secs(20);
const RETRIES: usize = 4;

/// Where the bucket is, and how to open it.
#[derive(Clone, PartialEq, Eq)]
pub struct BucketSettings {
    pub name: String,
    /// The address of the service; empty: Amazon's of the region.
    pub endpoint: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

impl std::fmt::Debug for BucketSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {:?}", self.name, self.endpoint)
    }
}

/// Opens a bucket. No request is made.
///
/// # Errors
/// When a setting is wrong.
pub fn open(settings: &BucketSettings) -> anyhow::Result<Arc<dyn ObjectStore>> {
    ensure!(
        !settings.access_key.is_empty() && !settings.secret_key.is_empty(),
        "files.s3_bucket needs files.s3_access_key and files.s3_secret_key"
    );
    // Fails if there is one already, which is as good.
    let _ = ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.name)
        .with_region(&settings.region)
        .with_access_key_id(&settings.access_key)
        .with_secret_access_key(&settings.secret_key)
        .with_retry(RetryConfig {
            max_retries: RETRIES,
            retry_timeout: PATIENCE,
            ..RetryConfig::default()
        });
    if !settings.endpoint.is_empty() {
        builder = builder
            .with_endpoint(&settings.endpoint)
            .with_allow_http(settings.endpoint.starts_with("http://"));
    }
    let bucket = builder.build().context("the settings of the bucket")?;
    Ok(Arc::new(bucket))
}

/// Copies a file to the bucket, part by part. It is there only if all of it was taken.
///
/// # Errors
/// When the file can't be read, or the service fails.
pub async fn put(bucket: &Arc<dyn ObjectStore>, from: &Path, to: Address) -> anyhow::Result<()> {
    let file = File::open(from).await?;
    let mut file = tokio::io::BufReader::with_capacity(BUFFER, file);
    let mut writer = BufWriter::with_capacity(Arc::clone(bucket), to, PART).with_max_concurrency(1);
    if let Err(error) = copy_buf(&mut file, &mut writer).await {
        // If that fails too, what remains costs space, but is no object.
        let _ = writer.abort().await;
        return Err(error.into());
    }
    Ok(writer.shutdown().await?)
}
