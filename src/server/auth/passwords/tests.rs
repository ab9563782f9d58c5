//! The guarantees of passwords. Small parameters keep the tests quick, except where time is the subject.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use argon2::PasswordHasher;

use super::*;
use crate::model::{Field, UserId};

const GOOD: &str = "copper violin drifts";

fn settings() -> config::HashingConfig {
    config::HashingConfig {
        memory_kib: 64,
        iterations: 1,
        ..config::HashingConfig::default()
    }
}

fn passwords(settings: &config::HashingConfig) -> Passwords {
    Passwords::new(settings).expect("valid parameters")
}

fn reason(password: &str, inputs: &[&str]) -> String {
    match check_strength(password, inputs) {
        Err(Refusal::Invalid {
            field: Field::Password,
            reason,
        }) => reason,
        other => panic!("{password:?}: {other:?}"),
    }
}

#[tokio::test]
async fn the_right_password_is_distinguished_from_a_wrong_one() {
    let passwords = passwords(&settings());
    let phc = passwords
        .hash(Asker::OPERATOR, GOOD.into())
        .await
        .expect("hashed");
    assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
    assert_eq!(
        passwords
            .verify(Asker::OPERATOR, GOOD.into(), Some(phc.clone()))
            .await,
        Ok(true)
    );
    assert_eq!(
        passwords
            .verify(Asker::OPERATOR, "wrong".into(), Some(phc))
            .await,
        Ok(false)
    );
}

#[tokio::test]
async fn two_hashes_of_one_password_differ() {
    let passwords = passwords(&settings());
    assert_ne!(
        passwords.hash(Asker::OPERATOR, GOOD.into()).await,
        passwords.hash(Asker::OPERATOR, GOOD.into()).await
    );
}

#[tokio::test]
async fn an_accent_is_the_same_from_every_keyboard() {
    let passwords = passwords(&settings());
    let phc = passwords
        .hash(Asker::OPERATOR, "caf\u{e9} au lait".into())
        .await
        .expect("hashed");
    assert_eq!(
        passwords
            .verify(Asker::OPERATOR, "cafe\u{301} au lait".into(), Some(phc))
            .await,
        Ok(true)
    );
}

#[tokio::test]
async fn any_characters_make_a_password() {
    let passwords = passwords(&settings());
    for password in ["tab\tand\nnul\0", "🫠🫠 melting", " spaces at the ends "] {
        let phc = passwords
            .hash(Asker::OPERATOR, password.into())
            .await
            .expect("hashed");
        assert_eq!(
            passwords
                .verify(Asker::OPERATOR, password.into(), Some(phc.clone()))
                .await,
            Ok(true)
        );
        assert_eq!(
            passwords
                .verify(
                    Asker::OPERATOR,
                    password.trim().replace('\0', "") + "x",
                    Some(phc)
                )
                .await,
            Ok(false)
        );
    }
}

#[tokio::test]
async fn an_unknown_user_costs_the_same_work_as_a_wrong_password() {
    // The duration depends on the machine; these parameters determine it.
    let work = |phc: &str| {
        let hash = PasswordHash::new(phc).expect("a PHC string");
        let params = Params::try_from(&hash).expect("parameters");
        let lengths = [
            hash.salt.map(|salt| salt.len()),
            hash.hash.map(|hash| hash.len()),
        ];
        (hash.algorithm.to_string(), params, lengths)
    };
    let passwords = passwords(&settings());
    let phc = passwords
        .hash(Asker::OPERATOR, GOOD.into())
        .await
        .expect("hashed");
    assert_eq!(work(&passwords.nobody), work(&phc));
    // And it waits for its turn like any other.
    let turn = Arc::clone(passwords.line.lane_of_all().1)
        .acquire_many_owned(settings().parallel_hashes)
        .await;
    let unknown = passwords.verify(Asker::OPERATOR, "wrong".into(), None);
    let (unknown, mut line) = (
        std::pin::pin!(unknown),
        std::pin::pin!(tokio::task::yield_now()),
    );
    let first = futures_util::future::select(unknown, &mut line).await;
    let futures_util::future::Either::Right(((), unknown)) = first else {
        panic!("it did not wait in the queue");
    };
    drop(turn);
    assert_eq!(unknown.await, Ok(false));
}

