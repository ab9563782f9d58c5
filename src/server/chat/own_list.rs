//! A user's list of chats: starting one with one or several people, favourites, and what they are notified of.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Chat, policy};
use crate::model::notify::Level;
use crate::model::{Field, Millis, Refusal, ThreadHead, ThreadId, ThreadsPage, UserId, limits};
use crate::server::clock;
use crate::server::rate_limit::ActionKind;

impl Chat {
    /// As [`Self::open_direct`], within the rate limit on threads with new people.
    ///
    /// # Errors
    /// Those of [`Self::open_direct`]; [`Refusal::TooFast`].
    pub async fn open_direct_limited(
        &self,
        me: UserId,
        with: UserId,
    ) -> Result<ThreadHead, Refusal> {
        if self.store.direct(me, with).await?.is_none() {
            self.admit(me, &[(ActionKind::Direct, 1)])?;
        }
        self.open_direct(me, with).await
    }

    /// The direct thread with a user, created if there is none.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user; those of the rules.
    pub async fn open_direct(&self, me: UserId, with: UserId) -> Result<ThreadHead, Refusal> {
        let rule = policy::may_write_first;
        let thread = self.store.open_direct_if(me, with, rule).await?;
        self.head(me, thread).await
    }

    /// The user's favourites that aren't in this first page of the list: they are on top of it, however old they are.
    pub(super) async fn missing_favourites(
        &self,
        me: UserId,
        first: &ThreadsPage,
    ) -> Result<Vec<ThreadId>, Refusal> {
        let mut favourites = self.store.favourites(me).await?;
        favourites.retain(|id| first.threads.iter().all(|head| head.id != *id));
        Ok(favourites)
    }

    /// Makes a thread one of the user's favourites (`on`), or no longer.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] or [`Refusal::NotMember`]; [`Refusal::TooMany`].
    pub async fn set_favourite(
        &self,
        me: UserId,
        thread: ThreadId,
        on: bool,
    ) -> Result<(), Refusal> {
        let rule = policy::may_read;
        Ok(self.store.set_favourite(me, thread, on, rule).await?)
    }

    /// Mutes a thread, for this many seconds (0: until it is unmuted; at most [`limits::MUTE_MAX`]), or unmutes it. A
    /// muted one does not count in the unread total.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] or [`Refusal::NotMember`].
    pub async fn mute(
        &self,
        me: UserId,
        thread: ThreadId,
        muted: bool,
        seconds: u32,
    ) -> Result<(), Refusal> {
        let length = Duration::from_secs(seconds.into()).min(limits::MUTE_MAX);
        let until = match seconds {
            0 => 0,
            _ => clock::now() + length.as_millis() as Millis,
        };
        let (how, rule) = ((muted, until), policy::may_read);
        Ok(self.store.mute(me, thread, how, rule).await?)
    }

    /// Sets what the user is notified of in a thread. `None`: the default of such threads.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] or [`Refusal::NotMember`].
    pub async fn set_level(
        &self,
        me: UserId,
        thread: ThreadId,
        level: Option<Level>,
    ) -> Result<(), Refusal> {
        let rule = policy::may_read;
        Ok(self.store.set_level(me, thread, level, rule).await?)
    }

    /// The chat with these users: with one of them the direct thread, with several a new group. The user may be among
    /// them; alone, it is their notes.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when there is none of them, or too many; [`Refusal::NotFound`]; those of the rules;
    /// [`Refusal::TooFast`].
    pub async fn start_chat(&self, me: UserId, with: Vec<UserId>) -> Result<ThreadHead, Refusal> {
        let all: BTreeSet<UserId> = with.into_iter().collect();
        let others: Vec<UserId> = all.iter().copied().filter(|user| *user != me).collect();
        let invalid = |reason: String| Err(Refusal::invalid(Field::People, reason));
        match (others.as_slice(), all.first()) {
            ([], None) => invalid("Pick at least one person.".to_owned()),
            ([], Some(myself)) => self.open_direct_limited(me, *myself).await,
            ([other], _) => self.open_direct_limited(me, *other).await,
            (others, _) if others.len() > limits::GROUP_OTHERS => invalid(limits::group_is_full()),
            (several, _) => {
                let chats = u32::try_from(several.len()).unwrap_or(u32::MAX);
                self.admit(
                    me,
                    &[(ActionKind::MakeRoom, 1), (ActionKind::Direct, chats)],
                )?;
                let rule = policy::may_write_first;
                let thread = self.store.create_group_if(me, others, rule).await?;
                self.head(me, thread).await
            }
        }
    }
}
