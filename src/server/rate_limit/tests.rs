use proptest::prelude::*;

use super::*;

const ANA: UserId = UserId(1);
const BOB: UserId = UserId(2);

fn rate(text: &str) -> Rate {
    Rate::try_from(text.to_owned()).expect(text)
}

fn limiter() -> RateLimiter {
    RateLimiter::new(Rates::default())
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The wait in milliseconds, if the actions are refused.
fn wait(
    limiter: &RateLimiter,
    user: UserId,
    costs: &[(ActionKind, u32)],
    now: Instant,
) -> Option<u64> {
    match limiter.admit(user, costs, now) {
        Ok(()) => None,
        Err(Refusal::TooFast { retry_after_ms }) => Some(retry_after_ms),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_burst_passes_and_then_one_at_a_time() {
    let (limiter, now) = (limiter(), Instant::now());
    let send = [(ActionKind::Send, 1)];
    for _ in 0..60 {
        assert_eq!(wait(&limiter, ANA, &send, now), None);
    }
    assert_eq!(wait(&limiter, ANA, &send, now), Some(50));
    assert_eq!(wait(&limiter, ANA, &send, now + ms(20)), Some(30));
    assert_eq!(wait(&limiter, ANA, &send, now + ms(50)), None);
    assert_eq!(wait(&limiter, ANA, &send, now + ms(50)), Some(50));
    // After the whole period the burst is full again.
    for _ in 0..60 {
        assert_eq!(wait(&limiter, ANA, &send, now + ms(3_050)), None);
    }
}

#[test]
fn each_person_and_each_kind_has_a_limit_of_its_own() {
    let (limiter, now) = (limiter(), Instant::now());
    while wait(&limiter, ANA, &[(ActionKind::MakeRoom, 1)], now).is_none() {}
    assert_eq!(wait(&limiter, ANA, &[(ActionKind::Send, 1)], now), None);
    assert_eq!(wait(&limiter, BOB, &[(ActionKind::MakeRoom, 1)], now), None);
    assert_eq!(
        wait(&limiter, ANA, &[(ActionKind::MakeRoom, 1)], now),
        Some(360_000)
    );
}

#[test]
fn what_is_refused_costs_nothing_of_any_kind() {
    let (limiter, now) = (limiter(), Instant::now());
    assert_eq!(
        wait(&limiter, ANA, &[(ActionKind::Bytes, 5_000_000)], now),
        None
    );
    for _ in 0..100 {
        assert!(
            wait(
                &limiter,
                ANA,
                &[(ActionKind::Send, 1), (ActionKind::Bytes, 1_000)],
                now
            )
            .is_some()
        );
    }
    for _ in 0..60 {
        assert_eq!(wait(&limiter, ANA, &[(ActionKind::Send, 1)], now), None);
    }
}

#[test]
fn an_act_that_costs_more_than_there_ever_is_waits_for_all_of_it() {
    let (limiter, now) = (limiter(), Instant::now());
    let all = [(ActionKind::Bytes, u32::MAX)];
    assert_eq!(wait(&limiter, ANA, &all, now), None);
    assert_eq!(wait(&limiter, ANA, &all, now), Some(60_000));
    assert_eq!(wait(&limiter, ANA, &all, now + ms(60_000)), None);
}

#[test]
fn a_limit_of_0_and_a_switch_let_everything_pass() {
    let now = Instant::now();
    let rates = Rates {
        sends: rate("0"),
        ..Rates::default()
    };
    let limiter = RateLimiter::new(rates);
    let off = RateLimiter::new(Rates {
        enabled: false,
        ..Rates::default()
    });
    for _ in 0..1_000 {
        assert_eq!(wait(&limiter, ANA, &[(ActionKind::Send, 1)], now), None);
        assert_eq!(wait(&off, ANA, &[(ActionKind::MakeRoom, 1)], now), None);
    }
    assert!(limiter.owed.lock().unwrap().until.is_empty());
}

#[test]
fn the_table_is_bounded_and_forgets_those_who_are_least_ahead() {
    let (limiter, now) = (limiter(), Instant::now());
    while wait(&limiter, ANA, &[(ActionKind::MakeRoom, 1)], now).is_none() {}
    for user in 10..(10 + 2 * ENTRIES_MAX as i64) {
        assert_eq!(
            wait(&limiter, UserId(user), &[(ActionKind::Send, 1)], now),
            None
        );
    }
    let held = limiter.owed.lock().unwrap().until.len();
    assert!(held <= ENTRIES_MAX + 1, "{held}");
    assert!(wait(&limiter, ANA, &[(ActionKind::MakeRoom, 1)], now).is_some());
}

#[test]
fn what_is_paid_back_is_not_kept() {
    let (limiter, now) = (limiter(), Instant::now());
    for user in 0..10_000 {
        let later = now + ms(user * 100);
        assert_eq!(
            wait(
                &limiter,
                UserId(user as i64),
                &[(ActionKind::Send, 1)],
                later
            ),
            None
        );
    }
    assert!(limiter.owed.lock().unwrap().until.len() <= SWEEP_FROM + 1);
}

#[test]
fn a_limit_is_read_as_it_is_written() {
    for text in ["60/3s", "5000000/1m", "10/1h", "0"] {
        assert_eq!(rate(text).to_string(), text);
    }
    assert_eq!(rate("30/60m"), rate("30/1h"));
    for wrong in [
        "", "/", "60", "60/", "60/s", "60/0s", "0/3s", "-1/3s", "60/3", "60/3d", "60/25h", "x/3s",
        "60/3ß",
    ] {
        assert!(Rate::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
}

proptest! {
    /// No stretch of time has more actions than the burst and what was refilled in it; and a user who waits as long as
    /// the refusal says is admitted.
    #[test]
    fn no_stretch_of_time_has_more_than_its_share(
        most in 1u32..50, seconds in 1u64..20, pauses in prop::collection::vec(0u64..800, 1..300),
    ) {
        let rate = Rate::new(most, seconds);
        let mut now = Instant::now();
        let (mut until, mut passed) = (None, Vec::new());
        for pause in pauses {
            now += ms(pause);
            match rate.charge(until, 1, now) {
                Ok(at) => {
                    until = Some(at);
                    passed.push(now);
                }
                Err(wait) => prop_assert!(rate.charge(until, 1, now + wait).is_ok()),
            }
        }
        for (first, &begin) in passed.iter().enumerate() {
            for (last, &end) in passed.iter().enumerate().skip(first) {
                let given = f64::from(most) * (end - begin).as_secs_f64() / seconds as f64;
                prop_assert!((last - first + 1) as f64 <= f64::from(most) + given + 1e-6);
            }
        }
    }
}

#[test]
fn a_refusal_is_written_down_once_a_minute_for_each_person() {
    let (limiter, now) = (limiter(), Instant::now());
    let logged = (0..1_000u64).filter(|n| limiter.should_log(ANA, now + ms(n * 59)));
    assert_eq!(logged.count(), 1);
    assert!(limiter.should_log(BOB, now));
    assert!(limiter.should_log(ANA, now + ms(60_000)));
    assert!(!limiter.should_log(ANA, now + ms(60_001)));
}
