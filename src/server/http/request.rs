//! The common part of the server functions: finds the session, applies its rate limits, and calls `chat`, which
//! authorizes.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use uuid::Uuid;

use super::bodies::BODY_MAX;
use super::client_address;
use super::error::{set_status, wants_page};
use crate::model::report::Reported;
use crate::model::{
    Boot, ClientId, OwnSession, Page, Position, Refusal, Seq, SessionId, Site, ThreadHead,
    ThreadId, UserId,
};
use crate::routes;
use crate::server::auth::accounts::{By, Client, LoggedIn};
use crate::server::auth::{next_path, user_agent};
use crate::server::chat::Chat;
use crate::server::metrics;
use crate::server::rate_limit::{ActionKind, kinds};
use crate::server::security_log::{SecurityEntry, SecurityEvent};
use crate::server::state::AppState;
use crate::server::store::Session;

type Answer<T> = Result<T, Refusal>;

/// Creates an account and logs it in.
pub async fn sign_up(
    username: String,
    display_name: String,
    password: String,
    next: Option<String>,
    setup: Option<String>,
) -> Answer<()> {
    let app = app()?;
    with_status(app.space.check_space())?;
    // Signing up through an invite link uses it and leads to its room.
    let invite = next
        .as_deref()
        .and_then(|next| next.strip_prefix(routes::INVITE_PREFIX));
    let from = address(&app)?;
    let next = match invite {
        Some(token) => with_status(app.chat.invite_path(token, from).await)?,
        None => next_path(next.as_deref()),
    };
    let client = client(&app)?;
    let by = By {
        invite,
        setup: setup.as_deref(),
    };
    let signed_up = app
        .accounts
        .sign_up(&username, &display_name, password, by, &client)
        .await;
    start_session(&app, with_status(signed_up)?).await;
    leptos_axum::redirect(&next);
    Ok(())
}

/// Logs in. The token is always new, whatever cookie was sent (OWASP Session Management: renewal).
pub async fn log_in(username: String, password: String, next: Option<String>) -> Answer<()> {
    let app = app()?;
    let client = client(&app)?;
    let logged_in = app.accounts.log_in(&username, password, &client).await;
    start_session(&app, with_status(logged_in)?).await;
    leptos_axum::redirect(&next_path(next.as_deref()));
    Ok(())
}

/// Gives the browser its new session and ends its old one, which no cookie holds any more.
async fn start_session(app: &AppState, logged_in: LoggedIn) {
    if let Ok(Some(old)) = session() {
        // If it can't be ended now, it expires.
        let _ = app.accounts.log_out(&old).await;
    }
    set_cookie(&app.cookie.set(&logged_in.token));
    set_cookie(&app.cookie.set_device(logged_in.device));
}

/// Ends the session, if there is one.
pub async fn log_out() -> Answer<()> {
    let app = app()?;
    if let Some(session) = session()? {
        with_status(app.accounts.log_out(&session).await)?;
    }
    set_cookie(&app.cookie.clear());
    leptos_axum::redirect(routes::LOG_IN);
    Ok(())
}

/// Changes the user's password, which ends all their other sessions.
pub async fn change_password(current: String, new: String) -> Answer<()> {
    let (app, session) = own_session().await?;
    let from = address(&app)?;
    let changed = app
        .accounts
        .change_password(&session, current, new, from)
        .await;
    with_status(changed)?;
    redirect_plain_form(&[routes::SECURITY, "?changed"].concat());
    Ok(())
}

/// The user's sessions.
pub async fn sessions() -> Answer<Vec<OwnSession>> {
    let (app, session) = own_session().await?;
    with_status(app.accounts.sessions(&session).await)
}

/// Ends one of the user's sessions. Ending the current one logs out.
pub async fn end_session(id: Uuid) -> Answer<()> {
    let (app, session) = own_session().await?;
    let ended = SessionId(id);
    with_status(app.accounts.end_own_session(&session, ended).await)?;
    if ended == session.id {
        set_cookie(&app.cookie.clear());
        leptos_axum::redirect(routes::LOG_IN);
    } else {
        redirect_plain_form(routes::SECURITY);
    }
    Ok(())
}

