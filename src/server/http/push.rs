//! The server functions of pushes: those that need the session itself.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;

use super::request::{own_session, with_status};
use crate::model::Refusal;
use crate::model::notify::NotifyDecision;
use crate::model::push::{PushOutcome, PushState};
use crate::server::push::Push;
use crate::server::store::Session;

type Answer<T> = Result<T, Refusal>;

/// What the browser has to know for pushes; without a key, the site sends none.
pub async fn state() -> Answer<PushState> {
    let (app, session) = own_session().await?;
    match app.push {
        Some(push) => with_status(push.state(session.id).await),
        None => Ok(PushState::default()),
    }
}

/// Subscribes the browser of the session. The keys are in base64url.
pub async fn subscribe(
    endpoint: String,
    public_key: &str,
    auth: &str,
    shows_text: bool,
) -> Answer<()> {
    let (push, session) = push().await?;
    let read = |text: &str| {
        let text = text.trim_end_matches('=').as_bytes();
        BASE64URL_NOPAD.decode(text).unwrap_or_default()
    };
    let keys = (&*read(public_key), &*read(auth));
    let user = session.person.id;
    let subscribed = push.subscribe(user, session.id, endpoint, keys, shows_text);
    with_status(subscribed.await)
}

/// Ends the push subscription of the session.
pub async fn unsubscribe() -> Answer<()> {
    let (push, session) = push().await?;
    with_status(push.unsubscribe(session.person.id, session.id).await)
}

/// Sends a test to the browser of the session.
pub async fn test() -> Answer<PushOutcome> {
    let (push, session) = push().await?;
    with_status(push.test(session.person.id, session.id).await)
}

/// What was decided about pushes to the user of the session.
pub async fn decisions() -> Answer<Vec<NotifyDecision>> {
    let (app, session) = own_session().await?;
    Ok(app.bus.decisions.of(session.person.id))
}

async fn push() -> Answer<(Arc<Push>, Session)> {
    let (app, session) = own_session().await?;
    let push = app.push.ok_or(Refusal::NotFound);
    Ok((with_status(push)?, session))
}
