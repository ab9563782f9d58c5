//! Uploads: parts, interruptions, limits, and who may do what with them.

use std::time::{Duration, SystemTime};

use chapp::model::{ClientId, EventBody, FileKind, FileRef, SearchPage, ThreadId};
use image::ImageFormat;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION, ORIGIN};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::hostile_files::picture;
use crate::hostile_names::encoded;
use crate::support::{
    ANY_PACE, Browser, Socket, TestServer, UNPACED, bytes, code, created, files_in, number,
    patiently, send_files,
};

/// The files of the next message that a tab receives.
async fn files_of_next(tab: &mut Socket) -> Vec<FileRef> {
    match tab.event().await.body {
        EventBody::Message(message) => message.files,
        other => panic!("{other:?}"),
    }
}

pub async fn two(server: &TestServer) -> (Browser, Browser, ThreadId) {
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    (ana, bob, thread)
}

#[tokio::test]
async fn a_file_is_uploaded_in_parts_and_sent_once() {
    let server = TestServer::start().await;
    let (ana, bob, thread) = two(&server).await;
    let (mut ana_tab, mut bob_tab) = (ana.tab().await, bob.tab().await);
    let content = bytes(300_000);
    let begun = ana.begin_upload(thread, "../plan.bin", content.len()).await;
    assert!(begun.headers().contains_key("upload-expires"));
    assert_eq!(begun.headers()["tus-resumable"], "1.0.0");
    let id = created(begun).await;
    assert_eq!(ana.offset(id).await, 0);
    let first = ana
        .part(id, 0, &content[..100_000])
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (first.status().as_u16(), number(&first, "upload-offset")),
        (204, 100_000)
    );
    // A part at a wrong offset changes nothing, and says the right one.
    let wrong = ana
        .part(id, 5, &content[5..])
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (wrong.status().as_u16(), number(&wrong, "upload-offset")),
        (409, 100_000)
    );
    assert_eq!(
        send_files(&mut ana_tab, thread, "", &[id]).await,
        Err("unfinished_upload".into())
    );
    let last = ana
        .part(id, 100_000, &content[100_000..])
        .send()
        .await
        .expect("an answer");
    assert_eq!(last.status(), 204);
    assert_eq!(ana.offset(id).await, content.len());
    assert!(ana.see_upload(id).await.finished);

    let client_id = ClientId::now();
    ana_tab.post_files(client_id, thread, "", &[id]).await;
    let seq = ana_tab.sent(client_id).await;
    let files = files_of_next(&mut bob_tab).await;
    assert_eq!(files.len(), 1);
    assert_eq!(
        (files[0].id, &*files[0].name, files[0].kind),
        (id, "plan.bin", FileKind::Other)
    );
    assert_eq!(bob.download(id).await, Ok(content));
    // The same send again is the same message, and another message can't have the file too.
    ana_tab.post_files(client_id, thread, "", &[id]).await;
    assert_eq!(ana_tab.sent(client_id).await, seq);
    assert_eq!(
        send_files(&mut ana_tab, thread, "", &[id]).await,
        Err("unknown_upload".into())
    );
    assert_eq!(bob.texts(thread).await.len(), 1);
    assert_eq!(ana.read::<Vec<chapp::model::Upload>>("/uploads").await, []);
    let list = format!("/api/files?thread={thread}&pictures=false");
    let page: chapp::model::file::FilesPage = bob.read(&list).await;
    assert_eq!(
        page.files
            .iter()
            .map(|entry| (entry.seq, entry.file.id))
            .collect::<Vec<_>>(),
        [(seq, id)]
    );
}

