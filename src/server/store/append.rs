//! Appending to logs: many sends to many threads with a constant number of statements.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::dialect;
use super::dialect::Column::{Bytes, Number, Text};
use super::dialect::Dialect;
use super::events::{Quotes, fill_quote, quotes, reply_of};
use super::mentions::{self, Candidates};
use super::standing::{Rule, standings};
use super::{Change, Store, files, own_marks};
use crate::model::{ClientId, Event, EventBody, FileRef, Millis, Refusal, Seq, ThreadId, UserId};
use crate::server::clock;

/// An event to append to a log.
pub struct Append {
    pub thread: ThreadId,
    pub actor: UserId,
    /// Makes the append idempotent: repeating an id by the same actor returns the first result.
    pub client_id: Option<ClientId>,
    pub body: EventBody,
    /// The mentions the message may contain.
    pub candidates: Option<Box<Candidates>>,
    /// The authorization rule, evaluated inside the transaction.
    pub may: Rule,
    /// Invoked once: after COMMIT, or with the reason for the refusal.
    pub done: Box<dyn FnOnce(Result<Appended, Refusal>) + Send + Sync>,
}

/// The position of an appended event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub thread: ThreadId,
    pub seq: Seq,
    pub count: i64,
    pub at: Millis,
}

impl Store {
    /// Queues an event. `append.done` is invoked when the event is durable, or with the reason for a refusal.
    pub fn append(&self, append: Append) {
        self.writer.append(append);
    }
}

/// The outcome so far of one append of the batch.
enum Verdict {
    Done(Result<Appended, Refusal>),
    /// Repeats the client id of an earlier append of this batch, at this index.
    SameAs(usize),
    New,
}

/// Appends every event that is allowed and new, and adds the events to `changes`. The answers are in the order of
/// `appends` and hold once the transaction is committed.
pub(super) async fn run(
    db: &mut AnyConnection,
    appends: &[Append],
    changes: &mut Vec<Change>,
) -> Result<Vec<Result<Appended, Refusal>>, sqlx::Error> {
    let mut verdicts = decide(db, appends).await?;
    let quotes = quotes_for(db, appends, &mut verdicts).await?;
    let mut taken = uploads_for(db, appends, &mut verdicts).await?;
    let new: Vec<usize> = (0..appends.len())
        .filter(|&index| matches!(verdicts[index], Verdict::New))
        .collect();
    if !new.is_empty() {
        let entries = new
            .iter()
            .map(|&index| NewEvent::of(&appends[index], &quotes, taken.remove(&index)));
        let mut entries: Vec<_> = entries.collect();
        resolve_mentions(db, new.iter().map(|&index| &appends[index]), &mut entries).await?;
        let events = write(db, entries).await?;
        files::take(db, &events).await?;
        for (&index, event) in new.iter().zip(&events) {
            verdicts[index] = Verdict::Done(Ok(appended(event)));
        }
        changes.extend(events.into_iter().map(Change::Event));
    }
    let mut answers: Vec<Result<Appended, Refusal>> = Vec::with_capacity(appends.len());
    for verdict in verdicts {
        let answer = match verdict {
            Verdict::Done(answer) => answer,
            // The index is smaller, so its answer is there.
            Verdict::SameAs(first) => answers[first].clone(),
            Verdict::New => Err(Refusal::Internal),
        };
        answers.push(answer);
    }
    Ok(answers)
}

/// Resolves the mentions of the new messages. `appends` and `entries` are in the same order.
async fn resolve_mentions(
    db: &mut AnyConnection,
    appends: impl Iterator<Item = &Append>,
    entries: &mut [NewEvent],
) -> Result<(), sqlx::Error> {
    let mentioning = appends.zip(entries);
    let mentioning =
        mentioning.filter_map(
            |(append, entry)| match (&append.candidates, &mut entry.body) {
                (Some(candidates), EventBody::Message(message)) => {
                    Some(((append.actor, append.thread, &**candidates), message))
                }
                _ => None,
            },
        );
    let (asked, messages): (Vec<_>, Vec<_>) = mentioning.unzip();
    for (message, found) in messages
        .into_iter()
        .zip(mentions::resolve(db, &asked).await?)
    {
        message.mentions = found;
    }
    Ok(())
}

fn appended(event: &Event) -> Appended {
    Appended {
        thread: event.thread,
        seq: event.seq,
        count: event.count,
        at: event.at,
    }
}

