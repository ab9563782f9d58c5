//! Differences between the database engines, and building blocks of longer SQL texts.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, ColumnIndex, Executor, Row};

use crate::model::{Seq, ThreadId};

/// The database engine below the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A file, with this process as its only writer.
    Sqlite,
    /// A server, to which several nodes may write.
    Postgres,
}

/// A column of [`Dialect::rows`]. In JSON, bytes are hexadecimal.
#[derive(Clone, Copy)]
pub(super) enum Column<'a> {
    Number(&'a str),
    Text(&'a str),
    Bytes(&'a str),
}

/// SQLite: durable at COMMIT (`FULL` syncs the WAL), and a page cache of up to 16 MiB.
///
/// Statement journals stay in memory: in a temporary file, they were half of all bytes written under load. The WAL is
/// checkpointed at 8,000 pages (32 MiB), not at SQLite's 1,000: a single batch changes several hundred pages, most of
/// them the same as in the batch before.
///
/// Deleted content is overwritten with zeros (`secure_delete`), also in pages that become free. `FAST` would leave
/// those as they are, which defeats the purpose.
const SQLITE_WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 0; \
     PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000; \
     PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON;";

/// SQLite: a read connection can't write, whatever the statement.
const SQLITE_READER: &str = "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; \
     PRAGMA mmap_size = 0; PRAGMA cache_size = -2048;";

/// PostgreSQL: durable at COMMIT. A server that also waits for its replicas continues to do so.
///
/// A node that is frozen or cut off in mid-transaction holds locks that the others wait for: the server releases them
/// after 3 seconds, and detects within 20 that the peer is gone.
const POSTGRES_WRITER: &str = "SELECT set_config('synchronous_commit', 'on', false) \
       WHERE current_setting('synchronous_commit') IN ('off', 'local'); \
     SET idle_in_transaction_session_timeout = '3s'; SET statement_timeout = '60s'; \
     SET lock_timeout = '5s'; \
     SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3; \
     SET tcp_user_timeout = '20s'; SET jit = off; SET client_min_messages = warning;";

/// PostgreSQL: a read connection can't write.
const POSTGRES_READER: &str = "SET default_transaction_read_only = on; \
     SET statement_timeout = '30s'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; \
     SET tcp_keepalives_count = 3; SET tcp_user_timeout = '20s'; SET jit = off;";

/// PostgreSQL: databases with different encodings would not hold the same texts.
const POSTGRES_CHECK: &str = "DO $$ BEGIN \
     IF current_setting('server_encoding') <> 'UTF8' THEN \
       RAISE EXCEPTION 'the encoding of the database is %, but must be UTF8', \
         current_setting('server_encoding'); \
     END IF; END $$";

/// PostgreSQL: held to the end of the transaction, by one node at a time. (Per installation: another may use its own
/// schema in the same database.)
const POSTGRES_LOCK_SITE: &str =
    "SELECT 1 FROM pg_advisory_xact_lock(hashtext('chapp'), hashtext(current_schema()))";

impl Dialect {
    /// The engine that an address names.
    ///
    /// # Errors
    /// When it is neither.
    pub(super) fn of_url(url: &str) -> anyhow::Result<Self> {
        match url.split_once(':') {
            Some(("sqlite", _)) => Ok(Self::Sqlite),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres),
            _ => anyhow::bail!("the address of a database begins with `sqlite:` or `postgres:`"),
        }
    }

    /// The engine behind a connection.
    pub(super) fn of(db: &AnyConnection) -> Self {
        match db.backend_name() {
            "PostgreSQL" => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    /// Run once at startup, before anything else: fails where the database can't be used.
    pub(super) fn check(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_WRITER,
            Self::Postgres => POSTGRES_CHECK,
        }
    }

    pub(super) fn writer_setup(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_WRITER,
            Self::Postgres => POSTGRES_WRITER,
        }
    }

    pub(super) fn reader_setup(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_READER,
            Self::Postgres => POSTGRES_READER,
        }
    }

    /// The most read connections. SQLite's readers and its writer don't block each other, and each connection takes
    /// memory; PostgreSQL's wait for the network.
    pub(super) fn readers(self) -> u32 {
        match self {
            Self::Sqlite => 4,
            Self::Postgres => 8,
        }
    }

    /// Whether connections can break, so that an idle one must be tested before use.
    pub(super) fn is_remote(self) -> bool {
        self == Self::Postgres
    }

    /// The most operations in one transaction, to bound the wait. The larger a batch, the cheaper each operation: they
    /// share a sync and the pages that several of them change. With PostgreSQL each operation costs a round trip, and
    /// other nodes may wait for this one's locks.
    pub(super) fn batch(self) -> usize {
        match self {
            Self::Sqlite => 4096,
            Self::Postgres => 512,
        }
    }

    /// SQLite: takes the write lock at once. A transaction that reads first and then writes could otherwise be refused
    /// without waiting. PostgreSQL: each statement sees what was committed before it, which is why checks after
    /// [`lock`] are valid.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }

    /// SQLite: moves the content of the WAL into the database, as far as no reader blocks it. PostgreSQL has processes
    /// of its own for that.
    pub(super) fn checkpoint(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("PRAGMA wal_checkpoint(PASSIVE)"),
            Self::Postgres => None,
        }
    }

    /// SQLite: as [`Self::checkpoint`], and truncates the WAL, whose pages may still contain deleted content. Waits for
    /// readers at most 50 ms; the first column of the result is 0 when all of it succeeded. PostgreSQL recycles its WAL
    /// by itself.
    pub(super) fn truncate_log(self) -> Option<[&'static str; 3]> {
        match self {
            Self::Sqlite => Some([
                "PRAGMA busy_timeout = 50",
                "PRAGMA wal_checkpoint(TRUNCATE)",
                "PRAGMA busy_timeout = 5000",
            ]),
            Self::Postgres => None,
        }
    }

    /// The names and the types of a table's columns; the table is `$1`.
    pub(super) fn columns_of_table(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT name, type FROM pragma_table_info($1)",
            Self::Postgres => {
                "SELECT column_name::text, data_type::text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1"
            }
        }
    }

    /// Begins a transaction that sees the current state of the database and in which nobody else writes to these
    /// tables. Other writers fail as if the database were unavailable.
    pub(super) fn lock_out_writers(self, tables: &[&str]) -> Vec<String> {
        match self {
            Self::Sqlite => vec!["BEGIN IMMEDIATE".into()],
            Self::Postgres => vec![
                "SET lock_timeout = '5s'".into(),
                "BEGIN ISOLATION LEVEL REPEATABLE READ".into(),
                format!("LOCK TABLE {} IN SHARE MODE", tables.join(", ")),
            ],
        }
    }

    /// Selects the last id assigned in a table, even if its row is gone.
    pub(super) fn last_id(self, table: &str) -> String {
        match self {
            Self::Sqlite => format!("SELECT seq FROM sqlite_sequence WHERE name = '{table}'"),
            Self::Postgres => {
                format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {table}_id_seq")
            }
        }
    }

    /// Sets the value that [`Self::last_id`] selects.
    pub(super) fn set_last_id(self, table: &str, last: i64) -> Vec<String> {
        match self {
            Self::Sqlite => vec![
                format!("DELETE FROM sqlite_sequence WHERE name = '{table}'"),
                format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {last})"),
            ],
            Self::Postgres => vec![format!(
                "SELECT setval('{table}_id_seq', GREATEST({last}, 1), {last} > 0)"
            )],
        }
    }

    /// The rows of [`json`] in parameter `$1`, as a table with these columns.
    ///
    /// One array of arrays: the text is the same however many rows there are, so it is prepared once. With a parameter
    /// for each value, SQLite spent half the time of a batch of 512 on looking up parameter names. CROSS JOIN makes
    /// SQLite read this table first and look up the rest by index.
    pub(super) fn rows(self, columns: &[Column<'_>]) -> String {
        let mut text = String::from("(SELECT ");
        for (index, column) in columns.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let (Column::Number(name) | Column::Text(name) | Column::Bytes(name)) = column;
            // Writing to a String can't fail.
            let _ = match (self, column) {
                (Self::Sqlite, Column::Bytes(_)) => {
                    write!(text, "{comma}unhex(value ->> {index}) AS {name}")
                }
                (Self::Sqlite, _) | (Self::Postgres, Column::Text(_)) => {
                    write!(text, "{comma}value ->> {index} AS {name}")
                }
                (Self::Postgres, Column::Number(_)) => {
                    write!(text, "{comma}(value ->> {index})::bigint AS {name}")
                }
                (Self::Postgres, Column::Bytes(_)) => {
                    write!(text, "{comma}decode(value ->> {index}, 'hex') AS {name}")
                }
            };
        }
        text.push_str(match self {
            Self::Sqlite => " FROM json_each($1))",
            Self::Postgres => " FROM json_array_elements($1::json))",
        });
        text
    }
}

