//! Reports and the decisions on them. A report outlives the message and the room it is about.

mod decide;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::audit::person_at;
use super::events::message_at;
use super::events::{self, EVENT};
use super::group_title::NAME;
use super::standing::{Rule, SITE, Standing, ThreadType, standing_of};
use super::users::{PERSON, person};
use super::write_queue::WriteTurn;
use super::{Outcome, Store, StoreError, dialect};
use crate::model::report::{
    Decided, Decision, Reason, Report, ReportNote, Reported, ReportedLine, Snapshot,
};
use crate::model::{EventBody, Person, Preview, Refusal, Seq, ThreadId, UserId, limits};
use crate::server::clock;

/// A new report.
#[derive(Clone, Debug)]
pub struct NewReport {
    pub what: Reported,
    pub reason: Reason,
    pub details: String,
}

/// The subject of a report, for the authorization of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportTarget {
    /// `None`: a person, wherever they are.
    pub thread: Option<ThreadId>,
    pub seq: Option<Seq>,
    pub subject: UserId,
}

const DAY: i64 = 24 * 60 * 60 * 1_000;

impl Store {
    /// Files a report, if `rule` lets the reporter read its subject. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the subject does not exist, may not be read, or is the reporter's own;
    /// [`Refusal::TooMany`] beyond [`limits::REPORTS_PER_DAY`].
    pub async fn report(
        &self,
        reporter: UserId,
        rule: Rule,
        report: NewReport,
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::of(reporter), move |db| {
                Box::pin(async move {
                    let found = Found::of(db, reporter, rule, report.what).await?;
                    found.keep(db, reporter, &report).await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// The reports of a room, or all: open ones first, then the latest. Those about `viewer` are left out.
    pub async fn reports(
        &self,
        viewer: UserId,
        thread: Option<ThreadId>,
    ) -> Result<Vec<Report>, StoreError> {
        let mut db = self.readers.acquire().await?;
        let rows = sqlx::query(
            "SELECT r.id, r.thread_id, r.seq, r.room, r.decision, r.decided_at, \
               s.id, s.username, s.display_name, s.is_ambiguous, \
               d.id, d.username, d.display_name, d.is_ambiguous \
             FROM reports r JOIN users s ON s.id = r.subject \
             LEFT JOIN users d ON d.id = r.decided_by \
             WHERE r.subject <> $1 AND ($2 = 0 OR r.thread_id = $2) \
             ORDER BY CASE WHEN r.decision IS NULL THEN 0 ELSE 1 END, r.at DESC, r.id DESC LIMIT $3",
        )
        .bind(viewer.0)
        .bind(thread.map_or(0, |thread| thread.0))
        .bind(limits::REPORTS_SHOWN as i64)
        .fetch_all(&mut *db)
        .await?;
        let mut reports: Vec<Report> = rows.iter().map(report).collect::<Result<_, _>>()?;
        let text = format!(
            "SELECT n.report_id, n.at, n.reason, n.details, n.snapshot, \
               u.id, u.username, u.display_name, u.is_ambiguous \
             FROM report_notes n JOIN users u ON u.id = n.reporter \
             WHERE n.report_id IN ({}) ORDER BY n.at, n.reporter",
            dialect::values(reports.len().max(1), 1, 1)
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        if reports.is_empty() {
            query = query.bind(0_i64);
        }
        for report in &reports {
            query = query.bind(report.id);
        }
        for row in query.fetch_all(&mut *db).await? {
            let id: i64 = row.try_get(0)?;
            let note = note(&row)?;
            let of = reports.iter_mut().filter(|report| report.id == id);
            of.for_each(|report| report.notes.push(note.clone()));
        }
        Ok(reports)
    }

    /// The number of open reports of a room, or of all, without those about `viewer`.
    pub async fn open_reports(
        &self,
        viewer: UserId,
        thread: Option<ThreadId>,
    ) -> Result<i64, StoreError> {
        let text = "SELECT COUNT(*) FROM reports r \
                    WHERE r.decision IS NULL AND r.subject <> $1 AND ($2 = 0 OR r.thread_id = $2)";
        let open: i64 = sqlx::query_scalar(text)
            .bind(viewer.0)
            .bind(thread.map_or(0, |thread| thread.0))
            .fetch_one(&self.readers)
            .await?;
        Ok(open)
    }

    pub async fn report_target(&self, id: i64) -> Result<Option<ReportTarget>, StoreError> {
        let row = sqlx::query("SELECT thread_id, seq, subject FROM reports WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        let target = row.map(|row| {
            let seq: Seq = row.try_get(1)?;
            Ok::<_, sqlx::Error>(ReportTarget {
                thread: thread_at(row.try_get(0)?),
                seq: (seq > 0).then_some(seq),
                subject: UserId(row.try_get(2)?),
            })
        });
        Ok(target.transpose()?)
    }
}

/// The subject of a report in its current state.
struct Found {
    thread: Option<ThreadId>,
    seq: Seq,
    subject: UserId,
    snapshot: Option<Snapshot>,
}

impl Found {
    async fn of(
        db: &mut AnyConnection,
        reporter: UserId,
        rule: Rule,
        what: Reported,
    ) -> Result<Self, StoreError> {
        let found = match what {
            Reported::Message(thread, seq) => {
                let standing = may_read(db, reporter, thread, rule).await?;
                Self::message(db, thread, seq, &standing).await?
            }
            Reported::Member(thread, user) => {
                let standing = may_read(db, reporter, thread, rule).await?;
                let other = standing_of(db, user, thread).await?;
                let is_in = other.is_some_and(|other| other.role.is_some());
                if !is_in || standing.kind == Some(ThreadType::Direct) {
                    return Err(Refusal::NotFound.into());
                }
                Self::person(Some(thread), user)
            }
            Reported::Person(user) => {
                standing_of(db, user, SITE)
                    .await?
                    .ok_or(Refusal::NotFound)?;
                Self::person(None, user)
            }
        };
        match found.subject == reporter {
            true => Err(Refusal::NotFound.into()),
            false => Ok(found),
        }
    }

    fn person(thread: Option<ThreadId>, subject: UserId) -> Self {
        Self {
            thread,
            seq: 0,
            subject,
            snapshot: None,
        }
    }

    async fn message(
        db: &mut AnyConnection,
        thread: ThreadId,
        seq: Seq,
        standing: &Standing,
    ) -> Result<Self, StoreError> {
        let event = message_at(db, thread, seq).await?;
        let event = event.ok_or(Refusal::NotFound)?;
        let text = event.body.text().ok_or(Refusal::NotFound)?.to_owned();
        let is_room = standing.kind != Some(ThreadType::Direct);
        let (mut before, mut after) = (None, None);
        if is_room {
            before = neighbour(db, thread, seq, "seq < $2", "DESC").await?;
            after = neighbour(db, thread, seq, "seq > $2", "ASC").await?;
        }
        let at = event.at;
        Ok(Self {
            thread: Some(thread),
            seq,
            subject: event.actor,
            snapshot: Some(Snapshot {
                text,
                at,
                before,
                after,
            }),
        })
    }

    async fn keep(
        self,
        db: &mut AnyConnection,
        reporter: UserId,
        report: &NewReport,
    ) -> Result<(), StoreError> {
        let now = clock::now();
        let text = "SELECT r.id FROM reports r JOIN report_notes n ON n.report_id = r.id \
                    WHERE r.thread_id = $1 AND r.seq = $2 AND r.subject = $3 AND n.reporter = $4";
        let known = sqlx::query(text)
            .bind(thread_column(self.thread))
            .bind(self.seq)
            .bind(self.subject.0)
            .bind(reporter.0)
            .fetch_optional(&mut *db)
            .await?;
        if known.is_some() {
            return Ok(());
        }
        let text = "SELECT COUNT(*) FROM report_notes WHERE reporter = $1 AND at > $2";
        let recent: i64 = sqlx::query_scalar(text)
            .bind(reporter.0)
            .bind(now - DAY)
            .fetch_one(&mut *db)
            .await?;
        if recent >= limits::REPORTS_PER_DAY as i64 {
            let max = limits::REPORTS_PER_DAY;
            return Err(Refusal::TooMany { max }.into());
        }
        // Another user may have reported it before, and admins may have decided: it is reopened.
        let text = format!(
            "INSERT INTO reports (thread_id, seq, subject, room, at) VALUES ($1, $2, $3, \
               COALESCE((SELECT {NAME} FROM rooms WHERE thread_id = $1), ''), $4) \
             ON CONFLICT (thread_id, seq, subject) DO UPDATE \
               SET at = excluded.at, decision = NULL, decided_by = NULL, decided_at = NULL \
             RETURNING id"
        );
        let id: i64 = sqlx::query_scalar(AssertSqlSafe(text))
            .bind(thread_column(self.thread))
            .bind(self.seq)
            .bind(self.subject.0)
            .bind(now)
            .fetch_one(&mut *db)
            .await?;
        let snapshot = self.snapshot.as_ref();
        let snapshot = snapshot.and_then(|snapshot| serde_json::to_string(snapshot).ok());
        sqlx::query(
            "INSERT INTO report_notes (report_id, reporter, at, reason, details, snapshot) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(reporter.0)
        .bind(now)
        .bind(report.reason.word())
        .bind(dialect::text(&report.details))
        .bind(snapshot.unwrap_or_default())
        .execute(db)
        .await?;
        Ok(())
    }
}

/// The column `thread_id` of a report: 0 for no thread, so that the unique key also covers reports of a person.
fn thread_column(thread: Option<ThreadId>) -> i64 {
    thread.map_or(0, |thread| thread.0)
}

/// The inverse of [`thread_column`].
fn thread_at(column: i64) -> Option<ThreadId> {
    (column != 0).then_some(ThreadId(column))
}

/// The reporter's standing in the thread. If they may not read it, for whatever reason, it does not exist for them.
async fn may_read(
    db: &mut AnyConnection,
    reporter: UserId,
    thread: ThreadId,
    rule: Rule,
) -> Result<Standing, StoreError> {
    let standing = standing_of(db, reporter, thread).await?.unwrap_or_default();
    rule(&standing, None).map_err(|_| Refusal::NotFound)?;
    Ok(standing)
}

/// How many events on each side of a reported message are searched for the neighbouring message.
const NEAR: i64 = 20;

/// The neighbouring message on one side that was not deleted.
async fn neighbour(
    db: &mut AnyConnection,
    thread: ThreadId,
    seq: Seq,
    side: &str,
    order: &str,
) -> Result<Option<ReportedLine>, StoreError> {
    let text = format!("{EVENT} WHERE thread_id = $1 AND {side} ORDER BY seq {order} LIMIT $3");
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(thread.0)
        .bind(seq)
        .bind(NEAR)
        .fetch_all(&mut *db)
        .await?;
    for row in &rows {
        let event = events::event(row)?;
        if let EventBody::Message(message) = &event.body {
            let text = format!("{PERSON} WHERE id = $1");
            let author = sqlx::query(AssertSqlSafe(text)).bind(event.actor.0);
            let author: Option<AnyRow> = author.fetch_optional(&mut *db).await?;
            let author: Option<Person> = author.as_ref().map(person).transpose()?;
            return Ok(Some(ReportedLine {
                name: author.map(|author| author.display_name).unwrap_or_default(),
                text: Preview::shorten(&message.text),
            }));
        }
    }
    Ok(None)
}

fn report(row: &AnyRow) -> Result<Report, sqlx::Error> {
    let (thread, seq): (i64, Seq) = (row.try_get(1)?, row.try_get(2)?);
    let decision: Option<String> = row.try_get(4)?;
    let decided = match (decision, row.try_get::<Option<i64>, _>(10)?) {
        (Some(word), Some(_)) => Some(Decided {
            decision: Decision::of_word(&word),
            by: person_at(row, 10)?,
            at: row.try_get::<Option<i64>, _>(5)?.unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(Report {
        id: row.try_get(0)?,
        thread: (thread > 0).then_some(ThreadId(thread)),
        room: row.try_get(3)?,
        seq: (seq > 0).then_some(seq),
        subject: person_at(row, 6)?,
        notes: Vec::new(),
        decided,
    })
}

fn note(row: &AnyRow) -> Result<ReportNote, sqlx::Error> {
    let (reason, snapshot): (String, String) = (row.try_get(2)?, row.try_get(4)?);
    Ok(ReportNote {
        by: person_at(row, 5)?,
        at: row.try_get(1)?,
        reason: Reason::of_word(&reason),
        details: row.try_get(3)?,
        snapshot: serde_json::from_str(&snapshot).ok(),
    })
}
