//! Session tokens and the cookies that carry them.

use std::fmt;
use std::time::Duration;

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use data_encoding::HEXLOWER;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

use crate::model::Refusal;

/// Bytes of a token: 256 bits, four times what the OWASP Session Management Cheat Sheet requires.
const TOKEN_BYTES: usize = 32;

/// The lifetime of a device cookie: 400 days, the most that browsers allow (RFC 6265bis, 5.5).
const DEVICE_MAX_AGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The secret that proves a session. Only the browser's cookie contains it; the server stores its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretToken([u8; TOKEN_BYTES]);

impl SecretToken {
    /// A new token from the operating system's random source.
    ///
    /// # Panics
    /// When the operating system has no random source: no token would be safe then.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        SysRng
            .try_fill_bytes(&mut bytes)
            .expect("the operating system has a random source");
        Self(bytes)
    }

    /// Parses the output of [`Self::to_text`]; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        token_bytes(text).map(Self)
    }

    /// The value of the cookie: 64 hexadecimal digits. Must not be logged.
    #[must_use]
    pub fn to_text(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// The stored form and lookup key: SHA-256 of the token. A stolen database opens no session; 256 random bits need
    /// no slow hash.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// The hash under which a link's token is stored.
///
/// # Errors
/// [`Refusal::InviteInvalid`] when it is not a token.
pub fn token_hash(token: &str) -> Result<[u8; 32], Refusal> {
    let token = SecretToken::from_text(token.trim()).ok_or(Refusal::InviteInvalid)?;
    Ok(token.hash())
}

/// The bytes that are written as these digits. Capitals are refused, so that a token has one text only.
pub(super) fn token_bytes(text: &str) -> Option<[u8; TOKEN_BYTES]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The attributes of the session cookie on this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCookie {
    /// Whether browsers reach the server by https. Then the cookie is `Secure` and its name begins with `__Host-`,
    /// which no subdomain and no plain-http response can set (RFC 6265bis, 4.1.3.2).
    pub secure: bool,
    /// The cookie's lifetime: the absolute lifetime of a session.
    pub max_age: Duration,
}

impl SessionCookie {
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.secure { "__Host-chapp" } else { "chapp" }
    }

    /// The cookie that logs a browser in.
    #[must_use]
    pub fn set(&self, token: &SecretToken) -> Cookie<'static> {
        self.cookie(token.to_text(), self.max_age)
    }

    /// The cookie that removes the session from a browser.
    #[must_use]
    pub fn clear(&self) -> Cookie<'static> {
        self.cookie(String::new(), Duration::ZERO)
    }

    /// The token that a browser sent, if it is well-formed.
    #[must_use]
    pub fn read(&self, jar: &CookieJar) -> Option<SecretToken> {
        SecretToken::from_text(jar.get(self.name())?.value())
    }

    /// The name of the device cookie: see [`super::Devices`].
    #[must_use]
    pub fn device_name(&self) -> &'static str {
        if self.secure {
            "__Host-chapp_device"
        } else {
            "chapp_device"
        }
    }

    /// The cookie by which an account recognises this browser. It outlives the session.
    #[must_use]
    pub fn set_device(&self, value: String) -> Cookie<'static> {
        self.named(self.device_name(), value, DEVICE_MAX_AGE)
    }

    /// The value of the device cookie that a browser sent.
    #[must_use]
    pub fn read_device(&self, jar: &CookieJar) -> Option<String> {
        Some(jar.get(self.device_name())?.value().to_owned())
    }

    fn cookie(&self, value: String, max_age: Duration) -> Cookie<'static> {
        self.named(self.name(), value, max_age)
    }

    fn named(&self, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .max_age(max_age.try_into().unwrap_or_default())
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn a_token_survives_its_cookie() {
        let token = SecretToken::random();
        assert_eq!(SecretToken::from_text(&token.to_text()), Some(token));
    }

    #[test]
    fn two_tokens_differ_and_so_do_their_hashes() {
        let (a, b) = (SecretToken::random(), SecretToken::random());
        assert_ne!(a, b);
        assert_ne!(a.hash(), b.hash());
    }

    #[test]
    fn the_hash_is_sha_256_of_the_bytes() {
        // FIPS 180-4: the digest of 32 zero bytes.
        let zero = SecretToken::from_text(&"00".repeat(32)).expect("64 digits");
        assert_eq!(zero.hash()[..4], [0x66, 0x68, 0x7a, 0xad]);
    }

    #[test]
    fn what_is_not_a_token_is_refused() {
        for text in [
            "",
            "abc",
            &"0".repeat(63),
            &"0".repeat(65),
            &"G0".repeat(32),
            &"A0".repeat(32),
            &"é".repeat(32),
        ] {
            assert_eq!(SecretToken::from_text(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_token_is_never_printed() {
        let token = SecretToken::random();
        assert!(!format!("{token:?}").contains(&token.to_text()[..8]));
    }

    #[test]
    fn the_cookie_on_https_is_bound_to_this_host() {
        let cookie = SessionCookie {
            secure: true,
            max_age: 180 * DAY,
        };
        let token = SecretToken::random();
        assert_eq!(
            cookie.set(&token).to_string(),
            format!(
                "__Host-chapp={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=15552000",
                token.to_text()
            )
        );
    }

    #[test]
    fn the_cookie_on_plain_http_has_a_plain_name() {
        let cookie = SessionCookie {
            secure: false,
            max_age: DAY,
        };
        let text = cookie.set(&SecretToken::random()).to_string();
        assert!(
            text.starts_with("chapp=") && !text.contains("Secure"),
            "{text}"
        );
    }

    #[test]
    fn clearing_ends_the_cookie_at_once() {
        let text = SessionCookie {
            secure: false,
            max_age: DAY,
        }
        .clear()
        .to_string();
        assert_eq!(text, "chapp=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }

    #[test]
    fn the_token_is_read_from_its_own_cookie_only() {
        let cookie = SessionCookie {
            secure: true,
            max_age: DAY,
        };
        let token = SecretToken::random();
        let jar = CookieJar::new().add(cookie.set(&token));
        assert_eq!(cookie.read(&jar), Some(token));
        assert_eq!(
            SessionCookie {
                secure: false,
                ..cookie
            }
            .read(&jar),
            None
        );
    }
}
