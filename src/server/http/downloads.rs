//! Downloads: the files of messages, for those who may read the message, as long as they may.

use std::ops::Range;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use bytes::Bytes;
use futures_util::stream;

use super::error::Refused;
use super::headers::digits;
use super::session;
use crate::model::file::Thumbnail;
use crate::model::{FileId, FileKind, Refusal, UserId};
use crate::routes;
use crate::server::auth::SecretToken;
use crate::server::connections::RequestProgress;
use crate::server::files::file_name::disposition;
use crate::server::rate_limit::ActionKind;
use crate::server::state::AppState;
use crate::server::store::StoredFile;

/// A file that a browser shows as a page of its own can load and do nothing, and has no origin.
const SANDBOX: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'";
/// Chromium's viewer shows nothing of a sandboxed PDF. It is a plugin, not a page of this origin.
const PDF: &str = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'";
/// So much is read at a time, and access is checked again before.
const PIECE: u64 = 256 * 1024;
/// Caches may keep it, but must ask whether it may still be shown.
const CACHE: &str = "private, no-cache";

/// The routes. They go outside of the compression.
pub fn routes(app: &AppState) -> Router<AppState> {
    let path = [routes::FILES_PREFIX, "{id}"].concat();
    Router::new()
        .route(&path, get(content))
        .route(&[&path, "/small"].concat(), get(small))
        .route(&[&path, "/large"].concat(), get(large))
        .layer(from_fn_with_state(app.clone(), session::find))
}

async fn find(app: &AppState, parts: &Parts, id: &str) -> Result<(UserId, StoredFile), Refused> {
    let me = session::caller(app, &parts.extensions, ActionKind::Download)?;
    let id: FileId = id.parse().map_err(|_| Refusal::NotFound)?;
    Ok((me, app.chat.file(me, id).await?))
}

/// `GET /files/ID`: the content, or a range of it.
async fn content(
    State(app): State<AppState>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Response, Refused> {
    let (me, found) = find(&app, &parts, &id).await?;
    let query = parts.uri.query().unwrap_or_default();
    let is_download = query
        .split('&')
        .any(|pair| pair == "download" || pair.starts_with("download="));
    let tag = etag(&found.hash.to_string());
    let headers = &parts.headers;
    let mut common = common_headers(&found, is_download, tag.clone());
    common.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if is_known(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let size = found.file.size.unsigned_abs();
    let (status, range) = match asked_range(headers, &tag, size) {
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Part(range) => {
            let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            common.insert(header::CONTENT_RANGE, value(&text));
            (StatusCode::PARTIAL_CONTENT, range)
        }
        Asked::Nothing => {
            let text = format!("bytes */{size}");
            let range = [(header::CONTENT_RANGE, value(&text))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
        }
    };
    common.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(range.end - range.start),
    );
    let reader = Reader {
        progress: parts.extensions.get().cloned(),
        token: app.cookie.read(&CookieJar::from_headers(headers)),
        app,
        me,
        found,
    };
    Ok((status, common, reader.body(range)).into_response())
}

async fn small(app: State<AppState>, id: Path<String>, parts: Parts) -> Result<Response, Refused> {
    thumbnail(app, id, parts, Thumbnail::Small).await
}

async fn large(app: State<AppState>, id: Path<String>, parts: Parts) -> Result<Response, Refused> {
    thumbnail(app, id, parts, Thumbnail::Large).await
}

/// `GET /files/ID/small` and `/large`: a thumbnail.
async fn thumbnail(
    State(app): State<AppState>,
    Path(id): Path<String>,
    parts: Parts,
    size: Thumbnail,
) -> Result<Response, Refused> {
    let (_, found) = find(&app, &parts, &id).await?;
    if found.file.kind != FileKind::Image {
        return Err(Refusal::NotFound.into());
    }
    let tag = etag(&[&*found.hash.to_string(), "-", size.name()].concat());
    let mut headers = common_headers(&found, false, tag.clone());
    // Its name would have the wrong extension.
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("inline"),
    );
    if is_known(&parts.headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let folder = &app.chat.stored_files().folder;
    let bytes = folder.thumbnail(found.hash, size).await.map_err(|error| {
        tracing::error!(%error, "a thumbnail can't be read");
        Refusal::Unavailable
    })?;
    let mime = match bytes.starts_with(b"\x89PNG") {
        true => "image/png",
        false => "image/jpeg",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    Ok((headers, bytes).into_response())
}

fn etag(version: &str) -> HeaderValue {
    value(&["\"", version, "\""].concat())
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

fn common_headers(found: &StoredFile, is_download: bool, tag: HeaderValue) -> HeaderMap {
    let is_shown = found.file.kind != FileKind::Other && !is_download;
    let (kind, mime) = match is_shown {
        true => ("inline", &*found.file.mime),
        false => ("attachment", "application/octet-stream"),
    };
    let policy = match found.file.kind {
        FileKind::Pdf if is_shown => PDF,
        _ => SANDBOX,
    };
    let fixed: [(HeaderName, HeaderValue); 6] = [
        (header::CONTENT_TYPE, value(mime)),
        (
            header::CONTENT_DISPOSITION,
            value(&disposition(kind, &found.file.name)),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHE)),
        (header::VARY, HeaderValue::from_static("Cookie")),
        (header::ETAG, tag),
    ];
    fixed.into_iter().collect()
}

/// Whether the browser has this version already (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok());
    let (Some(known), Ok(tag)) = (known, tag.to_str()) else {
        return false;
    };
    let mut known = known
        .split(',')
        .map(|one| one.trim().trim_start_matches("W/"));
    known.any(|one| one == tag || one == "*")
}

/// The part of a file that is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    /// None of it exists.
    Nothing,
}

/// The range of a request (RFC 9110, section 14). Of several, or of one that is malformed, the whole file is sent.
fn asked_range(headers: &HeaderMap, tag: &HeaderValue, size: u64) -> Asked {
    let is_same = headers
        .get(header::IF_RANGE)
        .is_none_or(|known| known == tag);
    let range = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let range = range.and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = range
        .filter(|_| is_same)
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::Whole;
    };
    let part = match (first, digits::<u64>(first), last, digits(last)) {
        ("", _, _, Some(count)) => size.saturating_sub(count)..size,
        (_, Some(first), "", _) => first..size,
        (_, Some(first), _, Some(last)) if first <= last => first..size.min(last.saturating_add(1)),
        _ => return Asked::Whole,
    };
    match part.start < part.end {
        true => Asked::Part(part),
        false => Asked::Nothing,
    }
}

