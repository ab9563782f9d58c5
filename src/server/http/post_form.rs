//! The composer's form where there is no JavaScript: a message and its files in one request.

use axum::body::HttpBody;
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing;
use axum::{Json, Router};
use tokio::sync::oneshot;

use super::bodies::BODY_MAX;
use super::error::Refused;
use super::{plain_forms, request_log, session};
use crate::model::{Attachment, ClientId, FileId, Refusal, Seq, ThreadId, UserId};
use crate::routes;
use crate::server::chat::messages::NewMessage;
use crate::server::rate_limit::ActionKind;
use crate::server::state::AppState;

/// The route. Its body is streamed, and bounded by the limits on files.
pub fn routes(app: &AppState) -> Router<AppState> {
    Router::new()
        .route(routes::POST_WITH_FILES, routing::post(post))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), session::find))
}

/// The most fields of a form that aren't files, which includes fields for files without one.
const OTHER_FIELDS: usize = 8;

/// The fields of the form. `thread` comes before the files.
#[derive(Default)]
struct Form {
    thread: Option<ThreadId>,
    client_id: Option<ClientId>,
    reply_to: Option<Seq>,
    text: String,
    files: Vec<FileId>,
}

/// `POST /post`: answers with the page of the thread, or with the position of the message as JSON.
async fn post(State(app): State<AppState>, request: Request) -> Response {
    let is_page = request_log::wants_page(request.headers());
    let mut form = Form::default();
    let posted = match session::caller(&app, request.extensions(), ActionKind::Send) {
        Ok(me) => read_and_post(&app, me, request, &mut form).await,
        Err(refusal) => Err(refusal),
    };
    let page = form
        .thread
        .map_or_else(|| routes::HOME.to_owned(), routes::thread_path);
    match posted {
        Ok(_) if is_page => Redirect::to(&page).into_response(),
        Ok(seq) => Json(seq).into_response(),
        Err(Refusal::NotLoggedIn) if is_page => Redirect::to(routes::LOG_IN).into_response(),
        Err(refusal) if is_page => {
            Redirect::to(&plain_forms::refused_path(&page, &refusal)).into_response()
        }
        Err(refusal) => Refused(refusal).into_response(),
    }
}

async fn read_and_post(
    app: &AppState,
    me: UserId,
    request: Request,
    form: &mut Form,
) -> Result<Seq, Refusal> {
    let posted = match read(app, me, request, form).await {
        Ok(()) => send(app, me, form).await,
        Err(refusal) => Err(refusal),
    };
    if posted.is_err() {
        for id in &form.files {
            // Perhaps a message has taken it after all.
            let _ = app.chat.discard_upload(me, *id).await;
        }
    }
    posted
}

async fn read(
    app: &AppState,
    me: UserId,
    request: Request,
    form: &mut Form,
) -> Result<(), Refusal> {
    // As much as all of the files together can be.
    let bound = request.body().size_hint().upper().unwrap_or(u64::MAX);
    let bound = i64::try_from(bound).unwrap_or(i64::MAX);
    let mut parts = Multipart::from_request(request, app)
        .await
        .map_err(|error| malformed(&error))?;
    let limits = app.chat.file_limits();
    let mut room = limits.max_files + OTHER_FIELDS;
    while let Some(field) = parts
        .next_field()
        .await
        .map_err(|error| malformed(&error))?
    {
        room = room
            .checked_sub(1)
            .ok_or_else(|| malformed(&"too many fields"))?;
        let name = field.name().unwrap_or_default().to_owned();
        match &*name {
            "file" => {
                let file = field.file_name().unwrap_or_default().to_owned();
                if file.is_empty() {
                    // Nothing was chosen.
                    match text(field).await?.is_empty() {
                        true => continue,
                        false => return Err(malformed(&"a file has no name")),
                    }
                }
                if form.files.len() == limits.max_files {
                    let max = limits.max_files;
                    return Err(Refusal::TooManyFiles { max });
                }
                let thread = form.thread.ok_or_else(|| malformed(&"thread is missing"))?;
                app.chat.admit(me, &[(ActionKind::Upload, 1)])?;
                let id = app.chat.upload_whole(me, thread, (file, bound), field);
                form.files.push(id.await?);
            }
            "text" => form.text = text(field).await?,
            "thread" => form.thread = text(field).await?.parse().ok().map(ThreadId),
            "client_id" => form.client_id = text(field).await?.parse().ok(),
            "reply_to" => form.reply_to = text(field).await?.parse().ok(),
            _ => return Err(malformed(&format!("unknown field {name:?}"))),
        }
    }
    Ok(())
}

async fn send(app: &AppState, me: UserId, form: &Form) -> Result<Seq, Refusal> {
    let thread = form.thread.ok_or_else(|| malformed(&"thread is missing"))?;
    let bytes = u32::try_from(form.text.len()).unwrap_or(u32::MAX);
    app.chat.admit(me, &[(ActionKind::Bytes, bytes)])?;
    let attachment = |id: &FileId| Attachment {
        id: *id,
        alt: String::new(),
    };
    let message = NewMessage {
        text: &form.text,
        reply_to: form.reply_to,
        files: form.files.iter().map(attachment).collect(),
    };
    let client_id = form.client_id.unwrap_or_else(ClientId::now);
    let (sender, receiver) = oneshot::channel();
    let done = move |posted| {
        // The client may be gone; the message is posted anyway.
        let _ = sender.send(posted);
    };
    app.chat.post_message(me, thread, client_id, message, done);
    let posted = receiver.await.unwrap_or(Err(Refusal::Unavailable))?;
    Ok(posted.seq)
}

/// A field that is not a file.
async fn text(mut field: Field<'_>) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| malformed(&error))? {
        if bytes.len() + piece.len() > BODY_MAX {
            return Err(malformed(&"a field is too long"));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|error| malformed(&error))
}

fn malformed(error: &impl ToString) -> Refusal {
    Refusal::Malformed {
        reason: error.to_string(),
    }
}
