//! The copy of a whole installation from one database into another, of either engine, and the comparison of the two.
//!
//! Rows are copied in key order, one page per transaction. So the last key in the target tells where an interrupted
//! copy resumes, and both sides can be read in parallel for the comparison. The columns of a table are read from the
//! database, so that a new one is not forgotten.

mod compare;
mod rows;

use anyhow::{Context, bail, ensure};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

use self::rows::CopiedTable;
use super::contents::{self, ContentHash};
use super::dialect;
use super::dialect::Dialect;

pub use compare::Compared;

/// The tables, referenced ones first, with their row order.
pub(super) const TABLES: [(&str, &[&str]); 21] = [
    ("users", &["id"]),
    ("sessions", &["token_hash"]),
    ("push_subscriptions", &["session_id"]),
    ("threads", &["id"]),
    ("blocks", &["user_id", "blocked"]),
    ("direct_threads", &["low_user", "high_user"]),
    ("members", &["user_id", "thread_id"]),
    ("events", &["thread_id", "seq"]),
    ("contents", &["hash"]),
    ("uploads", &["id"]),
    ("files", &["id"]),
    ("versions", &["thread_id", "seq", "edit"]),
    ("mentions", &["thread_id", "user_id", "seq"]),
    ("rooms", &["thread_id"]),
    ("bans", &["thread_id", "user_id"]),
    ("invites", &["id"]),
    ("invite_uses", &["token_hash", "user_id"]),
    ("audit", &["id"]),
    ("reports", &["id"]),
    ("report_notes", &["report_id", "reporter"]),
    ("settings", &["name"]),
];

/// Tables whose ids the database assigns, and never reuses.
const NUMBERED: [&str; 5] = ["users", "threads", "invites", "audit", "reports"];

/// The setting that marks the target of an unfinished copy.
const UNFINISHED: &str = "unfinished_copy";

/// Fails on the target of an unfinished copy: data is missing, and nothing may write to it.
pub(super) async fn check_finished(db: &mut AnyConnection) -> anyhow::Result<()> {
    ensure!(
        !is_unfinished(db).await?,
        "a copy into this database was not finished: run `chapp migrate` again"
    );
    Ok(())
}

async fn is_unfinished(db: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let marker = sqlx::query("SELECT 1 FROM settings WHERE name = $1")
        .bind(UNFINISHED)
        .fetch_optional(db)
        .await?;
    Ok(marker.is_some())
}

/// A copy in progress. The source is locked against writers for its lifetime.
pub struct Copy {
    from: AnyConnection,
    to: AnyConnection,
    tables: Vec<CopiedTable>,
}

impl Copy {
    /// Opens and migrates both databases, and locks the source against writers.
    ///
    /// # Errors
    /// When one can't be opened, the source is missing or in use, or the target contains another installation.
    pub async fn begin(from: &str, to: &str) -> anyhow::Result<Self> {
        ensure!(from != to, "the two are the same database");
        let mut from = open(&dialect::with_mode(from, "rw"))
            .await
            .context("the database to copy from")?;
        dialect::make_file(to)?;
        let mut to = open(&dialect::with_mode(to, "rwc"))
            .await
            .context("the database to copy to")?;
        // Not for the source: its transaction is idle while rows are written to the target.
        to.execute(Dialect::of(&to).writer_setup()).await?;
        check_finished(&mut from).await?;
        let is_empty = sqlx::query("SELECT 1 FROM users LIMIT 1")
            .fetch_optional(&mut to)
            .await?
            .is_none();
        if !is_empty && !is_unfinished(&mut to).await? {
            bail!("there is an installation in the database to copy to");
        }
        let mut tables = Vec::new();
        for (name, key) in TABLES {
            let table = CopiedTable::read(&mut from, name, key).await?;
            ensure!(
                table == CopiedTable::read(&mut to, name, key).await?,
                "the table {name} is not the same in both"
            );
            tables.push(table);
        }
        let names = TABLES.map(|(name, _)| name);
        for text in Dialect::of(&from).lock_out_writers(&names) {
            from.execute(AssertSqlSafe(text))
                .await
                .context("somebody writes to the source")?;
        }
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ($1, '') ON CONFLICT (name) DO NOTHING",
        )
        .bind(UNFINISHED)
        .execute(&mut to)
        .await?;
        Ok(Self { from, to, tables })
    }

    /// The total number of rows, and how many of them were copied before.
    pub async fn size(&mut self) -> anyhow::Result<(u64, u64)> {
        let (mut all, mut there) = (0, 0);
        for table in &self.tables {
            all += table.count(&mut self.from).await?;
            there += table.count(&mut self.to).await?;
        }
        // The marker is not copied.
        Ok((all, there.saturating_sub(1)))
    }

    /// Copies the missing rows; reports the size of each page.
    ///
    /// # Errors
    /// When one of the databases fails. The copy can then be resumed.
    pub async fn run(&mut self, mut copied: impl FnMut(u64)) -> anyhow::Result<()> {
        for table in &self.tables {
            // The marker is one of the settings, so the last key is no indication there; the settings are few.
            let mut after = match table.name {
                "settings" => None,
                _ => table.last_key(&mut self.to).await?,
            };
            loop {
                let page = table.page(&mut self.from, after.as_ref()).await?;
                let Some(last) = page.last() else { break };
                after = Some(table.key_of(last));
                let mut transaction = self.to.begin().await?;
                table.insert(&mut transaction, &page).await?;
                transaction.commit().await?;
                copied(page.len() as u64);
            }
        }
        Ok(())
    }

    /// Compares all rows of all tables.
    pub async fn compare(&mut self, mut compared: impl FnMut(u64)) -> anyhow::Result<Compared> {
        compare::compare(&self.tables, &mut self.from, &mut self.to, &mut compared).await
    }

    /// The contents of files after this one, in the order of their hashes; at most a page of them.
    pub async fn contents(
        &mut self,
        after: Option<ContentHash>,
    ) -> anyhow::Result<Vec<ContentHash>> {
        Ok(contents::page(&mut self.to, after).await?)
    }

    /// Makes the copy usable. Assigned ids are not reused.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        let (from, to) = (Dialect::of(&self.from), Dialect::of(&self.to));
        for name in NUMBERED {
            let last: Option<i64> = sqlx::query_scalar(AssertSqlSafe(from.last_id(name)))
                .fetch_optional(&mut self.from)
                .await?;
            for text in to.set_last_id(name, last.unwrap_or(0)) {
                self.to.execute(AssertSqlSafe(text)).await?;
            }
        }
        sqlx::query("DELETE FROM settings WHERE name = $1")
            .bind(UNFINISHED)
            .execute(&mut self.to)
            .await?;
        self.from.execute("ROLLBACK").await?;
        self.from.close().await?;
        self.to.close().await?;
        Ok(())
    }
}

async fn open(url: &str) -> anyhow::Result<AnyConnection> {
    sqlx::any::install_default_drivers();
    let engine = Dialect::of_url(url)?;
    let mut db = AnyConnection::connect(url).await?;
    db.execute(engine.check()).await?;
    super::migrations(engine).run(&mut db).await?;
    Ok(db)
}
