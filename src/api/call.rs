//! How the browser calls the server functions. The callers that Leptos makes carry a codec for each
//! function; together they were a tenth of what the browser downloads.

use js_sys::encode_uri_component;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

use crate::model::{
    Page, PeoplePage, Position, Refusal, ThreadHead, ThreadId, ThreadsPage, UserId,
};

/// A page of a thread's log.
///
/// # Errors
/// What the server refused, or [`Refusal::Unreachable`]; so for all of these.
pub async fn history(thread: ThreadId, position: Position) -> Result<Page, Refusal> {
    let at = match position {
        Position::Latest => String::new(),
        Position::Before(seq) => format!("&before={seq}"),
        Position::After(seq) => format!("&after={seq}"),
        Position::Around(seq) => format!("&around={seq}"),
    };
    get(&format!("/api/history?thread={thread}{at}")).await
}

/// The people after this user name.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn people(after: Option<&str>) -> Result<PeoplePage, Refusal> {
    let after = after.map(|name| format!("?after={}", encode_uri_component(name)));
    get(&["/api/people", &after.unwrap_or_default()].concat()).await
}

/// One's threads after this one in the list.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn threads(after: ThreadId) -> Result<ThreadsPage, Refusal> {
    get(&format!("/api/threads?after={after}")).await
}

/// The direct thread with somebody, made if there is none.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn open_direct(with: UserId) -> Result<ThreadHead, Refusal> {
    let form = UrlSearchParams::new().map_err(|_| Refusal::Internal)?;
    form.append("with", &with.to_string());
    parsed(&fetch("/api/open_direct", Some(&form)).await?.0)
}

/// Sends a form to where it goes without a script; returns the address that the server sends one on to.
#[expect(clippy::missing_errors_doc, reason = "see `history`")]
pub async fn submit(form: &HtmlFormElement) -> Result<String, Refusal> {
    let fields = FormData::new_with_form(form)
        .and_then(|fields| UrlSearchParams::new_with_str_sequence_sequence(&fields))
        .map_err(|_| Refusal::Internal)?;
    let (_, address) = fetch(&form.action(), Some(&fields)).await?;
    Ok(address.unwrap_or_else(|| "/".to_owned()))
}

async fn get<T: DeserializeOwned>(address: &str) -> Result<T, Refusal> {
    parsed(&fetch(address, None).await?.0)
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|error| Refusal::Malformed {
        reason: error.to_string(),
    })
}

/// The text of the answer, and where it sends one on to.
async fn fetch(
    address: &str,
    form: Option<&UrlSearchParams>,
) -> Result<(String, Option<String>), Refusal> {
    let (ok, text, location) = request(address, form)
        .await
        .map_err(|_| Refusal::Unreachable)?;
    if ok {
        Ok((text, location))
    } else {
        // A proxy in between has words of its own.
        Err(serde_json::from_str(&text).unwrap_or(Refusal::Unavailable))
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
