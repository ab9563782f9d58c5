//! Administration of accounts: site admin rights and suspensions.

use futures_util::future::BoxFuture;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::audit::{self, AuditRecord, person_at};
use super::invites::{self, Revoked};
use super::sessions::end_sessions_in;
use super::standing::{Rule, SITE, standing_of};
use super::write_queue::{Owner, WriteTurn};
use super::{Change, Outcome, Store, StoreError, dialect};
use crate::model::{Account, AccountsPage, Refusal, UserId};
use crate::server::clock;

/// The authority for a change to an account.
#[derive(Clone, Copy)]
pub enum Authority {
    /// The operator of the machine, through the command line.
    Operator,
    /// A user, if the rule allows it.
    User(UserId, Rule),
}

impl Authority {
    fn user(self) -> Option<UserId> {
        match self {
            Self::Operator => None,
            Self::User(user, _) => Some(user),
        }
    }
}

impl Store {
    /// Grants or revokes site admin rights.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::NotFound`]; [`Refusal::LastAdmin`].
    pub async fn set_site_admin(
        &self,
        by: Authority,
        user: UserId,
        is_admin: bool,
    ) -> Result<(), StoreError> {
        let action = if is_admin {
            "make_site_admin"
        } else {
            "take_site_admin"
        };
        self.on_account(by, user, action, move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE users SET is_admin = $2 WHERE id = $1")
                    .bind(user.0)
                    .bind(i64::from(is_admin))
                    .execute(&mut *db)
                    .await?;
                check_site_admins(db).await?;
                if !is_admin {
                    invites::revoke(db, user, Revoked::OfSiteAdmin).await?;
                }
                Ok(vec![])
            })
        })
        .await
    }

    /// Suspends an account and ends its sessions, or restores it.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::NotFound`]; [`Refusal::LastAdmin`].
    pub async fn suspend(
        &self,
        by: Authority,
        user: UserId,
        suspended: bool,
    ) -> Result<(), StoreError> {
        let action = if suspended { "suspend" } else { "restore" };
        self.on_account(by, user, action, move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE users SET suspended_at = $2 WHERE id = $1")
                    .bind(user.0)
                    .bind(suspended.then(clock::now))
                    .execute(&mut *db)
                    .await?;
                check_site_admins(db).await?;
                if !suspended {
                    return Ok(vec![]);
                }
                invites::revoke(db, user, Revoked::All).await?;
                end_sessions_in(db, user).await
            })
        })
        .await
    }

    async fn on_account<F>(
        &self,
        by: Authority,
        user: UserId,
        action: &'static str,
        change: F,
    ) -> Result<(), StoreError>
    where
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Vec<Change>, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        let owner = by.user().map_or(Owner::Server, Owner::Person);
        self.writer
            .run(WriteTurn::first(owner), move |db| {
                Box::pin(async move {
                    let to = standing_of(db, user, SITE).await?;
                    if let Authority::User(actor, rule) = by {
                        let standing = standing_of(db, actor, SITE).await?;
                        rule(&standing.unwrap_or_default(), to.as_ref())?;
                    }
                    to.ok_or(Refusal::NotFound)?;
                    let changes = change(db).await?;
                    let entry = AuditRecord {
                        actor: by.user(),
                        action,
                        thread: None,
                        subject: Some(user),
                        detail: String::new(),
                    };
                    audit::write(db, entry).await?;
                    Ok(Outcome {
                        answer: (),
                        changes,
                    })
                })
            })
            .await
    }

    /// The accounts after this user name, as a site admin sees them.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn accounts(&self, after: &str, limit: usize) -> Result<AccountsPage, StoreError> {
        let text = "SELECT id, username, display_name, is_ambiguous, is_admin, suspended_at FROM users \
                    WHERE username > $1 ORDER BY username LIMIT $2";
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(dialect::text(after))
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        let mut accounts: Vec<Account> = rows.iter().map(account).collect::<Result<_, _>>()?;
        let more = accounts.len() > limit;
        accounts.truncate(limit);
        Ok(AccountsPage { accounts, more })
    }
}

async fn check_site_admins(db: &mut AnyConnection) -> Result<(), StoreError> {
    let text = "SELECT COUNT(*) FROM users WHERE is_admin <> 0 AND suspended_at IS NULL";
    match sqlx::query_scalar::<_, i64>(text).fetch_one(db).await? {
        0 => Err(Refusal::LastAdmin.into()),
        _ => Ok(()),
    }
}

fn account(row: &AnyRow) -> Result<Account, sqlx::Error> {
    Ok(Account {
        person: person_at(row, 0)?,
        is_admin: dialect::flag(row, 4)?,
        is_suspended: row.try_get::<Option<i64>, _>(5)?.is_some(),
    })
}