/// Whoever downloads a file.
struct Reader {
    progress: Option<RequestProgress>,
    app: AppState,
    token: Option<SecretToken>,
    me: UserId,
    found: StoredFile,
}

impl Reader {
    /// A range of the file, piece by piece. Before each, the session and the access are checked again: whoever loses
    /// either gets nothing more.
    fn body(self, range: Range<u64>) -> Body {
        let pieces = stream::try_unfold((self, range), |(reader, range)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let end = range.end.min(range.start + PIECE);
            let piece = reader.piece(range.start..end).await.inspect_err(|error| {
                tracing::info!(%error, "a download ended early");
            })?;
            anyhow::Ok(Some((piece, (reader, end..range.end))))
        });
        Body::from_stream(pieces)
    }

    async fn piece(&self, range: Range<u64>) -> anyhow::Result<Bytes> {
        // A large file may take long. That the client accepts it is watched by the connection.
        if let Some(progress) = &self.progress {
            progress.renew();
        }
        let app = &self.app;
        let token = self.token.as_ref().ok_or(Refusal::NotLoggedIn)?;
        let session = app.accounts.session(token).await?;
        let is_same = session.is_some_and(|session| session.person.id == self.me);
        anyhow::ensure!(is_same, "the session has ended");
        app.chat.check_reader(self.me, self.found.thread).await?;
        app.chat
            .stored_files()
            .folder
            .read(self.found.hash, range)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str, if_range: Option<&str>) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, value(range));
        if let Some(tag) = if_range {
            headers.insert(header::IF_RANGE, value(tag));
        }
        asked_range(&headers, &value("\"a\""), 100)
    }

    #[test]
    fn one_range_is_a_part_and_anything_else_the_whole() {
        for (range, expected) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=90-200", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-200", Asked::Part(0..100)),
            ("bytes=100-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=9-0", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("lines=0-9", Asked::Whole),
            (
                "bytes=18446744073709551615-18446744073709551615",
                Asked::Nothing,
            ),
        ] {
            assert_eq!(asked(range, None), expected, "{range}");
        }
    }

    #[test]
    fn a_range_of_another_version_is_answered_with_the_whole() {
        assert_eq!(asked("bytes=0-9", Some("\"a\"")), Asked::Part(0..10));
        assert_eq!(asked("bytes=0-9", Some("\"b\"")), Asked::Whole);
    }
}
