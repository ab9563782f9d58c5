//! Downloads: headers, ranges, and who gets what, also in the middle of a download.

use std::time::Duration;

use chapp::model::{ClientId, FileId, ThreadHead, ThreadId};
use reqwest::{Method, Response};

use crate::support::{Browser, Socket, TestServer, patiently};

/// Sends a message with a file; returns the file.
async fn sent(
    user: &Browser,
    tab: &mut Socket,
    thread: ThreadId,
    name: &str,
    content: &[u8],
) -> FileId {
    let id = user.upload(thread, name, content).await;
    let client_id = ClientId::now();
    tab.post_files(client_id, thread, "", &[id]).await;
    tab.sent(client_id).await;
    id
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().expect("ASCII"))
}

async fn ask(user: &Browser, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = user.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn only_what_is_on_the_list_is_shown_and_nothing_runs() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let bob = server.sign_up("bob").await;
    let thread = ana.open_direct(&bob).await;
    let mut tab = ana.tab().await;
    let html = &b"<!DOCTYPE html><script>alert(1)</script>"[..];
    let svg = &b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"[..];
    for (name, content, mime) in [
        ("a.txt", &b"plain words"[..], "text/plain; charset=utf-8"),
        ("a.html", b"%PDF-1.4 not really", "application/pdf"),
        ("page.png", html, "application/octet-stream"),
        ("page.txt", html, "application/octet-stream"),
        ("image.svg", svg, "application/octet-stream"),
        (
            "a.exe",
            b"MZ\x90\x00\x03\x00\x00\x00",
            "application/octet-stream",
        ),
    ] {
        let id = sent(&ana, &mut tab, thread, name, content).await;
        for (query, is_download) in [("", false), ("?download", true)] {
            let answer = ask(&bob, Method::GET, &format!("/files/{id}{query}"), &[]).await;
            assert_eq!(answer.status(), 200);
            let is_shown = mime != "application/octet-stream" && !is_download;
            let expected = if is_shown {
                mime
            } else {
                "application/octet-stream"
            };
            assert_eq!(header(&answer, "content-type"), expected, "{name}");
            let kind = if is_shown { "inline; " } else { "attachment; " };
            assert!(
                header(&answer, "content-disposition").starts_with(kind),
                "{name}"
            );
            assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
            assert_eq!(
                header(&answer, "cross-origin-resource-policy"),
                "same-origin"
            );
            assert_eq!(header(&answer, "cache-control"), "private, no-cache");
            assert_eq!(header(&answer, "vary"), "Cookie");
            let policy = header(&answer, "content-security-policy");
            assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"));
            assert_eq!(
                policy.contains("sandbox"),
                expected != "application/pdf",
                "{name}"
            );
            assert!(header(&answer, "content-encoding").is_empty());
            assert_eq!(answer.bytes().await.expect("a body"), content);
        }
        let small = ask(&bob, Method::GET, &format!("/files/{id}/small"), &[]).await;
        assert_eq!(small.status(), 404, "there is no thumbnail");
    }
}

#[tokio::test]
async fn ranges_and_known_versions_are_answered() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let content: Vec<u8> = (0..600_000_usize).map(|at| (at % 251) as u8).collect();
    let id = sent(&ana, &mut ana.tab().await, thread, "a", &content).await;
    let path = format!("/files/{id}");
    let whole = ask(&bob, Method::GET, &path, &[]).await;
    let tag = header(&whole, "etag").to_owned();
    assert_eq!(
        (
            header(&whole, "content-length"),
            header(&whole, "accept-ranges")
        ),
        ("600000", "bytes")
    );
    let head = ask(&bob, Method::HEAD, &path, &[]).await;
    assert_eq!(
        (head.status().as_u16(), header(&head, "content-length")),
        (200, "600000")
    );
    for (range, part) in [
        ("bytes=0-0", 0..1),
        ("bytes=262143-262145", 262_143..262_146),
        ("bytes=500000-", 500_000..600_000),
        ("bytes=-10", 599_990..600_000),
    ] {
        let answer = ask(&bob, Method::GET, &path, &[("range", range)]).await;
        assert_eq!(answer.status(), 206);
        let expected = format!("bytes {}-{}/600000", part.start, part.end - 1);
        assert_eq!(header(&answer, "content-range"), expected);
        assert_eq!(answer.bytes().await.expect("a body"), content[part]);
    }
    let beyond = ask(&bob, Method::GET, &path, &[("range", "bytes=600000-")]).await;
    assert_eq!(
        (beyond.status().as_u16(), header(&beyond, "content-range")),
        (416, "bytes */600000")
    );
    let old = [("range", "bytes=0-0"), ("if-range", "\"another\"")];
    assert_eq!(ask(&bob, Method::GET, &path, &old).await.status(), 200);
    let known = ask(&bob, Method::GET, &path, &[("if-none-match", &tag)]).await;
    assert_eq!(known.status(), 304);
    // What is known is not shown to strangers either.
    let eve = server.sign_up("eve").await;
    for user in [&eve, &server.browser()] {
        let answer = ask(user, Method::GET, &path, &[("if-none-match", &tag)]).await;
        assert!(matches!(answer.status().as_u16(), 401 | 404));
    }
}

/// A public room of the first user's, in which the second is.
async fn room_of_two(owner: &Browser, member: &Browser) -> ThreadId {
    let form = [("name", "Kitchen"), ("topic", ""), ("key", "")];
    let made = owner
        .call("/api/make_room", &form)
        .send()
        .await
        .expect("an answer");
    let room: ThreadHead = made.json().await.expect("a room");
    let form = [("thread", &*room.id.to_string())];
    let joined = member.call("/api/join_room", &form).send().await;
    assert!(joined.expect("an answer").status().is_success());
    room.id
}

#[tokio::test]
async fn whoever_is_banned_or_logs_out_in_the_middle_of_a_download_gets_nothing_more() {
    const SIZE: usize = 45_000_000;
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let room = room_of_two(&ana, &bob).await;
    let content = vec![0x80; SIZE];
    let id = sent(&ana, &mut ana.tab().await, room, "film", &content).await;
    let path = format!("/files/{id}");
    for ban in [true, false] {
        let user = match ban {
            true => &bob,
            false => &ana,
        };
        let mut answer = ask(user, Method::GET, &path, &[]).await;
        let mut received = answer
            .chunk()
            .await
            .expect("a piece")
            .expect("a piece")
            .len();
        match ban {
            true => {
                let form = [
                    ("thread", &*room.to_string()),
                    ("user", &*bob.me().id.to_string()),
                    ("note", ""),
                ];
                let banned = ana.call("/api/ban", &form).send().await.expect("an answer");
                assert!(banned.status().is_success(), "{:?}", banned.text().await);
            }
            false => drop(ana.log_out().await),
        }
        let rest = async {
            loop {
                match answer.chunk().await {
                    Ok(Some(piece)) => received += piece.len(),
                    Ok(None) => panic!("the whole film: {received}"),
                    Err(_) => break,
                }
            }
        };
        patiently("the end of the download", rest).await;
        assert!(received < SIZE, "{received}");
        assert!(matches!(user.download(id).await, Err(401 | 404)));
        tokio::time::sleep(Duration::ZERO).await;
    }
}
