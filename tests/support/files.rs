//! Uploads, as a client of tus makes them.

use std::path::Path;

use chapp::model::{Attachment, ClientId, FileId, ThreadId, Upload};
use chapp::protocol::{ClientFrame, ServerFrame};
use data_encoding::BASE64;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response};

use super::{Browser, Socket};

impl Browser {
    /// A request to a path of an upload.
    pub fn tus(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path)
            .header(ACCEPT, "application/json")
            .header("tus-resumable", "1.0.0")
    }

    /// Asks for an upload of so many bytes.
    pub async fn begin_upload(&self, thread: ThreadId, name: &str, size: usize) -> Response {
        let value = |text: &str| BASE64.encode(text.as_bytes());
        let thread = value(&thread.to_string());
        let metadata = format!("thread {thread},filename {}", value(name));
        self.tus(Method::POST, "/uploads")
            .header("upload-length", size)
            .header("upload-metadata", metadata)
            .send()
            .await
            .expect("an answer")
    }

    /// The request that appends a part.
    pub fn part(&self, id: FileId, offset: usize, bytes: &[u8]) -> RequestBuilder {
        self.tus(Method::PATCH, &format!("/uploads/{id}"))
            .header(CONTENT_TYPE, "application/offset+octet-stream")
            .header("upload-offset", offset)
            .body(bytes.to_vec())
    }

    /// How much of an upload is stored.
    pub async fn offset(&self, id: FileId) -> usize {
        let asked = self.tus(Method::HEAD, &format!("/uploads/{id}"));
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        number(&answer, "upload-offset")
    }

    /// Uploads a whole file.
    pub async fn upload(&self, thread: ThreadId, name: &str, bytes: &[u8]) -> FileId {
        let id = created(self.begin_upload(thread, name, bytes.len()).await).await;
        if !bytes.is_empty() {
            let answer = self.part(id, 0, bytes).send().await.expect("an answer");
            assert_eq!(answer.status(), 204, "{:?}", answer.text().await);
        }
        id
    }

    /// An upload as its owner sees it.
    pub async fn see_upload(&self, id: FileId) -> Upload {
        self.read(&format!("/uploads/{id}")).await
    }

    /// Downloads a file; returns its content, or the status.
    pub async fn download(&self, id: FileId) -> Result<Vec<u8>, u16> {
        let answer = self.get(&format!("/files/{id}")).await;
        match answer.status().as_u16() {
            200 => Ok(answer.bytes().await.expect("a body").to_vec()),
            status => Err(status),
        }
    }
}

/// The id of a created upload.
pub async fn created(answer: Response) -> FileId {
    assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
    let location = answer.headers()["location"].to_str().expect("ASCII");
    let id = location.strip_prefix("/uploads/").expect("a path");
    id.parse().expect("an id")
}

/// A number in a header.
pub fn number(answer: &Response, name: &str) -> usize {
    let value = answer.headers().get(name).expect(name);
    value.to_str().expect("ASCII").parse().expect("a number")
}

/// The code of a refusal, with the status.
pub async fn code(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let refusal: serde_json::Value = answer.json().await.unwrap_or_default();
    (status, refusal["code"].as_str().unwrap_or("?").to_owned())
}

impl Socket {
    /// Sends a message with files, without waiting for the answer.
    pub async fn post_files(
        &mut self,
        client_id: ClientId,
        thread: ThreadId,
        text: &str,
        files: &[FileId],
    ) {
        let attachment = |id: &FileId| Attachment {
            id: *id,
            alt: String::new(),
        };
        self.say(&ClientFrame::Send {
            client_id,
            thread,
            text: text.to_owned(),
            reply_to: None,
            files: files.iter().map(attachment).collect(),
        })
        .await;
    }
}

/// Bytes of no known kind, all different.
pub fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 7 % 251) as u8 | 0x80).collect()
}

/// The files in a folder and its subfolders.
pub fn files_in(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let entries = entries.map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| if path.is_dir() { files_in(&path) } else { 1 })
        .sum()
}

/// The answer to a message with files: its position, or the code of the refusal.
pub async fn send_files(
    tab: &mut Socket,
    thread: ThreadId,
    text: &str,
    files: &[FileId],
) -> Result<i64, String> {
    let id = ClientId::now();
    tab.post_files(id, thread, text, files).await;
    tab.expect("an answer", |frame| match frame {
        ServerFrame::Sent { client_id, seq, .. } if *client_id == id => Some(Ok(*seq)),
        ServerFrame::Refused {
            client_id, refusal, ..
        } if *client_id == Some(id) => {
            let value = serde_json::to_value(refusal).expect("JSON");
            Some(Err(value["code"].as_str().expect("a code").to_owned()))
        }
        _ => None,
    })
    .await
}
