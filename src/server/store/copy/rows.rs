//! A table as rows of JSON, the same for either engine.

use anyhow::ensure;
use data_encoding::HEXLOWER;
use serde_json::Value;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row};

use crate::server::store::dialect;
use crate::server::store::dialect::{Column, Dialect};

/// Rows per transaction: a page of the longest messages takes some ten megabytes.
const PAGE: i64 = 1_000;

/// A row, with its columns in the table's order.
pub(super) type Values = Vec<Value>;

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Bytes,
}

/// A table that is copied.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CopiedTable {
    pub(super) name: &'static str,
    /// By name.
    columns: Vec<(String, Kind)>,
    /// The indexes of the key's columns.
    key: Vec<usize>,
}

impl CopiedTable {
    /// Reads the table's columns from the database.
    pub(super) async fn read(
        db: &mut AnyConnection,
        name: &'static str,
        key: &[&str],
    ) -> anyhow::Result<Self> {
        let rows = sqlx::query(Dialect::of(db).columns_of_table())
            .bind(name)
            .fetch_all(db)
            .await?;
        let mut columns = Vec::new();
        for row in rows {
            let kind: String = row.try_get(1)?;
            let kind = match kind.to_lowercase().as_str() {
                "text" => Kind::Text,
                "blob" | "bytea" => Kind::Bytes,
                "integer" | "bigint" => Kind::Number,
                other => anyhow::bail!("the table {name} has a column of the type {other}"),
            };
            columns.push((row.try_get::<String, _>(0)?, kind));
        }
        columns.sort_by(|one, other| one.0.cmp(&other.0));
        let places = key
            .iter()
            .filter_map(|key| columns.iter().position(|(column, _)| column == key));
        let places: Vec<usize> = places.collect();
        ensure!(places.len() == key.len(), "the table {name} has no key");
        Ok(Self {
            name,
            columns,
            key: places,
        })
    }

    /// Quoted, because some of the names are SQL keywords.
    fn quoted(&self) -> Vec<String> {
        let names = self.columns.iter().map(|(name, _)| format!("\"{name}\""));
        names.collect()
    }

    fn key_list(&self) -> String {
        let quoted = self.quoted();
        let names: Vec<&str> = self.key.iter().map(|&place| &*quoted[place]).collect();
        names.join(", ")
    }

    pub(super) async fn count(&self, db: &mut AnyConnection) -> Result<u64, sqlx::Error> {
        let text = format!("SELECT COUNT(*) FROM {}", self.name);
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(text))
            .fetch_one(db)
            .await?;
        Ok(count.unsigned_abs())
    }

    /// The key of the last row.
    pub(super) async fn last_key(
        &self,
        db: &mut AnyConnection,
    ) -> Result<Option<Values>, sqlx::Error> {
        let descending = self.key_list().replace(',', " DESC,");
        let columns = self.quoted().join(", ");
        let text = format!(
            "SELECT {columns} FROM {} ORDER BY {descending} DESC LIMIT 1",
            self.name
        );
        let row = sqlx::query(AssertSqlSafe(text)).fetch_optional(db).await?;
        row.map(|row| Ok(self.key_of(&self.values(&row)?)))
            .transpose()
    }

    /// The rows after this key (`None`: from the first), in key order.
    pub(super) async fn page(
        &self,
        db: &mut AnyConnection,
        after: Option<&Values>,
    ) -> Result<Vec<Values>, sqlx::Error> {
        let columns = self.quoted().join(", ");
        let key = self.key_list();
        let beyond = match after {
            None => String::new(),
            Some(after) => {
                let parameters: Vec<String> = (2..2 + after.len())
                    .map(|number| format!("${number}"))
                    .collect();
                format!("WHERE ({key}) > ({})", parameters.join(", "))
            }
        };
        let text = format!(
            "SELECT {columns} FROM {} {beyond} ORDER BY {key} LIMIT $1",
            self.name
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(PAGE);
        for (value, &place) in after.into_iter().flatten().zip(&self.key) {
            query = bind(query, self.columns[place].1, value);
        }
        let rows = query.fetch_all(db).await?;
        rows.iter().map(|row| self.values(row)).collect()
    }

    pub(super) fn key_of(&self, row: &Values) -> Values {
        self.key.iter().map(|&place| row[place].clone()).collect()
    }

    /// The group in which a row is compared: its thread for a row of the log, else `None`.
    pub(super) fn group_of(&self, row: &Values) -> Option<i64> {
        match self.name {
            "events" => row[self.key[0]].as_i64(),
            _ => None,
        }
    }

    /// Inserts rows; a row whose key exists already stays as it is.
    pub(super) async fn insert(
        &self,
        db: &mut AnyConnection,
        rows: &[Values],
    ) -> Result<(), sqlx::Error> {
        let quoted = self.quoted();
        let columns: Vec<Column<'_>> = quoted
            .iter()
            .zip(&self.columns)
            .map(|(name, (_, kind))| match kind {
                Kind::Number => Column::Number(name),
                Kind::Text => Column::Text(name),
                Kind::Bytes => Column::Bytes(name),
            })
            .collect();
        // WHERE true: SQLite would otherwise parse ON as part of a join.
        let text = format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {} AS e WHERE true \
             ON CONFLICT ({}) DO NOTHING",
            self.name,
            Dialect::of(db).rows(&columns),
            self.key_list(),
            columns = quoted.join(", "),
        );
        sqlx::query(AssertSqlSafe(text))
            .bind(dialect::json(rows))
            .execute(db)
            .await?;
        Ok(())
    }

    fn values(&self, row: &AnyRow) -> Result<Values, sqlx::Error> {
        let value = |(place, (_, kind)): (usize, &(String, Kind))| {
            Ok(match kind {
                Kind::Number => row.try_get::<Option<i64>, _>(place)?.into(),
                Kind::Text => row.try_get::<Option<String>, _>(place)?.into(),
                Kind::Bytes => row
                    .try_get::<Option<Vec<u8>>, _>(place)?
                    .as_deref()
                    .map(|bytes| HEXLOWER.encode(bytes))
                    .into(),
            })
        };
        self.columns.iter().enumerate().map(value).collect()
    }
}

type AnyQuery<'q> = Query<'q, Any, AnyArguments>;

fn bind<'q>(query: AnyQuery<'q>, kind: Kind, value: &Value) -> AnyQuery<'q> {
    let text = || value.as_str().unwrap_or_default().to_owned();
    match kind {
        Kind::Number => query.bind(value.as_i64()),
        Kind::Text => query.bind(text()),
        Kind::Bytes => query.bind(HEXLOWER.decode(text().as_bytes()).unwrap_or_default()),
    }
}
