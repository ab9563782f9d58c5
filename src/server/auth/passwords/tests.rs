//! What passwords promise. Small parameters, so that the tests are quick, but where time is the subject.

use std::time::{Duration, Instant};

use super::*;

const GOOD: &str = "copper violin drifts";

fn settings() -> config::Hashing {
    config::Hashing {
        memory_kib: 64,
        iterations: 1,
        ..config::Hashing::default()
    }
}

fn passwords(settings: &config::Hashing) -> Passwords {
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
async fn the_right_password_is_told_from_a_wrong_one() {
    let passwords = passwords(&settings());
    let phc = passwords.hash(GOOD.into()).await.expect("hashed");
    assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
    assert_eq!(
        passwords.verify(GOOD.into(), Some(phc.clone())).await,
        Ok(true)
    );
    assert_eq!(passwords.verify("wrong".into(), Some(phc)).await, Ok(false));
}

#[tokio::test]
async fn two_hashes_of_one_password_differ() {
    let passwords = passwords(&settings());
    assert_ne!(
        passwords.hash(GOOD.into()).await,
        passwords.hash(GOOD.into()).await
    );
}

#[tokio::test]
async fn an_accent_is_the_same_from_every_keyboard() {
    let passwords = passwords(&settings());
    let phc = passwords
        .hash("caf\u{e9} au lait".into())
        .await
        .expect("hashed");
    assert_eq!(
        passwords
            .verify("cafe\u{301} au lait".into(), Some(phc))
            .await,
        Ok(true)
    );
}

#[tokio::test]
async fn any_characters_make_a_password() {
    let passwords = passwords(&settings());
    for password in ["tab\tand\nnul\0", "🫠🫠 melting", " spaces at the ends "] {
        let phc = passwords.hash(password.into()).await.expect("hashed");
        assert_eq!(
            passwords.verify(password.into(), Some(phc.clone())).await,
            Ok(true)
        );
        assert_eq!(
            passwords
                .verify(password.trim().replace('\0', "") + "x", Some(phc))
                .await,
            Ok(false)
        );
    }
}

#[tokio::test]
async fn an_unknown_user_costs_the_same_work_as_a_wrong_password() {
    // The time itself is the machine's; what decides it are these.
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
    let phc = passwords.hash(GOOD.into()).await.expect("hashed");
    assert_eq!(work(&passwords.nobody), work(&phc));
    // And it waits for its turn as everybody does.
    let turn = Arc::clone(&passwords.work)
        .acquire_many_owned(settings().parallel_hashes)
        .await;
    let unknown = passwords.verify("wrong".into(), None);
    let (unknown, mut line) = (
        std::pin::pin!(unknown),
        std::pin::pin!(tokio::task::yield_now()),
    );
    let first = futures_util::future::select(unknown, &mut line).await;
    let futures_util::future::Either::Right(((), unknown)) = first else {
        panic!("it did not wait for its turn");
    };
    drop(turn);
    assert_eq!(unknown.await, Ok(false));
}

#[tokio::test]
async fn a_full_line_refuses_at_once_and_opens_again() {
    let passwords = Arc::new(passwords(&config::Hashing {
        parallel_hashes: 1,
        waiting: 2,
        ..settings()
    }));
    let turn = Arc::clone(&passwords.work)
        .acquire_owned()
        .await
        .expect("free");
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let passwords = Arc::clone(&passwords);
            tokio::spawn(async move { passwords.hash(GOOD.into()).await })
        })
        .collect();
    while passwords.places.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(
        passwords.hash(GOOD.into()).await,
        Err(Refusal::Busy { .. })
    ));
    drop(turn);
    for each in waiting {
        each.await.expect("no panic").expect("hashed in its turn");
    }
    passwords
        .hash(GOOD.into())
        .await
        .expect("the line is empty again");
}

#[tokio::test]
async fn a_caller_who_gives_up_frees_the_place_when_the_work_is_done_and_not_before() {
    let passwords = passwords(&config::Hashing {
        parallel_hashes: 1,
        waiting: 0,
        ..settings()
    });
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    let slow = passwords.run(move || finished.recv().map_err(|_| Refusal::Internal));
    assert!(
        tokio::time::timeout(Duration::from_millis(20), slow)
            .await
            .is_err()
    );
    assert!(matches!(
        passwords.hash(GOOD.into()).await,
        Err(Refusal::Busy { .. })
    ));
    finish.send(()).expect("the work still runs");
    while passwords.places.available_permits() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    passwords
        .hash(GOOD.into())
        .await
        .expect("the place is free again");
}

#[tokio::test]
async fn a_hash_weaker_than_configured_is_made_anew() {
    let weak = passwords(&settings());
    let strong = passwords(&config::Hashing {
        memory_kib: 128,
        ..settings()
    });
    let phc = weak.hash(GOOD.into()).await.expect("hashed");
    assert!(strong.needs_rehash(&phc));
    assert!(!weak.needs_rehash(&phc));
    assert!(!weak.needs_rehash(&strong.hash(GOOD.into()).await.expect("hashed")));
    assert!(weak.needs_rehash("nonsense"));
    assert_eq!(
        strong.verify(GOOD.into(), Some(phc)).await,
        Ok(true),
        "and still opens"
    );
}

#[tokio::test]
async fn a_damaged_hash_is_a_fault_and_not_a_wrong_password() {
    let passwords = passwords(&settings());
    let answer = passwords
        .verify(GOOD.into(), Some("$argon2id$broken".into()))
        .await;
    assert_eq!(answer, Err(Refusal::Internal));
}

#[test]
fn a_password_has_eight_to_256_characters() {
    assert!(reason("aB3$x!q", &[]).contains("at least 8"));
    assert!(check_strength("ñB3$x!qz", &[]).is_ok());
    let long: String = GOOD.chars().cycle().take(256).collect();
    assert!(check_strength(&long, &[]).is_ok());
    assert!(reason(&format!("{long}x"), &[]).contains("at most 256"));
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
    let start = Instant::now();
    let nasty: String = "p4ssw0rd1999qwErty".chars().cycle().take(256).collect();
    let _ = check_strength(&nasty, &["ana"]);
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}
