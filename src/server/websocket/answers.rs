//! The answers to frames.

use std::sync::Arc;

use crate::model::{ClientId, Refusal};
use crate::protocol::ServerFrame;
use crate::server::hub::{SendQueue, encode};
use crate::server::metrics;
use crate::server::store::Appended;

/// Answers a `send`.
pub(super) fn answer(
    outbox: &Arc<SendQueue>,
    client_id: ClientId,
    posted: Result<Appended, Refusal>,
) {
    match posted {
        Ok(at) => outbox.push(encode(&ServerFrame::Sent {
            client_id,
            thread: at.thread,
            seq: at.seq,
            count: at.count,
            at: at.at,
        })),
        Err(refusal) => refuse(outbox, Some(client_id), refusal),
    }
}

pub(super) fn refuse(outbox: &Arc<SendQueue>, client_id: Option<ClientId>, refusal: Refusal) {
    metrics::refused(&refusal);
    let message = refusal.to_string();
    outbox.push(encode(&ServerFrame::Refused {
        client_id,
        refusal,
        message,
    }));
}
