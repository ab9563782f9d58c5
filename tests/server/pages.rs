//! Properties of every page, and the files served beside the chat.

use std::fs;

use reqwest::Response;

use crate::support::TestServer;

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().expect("ASCII"))
}

#[tokio::test]
async fn every_page_forbids_foreign_scripts_frames_and_types() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    for (browser, path) in [(&ana, "/"), (&server.browser(), "/login"), (&ana, "/t/99")] {
        let page = browser.get(path).await;
        let policy = header(&page, "content-security-policy").to_owned();
        for rule in [
            "default-src 'none'",
            "'wasm-unsafe-eval'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(rule), "{path}: {rule}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(header(&page, "x-frame-options"), "DENY");
        assert_eq!(header(&page, "referrer-policy"), "same-origin");
        assert_eq!(header(&page, "cross-origin-opener-policy"), "same-origin");
        assert_eq!(header(&page, "cache-control"), "no-store", "{path}");
        let text = page.text().await.expect("a page");
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next());
        let nonce = format!("nonce=\"{}\"", nonce.expect("a nonce"));
        for script in text.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            // Data blocks run no script.
            let is_data = tag.contains("type=\"application/json\"");
            assert!(is_data || tag.contains(&nonce), "{path}: <script{tag}>");
        }
    }
}

#[tokio::test]
async fn a_nonce_is_never_used_twice() {
    let server = TestServer::start().await;
    // Where there is no account yet, log-in redirects to sign-up.
    server.sign_up("ana").await;
    let browser = server.browser();
    let first = browser.get("/login").await;
    let second = browser.get("/login").await;
    assert_ne!(
        header(&first, "content-security-policy"),
        header(&second, "content-security-policy")
    );
}

#[tokio::test]
async fn build_files_are_cached_forever_and_missing_ones_are_not() {
    let site = tempfile::tempdir().expect("a folder");
    fs::create_dir(site.path().join("pkg")).expect("a folder");
    fs::write(site.path().join("pkg/chapp.123.js"), "plain").expect("written");
    fs::write(site.path().join("pkg/chapp.123.js.br"), "small").expect("written");
    let root = site.path().to_str().expect("UTF-8");
    let server = TestServer::start_with(&[("LEPTOS_SITE_ROOT", root)]).await;
    let browser = server.browser();
    let file = browser.get("/pkg/chapp.123.js").await;
    assert_eq!(file.status(), 200);
    assert_eq!(
        header(&file, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header(&file, "x-content-type-options"), "nosniff");
    let request = reqwest::Client::new().get(server.url("/pkg/chapp.123.js"));
    let file = request
        .header("accept-encoding", "br")
        .send()
        .await
        .expect("an answer");
    assert_eq!(header(&file, "content-encoding"), "br");
    assert_eq!(file.text().await.expect("a body"), "small");
    // During an upgrade a page may request a file that is not there yet: that answer must not be cached.
    let missing = browser.get("/pkg/chapp.456.js").await;
    assert_eq!(missing.status(), 404);
    assert!(!header(&missing, "cache-control").contains("immutable"));
}

#[tokio::test]
async fn an_address_that_is_no_place_is_a_page_with_the_status_404() {
    let server = TestServer::start().await;
    let answer = server.browser().get("/no/such/place").await;
    assert_eq!(answer.status(), 404);
    assert!(header(&answer, "content-type").starts_with("text/html"));
}

#[tokio::test]
async fn a_body_larger_than_any_form_is_refused() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let text = "x".repeat(300 * 1024);
    let fields = [("thread", "1"), ("client_id", "x"), ("text", &*text)];
    let answer = ana.call("/api/post_message", &fields).send().await;
    assert_eq!(answer.expect("an answer").status(), 413);
}

#[tokio::test]
async fn the_server_reports_liveness_and_readiness() {
    let server = TestServer::start().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.browser().get(path).await.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn the_forms_can_be_posted_before_any_script_has_loaded() {
    let server = TestServer::start().await;
    // Where there is no account yet, log-in redirects to sign-up.
    server.sign_up("ana").await;
    let browser = server.browser();
    for (path, action, fields) in [
        ("/login", "/api/log_in", &["username", "password"][..]),
        (
            "/signup",
            "/api/sign_up",
            &["username", "display_name", "password"],
        ),
    ] {
        let page = browser.get(path).await.text().await.expect("a page");
        assert!(page.contains(&format!("action=\"{action}\"")), "{path}");
        for field in fields {
            assert!(
                page.contains(&format!("name=\"{field}\"")),
                "{path}: {field}"
            );
        }
    }
}