#[tokio::test]
async fn an_upload_goes_on_after_the_server_was_killed_from_another_browser() {
    let mut server = TestServer::start().await;
    let (mut ana, _, thread) = two(&server).await;
    let content = bytes(200_000);
    let id = created(ana.begin_upload(thread, "a", content.len()).await).await;
    let mut stored = 0;
    for _ in 0..3 {
        let part = &content[stored..stored + 50_000];
        let answer = ana.part(id, stored, part).send().await;
        stored = number(&answer.expect("an answer"), "upload-offset");
        server.kill();
        server.start_again().await;
        // Another device.
        ana = server.browser();
        ana.log_in("ana").await;
        assert_eq!(ana.offset(id).await, stored);
        assert_eq!(ana.see_upload(id).await.offset, stored as i64);
    }
    let answer = ana.part(id, stored, &content[stored..]).send().await;
    assert_eq!(answer.expect("an answer").status(), 204);
    server.kill();
    server.start_again().await;
    let mut bob = server.browser();
    bob.log_in("bob").await;
    ana.move_to(server.address());
    assert!(
        send_files(&mut ana.tab().await, thread, "here", &[id])
            .await
            .is_ok()
    );
    assert_eq!(bob.download(id).await, Ok(content));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_or_repeats_a_part_while_an_upload_is_being_finished_is_not_told_that_it_is_gone()
 {
    let server = TestServer::start_with(&[UNPACED, ANY_PACE]).await;
    let (ana, _, thread) = two(&server).await;
    let content = bytes(50_000);
    for _ in 0..60 {
        let id = created(ana.begin_upload(thread, "plan", content.len()).await).await;
        let path = format!("/uploads/{id}");
        let mut answers = JoinSet::new();
        for number in 0..12 {
            let request = match number % 3 {
                0 => ana.tus(Method::HEAD, &path),
                _ => ana.part(id, 0, &content),
            };
            answers.spawn(request.send());
        }
        while let Some(answer) = answers.join_next().await {
            let status = answer.expect("no panic").expect("an answer").status();
            assert!([200, 204, 409, 423].contains(&status.as_u16()), "{status}");
        }
        assert_eq!(ana.offset(id).await, content.len());
        assert!(ana.see_upload(id).await.finished);
    }
}

#[tokio::test]
async fn what_arrived_of_a_part_that_was_cut_is_stored() {
    let server = TestServer::start().await;
    let (ana, _, thread) = two(&server).await;
    let content = bytes(100_000);
    let id = created(ana.begin_upload(thread, "a", content.len()).await).await;
    let head = format!(
        "PATCH /uploads/{id} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n\
         Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n\
         Upload-Offset: 0\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n",
        host = server.address(),
        cookie = ana.cookies(),
        length = content.len(),
    );
    let mut line = TcpStream::connect(server.address())
        .await
        .expect("connected");
    line.write_all(head.as_bytes()).await.expect("written");
    // The server asks for the body when it has locked the upload.
    let mut go_on = [0; 25];
    let asked = line.read_exact(&mut go_on);
    patiently("the server to read", asked).await.expect("read");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    line.write_all(&content[..60_000]).await.expect("written");
    // Meanwhile nobody else can write to it.
    let other = ana.part(id, 0, b"x").send().await.expect("an answer");
    assert_eq!(other.status(), 423);
    drop(line);
    let stored = async {
        while ana.offset(id).await != 60_000 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    patiently("the part to be stored", stored).await;
    let rest = ana.part(id, 60_000, &content[60_000..]).send().await;
    assert_eq!(rest.expect("an answer").status(), 204);
}

#[tokio::test]
async fn an_upload_belongs_to_its_maker_and_its_thread() {
    let server = TestServer::start().await;
    let (ana, bob, thread) = two(&server).await;
    let eve = server.sign_up("eve").await;
    let other = ana.open_direct(&eve).await;
    let id = ana.upload(thread, "a", b"secret").await;
    for user in [&bob, &eve] {
        let path = format!("/uploads/{id}");
        for method in [Method::HEAD, Method::DELETE, Method::GET] {
            let answer = user.tus(method, &path).send().await.expect("an answer");
            assert_eq!(answer.status(), 404);
        }
        let answer = user.part(id, 6, b"").send().await.expect("an answer");
        assert_eq!(code(answer).await, (404, "unknown_upload".into()));
        let sent = send_files(&mut user.tab().await, thread, "", &[id]).await;
        assert!(matches!(
            &*sent.unwrap_err(),
            "unknown_upload" | "not_found"
        ));
        assert_eq!(user.download(id).await, Err(404));
    }
    let mut tab = ana.tab().await;
    assert_eq!(
        send_files(&mut tab, other, "", &[id]).await,
        Err("unknown_upload".into())
    );
    assert_eq!(
        send_files(&mut tab, thread, "", &[id, id]).await,
        Err("unknown_upload".into())
    );
    assert_eq!(ana.download(id).await, Err(404), "no message has it yet");
    // A stranger can't even begin one, and nobody without a session.
    let answer = eve.begin_upload(thread, "a", 1).await;
    assert_eq!(code(answer).await, (404, "not_found".into()));
    let answer = server.browser().begin_upload(thread, "a", 1).await;
    assert_eq!(code(answer).await, (401, "not_logged_in".into()));
    assert!(send_files(&mut tab, thread, "", &[id]).await.is_ok());
}

#[tokio::test]
async fn limits_are_said_before_the_upload_begins() {
    let settings = [
        ("CHAPP_FILES__MAX_SIZE_MB", "2"),
        ("CHAPP_FILES__MAX_PER_MESSAGE", "2"),
        ("CHAPP_FILES__QUOTA_PER_PERSON_MB", "3"),
        ("CHAPP_FILES__QUOTA_MB", "4"),
    ];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob, thread) = two(&server).await;
    let options = ana
        .request(Method::OPTIONS, "/uploads")
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (options.status().as_u16(), number(&options, "tus-max-size")),
        (204, 2_000_000)
    );
    let refused = ana.begin_upload(thread, "a", 2_000_001).await;
    assert_eq!(code(refused).await, (413, "file_too_large".into()));
    let first = created(ana.begin_upload(thread, "a", 2_000_000).await).await;
    // The quota is taken when an upload begins, and given back when it is discarded.
    let refused = ana.begin_upload(thread, "a", 1_000_001).await;
    assert_eq!(code(refused).await, (507, "files_quota".into()));
    let second = created(bob.begin_upload(thread, "a", 2_000_000).await).await;
    let refused = ana.begin_upload(thread, "a", 1).await;
    assert_eq!(code(refused).await, (507, "site_files_quota".into()));
    for (user, id) in [(&ana, first), (&bob, second)] {
        let discarded = user
            .tus(Method::DELETE, &format!("/uploads/{id}"))
            .send()
            .await;
        assert_eq!(discarded.expect("an answer").status(), 204);
    }
    let mut files = Vec::new();
    for name in ["a", "b", "c"] {
        files.push(ana.upload(thread, name, name.as_bytes()).await);
    }
    let mut tab = ana.tab().await;
    assert_eq!(
        send_files(&mut tab, thread, "", &files).await,
        Err("too_many_files".into())
    );
    assert!(send_files(&mut tab, thread, "", &files[..2]).await.is_ok());
    // More than was declared is refused, and nothing of it remains.
    let id = created(ana.begin_upload(thread, "d", 10).await).await;
    let answer = ana.part(id, 0, &bytes(11)).send().await.expect("an answer");
    assert_eq!(answer.status(), 413);
    let answer = ana
        .request(Method::HEAD, &format!("/uploads/{id}"))
        .send()
        .await;
    assert_eq!(
        answer.expect("an answer").status(),
        412,
        "another version of tus"
    );
}

