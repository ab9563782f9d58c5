//! What differs between database engines, and the pieces from which longer SQL texts are made.

use std::fmt::Write as _;
use std::path::Path;

/// SQLite: durable at COMMIT (`FULL` syncs the WAL), and a page cache of up to 16 MiB.
///
/// What a statement would have to take back is kept in memory: written to a temporary file, it was half of
/// all that was written under load. The WAL is checkpointed at 8,000 pages (32 MiB), not at SQLite's 1,000:
/// a batch alone changes several hundred, most of them the same ones as the batch before.
pub(super) const WRITER_SETUP: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 0; \
     PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000; \
     PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864;";

/// SQLite: a read connection can't write, whatever the statement.
pub(super) const READER_SETUP: &str = "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; \
     PRAGMA mmap_size = 0; PRAGMA cache_size = -2048;";

/// Takes the write lock at once: a transaction that reads first and then writes could otherwise be
/// refused by SQLite without waiting.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// SQLite: moves what the WAL holds into the database, as far as no reader is in the way.
pub(super) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// The same address, so that a missing SQLite file is made.
pub(super) fn with_create(url: &str) -> String {
    if url.starts_with("sqlite:") && !url.contains("mode=") {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}mode=rwc")
    } else {
        url.to_owned()
    }
}

/// Makes the folder in which a SQLite file is to lie.
pub(super) fn make_folder(url: &str) -> std::io::Result<()> {
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Ok(());
    };
    let path = path
        .trim_start_matches("//")
        .split('?')
        .next()
        .unwrap_or_default();
    match Path::new(path).parent() {
        Some(folder) if path != ":memory:" && !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder)
        }
        _ => Ok(()),
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
        assert_eq!(with_create("sqlite:a.db"), "sqlite:a.db?mode=rwc");
        assert_eq!(with_create("sqlite:a.db?mode=ro"), "sqlite:a.db?mode=ro");
        assert_eq!(with_create("postgres://x"), "postgres://x");
    }
}
