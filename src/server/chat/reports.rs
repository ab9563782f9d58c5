//! Reports to the admins of a room and of the site, and the admins' decisions.

use super::admin::{place_of, rule_of};
use super::{Chat, policy};
use crate::model::report::{Decision, Reason, Report, Reported};
use crate::model::{Field, Refusal, ThreadId, UserId, limits, validate};
use crate::server::store::{NewReport, ReportTarget, SITE};

impl Chat {
    /// Reports a message or a person. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the subject does not exist, may not be read by `me`, or is their own;
    /// [`Refusal::Invalid`]; [`Refusal::TooMany`].
    pub async fn report(
        &self,
        me: UserId,
        what: Reported,
        reason: Reason,
        details: &str,
    ) -> Result<(), Refusal> {
        let details = validate::line(Field::Details, details, limits::DETAILS_MAX)?;
        let report = NewReport {
            what,
            reason,
            details,
        };
        Ok(self.store.report(me, policy::may_read, report).await?)
    }

    /// The reports of a room, or of the whole site, open ones first. Nobody sees reports about themselves.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`].
    pub async fn reports(
        &self,
        me: UserId,
        thread: Option<ThreadId>,
    ) -> Result<Vec<Report>, Refusal> {
        let target = thread.into();
        let (place, rule) = (place_of(target), rule_of(target));
        let reports = self.store.reports(me, thread);
        self.reading(me, place, rule, reports).await
    }

    /// The number of open reports of a room, or of the whole site. As in [`Self::reports`], reports about `me` don't count.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`].
    pub async fn open_reports(&self, me: UserId, thread: Option<ThreadId>) -> Result<i64, Refusal> {
        let target = thread.into();
        let (place, rule) = (place_of(target), rule_of(target));
        let open = self.store.open_reports(me, thread);
        self.reading(me, place, rule, open).await
    }

    /// Carries out the decision on a report, and records it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such report, or `me` may not see it; those of the rules of the act.
    pub async fn decide_report(
        &self,
        me: UserId,
        id: i64,
        decision: Decision,
    ) -> Result<(), Refusal> {
        let target = self.store.report_target(id).await?;
        let target = target.ok_or(Refusal::NotFound)?;
        self.check_may_decide(me, target).await?;
        let ReportTarget {
            thread,
            seq,
            subject,
        } = target;
        match (decision, thread, seq) {
            (Decision::Dismiss | Decision::Reopen, ..) => {}
            (Decision::DeleteMessage, Some(thread), Some(seq)) => {
                self.delete_message(me, thread, seq).await?;
            }
            (Decision::Ban, Some(thread), _) => self.ban(me, thread, subject, None, "").await?,
            (Decision::DeleteMessage | Decision::Ban, ..) => return Err(Refusal::NotFound),
            (Decision::Suspend, ..) => self.suspend(me, subject, true).await?,
        }
        Ok(self.store.decide_report(id, me, decision).await?)
    }

    /// Whether the user may see a report: a site admin any, a room's admin those of the room, nobody those about
    /// themselves.
    async fn check_may_decide(&self, me: UserId, target: ReportTarget) -> Result<(), Refusal> {
        let site = self.store.standing(me, SITE).await?;
        let room = self.store.standing(me, target.thread).await?;
        let is_admin =
            policy::may_manage_site(&site, None).is_ok() || policy::may_manage(&room, None).is_ok();
        match is_admin && target.subject != me {
            true => Ok(()),
            false => Err(Refusal::NotFound),
        }
    }
}
