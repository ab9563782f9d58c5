//! The redirect after a form that was posted without JavaScript: back to the page of the form, with the refusal in the
//! address as a code.
//!
//! Leptos would redirect to whatever `Referer` names, with the whole error in the address. A foreign page that posts
//! here, or links to a server function, would then receive the response; and a made-up address would make chapp display
//! any sentence. So the server functions see only paths of this site in `Referer`, every redirect that they return is
//! reduced to a path of this site, and errors travel as codes.

use std::collections::HashMap;

use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::error::ServerFnUrlError;
use serde_json::{Map, Value};

use super::bodies::BODY_MAX;
use super::fetch_site::is_own_address;
use super::request_log;
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
/// The fields whose values come back with the page of a refused form, so that no one types them again. Never a secret.
const TYPED_FIELDS: [&str; 4] = ["username", "display_name", "name", "topic"];
/// Before the names of those fields in an address.
const TYPED: &str = "typed_";
/// The largest value that comes back, in encoded bytes: the whole address is bounded by `next_path`.
const TYPED_MAX: usize = 300;
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
    let mut typed = Vec::new();
    if request_log::wants_page(request.headers()) && request.method() == Method::POST {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, BODY_MAX).await else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        typed = typed_values(&body);
        request = Request::from_parts(parts, body.into());
    }
    let from = page(request.headers(), &app.config.server)
        .unwrap_or_else(|| usual_page(request.uri().path()).to_owned());
    // It is ASCII: `next_path` accepted it.
    if let Ok(from) = HeaderValue::from_str(&[HERE, &from].concat()) {
        request.headers_mut().insert(header::REFERER, from);
    }
    let mut response = next.run(request).await;
    if let Some(location) = response.headers_mut().get_mut(header::LOCATION) {
        let own = own_location(location, &typed);
        *location = HeaderValue::from_str(&own).unwrap_or(HeaderValue::from_static("/"));
    }
    response
}

/// The values of a form that come back with its page, as pairs of a query: they are encoded already.
fn typed_values(body: &[u8]) -> Vec<String> {
    let form = std::str::from_utf8(body).unwrap_or_default();
    let pairs = form.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        pair.len() <= TYPED_MAX && TYPED_FIELDS.contains(&name)
    });
    pairs.map(|pair| [TYPED, pair].concat()).collect()
}

/// What was typed into the refused form of this page.
#[must_use]
pub fn typed_of(address: &Uri) -> Vec<(String, String)> {
    if query(address, ERROR).is_none() {
        return Vec::new();
    }
    let values = TYPED_FIELDS.into_iter().filter_map(|name| {
        let value = query(address, &[TYPED, name].concat())?;
        Some((name.to_owned(), value))
    });
    values.collect()
}

/// Whether a pair of a query belongs to a page as such, and not to an earlier error.
fn is_of_page(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    !pair.is_empty() && name != ERROR && name != FUNCTION && !name.starts_with(TYPED)
}

/// The path and query of the page in `Referer`, without the parameters of an earlier error, if it is a page of this
/// site.
fn page(headers: &HeaderMap, settings: &ServerConfig) -> Option<String> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let page: Uri = referer.parse().ok()?;
    is_own_address(referer, headers, settings).then(|| {
        let query = page.query().unwrap_or_default().split('&');
        let pairs: Vec<_> = query.filter(|pair| is_of_page(pair)).collect();
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
        "/api/start_chat" => routes::NEW_CHAT,
        "/api/join_private_room" => routes::ROOMS,
        "/api/change_password" | "/api/end_session" | "/api/end_other_sessions" => routes::SECURITY,
        "/api/set_display_name" => routes::SETTINGS,
        _ => routes::HOME,
    }
}

/// The path of this site that a server function redirects to; `/` for any other target.
fn own_location(location: &HeaderValue, typed: &[String]) -> String {
    let location = location.to_str().unwrap_or_default();
    let Some(back) = location.strip_prefix(HERE) else {
        return next_path(Some(location));
    };
    let Ok(back) = back.parse::<Uri>() else {
        return next_path(None);
    };
    let pairs = back.query().unwrap_or_default().split('&');
    let mut pairs: Vec<_> = pairs.filter(|pair| is_of_page(pair)).collect();
    let error = query(&back, ERROR).map(|error| {
        let refusal = ServerFnUrlError::<Refusal>::decode_err(&error);
        [ERROR, "=", &to_code(&refusal)].concat()
    });
    if let Some(error) = &error {
        pairs.push(error);
        pairs.extend(typed.iter().map(String::as_str));
    }
    with_query(back.path(), &pairs)
}

