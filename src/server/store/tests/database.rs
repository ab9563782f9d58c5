//! The databases that the tests run on: the only thing in them that knows which engine it is.

use std::path::PathBuf;

use sqlx::{AnyConnection, Connection, Executor};
use tempfile::TempDir;
use uuid::Uuid;

/// The variable with the address of a PostgreSQL, in which each test makes a schema of its own.
const POSTGRES: &str = "CHAPP_TEST_POSTGRES";

/// A database of a test's own, that is there for as long as this is.
pub(crate) enum Database {
    Sqlite(TempDir),
    /// Its address.
    Postgres(String),
}

/// Makes of `async fn NAME(database: Database)`, with its `#[tokio::test]`, two tests: `NAME::sqlite` and
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
    /// Without a PostgreSQL to use: a test that was left out would look like one that has passed.
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

    /// An empty one of the other engine.
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

    /// # Panics
    /// When it is not one file.
    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join("data/chapp.db"),
            Self::Postgres(url) => panic!("{url} is not a file"),
        }
    }

    /// A connection past the store, as an operator's tool would open one.
    pub(crate) async fn outsider(&self) -> AnyConnection {
        AnyConnection::connect(&self.url()).await.unwrap()
    }

    /// Asks for the names of all tables.
    pub(crate) fn tables(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table'",
            Self::Postgres(_) => {
                "SELECT table_name::text FROM information_schema.tables \
                 WHERE table_schema = current_schema()"
            }
        }
    }

    /// What stands before a statement to be told how it is carried out, and in which column that is told.
    pub(crate) async fn explain(&self, outsider: &mut AnyConnection) -> (&'static str, usize) {
        match self {
            Self::Sqlite(_) => ("EXPLAIN QUERY PLAN", 3),
            Self::Postgres(_) => {
                // Tables of a few rows would be read as a whole.
                let setting = "SET enable_seqscan = off; SET enable_bitmapscan = off";
                outsider.execute(setting).await.unwrap();
                ("EXPLAIN", 0)
            }
        }
    }

    /// What an outsider says to keep all others from writing, until it says ROLLBACK. They can read.
    pub(crate) fn stop_writes(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN; LOCK TABLE events, members IN EXCLUSIVE MODE",
        }
    }

    /// What an outsider says so that no event can be written, and so that it can again.
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
