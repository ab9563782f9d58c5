//! Uploads by tus 1.0 (docs/PROTOCOL.md, "Files"): one function for each request. `XMLHttpRequest`, because `fetch`
//! tells no progress of what it sends.

use js_sys::{Function, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

use crate::model::{FileId, Refusal, ThreadId, Upload, json, limits};
use crate::routes::{UPLOADS, upload_path};

/// Why a request has not brought the upload further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// There is no connection, or something in between answered: ask for the offset later.
    Offline,
    /// Another request still writes, or the offset was wrong: ask for the offset soon.
    Unsure,
    Refused(Refusal),
}

/// What the server is told about a file.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub name: String,
    pub size: i64,
    /// In milliseconds; 0: not known.
    pub duration: i64,
    /// Of a recording: its loudness, in base64.
    pub waveform: Option<String>,
}

/// A request that can be aborted.
#[derive(Clone)]
pub struct Request(XmlHttpRequest);

impl Request {
    /// A request that is not sent yet.
    ///
    /// # Errors
    /// [`Stop::Offline`] if the browser makes none.
    pub fn new() -> Result<Self, Stop> {
        let request = XmlHttpRequest::new();
        Ok(Self(request.map_err(|_| Stop::Offline)?))
    }

    /// Ends it as if the connection were lost.
    pub fn abort(&self) {
        let _ = self.0.abort();
    }

    fn header(&self, name: &str) -> Option<String> {
        self.0.get_response_header(name).ok()?
    }

    fn offset(&self) -> Result<i64, Stop> {
        let offset = self.header("Upload-Offset").and_then(|it| it.parse().ok());
        offset.ok_or(Stop::Unsure)
    }

    fn text(&self) -> String {
        let text = self.0.response_text().ok().flatten();
        text.unwrap_or_default()
    }

    /// Sends it, and waits for the end of the answer; then tells whether the answer is one that was wanted.
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Blob>,
    ) -> Result<(), Stop> {
        let offline = |_: JsValue| Stop::Offline;
        self.0.open(method, path).map_err(offline)?;
        let accept = ("Accept", "application/json");
        for (name, value) in headers.iter().chain(&[("Tus-Resumable", "1.0.0"), accept]) {
            self.0.set_request_header(name, value).map_err(offline)?;
        }
        let ended = Promise::new(&mut |resolve: Function, _| self.0.set_onloadend(Some(&resolve)));
        self.0.send_with_opt_blob(body).map_err(offline)?;
        let _ = JsFuture::from(ended).await;
        match self.0.status().unwrap_or(0) {
            200..300 => Ok(()),
            409 | 423 => Err(Stop::Unsure),
            status @ 400..600 => match json::read(&self.text()) {
                Ok(refusal) => Err(Stop::Refused(refusal)),
                // A broken part. HEAD has no body.
                Err(_) if status == 400 => Err(Stop::Unsure),
                Err(_) if status == 404 => Err(Stop::Refused(Refusal::UnknownUpload)),
                Err(_) => Err(Stop::Offline),
            },
            _ => Err(Stop::Offline),
        }
    }

    /// Creates an upload.
    ///
    /// # Errors
    /// See [`Stop`]. This holds for all of these functions.
    pub async fn create(&self, thread: ThreadId, facts: &Facts) -> Result<FileId, Stop> {
        let size = facts.size.to_string();
        let headers = [
            ("Upload-Length", &*size),
            ("Upload-Metadata", &metadata(thread, facts)),
        ];
        self.send("POST", UPLOADS, &headers, None).await?;
        let location = self.header("Location");
        let id = location.and_then(|path| path.rsplit('/').next()?.parse().ok());
        id.ok_or(Stop::Offline)
    }

    /// How many bytes the server has.
    #[expect(clippy::missing_errors_doc, reason = "see `create`")]
    pub async fn stored(&self, upload: FileId) -> Result<i64, Stop> {
        self.send("HEAD", &upload_path(upload), &[], None).await?;
        self.offset()
    }

    /// Sends the part that begins at `offset`, and returns where the next one begins. `progress` is told how many
    /// bytes of the part have been sent.
    #[expect(clippy::missing_errors_doc, reason = "see `create`")]
    pub async fn append(
        &self,
        upload: FileId,
        offset: i64,
        file: &Blob,
        progress: impl Fn(f64) + 'static,
    ) -> Result<i64, Stop> {
        let (from, to) = (offset as f64, (offset + limits::UPLOAD_PART) as f64);
        let part = file.slice_with_f64_and_f64_and_content_type(from, to, "");
        let part = part.map_err(|_| Stop::Refused(Refusal::UnknownUpload))?;
        let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
            progress(event.loaded());
        });
        if let Ok(sending) = self.0.upload() {
            sending.set_onprogress(Some(progress.as_ref().unchecked_ref()));
        }
        let at = offset.to_string();
        let headers = [
            ("Content-Type", "application/offset+octet-stream"),
            ("Upload-Offset", &*at),
        ];
        self.send("PATCH", &upload_path(upload), &headers, Some(&part))
            .await?;
        self.offset()
    }

    /// The server's facts of an upload.
    #[expect(clippy::missing_errors_doc, reason = "see `create`")]
    pub async fn show(&self, upload: FileId) -> Result<Upload, Stop> {
        self.send("GET", &upload_path(upload), &[], None).await?;
        json::read(&self.text()).map_err(|_| Stop::Offline)
    }

    /// Discards an upload.
    #[expect(clippy::missing_errors_doc, reason = "see `create`")]
    pub async fn discard(&self, upload: FileId) -> Result<(), Stop> {
        self.send("DELETE", &upload_path(upload), &[], None).await
    }
}

/// The value of `Upload-Metadata`.
fn metadata(thread: ThreadId, facts: &Facts) -> String {
    let mut pairs = vec![
        ["thread ", &*base64(thread.to_string().as_bytes())].concat(),
        ["filename ", &*base64(facts.name.as_bytes())].concat(),
    ];
    if facts.duration > 0 {
        let duration = base64(facts.duration.to_string().as_bytes());
        pairs.push(["duration ", &*duration].concat());
    }
    if let Some(waveform) = &facts.waveform {
        pairs.push("voice".to_owned());
        pairs.push(["waveform ", &**waveform].concat());
    }
    pairs.join(",")
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes bytes in base64 (RFC 4648, section 4).
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            match index <= chunk.len() {
                true => text.push(char::from(DIGITS[(bits >> shift) as usize & 63])),
                false => text.push('='),
            }
        }
    }
    text
}

/// Decodes base64; `None` if it is none.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len()), 0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 255) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard_and_can_be_read_back() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("\u{fb}\u{ff}", "w7vDvw=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
            assert_eq!(from_base64(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(from_base64("é"), None);
    }

    #[test]
    fn the_metadata_names_the_thread_and_the_file_and_marks_a_recording() {
        let facts = Facts {
            name: "a b".into(),
            ..Facts::default()
        };
        assert_eq!(metadata(ThreadId(57), &facts), "thread NTc=,filename YSBi");
        let facts = Facts {
            duration: 1_500,
            waveform: Some("AAE=".into()),
            ..facts
        };
        assert_eq!(
            metadata(ThreadId(57), &facts),
            "thread NTc=,filename YSBi,duration MTUwMA==,voice,waveform AAE="
        );
    }
}
