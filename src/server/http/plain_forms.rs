//! The redirect after a form that was posted without JavaScript: back to the page of the form, with the refusal in the
//! address as a code.
//!
//! Leptos would redirect to whatever `Referer` names, with the whole error in the address. A foreign page that posts
//! here, or links to a server function, would then receive the response; and a made-up address would make chapp display
//! any sentence. So the server functions see only paths of this site in `Referer`, every redirect that they return is
//! reduced to a path of this site, and errors travel as codes.

use std::collections::HashMap;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::server_fn::error::ServerFnUrlError;
use serde_json::{Map, Value};

use super::fetch_site::is_own_address;
use crate::model::{Field, Refusal, limits};
use crate::routes;
use crate::server::auth::next_path;
use crate::server::config::ServerConfig;
use crate::server::rate_limit;
use crate::server::state::AppState;

/// The origin put before this site's paths where Leptos needs a full URL (RFC 6761: `.invalid` never resolves).
const HERE: &str = "http://here.invalid";
/// The query parameter with the code of a refusal.
pub const ERROR: &str = "__err";
/// The query parameter in which Leptos names the server function.
const FUNCTION: &str = "__path";
/// The details of a refusal that go into an address with its code: none of them is text.
const DETAILS: [&str; 3] = ["field", "retry_after_ms", "max"];
/// Larger numbers in an address are lowered to this: the longest possible wait (a rate limit's period), in
/// milliseconds.
const NUMBER_MAX: u64 = rate_limit::WITHIN_MAX.as_secs() * 1_000;
const _: () = assert!(limits::SLOW_MODE_MAX as u64 * 1_000 <= NUMBER_MAX);

/// Middleware: keeps the redirects of the server functions on this site.
pub async fn redirect_back(
    State(app): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let from = page(request.headers(), &app.config.server)
        .unwrap_or_else(|| usual_page(request.uri().path()).to_owned());
    // It is ASCII: `next_path` accepted it.
    if let Ok(from) = HeaderValue::from_str(&[HERE, &from].concat()) {
        request.headers_mut().insert(header::REFERER, from);
    }
    let mut response = next.run(request).await;
    if let Some(location) = response.headers_mut().get_mut(header::LOCATION) {
        let own = own_location(location);
        *location = HeaderValue::from_str(&own).unwrap_or(HeaderValue::from_static("/"));
    }
    response
}

/// The path and query of the page in `Referer`, without the parameters of an earlier error, if it is a page of this
/// site.
fn page(headers: &HeaderMap, settings: &ServerConfig) -> Option<String> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let page: Uri = referer.parse().ok()?;
    is_own_address(referer, headers, settings).then(|| {
        let query = page.query().unwrap_or_default().split('&');
        let pairs: Vec<_> = query
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default();
                !pair.is_empty() && name != ERROR && name != FUNCTION
            })
            .collect();
        with_query(page.path(), &pairs)
    })
}

fn with_query(path: &str, pairs: &[&str]) -> String {
    let address = match pairs {
        [] => path.to_owned(),
        pairs => [path, "?", &pairs.join("&")].concat(),
    };
    next_path(Some(&address))
}

/// The page with the form that posts to this function, for browsers that send no `Referer`.
fn usual_page(function: &str) -> &'static str {
    match function {
        "/api/sign_up" => routes::SIGN_UP,
        "/api/log_in" => routes::LOG_IN,
        "/api/make_room" => routes::NEW_ROOM,
        "/api/join_private_room" => routes::ROOMS,
        "/api/change_password" | "/api/end_session" | "/api/end_other_sessions" => routes::SECURITY,
        _ => routes::HOME,
    }
}

