//! Uploads by tus 1.0 (<https://tus.io/protocols/resumable-upload>), with the extensions creation, expiration and
//! termination.
//!
//! Bodies are streamed to the disk. They may be larger than those of other requests, and slower: only a pause ends them.

use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use data_encoding::BASE64;

use super::error::Refused;
use super::headers::digits;
use super::session::{self, caller};
use crate::model::{
    FileId, FileKind, FileLimits, FileRef, Millis, Refusal, ThreadId, Upload, UserId, limits,
};
use crate::routes;
use crate::server::chat::files::PartError;
use crate::server::rate_limit::ActionKind;
use crate::server::state::AppState;

const VERSION: &str = "1.0.0";
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// The type of a part.
const PART: &str = "application/offset+octet-stream";
/// The longest time of sound or video that a client may claim, in milliseconds: a day.
const DURATION_MAX: i64 = 24 * 60 * 60 * 1_000;
/// The longest side of a video that a client may claim, in pixels.
const SIDE_MAX: i64 = 16_384;

/// The routes. They go outside of the limit on bodies.
pub fn routes(app: &AppState) -> Router<AppState> {
    Router::new()
        .route(
            routes::UPLOADS,
            get(list).post(create).options(capabilities),
        )
        .route(
            &format!("{}/{{id}}", routes::UPLOADS),
            get(show).head(offset).patch(append).delete(discard),
        )
        .layer(from_fn_with_state(app.clone(), session::find))
        .layer(from_fn(in_version))
}

