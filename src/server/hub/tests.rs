//! Tests of what connections receive from the hub.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::*;

const SHOWN: Privacy = Privacy {
    reading: true,
    online: true,
};
const HIDDEN: Privacy = Privacy {
    reading: true,
    online: false,
};

fn hub() -> Arc<Hub> {
    let limits = SendQueueLimits {
        frames: 1_000,
        bytes: 1_000_000,
        sends: 1,
    };
    Hub::new(limits, 100)
}

fn connect(hub: &Arc<Hub>, user: i64) -> LiveConnection {
    let session = SessionId(Uuid::from_u128(user.unsigned_abs().into()));
    hub.connect(UserId(user), session).expect("a place")
}

fn introduced(hub: &Arc<Hub>, user: i64, privacy: Privacy) -> LiveConnection {
    let connection = connect(hub, user);
    hub.introduce(UserId(user), privacy);
    connection
}

/// The presence changes that a connection has received since the last call.
fn moves(connection: &LiveConnection) -> (Vec<UserId>, Vec<UserId>) {
    let (mut came, mut went) = (Vec::new(), Vec::new());
    for frame in connection.outbox.take_all() {
        let tungstenite::Message::Text(text) = frame.decoded() else {
            panic!("no text: {frame:?}");
        };
        if let ServerFrame::Presence { online, offline } =
            serde_json::from_str(&text).expect("a frame")
        {
            came.extend(online);
            went.extend(offline);
        }
    }
    came.sort();
    (came, went)
}

/// Runs the announcements of presence until `witness` receives one.
async fn announced(hub: &Arc<Hub>, witness: &LiveConnection) {
    let waiting = async {
        while witness.outbox.len() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let announcing = async {
        tokio::select! {
            () = Arc::clone(hub).announce_presence(|_| {}) => unreachable!("it never ends"),
            () = waiting => {}
        }
    };
    let announced = tokio::time::timeout(Duration::from_secs(10), announcing);
    announced.await.expect("announced");
}

#[tokio::test]
async fn who_hides_that_they_are_online_is_told_of_nobody_and_nobody_of_them() {
    let hub = hub();
    let witness = introduced(&hub, 1, SHOWN);
    announced(&hub, &witness).await;
    moves(&witness);
    let hidden = introduced(&hub, 2, HIDDEN);
    let unknown = connect(&hub, 3);
    let shown = introduced(&hub, 4, SHOWN);
    announced(&hub, &witness).await;
    assert_eq!(moves(&witness), (vec![UserId(4)], vec![]));
    assert_eq!(moves(&shown), (vec![UserId(4)], vec![]));
    assert_eq!(moves(&hidden), (vec![], vec![]));
    assert_eq!(
        moves(&unknown),
        (vec![], vec![]),
        "before their privacy is known"
    );
    // A change takes effect at once, in both directions.
    let set = |user, privacy| {
        let user = UserId(user);
        hub.committed(vec![Change::Privacy { user, privacy }]);
    };
    set(2, SHOWN);
    set(4, HIDDEN);
    moves(&hidden);
    moves(&shown);
    announced(&hub, &witness).await;
    let expected = (vec![UserId(2)], vec![UserId(4)]);
    assert_eq!(moves(&witness), expected);
    assert_eq!(moves(&hidden), expected);
    assert_eq!(moves(&shown), (vec![], vec![]));
}

#[test]
fn when_a_commit_is_in_doubt_all_connections_begin_anew() {
    let hub = hub();
    let connections = [
        introduced(&hub, 1, SHOWN),
        introduced(&hub, 2, HIDDEN),
        connect(&hub, 3),
    ];
    hub.outcome_unknown();
    for connection in connections {
        assert!(connection.outbox.is_closed());
        let last = connection.outbox.take_all().pop();
        assert_eq!(last, Some(Frame::close(close::RESYNC)));
    }
}

#[test]
fn the_end_of_a_session_closes_its_connections_and_no_others() {
    let hub = hub();
    let (ana, bob) = (introduced(&hub, 1, SHOWN), introduced(&hub, 2, SHOWN));
    let unready = connect(&hub, 1);
    let session = SessionId(Uuid::from_u128(1));
    hub.committed(vec![Change::SessionsEnded(vec![session])]);
    for connection in [&ana, &unready] {
        let last = connection.outbox.take_all().pop();
        assert_eq!(last, Some(Frame::close(close::SESSION_ENDED)));
    }
    assert!(!bob.outbox.is_closed());
    hub.end_sessions(&[SessionId(Uuid::from_u128(2))]);
    assert!(bob.outbox.is_closed());
}