#[tokio::test]
async fn a_deleted_message_takes_its_files_along_unless_another_has_the_same() {
    let settings = [("CHAPP_FILES__UNUSED_HOURS", "0")];
    let mut server = TestServer::start_with(&settings).await;
    let (mut ana, mut bob, thread) = two(&server).await;
    let mut tab = ana.tab().await;
    let shared = [
        ana.upload(thread, "a", b"shared").await,
        ana.upload(thread, "b", b"shared").await,
    ];
    let single = ana.upload(thread, "c", b"single").await;
    let gone = send_files(&mut tab, thread, "", &[shared[0], single])
        .await
        .expect("sent");
    send_files(&mut tab, thread, "", &shared[1..])
        .await
        .expect("sent");
    let form = [("thread", &*thread.to_string()), ("seq", &gone.to_string())];
    let deleted = ana.call("/api/delete_message", &form).send().await;
    assert!(deleted.expect("an answer").status().is_success());
    for id in [shared[0], single] {
        assert_eq!(bob.download(id).await, Err(404));
    }
    let folder = server.folder().join("data/files/contents");
    assert_eq!(files_in(&folder), 2, "until the sweep");
    server.kill();
    server.start_again().await;
    let swept = async {
        while files_in(&folder) != 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    patiently("the sweep", swept).await;
    ana.move_to(server.address());
    bob.move_to(server.address());
    assert_eq!(bob.download(shared[1]).await, Ok(b"shared".to_vec()));
    // The same content can be uploaded anew.
    let again = ana.upload(thread, "c", b"single").await;
    send_files(&mut ana.tab().await, thread, "", &[again])
        .await
        .expect("sent");
    assert_eq!(bob.download(again).await, Ok(b"single".to_vec()));
}

#[tokio::test]
async fn an_edited_message_keeps_its_files_and_a_deleted_room_loses_them() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let form = [("name", "Kitchen"), ("topic", ""), ("key", "")];
    let made = ana
        .call("/api/make_room", &form)
        .send()
        .await
        .expect("an answer");
    let room: chapp::model::ThreadHead = made.json().await.expect("a room");
    let mut tab = ana.tab().await;
    let id = ana.upload(room.id, "a.txt", b"words\n").await;
    let seq = send_files(&mut tab, room.id, "", &[id])
        .await
        .expect("sent");
    let thread = room.id.to_string();
    let form = [
        ("thread", &*thread),
        ("seq", &*seq.to_string()),
        ("text", "see above"),
    ];
    let edited = ana
        .call("/api/edit_message", &form)
        .send()
        .await
        .expect("an answer");
    assert!(edited.status().is_success(), "{:?}", edited.text().await);
    let page = ana.history(room.id).await;
    let message = page
        .events
        .iter()
        .find(|event| event.seq == seq)
        .expect("the message");
    match &message.body {
        EventBody::Message(message) => {
            assert_eq!((&*message.text, message.files[0].id), ("see above", id));
            assert_eq!(message.files[0].kind, FileKind::Text);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ana.download(id).await, Ok(b"words\n".to_vec()));
    let form = [("thread", &*thread), ("name", "Kitchen")];
    let deleted = ana
        .call("/api/delete_room", &form)
        .send()
        .await
        .expect("an answer");
    assert!(deleted.status().is_success(), "{:?}", deleted.text().await);
    assert_eq!(ana.download(id).await, Err(404));
}

#[tokio::test]
async fn the_end_of_a_part_that_was_never_confirmed_is_cut_off() {
    let mut server = TestServer::start().await;
    let (mut ana, _, thread) = two(&server).await;
    let content = bytes(1_000);
    let id = created(ana.begin_upload(thread, "a", content.len()).await).await;
    let answer = ana.part(id, 0, &content[..400]).send().await;
    assert_eq!(answer.expect("an answer").status(), 204);
    server.kill();
    // As after a power failure in the middle of the next part.
    let staged = server.folder().join(format!("data/files/staging/{id}"));
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&staged)
        .expect("the upload");
    std::io::Write::write_all(&mut file, b"garbage").expect("written");
    let modified = SystemTime::now();
    file.set_modified(modified).expect("set");
    drop(file);
    server.start_again().await;
    ana.move_to(server.address());
    assert_eq!(ana.offset(id).await, 400);
    let rest = ana.part(id, 400, &content[400..]).send().await;
    assert_eq!(rest.expect("an answer").status(), 204);
    send_files(&mut ana.tab().await, thread, "", &[id])
        .await
        .expect("sent");
    assert_eq!(ana.download(id).await, Ok(content));
}