#[tokio::test]
async fn what_is_verified_in_vain_is_hashed_all_the_same() {
    let passwords = passwords(&settings());
    let phc = passwords.hash(Asker::OPERATOR, GOOD.into()).await.unwrap();
    let cost = passwords.work();
    assert_eq!(
        cost,
        u64::from(settings().memory_kib * settings().iterations)
    );
    for (secret, phc) in [
        (GOOD, Some(phc.clone())),
        ("wrong", Some(phc)),
        ("wrong", None),
        (GOOD, None),
        ("", None),
    ] {
        let before = passwords.work();
        let is_right = passwords.verify(Asker::OPERATOR, secret.into(), phc.clone());
        assert_eq!(is_right.await, Ok(secret == GOOD && phc.is_some()));
        assert_eq!(passwords.work() - before, cost, "{secret:?} {phc:?}");
    }
}

#[tokio::test]
async fn the_longest_password_is_hashed_and_verified_and_none_longer() {
    let passwords = passwords(&settings());
    let longest = "ñ".repeat(limits::PASSWORD_MAX);
    let phc = passwords
        .hash(Asker::OPERATOR, longest.clone())
        .await
        .unwrap();
    let verify = |secret: String| passwords.verify(Asker::OPERATOR, secret, Some(phc.clone()));
    assert_eq!(verify(longest.clone()).await, Ok(true));
    let longer = longest + "ñ";
    assert_eq!(verify(longer.clone()).await, Ok(false));
    let refused = passwords.hash(Asker::OPERATOR, longer).await;
    assert_eq!(
        refused.err().and_then(|it| it.field()),
        Some(Field::Password)
    );
}

#[tokio::test]
async fn a_full_line_refuses_at_once_and_opens_again() {
    let passwords = Arc::new(passwords(&config::HashingConfig {
        parallel_hashes: 1,
        waiting: 2,
        ..settings()
    }));
    let turn = Arc::clone(passwords.line.lane_of_all().1)
        .acquire_owned()
        .await
        .expect("free");
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let passwords = Arc::clone(&passwords);
            tokio::spawn(async move { passwords.hash(Asker::OPERATOR, GOOD.into()).await })
        })
        .collect();
    while passwords.line.lane_of_all().0.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(
        passwords.hash(Asker::OPERATOR, GOOD.into()).await,
        Err(Refusal::Busy { .. })
    ));
    drop(turn);
    for each in waiting {
        each.await.expect("no panic").expect("hashed in turn");
    }
    passwords
        .hash(Asker::OPERATOR, GOOD.into())
        .await
        .expect("the queue is empty again");
}

#[tokio::test]
async fn an_abandoned_hash_holds_its_place_until_done() {
    let passwords = passwords(&config::HashingConfig {
        parallel_hashes: 1,
        waiting: 0,
        ..settings()
    });
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    let slow = passwords.run(Asker::OPERATOR, move |_| {
        finished.recv().map_err(|_| Refusal::Internal)
    });
    assert!(
        tokio::time::timeout(Duration::from_millis(20), slow)
            .await
            .is_err()
    );
    assert!(matches!(
        passwords.hash(Asker::OPERATOR, GOOD.into()).await,
        Err(Refusal::Busy { .. })
    ));
    finish.send(()).expect("the work still runs");
    while passwords.line.lane_of_all().0.available_permits() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    passwords
        .hash(Asker::OPERATOR, GOOD.into())
        .await
        .expect("the slot is free again");
}

#[tokio::test]
async fn a_hash_weaker_than_configured_needs_a_rehash() {
    let weak = passwords(&settings());
    let strong = passwords(&config::HashingConfig {
        memory_kib: 128,
        ..settings()
    });
    let phc = weak
        .hash(Asker::OPERATOR, GOOD.into())
        .await
        .expect("hashed");
    assert!(strong.needs_rehash(&phc));
    assert!(!weak.needs_rehash(&phc));
    assert!(
        !weak.needs_rehash(
            &strong
                .hash(Asker::OPERATOR, GOOD.into())
                .await
                .expect("hashed")
        )
    );
    assert!(weak.needs_rehash("nonsense"));
    assert_eq!(
        strong.verify(Asker::OPERATOR, GOOD.into(), Some(phc)).await,
        Ok(true),
        "and still opens"
    );
}

#[tokio::test]
async fn a_damaged_hash_is_a_fault_and_not_a_wrong_password() {
    let passwords = passwords(&settings());
    let answer = passwords
        .verify(
            Asker::OPERATOR,
            GOOD.into(),
            Some("$argon2id$broken".into()),
        )
        .await;
    assert_eq!(answer, Err(Refusal::Internal));
}

