//! Push subscriptions: the browsers that are notified while no page is open.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::notify_choice::{notify_choice, notify_settings};
use super::write_queue::{Owner, WriteTurn};
use super::{Outcome, Store, StoreError, dialect};
use crate::model::notify::{NotifyChoice, NotifySettings};
use crate::model::{Refusal, Seq, SessionId, ThreadId, UserId};
use crate::server::clock;

/// The length of a point on P-256 that is not compressed, in bytes.
pub const PUBLIC_KEY: usize = 65;
/// The length of an authentication secret, in bytes (RFC 8291, section 3.2).
const AUTH: usize = 16;

/// The keys of a subscription, which pushes are encrypted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserKeys {
    /// A point on P-256 that is not compressed.
    pub public: [u8; PUBLIC_KEY],
    pub auth: [u8; AUTH],
}

impl BrowserKeys {
    /// The keys in these bytes; `None` if they have the wrong length or form. Whether the point is on the curve turns
    /// out when something is encrypted.
    #[must_use]
    pub fn new(public: &[u8], auth: &[u8]) -> Option<Self> {
        // 4: the point is not compressed (SEC 1, section 2.3.3).
        (public.first() == Some(&4)).then_some(())?;
        Some(Self {
            public: public.try_into().ok()?,
            auth: auth.try_into().ok()?,
        })
    }
}

/// A subscription of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub endpoint: String,
    pub keys: BrowserKeys,
    /// Whether the text of messages is sent.
    pub shows_text: bool,
}

/// A member of a thread with a subscription, and what decides whether they are notified of a message there.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub user: UserId,
    pub subscription: Subscription,
    /// Up to where the member has read.
    pub read: Seq,
    pub choice: NotifyChoice,
    /// What the member chose for all threads.
    pub settings: NotifySettings,
}

const COLUMNS: &str = "s.endpoint, s.public_key, s.auth, s.shows_text";

impl Store {
    /// Subscribes the browser of a session, instead of an earlier subscription of the session or of the same browser.
    ///
    /// # Errors
    /// [`Refusal::NotLoggedIn`] when the session has ended.
    pub async fn subscribe_push(
        &self,
        user: UserId,
        session: SessionId,
        subscription: Subscription,
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::of(user), move |db| {
                Box::pin(async move {
                    let id = session.0.as_bytes().to_vec();
                    // A browser has one endpoint, whoever is logged in.
                    sqlx::query(
                        "DELETE FROM push_subscriptions WHERE session_id = $1 OR endpoint = $2",
                    )
                    .bind(id.clone())
                    .bind(subscription.endpoint.clone())
                    .execute(&mut *db)
                    .await?;
                    let added = sqlx::query(
                        "INSERT INTO push_subscriptions \
                           (session_id, user_id, endpoint, public_key, auth, shows_text, created_at) \
                         SELECT id, user_id, $3, $4, $5, $6, $7 FROM sessions \
                         WHERE id = $1 AND user_id = $2",
                    )
                    .bind(id)
                    .bind(user.0)
                    .bind(subscription.endpoint)
                    .bind(subscription.keys.public.to_vec())
                    .bind(subscription.keys.auth.to_vec())
                    .bind(i64::from(subscription.shows_text))
                    .bind(clock::now())
                    .execute(&mut *db)
                    .await?;
                    if added.rows_affected() == 0 {
                        return Err(Refusal::NotLoggedIn.into());
                    }
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// Ends the subscription of a session, if it has one.
    pub async fn unsubscribe_push(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::of(user), move |db| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM push_subscriptions WHERE session_id = $1")
                        .bind(session.0.as_bytes().to_vec())
                        .execute(db)
                        .await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// Removes a subscription that its push service no longer knows.
    pub async fn remove_push(&self, endpoint: String) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::ordinary(Owner::Server), move |db| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM push_subscriptions WHERE endpoint = $1")
                        .bind(endpoint)
                        .execute(db)
                        .await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// The subscription of a session.
    pub async fn push_subscription(
        &self,
        session: SessionId,
    ) -> Result<Option<Subscription>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM push_subscriptions s WHERE s.session_id = $1");
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(session.0.as_bytes().to_vec())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(subscription).transpose()?.flatten())
    }

    /// Whether any browser has a subscription.
    pub async fn has_push_subscriptions(&self) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM push_subscriptions LIMIT 1")
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// The members of a thread with subscriptions. A member with several browsers is there several times.
    pub async fn push_recipients(&self, thread: ThreadId) -> Result<Vec<Recipient>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS}, s.user_id, m.read_seq, m.muted, m.muted_until, m.notify_level, \
               u.notify_settings \
             FROM push_subscriptions s JOIN users u ON u.id = s.user_id \
             JOIN members m ON m.user_id = s.user_id AND m.thread_id = $1 \
             ORDER BY s.user_id"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(thread.0)
            .fetch_all(&self.readers)
            .await?;
        let recipient = |row: &AnyRow| {
            let Some(subscription) = subscription(row)? else {
                return Ok(None);
            };
            Ok(Some(Recipient {
                user: UserId(row.try_get(4)?),
                subscription,
                read: row.try_get(5)?,
                choice: notify_choice(row)?,
                settings: notify_settings(&row.try_get::<String, _>("notify_settings")?),
            }))
        };
        let found = rows.iter().filter_map(|row| recipient(row).transpose());
        Ok(found.collect::<Result<_, sqlx::Error>>()?)
    }

    /// The name of a room, which is empty for a group; `None`: a direct chat.
    pub async fn room_name(&self, thread: ThreadId) -> Result<Option<String>, StoreError> {
        let name = sqlx::query_scalar("SELECT name FROM rooms WHERE thread_id = $1")
            .bind(thread.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(name)
    }
}

/// The subscription in the first columns of a row; `None` if its keys have the wrong length, which none has that was
/// checked.
fn subscription(row: &AnyRow) -> Result<Option<Subscription>, sqlx::Error> {
    let (public, auth): (Vec<u8>, Vec<u8>) = (row.try_get(1)?, row.try_get(2)?);
    let Some(keys) = BrowserKeys::new(&public, &auth) else {
        return Ok(None);
    };
    Ok(Some(Subscription {
        endpoint: row.try_get(0)?,
        keys,
        shows_text: dialect::flag(row, 3)?,
    }))
}
