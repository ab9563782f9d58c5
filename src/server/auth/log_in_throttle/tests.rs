//! Named scenarios of the throttle, on a simulated clock.

use super::*;

const WINDOW: Duration = limits::LOGIN_WINDOW;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// How long `key` must wait at `now`; if zero, the attempt is made, and fails.
fn attempt(throttle: &Throttle, key: &str, now: Instant) -> Duration {
    match throttle.check(key, now) {
        Ok(()) => {
            throttle.failed(key, now);
            Duration::ZERO
        }
        Err(Refusal::Throttled { retry_after_ms }) => Duration::from_millis(retry_after_ms),
        Err(other) => panic!("{other:?}"),
    }
}

fn spend_all(throttle: &Throttle, key: &str, now: Instant) {
    for _ in 0..limits::LOGIN_ATTEMPTS {
        assert_eq!(attempt(throttle, key, now), Duration::ZERO);
    }
}

#[test]
fn ten_attempts_are_free_and_the_eleventh_waits() {
    let (throttle, start) = (Throttle::default(), Instant::now());
    spend_all(&throttle, "ana", start);
    assert_eq!(attempt(&throttle, "ana", start), PAUSE_FIRST);
    assert_eq!(attempt(&throttle, "ana", start + seconds(4)), seconds(1));
    assert_eq!(
        attempt(&throttle, "ana", start + seconds(5)),
        Duration::ZERO
    );
}

#[test]
fn one_key_does_not_slow_another() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    spend_all(&throttle, "ana", now);
    assert_eq!(attempt(&throttle, "bob", now), Duration::ZERO);
}

#[test]
fn pauses_double_up_to_a_quarter_of_an_hour_and_never_lock_for_ever() {
    let (throttle, mut now) = (Throttle::default(), Instant::now());
    spend_all(&throttle, "ana", now);
    let mut pauses = Vec::new();
    for _ in 0..40 {
        let pause = attempt(&throttle, "ana", now);
        pauses.push(pause.as_secs());
        now += pause;
        assert_eq!(attempt(&throttle, "ana", now), Duration::ZERO);
    }
    assert_eq!(pauses[..9], [5, 10, 20, 40, 80, 160, 320, 640, 900]);
    assert!(pauses[9..].iter().all(|&pause| pause == 900));
}

#[test]
fn waiting_attempts_do_not_lengthen_the_pause() {
    let (throttle, start) = (Throttle::default(), Instant::now());
    spend_all(&throttle, "ana", start);
    for _ in 0..100 {
        assert_eq!(attempt(&throttle, "ana", start + seconds(1)), seconds(4));
    }
    assert_eq!(
        attempt(&throttle, "ana", start + PAUSE_FIRST),
        Duration::ZERO
    );
}

#[test]
fn a_quiet_window_forgives() {
    let (throttle, mut now) = (Throttle::default(), Instant::now());
    spend_all(&throttle, "ana", now);
    now += PAUSE_FIRST + WINDOW;
    spend_all(&throttle, "ana", now);
    assert_eq!(attempt(&throttle, "ana", now), PAUSE_FIRST);
}

#[test]
fn a_slow_trickle_of_mistakes_is_never_paused() {
    let (throttle, mut now) = (Throttle::default(), Instant::now());
    for _ in 0..1_000 {
        assert_eq!(attempt(&throttle, "office", now), Duration::ZERO);
        now += WINDOW / limits::LOGIN_ATTEMPTS;
    }
}

#[test]
fn attempts_under_way_count_before_their_outcome_is_known() {
    let throttle = Throttle::default();
    let now = Instant::now();
    let passed = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..64)
            .map(|_| scope.spawn(|| throttle.check("ana", now).is_ok()))
            .collect();
        tries
            .into_iter()
            .filter_map(|it| it.join().ok())
            .filter(|&ok| ok)
            .count()
    });
    assert_eq!(passed, limits::LOGIN_ATTEMPTS as usize);
}

#[test]
fn successes_use_nothing_up() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    for _ in 0..100 {
        throttle.check("ana", now).expect("nothing has failed");
        throttle.succeeded("ana", now);
    }
    spend_all(&throttle, "ana", now);
}

#[test]
fn a_success_does_not_forgive_the_failures_before_it() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    for _ in 0..limits::LOGIN_ATTEMPTS - 1 {
        attempt(&throttle, "address", now);
    }
    throttle
        .check("address", now)
        .expect("the last one allowed");
    throttle.succeeded("address", now);
    assert_eq!(attempt(&throttle, "address", now), Duration::ZERO);
    assert_eq!(attempt(&throttle, "address", now), PAUSE_FIRST);
}

#[test]
fn the_pause_runs_from_the_failure_and_not_from_the_attempt() {
    let (throttle, start) = (Throttle::default(), Instant::now());
    for _ in 0..limits::LOGIN_ATTEMPTS {
        throttle.check("ana", start).expect("within the allowance");
    }
    throttle.failed("ana", start + seconds(3));
    assert_eq!(attempt(&throttle, "ana", start + seconds(3)), PAUSE_FIRST);
}

#[test]
fn filling_the_table_evicts_no_key() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    spend_all(&throttle, "ana", now);
    for i in 0..3 * KEYS_MAX {
        let _ = throttle.check(&i.to_string(), now);
    }
    assert!(throttle.table().len() <= KEYS_MAX + SHARED as usize);
    assert_eq!(attempt(&throttle, "ana", now), PAUSE_FIRST);
    // Keys that arrived when it was full are limited too.
    let late = format!("{}", 3 * KEYS_MAX);
    while attempt(&throttle, &late, now).is_zero() {}
}

#[test]
fn what_has_recovered_is_dropped() {
    let (throttle, mut now) = (Throttle::default(), Instant::now());
    for i in 0..2 * TIDY_MIN {
        attempt(&throttle, &i.to_string(), now);
    }
    spend_all(&throttle, "ana", now);
    now += WINDOW;
    attempt(&throttle, "bob", now);
    assert_eq!(
        throttle.table().len(),
        2,
        "ana's pause is not forgotten yet"
    );
    now += PAUSE_FIRST;
    spend_all(&throttle, "ana", now);
}

#[test]
fn a_refused_attempt_leaves_no_state() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    spend_all(&throttle, "address", now);
    let before = throttle.table().len();
    for account in 0..1_000 {
        let both = [throttle.key(account), throttle.key("address")];
        assert!(throttle.begin(&both, now).is_err());
    }
    assert_eq!(throttle.table().len(), before);
    spend_all(&throttle, "ana", now);
}

#[test]
fn a_wider_key_has_the_larger_allowance() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    let allowance = Allowance::new(limits::LOGIN_ATTEMPTS, WINDOW);
    let wide = throttle.key_with("wide", allowance.times(4));
    let mut passed = 0;
    for narrow in 0..100 {
        let both = [throttle.key(narrow), wide];
        passed += u32::from(throttle.begin(&both, now).is_ok());
    }
    assert_eq!(passed, 4 * limits::LOGIN_ATTEMPTS);
}

#[test]
fn the_eleventh_waits_also_when_the_first_ten_take_a_while() {
    let (throttle, start) = (Throttle::default(), Instant::now());
    let mut now = start;
    for _ in 0..limits::LOGIN_ATTEMPTS {
        assert_eq!(attempt(&throttle, "ana", now), Duration::ZERO);
        now += Duration::from_millis(300);
    }
    assert!(attempt(&throttle, "ana", now) > Duration::ZERO);
}
