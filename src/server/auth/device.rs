//! Device cookies: a browser that has logged in to an account proves this at the next log-in, and is not slowed down by
//! other people's guesses at that account (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). It proves
//! nothing else: the password is still required.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::tokens::{SecretToken, token_bytes};
use crate::model::Refusal;
use crate::server::store::Store;

/// The setting with the key, shared by all nodes.
const KEY: &str = "device_key";

/// Issues and recognises device cookies. They are not stored: a value is a random number and an HMAC-SHA-256 over it
/// and the user name.
pub struct Devices {
    key: Zeroizing<Vec<u8>>,
}

impl Devices {
    /// Loads the installation's key, which is created if there is none.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn open(store: &Store) -> Result<Self, Refusal> {
        let made = SecretToken::random().to_text();
        let key = store.setting_or(KEY, made).await?;
        Ok(Self {
            key: Zeroizing::new(key.into_bytes()),
        })
    }

    /// A new value for a browser that has logged in to the account of this (case-mapped) name.
    ///
    /// # Panics
    /// When the operating system has no random source.
    #[must_use]
    pub fn issue(&self, name: &str) -> String {
        let mut id = [0; 16];
        SysRng
            .try_fill_bytes(&mut id)
            .expect("the operating system has a random source");
        let id = Uuid::from_bytes(id);
        let proof = self.mac(name, id).finalize().into_bytes();
        format!("{}.{}", id.simple(), HEXLOWER.encode(&proof))
    }

    /// An identifier of the browser with this value, if it was issued for this name.
    #[must_use]
    pub fn recognise(&self, name: &str, value: &str) -> Option<u64> {
        let (id, proof) = value.split_once('.')?;
        let id = Uuid::try_parse(id).ok()?;
        let proof = token_bytes(proof)?;
        // In constant time.
        self.mac(name, id).verify_slice(&proof).ok()?;
        Some(id.as_u64_pair().0)
    }

    fn mac(&self, name: &str, id: Uuid) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length");
        mac.update(id.as_bytes());
        mac.update(name.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices(key: &str) -> Devices {
        Devices {
            key: Zeroizing::new(key.as_bytes().to_vec()),
        }
    }

    #[test]
    fn a_device_is_known_to_the_account_that_it_was_issued_for_and_to_no_other() {
        let devices = devices("key");
        let value = devices.issue("ana");
        assert!(devices.recognise("ana", &value).is_some());
        assert!(devices.recognise("bob", &value).is_none());
        assert!(self::devices("other").recognise("ana", &value).is_none());
        assert_ne!(
            devices.recognise("ana", &value),
            devices.recognise("ana", &devices.issue("ana")),
        );
    }

    #[test]
    fn what_was_not_issued_is_not_recognised() {
        let devices = devices("key");
        let value = devices.issue("ana");
        let (id, proof) = value.split_once('.').expect("two parts");
        let other = devices.issue("ana");
        let (other, _) = other.split_once('.').expect("two parts");
        for forged in [
            "",
            ".",
            id,
            proof,
            &format!("{other}.{proof}"),
            &format!("{id}.{}", "0".repeat(64)),
            &format!("{id}.{proof}0"),
            &format!("{id}.{}", &proof[..62]),
            &format!("é{id}.{proof}"),
        ] {
            assert!(devices.recognise("ana", forged).is_none(), "{forged}");
        }
    }
}
