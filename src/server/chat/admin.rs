//! The site: sign-up, invite links, accounts, the audit log.

use std::net::IpAddr;

use super::guesses::Guess;
use super::{Chat, policy};
use crate::model::{
    AccountsPage, AuditPage, Invite, InviteTarget, Millis, Refusal, RoomCard, Site, ThreadHead,
    ThreadId, UserId, limits,
};
use crate::server::auth::SecretToken;
use crate::server::auth::tokens::token_hash;
use crate::server::clock;
use crate::server::store::{Authority, InviteRules, NewInvite, Rule, SITE, SiteSetting};

/// The longest lifetime of an invite link that expires.
const INVITE_DAYS_MAX: u32 = 3_650;
/// The most uses of an invite link with a limited number of them.
const INVITE_USES_MAX: u32 = 100_000;

/// The rule for administering a target.
pub(super) fn rule_of(target: InviteTarget) -> Rule {
    match target {
        InviteTarget::Site => policy::may_manage_site,
        InviteTarget::Room(_) => policy::may_manage,
    }
}

/// The rules for creating, viewing and revoking links to a target.
fn invite_rules(target: InviteTarget) -> InviteRules {
    let all = rule_of(target);
    let may = match target {
        InviteTarget::Site => all,
        InviteTarget::Room(_) => policy::may_invite,
    };
    InviteRules { may, all }
}

/// The thread of a target, or [`SITE`].
pub(super) fn place_of(target: InviteTarget) -> Option<ThreadId> {
    match target {
        InviteTarget::Site => SITE,
        InviteTarget::Room(thread) => Some(thread),
    }
}

impl Chat {
    /// The public facts about the installation, for any visitor.
    pub async fn site(&self) -> Result<Site, Refusal> {
        Ok(self.store.site().await?)
    }