/// Ends all of the user's sessions but the current one.
pub async fn end_other_sessions() -> Answer<()> {
    let (app, session) = own_session().await?;
    with_status(app.accounts.end_other_sessions(&session).await)?;
    redirect_plain_form(routes::SECURITY);
    Ok(())
}

/// As [`as_user`], with an entry in the security log; `subject` is the user acted on, `thread` the room.
pub async fn logged<T, F, Fut>(
    event: SecurityEvent,
    subject: Option<UserId>,
    thread: Option<ThreadId>,
    call: F,
) -> Answer<T>
where
    F: FnOnce(Chat, UserId) -> Fut,
    Fut: Future<Output = Result<T, Refusal>>,
{
    let (app, session) = own_session().await?;
    let entry = entry(event, &app, &session)?.to(subject).in_room(thread);
    let answer = call(app.chat, session.person.id).await;
    match &answer {
        Ok(_) => entry.done(),
        Err(refusal) => entry.refused(refusal),
    }
    with_status(answer)
}

/// An entry of the security log for a request of this session.
fn entry(event: SecurityEvent, app: &AppState, session: &Session) -> Answer<SecurityEntry> {
    let entry = SecurityEntry::new(event).from(address(app)?);
    Ok(entry.account(session.person.id).session(session.id))
}

/// Calls `chat` for the logged-in user.
pub async fn as_user<T, F, Fut>(as_user: F) -> Answer<T>
where
    F: FnOnce(Chat, UserId) -> Fut,
    Fut: Future<Output = Result<T, Refusal>>,
{
    let (app, me) = logged_in().await?;
    with_status(as_user(app.chat, me).await)
}

/// As [`as_user`], for a call that leads to a thread: a plain form is redirected there.
pub async fn enter<F, Fut>(call: F) -> Answer<ThreadHead>
where
    F: FnOnce(Chat, UserId) -> Fut,
    Fut: Future<Output = Result<ThreadHead, Refusal>>,
{
    let head = as_user(call).await?;
    redirect_plain_form(&routes::thread_path(head.id));
    Ok(head)
}

/// As [`as_user`], with the client's address.
pub async fn as_user_at<T, F, Fut>(call: F) -> Answer<T>
where
    F: FnOnce(Chat, UserId, IpAddr) -> Fut,
    Fut: Future<Output = Result<T, Refusal>>,
{
    let (app, me) = logged_in().await?;
    let from = address(&app)?;
    with_status(call(app.chat, me, from).await)
}

/// As [`enter`], with the client's address and an entry in the security log that names the room the user entered.
pub async fn enter_logged<F, Fut>(event: SecurityEvent, call: F) -> Answer<ThreadHead>
where
    F: FnOnce(Chat, UserId, IpAddr) -> Fut,
    Fut: Future<Output = Result<ThreadHead, Refusal>>,
{
    let (app, session) = own_session().await?;
    let entry = entry(event, &app, &session)?;
    let from = address(&app)?;
    let answer = call(app.chat, session.person.id, from).await;
    match &answer {
        Ok(head) => entry.in_room(Some(head.id)).done(),
        Err(refusal) => entry.refused(refusal),
    }
    let head = with_status(answer)?;
    redirect_plain_form(&routes::thread_path(head.id));
    Ok(head)
}

/// The target of a report, from its arguments.
///
/// # Errors
/// [`Refusal::Malformed`] when they name no target or two.
pub fn reported(
    thread: Option<ThreadId>,
    seq: Option<Seq>,
    user: Option<UserId>,
) -> Answer<Reported> {
    with_status(match (thread, seq, user) {
        (Some(thread), Some(seq), None) => Ok(Reported::Message(thread, seq)),
        (Some(thread), None, Some(user)) => Ok(Reported::Member(thread, user)),
        (None, None, Some(user)) => Ok(Reported::Person(user)),
        _ => {
            let reason = "a message by thread and seq, or a person by user".into();
            Err(Refusal::Malformed { reason })
        }
    })
}

/// The public properties of the site.
pub async fn site() -> Answer<Site> {
    with_status(app()?.chat.site().await)
}

/// The data that a page starts from; `None` without a session.
pub async fn boot(open: Option<ThreadId>) -> Answer<Option<Boot>> {
    let app = app()?;
    match session()? {
        Some(session) => {
            let kind = [(ActionKind::Fetch, 1)];
            with_status(app.chat.admit(session.person.id, &kind))?;
            with_status(app.chat.boot(session.person, open, None).await).map(Some)
        }
        None => Ok(None),
    }
}

