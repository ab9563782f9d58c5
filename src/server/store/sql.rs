//! What differs between database engines, and the pieces from which longer SQL texts are made.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Executor, Row};

use super::distinct;
use crate::model::ThreadId;

/// The database engine below the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// A file, and this process is the only one that writes to it.
    Sqlite,
    /// A server, to which several nodes may write.
    Postgres,
}

/// A column of [`Engine::rows`]. In the JSON bytes are hexadecimal.
#[derive(Clone, Copy)]
pub(super) enum Column<'a> {
    Number(&'a str),
    Text(&'a str),
    Bytes(&'a str),
}

/// SQLite: durable at COMMIT (`FULL` syncs the WAL), and a page cache of up to 16 MiB.
///
/// What a statement would have to take back is kept in memory: written to a temporary file, it was half of
/// all that was written under load. The WAL is checkpointed at 8,000 pages (32 MiB), not at SQLite's 1,000:
/// a batch alone changes several hundred, most of them the same ones as the batch before.
///
/// What is deleted is overwritten with zeros (`secure_delete`), in pages that become free too: that is the whole point, so
/// not `FAST`.
const SQLITE_WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 0; \
     PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000; \
     PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON;";

/// SQLite: a read connection can't write, whatever the statement.
const SQLITE_READER: &str = "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; \
     PRAGMA mmap_size = 0; PRAGMA cache_size = -2048;";

/// PostgreSQL: durable at COMMIT; a server that waits for its replicas too goes on doing so.
///
/// A node that is frozen or cut off in the midst of a transaction holds locks for which the others wait: the
/// server takes them away after 3 seconds, and notices within 20 that nobody is at the other end.
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

/// PostgreSQL: no two databases that differ here would hold the same texts.
const POSTGRES_CHECK: &str = "DO $$ BEGIN \
     IF current_setting('server_encoding') <> 'UTF8' THEN \
       RAISE EXCEPTION 'the encoding of the database is %, but must be UTF8', \
         current_setting('server_encoding'); \
     END IF; END $$";

/// PostgreSQL: held to the end of the transaction, by one node at a time. (Of one installation: another may
/// have a schema of its own in the same database.)
const POSTGRES_LOCK_SITE: &str =
    "SELECT 1 FROM pg_advisory_xact_lock(hashtext('chapp'), hashtext(current_schema()))";

impl Engine {
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

    /// The engine to which a connection leads.
    pub(super) fn of(db: &AnyConnection) -> Self {
        match db.backend_name() {
            "PostgreSQL" => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    /// Run once at the start, before anything else: fails where the database can't be used.
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

    /// Read connections that are kept at the most. SQLite's readers don't wait for the writer, nor it for
    /// them, and each takes memory; PostgreSQL's wait for the network.
    pub(super) fn readers(self) -> u32 {
        match self {
            Self::Sqlite => 4,
            Self::Postgres => 8,
        }
    }

    /// Whether connections can break, so that one that was idle is to be tried before it is used.
    pub(super) fn is_remote(self) -> bool {
        self == Self::Postgres
    }

    /// Most operations in one transaction: bounds how long one waits. The more wait, the less each costs:
    /// they share a sync, and the pages that several of them change. With PostgreSQL each operation has its
    /// way over the network, and other nodes may wait for this one's locks.
    pub(super) fn batch(self) -> usize {
        match self {
            Self::Sqlite => 4096,
            Self::Postgres => 512,
        }
    }

    /// SQLite: takes the write lock at once. A transaction that reads first and then writes could otherwise
    /// be refused without waiting. PostgreSQL: each statement sees what was committed before it, which is
    /// what makes it right to look after [`lock`].
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }

    /// SQLite: moves what the WAL holds into the database, as far as no reader is in the way. PostgreSQL
    /// has processes of its own for that.
    pub(super) fn checkpoint(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("PRAGMA wal_checkpoint(PASSIVE)"),
            Self::Postgres => None,
        }
    }

    /// SQLite: as [`Self::checkpoint`], and empties the WAL, in which pages still say what was deleted. Waits for readers
    /// for 50 ms at the most; the first column of the answer is 0 when all of it has worked. PostgreSQL recycles its
    /// WAL by itself.
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

    /// Begins a transaction that sees the database as it is now, and in which nobody else writes to these
    /// tables. Who tries is told that the database is not available.
    pub(super) fn keep_writers_away(self, tables: &[&str]) -> Vec<String> {
        match self {
            Self::Sqlite => vec!["BEGIN IMMEDIATE".into()],
            Self::Postgres => vec![
                "SET lock_timeout = '5s'".into(),
                "BEGIN ISOLATION LEVEL REPEATABLE READ".into(),
                format!("LOCK TABLE {} IN SHARE MODE", tables.join(", ")),
            ],
        }
    }

    /// Asks for the last id that was given in a table, though its row may be gone.
    pub(super) fn last_id(self, table: &str) -> String {
        match self {
            Self::Sqlite => format!("SELECT seq FROM sqlite_sequence WHERE name = '{table}'"),
            Self::Postgres => {
                format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {table}_id_seq")
            }
        }
    }

    /// Sets what [`Self::last_id`] asks for.
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
    /// One array of arrays: the text is the same however many rows there are, so it is prepared once. With a
    /// parameter for each value, half the time of a batch of 512 went into SQLite looking for their names.
    /// CROSS JOIN makes SQLite read this table first and look up the rest by index.
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

/// Keeps other nodes away until the transaction ends: from these threads, and, `alone`, from everything that
/// is done `alone`. All nodes take their locks here and in this order, so that no two wait for each other.
/// (SQLite has its one lock since BEGIN.)
pub(super) async fn lock(
    db: &mut AnyConnection,
    alone: bool,
    threads: Vec<ThreadId>,
) -> Result<(), sqlx::Error> {
    let engine = Engine::of(db);
    if engine == Engine::Sqlite {
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

/// A condition in a column: SQLite has numbers for it.
pub(super) fn flag(row: &AnyRow, column: usize) -> Result<bool, sqlx::Error> {
    match row.try_get::<i64, _>(column) {
        Ok(number) => Ok(number != 0),
        Err(_) => row.try_get(column),
    }
}

/// What somebody looks for, as a parameter. PostgreSQL takes no NUL in a text; nothing has one, nor the
/// character that stands for it here.
pub(super) fn text(sought: &str) -> String {
    sought.replace('\0', "\u{1}")
}

/// The same address, with how a SQLite file is opened: `rw`, or `rwc` to make it where it is missing.
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

/// Makes the folder and the file of a SQLite database where they are missing, for the user who runs this and nobody else
/// (0700 and 0600). SQLite gives its other files (`-wal`, `-shm`) the mode of this one. Warns where a mode that is there
/// is wider: it may be meant.
///
/// # Errors
/// When one can't be made.
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
    // An address with a mode of its own may say that the file has to be there.
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

/// Says so when others on this machine may read something that has everybody's messages in it.
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

/// The folder in which a SQLite file lies; `None` when it is none, or in memory.
pub(super) fn folder_of(url: &str) -> Option<PathBuf> {
    match file_of(url)?.parent()? {
        folder if folder.as_os_str().is_empty() => Some(".".into()),
        folder => Some(folder.into()),
    }
}

/// `VALUES ($1, $2), ($3, $4)`: `rows` rows of `columns` numbered parameters, from `$first` on.
/// (sqlx's own builder writes `?` for the `Any` driver, which PostgreSQL does not take.)
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

/// Rows for a statement that takes them as one JSON parameter. They are tuples of numbers and strings.
pub(super) fn json(rows: &[impl serde::Serialize]) -> String {
    serde_json::to_string(rows).unwrap_or_default()
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
        let engine = |url| Engine::of_url(url).ok();
        assert_eq!(engine("sqlite:a.db"), Some(Engine::Sqlite));
        assert_eq!(engine("postgres://x/y"), Some(Engine::Postgres));
        assert_eq!(engine("postgresql://x/y"), Some(Engine::Postgres));
        for url in ["mysql://x/y", "", "chapp.db", "sqlite"] {
            assert_eq!(engine(url), None, "{url}");
        }
    }
}