/// Decides which appends were done before, which repeat one of this batch, and which are refused.
async fn decide(db: &mut AnyConnection, appends: &[Append]) -> Result<Vec<Verdict>, sqlx::Error> {
    let known = known_ids(db, appends).await?;
    let keys = appends.iter().map(|a| (a.actor, a.thread));
    let mut standings = standings(db, keys).await?;
    let mut first_in_batch = HashMap::new();
    let mut verdicts = Vec::with_capacity(appends.len());
    for (index, append) in appends.iter().enumerate() {
        let key = append.client_id.map(|id| (append.actor, id));
        let before = key.and_then(|key| known.get(&key));
        let in_batch = key.and_then(|key| first_in_batch.get(&key));
        verdicts.push(match (before, in_batch) {
            (Some(first), _) => Verdict::Done(Ok(*first)),
            (None, Some(&first)) => Verdict::SameAs(first),
            (None, None) => {
                let standing = standings.entry((append.actor, append.thread)).or_default();
                match (append.may)(standing, None) {
                    Ok(()) => {
                        // The next append of this batch is evaluated as if this one were written.
                        standing.record_post();
                        if let Some(key) = key {
                            first_in_batch.insert(key, index);
                        }
                        Verdict::New
                    }
                    Err(refusal) => Verdict::Done(Err(refusal)),
                }
            }
        });
    }
    Ok(verdicts)
}

/// The messages that new ones reply to. A reply to something that is not a message of the thread is refused.
async fn quotes_for(
    db: &mut AnyConnection,
    appends: &[Append],
    verdicts: &mut [Verdict],
) -> Result<Quotes, sqlx::Error> {
    let asked = |append: &Append| Some((append.thread, reply_of(&append.body)?));
    let new = appends.iter().zip(&*verdicts);
    let new = new.filter(|(_, verdict)| matches!(verdict, Verdict::New));
    let asked_for = new.filter_map(|(append, _)| asked(append));
    let found = quotes(db, asked_for).await?;
    for (append, verdict) in appends.iter().zip(verdicts) {
        let is_missing = asked(append).is_some_and(|asked| !found.contains_key(&asked));
        if is_missing && matches!(verdict, Verdict::New) {
            *verdict = Verdict::Done(Err(Refusal::NotFound));
        }
    }
    Ok(found)
}

/// The files of new messages, by the index of their append. A message that names an upload it can't take is refused.
async fn uploads_for(
    db: &mut AnyConnection,
    appends: &[Append],
    verdicts: &mut [Verdict],
) -> Result<HashMap<usize, Vec<FileRef>>, sqlx::Error> {
    let new = appends.iter().zip(&*verdicts);
    let new = new.filter(|(_, verdict)| matches!(verdict, Verdict::New));
    let named = new.map(|(append, _)| &append.body);
    let mut uploads = files::named(db, named).await?;
    let mut taken = HashMap::new();
    for (index, (append, verdict)) in appends.iter().zip(verdicts).enumerate() {
        if !matches!(verdict, Verdict::New) || files::of_body(&append.body).is_empty() {
            continue;
        }
        match files::claim((append.actor, append.thread), &append.body, &mut uploads) {
            Ok(files) => drop(taken.insert(index, files)),
            Err(refusal) => *verdict = Verdict::Done(Err(refusal)),
        }
    }
    Ok(taken)
}

/// The client ids of the batch that are in the log already, with their positions.
async fn known_ids(
    db: &mut AnyConnection,
    appends: &[Append],
) -> Result<HashMap<(UserId, ClientId), Appended>, sqlx::Error> {
    let keys: Vec<_> = appends
        .iter()
        .filter_map(|a| a.client_id.map(|id| (a.actor, hex(id))))
        .collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(AssertSqlSafe(known_text(Dialect::of(db))))
        .bind(dialect::json(&keys))
        .fetch_all(&mut *db)
        .await?;
    rows.iter()
        .map(|row| {
            let id = super::events::client_id(&row.try_get::<Vec<u8>, _>(1)?)?;
            let place = Appended {
                thread: ThreadId(row.try_get(2)?),
                seq: row.try_get(3)?,
                count: row.try_get(4)?,
                at: row.try_get(5)?,
            };
            Ok(((UserId(row.try_get(0)?), id), place))
        })
        .collect()
}

/// An event without a position.
pub(super) struct NewEvent {
    pub(super) thread: ThreadId,
    pub(super) actor: UserId,
    pub(super) client_id: Option<ClientId>,
    pub(super) body: EventBody,
}

impl NewEvent {
    fn of(append: &Append, quotes: &Quotes, files: Option<Vec<FileRef>>) -> Self {
        let mut body = append.body.clone();
        fill_quote(append.thread, &mut body, quotes);
        if let (EventBody::Message(message), Some(files)) = (&mut body, files) {
            message.files = files;
        }
        Self {
            thread: append.thread,
            actor: append.actor,
            client_id: append.client_id,
            body,
        }
    }
}

/// Appends events to their logs, in this order. Authorization has been checked.
pub(super) async fn write(
    db: &mut AnyConnection,
    entries: Vec<NewEvent>,
) -> Result<Vec<Event>, sqlx::Error> {
    let events = place(db, entries).await?;
    insert(db, &events).await?;
    mentions::insert(db, &events).await?;
    own_marks::mark_own_as_read(db, &events).await?;
    Ok(events)
}

