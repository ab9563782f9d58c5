//! A push service of the test's own, and a browser that decrypts what it receives.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::post;
use chapp::model::notify::{NotifyDecision, NotifyVerdict};
use data_encoding::BASE64URL_NOPAD;
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey};
use ring::rand::SystemRandom;
use ring::{aead, hkdf};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{Browser, TestServer, code, patiently};

/// A push service. It answers with the prepared statuses, and then with 201.
pub struct PushService {
    pub address: SocketAddr,
    received: mpsc::UnboundedReceiver<Received>,
    answers: Answers,
}

pub struct Received {
    /// The last part of the endpoint.
    pub name: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A status, and a header.
pub type Prepared = (u16, Option<(HeaderName, &'static str)>);
type Answers = Arc<Mutex<VecDeque<Prepared>>>;

impl PushService {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, received) = mpsc::unbounded_channel();
        let answers = Answers::default();
        let router = Router::new()
            .route("/push/{name}", post(receive))
            .with_state((sender, Arc::clone(&answers)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            received,
            answers,
        }
    }

    /// A server that sends to this service.
    pub async fn server(&self) -> TestServer {
        let services = format!("fcm.googleapis.com http://{}", self.address);
        TestServer::start_with(&[("CHAPP_PUSH__SERVICES", &services)]).await
    }

    pub fn endpoint(&self, name: &str) -> String {
        format!("http://{}/push/{name}", self.address)
    }

    /// The next pushes will be answered so.
    pub fn answers(&self, answers: &[Prepared]) {
        let mut prepared = self.answers.lock().expect("unpoisoned");
        prepared.extend(answers.iter().cloned());
    }

    pub async fn next(&mut self) -> Received {
        let received = patiently("a push", self.received.recv()).await;
        received.expect("the service runs")
    }
}

async fn receive(
    State((sender, answers)): State<(mpsc::UnboundedSender<Received>, Answers)>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap) {
    let _ = sender.send(Received {
        name,
        headers,
        body,
    });
    let answer = answers.lock().expect("unpoisoned").pop_front();
    let (status, header) = answer.unwrap_or((201, None));
    let header = header.map(|(name, value)| (name, HeaderValue::from_static(value)));
    let status = StatusCode::from_u16(status).expect("a status");
    (status, header.into_iter().collect())
}

/// The keys of a subscription, which decrypt one push.
pub struct Keys {
    private: EphemeralPrivateKey,
    pub public: Vec<u8>,
}

const AUTH: [u8; 16] = [5; 16];

impl Keys {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &random).expect("a key");
        let public = private.compute_public_key().expect("a key");
        let public = public.as_ref().to_vec();
        Self { private, public }
    }

    /// Decrypts as RFC 8291 tells browsers to, independently of the server's code.
    pub fn decrypt(self, body: &[u8]) -> serde_json::Value {
        let (salt, rest) = body.split_at(16);
        assert_eq!(
            rest[..5],
            [0, 0, 16, 0, 65],
            "one record of 4,096 bytes, and a key"
        );
        let (server, text) = rest[5..].split_at(65);
        let expand = |salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize| {
            let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, salt);
            let mut key = vec![0; length];
            let secret = salt.extract(secret);
            let expanded = secret.expand(info, Length(length)).expect("a short key");
            expanded.fill(&mut key).expect("that length");
            key
        };
        let public = self.public;
        let peer = UnparsedPublicKey::new(&ECDH_P256, server);
        let secret = agreement::agree_ephemeral(self.private, &peer, |shared| {
            expand(&AUTH, shared, &[b"WebPush: info\0", &public, server], 32)
        });
        let secret = secret.expect("a key of the server");
        let key = expand(salt, &secret, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = expand(salt, &secret, &[b"Content-Encoding: nonce\0"], 12);
        let key = aead::UnboundKey::new(&aead::AES_128_GCM, &key).expect("a key");
        let nonce = aead::Nonce::try_assume_unique_for_key(&nonce).expect("a nonce");
        let mut text = text.to_vec();
        let plain = aead::LessSafeKey::new(key)
            .open_in_place(nonce, aead::Aad::empty(), &mut text)
            .expect("what this browser can read");
        let (last, json) = plain.split_last().expect("a delimiter");
        assert_eq!(*last, 2);
        serde_json::from_slice(json).expect("JSON")
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Subscribes a browser. Returns the status and the code of a refusal.
pub async fn subscribe(
    who: &Browser,
    endpoint: &str,
    keys: &Keys,
    shows_text: bool,
) -> (u16, String) {
    let public = BASE64URL_NOPAD.encode(&keys.public);
    let auth = BASE64URL_NOPAD.encode(&AUTH);
    let fields = [
        ("endpoint", endpoint),
        ("public_key", &public),
        ("auth", &auth),
        ("shows_text", if shows_text { "true" } else { "false" }),
    ];
    let answer = who.call("/api/subscribe_push", &fields).send().await;
    code(answer.expect("an answer")).await
}

/// What was decided about pushes to a person, the latest first, once there are so many decisions.
pub async fn decisions(who: &Browser, count: usize) -> Vec<NotifyDecision> {
    patiently("the decisions", async {
        loop {
            let known: Vec<NotifyDecision> = who.read("/api/notify_decisions").await;
            if known.len() == count {
                return known;
            }
            // The calls of a person are limited.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
}

/// Only what was decided.
pub async fn decided(who: &Browser, count: usize) -> Vec<NotifyVerdict> {
    let known = decisions(who, count).await;
    known.iter().map(|it| it.verdict).collect()
}
