//! The bodies of requests: each is read completely, within a time and a size, before the request is processed.
//!
//! So a slow client holds nothing but its own connection.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::model::limits;

/// Largest body of a request, in bytes: a form with the longest message, percent-encoded.
pub const BODY_MAX: usize = 256 * 1024;
/// At most [`LARGE_BODIES`] bodies larger than this are read at a time; nearly all are far smaller.
const SMALL: usize = 16 * 1024;
/// See [`SMALL`]. Together they take at most 32 MiB.
const LARGE_BODIES: usize = 128;

/// The slots for large bodies that are being read.
pub struct BodySlots {
    large: Semaphore,
    within: Duration,
}

impl Default for BodySlots {
    fn default() -> Self {
        Self {
            large: Semaphore::new(LARGE_BODIES),
            within: limits::BODY_WITHIN,
        }
    }
}

/// Why a body was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyError {
    TooLarge,
    TooSlow,
    Broken,
    Busy,
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        match self {
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("A request has at most {BODY_MAX} bytes."),
            )
                .into_response(),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "The request did not arrive in time.",
            )
                .into_response(),
            Self::Broken => {
                (StatusCode::BAD_REQUEST, "The request ended too early.").into_response()
            }
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "1")],
                "The server is busy. Try again in a moment.",
            )
                .into_response(),
        }
    }
}

/// Middleware: reads the body, then passes the complete request on.
pub async fn read(State(slots): State<Arc<BodySlots>>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut slot = None;
    let whole = async {
        if body.size_hint().lower() > BODY_MAX as u64 {
            return Err(BodyError::TooLarge);
        }
        let mut whole = BytesMut::new();
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| BodyError::Broken)?;
            let length = whole.len() + piece.len();
            if length > BODY_MAX {
                return Err(BodyError::TooLarge);
            }
            if length > SMALL && slot.is_none() {
                slot = Some(slots.large.try_acquire().map_err(|_| BodyError::Busy)?);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    };
    let whole: Result<Bytes, BodyError> = timeout(slots.within, whole)
        .await
        .unwrap_or(Err(BodyError::TooSlow));
    match whole {
        Ok(whole) => {
            next.run(Request::from_parts(parts, Body::from(whole)))
                .await
        }
        Err(error) => error.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use futures_util::stream;
    use tokio::time::{Instant, sleep};
    use tower::ServiceExt;

    use super::*;

    /// Long enough for what the tests do while bodies are being read.
    const IMPATIENT: Duration = Duration::from_secs(1);

    fn impatient() -> Arc<BodySlots> {
        Arc::new(BodySlots {
            within: IMPATIENT,
            ..BodySlots::default()
        })
    }

    fn router(slots: &Arc<BodySlots>) -> Router {
        Router::new()
            .route(
                "/",
                post(|body: Bytes| async move { body.len().to_string() }),
            )
            .layer(from_fn_with_state(Arc::clone(slots), read))
    }

    async fn posted(slots: &Arc<BodySlots>, body: Body) -> StatusCode {
        let request = Request::post("/").body(body).unwrap();
        router(slots).oneshot(request).await.unwrap().status()
    }

    /// A body of `first` bytes and then one byte every ten milliseconds, for ever.
    fn drip(first: usize) -> Body {
        let first = stream::once(async move { Ok::<_, Infallible>(vec![b'x'; first]) });
        Body::from_stream(first.chain(stream::repeat(()).then(|()| async {
            sleep(Duration::from_millis(10)).await;
            Ok(vec![b'x'])
        })))
    }

    #[tokio::test]
    async fn a_body_is_whole_or_refused() {
        let slots: Arc<BodySlots> = Arc::default();
        assert_eq!(posted(&slots, Body::empty()).await, StatusCode::OK);
        let most = vec![b'x'; BODY_MAX];
        assert_eq!(posted(&slots, most.into()).await, StatusCode::OK);
        let more = vec![b'x'; BODY_MAX + 1];
        let status = posted(&slots, more.clone().into()).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        // Also without a declared length.
        let pieces: Vec<_> = more
            .chunks(1_000)
            .map(|it| Ok::<_, Infallible>(it.to_vec()))
            .collect();
        let status = posted(&slots, Body::from_stream(stream::iter(pieces))).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        let broken = stream::iter([Ok(vec![b'x']), Err(std::io::Error::other("gone"))]);
        let status = posted(&slots, Body::from_stream(broken)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn a_body_that_comes_too_slowly_is_given_up() {
        let begun = Instant::now();
        let status = posted(&impatient(), drip(1)).await;
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
        assert!(begun.elapsed() >= IMPATIENT);
    }

    #[tokio::test]
    async fn slow_large_bodies_take_no_place_from_small_ones() {
        let slots = impatient();
        let slow: Vec<_> = (0..LARGE_BODIES)
            .map(|_| {
                let slots = Arc::clone(&slots);
                tokio::spawn(async move { posted(&slots, drip(SMALL + 1)).await })
            })
            .collect();
        while slots.large.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let large = vec![b'x'; SMALL + 1];
        let status = posted(&slots, large.clone().into()).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            posted(&slots, vec![b'x'; SMALL].into()).await,
            StatusCode::OK
        );
        for slow in slow {
            assert_eq!(slow.await.unwrap(), StatusCode::REQUEST_TIMEOUT);
        }
        assert_eq!(posted(&slots, large.into()).await, StatusCode::OK);
    }
}
