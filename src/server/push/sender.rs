//! Judges posted messages, and sends the pushes. See [`super`].

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use data_encoding::BASE64URL_NOPAD;
use futures_util::StreamExt;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use ring::hmac;
use rustls::crypto::ring as provider;
use tokio::sync::mpsc;

use super::content::PushContent;
use super::encrypt::encrypt;
use super::endpoint::PushServices;
use super::judging::Notified;
use super::posted::Posted;
use super::vapid::Vapid;
use super::waiting::{PushSlot, WAITING_MAX, Waiting};
use crate::model::push::{PushOutcome, PushState};
use crate::model::{Field, Refusal, SessionId, UserId};
use crate::server::bus::Bus;
use crate::server::clock;
use crate::server::metrics::METRICS;
use crate::server::notify_decisions::undelivered;
use crate::server::store::{BrowserKeys, Store, Subscription};
use crate::server::tasks::Tasks;

/// Requests at a time.
const AT_ONCE: usize = 16;
/// How long a push service may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a push is sent that its service was too busy for.
const ATTEMPTS: u32 = 3;
/// The longest pause before the next attempt.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How long push services keep a push for a browser that is off, in seconds.
const KEPT: &str = "86400";

/// See [`super`].
pub struct Push {
    pub(super) store: Store,
    vapid: Vapid,
    services: PushServices,
    /// The origin of the site, if it is known.
    site: Option<String>,
    client: Client,
    pub(super) posted: Arc<Posted>,
    queue: mpsc::Sender<Delivery>,
    waiting: Arc<Waiting>,
    pub(super) bus: Arc<Bus>,
    tasks: Tasks,
}

/// How pushes are sent.
#[derive(Clone, Debug)]
pub struct PushSettings {
    pub services: PushServices,
    /// The origin of the site, if it is known.
    pub site: Option<String>,
    /// Whom push services can turn to: `mailto:` or `https:`.
    pub contact: Option<String>,
}

/// What a browser is sent.
struct OnePush {
    user: UserId,
    subscription: Subscription,
    content: PushContent,
    is_urgent: bool,
}

/// A push on its way.
struct Delivery {
    push: OnePush,
    /// Which attempt this is, from 1.
    attempt: u32,
    _slot: PushSlot,
}

