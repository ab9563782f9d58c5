//! The security log as operators and fail2ban read it: the lines of the real program.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use crate::support::{Browser, PASSWORD, TestServer};

const BEHIND_PROXY: (&str, &str) = ("CHAPP_SERVER__BEHIND_PROXY", "true");
const FILTER: &str = include_str!("../../deploy/fail2ban/filter.d/chapp.conf");

/// The filter's expressions as fail2ban applies them: to a line with the time removed.
struct Filter(Vec<Regex>);

impl Filter {
    fn read() -> Self {
        let (_, rest) = FILTER.split_once("failregex =").expect("failregex");
        let lines = rest.lines().take_while(|line| !line.trim().is_empty());
        let regexes = lines.map(|line| {
            let regex = line
                .trim()
                .replace("%(__prefix_line)s", r"\S+ chapp\[\d+\]: ")
                .replace("<ADDR>", "(?<address>[0-9a-fA-F:.]+)");
            Regex::new(&regex).unwrap_or_else(|error| panic!("{error}"))
        });
        Self(regexes.collect())
    }

    /// The address that a line counts against.
    fn address(&self, line: &str) -> Option<String> {
        let time = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z").expect("an expression");
        let line = time.replace(line, "");
        let found = self.0.iter().find_map(|regex| regex.captures(&line));
        found.map(|found| found["address"].to_owned())
    }
}

/// Log-ins that succeed, that fail, and with user names that forge log lines.
async fn happenings(server: &TestServer) {
    let ana = server.sign_up("ana").await;
    let log_in = async |from: &str, username: &str, password: &str| {
        let fields = [("username", username), ("password", password)];
        let request = server.browser().call("/api/log_in", &fields);
        let request = request.header("x-forwarded-for", from);
        request.send().await.expect("an answer").status().as_u16()
    };
    assert!(log_in("203.0.113.1", "ana", PASSWORD).await < 400);
    assert_eq!(log_in("203.0.113.2", "ana", "Xwrong-secretX").await, 401);
    assert_eq!(
        log_in("2001:db8::2", "nobody-here", "Xwrong-secretX").await,
        401
    );
    let forged = "x\n2026-01-01T00:00:00.000000Z  WARN chapp::security: event=log_in \
                  outcome=wrong_credentials address=198.51.100.1 account=1";
    assert_eq!(log_in("203.0.113.3", forged, "Xwrong-secretX").await, 401);
    let changed = ana.call(
        "/api/change_password",
        &[
            ("current", "Xwrong-secretX"),
            ("new", "another good passphrase"),
        ],
    );
    let changed = changed
        .header("x-forwarded-for", "203.0.113.4")
        .send()
        .await;
    assert_eq!(changed.expect("an answer").status(), 422);
}

async fn check(format: &str) {
    let format = ("CHAPP_SERVER__LOG_FORMAT", format);
    let server = TestServer::start_with(&[BEHIND_PROXY, format]).await;
    happenings(&server).await;
    let log = server.log_with("event=change_password").await;
    let filter = Filter::read();
    let failed: BTreeSet<_> = log.iter().filter_map(|line| filter.address(line)).collect();
    let expected = ["2001:db8::2", "203.0.113.2", "203.0.113.3", "203.0.113.4"];
    assert_eq!(failed, expected.map(str::to_owned).into(), "{log:#?}");
    let all = log.join("\n");
    for kept_out in ["Xwrong-secretX", PASSWORD, "nobody-here", "198.51.100.1"] {
        assert!(!all.contains(kept_out), "{kept_out}: {all}");
    }
    assert!(
        !all.contains('\u{1b}'),
        "colours in a log that is no terminal"
    );
    let has = |part: &str| log.iter().any(|line| line.contains(part));
    assert!(has("event=sign_up outcome=ok address="), "{all}");
    assert!(
        has("event=log_in outcome=ok address=203.0.113.1 account=1 session="),
        "{all}"
    );
}