/// Lets the queue fill: a hash that is not refused at once waits.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(203, 0, 113, last).into()
}

/// Starts a hash for each of these callers at the same time, while none can proceed. Returns how many were refused at
/// once.
async fn refused_of(passwords: &Arc<Passwords>, askers: impl IntoIterator<Item = Asker>) -> usize {
    let mut refused = 0;
    for asker in askers {
        let passwords = Arc::clone(passwords);
        let hash = tokio::spawn(async move { passwords.hash(asker, GOOD.into()).await });
        settle().await;
        if hash.is_finished() {
            let answer = hash.await.expect("no panic");
            assert!(matches!(answer, Err(Refusal::Busy { .. })), "{answer:?}");
            refused += 1;
        }
    }
    refused
}

/// All places at work are occupied, so admitted hashes wait.
async fn stopped(settings: &config::HashingConfig) -> (Arc<Passwords>, impl Drop + use<>) {
    let passwords = Arc::new(passwords(settings));
    let work = Arc::clone(passwords.line.lane_of_all().1);
    let turn = work.acquire_many_owned(settings.parallel_hashes).await;
    (passwords, turn.expect("open"))
}

#[tokio::test]
async fn one_user_has_one_hash_at_a_time() {
    let (passwords, turn) = stopped(&settings()).await;
    let ana = Asker::person(UserId(1));
    assert_eq!(refused_of(&passwords, [ana; 80]).await, 79);
    assert_eq!(refused_of(&passwords, [ana.at(address(1))]).await, 1);
    assert_eq!(refused_of(&passwords, [Asker::person(UserId(2))]).await, 0);
    drop(turn);
    while passwords.line.lane_of_all().0.available_permits() < 66 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let again = passwords.hash(ana, GOOD.into()).await;
    again.expect("the slot was released");
}

#[tokio::test]
async fn one_address_has_a_few_hashes_at_a_time() {
    let (passwords, _turn) = stopped(&settings()).await;
    // An eighth of 66 places.
    let from_one = [Asker::log_in(address(1)); 20];
    assert_eq!(refused_of(&passwords, from_one).await, 12);
    let from_one = [Asker::stranger(address(1))];
    assert_eq!(refused_of(&passwords, from_one).await, 1);
    let from_another = [Asker::log_in(address(2))];
    assert_eq!(refused_of(&passwords, from_another).await, 0);
}

#[tokio::test]
async fn places_are_reserved_for_log_ins_and_known_browsers() {
    let (passwords, _turn) = stopped(&settings()).await;
    let people = (0..200).map(|id| Asker::person(UserId(id)));
    assert_eq!(refused_of(&passwords, people).await, 200 - 33);
    let strangers = (0..200).map(|last| Asker::log_in(address(last)));
    assert_eq!(refused_of(&passwords, strangers).await, 200 - 25);
    let known = (0..10).map(Asker::known_device);
    assert_eq!(refused_of(&passwords, known).await, 2, "66 slots in total");
    let known = [Asker::known_device(0)];
    assert_eq!(refused_of(&passwords, known).await, 1, "one at a time");
}

#[tokio::test]
async fn a_log_in_does_not_wait_for_all_the_other_hashes_before_it() {
    let passwords = Arc::new(passwords(&config::HashingConfig {
        parallel_hashes: 1,
        waiting: 200,
        ..settings()
    }));
    let others: Vec<_> = (0..80)
        .map(|id| {
            let passwords = Arc::clone(&passwords);
            tokio::spawn(async move {
                let asker = Asker::person(UserId(id));
                passwords.hash(asker, GOOD.into()).await
            })
        })
        .collect();
    settle().await;
    let log_in = Asker::log_in(address(1));
    let answer = passwords.verify(log_in, GOOD.into(), None).await;
    assert_eq!(answer, Ok(false));
    let done = others.iter().filter(|it| it.is_finished()).count();
    assert!(done <= 3, "{done} others came first");
    for other in others {
        other.await.expect("no panic").expect("hashed in turn");
    }
}

#[tokio::test]
async fn buffers_are_reused_while_hashes_wait_and_freed_afterwards() {
    let (passwords, turn) = stopped(&settings()).await;
    let hashes: Vec<_> = (0..20)
        .map(|_| {
            let passwords = Arc::clone(&passwords);
            tokio::spawn(async move { passwords.hash(Asker::OPERATOR, GOOD.into()).await })
        })
        .collect();
    settle().await;
    drop(turn);
    for hash in hashes {
        hash.await.expect("no panic").expect("hashed");
        let retained = passwords.line.memory().retained();
        assert!(
            retained <= settings().parallel_hashes as usize,
            "{retained}"
        );
    }
    while passwords.line.lane_of_all().0.available_permits() < 66 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(passwords.line.memory().retained(), 0);
}

