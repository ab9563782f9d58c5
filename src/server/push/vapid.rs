//! Identifies the server to push services (VAPID, RFC 8292): a key of the installation, with which each request is
//! signed. Browsers subscribe with its public half, and push services take messages for them from nobody else.

use anyhow::{Context, anyhow};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use crate::model::Millis;
use crate::server::store::Store;

/// The setting with the key (PKCS #8, in base64), shared by all nodes. With another key, all subscriptions are void.
const KEY: &str = "vapid_key";
/// How long a signature is valid, in seconds. At most 24 hours (RFC 8292, section 2).
const VALID: i64 = 12 * 60 * 60;

/// See the module documentation.
pub struct Vapid {
    key: EcdsaKeyPair,
    random: SystemRandom,
    /// The public key, in base64url.
    pub public: String,
    /// Whom push services can turn to: `mailto:` or `https:`.
    contact: Option<String>,
}

impl Vapid {
    /// Loads the installation's key, which is created if there is none.
    ///
    /// # Errors
    /// When the store can't be written, or has no valid key.
    pub async fn open(store: &Store, contact: Option<String>) -> anyhow::Result<Self> {
        let made = new_key().map_err(|Unspecified| anyhow!("the system has no random numbers"))?;
        let key = store.setting_or(KEY, made).await?;
        let key = BASE64.decode(key.as_bytes()).context(KEY)?;
        Self::of(&key, contact)
    }

    fn of(key: &[u8], contact: Option<String>) -> anyhow::Result<Self> {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &random)
            .map_err(|error| anyhow!("{KEY}: {error}"))?;
        let public = BASE64URL_NOPAD.encode(key.public_key().as_ref());
        Ok(Self {
            key,
            random,
            public,
            contact,
        })
    }

    /// The value of `Authorization` for requests to a push service with this origin.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn authorization(&self, origin: &str, now: Millis) -> Result<String, Unspecified> {
        let mut claims = serde_json::json!({ "aud": origin, "exp": now / 1_000 + VALID });
        if let Some(contact) = &self.contact {
            claims["sub"] = contact.as_str().into();
        }
        let part = |value: &[u8]| BASE64URL_NOPAD.encode(value);
        let head = part(br#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = [&*head, ".", &*part(claims.to_string().as_bytes())].concat();
        let signature = self.key.sign(&self.random, signed.as_bytes())?;
        let signature = part(signature.as_ref());
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public))
    }
}

fn new_key() -> Result<String, Unspecified> {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())?;
    Ok(BASE64.encode(key.as_ref()))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    fn read(text: &str) -> Vec<u8> {
        BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_request_is_signed_for_one_push_service_and_for_hours() {
        let key = BASE64.decode(new_key().unwrap().as_bytes()).unwrap();
        let vapid = Vapid::of(&key, Some("mailto:ana@example.org".into())).unwrap();
        let value = vapid
            .authorization("https://push.example", 1_000_000)
            .unwrap();
        let (token, public) = value
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .unwrap();
        assert_eq!(read(public).len(), 65);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, read(public))
            .verify(signed.as_bytes(), &read(signature))
            .unwrap();
        let (_, claims) = signed.split_once('.').unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&read(claims)).unwrap();
        let expected = serde_json::json!({
            "aud": "https://push.example",
            "exp": 1_000 + VALID,
            "sub": "mailto:ana@example.org",
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn a_damaged_key_is_an_error() {
        assert!(Vapid::of(b"", None).is_err());
    }
}