/// The path of a page that says why a form on it was refused.
#[must_use]
pub fn refused_path(path: &str, refusal: &Refusal) -> String {
    let error = [ERROR, "=", &to_code(refusal)].concat();
    with_query(path, &[&error])
}

/// The value of a parameter in the query of an address.
#[must_use]
pub fn query(address: &Uri, name: &str) -> Option<String> {
    let Query(mut all) = Query::<HashMap<String, String>>::try_from_uri(address).ok()?;
    all.remove(name)
}

/// Between the codes of several fields.
const NEXT: char = '~';
/// As many fields as a form may have.
const FIELDS_MAX: usize = 8;

/// A refusal as a code in an address: its name, then the names and values of its details, separated by dots:
/// `taken.field.username`. Those of several fields are separated by [`NEXT`].
fn to_code(refusal: &Refusal) -> String {
    let each: Vec<_> = refusal.each().iter().map(code_of_one).collect();
    each.join(&NEXT.to_string())
}

fn code_of_one(refusal: &Refusal) -> String {
    let wire = serde_json::to_value(refusal).unwrap_or_default();
    let mut code = wire["code"].as_str().unwrap_or_default().to_owned();
    for name in DETAILS {
        match &wire[name] {
            Value::String(value) => code = format!("{code}.{name}.{value}"),
            Value::Number(value) => code = format!("{code}.{name}.{value}"),
            _ => {}
        }
    }
    match one_of_code(&code) {
        Some(_) => code,
        None => "internal".to_owned(),
    }
}

/// The refusal with this code. All its sentences are chapp's: no text comes from the address.
#[must_use]
pub fn of_code(code: &str) -> Option<Refusal> {
    let each = code.split(NEXT).take(FIELDS_MAX).map(one_of_code);
    Refusal::of_fields(each.collect::<Option<_>>()?)
}

fn one_of_code(code: &str) -> Option<Refusal> {
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
            "Use {} to {} letters and digits of one alphabet, with . _ - between them.",
            limits::USERNAME_MIN,
            limits::USERNAME_MAX
        ),
        Field::DisplayName => format!(
            "Use up to {} characters, without invisible ones.",
            limits::DISPLAY_NAME_MAX
        ),
        Field::Password => format!(
            "Use {} to {} characters that are hard to guess, such as a few unrelated words.",
            limits::PASSWORD_MIN,
            limits::PASSWORD_MAX
        ),
        Field::Text => format!("Write 1 to {} characters.", limits::MESSAGE_MAX),
        Field::Name => format!(
            "Use 1 to {} characters, without invisible ones.",
            limits::ROOM_NAME_MAX
        ),
        Field::Topic => format!(
            "Use up to {} characters, without invisible ones.",
            limits::TOPIC_MAX
        ),
        Field::Key => format!(
            "Use {} to {} characters that are hard to guess.",
            limits::KEY_MIN,
            limits::KEY_MAX
        ),
        Field::Reason => format!("Use up to {} characters.", limits::REASON_MAX),
        Field::Endpoint => "This server doesn't send to the push service of this browser.".into(),
        Field::People => format!("Pick 1 to {} people.", limits::GROUP_OTHERS),
        Field::Keywords => format!(
            "Use up to {} keywords of up to {} characters.",
            limits::KEYWORDS_MAX,
            limits::KEYWORD_MAX
        ),
        Field::QuietHours => "Choose when quiet hours begin and end.".into(),
        Field::Query => "Type at least one word to search for.".into(),
        _ => "Check this and try again.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(text: &str) -> String {
        own_location(&HeaderValue::from_str(text).unwrap(), &[])
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
        let several = "invalid.field.password~taken.field.username";
        let refusal = of_code(several).unwrap();
        assert_eq!((refusal.each().len(), &*to_code(&refusal)), (2, several));
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
    fn what_was_typed_comes_back_with_the_error_and_never_a_password() {
        let body = b"username=m%C3%A1ria&password=secret1&display_name=Ana+Ruiz&next=%2F";
        let error = ServerFnUrlError::new("/api/sign_up", Refusal::SignUpClosed);
        let to = error
            .to_url(&format!("{HERE}/signup?typed_username=old"))
            .unwrap();
        let to = HeaderValue::from_str(to.as_str()).unwrap();
        let back = own_location(&to, &typed_values(body));
        assert_eq!(
            back,
            "/signup?__err=sign_up_closed&typed_username=m%C3%A1ria&typed_display_name=Ana+Ruiz"
        );
        let typed = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            typed_of(&back.parse().unwrap()),
            [
                typed("username", "mária"),
                typed("display_name", "Ana Ruiz")
            ]
        );
        let without_error: Uri = "/signup?typed_username=Call".parse().unwrap();
        assert_eq!(typed_of(&without_error), []);
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
