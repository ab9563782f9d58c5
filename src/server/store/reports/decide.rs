//! The decision on a report.

use sqlx::Row;

use crate::model::report::Decision;
use crate::model::{Refusal, ThreadId, UserId};
use crate::server::clock;
use crate::server::store::audit::{self, AuditRecord};
use crate::server::store::write_queue::{Owner, WriteTurn};
use crate::server::store::{Outcome, Store, StoreError};

impl Store {
    /// Records an admin's decision. The caller has checked that they may make it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn decide_report(
        &self,
        id: i64,
        by: UserId,
        decision: Decision,
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::first(Owner::Person(by)), move |db| {
                Box::pin(async move {
                    // What was carried out can't be taken back like this.
                    let text = match decision {
                        Decision::Reopen => {
                            "UPDATE reports SET decision = NULL, decided_by = NULL, decided_at = NULL \
                             WHERE id = $1 AND decision = $2 RETURNING thread_id, subject"
                        }
                        _ => {
                            "UPDATE reports SET decision = $2, decided_by = $3, decided_at = $4 \
                             WHERE id = $1 RETURNING thread_id, subject"
                        }
                    };
                    let query = sqlx::query(text).bind(id);
                    let query = match decision {
                        Decision::Reopen => query.bind(Decision::Dismiss.word()),
                        decided => query.bind(decided.word()).bind(by.0).bind(clock::now()),
                    };
                    let row = query
                        .fetch_optional(&mut *db)
                        .await?
                        .ok_or(Refusal::NotFound)?;
                    let (thread, subject): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
                    let entry = AuditRecord {
                        actor: Some(by),
                        action: "decide_report",
                        thread: (thread > 0).then_some(ThreadId(thread)),
                        subject: Some(UserId(subject)),
                        detail: decision.word().to_owned(),
                    };
                    audit::write(db, entry).await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }
}
