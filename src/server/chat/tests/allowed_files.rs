//! The authorization matrix of uploads, files and thumbnails, like [`allowed`](super::allowed) for server functions.

use axum::body::{self, Body};
use axum::http::{Method, Request, header};
use bytes::Bytes;
use data_encoding::BASE64;
use futures_util::stream;
use macro_rules_attribute::apply;
use serde_json::Value;
use tower::ServiceExt;

use super::allowed::{CALLERS, Caller, INSIDE, LOG_IN, PLACES, Row, Site, World};
use crate::model::file::Thumbnail;
use crate::model::{Attachment, ClientId, FileId, FileKind, FileRef, UserId};
use crate::server::chat::messages::NewMessage;
use crate::server::store::tests::database::{Database, on_both_engines};

/// A file of a message: the members of its thread. Strangers don't learn that it exists.
const READING: Row = {
    let no = "not_found";
    [[LOG_IN, no, "ok", no, "ok", no, LOG_IN]; 3]
};

/// An upload: whoever made it, who is the member.
const MINE: Row = {
    let no = "unknown_upload";
    [[LOG_IN, no, "ok", no, no, no, LOG_IN]; 3]
};

/// What is done with the member's upload, or with the picture of the member's message.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Begin,
    Ask,
    Append,
    Discard,
    Download,
    Thumbnail,
}

const DEEDS: [(Deed, Row); 6] = [
    (Deed::Begin, INSIDE),
    (Deed::Ask, MINE),
    (Deed::Append, MINE),
    (Deed::Discard, MINE),
    (Deed::Download, READING),
    (Deed::Thumbnail, READING),
];

/// A finished upload of a picture, without the child process that would decode it.
async fn picture(site: &Site, user: UserId, world: &World) -> FileId {
    let chat = &site.app.chat;
    let declared = FileRef {
        size: 5,
        ..FileRef::default()
    };
    let begun = chat.begin_upload(user, world.thread, declared).await;
    let id = begun.unwrap().file.id;
    let body = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from("words"))]);
    chat.store_part(user, id, 0, body).await.unwrap();
    let found = chat.upload(user, id).await.unwrap();
    let hash = found.hash.unwrap();
    let file = FileRef {
        kind: FileKind::Image,
        ..found.upload.file
    };
    site.app.store.name_content(user, file, hash).await.unwrap();
    let folder = &chat.stored_files().folder;
    let thumbnail = Bytes::from("thumbnail");
    let put = folder.put_thumbnail(hash, Thumbnail::Small, thumbnail);
    put.await.unwrap();
    id
}

async fn send(site: &Site, user: UserId, world: &World, id: FileId) {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let message = NewMessage {
        files: vec![Attachment {
            id,
            ..Attachment::default()
        }],
        ..NewMessage::default()
    };
    let done = |posted| {
        let _ = sender.send(posted);
    };
    let chat = &site.app.chat;
    chat.post_message(user, world.thread, ClientId::now(), message, done);
    receiver.await.unwrap().unwrap();
}

async fn ask(site: &Site, world: &World, caller: Caller, deed: Deed) -> String {
    let member = site.user(Caller::Member);
    let id = picture(site, member, world).await;
    if matches!(deed, Deed::Download | Deed::Thumbnail) {
        send(site, member, world, id).await;
    }
    let upload = format!("/uploads/{id}");
    let (method, path) = match deed {
        Deed::Begin => (Method::POST, "/uploads".to_owned()),
        Deed::Ask => (Method::GET, upload),
        Deed::Append => (Method::PATCH, upload),
        Deed::Discard => (Method::DELETE, upload),
        Deed::Download => (Method::GET, format!("/files/{id}")),
        Deed::Thumbnail => (Method::GET, format!("/files/{id}/small")),
    };
    let thread = BASE64.encode(world.thread.to_string().as_bytes());
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", "1")
        .header("upload-offset", "5")
        .header("upload-metadata", format!("thread {thread}"))
        .header(header::CONTENT_TYPE, "application/offset+octet-stream");
    if let Some(cookie) = site.cookie(caller).await {
        request = request.header(header::COOKIE, cookie);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    let is_success = response.status().is_success();
    let bytes = body::to_bytes(response.into_body(), usize::MAX).await;
    if is_success {
        return "ok".into();
    }
    let refusal: Value = serde_json::from_slice(&bytes.unwrap()).unwrap_or_default();
    refusal["code"].as_str().unwrap_or("?").to_owned()
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_about_files_matches_its_row(database: Database) {
    let mut site = Site::open(&database).await;
    let mut wrong = Vec::new();
    for (deed, row) in DEEDS {
        for (place, answers) in PLACES.into_iter().zip(row) {
            let world = site.world(place).await;
            for (caller, expected) in CALLERS.into_iter().zip(answers) {
                let actual = ask(&site, &world, caller, deed).await;
                if actual != expected {
                    wrong.push(format!(
                        "{deed:?}, {caller:?}, {place:?}: {actual}, not {expected}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    site.app.store.close().await;
}
