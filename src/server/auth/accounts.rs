//! Signing up, logging in, changing the password. [`sessions`] covers the sessions of logged-in users, [`admission`]
//! the checks of a new account.

mod admission;
mod sessions;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::device::Devices;
use super::log_in_throttle::{Allowance, Counted, Throttle};
use super::names;
use super::network::Network;
use super::passwords::{Asker, Passwords, check_length};
use super::tokens::{SecretToken, token_hash};
use crate::model::{Field, Millis, Person, Refusal, SessionId, limits};
use crate::server::config;
use crate::server::security_log::{SecurityEntry, SecurityEvent};
use crate::server::store::{Admission, Login, NewRoom, Session, Store};

/// The allowance of one account at one address: see [`Accounts::log_in`].
const AT_ADDRESS: Allowance = Allowance::new(limits::LOGIN_ATTEMPTS, limits::LOGIN_ACCOUNT_WINDOW);
/// The allowance of one account over all addresses.
const OF_ACCOUNT: Allowance =
    Allowance::new(limits::LOGIN_ACCOUNT_ATTEMPTS, limits::LOGIN_ACCOUNT_WINDOW);
/// The allowance of one address over all accounts; wider networks get multiples.
const OF_ADDRESS: Allowance = Allowance::new(limits::LOGIN_ATTEMPTS, limits::LOGIN_WINDOW);
/// Sign-ups from one address; wider networks get multiples.
const SIGN_UPS: Allowance = Allowance::new(limits::SIGN_UPS, limits::SIGN_UP_WINDOW);

/// Accounts and their sessions.
pub struct Accounts {
    store: Store,
    passwords: Arc<Passwords>,
    /// The room that every account joins.
    lobby: Option<NewRoom>,
    devices: Devices,
    /// Counts failed log-ins and failed password changes.
    log_ins: Throttle,
    /// Counts sign-ups per address, including successful ones.
    sign_ups: Throttle,
    idle: Millis,
    absolute: Millis,
    #[cfg(test)]
    lookups: std::sync::atomic::AtomicUsize,
}

/// The tokens presented at sign-up.
#[derive(Clone, Copy, Default)]
pub struct By<'a> {
    /// The token of an invite link, where one is needed or used.
    pub invite: Option<&'a str>,
    /// The setup token, for the first account.
    pub setup: Option<&'a str>,
}

/// The hash under which a setup token is stored: SHA-256.
#[must_use]
pub fn setup_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.trim()).into()
}

/// The browser making the request.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: IpAddr,
    /// The value of its device cookie, if it sent one. Must not be logged.
    pub device: Option<String>,
    /// The name of the browser, in words of ours.
    pub browser: String,
}

/// The result of a log-in: the cookies for the browser.
#[derive(Debug)]
pub struct LoggedIn {
    pub token: SecretToken,
    /// The value of its device cookie.
    pub device: String,
}

impl Accounts {
    #[must_use]
    pub fn new(
        store: Store,
        passwords: Arc<Passwords>,
        lobby: Option<NewRoom>,
        devices: Devices,
        sessions: &config::SessionsConfig,
    ) -> Self {
        let day: Millis = 24 * 60 * 60 * 1_000;
        Self {
            store,
            passwords,
            lobby,
            devices,
            log_ins: Throttle::default(),
            sign_ups: Throttle::default(),
            idle: Millis::from(sessions.idle_days) * day,
            absolute: Millis::from(sessions.absolute_days) * day,
            #[cfg(test)]
            lookups: std::sync::atomic::AtomicUsize::default(),
        }
    }

    /// Creates an account and logs it in.
    ///
    /// # Errors
    /// Invalid fields, [`Refusal::Taken`], [`Refusal::SignUpClosed`], [`Refusal::InviteInvalid`],
    /// [`Refusal::NeedsToken`], [`Refusal::Throttled`], [`Refusal::Busy`].
    pub async fn sign_up(
        &self,
        username: &str,
        display_name: &str,
        password: String,
        by: By<'_>,
        client: &Client,
    ) -> Result<LoggedIn, Refusal> {
        let entry = SecurityEntry::new(SecurityEvent::SignUp).from(client.address);
        let signed_up = self
            .sign_up_from(username, display_name, password, by, client)
            .await;
        match &signed_up {
            Ok((person, session, _)) => entry.account(person.id).session(*session).done(),
            Err(refusal) => entry.refused(refusal),
        }
        signed_up.map(|(.., logged_in)| logged_in)
    }

