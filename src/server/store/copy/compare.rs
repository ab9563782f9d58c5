//! Comparison of two databases: all rows, hashed per table and, for the log, per thread.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::UNFINISHED;
use super::rows::{CopiedTable, Values};

/// The result of a comparison.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Rows of all tables.
    pub rows: u64,
    /// Logs with the same events on both sides.
    pub threads: usize,
    /// The differences: tables, and threads by their ids.
    pub differing: Vec<String>,
}

/// The number of rows and their hash: per thread in the log, else for the table as a whole.
type Sums = BTreeMap<Option<i64>, (u64, Vec<u8>)>;

pub(super) async fn compare(
    tables: &[CopiedTable],
    from: &mut AnyConnection,
    to: &mut AnyConnection,
    compared: &mut impl FnMut(u64),
) -> anyhow::Result<Compared> {
    let mut result = Compared::default();
    for table in tables {
        let here = sums(table, from, compared).await?;
        let there = sums(table, to, &mut |_| {}).await?;
        result.rows += here.values().map(|(rows, _)| rows).sum::<u64>();
        for group in here
            .keys()
            .chain(there.keys().filter(|group| !here.contains_key(group)))
        {
            if here.get(group) == there.get(group) {
                result.threads += usize::from(group.is_some());
                continue;
            }
            result.differing.push(match group {
                Some(thread) => format!("thread {thread}"),
                None => table.name.to_owned(),
            });
        }
    }
    Ok(result)
}

async fn sums(
    table: &CopiedTable,
    db: &mut AnyConnection,
    read: &mut impl FnMut(u64),
) -> anyhow::Result<Sums> {
    let mut hashes: BTreeMap<Option<i64>, (u64, Sha256)> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = table.page(db, after.as_ref()).await?;
        let Some(last) = page.last() else { break };
        after = Some(table.key_of(last));
        read(page.len() as u64);
        for row in page.iter().filter(|row| !is_marker(table, row)) {
            let (rows, hash) = hashes.entry(table.group_of(row)).or_default();
            *rows += 1;
            hash.update(serde_json::to_vec(row)?);
        }
    }
    let sums = hashes
        .into_iter()
        .map(|(group, (rows, hash))| (group, (rows, hash.finalize().to_vec())));
    Ok(sums.collect())
}

/// Whether the row marks an unfinished copy, which only the target has.
fn is_marker(table: &CopiedTable, row: &Values) -> bool {
    table.name == "settings" && table.key_of(row) == [UNFINISHED]
}
