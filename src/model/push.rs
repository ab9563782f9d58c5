//! Notifications while no page is open, as the server and the settings page see them.

use serde::{Deserialize, Serialize};

/// What a browser has to know to subscribe, and whether its session has a subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushState {
    /// The public key by which push services know this server (RFC 8292), in base64url. `None`: the site sends no
    /// pushes.
    pub key: Option<String>,
    /// The endpoint of the session's subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Whether the text of messages is sent to that endpoint, encrypted.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub shows_text: bool,
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushOutcome {
    /// The push service took it, and will deliver it to the browser.
    Accepted,
    /// The session has no subscription.
    NotSubscribed,
    /// The push service no longer knows the subscription, which was removed: the browser has to subscribe again.
    Expired,
    /// The push service refused it, with this HTTP status.
    Refused { status: u16 },
    /// The push service can't be reached from the server.
    Unreachable,
}
