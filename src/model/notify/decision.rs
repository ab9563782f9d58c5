//! What was decided of a message, and why: "Why did I (not) get this?"

use serde::{Deserialize, Serialize};

use super::{Cause, Silence};
use crate::model::{Millis, Seq, ThreadId};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotifyVerdict {
    Notified(Cause),
    Silent(Silence),
    /// The person was to be notified, but a push service did not take it for one of their browsers.
    Undelivered,
}

impl From<Result<Cause, Silence>> for NotifyVerdict {
    fn from(judged: Result<Cause, Silence>) -> Self {
        match judged {
            Ok(cause) => Self::Notified(cause),
            Err(silence) => Self::Silent(silence),
        }
    }
}

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyDecision {
    pub thread: ThreadId,
    pub seq: Seq,
    /// When it was decided, in milliseconds since 1970.
    pub at: Millis,
    pub verdict: NotifyVerdict,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_stored_and_sent_in_words() {
        let decision = NotifyDecision {
            thread: ThreadId(1),
            seq: 2,
            at: 3,
            verdict: Ok(Cause::Mention).into(),
        };
        let json = serde_json::to_string(&decision).unwrap();
        assert_eq!(
            json,
            r#"{"thread":1,"seq":2,"at":3,"verdict":{"notified":"mention"}}"#
        );
        assert_eq!(
            serde_json::from_str::<NotifyDecision>(&json).unwrap(),
            decision
        );
        for (verdict, json) in [
            (Err(Silence::NoMention).into(), r#"{"silent":"no_mention"}"#),
            (NotifyVerdict::Undelivered, r#""undelivered""#),
        ] {
            assert_eq!(serde_json::to_string(&verdict).unwrap(), json);
        }
    }
}