/// The path of this site that a server function redirects to; `/` for any other target.
fn own_location(location: &HeaderValue) -> String {
    let location = location.to_str().unwrap_or_default();
    let Some(back) = location.strip_prefix(HERE) else {
        return next_path(Some(location));
    };
    let Ok(back) = back.parse::<Uri>() else {
        return next_path(None);
    };
    let pairs = back.query().unwrap_or_default().split('&');
    let mut pairs: Vec<_> = pairs
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !pair.is_empty() && name != ERROR && name != FUNCTION
        })
        .collect();
    let error = query(&back, ERROR).map(|error| {
        let refusal = ServerFnUrlError::<Refusal>::decode_err(&error);
        [ERROR, "=", &to_code(&refusal)].concat()
    });
    pairs.extend(error.as_deref());
    with_query(back.path(), &pairs)
}

/// The value of a parameter in the query of an address.
#[must_use]
pub fn query(address: &Uri, name: &str) -> Option<String> {
    let Query(mut all) = Query::<HashMap<String, String>>::try_from_uri(address).ok()?;
    all.remove(name)
}

/// A refusal as a code in an address: its name, then the names and values of its details, separated by dots:
/// `taken.field.username`.
fn to_code(refusal: &Refusal) -> String {
    let wire = serde_json::to_value(refusal).unwrap_or_default();
    let mut code = wire["code"].as_str().unwrap_or_default().to_owned();
    for name in DETAILS {
        match &wire[name] {
            Value::String(value) => code = format!("{code}.{name}.{value}"),
            Value::Number(value) => code = format!("{code}.{name}.{value}"),
            _ => {}
        }
    }
    match of_code(&code) {
        Some(_) => code,
        None => "internal".to_owned(),
    }
}

/// The refusal with this code. All its sentences are chapp's: no text comes from the address.
#[must_use]
pub fn of_code(code: &str) -> Option<Refusal> {
    let mut parts = code.split('.');
    let mut wire = Map::new();
    wire.insert("code".into(), parts.next()?.into());
    while let Some(name) = parts.next() {
        let name = DETAILS.into_iter().find(|detail| *detail == name)?;
        let value = parts.next()?;
        let value: Value = match value.parse::<u64>() {
            Ok(number) => number.min(NUMBER_MAX).into(),
            Err(_) => value.into(),
        };
        wire.insert(name.into(), value);
    }
    let field = wire.get("field").cloned().unwrap_or_default();
    let reason = serde_json::from_value(field).map_or_else(|_| "please try again".into(), rule);
    wire.insert("reason".into(), reason.into());
    serde_json::from_value(wire.into()).ok()
}

