//! Reports to the admins.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::report::{Decision, Reason, Report};
use crate::model::{Refusal, Seq, ThreadId, UserId};
#[cfg(feature = "ssr")]
use crate::server::security_log::SecurityEvent;

/// Reports the message at `seq` of a thread, or `user`: as a member of the room `thread`, or without a room.
#[server(name = SendReport, prefix = "/api", endpoint = "report", input = PostUrl, output = Json)]
pub async fn report(
    thread: Option<ThreadId>,
    seq: Option<Seq>,
    user: Option<UserId>,
    reason: Reason,
    details: String,
) -> Result<(), Refusal> {
    let what = crate::server::http::request::reported(thread, seq, user)?;
    crate::server::http::request::logged(
        SecurityEvent::Report,
        user,
        thread,
        async move |chat, me| chat.report(me, what, reason, &details).await,
    )
    .await
}

/// The reports in a room, or of the whole site, without those about the caller: open ones first, then newest first.
#[server(name = FetchReports, prefix = "/api", endpoint = "reports", input = GetUrl, output = Json)]
pub async fn reports(thread: Option<ThreadId>) -> Result<Vec<Report>, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.reports(me, thread).await)
        .await
}

/// The number of open reports in a room, or of the whole site.
#[server(name = CountReports, prefix = "/api", endpoint = "open_reports", input = GetUrl, output = Json)]
pub async fn open_reports(thread: Option<ThreadId>) -> Result<i64, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.open_reports(me, thread).await)
        .await
}

/// Carries out a decision on a report, and closes it.
#[server(prefix = "/api", endpoint = "decide_report", input = PostUrl, output = Json)]
pub async fn decide_report(id: i64, decision: Decision) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.decide_report(me, id, decision).await
    })
    .await
}
