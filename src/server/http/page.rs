//! The middleware before a page: finds the user, redirects where log-in requires it, and loads the data that the page
//! starts from.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::plain_forms::query;
use super::{client_address, plain_forms, session};
use crate::model::page_data::PageData;
use crate::model::search::DaysBegin;
use crate::model::{Refusal, RoomCard, SearchPage, SecurityPage, UserId, key};
use crate::routes::{LOG_IN, Route, SIGN_UP, is_invite, log_in_path, thread_path, token};
use crate::server::auth::next_path;
use crate::server::clock;
use crate::server::rate_limit::ActionKind;
use crate::server::state::AppState;
use crate::server::store::Session;

/// Adds a page's [`PageData`] to the request, or redirects: to the log-in without a session, and away from it with one.
pub async fn start(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let page_request = PageRequest {
            from: client_address::of(request.headers(), request.extensions(), &app.config.server),
            app: &app,
        };
        let (session, address) = (session::of(request.extensions()), request.uri());
        let started = match address.path() {
            LOG_IN | SIGN_UP => form(&page_request, session, address).await,
            _ => window(&page_request, session, address).await,
        };
        match started {
            Ok(start) => drop(request.extensions_mut().insert(start)),
            Err(elsewhere) => return found(&elsewhere),
        }
    }
    next.run(request).await
}

/// The request for a page: the application and the client's address.
struct PageRequest<'a> {
    app: &'a AppState,
    from: Option<IpAddr>,
}

/// The session of the request, or why it could not be looked up.
type SessionResult = Result<Option<Session>, Refusal>;

/// What a plain form that was refused left in the address.
fn data_of_the_address(address: &Uri) -> PageData {
    PageData {
        refused: error_of_the_address(address),
        typed: plain_forms::typed_of(address),
        ..PageData::default()
    }
}

async fn window(
    page_request: &PageRequest<'_>,
    session: SessionResult,
    address: &Uri,
) -> Result<PageData, String> {
    let app = page_request.app;
    let route = Route::of(address.path());
    let mut start = PageData {
        now: clock::now(),
        ..data_of_the_address(address)
    };
    let session = match session {
        Ok(None) => return Err(log_in_path(address.path())),
        Ok(Some(session)) => session,
        Err(refusal) => {
            start.refused = Some(refusal);
            return Ok(start);
        }
    };
    let me = session.person.id;
    let kind = match route {
        Route::Search => ActionKind::Search,
        _ => ActionKind::Fetch,
    };
    if let Err(refusal) = app.chat.admit(me, &[(kind, 1)]) {
        start.refused = Some(refusal);
        return Ok(start);
    }
    match app
        .chat
        .boot(session.person.clone(), route.thread(), route.message())
        .await
    {
        Ok(boot) => start.boot = Some(boot),
        Err(refusal) => {
            start.refused = Some(refusal);
            return Ok(start);
        }
    }
    match route {
        Route::Rooms => {
            let part = query(address, "q").unwrap_or_default();
            let rooms = app.chat.rooms(me, &part, None).await.ok();
            start.rooms = rooms.map(|rooms| (part, rooms));
        }
        Route::Search => {
            let text = query(address, "q").unwrap_or_default();
            match app.chat.search(me, &text, None, DaysBegin::default()).await {
                Ok(page) => start.found = Some((text, page)),
                Err(refusal) => {
                    start.found = Some((text, SearchPage::default()));
                    start.refused = Some(refusal);
                }
            }
        }
        Route::NewRoom => start.key = Some(key::random()),
        Route::Thread(thread) | Route::Message(thread, _) | Route::About(thread) => {
            let is_open = start.boot.as_ref().is_some_and(|boot| boot.open.is_some());
            if !is_open {
                start.card = app.chat.room_card(me, thread).await.ok();
            }
        }
        Route::Security => match app.accounts.sessions(&session).await {
            Ok(sessions) => {
                let is_changed = query(address, "changed").is_some();
                let page = SecurityPage {
                    sessions,
                    is_changed,
                };
                start.pane = serde_json::to_string(&page).ok();
            }
            Err(refusal) => start.refused = Some(refusal),
        },
        Route::Invite => match invited(page_request, Some(me), address).await {
            Ok(Some(card)) if card.is_member => return Err(thread_path(card.id)),
            Ok(card) => start.card = card,
            Err(refusal) => start.refused = Some(refusal),
        },
        _ => {}
    }
    Ok(start)
}

async fn form(
    page_request: &PageRequest<'_>,
    session: SessionResult,
    address: &Uri,
) -> Result<PageData, String> {
    let app = page_request.app;
    let next = query(address, "next");
    if let Ok(Some(_)) = session {
        return Err(next_path(next.as_deref()));
    }
    // If the session can't be looked up now, the user counts as logged out; sending the form reports the failure.
    let mut start = PageData {
        site: app.chat.site().await.ok(),
        ..data_of_the_address(address)
    };
    let is_empty = start.site.is_some_and(|site| site.is_empty);
    if is_empty && address.path() == LOG_IN {
        let query = address.query().map(|query| ["?", query].concat());
        return Err([SIGN_UP, query.as_deref().unwrap_or_default()].concat());
    }
    start.next = next.clone();
    start.setup = query(address, "setup").filter(|_| is_empty);
    if let Some(next) = next.filter(|next| is_invite(next))
        && address.path() == SIGN_UP
        && let Ok(link) = next.parse()
    {
        match invited(page_request, None, &link).await {
            Ok(card) => {
                start.card = card;
                let token = token(link.path()).unwrap_or_default();
                if let Err(refusal) = page_request.app.chat.check_sign_up_link(token).await {
                    start.refused = start.refused.or(Some(refusal));
                }
            }
            Err(refusal) => start.refused = Some(refusal),
        }
    }
    Ok(start)
}

/// The room that the invite link in this address leads to.
async fn invited(
    page_request: &PageRequest<'_>,
    me: Option<UserId>,
    address: &Uri,
) -> Result<Option<RoomCard>, Refusal> {
    let token = token(address.path()).ok_or(Refusal::InviteInvalid)?;
    let from = page_request.from.ok_or(Refusal::Internal)?;
    page_request.app.chat.invite(me, token, from).await
}

/// The refusal of a form that was posted without JavaScript: see [`plain_forms`].
fn error_of_the_address(address: &Uri) -> Option<Refusal> {
    plain_forms::of_code(&query(address, plain_forms::ERROR)?)
}

fn found(address: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, address)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_plain_form_is_in_the_address() {
        let address: Uri = "/login?next=/t/1&__err=wrong_credentials".parse().unwrap();
        assert_eq!(query(&address, "next").as_deref(), Some("/t/1"));
        assert_eq!(
            error_of_the_address(&address),
            Some(Refusal::WrongCredentials)
        );
        let plain: Uri = "/login".parse().unwrap();
        assert!(error_of_the_address(&plain).is_none() && query(&plain, "next").is_none());
    }
}
