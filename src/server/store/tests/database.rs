//! The databases that the tests run on. No other code in the tests knows which engine it is.

use std::path::PathBuf;

use sqlx::{AnyConnection, Connection, Executor};
use tempfile::TempDir;
use uuid::Uuid;

use crate::server::config::Config;

/// The environment variable with the address of a PostgreSQL in which each test creates its own schema.
const POSTGRES: &str = "CHAPP_TEST_POSTGRES";

/// A database that belongs to one test and exists as long as this value.
pub(crate) enum Database {
    Sqlite(TempDir),
    /// Its address.
    Postgres(String),
}

/// Turns `async fn NAME(database: Database)`, with its `#[tokio::test]`, into two tests: `NAME::sqlite` and
/// `NAME::postgres`.
macro_rules! on_both_engines {
    ($(#[$attribute:meta])* async fn $name:ident($database:ident: Database $(,)?) $body:block) => {
        mod $name {
            use super::*;

            async fn test($database: Database) $body

            $(#[$attribute])*
            async fn sqlite() {
                test(Database::sqlite()).await;
            }

            $(#[$attribute])*
            async fn postgres() {
                test(Database::postgres().await).await;
            }
        }
    };
}
pub(crate) use on_both_engines;

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// # Panics
    /// Without a PostgreSQL: a skipped test would look like one that passed.
    pub(crate) async fn postgres() -> Self {
        let Ok(server) = std::env::var(POSTGRES) else {
            panic!(
                "{POSTGRES} is not set: it is to be the address of a PostgreSQL for tests. \
                 scripts/rust-tests.sh starts one; or do it by hand with scripts/postgres.sh"
            );
        };
        sqlx::any::install_default_drivers();
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut db = AnyConnection::connect(&server).await.unwrap();
        let text = format!("CREATE SCHEMA {name}");
        db.execute(sqlx::AssertSqlSafe(text)).await.unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        Self::Postgres(format!(
            "{server}{separator}options=-csearch_path%3D{name}&application_name={name}"
        ))
    }

    /// An empty database of the other engine.
    pub(crate) async fn other(&self) -> Self {
        match self {
            Self::Sqlite(_) => Self::postgres().await,
            Self::Postgres(_) => Self::sqlite(),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(_) => format!("sqlite:{}", self.file().display()),
            Self::Postgres(url) => url.clone(),
        }
    }

    /// The default settings with this database, and without a lobby. The free space of the machine that runs the
    /// tests must not decide what passes.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::read("", []).unwrap();
        config.store.url = self.url();
        config.store.min_free_percent = 0;
        config.rooms.lobby = String::new();
        // Beside the SQLite file; nothing in it is found under another name, so tests can share one.
        if let Self::Postgres(_) = self {
            let folder = std::env::temp_dir().join("chapp-test-files");
            config.files.folder = folder.display().to_string();
        }
        config
    }

    /// # Panics
    /// When the database is not a file.
    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join("data/chapp.db"),
            Self::Postgres(url) => panic!("{url} is not a file"),
        }
    }

    /// A connection that bypasses the store, as an operator's tool would open one.
    pub(crate) async fn outsider(&self) -> AnyConnection {
        AnyConnection::connect(&self.url()).await.unwrap()
    }

    /// SQL for the names of all tables.
    pub(crate) fn tables(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table'",
            Self::Postgres(_) => {
                "SELECT table_name::text FROM information_schema.tables \
                 WHERE table_schema = current_schema()"
            }
        }
    }

    /// The prefix that makes a statement return its query plan, and the column of the plan's text.
    pub(crate) async fn explain(&self, outsider: &mut AnyConnection) -> (&'static str, usize) {
        match self {
            Self::Sqlite(_) => ("EXPLAIN QUERY PLAN", 3),
            Self::Postgres(_) => {
                // Tables of a few rows would be scanned as a whole.
                let setting = "SET enable_seqscan = off; SET enable_bitmapscan = off";
                outsider.execute(setting).await.unwrap();
                ("EXPLAIN", 0)
            }
        }
    }

    /// SQL with which an outsider keeps all others from writing until it runs ROLLBACK. Reads go on.
    pub(crate) fn stop_writes(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN; LOCK TABLE events, members IN EXCLUSIVE MODE",
        }
    }

    /// SQL with which an outsider makes transactions that write an event fail at COMMIT, and succeed again.
    pub(crate) fn break_commit(&self) -> [&'static str; 2] {
        match self {
            Self::Sqlite(_) => [
                "CREATE TABLE doubt (id INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED); \
                 CREATE TRIGGER doubt AFTER INSERT ON events \
                 BEGIN INSERT INTO doubt VALUES (-404); END",
                "DROP TRIGGER doubt; DROP TABLE doubt",
            ],
            Self::Postgres(_) => [
                "CREATE FUNCTION doubt() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE io_error; END $$; \
                 CREATE CONSTRAINT TRIGGER doubt AFTER INSERT ON events \
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION doubt()",
                "DROP TRIGGER doubt ON events",
            ],
        }
    }

    /// SQL with which an outsider makes inserts into the search index fail, and succeed again.
    pub(crate) fn no_room_in_index(&self) -> [&'static str; 2] {
        match self {
            Self::Sqlite(_) => [
                "CREATE TRIGGER no_index BEFORE INSERT ON search_docs \
                 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
                "DROP TRIGGER no_index",
            ],
            Self::Postgres(_) => [
                "CREATE FUNCTION no_index() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE disk_full; END $$; \
                 CREATE TRIGGER no_index BEFORE INSERT ON search_docs EXECUTE FUNCTION no_index()",
                "DROP TRIGGER no_index ON search_docs",
            ],
        }
    }

    /// SQL with which an outsider makes event inserts fail, and succeed again.
    pub(crate) fn no_room_for_events(&self) -> [&'static str; 2] {
        match self {
            Self::Sqlite(_) => [
                "CREATE TRIGGER no_room BEFORE INSERT ON events \
                 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
                "DROP TRIGGER no_room",
            ],
            Self::Postgres(_) => [
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE disk_full; END $$; \
                 CREATE TRIGGER no_room BEFORE INSERT ON events EXECUTE FUNCTION no_room()",
                "DROP TRIGGER no_room ON events",
            ],
        }
    }
}