    /// Changes a site setting.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn set_site(&self, me: UserId, setting: SiteSetting) -> Result<(), Refusal> {
        let rule = policy::may_manage_site;
        Ok(self.store.set_site(me, rule, setting).await?)
    }

    /// Suspends an account, which ends its sessions and prevents log-in, or restores it.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`], [`Refusal::LastAdmin`].
    pub async fn suspend(&self, me: UserId, user: UserId, suspended: bool) -> Result<(), Refusal> {
        let by = Authority::User(me, policy::may_manage_site);
        Ok(self.store.suspend(by, user, suspended).await?)
    }

    /// Grants or revokes site admin rights.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`], [`Refusal::LastAdmin`].
    pub async fn set_site_admin(
        &self,
        me: UserId,
        user: UserId,
        is_admin: bool,
    ) -> Result<(), Refusal> {
        let by = Authority::User(me, policy::may_manage_site);
        Ok(self.store.set_site_admin(by, user, is_admin).await?)
    }

    /// The accounts after this user name.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn accounts(&self, me: UserId, after: Option<&str>) -> Result<AccountsPage, Refusal> {
        let accounts = self
            .store
            .accounts(after.unwrap_or_default(), limits::PEOPLE_PAGE);
        self.reading(me, SITE, policy::may_manage_site, accounts)
            .await
    }

    /// The entries before this one of a room's audit log, or of the site's.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`].
    pub async fn audit(
        &self,
        me: UserId,
        thread: Option<ThreadId>,
        before: Option<i64>,
    ) -> Result<AuditPage, Refusal> {
        let target = thread.into();
        let page = self.store.audit(thread, before, limits::AUDIT_PAGE);
        self.reading(me, place_of(target), rule_of(target), page)
            .await
    }

    /// Creates an invite link; returns its token, which can't be retrieved again.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`], [`Refusal::TooMany`], [`Refusal::Malformed`].
    pub async fn make_invite(
        &self,
        me: UserId,
        target: InviteTarget,
        days: Option<u32>,
        uses: Option<u32>,
    ) -> Result<String, Refusal> {
        let in_range = days.is_none_or(|days| (1..=INVITE_DAYS_MAX).contains(&days))
            && uses.is_none_or(|uses| (1..=INVITE_USES_MAX).contains(&uses));
        if !in_range {
            let reason =
                format!("a link lasts 1 to {INVITE_DAYS_MAX} days and 1 to {INVITE_USES_MAX} uses");
            return Err(Refusal::Malformed { reason });
        }
        let token = SecretToken::random();
        let day: Millis = 24 * 60 * 60 * 1_000;
        let invite = NewInvite {
            target,
            token_hash: token.hash(),
            expires_at: days.map(|days| clock::now() + Millis::from(days) * day),
            uses: uses.map(i64::from),
        };
        self.store
            .make_invite(me, invite_rules(target), invite)
            .await?;
        Ok(token.to_text())
    }

    /// The valid links to a target: all for its moderators, their own for others.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`].
    pub async fn invites(&self, me: UserId, target: InviteTarget) -> Result<Vec<Invite>, Refusal> {
        let (rules, place) = (invite_rules(target), place_of(target));
        let standing = self.store.standing(me, place).await?;
        let of = (rules.all)(&standing, None).err().map(|_| me);
        let invites = self.store.invites(target, of);
        self.reading(me, place, rules.may, invites).await
    }

    /// Revokes a link.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`].
    pub async fn revoke_invite(
        &self,
        me: UserId,
        target: InviteTarget,
        id: i64,
    ) -> Result<(), Refusal> {
        let rules = invite_rules(target);
        Ok(self.store.revoke_invite(me, rules, target, id).await?)
    }

    /// The target of a link: the room, or `None` for the site. Holding the token is what grants the view. An expired
    /// link still leads those who joined by it to the room, while they are members.
    ///
    /// # Errors
    /// [`Refusal::InviteInvalid`], [`Refusal::Throttled`].
    pub async fn invite(
        &self,
        me: Option<UserId>,
        token: &str,
        from: IpAddr,
    ) -> Result<Option<RoomCard>, Refusal> {
        self.following(me, from, async || {
            let hash = token_hash(token)?;
            let thread = match self.store.invite(hash).await? {
                Some(InviteTarget::Site) => return Ok(None),
                Some(InviteTarget::Room(thread)) => Some(thread),
                None => match me {
                    Some(me) => self.store.joined_by(me, hash).await?,
                    None => None,
                },
            };
            let thread = thread.ok_or(Refusal::InviteInvalid)?;
            let card = self.store.room_card(me, thread).await?;
            card.map(Some).ok_or(Refusal::InviteInvalid)
        })
        .await
    }

    /// Follows a link, within the rate limit on invalid links.
    async fn following<T>(
        &self,
        by: Option<UserId>,
        from: IpAddr,
        follow: impl AsyncFnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let attempt = self.link_guesses.begin(&Guess {
            by,
            from,
            target: None,
        })?;
        let found = follow().await;
        attempt.end(&found, &Refusal::InviteInvalid);
        found
    }

    /// Checks that a link allows sign-up under the site's current settings.
    ///
    /// # Errors
    /// [`Refusal::InviteInvalid`], [`Refusal::SignUpClosed`].
    pub async fn check_sign_up_link(&self, token: &str) -> Result<(), Refusal> {
        match self.store.allows_sign_up(token_hash(token)?).await? {
            true => Ok(()),
            false => Err(Refusal::SignUpClosed),
        }
    }

    /// The path to which a link leads a new account.
    ///
    /// # Errors
    /// [`Refusal::InviteInvalid`], [`Refusal::Throttled`].
    pub async fn invite_path(&self, token: &str, from: IpAddr) -> Result<String, Refusal> {
        Ok(match self.invite(None, token, from).await? {
            None => "/".into(),
            Some(card) => format!("/t/{}", card.id),
        })
    }

    /// Joins the room of a link.
    ///
    /// # Errors
    /// [`Refusal::InviteInvalid`], [`Refusal::Banned`], [`Refusal::Throttled`].
    pub async fn accept_invite(
        &self,
        me: UserId,
        token: &str,
        from: IpAddr,
    ) -> Result<ThreadHead, Refusal> {
        let rule = policy::may_join_invited;
        let joining = async || {
            let hash = token_hash(token)?;
            Ok(self.store.join_by_invite(me, hash, rule).await?)
        };
        let thread = self.following(Some(me), from, joining).await?;
        self.head(me, thread).await
    }
}
