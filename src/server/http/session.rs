//! The session of a request, looked up once by a middleware for every handler.

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;

use crate::model::{Refusal, UserId};
use crate::server::rate_limit::ActionKind;
use crate::server::state::AppState;
use crate::server::store::Session;

/// The result of looking up a request's cookie.
#[derive(Clone, Debug)]
struct Found(Result<Option<Session>, Refusal>);

/// Middleware: looks up the session of the cookie, for [`of`].
pub(crate) async fn find(
    State(app): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let found = look_up(&app, request.headers()).await;
    request.extensions_mut().insert(Found(found));
    next.run(request).await
}

/// The session of the request with these extensions, if any.
///
/// # Errors
/// [`Refusal::Unavailable`] when it could not be looked up; [`Refusal::Internal`] on a route without [`find`].
pub(crate) fn of(extensions: &Extensions) -> Result<Option<Session>, Refusal> {
    let found = extensions.get::<Found>();
    found.map_or(Err(Refusal::Internal), |Found(found)| found.clone())
}

/// The user of the request with these extensions, charged to their rate limits.
///
/// # Errors
/// Those of [`of`]; [`Refusal::NotLoggedIn`]; [`Refusal::TooFast`].
pub(crate) fn caller(
    app: &AppState,
    extensions: &Extensions,
    kind: ActionKind,
) -> Result<UserId, Refusal> {
    let session = of(extensions)?.ok_or(Refusal::NotLoggedIn)?;
    let me = session.person.id;
    app.chat.admit(me, &[(kind, 1)])?;
    Ok(me)
}

async fn look_up(app: &AppState, headers: &HeaderMap) -> Result<Option<Session>, Refusal> {
    match app.cookie.read(&CookieJar::from_headers(headers)) {
        Some(token) => app.accounts.session(&token).await,
        None => Ok(None),
    }
}
