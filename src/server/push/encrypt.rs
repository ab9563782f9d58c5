//! Message encryption for Web Push (RFC 8291), in the content coding `aes128gcm` (RFC 8188): push services carry what
//! only the browser can read.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom, SystemRandom};

use crate::server::store::{BrowserKeys, PUBLIC_KEY};

/// The most bytes of a plaintext, so that the body has at most 4,096: no push service has to take more (RFC 8030,
/// section 7.2).
pub const PLAIN_MAX: usize = RECORD - HEADER - 1 - TAG;

/// The record size. There is only one record.
const RECORD: usize = 4_096;
/// Salt, record size, length of the key, key (RFC 8188, section 2.1).
const HEADER: usize = 16 + 4 + 1 + PUBLIC_KEY;
const TAG: usize = 16;
/// Ends the plaintext of the last record (RFC 8188, section 2).
const LAST_RECORD: u8 = 2;

/// Encrypts a text of at most [`PLAIN_MAX`] bytes for a browser.
///
/// # Errors
/// When the browser's key is not a point of the curve, the text is too long, or the system has no random numbers.
pub fn encrypt(plain: &[u8], to: &BrowserKeys) -> Result<Vec<u8>, Unspecified> {
    if plain.len() > PLAIN_MAX {
        return Err(Unspecified);
    }
    let random = SystemRandom::new();
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let own_public = own.compute_public_key()?;
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    let browser = UnparsedPublicKey::new(&ECDH_P256, &to.public);
    let derived = agreement::agree_ephemeral(own, &browser, |shared| {
        derive(shared, to, own_public.as_ref(), &salt)
    });
    let (key, nonce) = derived??;
    let mut text = [plain, &[LAST_RECORD]].concat();
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut text)?;
    let record = u32::try_from(RECORD).map_err(|_| Unspecified)?;
    let key_length = u8::try_from(PUBLIC_KEY).map_err(|_| Unspecified)?;
    Ok([
        &salt[..],
        &record.to_be_bytes(),
        &[key_length],
        own_public.as_ref(),
        &text,
    ]
    .concat())
}

/// The key and the nonce of a message (RFC 8291, section 3.4), from the shared secret of both sides.
fn derive(
    shared: &[u8],
    browser: &BrowserKeys,
    server_public: &[u8],
    salt: &[u8],
) -> Result<(LessSafeKey, Nonce), Unspecified> {
    let secret = Salt::new(HKDF_SHA256, &browser.auth).extract(shared);
    let info = [b"WebPush: info\0", &browser.public[..], server_public];
    let secret: [u8; 32] = expand(&secret, &info)?;
    let secret = Salt::new(HKDF_SHA256, salt).extract(&secret);
    let key: [u8; 16] = expand(&secret, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; NONCE_LEN] = expand(&secret, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    Ok((key, Nonce::assume_unique_for_key(nonce)))
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(secret: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    secret.expand(info, Length(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A browser, which can decrypt one message: ring's keys are used once.
    pub(crate) struct Browser {
        key: EphemeralPrivateKey,
        pub(crate) keys: BrowserKeys,
    }

    impl Browser {
        pub(crate) fn new() -> Self {
            let random = SystemRandom::new();
            let key = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
            let public = key.compute_public_key().unwrap();
            let mut auth = [0; 16];
            random.fill(&mut auth).unwrap();
            let keys = BrowserKeys::new(public.as_ref(), &auth).unwrap();
            Self { key, keys }
        }

        pub(crate) fn decrypt(self, body: &[u8]) -> Result<Vec<u8>, Unspecified> {
            let (header, text) = body.split_at(HEADER);
            let server = UnparsedPublicKey::new(&ECDH_P256, &header[21..]);
            let derived = agreement::agree_ephemeral(self.key, &server, |shared| {
                derive(shared, &self.keys, &header[21..], &header[..16])
            });
            let (key, nonce) = derived??;
            let mut text = text.to_vec();
            let plain = key.open_in_place(nonce, Aad::empty(), &mut text)?;
            let (last, plain) = plain.split_last().unwrap();
            assert_eq!(*last, LAST_RECORD);
            Ok(plain.to_vec())
        }
    }

    #[test]
    fn the_browser_reads_what_was_encrypted_for_it_and_nobody_else_does() {
        for length in [0, 1, 300, PLAIN_MAX] {
            let plain = vec![7; length];
            let browser = Browser::new();
            let body = encrypt(&plain, &browser.keys).unwrap();
            assert_eq!(body.len(), HEADER + length + 1 + TAG);
            assert_eq!(browser.decrypt(&body), Ok(plain));
            Browser::new().decrypt(&body).unwrap_err();
        }
    }

    // RFC 8291, appendix A: the derivation with the keys given there.
    #[test]
    fn the_keys_are_those_of_the_standard() {
        let read = |text: &str| {
            data_encoding::BASE64URL_NOPAD
                .decode(text.as_bytes())
                .unwrap()
        };
        let browser = BrowserKeys::new(
            &read(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
            &read("BTBZMqHH6r4Tts7J_aSIgg"),
        );
        let server = read(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        let shared = read("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt = read("DGv6ra1nlYgDCS1FRnbzlw");
        let (key, nonce) = derive(&shared, &browser.unwrap(), &server, &salt).unwrap();
        let mut text =
            read("8pfeW0KbunFT06SuDKoJH9Ql87S1QUrdirN6GcG7sFz1y1sqLgVi1VhjVkHsUoEsbI_0LpXMuGvnzQ");
        let plain = key.open_in_place(nonce, Aad::empty(), &mut text).unwrap();
        assert_eq!(plain, b"When I grow up, I want to be a watermelon\x02");
    }

    #[test]
    fn keys_that_are_none_and_texts_that_are_too_long_are_refused() {
        let browser = Browser::new();
        encrypt(&[0; PLAIN_MAX + 1], &browser.keys).unwrap_err();
        let public = &browser.keys.public;
        for (public, auth) in [
            (&public[..64], &[0; 16][..]),
            (&[0; PUBLIC_KEY], &[0; 16]),
            (public, &[0; 15]),
            (&[], &[]),
        ] {
            assert_eq!(BrowserKeys::new(public, auth), None);
        }
        let mut off_the_curve = browser.keys.clone();
        off_the_curve.public[40] ^= 1;
        encrypt(b"x", &off_the_curve).unwrap_err();
    }
}
