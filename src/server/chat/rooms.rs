//! Rooms: creating, finding, joining, leaving and moderating them.

use std::net::IpAddr;

use super::guesses::Guess;
use super::{Chat, policy};
use crate::model::{
    Ban, Field, Inviting, MembersPage, Millis, Posting, Refusal, Role, RoomCard, RoomsPage,
    ThreadHead, ThreadId, UserId, limits, validate,
};
use crate::server::auth::Asker;
use crate::server::clock;
use crate::server::names::name_key;
use crate::server::store::{Act, NewRoom, Rule};

/// The name typed to join a private room: its name key, and the number at its end, if there is one. `Cellar#12` means
/// the room of that number, however many others share its name.
fn name_and_number(typed: &str) -> (Option<String>, Option<(String, ThreadId)>) {
    let key = |name: &str| {
        validate::room_name(name)
            .and_then(|name| name_key(&name))
            .ok()
    };
    let numbered = typed.trim().rsplit_once('#').and_then(|(name, number)| {
        let thread = number.parse().ok().map(ThreadId)?;
        Some((key(name)?, thread))
    });
    (key(typed), numbered)
}

impl Chat {
    /// Creates a room; `key` makes it private. Its creator is its admin.
    ///
    /// # Errors
    /// Those of the rules; invalid fields; [`Refusal::Taken`]; [`Refusal::Busy`].
    pub async fn make_room(
        &self,
        me: UserId,
        name: &str,
        topic: &str,
        key: Option<String>,
    ) -> Result<ThreadHead, Refusal> {
        let (name, topic) = (
            validate::room_name(name),
            validate::line(Field::Topic, topic, limits::TOPIC_MAX),
        );
        let wrong_key = key.as_deref().map(validate::room_key).transpose().err();
        let refusals = [
            name.as_ref().err(),
            topic.as_ref().err(),
            wrong_key.as_ref(),
        ];
        let refusals = refusals.into_iter().flatten().cloned().collect();
        if let Some(refusal) = Refusal::of_fields(refusals) {
            return Err(refusal);
        }
        let (name, topic) = (name?, topic?);
        let name_key = name_key(&name)?;
        let key_hash = match key {
            Some(key) => {
                let asker = Asker::person(me);
                let words = vec![name.clone()];
                Some(self.passwords.new_key(asker, key, words).await?)
            }
            None => None,
        };
        let room = NewRoom {
            name_key,
            name,
            topic,
            key_hash,
        };
        let rule = policy::may_create_room;
        let thread = self.store.create_room_if(me, rule, room).await?;
        self.head(me, thread).await
    }

    /// The public rooms whose name contains each word of `part` (case, accents and width don't count), after this one.
    pub async fn rooms(
        &self,
        me: UserId,
        part: &str,
        after: Option<ThreadId>,
    ) -> Result<RoomsPage, Refusal> {
        let limit = limits::ROOMS_PAGE;
        Ok(self.store.public_rooms(me, part, after, limit).await?)
    }

