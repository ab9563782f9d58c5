//! The security log: log-ins and their failures, refusals, and changes to accounts, roles and sessions.
//!
//! Each entry is one line with the target `chapp::security`, of the form
//!
//! ```text
//! event=log_in outcome=wrong_credentials address=203.0.113.7 account=12 session=…
//! ```
//!
//! The parts come in this order; absent ones are left out. All values are ids, addresses and fixed words: nothing that
//! a user typed is ever logged, so no line can be forged, and a password typed into the wrong field is not recorded.
//! `deploy/fail2ban` parses these lines (OWASP Logging cheat sheet), so they are written outside any span.

use std::fmt;
use std::net::IpAddr;
use std::time::Instant;

use super::log_rate_limit::LogRateLimit;
use crate::model::{Refusal, SessionId, ThreadId, UserId};

/// The target of these lines, for `RUST_LOG`.
pub const TARGET: &str = "chapp::security";

/// An action, done or attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEvent {
    SignUp,
    LogIn,
    ChangePassword,
    EndSession,
    EndOtherSessions,
    Suspend,
    Restore,
    MakeSiteAdmin,
    TakeSiteAdmin,
    SetSignUp,
    SetRole,
    RemoveMember,
    Ban,
    LiftBan,
    SetKey,
    MakePublic,
    DeleteRoom,
    MakeInvite,
    RevokeInvite,
    JoinPrivate,
    AcceptInvite,
    Report,
    /// Any action refused because of too many before it.
    Flood,
}

impl SecurityEvent {
    fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::LogIn => "log_in",
            Self::ChangePassword => "change_password",
            Self::EndSession => "end_session",
            Self::EndOtherSessions => "end_other_sessions",
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::MakeSiteAdmin => "make_site_admin",
            Self::TakeSiteAdmin => "take_site_admin",
            Self::SetSignUp => "set_sign_up",
            Self::SetRole => "set_role",
            Self::RemoveMember => "remove_member",
            Self::Ban => "ban",
            Self::LiftBan => "lift_ban",
            Self::SetKey => "set_key",
            Self::MakePublic => "make_public",
            Self::DeleteRoom => "delete_room",
            Self::MakeInvite => "make_invite",
            Self::RevokeInvite => "revoke_invite",
            Self::JoinPrivate => "join_private_room",
            Self::AcceptInvite => "accept_invite",
            Self::Report => "report",
            Self::Flood => "flood",
        }
    }
}

/// One entry, written by [`Self::done`] or [`Self::refused`].
#[must_use]
#[derive(Clone, Copy, Debug)]
pub struct SecurityEntry {
    event: SecurityEvent,
    address: Option<IpAddr>,
    account: Option<UserId>,
    session: Option<SessionId>,
    subject: Option<UserId>,
    thread: Option<ThreadId>,
}

impl SecurityEntry {
    pub fn new(event: SecurityEvent) -> Self {
        Self {
            event,
            address: None,
            account: None,
            session: None,
            subject: None,
            thread: None,
        }
    }

    /// The client's address.
    pub fn from(self, address: IpAddr) -> Self {
        let address = Some(address.to_canonical());
        Self { address, ..self }
    }

    /// The account that acted or, for a log-in attempt, the account attempted.
    pub fn account(self, user: UserId) -> Self {
        let account = Some(user);
        Self { account, ..self }
    }

    pub fn session(self, session: SessionId) -> Self {
        let session = Some(session);
        Self { session, ..self }
    }

    /// The user acted on.
    pub fn to(self, subject: Option<UserId>) -> Self {
        Self { subject, ..self }
    }

    /// The room acted in.
    pub fn in_room(self, thread: Option<ThreadId>) -> Self {
        Self { thread, ..self }
    }

    /// Logs that it was done.
    pub fn done(self) {
        let line = self.line("ok");
        tracing::info!(target: TARGET, parent: None, "{line}");
    }

