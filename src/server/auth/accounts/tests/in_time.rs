//! How sessions expire. The tests change the stored times directly in the database.

use sqlx::{AnyConnection, Connection};

use super::*;
use crate::protocol::close;
use crate::server::hub::{Frame, Hub, SendQueueLimits};

const HOUR: Millis = 60 * 60 * 1_000;
const DAY: Millis = 24 * HOUR;

/// A logged-in user.
struct LoggedInAs {
    _folder: tempfile::TempDir,
    accounts: Accounts,
    token: SecretToken,
    outsider: AnyConnection,
}

impl LoggedInAs {
    async fn ana() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let accounts = accounts(&folder, &quick()).await;
        accounts.add_user("ana", "", PASSWORD.into()).await.unwrap();
        let logged_in = accounts.log_in("ana", PASSWORD.into(), &client(HOME)).await;
        let url = format!("sqlite:{}/chapp.db", folder.path().display());
        Self {
            outsider: AnyConnection::connect(&url).await.unwrap(),
            token: logged_in.unwrap().token,
            accounts,
            _folder: folder,
        }
    }

    async fn session(&self) -> Option<Session> {
        self.accounts.session(&self.token).await.unwrap()
    }

    /// Sets how long ago the session was begun and last used.
    async fn age(&mut self, begun: Millis, used: Millis) {
        let now = crate::server::clock::now();
        sqlx::query("UPDATE sessions SET created_at = $1, seen_at = $2")
            .bind(now - begun)
            .bind(now - used)
            .execute(&mut self.outsider)
            .await
            .unwrap();
    }

    async fn count(&mut self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM sessions")
            .fetch_one(&mut self.outsider)
            .await
            .unwrap()
    }

    /// How long ago the session was last used, as stored.
    async fn unused_for(&mut self) -> Millis {
        let seen: i64 = sqlx::query_scalar("SELECT seen_at FROM sessions")
            .fetch_one(&mut self.outsider)
            .await
            .unwrap();
        crate::server::clock::now() - seen
    }
}

#[tokio::test]
async fn a_session_that_is_used_is_written_down_as_used_once_an_hour() {
    let mut ana = LoggedInAs::ana().await;
    ana.age(2 * HOUR, HOUR / 2).await;
    assert!(ana.session().await.is_some());
    assert!(ana.unused_for().await >= HOUR / 2, "recorded too often");
    ana.age(2 * HOUR, HOUR + 1_000).await;
    assert!(ana.session().await.is_some());
    assert!(ana.unused_for().await < HOUR / 2, "not recorded");
}

#[tokio::test]
async fn a_session_that_is_too_old_or_unused_for_too_long_opens_nothing_even_before_it_is_swept() {
    let days = SessionsConfig::default();
    let (idle, absolute) = (
        Millis::from(days.idle_days) * DAY,
        Millis::from(days.absolute_days) * DAY,
    );
    let mut ana = LoggedInAs::ana().await;
    for (begun, used, is_open) in [
        (0, 0, true),
        (idle, idle - HOUR, true),
        (idle + HOUR, idle + 1_000, false),
        (absolute - HOUR, 0, true),
        (absolute + 1_000, 0, false),
    ] {
        ana.age(begun, used).await;
        assert_eq!(ana.session().await.is_some(), is_open, "{begun} {used}");
    }
    ana.age(0, 0).await;
    let session = ana.session().await.unwrap();
    ana.age(absolute + 1_000, 0).await;
    let listed = ana.accounts.sessions(&session).await.unwrap();
    assert_eq!(listed, [], "nor is it in the list of sessions");
}

fn hub() -> Arc<Hub> {
    let limits = SendQueueLimits {
        frames: 100,
        bytes: 100_000,
        sends: 1,
    };
    Hub::new(limits, 10)
}

#[tokio::test]
async fn sessions_that_have_expired_are_swept_and_their_connections_closed() {
    let idle = Millis::from(SessionsConfig::default().idle_days) * DAY;
    let mut ana = LoggedInAs::ana().await;
    let session = ana.session().await.unwrap();
    let hub = hub();
    let connection = hub.connect(session.person.id, session.id).unwrap();
    // One that holds is left alone.
    ana.age(idle, idle - HOUR).await;
    ana.accounts.sweep_once(&hub, &mut Instant::now()).await;
    assert!(!connection.outbox.is_closed() && ana.count().await == 1);
    ana.age(idle + HOUR, idle + 1_000).await;
    // The task that runs as long as the server does.
    let waiting = async {
        while !connection.outbox.is_closed() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = ana.accounts.sweep(&hub) => unreachable!("it never ends"),
        swept = tokio::time::timeout(std::time::Duration::from_secs(10), waiting) => swept.expect("swept"),
    }
    let last = connection.outbox.take_all().pop().unwrap();
    assert_eq!(last, Frame::close(close::SESSION_ENDED));
    assert_eq!(ana.count().await, 0);
}

#[tokio::test]
async fn a_session_with_an_open_socket_is_used_though_it_asks_for_nothing() {
    let mut ana = LoggedInAs::ana().await;
    let session = ana.session().await.unwrap();
    let hub = hub();
    ana.age(DAY, DAY).await;
    let hours = |count: u64| std::time::Duration::from_secs(count * 60 * 60);
    let ago = |count| {
        Instant::now()
            .checked_sub(hours(count))
            .expect("the machine runs long enough")
    };
    // Nobody is connected.
    ana.accounts.sweep_once(&hub, &mut ago(2)).await;
    assert!(ana.unused_for().await >= DAY);
    let _connection = hub.connect(session.person.id, session.id).unwrap();
    let mut touched = Instant::now();
    ana.accounts.sweep_once(&hub, &mut touched).await;
    assert!(ana.unused_for().await >= DAY, "recorded too often");
    touched = ago(2);
    ana.accounts.sweep_once(&hub, &mut touched).await;
    assert!(ana.unused_for().await < HOUR, "not recorded");
    assert!(touched.elapsed() < hours(1), "and the next time in an hour");
}
