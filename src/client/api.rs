//! The HTTP API: one function for each endpoint that the browser calls, and the only place that spells their paths.
//!
//! Reads return what they read. Writes return a [`Call`](calls::Call), which a form, a button or a confirmation
//! sends. The callers that Leptos generates carry a codec for each function; together they were a tenth of the
//! download.

pub mod calls;
pub mod forms;

use js_sys::encode_uri_component;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

use crate::model::file::FilesPage;
use crate::model::notify::{NotifyDecision, NotifySettings};
use crate::model::push::PushState;
use crate::model::report::Report;
use crate::model::search::DaysBegin;
use crate::model::{
    AccountsPage, AuditPage, Ban, Excerpts, Invite, MembersPage, Millis, OwnSession, Page,
    PeoplePage, Position, Refusal, RoomCard, RoomsPage, SearchPage, Seq, Site, Storage, ThreadHead,
    ThreadId, ThreadsPage, UserId, Version, json,
};

/// The server's answer to a call.
#[derive(Clone, Debug)]
pub struct Answer {
    text: String,
    /// The address that it redirects to.
    pub location: Option<String>,
}

impl Answer {
    /// Parses the answer as JSON.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] if it is not a `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        parsed(&self.text)
    }
}

/// A page of a thread's log.
///
/// # Errors
/// The server's refusal, or [`Refusal::Unreachable`]. This holds for all functions of this module.
pub async fn history(thread: ThreadId, position: Position) -> Result<Page, Refusal> {
    let at = match position {
        Position::Latest => String::new(),
        Position::Before(seq) => format!("&before={seq}"),
        Position::After(seq) => format!("&after={seq}"),
        Position::Around(seq) => format!("&around={seq}"),
    };
    get(&format!("/api/history?thread={thread}{at}")).await
}

/// The users after this user name.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn people(after: Option<&str>) -> Result<PeoplePage, Refusal> {
    let after = after.map(|name| format!("?after={}", encode_uri_component(name)));
    get(&["/api/people", &after.unwrap_or_default()].concat()).await
}

/// The user's threads after this one in the list.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn threads(after: ThreadId) -> Result<ThreadsPage, Refusal> {
    get(&format!("/api/threads?after={after}")).await
}

/// The direct thread with a user, created if there is none.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn open_direct(with: UserId) -> Result<ThreadHead, Refusal> {
    calls::open_direct(with).send().await?.parse()
}

/// The public rooms whose name contains `part`, after this one.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn rooms(part: &str, after: Option<ThreadId>) -> Result<RoomsPage, Refusal> {
    let part = String::from(encode_uri_component(part));
    get(&["/api/rooms?part=", &part, &parameter("after", after)].concat()).await
}

/// The messages that match `q`, after the cursor `after`.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn search(q: &str, after: Option<&str>, begin: DaysBegin) -> Result<SearchPage, Refusal> {
    let q = String::from(encode_uri_component(q));
    let begin = [
        parameter("since", begin.after),
        parameter("until", begin.before),
    ]
    .concat();
    get(&["/api/search?q=", &q, &begin, &parameter("after", after)].concat()).await
}

/// The card of a room that is public or that the user is in; site admins get that of any room.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn room_card(thread: ThreadId) -> Result<Option<RoomCard>, Refusal> {
    get(&format!("/api/room_card?thread={thread}")).await
}

/// The first rooms that the viewer and a user are both members of, by name.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn shared_rooms(user: UserId) -> Result<RoomsPage, Refusal> {
    get(&format!("/api/shared_rooms?user={user}")).await
}

/// The target of an invite link: a room, or `None` for the site as a whole.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn invite(token: &str) -> Result<Option<RoomCard>, Refusal> {
    let token = String::from(encode_uri_component(token));
    get(&["/api/invite?token=", &token].concat()).await
}

/// The members of a room after this user name.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn members(thread: ThreadId, after: Option<&str>) -> Result<MembersPage, Refusal> {
    let after = after.map(|name| String::from(encode_uri_component(name)));
    get(&format!(
        "/api/members?thread={thread}{}",
        parameter("after", after)
    ))
    .await
}

/// The files of a thread before this message, the latest first: pictures and videos, or the others.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn files(
    thread: ThreadId,
    pictures: bool,
    before: Option<Seq>,
) -> Result<FilesPage, Refusal> {
    let before = parameter("before", before);
    get(&format!(
        "/api/files?thread={thread}&pictures={pictures}{before}"
    ))
    .await
}

/// The versions of a message, from the first to the current one.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn versions(thread: ThreadId, seq: Seq) -> Result<Vec<Version>, Refusal> {
    get(&format!("/api/versions?thread={thread}&seq={seq}")).await
}

/// The pinned messages of a thread, most recently pinned first.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn pins(thread: ThreadId) -> Result<Excerpts, Refusal> {
    get(&format!("/api/pins?thread={thread}")).await
}

/// The messages that the user has saved for later, newest first.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn saved() -> Result<Excerpts, Refusal> {
    get("/api/saved").await
}