#[tokio::test]
async fn who_gives_up_while_waiting_leaves_no_buffer_behind() {
    let (passwords, turn) = stopped(&settings()).await;
    let waits = |passwords: &Arc<Passwords>| {
        let passwords = Arc::clone(passwords);
        tokio::spawn(async move { passwords.hash(Asker::OPERATOR, GOOD.into()).await })
    };
    let (first, second) = (waits(&passwords), waits(&passwords));
    settle().await;
    second.abort();
    assert!(second.await.is_err());
    drop(turn);
    first.await.expect("no panic").expect("hashed");
    while passwords.line.lane_of_all().0.available_permits() < 66 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(passwords.line.memory().retained(), 0);
}

#[tokio::test]
async fn a_hash_in_a_reused_buffer_equals_that_of_argon2() {
    let passwords = passwords(&settings());
    let params = Params::new(64, 1, 1, None).expect("valid");
    let mut turn = passwords.line.enter(Asker::OPERATOR).await.expect("free");
    let salt = Salt::new(b"sixteen bytes ok").expect("a salt");
    for secret in ["first", "second", "third"] {
        let ours = hash(&params, secret, salt, &mut turn.buffer).expect("hashed");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        let theirs = argon2.hash_password_with_salt(secret.as_bytes(), &salt);
        assert_eq!(ours, theirs.expect("hashed").to_string());
        assert_eq!(is_right(&ours, secret, &mut turn.buffer), Ok(true));
        assert_eq!(is_right(&ours, "other", &mut turn.buffer), Ok(false));
    }
    // A larger one than ours, and then ours again.
    let large = Params::new(256, 1, 1, None).expect("valid");
    let ours = hash(&large, "large", salt, &mut turn.buffer).expect("hashed");
    assert_eq!(is_right(&ours, "large", &mut turn.buffer), Ok(true));
    let small = hash(&params, "small", salt, &mut turn.buffer).expect("hashed");
    assert_eq!(is_right(&small, "small", &mut turn.buffer), Ok(true));
}

#[tokio::test]
async fn a_weak_password_is_refused_before_it_is_hashed() {
    let passwords = passwords(&settings());
    for weak in ["short", "password1", "sesame street"] {
        let words = vec!["sesame street".to_owned()];
        let hash = passwords
            .hash_new(Asker::OPERATOR, weak.into(), words)
            .await;
        let field = hash.as_ref().err().and_then(Refusal::field);
        assert_eq!(field, Some(Field::Password), "{weak}: {hash:?}");
    }
    let hash = passwords.hash_new(Asker::OPERATOR, GOOD.into(), vec![]);
    assert!(hash.await.is_ok());
}

#[test]
fn a_password_has_eight_to_256_characters() {
    assert!(reason("aB3$x!q", &[]).contains("at least 8"));
    assert!(check_strength("ñB3$x!qz", &[]).is_ok());
    let long: String = GOOD.chars().cycle().take(256).collect();
    assert!(check_strength(&long, &[]).is_ok());
    assert!(reason(&format!("{long}x"), &[]).contains("up to 256"));
}

#[test]
fn a_weak_password_is_refused_with_a_reason() {
    assert!(reason("password", &[]).contains("common password"));
    assert!(reason("aaaaaaaaaaaa", &[]).contains("Repeats"));
    for weak in ["12345678", "qwertyuiop", "chappchapp", "iloveyou1"] {
        assert!(reason(weak, &[]).ends_with('.'), "{weak}");
    }
}

#[test]
fn ones_own_name_is_a_weak_password() {
    assert!(check_strength("zbigniew.kowalczyk", &[]).is_ok());
    reason("zbigniew.kowalczyk", &["zbigniew.kowalczyk"]);
}

#[test]
fn measuring_a_long_password_stays_quick() {
    for part in [
        "p4ssw0rd1999qwErty",
        "a",
        "ab",
        "@$s0l€1!",
        "0123456789",
        "4@8({[<3691!|0$57%2",
    ] {
        let nasty: String = part.chars().cycle().take(256).collect();
        let start = Instant::now();
        let _ = check_strength(&nasty, &["ana"]);
        println!("{part}: {:?}", start.elapsed());
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{part}: {:?}",
            start.elapsed()
        );
    }
}
