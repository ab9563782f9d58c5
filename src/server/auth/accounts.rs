//! Signing up, logging in, staying logged in, logging out.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::names;
use super::passwords::{self, Passwords};
use super::throttle::Throttle;
use super::tokens::SessionToken;
use crate::model::{Millis, Person, Refusal, UserId, limits, validate};
use crate::server::chat::site::token_hash;
use crate::server::clock;
use crate::server::config;
use crate::server::hub::Hub;
use crate::server::store::{Admission, Login, NewRoom, NewUser, Session, SessionId, Store};

/// A session's last use is written down at most this often.
const SEEN_STEP: Duration = Duration::from_secs(60 * 60);
/// How often sessions that ended elsewhere (by the command line, by age) are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(15);
/// Sessions looked up with one statement.
const SWEEP_CHUNK: usize = 500;

/// Accounts and their sessions.
pub struct Accounts {
    store: Store,
    passwords: Arc<Passwords>,
    /// The room that everyone is in from the start.
    lobby: Option<NewRoom>,
    /// Failed log-ins, per account and per address.
    log_ins: Throttle,
    /// Sign-ups, those that succeed too, per address.
    sign_ups: Throttle,
    idle: Millis,
    absolute: Millis,
}

/// By what somebody signs up who has more than a name.
#[derive(Clone, Copy, Default)]
pub struct By<'a> {
    /// The token of an invite link, where one is needed or used.
    pub invite: Option<&'a str>,
    /// The token with which the first account is made.
    pub setup: Option<&'a str>,
}

/// What the token of the first account is known by: SHA-256.
#[must_use]
pub fn setup_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.trim()).into()
}

impl Accounts {
    #[must_use]
    pub fn new(
        store: Store,
        passwords: Arc<Passwords>,
        lobby: Option<NewRoom>,
        sessions: &config::Sessions,
    ) -> Self {
        let day: Millis = 24 * 60 * 60 * 1_000;
        Self {
            store,
            passwords,
            lobby,
            log_ins: Throttle::default(),
            sign_ups: Throttle::new(limits::SIGN_UPS, limits::SIGN_UP_WINDOW),
            idle: Millis::from(sessions.idle_days) * day,
            absolute: Millis::from(sessions.absolute_days) * day,
        }
    }

    /// Makes an account and logs it in.
    ///
    /// # Errors
    /// What is wrong with a field, [`Refusal::Taken`], [`Refusal::SignUpClosed`],
    /// [`Refusal::InviteInvalid`], [`Refusal::NeedsToken`], [`Refusal::Throttled`], [`Refusal::Busy`].
    pub async fn sign_up(
        &self,
        username: &str,
        display_name: &str,
        password: String,
        by: By<'_>,
        from: IpAddr,
    ) -> Result<SessionToken, Refusal> {
        self.sign_ups.check(&address_key(from), Instant::now())?;
        let admission = Admission {
            invite: by.invite.map(token_hash).transpose()?,
            setup: by.setup.map(setup_hash),
            lobby: self.lobby.clone(),
            by_operator: false,
        };
        let person = self
            .admit(username, display_name, password, admission)
            .await?;
        self.begin_session(person.id).await
    }

    /// Makes an account, as the operator of the machine.
    ///
    /// # Errors
    /// What is wrong with a field, [`Refusal::Taken`], [`Refusal::Busy`].
    pub async fn add_user(
        &self,
        username: &str,
        display_name: &str,
        password: String,
    ) -> Result<Person, Refusal> {
        let admission = Admission {
            lobby: self.lobby.clone(),
            by_operator: true,
            ..Admission::default()
        };
        self.admit(username, display_name, password, admission)
            .await
    }

    async fn admit(
        &self,
        username: &str,
        display_name: &str,
        password: String,
        admission: Admission,
    ) -> Result<Person, Refusal> {
        let name = names::username(username)?;
        if !admission.by_operator {
            names::check_reserved(&name)?;
        }
        let display_name = validate::display_name(display_name, username.trim())?;
        passwords::check_strength(&password, &[&name.key, &display_name, "chapp"])?;
        let password_hash = self.passwords.hash(password).await?;
        let user = NewUser {
            username: name.key,
            skeleton: name.skeleton,
            display_name,
            password_hash,
        };
        Ok(self.store.add_user(user, admission).await?)
    }