/// An answer that is not the wanted one.
enum Failure {
    Refused(Refusal),
    /// A rule of the protocol is broken.
    Protocol(StatusCode, &'static str),
    WrongOffset(i64),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<PartError> for Failure {
    fn from(error: PartError) -> Self {
        match error {
            PartError::Refused(refusal) => Self::Refused(refusal),
            PartError::WrongOffset(offset) => Self::WrongOffset(offset),
            PartError::Locked => {
                Self::Protocol(StatusCode::LOCKED, "Another request writes to this upload.")
            }
            PartError::Cut(_) => Self::Protocol(
                StatusCode::BAD_REQUEST,
                "The body ended early. What arrived is stored.",
            ),
            PartError::TooMuch => Self::Protocol(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is longer than the upload.",
            ),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => Refused(refusal).into_response(),
            Self::Protocol(status, text) => (status, text).into_response(),
            Self::WrongOffset(offset) => (
                StatusCode::CONFLICT,
                [(OFFSET, HeaderValue::from(offset))],
                "The upload continues at another offset.",
            )
                .into_response(),
        }
    }
}

/// Middleware: refuses what changes or measures an upload for a client of another version, and names the version in
/// every answer.
async fn in_version(request: Request, next: Next) -> Response {
    let is_free = matches!(*request.method(), Method::GET | Method::OPTIONS);
    let version = request.headers().get(RESUMABLE);
    let mut response = match is_free || version.is_some_and(|version| version == VERSION) {
        true => next.run(request).await,
        false => {
            let text = "Tus-Resumable must be 1.0.0.";
            (StatusCode::PRECONDITION_FAILED, text).into_response()
        }
    };
    let version = HeaderValue::from_static(VERSION);
    response.headers_mut().insert(RESUMABLE, version);
    response
}

fn id_of(text: &str) -> Result<FileId, Refusal> {
    text.parse().map_err(|_| Refusal::UnknownUpload)
}

/// A header of digits only.
fn number(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    digits(headers.get(name)?.to_str().ok()?)
}

/// When an upload expires, as a date (RFC 9110, section 5.6.7).
fn date(at: Millis) -> HeaderValue {
    let at = UNIX_EPOCH + Duration::from_millis(at.unsigned_abs());
    let text = httpdate::fmt_http_date(at);
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// `OPTIONS /uploads`: what this server can do.
async fn capabilities(State(app): State<AppState>) -> Response {
    let FileLimits { max_size, .. } = app.chat.file_limits();
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        ("tus-version", VERSION),
        ("tus-extension", "creation,expiration,termination"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("tus-max-size", HeaderValue::from(max_size));
    response
}

/// `GET /uploads`: the user's uploads that no message has taken.
async fn list(
    State(app): State<AppState>,
    extensions: Extensions,
) -> Result<Json<Vec<Upload>>, Failure> {
    let me = caller(&app, &extensions, ActionKind::UploadPart)?;
    Ok(Json(app.chat.uploads(me).await?))
}

/// `GET /uploads/ID`.
async fn show(
    State(app): State<AppState>,
    Path(id): Path<String>,
    extensions: Extensions,
) -> Result<Json<Upload>, Failure> {
    let me = caller(&app, &extensions, ActionKind::UploadPart)?;
    Ok(Json(app.chat.upload(me, id_of(&id)?).await?.upload))
}

/// `POST /uploads`: a new upload.
async fn create(
    State(app): State<AppState>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let me = caller(&app, &extensions, ActionKind::Upload)?;
    let bad = |text| Failure::Protocol(StatusCode::BAD_REQUEST, text);
    let size = number(&headers, &LENGTH).ok_or(bad("Upload-Length must be a number of bytes."))?;
    let metadata = Metadata::of(&headers);
    let thread = metadata.text("thread").and_then(|text| text.parse().ok());
    let thread = thread.ok_or(bad("Upload-Metadata must name the thread."))?;
    let declared = metadata.declared(size);
    let upload = app
        .chat
        .begin_upload(me, ThreadId(thread), declared)
        .await?;
    let location = HeaderValue::from_str(&routes::upload_path(upload.file.id));
    let location = location.map_err(|_| Refusal::Internal)?;
    let headers = [
        (header::LOCATION, location),
        (OFFSET, HeaderValue::from(0)),
        (EXPIRES, date(upload.expires_at)),
    ];
    Ok((StatusCode::CREATED, headers).into_response())
}

/// `HEAD /uploads/ID`: how much is stored.
async fn offset(
    State(app): State<AppState>,
    Path(id): Path<String>,
    extensions: Extensions,
) -> Result<Response, Failure> {
    let me = caller(&app, &extensions, ActionKind::UploadPart)?;
    let id = id_of(&id)?;
    // Completes an upload of which everything is there, also when the client doesn't wait for the answer.
    let chat = app.chat.clone();
    let found = tokio::spawn(async move { chat.upload(me, id).await }).await;
    let found = found.map_err(|_| Refusal::Internal)??;
    let offset = match found.upload.finished {
        true => found.size,
        false => found.upload.offset,
    };
    let headers = [
        (OFFSET, HeaderValue::from(offset)),
        (LENGTH, HeaderValue::from(found.size)),
        (EXPIRES, date(found.upload.expires_at)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok(headers.into_response())
}

/// `PATCH /uploads/ID`: the next part.
async fn append(
    State(app): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let me = caller(&app, &parts.extensions, ActionKind::UploadPart)?;
    let kind = parts.headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != PART) {
        return Err(Failure::Protocol(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/offset+octet-stream.",
        ));
    }
    let Some(offset) = number(&parts.headers, &OFFSET) else {
        return Err(Failure::Protocol(
            StatusCode::BAD_REQUEST,
            "Upload-Offset must be a number of bytes.",
        ));
    };
    let stored = store_part(app, me, id_of(&id)?, offset, body).await?;
    let headers = [(OFFSET, HeaderValue::from(stored))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// In a task of its own: what has arrived is stored also if the client goes away.
async fn store_part(
    app: AppState,
    me: UserId,
    id: FileId,
    offset: i64,
    body: Body,
) -> Result<i64, Failure> {
    let body = body.into_data_stream();
    let storing = async move { app.chat.store_part(me, id, offset, body).await };
    let stored = tokio::spawn(storing).await;
    Ok(stored.map_err(|_| Refusal::Internal)??)
}

/// `DELETE /uploads/ID`.
async fn discard(
    State(app): State<AppState>,
    Path(id): Path<String>,
    extensions: Extensions,
) -> Result<StatusCode, Failure> {
    let me = caller(&app, &extensions, ActionKind::UploadPart)?;
    app.chat.discard_upload(me, id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The pairs of `Upload-Metadata`.
struct Metadata(Vec<(String, Vec<u8>)>);

impl Metadata {
    /// Pairs that can't be read are left out.
    fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(METADATA).and_then(|text| text.to_str().ok());
        let pairs = text.unwrap_or_default().split(',').filter_map(|pair| {
            let mut parts = pair.split_ascii_whitespace();
            let (key, value) = (parts.next()?, parts.next().unwrap_or_default());
            Some((key.to_owned(), BASE64.decode(value.as_bytes()).ok()?))
        });
        Self(pairs.collect())
    }

    fn bytes(&self, key: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_slice())
    }

    fn text(&self, key: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(key)?).ok()
    }

    fn number(&self, key: &str, most: i64) -> i64 {
        let number = self.text(key).and_then(|text| text.parse().ok());
        number.unwrap_or(0).clamp(0, most)
    }

    /// What the client says of the file. The content decides later what of it remains.
    fn declared(&self, size: i64) -> FileRef {
        let is_voice = self.bytes("voice").is_some();
        let waveform = self.bytes("waveform").unwrap_or_default();
        FileRef {
            name: self.text("filename").unwrap_or_default().to_owned(),
            size,
            kind: if is_voice {
                FileKind::Voice
            } else {
                FileKind::Other
            },
            width: self.number("width", SIDE_MAX),
            height: self.number("height", SIDE_MAX),
            duration: self.number("duration", DURATION_MAX),
            waveform: BASE64.encode(&waveform[..waveform.len().min(limits::WAVEFORM_MAX)]),
            ..FileRef::default()
        }
    }
}
