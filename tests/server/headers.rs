//! The headers of every answer, whatever its kind.

use std::fs;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Client, Response};

use crate::support::TestServer;

const PUBLIC: &str = "https://chat.example.org";

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let mut all = headers.get_all(name).iter();
    let value = all
        .next()
        .map_or("", |value| value.to_str().expect("ASCII"));
    assert!(all.next().is_none(), "{name} is there twice");
    value
}

/// An answer of each kind, with a description: pages, calls, files, errors, redirects.
async fn all_kinds(server: &TestServer) -> Vec<(String, Response)> {
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let mut answers = Vec::new();
    for path in [
        "/",
        "/t/1",
        "/join/none",
        "/login",
        "/signup",
        "/no/such/place",
        "/healthz",
        "/readyz",
        "/api/site",
        "/api/boot",
        "/api/none",
        "/api/history?thread=1",
        "/favicon.svg",
        "/pkg/chapp.1.js",
        "/pkg/none.js",
        "/pkg/../../secret",
        "/ws",
        "/.well-known/security.txt",
        "/.well-known/none",
        "/%00",
    ] {
        for accept in ["text/html", "application/json"] {
            for method in [
                reqwest::Method::GET,
                reqwest::Method::HEAD,
                reqwest::Method::PUT,
            ] {
                let request = client.request(method.clone(), server.url(path));
                let answer = request.header("accept", accept).send().await;
                answers.push((
                    format!("{method} {path} as {accept}"),
                    answer.expect("an answer"),
                ));
            }
            let request = client.post(server.url(path)).header("accept", accept);
            let answer = request.form(&[("username", "x")]).send().await;
            answers.push((
                format!("POST {path} as {accept}"),
                answer.expect("an answer"),
            ));
            let request = client.post(server.url(path)).header("accept", accept);
            let request = request.header("sec-fetch-site", "cross-site");
            let answer = request.send().await.expect("an answer");
            answers.push((format!("foreign POST {path} as {accept}"), answer));
        }
    }
    let large = client
        .post(server.url("/api/log_in"))
        .body("x".repeat(300_000));
    answers.push((
        "a large body".into(),
        large.send().await.expect("an answer"),
    ));
    answers
}

fn check(what: &str, answer: &Response, is_https: bool) {
    let headers = answer.headers();
    let policy = text(headers, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
    assert!(
        policy.contains("frame-ancestors 'none'"),
        "{what}: {policy}"
    );
    assert!(policy.contains("base-uri 'none'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe-inline"), "{what}: {policy}");
    let is_page = text(headers, "content-type").starts_with("text/html");
    assert!(
        is_page || !policy.contains("script-src"),
        "{what}: {policy}"
    );
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(text(headers, name), value, "{what}: {name}");
    }
    let features = text(headers, "permissions-policy");
    for feature in ["camera=()", "microphone=(self)", "geolocation=()"] {
        assert!(features.contains(feature), "{what}: {features}");
    }
    let hsts = text(headers, "strict-transport-security");
    assert_eq!(
        hsts,
        if is_https { "max-age=31536000" } else { "" },
        "{what}"
    );
    assert!(
        !text(headers, "cache-control").is_empty(),
        "{what}: may be cached"
    );
    if let Some(location) = headers.get(LOCATION) {
        let location = location.to_str().expect("ASCII");
        assert!(
            location.starts_with('/') && !location.starts_with("//"),
            "{what}: {location}"
        );
    }
}

#[tokio::test]
async fn every_answer_has_all_headers_of_protection() {
    let site = tempfile::tempdir().expect("a folder");
    fs::create_dir(site.path().join("pkg")).expect("a folder");
    fs::write(site.path().join("pkg/chapp.1.js"), "plain").expect("written");
    fs::write(site.path().join("favicon.svg"), "<svg/>").expect("written");
    let root = site.path().to_str().expect("UTF-8");
    for public_url in [PUBLIC, ""] {
        let server = TestServer::start_with(&[
            ("LEPTOS_SITE_ROOT", root),
            ("CHAPP_SERVER__PUBLIC_URL", public_url),
            (
                "CHAPP_SERVER__SECURITY_CONTACT",
                "mailto:security@example.org",
            ),
        ])
        .await;
        let answers = all_kinds(&server).await;
        let mut statuses: Vec<u16> = Vec::new();
        for (what, answer) in &answers {
            check(what, answer, public_url == PUBLIC);
            statuses.push(answer.status().as_u16());
        }
        // All kinds were present.
        for status in [200, 302, 400, 401, 403, 404, 405, 413] {
            assert!(statuses.contains(&status), "no {status} among {statuses:?}");
        }
    }
}

#[tokio::test]
async fn security_txt_is_served_where_a_contact_is_set() {
    let contact = (
        "CHAPP_SERVER__SECURITY_CONTACT",
        "mailto:security@example.org",
    );
    let server = TestServer::start_with(&[contact, ("CHAPP_SERVER__PUBLIC_URL", PUBLIC)]).await;
    let answer = server.browser().get("/.well-known/security.txt").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        text(answer.headers(), "content-type"),
        "text/plain; charset=utf-8"
    );
    let file = answer.text().await.expect("a text");
    assert!(
        file.contains("Contact: mailto:security@example.org\n"),
        "{file}"
    );
    assert!(file.contains("\nExpires: 20"), "{file}");
    assert!(
        file.contains(&format!("\nCanonical: {PUBLIC}/.well-known/security.txt\n")),
        "{file}"
    );
    let server = TestServer::start().await;
    let answer = server.browser().get("/.well-known/security.txt").await;
    assert_eq!(answer.status(), 404);
}