    async fn sign_up_from(
        &self,
        username: &str,
        display_name: &str,
        password: String,
        by: By<'_>,
        client: &Client,
    ) -> Result<(Person, SessionId, LoggedIn), Refusal> {
        let counted = networks(&self.sign_ups, client.address, SIGN_UPS);
        self.sign_ups.begin(&counted, Instant::now())?;
        let admission = Admission {
            invite: by.invite.map(token_hash).transpose()?,
            setup: by.setup.map(setup_hash),
            lobby: self.lobby.clone(),
            by_operator: false,
        };
        let asker = Asker::stranger(client.address);
        let person = self
            .admit(username, display_name, password, admission, asker)
            .await?;
        let (session, logged_in) = self.start_session(&person, client).await?;
        Ok((person, session, logged_in))
    }

    /// Creates an account on the authority of the operator.
    ///
    /// # Errors
    /// Invalid fields, [`Refusal::Taken`], [`Refusal::Busy`].
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
        let asker = Asker::OPERATOR;
        self.admit(username, display_name, password, admission, asker)
            .await
    }

    /// Logs in.
    ///
    /// Failures count for the account at this address, for the account in total, and for the address (IPv6: for its
    /// networks). In a browser that has logged in to this account before they count for that browser alone, so that
    /// other people's guesses do not lock the owner out.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`], identical and after the same time whichever of the two is wrong (OWASP
    /// Authentication Cheat Sheet); [`Refusal::Throttled`]; [`Refusal::Busy`].
    pub async fn log_in(
        &self,
        username: &str,
        password: String,
        client: &Client,
    ) -> Result<LoggedIn, Refusal> {
        let entry = SecurityEntry::new(SecurityEvent::LogIn).from(client.address);
        let name = names::lookup_key(username);
        let device = name
            .as_deref()
            .zip(client.device.as_deref())
            .and_then(|(name, value)| self.devices.recognise(name, value));
        let (counted, asker) = match device {
            Some(device) => (
                vec![self.log_ins.key(("device", device))],
                Asker::known_device(device),
            ),
            None => (
                self.counted(name.as_deref().unwrap_or(username), client.address),
                Asker::log_in(client.address),
            ),
        };
        if let Err(refusal) = self.log_ins.begin(&counted, Instant::now()) {
            entry.refused(&refusal);
            return Err(refusal);
        }
        let found = match self.identify(asker, name.as_deref(), &password).await {
            Ok(found) => found,
            Err(refusal) => {
                // The password was not checked: the server was busy, or a read failed.
                self.log_ins.refund(&counted, Instant::now());
                return Err(refusal);
            }
        };
        let (login, is_right) = match found {
            Some((login, is_right)) => (Some(login), is_right),
            None => (None, false),
        };
        let entry = match &login {
            Some(login) => entry.account(login.person.id),
            None => entry,
        };
        let Some(login) = login.filter(|_| is_right) else {
            self.log_ins.fail(&counted, Instant::now());
            entry.refused(&Refusal::WrongCredentials);
            return Err(Refusal::WrongCredentials);
        };
        self.log_ins.refund(&counted, Instant::now());
        let started = self.begin_log_in(asker, login, password, client).await;
        match &started {
            Ok((session, _)) => entry.session(*session).done(),
            Err(refusal) => entry.refused(refusal),
        }
        started.map(|(_, logged_in)| logged_in)
    }

    /// Completes a log-in once the password is known to be right.
    async fn begin_log_in(
        &self,
        asker: Asker,
        login: Login,
        password: String,
        client: &Client,
    ) -> Result<(SessionId, LoggedIn), Refusal> {
        // Revealed only to a user who knows the password.
        if login.is_suspended {
            return Err(Refusal::Suspended);
        }
        if self.passwords.needs_rehash(&login.password_hash) {
            let hash = self.passwords.hash(asker, password).await?;
            self.store.rehash_password(login.person.id, hash).await?;
        }
        self.start_session(&login.person, client).await
    }

    /// The counters for a log-in from a browser that the account doesn't know.
    fn counted(&self, name: &str, address: IpAddr) -> Vec<Counted> {
        let here = Network::of(address);
        let mut counted = networks(&self.log_ins, address, OF_ADDRESS);
        counted.push(
            self.log_ins
                .key_with(("account at", name, here), AT_ADDRESS),
        );
        counted.push(self.log_ins.key_with(("account", name), OF_ACCOUNT));
        counted
    }

    /// The account of this name, and whether the password is right; `None` when there is no such account.
    async fn identify(
        &self,
        asker: Asker,
        name: Option<&str>,
        password: &str,
    ) -> Result<Option<(Login, bool)>, Refusal> {
        let found = match name {
            Some(name) => self.store.login(name).await?,
            None => None,
        };
        let hash = found.as_ref().map(|login| login.password_hash.clone());
        let password = password.to_owned();
        let is_right = self.passwords.verify(asker, password, hash).await?;
        Ok(found.map(|login| (login, is_right)))
    }

    async fn start_session(
        &self,
        person: &Person,
        client: &Client,
    ) -> Result<(SessionId, LoggedIn), Refusal> {
        let token = SecretToken::random();
        let browser = client.browser.clone();
        let session = self
            .store
            .start_session(person.id, token.hash(), browser)
            .await?;
        let device = self.devices.issue(&person.username);
        Ok((session, LoggedIn { token, device }))
    }

    /// The person with this user name as typed.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn find(&self, username: &str) -> Result<Person, Refusal> {
        let name = names::lookup_key(username).ok_or(Refusal::NotFound)?;
        let login = self.store.login(&name).await?;
        login.map(|login| login.person).ok_or(Refusal::NotFound)
    }

    /// Sets a user's password and ends their sessions, on the authority of the operator.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], a weak password, [`Refusal::Busy`].
    pub async fn set_password(&self, username: &str, password: String) -> Result<(), Refusal> {
        let person = self.find(username).await?;
        let words = vec![person.username, person.display_name];
        let hash = self
            .passwords
            .hash_new(Asker::OPERATOR, password, words)
            .await?;
        self.store.set_password(person.id, hash).await?;
        SecurityEntry::new(SecurityEvent::ChangePassword)
            .account(person.id)
            .done();
        Ok(())
    }

    /// Changes the user's own password, and ends all their other sessions on all nodes.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] on [`Field::CurrentPassword`] when that is wrong, and on [`Field::Password`] when the new
    /// one is weak; [`Refusal::Throttled`]; [`Refusal::Busy`]; [`Refusal::NotLoggedIn`] when the session has ended
    /// meanwhile.
    pub async fn change_password(
        &self,
        session: &Session,
        current: String,
        new: String,
        address: IpAddr,
    ) -> Result<(), Refusal> {
        let entry = SecurityEntry::new(SecurityEvent::ChangePassword)
            .from(address)
            .account(session.person.id)
            .session(session.id);
        let changed = self.change_limited(session, current, new, address).await;
        match &changed {
            Ok(()) => entry.done(),
            Err(refusal) => entry.refused(refusal),
        }
        changed
    }

    async fn change_limited(
        &self,
        session: &Session,
        current: String,
        new: String,
        address: IpAddr,
    ) -> Result<(), Refusal> {
        let person = &session.person;
        let asker = Asker::person(person.id).at(address);
        let counted = [self.log_ins.key(("change", person.id.0))];
        self.log_ins.begin(&counted, Instant::now())?;
        let is_same = current == new;
        let found = self.identify(asker, Some(&person.username), &current).await;
        let login = match found {
            Ok(found) => found,
            Err(refusal) => {
                self.log_ins.refund(&counted, Instant::now());
                return Err(refusal);
            }
        };
        let Some((login, true)) = login else {
            self.log_ins.fail(&counted, Instant::now());
            let length = check_length(&new).err();
            let refusals = std::iter::once(wrong_current()).chain(length).collect();
            return Err(Refusal::of_fields(refusals).unwrap_or_else(wrong_current));
        };
        self.log_ins.refund(&counted, Instant::now());
        if is_same {
            let reason = "Choose a password that differs from the current one.";
            return Err(Refusal::invalid(Field::Password, reason));
        }
        let words = vec![person.username.clone(), person.display_name.clone()];
        let hash = self.passwords.hash_new(asker, new, words).await?;
        let is_changed = self
            .store
            .change_password(person.id, session.id, login.password_hash, hash)
            .await?;
        // It was changed concurrently.
        is_changed.then_some(()).ok_or_else(wrong_current)
    }
}

fn wrong_current() -> Refusal {
    Refusal::invalid(Field::CurrentPassword, "That isn't your current password")
}

/// The key by which attempts from an address are counted. IPv6 addresses of one customer share their first 64 bits (RFC
/// 6177).
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

/// The networks of an address, each with its multiple of an allowance.
fn networks(throttle: &Throttle, address: IpAddr, allowance: Allowance) -> Vec<Counted> {
    Network::all_of(address)
        .map(|(network, factor)| throttle.key_with(network, allowance.times(factor)))
        .collect()
}

#[cfg(test)]
mod tests;