/// Locks out other nodes until the transaction ends: from these threads and, if `alone`, from all jobs that are
/// `alone`. All nodes take their locks here and in this order, which rules out deadlocks. (SQLite holds its single lock
/// since BEGIN.)
pub(super) async fn lock(
    db: &mut AnyConnection,
    alone: bool,
    threads: Vec<ThreadId>,
) -> Result<(), sqlx::Error> {
    let engine = Dialect::of(db);
    if engine == Dialect::Sqlite {
        return Ok(());
    }
    if alone {
        db.execute(POSTGRES_LOCK_SITE).await?;
    }
    let keys = distinct(threads.into_iter().map(|thread| (thread,)));
    if keys.is_empty() {
        return Ok(());
    }
    let text = format!(
        "SELECT t.id FROM {} AS k JOIN threads t ON t.id = k.id ORDER BY t.id FOR NO KEY UPDATE OF t",
        engine.rows(&[Column::Number("id")])
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(json(&keys))
        .execute(db)
        .await?;
    Ok(())
}

/// A boolean column; SQLite stores it as a number.
pub(super) fn flag(
    row: &AnyRow,
    column: impl ColumnIndex<AnyRow> + Copy,
) -> Result<bool, sqlx::Error> {
    match row.try_get::<i64, _>(column) {
        Ok(number) => Ok(number != 0),
        Err(_) => row.try_get(column),
    }
}

/// User input as a text parameter. PostgreSQL accepts no NUL in a text. No stored text contains NUL or the character
/// that replaces it here.
pub(super) fn text(sought: &str) -> String {
    sought.replace('\0', "\u{1}")
}

/// The address with the mode in which a SQLite file is opened: `rw`, or `rwc` to create it if missing.
pub(super) fn with_mode(url: &str, mode: &str) -> String {
    if url.starts_with("sqlite:") && !url.contains("mode=") {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}mode={mode}")
    } else {
        url.to_owned()
    }
}

