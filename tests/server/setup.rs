//! The first account is the operator's: it requires the token that the server prints at startup.

use serde_json::Value;

use crate::support::TestServer;

const PRINTED: &str = "/signup?setup=";

/// The tokens printed at each start.
fn printed(server: &TestServer) -> Vec<String> {
    let log = server.log();
    let links = log.iter().filter_map(|line| line.split_once(PRINTED));
    links.map(|(_, token)| token.trim().to_owned()).collect()
}

/// Signs up; returns the code of the refusal, or `ok`.
async fn sign_up(server: &TestServer, name: &str, token: Option<&str>) -> String {
    let browser = server.browser();
    let mut fields = vec![
        ("username", name),
        ("display_name", ""),
        ("password", "violet-tram-sings-at-noon"),
    ];
    fields.extend(token.map(|token| ("setup", token)));
    let answer = browser.call("/api/sign_up", &fields);
    let answer = answer.send().await.expect("an answer");
    match answer.status().is_success() || answer.status().is_redirection() {
        true => "ok".into(),
        false => {
            let refusal: Value = answer.json().await.expect("JSON");
            refusal["code"].as_str().expect("a code").to_owned()
        }
    }
}

#[tokio::test]
async fn only_the_first_account_needs_a_printed_token() {
    let mut server = TestServer::start_with(&[("CHAPP_SERVER__SETUP_TOKEN", "")]).await;
    let first = printed(&server);
    assert_eq!(first.len(), 1, "{:?}", server.log());
    assert_eq!(sign_up(&server, "eve", None).await, "needs_token");
    assert_eq!(
        sign_up(&server, "eve", Some("another")).await,
        "needs_token"
    );
    let page = reqwest::get(server.url("/signup"))
        .await
        .expect("a page")
        .text()
        .await;
    let page = page.expect("text");
    assert!(
        page.contains("Set up this site") && !page.contains("name=\"password\""),
        "{page}"
    );
    let page = reqwest::get(server.url(&format!("{PRINTED}{}", first[0]))).await;
    let page = page.expect("a page").text().await.expect("text");
    assert!(page.contains(&format!("value=\"{}\"", first[0])), "{page}");
    server.kill();
    server.start_again().await;
    let all = printed(&server);
    assert_eq!(all.len(), 2, "the second start prints one too");
    assert_eq!(
        sign_up(&server, "ana", Some(&first[0])).await,
        "ok",
        "the first still works"
    );
    assert_eq!(sign_up(&server, "bob", None).await, "ok");
    let folder = std::fs::read(server.folder().join("data/chapp.db")).expect("a database");
    for token in &all {
        let is_there = folder
            .windows(token.len())
            .any(|window| window == token.as_bytes());
        assert!(!is_there, "only its hash is stored");
    }
    server.kill();
    server.start_again().await;
    assert_eq!(printed(&server).len(), 2, "nothing more is printed");
}

#[tokio::test]
async fn a_token_can_be_set_and_the_command_line_needs_none() {
    let token = "a-token-of-our-own";
    let server = TestServer::start_with(&[("CHAPP_SERVER__SETUP_TOKEN", token)]).await;
    assert!(
        server.log().iter().all(|line| !line.contains(token)),
        "it is not logged"
    );
    assert_eq!(
        sign_up(&server, "eve", Some("a-token-of-another")).await,
        "needs_token"
    );
    assert_eq!(sign_up(&server, "ana", Some(token)).await, "ok");
    let server = TestServer::start_with(&[("CHAPP_SERVER__SETUP_TOKEN", "")]).await;
    let added = server.command(&["user", "add", "ana"], "violet-tram-sings-at-noon\n");
    assert!(added.status.success(), "{added:?}");
    assert_eq!(sign_up(&server, "bob", None).await, "ok");
}