impl Push {
    /// Opens the parts and starts the tasks.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn start(
        settings: PushSettings,
        posted: Arc<Posted>,
        bus: Arc<Bus>,
        store: Store,
        tasks: &Tasks,
    ) -> anyhow::Result<Arc<Self>> {
        // Fails if there is one already, which is as good.
        let _ = provider::default_provider().install_default();
        let client = Client::builder()
            // A redirect would lead past the list of push services.
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .build()
            .context("the client for push services")?;
        let (queue, deliveries) = mpsc::channel(WAITING_MAX);
        let push = Arc::new(Self {
            vapid: Vapid::open(&store, settings.contact).await?,
            services: settings.services,
            site: settings.site,
            store,
            client,
            posted,
            queue,
            waiting: Arc::default(),
            bus,
            tasks: tasks.clone(),
        });
        tasks.spawn(Arc::clone(&push).judge_posted());
        tasks.spawn(Arc::clone(&push).send_queued(deliveries));
        Ok(push)
    }

    /// What the browser of a session has to know.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn state(&self, session: SessionId) -> Result<PushState, Refusal> {
        let subscription = self.store.push_subscription(session).await?;
        Ok(PushState {
            key: Some(self.vapid.public.clone()),
            shows_text: subscription.as_ref().is_some_and(|it| it.shows_text),
            endpoint: subscription.map(|it| it.endpoint),
        })
    }

    /// Subscribes the browser of a session.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for an endpoint of another than the listed services; [`Refusal::Malformed`] for keys that
    /// are none; [`Refusal::NotLoggedIn`].
    pub async fn subscribe(
        &self,
        user: UserId,
        session: SessionId,
        endpoint: String,
        (public, auth): (&[u8], &[u8]),
        shows_text: bool,
    ) -> Result<(), Refusal> {
        if self.services.endpoint(&endpoint).is_none() {
            return Err(Refusal::Invalid {
                field: Field::Endpoint,
                reason: "This server doesn't send to the push service of this browser.".into(),
            });
        }
        let keys = BrowserKeys::new(public, auth).filter(|keys| encrypt(b"", keys).is_ok());
        let keys = keys.ok_or_else(|| Refusal::Malformed {
            reason: "public_key is not a point of P-256, or auth has not 16 bytes".into(),
        })?;
        let subscription = Subscription {
            endpoint,
            keys,
            shows_text,
        };
        let subscribed = self.store.subscribe_push(user, session, subscription);
        Ok(subscribed.await?)
    }

    /// Ends the subscription of a session, if it has one.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn unsubscribe(&self, user: UserId, session: SessionId) -> Result<(), Refusal> {
        Ok(self.store.unsubscribe_push(user, session).await?)
    }

    /// Sends a test to the browser of a session, and tells what became of it.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn test(&self, user: UserId, session: SessionId) -> Result<PushOutcome, Refusal> {
        let Some(subscription) = self.store.push_subscription(session).await? else {
            return Ok(PushOutcome::NotSubscribed);
        };
        let content = PushContent {
            title: "Notifications work".into(),
            body: "This is the test that you asked for.".into(),
            message: None,
        };
        let push = OnePush {
            user,
            subscription,
            content,
            is_urgent: true,
        };
        Ok(self.deliver(&push).await.0)
    }

    /// Queues a push for a browser, unless its person, or all together, have too many.
    pub(super) fn queue_up(&self, user: UserId, subscription: Subscription, notified: Notified) {
        let Some(slot) = self.waiting.slot(user) else {
            METRICS.pushes_dropped.increment(1);
            return;
        };
        let push = OnePush {
            user,
            subscription,
            content: notified.content,
            is_urgent: notified.is_urgent,
        };
        let delivery = Delivery {
            push,
            attempt: 1,
            _slot: slot,
        };
        queue_up(&self.queue, delivery);
    }

    async fn send_queued(self: Arc<Self>, mut deliveries: mpsc::Receiver<Delivery>) {
        futures_util::stream::poll_fn(|context| deliveries.poll_recv(context))
            .for_each_concurrent(AT_ONCE, async |delivery| self.send(delivery).await)
            .await;
    }

    /// Sends a push. If its service is too busy or away, it is queued again after a pause, in which others are sent.
    async fn send(&self, delivery: Delivery) {
        let (outcome, pause) = self.deliver(&delivery.push).await;
        match (outcome, pause) {
            (PushOutcome::Accepted, _) => METRICS.pushes_sent.increment(1),
            (PushOutcome::Expired | PushOutcome::NotSubscribed, _) => {
                self.was_not_delivered(&delivery.push);
            }
            (_, Some(pause)) if delivery.attempt < ATTEMPTS => {
                let queue = self.queue.clone();
                let again = Delivery {
                    attempt: delivery.attempt + 1,
                    ..delivery
                };
                self.tasks.spawn(async move {
                    tokio::time::sleep(pause).await;
                    queue_up(&queue, again);
                });
            }
            (PushOutcome::Refused { .. } | PushOutcome::Unreachable, _) => {
                METRICS.pushes_failed.increment(1);
                self.was_not_delivered(&delivery.push);
            }
        }
    }

    fn was_not_delivered(&self, push: &OnePush) {
        if let Some(message) = push.content.message {
            let decision = undelivered(message, clock::now());
            self.bus.decided(vec![(push.user, decision)]);
        }
    }

    /// Sends a push once. Also tells after which pause it may be sent again, if that makes sense.
    async fn deliver(&self, push: &OnePush) -> (PushOutcome, Option<Duration>) {
        let endpoint = &push.subscription.endpoint;
        // The list may have become shorter since the browser subscribed.
        let Some(url) = self.services.endpoint(endpoint) else {
            self.forget(endpoint).await;
            return (PushOutcome::Expired, None);
        };
        let answer = match self.request(url, push) {
            Some(request) => request.send().await,
            None => return (PushOutcome::Unreachable, None),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "a push service can't be reached");
                return (PushOutcome::Unreachable, Some(PAUSE_MAX));
            }
        };
        // The body is not read: it could have any length.
        let status = answer.status();
        let refused = PushOutcome::Refused {
            status: status.as_u16(),
        };
        match status {
            _ if status.is_success() => (PushOutcome::Accepted, None),
            // RFC 8030, section 7.3; 404 is what some services answer.
            StatusCode::GONE | StatusCode::NOT_FOUND => {
                self.forget(endpoint).await;
                (PushOutcome::Expired, None)
            }
            _ if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                let after = answer.headers().get(RETRY_AFTER);
                let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
                let pause = after.map_or(PAUSE_MAX, Duration::from_secs);
                (refused, Some(pause.min(PAUSE_MAX)))
            }
            _ => {
                tracing::warn!(%status, "a push service refused a notification");
                (refused, None)
            }
        }
    }

    /// The request of RFC 8030, section 5. `None` if the text can't be encrypted.
    fn request(&self, url: Url, push: &OnePush) -> Option<reqwest::RequestBuilder> {
        let text = push.content.json(self.site.as_deref());
        let body = encrypt(&text, &push.subscription.keys).ok()?;
        let origin = url.origin().ascii_serialization();
        let authorization = self.vapid.authorization(&origin, clock::now()).ok()?;
        let urgency = if push.is_urgent { "high" } else { "normal" };
        let request = self.client.post(url);
        let request = request
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("TTL", KEPT)
            .header("Urgency", urgency)
            .header("Topic", topic(push));
        Some(request.body(body))
    }

    async fn forget(&self, endpoint: &str) {
        if let Err(error) = self.store.remove_push(endpoint.to_owned()).await {
            // The next push finds it again.
            tracing::debug!(%error, "an expired subscription was not removed");
        }
    }
}

/// Queues a push. There is room, because it has a slot.
fn queue_up(queue: &mpsc::Sender<Delivery>, delivery: Delivery) {
    if queue.try_send(delivery).is_err() {
        METRICS.pushes_dropped.increment(1);
    }
}

/// Names the thread, so that a push service keeps only the latest push of each for a browser that is off (RFC 8030,
/// section 5.4: up to 32 characters of base64url). The service can't tell which thread, nor that two people share one.
fn topic(push: &OnePush) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &push.subscription.keys.auth);
    let topic = hmac::sign(&key, push.content.tag().as_bytes());
    BASE64URL_NOPAD.encode(&topic.as_ref()[..24])
}