#[tokio::test]
async fn the_filter_finds_the_addresses_that_failed_and_no_others() {
    check("text").await;
}

#[tokio::test]
async fn the_filter_finds_them_in_the_json_log_too() {
    check("json").await;
}

#[tokio::test]
async fn account_and_session_changes_are_logged_with_actor_and_subject() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let user = bob.me().id.to_string();
    let admin = [("user", &*user), ("is_admin", "true")];
    assert_eq!(
        bob.call("/api/set_site_admin", &admin)
            .send()
            .await
            .expect("an answer")
            .status(),
        403
    );
    assert_eq!(
        ana.call("/api/set_site_admin", &admin)
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
    let suspend = [("user", &*user), ("suspended", "true")];
    assert_eq!(
        ana.call("/api/suspend", &suspend)
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
    ana.log_out().await;
    let log = server.log_with("event=end_session").await;
    let has = |event: &str, outcome: &str, who: &str, whom: &str| {
        let begin = format!(
            "chapp::security: event={event} outcome={outcome} address=127.0.0.1 account={who} session="
        );
        log.iter()
            .any(|line| line.contains(&begin) && line.ends_with(whom))
    };
    assert!(
        has("make_site_admin", "forbidden", "2", " subject=2"),
        "{log:#?}"
    );
    assert!(has("make_site_admin", "ok", "1", " subject=2"), "{log:#?}");
    assert!(has("suspend", "ok", "1", " subject=2"), "{log:#?}");
    assert!(
        log.iter()
            .any(|line| line.contains("event=end_session outcome=ok account=1 session=")),
        "{log:#?}"
    );
}

#[tokio::test]
async fn reports_invited_guests_and_floods_are_logged_with_who_and_where() {
    let rates = ("CHAPP_LIMITS__PER_PERSON__MUTES", "1/1h");
    let server = TestServer::start_with(&[rates]).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let call = async |who: &Browser, path: &str, fields: &[(&str, &str)]| {
        let answer = who.call(path, fields).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap_or_default())
    };
    let fields = [("name", "Tea"), ("topic", ""), ("key", "")];
    let (_, room) = call(&ana, "/api/make_room", &fields).await;
    let room = room["id"].to_string();
    let fields = [("thread", &*room), ("days", "1"), ("uses", "1")];
    let (status, link) = call(&ana, "/api/make_invite", &fields).await;
    assert_eq!(status, 200, "{link}");
    let token = link.as_str().expect("a token");
    let (status, joined) = call(&bob, "/api/accept_invite", &[("token", token)]).await;
    assert_eq!(status, 200, "{joined}");
    let ana_id = ana.me().id.to_string();
    let fields = [
        ("thread", &*room),
        ("user", &*ana_id),
        ("reason", "spam"),
        ("details", "Xsecret-detailsX"),
    ];
    assert_eq!(call(&bob, "/api/report", &fields).await.0, 200);
    let muted = [("thread", &*room), ("muted", "true")];
    let statuses = [(); 4].map(async |()| call(&bob, "/api/mute", &muted).await.0);
    let statuses = futures_util::future::join_all(statuses).await;
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 3);
    let log = server.log_with("event=flood").await;
    let lines = |part: &str| log.iter().filter(|line| line.contains(part)).count();
    let from = "outcome=ok address=127.0.0.1 account=2 session=";
    assert_eq!(lines(&format!("event=accept_invite {from}")), 1, "{log:#?}");
    assert_eq!(lines(&format!("event=report {from}")), 1, "{log:#?}");
    let by = |event: &str| {
        log.iter()
            .find(|line| line.contains(event))
            .expect("a line")
    };
    assert!(by("event=accept_invite").ends_with(&format!(" thread={room}")));
    let whom = format!(" subject=1 thread={room}");
    assert!(by("event=report").ends_with(&whom), "{log:#?}");
    assert_eq!(
        lines("event=flood outcome=too_fast account=2"),
        1,
        "once a minute"
    );
    assert_eq!(lines("Xsecret-detailsX"), 0);
}