    /// Logs that it was refused.
    pub fn refused(self, refusal: &Refusal) {
        if is_cheap(refusal) {
            match CHEAP_REFUSALS.admits(Instant::now()) {
                None => return,
                Some(0) => {}
                Some(lines) => {
                    tracing::warn!(target: TARGET, parent: None, "event=left_out lines={lines}");
                }
            }
        }
        let line = self.line(code(refusal));
        tracing::warn!(target: TARGET, parent: None, "{line}");
    }

    fn line(self, outcome: &'static str) -> Line {
        Line {
            entry: self,
            outcome,
        }
    }
}

struct Line {
    entry: SecurityEntry,
    outcome: &'static str,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, outcome } = self;
        write!(f, "event={} outcome={outcome}", entry.event.name())?;
        if let Some(address) = entry.address {
            write!(f, " address={address}")?;
        }
        if let Some(account) = entry.account {
            write!(f, " account={account}")?;
        }
        if let Some(SessionId(session)) = entry.session {
            write!(f, " session={session}")?;
        }
        if let Some(subject) = entry.subject {
            write!(f, " subject={subject}")?;
        }
        if let Some(thread) = entry.thread {
            write!(f, " thread={thread}")?;
        }
        Ok(())
    }
}

/// Whether a client can cause this refusal as often as it likes, because nothing was verified. Guesses of secrets are
/// bounded by [`crate::server::auth::Throttle`], and every one is logged.
fn is_cheap(refusal: &Refusal) -> bool {
    !matches!(code(refusal), "wrong_credentials" | "wrong_key")
}

/// The rate limit on refusals that cost a client nothing.
static CHEAP_REFUSALS: LogRateLimit = LogRateLimit::new();

/// The code of a refusal in this log. Details, which may quote what was typed, are left out.
fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::WrongCredentials => "wrong_credentials",
        // The current password proves as much as a log-in.
        Refusal::Invalid {
            field: crate::model::Field::CurrentPassword,
            ..
        } => "wrong_credentials",
        Refusal::WrongKey => "wrong_key",
        Refusal::Throttled { .. } => "throttled",
        Refusal::TooFast { .. } => "too_fast",
        Refusal::Suspended => "suspended",
        Refusal::NotLoggedIn => "not_logged_in",
        Refusal::Forbidden => "forbidden",
        Refusal::NotFound => "not_found",
        Refusal::SignUpClosed => "sign_up_closed",
        Refusal::InviteInvalid => "invite_invalid",
        Refusal::Busy { .. } => "busy",
        Refusal::Invalid { .. } | Refusal::Several { .. } => "invalid",
        Refusal::Taken { .. } => "taken",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Field;

    fn full() -> SecurityEntry {
        SecurityEntry::new(SecurityEvent::Ban)
            .from("::ffff:203.0.113.7".parse().expect("an address"))
            .account(UserId(1))
            .session(SessionId(Uuid::nil()))
            .to(Some(UserId(2)))
            .in_room(Some(ThreadId(3)))
    }

    #[test]
    fn an_entry_is_one_line_with_its_parts_in_order() {
        assert_eq!(
            full().line("ok").to_string(),
            "event=ban outcome=ok address=203.0.113.7 account=1 \
             session=00000000-0000-0000-0000-000000000000 subject=2 thread=3"
        );
        assert_eq!(
            SecurityEntry::new(SecurityEvent::LogIn)
                .line("throttled")
                .to_string(),
            "event=log_in outcome=throttled"
        );
    }

    #[test]
    fn every_guess_is_logged() {
        assert!(!is_cheap(&Refusal::WrongCredentials) && !is_cheap(&Refusal::WrongKey));
        assert!(is_cheap(&Refusal::Forbidden));
    }

    #[test]
    fn what_a_refusal_says_about_what_was_typed_stays_out() {
        let typed = "x\n2026-01-01T00:00:00Z WARN chapp::security: event=log_in";
        for refusal in [
            Refusal::invalid(Field::Username, typed),
            Refusal::invalid(Field::CurrentPassword, typed),
            Refusal::Malformed {
                reason: typed.into(),
            },
        ] {
            let line = full().line(code(&refusal)).to_string();
            let is_plain = |c: char| c.is_ascii_alphanumeric() || " =_.-".contains(c);
            assert!(line.chars().all(is_plain), "{line}");
        }
    }
}
