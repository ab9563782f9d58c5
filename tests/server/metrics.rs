//! The metrics an operator sees.

use super::support::TestServer;

/// The value of a metric; 0 when it has none yet.
pub fn value(page: &str, name: &str) -> f64 {
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |text| text.parse().expect("a number"))
}

pub async fn metrics(server: &TestServer) -> String {
    let at = server.log().iter().find_map(|line| {
        let (_, address) = line.split_once("metrics at ")?;
        Some(address.trim().to_owned())
    });
    let answer = reqwest::get(at.expect("an address"))
        .await
        .expect("an answer");
    answer.text().await.expect("a body")
}

#[tokio::test]
async fn metrics_count_connections_deliveries_commits_and_refusals() {
    let settings = [("CHAPP_SERVER__METRICS_LISTEN", "127.0.0.1:0")];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut sender, mut reader) = (ana.tab().await, bob.tab().await);
    let before = metrics(&server).await;
    assert_eq!(value(&before, "chapp_connections"), 2.0);
    sender.send(thread, "hello").await;
    reader.event().await;
    sender.say_text("nonsense").await;
    sender.refusal().await;
    let after = metrics(&server).await;
    let more = |name: &str| value(&after, name) - value(&before, name);
    assert_eq!(more("chapp_deliveries_total"), 2.0);
    // The message, and the search index, which may or may not be updated by now.
    let commits = more("chapp_commit_seconds_count");
    assert!((1.0..=4.0).contains(&commits), "{commits}");
    assert_eq!(more("chapp_batch_operations_sum"), commits);
    assert_eq!(more("chapp_refusals_total{code=\"malformed\"}"), 1.0);
    assert_eq!(value(&after, "chapp_resyncs_total"), 0.0);
}

#[tokio::test]
async fn the_public_address_has_no_metrics() {
    let server = TestServer::start().await;
    let answer = reqwest::get(server.url("/metrics"))
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 404);
}
