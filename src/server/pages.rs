//! What comes before a page: who asks for it, and what it starts from.

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::error::ServerFnUrlError;
use serde::Deserialize;

use super::app::App;
use super::clock;
use crate::api::Refused;
use crate::model::Refusal;
use crate::ui::place::Place;
use crate::ui::start::Start;

/// Hands the page what it starts from; sends on who is to be elsewhere: to the log-in who is not logged
/// in, and away from it who is.
pub async fn start(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let started = match request.uri().path() {
            "/login" | "/signup" => form(&app, request.headers(), request.uri()).await,
            path => window(&app, request.headers(), Place::of(path)).await,
        };
        match started {
            Ok(start) => drop(request.extensions_mut().insert(start)),
            Err(elsewhere) => return found(&elsewhere),
        }
    }
    next.run(request).await
}

async fn window(app: &App, headers: &HeaderMap, place: Place) -> Result<Start, String> {
    let boot = match app.session(headers).await {
        Ok(None) => return Err(place.log_in_path()),
        Ok(Some(session)) => app.chat.boot(session.person, place.thread()).await,
        Err(refusal) => Err(refusal),
    };
    let (boot, refused) = match boot {
        Ok(boot) => (Some(boot), None),
        Err(refusal) => (None, Some(refusal)),
    };
    Ok(Start {
        now: clock::now(),
        boot,
        refused,
        next: None,
    })
}

async fn form(app: &App, headers: &HeaderMap, address: &Uri) -> Result<Start, String> {
    match app.session(headers).await {
        Ok(Some(_)) => Err("/".to_owned()),
        // Where nobody can be found now, nobody is logged in: the form will say more.
        Ok(None) | Err(_) => {
            let address = Address::of(address);
            Ok(Start {
                refused: address.error.as_deref().map(refusal),
                next: address.next,
                ..Start::default()
            })
        }
    }
}

/// What the address of a form says.
#[derive(Default, Deserialize)]
struct Address {
    /// Where to go when it has worked.
    next: Option<String>,
    /// Leptos puts the error of a form that was sent without a script into the address it came from.
    #[serde(rename = "__err")]
    error: Option<String>,
}

impl Address {
    fn of(address: &Uri) -> Self {
        Query::try_from_uri(address).map_or_else(|_| Self::default(), |Query(found)| found)
    }
}

fn refusal(error: &str) -> Refusal {
    ServerFnUrlError::<Refused>::decode_err(error).0
}

fn found(address: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, address)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_plain_form_is_in_the_address() {
        let error = ServerFnUrlError::new("/api/log_in", Refused(Refusal::WrongCredentials));
        let address = error.to_url("http://127.0.0.1/login?next=/t/1").unwrap();
        let address = format!("{}?{}", address.path(), address.query().unwrap());
        let found = Address::of(&address.parse().unwrap());
        assert_eq!(found.next.as_deref(), Some("/t/1"));
        assert_eq!(
            found.error.as_deref().map(refusal),
            Some(Refusal::WrongCredentials)
        );
        let plain = Address::of(&"/login".parse().unwrap());
        assert!(plain.error.is_none() && plain.next.is_none());
    }
}