/// A page of a thread's log at the given position, of which there may be one; without any, the latest page.
pub async fn history(
    thread: ThreadId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
) -> Answer<Page> {
    let (app, me) = logged_in().await?;
    let position = match (before, after, around) {
        (Some(seq), None, None) => Position::Before(seq),
        (None, Some(seq), None) => Position::After(seq),
        (None, None, Some(seq)) => Position::Around(seq),
        (None, None, None) => Position::Latest,
        _ => {
            let reason = "at most one of before, after and around".into();
            return with_status(Err(Refusal::Malformed { reason }));
        }
    };
    with_status(app.chat.history(me, thread, position).await)
}

/// Posts a message from a plain form.
pub async fn post_message(
    thread: ThreadId,
    client_id: ClientId,
    text: String,
    reply_to: Option<Seq>,
) -> Answer<Seq> {
    let (app, me) = logged_in().await?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let done = move |posted| {
        // The client may be gone; the message is posted anyway.
        let _ = sender.send(posted);
    };
    app.chat.post(me, thread, client_id, &text, reply_to, done);
    let posted = with_status(receiver.await.unwrap_or(Err(Refusal::Unavailable)))?;
    redirect_plain_form(&routes::thread_path(thread));
    Ok(posted.seq)
}

fn app() -> Answer<AppState> {
    use_context::<AppState>().ok_or(Refusal::Internal)
}

fn parts() -> Answer<Parts> {
    use_context::<Parts>().ok_or(Refusal::Internal)
}

fn session() -> Answer<Option<Session>> {
    with_status(super::session::of(&parts()?.extensions))
}

/// The session of the request, charged to the user's rate limits. Every server function that needs a session calls
/// this.
pub(super) async fn own_session() -> Answer<(AppState, Session)> {
    let app = app()?;
    match session()? {
        Some(session) => {
            with_status(app.chat.admit(session.person.id, &costs(&parts()?)))?;
            Ok((app, session))
        }
        None => with_status(Err(Refusal::NotLoggedIn)),
    }
}

async fn logged_in() -> Answer<(AppState, UserId)> {
    let (app, session) = own_session().await?;
    Ok((app, session.person.id))
}

/// The client of the request.
fn client(app: &AppState) -> Answer<Client> {
    let headers = parts()?.headers;
    let user_agent = headers.get(header::USER_AGENT);
    Ok(Client {
        address: address(app)?,
        device: app.cookie.read_device(&CookieJar::from_headers(&headers)),
        browser: user_agent::browser(user_agent.map_or(b"", HeaderValue::as_bytes)),
    })
}

/// What a call costs of its caller's rate limits. A text is measured by the length of the request.
fn costs(parts: &Parts) -> Vec<(ActionKind, u32)> {
    let function = parts.uri.path().rsplit('/').next().unwrap_or_default();
    match kinds::of_function(function) {
        None => Vec::new(),
        Some(kind @ (ActionKind::Send | ActionKind::Edit)) => {
            let length = parts.headers.get(header::CONTENT_LENGTH);
            let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
            kinds::of_text(kind, length.unwrap_or(BODY_MAX))
        }
        Some(kind) => vec![(kind, 1)],
    }
}

/// The client's address.
fn address(app: &AppState) -> Answer<IpAddr> {
    client_address::of_request(&parts()?, &app.config.server).ok_or(Refusal::Internal)
}

fn set_cookie(cookie: &Cookie<'static>) {
    if let (Some(response), Ok(value)) = (
        use_context::<ResponseOptions>(),
        HeaderValue::from_str(&cookie.to_string()),
    ) {
        response.append_header(header::SET_COOKIE, value);
    }
}

fn redirect_plain_form(path: &str) {
    if wants_page() {
        leptos_axum::redirect(path);
    }
}

/// Counts a refusal and sets its HTTP status. A plain form is redirected to its page instead, and keeps the status of
/// the redirect.
pub(super) fn with_status<T>(answer: Result<T, Refusal>) -> Answer<T> {
    answer.inspect_err(|refusal| {
        metrics::refused(refusal);
        set_status(refusal);
    })
}