/// A form with these fields and files, as a browser sends it.
fn form(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "----a-boundary";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.as_bytes());
    }
    for (name, content) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

#[tokio::test]
async fn a_form_without_a_script_posts_a_message_with_files() {
    let settings = [("CHAPP_FILES__MAX_SIZE_MB", "1")];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob, thread) = two(&server).await;
    let text = thread.to_string();
    let fields = [("thread", &*text), ("text", "look")];
    let post = async |fields: &[(&str, &str)], files: &[(&str, &[u8])]| {
        let (kind, body) = form(fields, files);
        let request = ana
            .request(Method::POST, "/post")
            .header(ACCEPT, "text/html");
        let answer = request.header(CONTENT_TYPE, kind).body(body).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 303);
        answer.headers()[LOCATION]
            .to_str()
            .expect("ASCII")
            .to_owned()
    };
    let content = bytes(700_000);
    let page = post(&fields, &[("a.bin", &content), ("b.txt", b"words\n")]).await;
    assert_eq!(page, format!("/t/{thread}"));
    // Without any file, and with one that is too large.
    assert_eq!(post(&fields, &[("", b"")]).await, format!("/t/{thread}"));
    let refused = post(&fields, &[("c.bin", &bytes(1_000_001))]).await;
    assert_eq!(
        refused,
        format!("/t/{thread}?__err=file_too_large.max.1000000")
    );
    // What the form doesn't have is refused, instead of being read without end.
    let mut unknown = fields.to_vec();
    unknown.push(("more", "x"));
    let mut many = fields.to_vec();
    many.extend([("text", "x"); 20]);
    for refused in [
        post(&unknown, &[]).await,
        post(&many, &[]).await,
        post(&fields, &[("", b"no name")]).await,
    ] {
        assert!(refused.contains("__err=malformed"), "{refused}");
    }
    let events = bob.history(thread).await.events;
    let messages: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::Message(message) => Some((&*message.text, message.files.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(messages.len(), 2);
    let names: Vec<_> = messages[0].1.iter().map(|file| &*file.name).collect();
    assert_eq!((messages[0].0, names), ("look", vec!["a.bin", "b.txt"]));
    assert_eq!(bob.download(messages[0].1[0].id).await, Ok(content));
    assert!(messages[1].1.is_empty());
    assert_eq!(ana.read::<Vec<chapp::model::Upload>>("/uploads").await, []);
    // Another site can't post it.
    let (kind, body) = form(&fields, &[]);
    let request = ana.request(Method::POST, "/post");
    let mut request = request
        .header(CONTENT_TYPE, kind)
        .body(body)
        .build()
        .expect("a request");
    request
        .headers_mut()
        .insert(ORIGIN, "http://evil.example".parse().expect("a header"));
    let foreign = reqwest::Client::new()
        .execute(request)
        .await
        .expect("an answer");
    assert_eq!(foreign.status(), 403);
}

#[tokio::test]
async fn a_message_is_found_by_what_its_files_are_called() {
    let server = TestServer::start().await;
    let (ana, bob, thread) = two(&server).await;
    let mut tab = ana.tab().await;
    let plan = ana.upload(thread, "our-plan.bin", &bytes(10)).await;
    let picture = ana
        .upload(thread, "sea.png", &picture(ImageFormat::Png))
        .await;
    let said = [
        send_files(&mut tab, thread, "the trip", &[plan]).await,
        send_files(&mut tab, thread, "", &[picture]).await,
        send_files(&mut tab, thread, "no plan yet", &[]).await,
    ];
    let [with_plan, with_picture, words] = said.map(|seq| seq.expect("sent"));
    for (query, wanted) in [
        ("plan", vec![words, with_plan]),
        ("sea", vec![with_picture]),
        ("file:plan", vec![with_plan]),
        ("file:\"our plan\" trip", vec![with_plan]),
        ("file:pla", vec![with_plan]),
        ("file:trip", vec![]),
        ("has:file", vec![with_picture, with_plan]),
        ("has:image", vec![with_picture]),
        ("has:image plan", vec![]),
    ] {
        let path = format!("/api/search?q={}", encoded(query));
        patiently(query, async {
            loop {
                let page: SearchPage = bob.read(&path).await;
                if page
                    .hits
                    .iter()
                    .map(|hit| hit.seq)
                    .eq(wanted.iter().copied())
                {
                    return;
                }
                sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
    }
}