    /// Logs in.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`], the same and after the same time whichever of the two is wrong
    /// (OWASP Authentication cheat sheet); [`Refusal::Throttled`]; [`Refusal::Busy`].
    pub async fn log_in(
        &self,
        username: &str,
        password: String,
        from: IpAddr,
    ) -> Result<SessionToken, Refusal> {
        let name = names::lookup_key(username);
        let keys = [
            format!("account {}", name.as_deref().unwrap_or(username)),
            address_key(from),
        ];
        self.begin_attempt(&keys)?;
        let found = match self.identify(name.as_deref(), &password).await {
            Ok(found) => found,
            Err(refusal) => {
                // Nothing was judged: the server was busy, or could not read.
                self.give_back(&keys);
                return Err(refusal);
            }
        };
        let Some(login) = found else {
            for key in &keys {
                self.log_ins.failed(key, Instant::now());
            }
            return Err(Refusal::WrongCredentials);
        };
        self.give_back(&keys);
        // Told only to who knows the password.
        if login.is_suspended {
            return Err(Refusal::Suspended);
        }
        let Login {
            person,
            password_hash: hash,
            ..
        } = login;
        if self.passwords.needs_rehash(&hash) {
            let hash = self.passwords.hash(password).await?;
            self.store.rehash_password(person.id, hash).await?;
        }
        self.begin_session(person.id).await
    }

    /// Counts an attempt for each key, or for none: who waits must not make others wait.
    fn begin_attempt(&self, keys: &[String]) -> Result<(), Refusal> {
        for (index, key) in keys.iter().enumerate() {
            if let Err(refusal) = self.log_ins.check(key, Instant::now()) {
                self.give_back(&keys[..index]);
                return Err(refusal);
            }
        }
        Ok(())
    }

    fn give_back(&self, keys: &[String]) {
        for key in keys {
            self.log_ins.succeeded(key, Instant::now());
        }
    }

    /// Whose name and password these are; `None` when they are nobody's.
    async fn identify(&self, name: Option<&str>, password: &str) -> Result<Option<Login>, Refusal> {
        let found = match name {
            Some(name) => self.store.login(name).await?,
            None => None,
        };
        let hash = found.as_ref().map(|login| login.password_hash.clone());
        let is_right = self.passwords.verify(password.to_owned(), hash).await?;
        Ok(found.filter(|_| is_right))
    }

    async fn begin_session(&self, user: UserId) -> Result<SessionToken, Refusal> {
        let token = SessionToken::random();
        self.store.add_session(user, token.hash()).await?;
        Ok(token)
    }

    /// The person with this user name, as it was typed.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn find(&self, username: &str) -> Result<Person, Refusal> {
        let name = names::lookup_key(username).ok_or(Refusal::NotFound)?;
        let login = self.store.login(&name).await?;
        login.map(|login| login.person).ok_or(Refusal::NotFound)
    }

    /// Sets somebody's password and ends their sessions.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], a weak password, [`Refusal::Busy`].
    pub async fn set_password(&self, username: &str, password: String) -> Result<(), Refusal> {
        let person = self.find(username).await?;
        let names = [person.username.as_str(), &person.display_name, "chapp"];
        passwords::check_strength(&password, &names)?;
        let hash = self.passwords.hash(password).await?;
        Ok(self.store.set_password(person.id, hash).await?)
    }

    /// The session of a cookie's token, if it has not ended, and notes that it is used.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn session(&self, token: &SessionToken) -> Result<Option<Session>, Refusal> {
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

    /// Ends a session; its sockets are closed by what the store then tells the hub.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn log_out(&self, session: SessionId) -> Result<(), Refusal> {
        Ok(self.store.end_session(session).await?)
    }

    /// Whether a session has not ended.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn is_live(&self, session: SessionId) -> Result<bool, Refusal> {
        Ok(!self.store.live_sessions(&[session]).await?.is_empty())
    }

    /// Closes the sockets of sessions that were ended outside this process, and ends those that are too
    /// old, for as long as the process runs.
    pub async fn sweep(&self, hub: &Hub) {
        let mut interval = tokio::time::interval(SWEEP_EVERY);
        let mut touched = Instant::now();
        loop {
            interval.tick().await;
            let now = clock::now();
            let expired = self
                .store
                .end_expired_sessions(now - self.idle, now - self.absolute)
                .await;
            if let Err(error) = expired {
                tracing::warn!(%error, "could not look for expired sessions");
                continue;
            }
            let is_time_to_touch = touched.elapsed() > SEEN_STEP;
            if is_time_to_touch {
                touched = Instant::now();
            }
            for sessions in hub.sessions().chunks(SWEEP_CHUNK) {
                // What can't be known now is looked at again the next time.
                let Ok(live) = self.store.live_sessions(sessions).await else {
                    continue;
                };
                let ended: Vec<SessionId> = sessions
                    .iter()
                    .copied()
                    .filter(|id| !live.contains(id))
                    .collect();
                hub.end_sessions(&ended);
                if is_time_to_touch {
                    let _ = self.store.touch_sessions(live).await;
                }
            }
        }
    }
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// What attempts from an address are counted by. IPv6 addresses of one customer share their first 64 bits (RFC 6177).
#[must_use]
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address {address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address {a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests;