/// The file of a SQLite database; `None` where there is none.
fn file_of(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = path.split('?').next().unwrap_or_default();
    (!path.is_empty() && path != ":memory:").then(|| Path::new(path))
}

/// Creates the folder and the file of a SQLite database if missing, accessible to the current user only (0700 and
/// 0600). SQLite gives its other files (`-wal`, `-shm`) the mode of this one. Warns where an existing mode is wider,
/// which may be intended.
///
/// # Errors
/// When one can't be created.
pub(super) fn make_file(url: &str) -> std::io::Result<()> {
    let Some(file) = file_of(url) else {
        return Ok(());
    };
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)?;
    }
    // An address with its own mode may require the file to exist.
    if !url.contains("mode=") || url.contains("mode=rwc") {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(file) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    if let Some(folder) = folder {
        warn_if_open(folder, 0o700);
    }
    warn_if_open(file, 0o600);
    for more in ["-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(more);
        warn_if_open(Path::new(&name), 0o600);
    }
    Ok(())
}

/// Warns when other users of this machine may read a file with all messages.
fn warn_if_open(path: &Path, wanted: u32) {
    if let Some(mode) = mode_of(path).filter(|mode| mode & !wanted & 0o777 != 0) {
        let path = path.display();
        tracing::warn!(
            "{path} can be opened by other users of this machine (mode {mode:o}): chmod {wanted:o} {path}"
        );
    }
}

#[cfg(unix)]
fn mode_of(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let found = std::fs::metadata(path).ok()?;
    Some(found.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_of(_: &Path) -> Option<u32> {
    None
}

/// The folder of a SQLite file; `None` for another engine, or in memory.
pub(super) fn folder_of(url: &str) -> Option<PathBuf> {
    match file_of(url)?.parent()? {
        folder if folder.as_os_str().is_empty() => Some(".".into()),
        folder => Some(folder.into()),
    }
}

/// `VALUES ($1, $2), ($3, $4)`: `rows` rows of `columns` numbered parameters, from `$first` on. (sqlx's own builder
/// writes `?` for the `Any` driver, which PostgreSQL does not accept.)
pub(super) fn values(rows: usize, columns: usize, first: usize) -> String {
    let mut text = String::with_capacity(8 + rows * columns * 7);
    text.push_str("VALUES ");
    let mut parameter = first;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a String can't fail.
            let _ = write!(text, "{comma}${parameter}");
            parameter += 1;
        }
        text.push(')');
    }
    text
}

/// Rows for a statement that expects them as one JSON parameter: tuples of numbers and strings.
pub(super) fn json(rows: &[impl serde::Serialize]) -> String {
    serde_json::to_string(rows).unwrap_or_default()
}

/// Parses a stored list of positions.
pub(super) fn positions(list: &str) -> Vec<Seq> {
    list.split(',').filter_map(|seq| seq.parse().ok()).collect()
}

/// The inverse of [`positions`].
pub(super) fn list(positions: &[Seq]) -> String {
    let all: Vec<String> = positions.iter().map(Seq::to_string).collect();
    all.join(",")
}

/// The items sorted, without duplicates.
pub(in crate::server) fn distinct<T: Ord>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let distinct: BTreeSet<T> = all.into_iter().collect();
    distinct.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_from_the_first() {
        assert_eq!(values(2, 2, 3), "VALUES ($3, $4), ($5, $6)");
    }

    #[test]
    fn only_a_sqlite_address_without_a_mode_is_changed() {
        assert_eq!(with_mode("sqlite:a.db", "rwc"), "sqlite:a.db?mode=rwc");
        assert_eq!(
            with_mode("sqlite:a.db?mode=ro", "rw"),
            "sqlite:a.db?mode=ro"
        );
        assert_eq!(with_mode("postgres://x", "rw"), "postgres://x");
    }

    #[test]
    fn an_address_names_its_engine() {
        let engine = |url| Dialect::of_url(url).ok();
        assert_eq!(engine("sqlite:a.db"), Some(Dialect::Sqlite));
        assert_eq!(engine("postgres://x/y"), Some(Dialect::Postgres));
        assert_eq!(engine("postgresql://x/y"), Some(Dialect::Postgres));
        for url in ["mysql://x/y", "", "chapp.db", "sqlite"] {
            assert_eq!(engine(url), None, "{url}");
        }
    }
}
