//! The server's metrics, in Prometheus' text format at an address of their own.
//!
//! Counters and histograms are updated where things happen, through [`METRICS`]; gauges are read at each scrape. No
//! label has a value that a client could choose.

use std::sync::LazyLock;

use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
};
use metrics::{Unit, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::model::Refusal;

/// The counters and histograms. They record nothing unless [`install`] was called before the first use.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// See [`METRICS`].
pub struct Metrics {
    /// Events queued for connections: an event counts once per connection.
    pub deliveries: Counter,
    /// Connections closed because they read too slowly.
    pub resyncs: Counter,
    /// Connections closed because they sent too many frames.
    pub floods: Counter,
    /// Connections closed because their user opened too many.
    pub replaced: Counter,
    /// Operations in one transaction.
    pub batch: Histogram,
    /// Seconds from BEGIN to the end of COMMIT.
    pub commit: Histogram,
    /// Transactions that failed.
    pub failed_commits: Counter,
    /// Transactions retried because of a conflict with another node or a broken connection.
    pub retried_commits: Counter,
    /// Packets that Redis accepted.
    pub bus_published: Counter,
    /// Packets received from other nodes.
    pub bus_received: Counter,
    /// Known or possible losses on the bus.
    pub bus_gaps: Counter,
    /// Reads of a thread's log because events were missing.
    pub logs_read: Counter,
    /// Comparisons of everything delivered with the database.
    pub comparisons: Counter,
    /// Other nodes that are received on the bus.
    pub peers: Gauge,
    /// Connections refused because there were too many.
    pub connections_refused: Counter,
    /// Connections closed to make room for others.
    pub connections_closed: Counter,
    /// Pushes that a push service took.
    pub pushes_sent: Counter,
    /// Pushes that no push service took.
    pub pushes_failed: Counter,
    /// Pushes that were not sent because too many were waiting.
    pub pushes_dropped: Counter,
}

const CONNECTIONS: &str = "chapp_connections";
const WRITE_QUEUE: &str = "chapp_write_queue";
const OUTBOX_FRAMES: &str = "chapp_outbox_frames";
const BUS_QUEUE: &str = "chapp_bus_queue";
const DISK_FREE: &str = "chapp_disk_free_bytes";
const READ_ONLY: &str = "chapp_read_only";
const REFUSALS: &str = "chapp_refusals_total";

impl Metrics {
    fn new() -> Self {
        describe_gauge!(CONNECTIONS, "Live connections.");
        describe_gauge!(WRITE_QUEUE, "Operations waiting for the writer.");
        describe_gauge!(
            OUTBOX_FRAMES,
            "Frames waiting to be written, of all connections."
        );
        describe_gauge!(
            DISK_FREE,
            "Bytes that can be written to the disk with the SQLite file; 0 when it is not watched."
        );
        describe_gauge!(
            READ_ONLY,
            "1 while the disk is so full that nothing new is stored."
        );
        describe_counter!(REFUSALS, "Refusals, by code.");
        describe_counter!("chapp_deliveries_total", "Events queued for connections.");
        describe_counter!(
            "chapp_resyncs_total",
            "Connections closed for reading too slowly."
        );
        describe_counter!(
            "chapp_floods_total",
            "Connections closed for sending too many frames."
        );
        describe_counter!(
            "chapp_replaced_total",
            "Connections closed for newer ones of the same person."
        );
        describe_counter!("chapp_failed_commits_total", "Transactions that failed.");
        describe_counter!(
            "chapp_retried_commits_total",
            "Transactions that were retried."
        );
        describe_gauge!(BUS_QUEUE, "Packets waiting for the bus.");
        describe_bus();
        describe_counter!(
            "chapp_logs_read_total",
            "Reads of a thread's log because events of other nodes were missing."
        );
        describe_counter!(
            "chapp_comparisons_total",
            "Comparisons of everything delivered with the database."
        );
        describe_counter!(
            "chapp_connections_refused_total",
            "Connections refused because all slots were busy."
        );
        describe_counter!(
            "chapp_connections_closed_total",
            "Idle connections closed to make room for others."
        );
        describe_pushes();
        describe_histogram!("chapp_batch_operations", "Operations in one transaction.");
        describe_histogram!(
            "chapp_commit_seconds",
            Unit::Seconds,
            "Time of one transaction."
        );
        Self {
            deliveries: counter!("chapp_deliveries_total"),
            resyncs: counter!("chapp_resyncs_total"),
            floods: counter!("chapp_floods_total"),
            replaced: counter!("chapp_replaced_total"),
            batch: histogram!("chapp_batch_operations"),
            commit: histogram!("chapp_commit_seconds"),
            failed_commits: counter!("chapp_failed_commits_total"),
            retried_commits: counter!("chapp_retried_commits_total"),
            bus_published: counter!("chapp_bus_published_total"),
            bus_received: counter!("chapp_bus_received_total"),
            bus_gaps: counter!("chapp_bus_doubts_total"),
            logs_read: counter!("chapp_logs_read_total"),
            comparisons: counter!("chapp_comparisons_total"),
            peers: gauge!("chapp_bus_peers"),
            connections_refused: counter!("chapp_connections_refused_total"),
            connections_closed: counter!("chapp_connections_closed_total"),
            pushes_sent: counter!("chapp_pushes_sent_total"),
            pushes_failed: counter!("chapp_pushes_failed_total"),
            pushes_dropped: counter!("chapp_pushes_dropped_total"),
        }
    }
}

fn describe_bus() {
    describe_gauge!("chapp_bus_peers", "Other nodes received on the bus.");
    describe_counter!("chapp_bus_published_total", "Packets handed to the bus.");
    describe_counter!(
        "chapp_bus_received_total",
        "Packets received from other nodes over the bus."
    );
    describe_counter!(
        "chapp_bus_doubts_total",
        "Known or possible losses between nodes."
    );
}

fn describe_pushes() {
    describe_counter!(
        "chapp_pushes_sent_total",
        "Notifications that a push service took."
    );
    describe_counter!(
        "chapp_pushes_failed_total",
        "Notifications that no push service took."
    );
    describe_counter!(
        "chapp_pushes_dropped_total",
        "Notifications that were not sent because too many were waiting."
    );
}

/// Counts a refusal.
pub fn refused(refusal: &Refusal) {
    let wire = serde_json::to_value(refusal).unwrap_or_default();
    let code = wire["code"].as_str().unwrap_or_default().to_owned();
    counter!(REFUSALS, "code" => code).increment(1);
}

/// Installs the recorder.
///
/// # Errors
/// When the process has a recorder already.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    let seconds = [
        0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0,
    ];
    let operations = [
        1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0,
    ];
    let commit = Matcher::Full("chapp_commit_seconds".into());
    let batch = Matcher::Full("chapp_batch_operations".into());
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(commit, &seconds)?
        .set_buckets_for_metric(batch, &operations)?;
    Ok(builder.install_recorder()?)
}

/// The gauges, as read for one scrape.
pub struct Gauges {
    pub connections: usize,
    pub outbox_frames: usize,
    pub bus_queue: usize,
    pub write_queue: usize,
    /// Bytes.
    pub disk_free: u64,
    pub is_read_only: bool,
}

impl Gauges {
    /// Sets the gauges for the next rendering.
    pub fn set(&self) {
        gauge!(CONNECTIONS).set(self.connections as f64);
        gauge!(OUTBOX_FRAMES).set(self.outbox_frames as f64);
        gauge!(BUS_QUEUE).set(self.bus_queue as f64);
        gauge!(WRITE_QUEUE).set(self.write_queue as f64);
        gauge!(DISK_FREE).set(self.disk_free as f64);
        gauge!(READ_ONLY).set(f64::from(u8::from(self.is_read_only)));
    }
}