/// The rule of a field as a sentence. The address does not say which part of it was broken.
fn rule(field: Field) -> String {
    match field {
        Field::Username => format!(
            "A user name has {} to {} letters and digits of one alphabet, with . _ - between them.",
            limits::USERNAME_MIN,
            limits::USERNAME_MAX
        ),
        Field::DisplayName => format!(
            "A name has at most {} characters, none of them invisible.",
            limits::DISPLAY_NAME_MAX
        ),
        Field::Password => format!(
            "A password has {} to {} characters and is hard to guess: a few unrelated words are better than one \
             with digits.",
            limits::PASSWORD_MIN,
            limits::PASSWORD_MAX
        ),
        Field::Text => format!(
            "A message has at least one and at most {} characters.",
            limits::MESSAGE_MAX
        ),
        Field::Name => format!(
            "The name of a room has at least one and at most {} characters, none of them invisible.",
            limits::ROOM_NAME_MAX
        ),
        Field::Topic => format!(
            "A topic has at most {} characters, none of them invisible.",
            limits::TOPIC_MAX
        ),
        Field::Key => format!(
            "A key has {} to {} characters and is hard to guess.",
            limits::KEY_MIN,
            limits::KEY_MAX
        ),
        Field::Reason => format!("A reason has at most {} characters.", limits::REASON_MAX),
        Field::Query => "Look for one or more words.".into(),
        _ => "This can't be taken.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(text: &str) -> String {
        own_location(&HeaderValue::from_str(text).unwrap())
    }

    #[test]
    fn a_refusal_is_known_again_by_its_code() {
        for refusal in [
            Refusal::NotLoggedIn,
            Refusal::WrongCredentials,
            Refusal::Taken {
                field: Field::Username,
            },
            Refusal::TooMany { max: 50 },
            Refusal::Throttled {
                retry_after_ms: 5_000,
            },
            Refusal::SlowMode {
                retry_after_ms: u64::from(limits::SLOW_MODE_MAX) * 1_000,
            },
            Refusal::InviteInvalid,
            Refusal::Banned { until: None },
        ] {
            let code = to_code(&refusal);
            assert_eq!(of_code(&code), Some(refusal), "{code}");
        }
        let banned = Refusal::Banned { until: Some(7) };
        assert_eq!(to_code(&banned), "banned");
    }

    #[test]
    fn no_sentence_goes_into_an_address_or_comes_from_it() {
        let refusal = Refusal::invalid(Field::Password, "It is too much like “password”.");
        assert_eq!(to_code(&refusal), "invalid.field.password");
        let Some(Refusal::Invalid { field, reason }) = of_code("invalid.field.password") else {
            panic!();
        };
        assert_eq!((field, reason), (Field::Password, rule(Field::Password)));
        let reason = "SELECT".into();
        assert_eq!(to_code(&Refusal::Malformed { reason }), "malformed");
        for code in [
            "",
            ".",
            "Call +1 555 to unlock your account",
            "invalid",
            "invalid.reason.Call",
            "invalid.field.password.reason.Call",
            "invalid.field.Call",
            "invalid.field",
            "taken.field.1",
            "throttled.retry_after_ms.soon",
            "{\"code\":\"not_found\"}",
            "eyJjb2RlIjoibm90X2ZvdW5kIn0=",
        ] {
            assert_eq!(of_code(code), None, "{code}");
        }
        assert_eq!(
            of_code("throttled.retry_after_ms.18446744073709551615"),
            Some(Refusal::Throttled {
                retry_after_ms: NUMBER_MAX
            })
        );
    }

    #[test]
    fn whatever_a_function_redirects_to_is_a_path_of_this_site() {
        let error = |base: &str, refusal| {
            let error = ServerFnUrlError::new("/api/log_in", refusal);
            location(error.to_url(base).unwrap().as_str())
        };
        assert_eq!(
            error(
                &format!("{HERE}/login?next=/t/1"),
                Refusal::WrongCredentials
            ),
            "/login?next=/t/1&__err=wrong_credentials"
        );
        assert_eq!(error("https://evil.example/", Refusal::NotFound), "/");
        assert_eq!(location("/t/7?at=1"), "/t/7?at=1");
        assert_eq!(location(&format!("{HERE}/rooms?q=a")), "/rooms?q=a");
        for foreign in [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "http://here.invalid.evil.example/",
            "http://here.invalid@evil.example/",
            "http://here.invalid//evil.example/",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(location(foreign), "/", "{foreign}");
        }
    }

    #[test]
    fn only_a_page_of_this_site_is_led_back_to() {
        let settings = ServerConfig::default();
        let from = |referer: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "chat.example.org".parse().unwrap());
            headers.insert(header::REFERER, referer.parse().unwrap());
            page(&headers, &settings)
        };
        let own = "https://chat.example.org";
        assert_eq!(
            from(&format!("{own}/login?next=/t/1&__path=x&__err=invalid")),
            Some("/login?next=/t/1".into())
        );
        assert_eq!(from(&format!("{own}/rooms?__err=x")), Some("/rooms".into()));
        assert_eq!(from(own), Some("/".into()));
        assert_eq!(from(&format!("{own}//evil.example/")), Some("/".into()));
        for foreign in ["https://evil.example/login", "null", "/login", ""] {
            assert_eq!(from(foreign), None, "{foreign}");
        }
    }
}