/// The position of the first event at or after a moment, or of the last event if there is none.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn seq_at(thread: ThreadId, at: Millis) -> Result<Seq, Refusal> {
    get(&format!("/api/seq_at?thread={thread}&at={at}")).await
}

/// The bans of a room.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn bans(thread: ThreadId) -> Result<Vec<Ban>, Refusal> {
    get(&format!("/api/bans?thread={thread}")).await
}

/// The reports in a room, or of the whole site.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn reports(thread: Option<ThreadId>) -> Result<Vec<Report>, Refusal> {
    get(&["/api/reports?", &parameter("thread", thread)].concat()).await
}

/// The number of open reports in a room, or of the whole site.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn open_reports(thread: Option<ThreadId>) -> Result<i64, Refusal> {
    get(&["/api/open_reports?", &parameter("thread", thread)].concat()).await
}

/// The valid invite links to a room, or to the site.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn invites(thread: Option<ThreadId>) -> Result<Vec<Invite>, Refusal> {
    get(&["/api/invites?", &parameter("thread", thread)].concat()).await
}

/// The audit log of a room, or of the site, before this entry.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn audit(thread: Option<ThreadId>, before: Option<i64>) -> Result<AuditPage, Refusal> {
    get(&[
        "/api/audit?",
        &parameter("thread", thread),
        &parameter("before", before),
    ]
    .concat())
    .await
}

/// The accounts after this user name.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn accounts(after: Option<&str>) -> Result<AccountsPage, Refusal> {
    let after = after.map(|name| String::from(encode_uri_component(name)));
    get(&["/api/accounts?", &parameter("after", after)].concat()).await
}

/// The user's own sessions, most recently used first.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn sessions() -> Result<Vec<OwnSession>, Refusal> {
    get("/api/sessions").await
}

/// What the user is notified of in all threads.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn notify_settings() -> Result<NotifySettings, Refusal> {
    get("/api/notify_settings").await
}

/// What was decided about pushes to the user, the latest first.
pub async fn notify_decisions() -> Result<Vec<NotifyDecision>, Refusal> {
    get("/api/notify_decisions").await
}

/// What the browser has to know for pushes, and its subscription.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn push() -> Result<PushState, Refusal> {
    get("/api/push").await
}

/// The usage of the disk that holds the database.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn storage() -> Result<Storage, Refusal> {
    get("/api/storage").await
}

#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn site() -> Result<Site, Refusal> {
    get("/api/site").await
}

/// One more parameter of a query string; empty if there is no value.
fn parameter(name: &str, value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| {
        ["&", name, "=", &value.to_string()].concat()
    })
}

/// Sends a form to its own action, as the browser does without a script.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn submit(form: &HtmlFormElement) -> Result<Answer, Refusal> {
    let fields = FormData::new_with_form(form)
        .and_then(|fields| UrlSearchParams::new_with_str_sequence_sequence(&fields))
        .map_err(|_| Refusal::Internal)?;
    fetch(&form.action(), Some(&fields)).await
}

async fn get<T: DeserializeOwned>(address: &str) -> Result<T, Refusal> {
    fetch(address, None).await?.parse()
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    json::read(text).map_err(|error| Refusal::Malformed {
        reason: error.to_string(),
    })
}

async fn fetch(address: &str, form: Option<&UrlSearchParams>) -> Result<Answer, Refusal> {
    let (ok, text, location) = request(address, form)
        .await
        .map_err(|_| Refusal::Unreachable)?;
    if ok {
        Ok(Answer { text, location })
    } else {
        // An error that is no JSON comes from a proxy in between.
        Err(json::read(&text).unwrap_or(Refusal::Unavailable))
    }
}

async fn request(
    address: &str,
    form: Option<&UrlSearchParams>,
) -> Result<(bool, String, Option<String>), JsValue> {
    let init = RequestInit::new();
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    init.set_headers(&headers);
    if let Some(form) = form {
        init.set_method("POST");
        init.set_body(form);
    }
    let answer = leptos::prelude::window().fetch_with_str_and_init(address, &init);
    let response: Response = JsFuture::from(answer).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((
        response.ok(),
        text.as_string().unwrap_or_default(),
        response.headers().get("location")?,
    ))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::collections::BTreeSet;

    use leptos::server_fn::axum::server_fn_paths;

    #[test]
    fn every_path_is_that_of_a_server_function() {
        let known: BTreeSet<_> = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
        let sources = [
            include_str!("api.rs"),
            include_str!("api/calls.rs"),
            include_str!("api/forms.rs"),
        ];
        let start = concat!('"', "/api/");
        let named = sources
            .iter()
            .flat_map(|source| source.split(start).skip(1))
            .filter_map(|rest| rest.split(['"', '?']).next())
            .filter(|name| !name.is_empty());
        let named: BTreeSet<_> = named.map(|name| ["/api/", name].concat()).collect();
        assert!(named.len() > 50, "{named:?}");
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
