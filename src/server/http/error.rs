//! [`Refusal`] as the error of a server function, and the HTTP status of each.

use axum::Json;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::use_context;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos_axum::ResponseOptions;

use super::request_log;
use crate::model::Refusal;
use crate::server::metrics;

/// Errors of Leptos around a server function, such as arguments that can't be decoded.
impl FromServerFnError for Refusal {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let refusal = match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            ServerFnErrorErr::Args(reason)
            | ServerFnErrorErr::MissingArg(reason)
            | ServerFnErrorErr::Deserialization(reason) => Self::Malformed { reason },
            _ => Self::Internal,
        };
        set_status(&refusal);
        refusal
    }
}

/// Sets the status of a server function's response, unless a plain form is redirected to its page.
pub fn set_status(refusal: &Refusal) {
    if let Some(response) = use_context::<ResponseOptions>().filter(|_| !wants_page()) {
        response.set_status(status(refusal));
        if let Some(seconds) = retry_after(refusal) {
            response.insert_header(header::RETRY_AFTER, seconds);
        }
    }
}

/// A refusal as the answer of a route that is not a server function.
pub struct Refused(pub Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        metrics::refused(&refusal);
        let wait = retry_after(&refusal).map(|wait| [(header::RETRY_AFTER, wait)]);
        (status(&refusal), wait, Json(&refusal)).into_response()
    }
}

/// The value of `Retry-After` for a refusal, in whole seconds (RFC 9110 section 10.2.3).
#[must_use]
pub fn retry_after(refusal: &Refusal) -> Option<HeaderValue> {
    let seconds = refusal.retry_after_ms()?.div_ceil(1_000).max(1);
    Some(HeaderValue::from(seconds))
}

/// The HTTP status of a refusal (RFC 9110 section 15.5, RFC 6585 section 4).
pub fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotLoggedIn | Refusal::WrongCredentials => StatusCode::UNAUTHORIZED,
        Refusal::NotFound | Refusal::InviteInvalid | Refusal::UnknownUpload => {
            StatusCode::NOT_FOUND
        }
        Refusal::Forbidden
        | Refusal::AdminsPost
        | Refusal::RepliesOnly
        | Refusal::CantMessage
        | Refusal::YouBlocked
        | Refusal::NotAuthor
        | Refusal::NotMember
        | Refusal::Banned { .. }
        | Refusal::WrongKey
        | Refusal::Suspended
        | Refusal::SignUpClosed
        | Refusal::NeedsToken => StatusCode::FORBIDDEN,
        Refusal::Invalid { .. } | Refusal::Several { .. } | Refusal::InfectedFile => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::Taken { .. }
        | Refusal::LastAdmin
        | Refusal::TooMany { .. }
        | Refusal::TooManyFiles { .. }
        | Refusal::UnfinishedUpload => StatusCode::CONFLICT,
        Refusal::FileTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::FilesQuota { .. } | Refusal::SiteFilesQuota => StatusCode::INSUFFICIENT_STORAGE,
        Refusal::Throttled { .. }
        | Refusal::TooFast { .. }
        | Refusal::SlowMode { .. }
        | Refusal::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Malformed { .. } | Refusal::Version => StatusCode::BAD_REQUEST,
        Refusal::Stopping
        | Refusal::Unavailable
        | Refusal::ReadOnly
        | Refusal::FilesReadOnly
        | Refusal::ScannerAway
        | Refusal::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whether the server function was called by a form posted without JavaScript, which expects a page rather than data.
pub fn wants_page() -> bool {
    use_context::<Parts>().is_some_and(|parts| request_log::wants_page(&parts.headers))
}