    /// A room that `me` may know of without being a member.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn room_card(&self, me: UserId, thread: ThreadId) -> Result<RoomCard, Refusal> {
        let standing = self.store.standing(me, thread).await?;
        if policy::may_join(&standing, None) == Err(Refusal::NotFound) {
            return Err(Refusal::NotFound);
        }
        let card = self.store.room_card(me, thread).await?;
        card.ok_or(Refusal::NotFound)
    }

    /// The first [`limits::SHARED_ROOMS`] rooms that both are members of, private ones too.
    pub async fn shared_rooms(&self, me: UserId, other: UserId) -> Result<RoomsPage, Refusal> {
        let limit = limits::SHARED_ROOMS;
        Ok(self.store.shared_rooms(me, other, limit).await?)
    }

    /// Joins a public room.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Banned`].
    pub async fn join(&self, me: UserId, thread: ThreadId) -> Result<ThreadHead, Refusal> {
        self.act(me, thread, policy::may_join, Act::Join).await?;
        self.head(me, thread).await
    }

    /// Joins a private room by its exact name and its key. Neither the answer nor its duration reveals whether a room
    /// of that name exists: the number of hashes compared is the same for every name.
    ///
    /// # Errors
    /// [`Refusal::WrongKey`]; with the right key [`Refusal::Banned`]; [`Refusal::Throttled`], [`Refusal::Busy`].
    pub async fn join_private(
        &self,
        me: UserId,
        name: &str,
        key: String,
        from: IpAddr,
    ) -> Result<ThreadHead, Refusal> {
        let (name, numbered) = name_and_number(name);
        let target = numbered.as_ref().map(|(name, _)| name).or(name.as_ref());
        let attempt = self.key_guesses.begin(&Guess {
            by: Some(me),
            from,
            target: target.map(String::as_str),
        })?;
        let found = self
            .find_private(Asker::person(me).at(from), name, numbered, key)
            .await;
        attempt.end(&found, &Refusal::WrongKey);
        let thread = found?;
        self.store
            .act(me, thread, policy::may_join_invited, Act::Join)
            .await?;
        self.head(me, thread).await
    }

    async fn find_private(
        &self,
        asker: Asker,
        name: Option<String>,
        numbered: Option<(String, ThreadId)>,
        key: String,
    ) -> Result<ThreadId, Refusal> {
        let limit = limits::KEY_CANDIDATES;
        let rooms = self.store.private_rooms(name, numbered, limit).await?;
        let (threads, hashes): (Vec<ThreadId>, Vec<String>) = rooms.into_iter().unzip();
        let found = self.passwords.find_key(asker, key, hashes).await?;
        let thread = found.and_then(|index| threads.get(index));
        thread.copied().ok_or(Refusal::WrongKey)
    }

    /// Leaves a room.
    ///
    /// # Errors
    /// [`Refusal::LastAdmin`]; [`Refusal::NotFound`] or [`Refusal::NotMember`].
    pub async fn leave(&self, me: UserId, thread: ThreadId) -> Result<(), Refusal> {
        self.act(me, thread, policy::may_leave, Act::Leave).await
    }

    /// The members after this user name.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] or [`Refusal::NotMember`].
    pub async fn members(
        &self,
        me: UserId,
        thread: ThreadId,
        after: Option<&str>,
    ) -> Result<MembersPage, Refusal> {
        let after = after.unwrap_or_default();
        let members = self.store.members(thread, after, limits::MEMBERS_PAGE);
        self.reading(me, thread, policy::may_read, members).await
    }

    /// Renames a room.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::Invalid`], [`Refusal::Taken`].
    pub async fn rename(&self, me: UserId, thread: ThreadId, name: &str) -> Result<(), Refusal> {
        let name = validate::room_name(name)?;
        let name_key = name_key(&name)?;
        self.manage(me, thread, Act::Rename { name, name_key })
            .await
    }

    /// Sets a room's topic; an empty one removes it.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::Invalid`].
    pub async fn set_topic(
        &self,
        me: UserId,
        thread: ThreadId,
        topic: &str,
    ) -> Result<(), Refusal> {
        let topic = validate::line(Field::Topic, topic, limits::TOPIC_MAX)?;
        self.manage(me, thread, Act::SetTopic { topic }).await
    }

    /// Sets who may post.
    ///
    /// # Errors
    /// Those of the rules.
    pub async fn set_posting(
        &self,
        me: UserId,
        thread: ThreadId,
        posting: Posting,
    ) -> Result<(), Refusal> {
        self.manage(me, thread, Act::SetPosting { posting }).await
    }

    /// Sets how many seconds a member waits between two messages; 0 turns slow mode off.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::Malformed`] beyond [`limits::SLOW_MODE_MAX`].
    pub async fn set_slow_mode(
        &self,
        me: UserId,
        thread: ThreadId,
        seconds: u32,
    ) -> Result<(), Refusal> {
        if seconds > limits::SLOW_MODE_MAX {
            let reason = format!("slow mode is at most {} seconds", limits::SLOW_MODE_MAX);
            return Err(Refusal::Malformed { reason });
        }
        self.manage(me, thread, Act::SetSlowMode { seconds }).await
    }

    /// Sets who may create links to the room.
    ///
    /// # Errors
    /// Those of the rules.
    pub async fn set_inviting(
        &self,
        me: UserId,
        thread: ThreadId,
        inviting: Inviting,
    ) -> Result<(), Refusal> {
        self.manage(me, thread, Act::SetInviting { inviting }).await
    }

    /// Makes a room public.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::Taken`] when another public room has the name.
    pub async fn make_public(&self, me: UserId, thread: ThreadId) -> Result<(), Refusal> {
        self.manage(me, thread, Act::MakePublic).await
    }

    /// Makes a room private with a key, or replaces its key.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::Invalid`], [`Refusal::Busy`]. None of them depends on other rooms.
    pub async fn set_key(&self, me: UserId, thread: ThreadId, key: String) -> Result<(), Refusal> {
        // Hashing is expensive, so the rule is checked first.
        self.ask(me, thread, policy::may_manage).await?;
        let card = self.store.room_card(me, thread).await?;
        let name = card.ok_or(Refusal::NotFound)?.name;
        let key_hash = self
            .passwords
            .new_key(Asker::person(me), key, vec![name])
            .await?;
        self.manage(me, thread, Act::MakePrivate { key_hash }).await
    }

    /// Makes a member an admin of the room, or an admin an ordinary member.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::LastAdmin`], [`Refusal::NotFound`].
    pub async fn set_role(
        &self,
        me: UserId,
        thread: ThreadId,
        user: UserId,
        role: Role,
    ) -> Result<(), Refusal> {
        self.manage(me, thread, Act::SetRole { user, role }).await
    }

    /// Removes a member; they may join again.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`].
    pub async fn remove(&self, me: UserId, thread: ThreadId, user: UserId) -> Result<(), Refusal> {
        self.act(me, thread, policy::may_remove, Act::Remove { user })
            .await
    }

    /// Bans a user, member or not, until a moment or permanently. Replaces an existing ban.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::Invalid`], [`Refusal::NotFound`].
    pub async fn ban(
        &self,
        me: UserId,
        thread: ThreadId,
        user: UserId,
        until: Option<Millis>,
        note: &str,
    ) -> Result<(), Refusal> {
        let note = validate::line(Field::Reason, note, limits::REASON_MAX)?;
        if user == me {
            return Err(Refusal::invalid(Field::Reason, "You can't ban yourself."));
        }
        if until.is_some_and(|until| until <= clock::now()) {
            let reason = "Choose a time in the future.";
            return Err(Refusal::invalid(Field::Reason, reason));
        }
        self.act(
            me,
            thread,
            policy::may_remove,
            Act::Ban { user, until, note },
        )
        .await
    }

    /// Lifts a ban.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`].
    pub async fn lift_ban(
        &self,
        me: UserId,
        thread: ThreadId,
        user: UserId,
    ) -> Result<(), Refusal> {
        self.manage(me, thread, Act::LiftBan { user }).await
    }

    /// The bans of a room.
    ///
    /// # Errors
    /// Those of the rules.
    pub async fn bans(&self, me: UserId, thread: ThreadId) -> Result<Vec<Ban>, Refusal> {
        let bans = self.store.bans(thread, limits::MEMBERS_PAGE);
        self.reading(me, thread, policy::may_manage, bans).await
    }

    /// Deletes a room with all its content. `name` must repeat its name, as a confirmation.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::Invalid`] when the name differs.
    pub async fn delete_room(
        &self,
        me: UserId,
        thread: ThreadId,
        name: &str,
    ) -> Result<(), Refusal> {
        self.ask(me, thread, policy::may_manage).await?;
        let card = self.store.room_card(me, thread).await?;
        let card = card.ok_or(Refusal::NotFound)?;
        if card.name != name.trim() {
            let reason = "Type the room's name exactly as shown.";
            return Err(Refusal::invalid(Field::Name, reason));
        }
        self.manage(me, thread, Act::Delete).await
    }

    async fn manage(&self, me: UserId, thread: ThreadId, act: Act) -> Result<(), Refusal> {
        self.act(me, thread, policy::may_manage, act).await
    }

    async fn act(&self, me: UserId, thread: ThreadId, rule: Rule, act: Act) -> Result<(), Refusal> {
        // A refusal is decided before the writer's queue, so that the time it takes reveals nothing.
        self.ask(me, thread, rule).await?;
        Ok(self.store.act(me, thread, rule, act).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_a_name_is_a_room_s_and_may_be_a_part_of_the_name() {
        let (name, numbered) = name_and_number(" Cellar #12 ");
        assert_eq!(name.as_deref(), Some("cellar #12"));
        assert_eq!(numbered, Some(("cellar".into(), ThreadId(12))));
        assert_eq!(name_and_number("Cellar#x").1, None);
        assert_eq!(name_and_number("#12").1, None);
        assert_eq!(name_and_number("").0, None);
    }
}