/// Appends one event that is not a client's send.
pub(super) async fn write_one(
    db: &mut AnyConnection,
    thread: ThreadId,
    actor: UserId,
    body: EventBody,
) -> Result<Event, sqlx::Error> {
    let entry = NewEvent {
        thread,
        actor,
        client_id: None,
        body,
    };
    let mut events = write(db, vec![entry]).await?;
    events.pop().ok_or(sqlx::Error::RowNotFound)
}

/// One thread's part of this batch.
#[derive(Default)]
struct Share {
    events: i64,
    messages: i64,
    /// The index of the last message among `events`, from 1; 0: none.
    last_message: i64,
}

/// Assigns positions to the entries, in their order, and turns them into events.
async fn place(db: &mut AnyConnection, entries: Vec<NewEvent>) -> Result<Vec<Event>, sqlx::Error> {
    let now = clock::now();
    let mut shares: HashMap<ThreadId, Share> = HashMap::new();
    for entry in &entries {
        let share = shares.entry(entry.thread).or_default();
        share.events += 1;
        if entry.body.is_message() {
            share.messages += 1;
            share.last_message = share.events;
        }
    }
    let mut next = advance(db, &shares, now).await?;
    entries
        .into_iter()
        .map(|entry| {
            // A member's row without its thread; the foreign key rules that out.
            let (seq, count) = next
                .get_mut(&entry.thread)
                .ok_or(sqlx::Error::RowNotFound)?;
            *seq += 1;
            *count += i64::from(entry.body.is_message());
            Ok(Event {
                thread: entry.thread,
                seq: *seq,
                count: *count,
                at: now,
                actor: entry.actor,
                client_id: entry.client_id,
                body: entry.body,
            })
        })
        .collect()
}

/// Advances the heads of the threads; returns the previous position and count of each.
async fn advance(
    db: &mut AnyConnection,
    shares: &HashMap<ThreadId, Share>,
    now: Millis,
) -> Result<HashMap<ThreadId, (Seq, i64)>, sqlx::Error> {
    let rows: Vec<_> = shares
        .iter()
        .map(|(thread, share)| (thread, share.events, share.messages, share.last_message))
        .collect();
    let rows = sqlx::query(AssertSqlSafe(advance_text(Dialect::of(db))))
        .bind(dialect::json(&rows))
        .bind(now)
        .fetch_all(&mut *db)
        .await?;
    rows.iter()
        .map(|row| {
            let id = ThreadId(row.try_get(0)?);
            let share = &shares[&id];
            let (seq, count): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
            Ok((id, (seq - share.events, count - share.messages)))
        })
        .collect()
}

async fn insert(db: &mut AnyConnection, events: &[Event]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.thread,
                event.seq,
                event.count,
                event.at,
                event.actor,
                event.client_id.map(hex),
                super::events::body_text(&event.body),
            )
        })
        .collect();
    sqlx::query(AssertSqlSafe(insert_text(Dialect::of(db))))
        .bind(dialect::json(&rows))
        .execute(&mut *db)
        .await?;
    Ok(())
}

/// A client id in the form that the statements expect.
fn hex(id: ClientId) -> String {
    id.0.simple().to_string()
}

// Each of these takes its rows as one parameter; see `Dialect::rows`.

fn known_text(engine: Dialect) -> String {
    format!(
        "SELECT e.actor, e.client_id, e.thread_id, e.seq, e.count, e.at \
         FROM {} AS k CROSS JOIN events AS e \
         WHERE e.actor = k.actor AND e.client_id = k.client_id",
        engine.rows(&[Number("actor"), Bytes("client_id")])
    )
}

fn advance_text(engine: Dialect) -> String {
    format!(
        "UPDATE threads SET last_seq = threads.last_seq + share.events, \
           count = threads.count + share.messages, \
           last_message = CASE WHEN share.messages > 0 \
             THEN threads.last_seq + share.last_message ELSE threads.last_message END, \
           active_at = CASE WHEN share.messages > 0 THEN $2 ELSE threads.active_at END \
         FROM {} AS share WHERE threads.id = share.id \
         RETURNING threads.id, threads.last_seq, threads.count",
        engine.rows(&[
            Number("id"),
            Number("events"),
            Number("messages"),
            Number("last_message")
        ])
    )
}

fn insert_text(engine: Dialect) -> String {
    format!(
        "INSERT INTO events (thread_id, seq, count, at, actor, client_id, body) \
         SELECT thread_id, seq, count, at, actor, client_id, body FROM {} AS e",
        engine.rows(&[
            Number("thread_id"),
            Number("seq"),
            Number("count"),
            Number("at"),
            Number("actor"),
            Bytes("client_id"),
            Text("body"),
        ])
    )
}
