//! What the server functions call.

use crate::api::Refused;
use crate::model::{
    Boot, ClientId, Page, PeoplePage, Position, Refusal, Seq, ThreadHead, ThreadId, ThreadsPage,
    UserId,
};

type Answer<T> = Result<T, Refused>;

pub async fn sign_up(_: String, _: String, _: String, _: Option<String>) -> Answer<()> {
    Err(Refusal::Internal.into())
}
pub async fn log_in(_: String, _: String, _: Option<String>) -> Answer<()> {
    Err(Refusal::Internal.into())
}
pub async fn log_out() -> Answer<()> {
    Err(Refusal::Internal.into())
}
pub async fn boot(_: Option<ThreadId>) -> Answer<Option<Boot>> {
    Err(Refusal::Internal.into())
}
pub async fn people(_: Option<String>) -> Answer<PeoplePage> {
    Err(Refusal::Internal.into())
}
pub async fn threads(_: Option<ThreadId>) -> Answer<ThreadsPage> {
    Err(Refusal::Internal.into())
}
pub async fn open_direct(_: UserId) -> Answer<ThreadHead> {
    Err(Refusal::Internal.into())
}
pub async fn history(_: ThreadId, _: Position) -> Answer<Page> {
    Err(Refusal::Internal.into())
}
pub async fn post_message(_: ThreadId, _: ClientId, _: String) -> Answer<Seq> {
    Err(Refusal::Internal.into())
}
