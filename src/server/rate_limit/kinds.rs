//! The kinds of actions: the limit of each, and the kind of each server function and frame. This is the only list of
//! them.

use serde::Deserialize;

use super::Rate;
use crate::protocol::ClientFrame;

/// Declares the kinds, the settings of their limits, and the defaults, from one list.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $setting:ident: $most:literal in $seconds:literal s;)*) => {
        /// A kind of action.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ActionKind {
            $($(#[$doc])* $kind,)*
        }

        /// `[chapp.limits.per_person]`: the rate limits of one user.
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Rates {
            /// Whether the limits apply.
            pub enabled: bool,
            $($(#[$doc])* pub $setting: Rate,)*
        }

        impl Default for Rates {
            fn default() -> Self {
                Self {
                    enabled: true,
                    $($setting: Rate::new($most, $seconds),)*
                }
            }
        }

        impl Rates {
            /// The same limit for every kind.
            #[must_use]
            pub fn all(rate: Rate) -> Self {
                Self {
                    enabled: true,
                    $($setting: rate,)*
                }
            }

            /// The limit of a kind.
            #[must_use]
            pub fn of(&self, kind: ActionKind) -> Rate {
                match kind {
                    $(ActionKind::$kind => self.$setting,)*
                }
            }
        }
    };
}

kinds! {
    /// Posting a message.
    Send, sends: 60 in 3 s;
    /// The bytes of posted and edited messages.
    Bytes, bytes: 5_000_000 in 60 s;
    /// Editing a message.
    Edit, edits: 30 in 30 s;
    /// Adding or removing a reaction.
    React, reactions: 60 in 30 s;
    /// Deleting a message.
    Delete, deletes: 60 in 60 s;
    /// Pinning and saving messages, and undoing either.
    PinOrSave, keeps: 60 in 60 s;
    /// Joining a room.
    Join, joins: 60 in 600 s;
    /// Leaving a room.
    Leave, leaves: 60 in 600 s;
    /// Creating a room.
    MakeRoom, rooms: 10 in 3_600 s;
    /// Starting a direct chat.
    Direct, directs: 30 in 3_600 s;
    /// Creating and revoking invite links.
    Invite, invites: 100 in 3_600 s;
    /// Moderating a room: bans, removals, roles.
    Moderate, moderation: 120 in 600 s;
    /// Changing a room: its name, topic, key; deleting it.
    ChangeRoom, room_changes: 60 in 600 s;
    /// Changing the user's own account: privacy, profile, password, sessions.
    Account, account: 60 in 600 s;
    /// Muting a thread.
    Mute, mutes: 60 in 60 s;
    /// Moving a read mark.
    Read, reads: 200 in 10 s;
    /// Typing notices, and whether the user looks at a page.
    Type, typing: 60 in 20 s;
    /// Searching.
    Search, searches: 180 in 60 s;
    /// Reading anything else: pages, history, lists.
    Fetch, fetches: 600 in 60 s;
    /// Creating an upload.
    Upload, uploads: 200 in 600 s;
    /// Sending a part of an upload, and asking how far it is.
    UploadPart, upload_parts: 1_000 in 60 s;
    /// Downloading a file or a thumbnail: a thread full of pictures has many.
    Download, downloads: 3_000 in 60 s;
    /// Opening a live connection.
    Connect, connects: 60 in 60 s;
    /// Administering the site.
    Administer, administration: 300 in 300 s;
}

impl ActionKind {
    /// Whether it makes the database grow, and so is refused when the disk is almost full. Moderation, deletion and
    /// updates in place go on as long as possible.
    #[must_use]
    pub fn needs_room(self) -> bool {
        match self {
            Self::Send
            | Self::Bytes
            | Self::Edit
            | Self::React
            | Self::PinOrSave
            | Self::Join
            | Self::MakeRoom
            | Self::Direct
            | Self::Upload
            | Self::UploadPart
            | Self::Invite => true,
            Self::Delete
            | Self::Leave
            | Self::Moderate
            | Self::ChangeRoom
            | Self::Account
            | Self::Mute
            | Self::Read
            | Self::Type
            | Self::Search
            | Self::Fetch
            | Self::Download
            | Self::Connect
            | Self::Administer => false,
        }
    }
}

/// The kind of each server function. `None`: callable without a session, and limited by address or account name
/// instead.
const FUNCTIONS: &[(&str, Option<ActionKind>)] = &[
    ("sign_up", None),
    ("log_in", None),
    ("log_out", None),
    ("site", None),
    ("boot", Some(ActionKind::Fetch)),
    ("sessions", Some(ActionKind::Fetch)),
    ("blocked", Some(ActionKind::Fetch)),
    ("push", Some(ActionKind::Fetch)),
    ("notify_settings", Some(ActionKind::Fetch)),
    ("notify_decisions", Some(ActionKind::Fetch)),
    ("reports", Some(ActionKind::Fetch)),
    ("open_reports", Some(ActionKind::Fetch)),
    ("change_password", Some(ActionKind::Account)),
    ("end_session", Some(ActionKind::Account)),
    ("end_other_sessions", Some(ActionKind::Account)),
    ("block", Some(ActionKind::Account)),
    ("set_display_name", Some(ActionKind::Account)),
    ("set_notify_settings", Some(ActionKind::Account)),
    ("subscribe_push", Some(ActionKind::Account)),
    ("unsubscribe_push", Some(ActionKind::Account)),
    ("test_push", Some(ActionKind::Account)),
    ("report", Some(ActionKind::Account)),
    ("decide_report", Some(ActionKind::Moderate)),
    ("set_posting", Some(ActionKind::ChangeRoom)),
    ("set_slow_mode", Some(ActionKind::ChangeRoom)),
    ("set_inviting", Some(ActionKind::ChangeRoom)),
    ("set_room_making", Some(ActionKind::Administer)),
    ("set_site_inviting", Some(ActionKind::Administer)),
    ("set_writing_first", Some(ActionKind::Administer)),
    ("people", Some(ActionKind::Fetch)),
    ("threads", Some(ActionKind::Fetch)),
    ("history", Some(ActionKind::Fetch)),
    ("members", Some(ActionKind::Fetch)),
    ("rooms", Some(ActionKind::Fetch)),
    ("room_card", Some(ActionKind::Fetch)),
    ("shared_rooms", Some(ActionKind::Fetch)),
    ("invite", Some(ActionKind::Fetch)),
    ("bans", Some(ActionKind::Fetch)),
    ("pins", Some(ActionKind::Fetch)),
    ("saved", Some(ActionKind::Fetch)),
    ("files", Some(ActionKind::Fetch)),
    ("seq_at", Some(ActionKind::Fetch)),
    ("versions", Some(ActionKind::Fetch)),
    ("invites", Some(ActionKind::Fetch)),
    ("audit", Some(ActionKind::Fetch)),
    ("accounts", Some(ActionKind::Fetch)),
    ("storage", Some(ActionKind::Fetch)),
    ("search", Some(ActionKind::Search)),
    // Finding a thread that exists is a read; `chat` counts a new one as `Direct`.
    ("open_direct", Some(ActionKind::Fetch)),
    // The same. A new group counts as a room, and as a new thread with each of its members.
    ("start_chat", Some(ActionKind::Fetch)),
    ("post_message", Some(ActionKind::Send)),
    ("edit_message", Some(ActionKind::Edit)),
    ("delete_message", Some(ActionKind::Delete)),
    ("react", Some(ActionKind::React)),
    ("pin", Some(ActionKind::PinOrSave)),
    ("save", Some(ActionKind::PinOrSave)),
    ("mark_read", Some(ActionKind::Read)),
    ("mark_unread", Some(ActionKind::Read)),
    ("mute", Some(ActionKind::Mute)),
    ("set_level", Some(ActionKind::Mute)),
    ("set_favourite", Some(ActionKind::Mute)),
    ("set_privacy", Some(ActionKind::Account)),
    ("make_room", Some(ActionKind::MakeRoom)),
    ("join_room", Some(ActionKind::Join)),
    ("join_private_room", Some(ActionKind::Join)),
    ("accept_invite", Some(ActionKind::Join)),
    ("leave_room", Some(ActionKind::Leave)),
    ("rename_room", Some(ActionKind::ChangeRoom)),
    ("set_topic", Some(ActionKind::ChangeRoom)),
    ("make_public", Some(ActionKind::ChangeRoom)),
    ("set_key", Some(ActionKind::ChangeRoom)),
    ("delete_room", Some(ActionKind::ChangeRoom)),
    ("set_role", Some(ActionKind::Moderate)),
    ("remove_member", Some(ActionKind::Moderate)),
    ("ban", Some(ActionKind::Moderate)),
    ("lift_ban", Some(ActionKind::Moderate)),
    ("make_invite", Some(ActionKind::Invite)),
    ("revoke_invite", Some(ActionKind::Invite)),
    ("set_sign_up", Some(ActionKind::Administer)),
    ("suspend", Some(ActionKind::Administer)),
    ("set_site_admin", Some(ActionKind::Administer)),
];

/// The kind of a server function, by the last part of its path. See [`FUNCTIONS`]; one that is missing there, which a
/// test forbids, gets a strict limit.
#[must_use]
pub fn of_function(name: &str) -> Option<ActionKind> {
    let known = FUNCTIONS.iter().find(|(known, _)| *known == name);
    known.map_or(Some(ActionKind::Account), |(_, kind)| *kind)
}

/// What a frame costs. `None`: no more than the frame itself, whose rate is limited per connection.
#[must_use]
pub fn of_frame(frame: &ClientFrame) -> Option<Vec<(ActionKind, u32)>> {
    match frame {
        ClientFrame::Send { text, .. } => Some(of_text(ActionKind::Send, text.len())),
        ClientFrame::Read { .. } => Some(vec![(ActionKind::Read, 1)]),
        ClientFrame::Typing { .. } | ClientFrame::Looking { .. } => {
            Some(vec![(ActionKind::Type, 1)])
        }
        ClientFrame::Hello { .. } | ClientFrame::Ping | ClientFrame::Pong => None,
    }
}

/// What an action costs that carries a text of this many bytes.
#[must_use]
pub fn of_text(kind: ActionKind, bytes: usize) -> Vec<(ActionKind, u32)> {
    vec![
        (kind, 1),
        (ActionKind::Bytes, u32::try_from(bytes).unwrap_or(u32::MAX)),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leptos::server_fn::axum::server_fn_paths;

    use super::*;

    #[test]
    fn every_server_function_has_a_kind() {
        // The router refers to all of them, so the test binary links them.
        let all: BTreeSet<_> = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
        let known: BTreeSet<_> = FUNCTIONS
            .iter()
            .map(|(name, _)| format!("/api/{name}"))
            .collect();
        assert_eq!(
            known, all,
            "rate_limit/kinds.rs must list every server function, each once"
        );
        assert_eq!(known.len(), FUNCTIONS.len());
    }
}
