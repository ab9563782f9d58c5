//! Files of the bots: uploaded through all faults, and compared in the end.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chapp::model::{Attachment, ClientId, FileId, FileRef, ThreadId};
use data_encoding::{BASE64, HEXLOWER};
use reqwest::header::{CONTENT_TYPE, COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response};
use sha2::{Digest, Sha256};

use crate::bot::Bot;
use crate::support::PATIENCE;

/// Bytes of a part: small, so that faults fall between parts.
const PART: usize = 256 * 1024;
/// The pause after a failure.
const PAUSE: Duration = Duration::from_millis(200);

/// A finished upload.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// Of the message that has it.
    pub client_id: ClientId,
    pub thread: ThreadId,
    pub id: FileId,
    pub content: Arc<[u8]>,
}

impl Uploaded {
    /// The file as a message names it.
    pub fn file(&self) -> FileRef {
        FileRef::to(Attachment {
            id: self.id,
            ..Attachment::default()
        })
    }
}

/// Who uploads.
#[derive(Clone)]
pub struct Uploader {
    pub http: Client,
    pub base: String,
    pub cookies: String,
    /// Whether a backup is restored meanwhile, which lacks what was uploaded since: such an upload begins anew, as in
    /// the page. Otherwise it is a fault.
    pub begins_anew: bool,
}

fn hash(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    HEXLOWER.encode(&digest)
}

impl Uploader {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.header("tus-resumable", "1.0.0");
        request.header(COOKIE, self.cookies.clone())
    }

    /// Uploads the file of a message, however often it takes.
    pub async fn upload(
        self,
        client_id: ClientId,
        thread: ThreadId,
        content: Arc<[u8]>,
    ) -> Uploaded {
        let mut id = self.begin(thread, content.len()).await;
        let mut offset = 0;
        while offset < content.len() {
            let end = content.len().min(offset + PART);
            let part = self
                .request(Method::PATCH, &format!("/uploads/{id}"))
                .header(CONTENT_TYPE, "application/offset+octet-stream")
                .header("upload-offset", offset)
                .body(content[offset..end].to_vec());
            match part.send().await.map(|answer| answer.status().as_u16()) {
                Ok(204) => offset = end,
                Ok(404) => {
                    assert!(self.begins_anew, "a confirmed upload is lost");
                    id = self.begin(thread, content.len()).await;
                    offset = 0;
                }
                _ => {
                    tokio::time::sleep(PAUSE).await;
                    offset = self.offset(id).await.unwrap_or(offset);
                }
            }
        }
        Uploaded {
            client_id,
            thread,
            id,
            content,
        }
    }

    async fn begin(&self, thread: ThreadId, size: usize) -> FileId {
        let thread = BASE64.encode(thread.to_string().as_bytes());
        loop {
            let request = self.request(Method::POST, "/uploads");
            let request = request.header("upload-length", size);
            let request = request.header("upload-metadata", format!("thread {thread}"));
            if let Ok(answer) = request.send().await
                && answer.status() == 201
            {
                let path = answer.headers()["location"].to_str().expect("ASCII");
                return path[9..].parse().expect("an id");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Where the upload continues; `None`: the server can't say now, or never.
    async fn offset(&self, id: FileId) -> Option<usize> {
        let asked = self.request(Method::HEAD, &format!("/uploads/{id}"));
        let answer = asked.send().await.ok()?;
        let is_lost = answer.status() == 404;
        assert!(!is_lost || self.begins_anew, "a confirmed upload is lost");
        let offset = answer.headers().get("upload-offset")?.to_str().ok()?;
        Some(offset.parse().expect("a number"))
    }

    /// The content of a file, for this user.
    pub async fn download(&self, id: FileId) -> Vec<u8> {
        let request = self.request(Method::GET, &format!("/files/{id}"));
        let answer: Response = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{id}");
        answer.bytes().await.expect("all of it").to_vec()
    }
}

/// The hashes of all contents in the folder; checks that each is what its name says.
pub fn contents(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.append(&mut contents(&path));
            continue;
        }
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        // A file that was being moved when the server was killed.
        if name.contains('#') {
            continue;
        }
        // The sweep may delete it meanwhile.
        if let Ok(content) = std::fs::read(&path) {
            assert_eq!(hash(&content), name);
            found.insert(name);
        }
    }
    found
}

/// Waits until the sweep has left nothing but the files of messages.
pub async fn only_those_of_messages(folder: &Path, bots: &[Bot]) -> usize {
    let sent = bots.iter().flat_map(|bot| &bot.with_files);
    let wanted: BTreeSet<String> = sent.map(|uploaded| hash(&uploaded.content)).collect();
    let mut found = contents(folder);
    let until = Instant::now() + PATIENCE;
    while found != wanted && Instant::now() < until {
        tokio::time::sleep(PAUSE).await;
        found = contents(folder);
    }
    let orphans: Vec<_> = found.difference(&wanted).collect();
    let lost: Vec<_> = wanted.difference(&found).collect();
    assert!(
        orphans.is_empty() && lost.is_empty(),
        "{orphans:?} {lost:?}"
    );
    found.len()
}
