//! Sessions of logged-in users: use, log-out, and detection of sessions ended elsewhere.

use std::time::{Duration, Instant};

use super::Accounts;
use crate::model::{Millis, OwnSession, Refusal, SessionId};
use crate::server::auth::SecretToken;
use crate::server::clock;
use crate::server::hub::Hub;
use crate::server::security_log::{SecurityEntry, SecurityEvent};
use crate::server::store::Session;

/// A session's last use is recorded at most this often.
const SEEN_STEP: Duration = Duration::from_secs(60 * 60);
/// How often expired sessions are ended.
const SWEEP_EVERY: Duration = Duration::from_secs(15);
/// How often the counter is read that shows whether another process has ended sessions.
const REVOKED_EVERY: Duration = Duration::from_millis(400);
/// Sessions looked up with one statement.
const SWEEP_CHUNK: usize = 500;

impl Accounts {
    /// The session of a cookie's token, if it has not ended; records its use.
    pub async fn session(&self, token: &SecretToken) -> Result<Option<Session>, Refusal> {
        #[cfg(test)]
        self.lookups
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let Some(session) = self.store.session(token.hash()).await? else {
            return Ok(None);
        };
        let now = clock::now();
        if now - session.seen_at > self.idle || now - session.created_at > self.absolute {
            return Ok(None);
        }
        if now - session.seen_at > millis(SEEN_STEP) {
            self.store.touch_sessions(vec![session.id]).await?;
        }
        Ok(Some(session))
    }

    /// How often a session was looked up.
    #[cfg(test)]
    pub fn lookups(&self) -> usize {
        self.lookups.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Ends a session; its sockets are closed by the change that the store reports to the hub.
    pub async fn log_out(&self, session: &Session) -> Result<(), Refusal> {
        self.store.end_session(session.id).await?;
        SecurityEntry::new(SecurityEvent::EndSession)
            .account(session.person.id)
            .session(session.id)
            .done();
        Ok(())
    }

    /// The user's own sessions, the last used first; `session` is that of the request.
    pub async fn sessions(&self, session: &Session) -> Result<Vec<OwnSession>, Refusal> {
        let now = clock::now();
        let (seen, begun) = (now - self.idle, now - self.absolute);
        let mut sessions = self.store.sessions_of(session.person.id).await?;
        sessions.retain(|one| one.seen_at >= seen && one.created_at >= begun);
        for one in &mut sessions {
            one.is_this = one.id == session.id.0;
        }
        Ok(sessions)
    }

    /// Ends one of the user's own sessions.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not theirs, or has ended.
    pub async fn end_own_session(&self, by: &Session, session: SessionId) -> Result<(), Refusal> {
        let is_ended = self.store.end_session_of(by.person.id, session).await?;
        if !is_ended {
            return Err(Refusal::NotFound);
        }
        SecurityEntry::new(SecurityEvent::EndSession)
            .account(by.person.id)
            .session(session)
            .done();
        Ok(())
    }

    /// Ends all of the user's sessions except the one of the request.
    pub async fn end_other_sessions(&self, by: &Session) -> Result<(), Refusal> {
        self.store.end_other_sessions(by.person.id, by.id).await?;
        SecurityEntry::new(SecurityEvent::EndOtherSessions)
            .account(by.person.id)
            .session(by.id)
            .done();
        Ok(())
    }

    /// Whether a session has not ended.
    pub async fn is_live(&self, session: SessionId) -> Result<bool, Refusal> {
        Ok(!self.store.live_sessions(&[session]).await?.is_empty())
    }

    /// Ends expired sessions, and closes the sockets of those that another process ended without increasing the
    /// counter, for as long as the process runs.
    pub async fn sweep(&self, hub: &Hub) {
        let mut interval = tokio::time::interval(SWEEP_EVERY);
        let mut touched = Instant::now();
        loop {
            interval.tick().await;
            self.sweep_once(hub, &mut touched).await;
        }
    }

    /// One round of [`Self::sweep`]. `touched` is when the sessions of open sockets were last recorded as used.
    pub(super) async fn sweep_once(&self, hub: &Hub, touched: &mut Instant) {
        let now = clock::now();
        let expired = self
            .store
            .end_expired_sessions(now - self.idle, now - self.absolute)
            .await;
        if let Err(error) = expired {
            tracing::warn!(%error, "ending expired sessions failed");
        }
        let is_time_to_touch = touched.elapsed() > SEEN_STEP;
        if is_time_to_touch {
            *touched = Instant::now();
        }
        // Ended sessions are only read, which works even when nothing can be written.
        for sessions in hub.sessions().chunks(SWEEP_CHUNK) {
            // A failed check is repeated in the next round.
            let Ok(live) = self.close_ended(hub, sessions).await else {
                continue;
            };
            if is_time_to_touch {
                let _ = self.store.touch_sessions(live).await;
            }
        }
    }

    /// Closes, within a second, the sockets of sessions that the operator's commands or another node ended by a new
    /// password or a suspension, for as long as the process runs. On an idle server this costs a read of one row;
    /// without connections, nothing.
    pub async fn watch_revocations(&self, hub: &Hub) {
        let mut interval = tokio::time::interval(REVOKED_EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut seen = None;
        loop {
            interval.tick().await;
            if hub.is_empty() {
                // A new connection always starts with a session that exists.
                seen = None;
                continue;
            }
            let Ok(count) = self.store.revocations().await else {
                continue;
            };
            if seen == Some(count) {
                continue;
            }
            let mut is_all = true;
            for sessions in hub.sessions().chunks(SWEEP_CHUNK) {
                is_all &= self.close_ended(hub, sessions).await.is_ok();
            }
            if is_all {
                seen = Some(count);
            }
        }
    }

    /// Closes the sockets of those of these sessions that have ended; returns the others.
    async fn close_ended(
        &self,
        hub: &Hub,
        sessions: &[SessionId],
    ) -> Result<Vec<SessionId>, Refusal> {
        let live = self.store.live_sessions(sessions).await?;
        let ended: Vec<SessionId> = sessions
            .iter()
            .copied()
            .filter(|id| !live.contains(id))
            .collect();
        hub.end_sessions(&ended);
        Ok(live)
    }
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
