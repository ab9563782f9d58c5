//! Display names: changed by their owners, seen by everybody.

use chapp::model::{AuditPage, Boot, Person};
use chapp::protocol::ServerFrame;

use crate::support::{Browser, Socket, TestServer, code};
use crate::uploads::two;

async fn rename(who: &Browser, name: &str) -> (u16, String) {
    let call = who.call("/api/set_display_name", &[("display_name", name)]);
    code(call.send().await.expect("an answer")).await
}

/// The next people that a tab is told about, as "name", or "name @username" where the name is ambiguous.
async fn names(tab: &mut Socket, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..count {
        let person = tab
            .expect("a person", |frame| match frame {
                ServerFrame::Person(person) => Some(person.clone()),
                _ => None,
            })
            .await;
        names.push(shown(&person));
    }
    names.sort();
    names
}

fn shown(person: &Person) -> String {
    match person.is_ambiguous {
        true => format!("{} @{}", person.display_name, person.username),
        false => person.display_name.clone(),
    }
}

#[tokio::test]
async fn everybody_sees_a_new_display_name_at_once_and_the_audit_log_keeps_the_old_one() {
    let server = TestServer::start().await;
    let (ana, bob, thread) = two(&server).await;
    let mut bobs = bob.tab().await;
    assert_eq!(rename(&ana, "  Ana   Ruiz ").await.0, 200);
    assert_eq!(names(&mut bobs, 1).await, ["Ana Ruiz"]);
    let boot: Option<Boot> = bob.read(&format!("/api/boot?open={thread}")).await;
    let people = boot.expect("logged in").people.people;
    assert!(
        people
            .iter()
            .any(|person| person.display_name == "Ana Ruiz")
    );
    assert_eq!(rename(&ana, "").await.0, 200);
    assert_eq!(names(&mut bobs, 1).await, ["ana"]);
    // The same again changes nothing.
    assert_eq!(rename(&ana, "ana").await.0, 200);
    // The first account is the admin of the site.
    let log: AuditPage = ana.read("/api/audit").await;
    let entries = log
        .entries
        .iter()
        .filter(|it| it.action == "set_display_name");
    let before: Vec<_> = entries.map(|entry| &*entry.detail).collect();
    assert_eq!(before, ["Ana Ruiz", "ana"]);
}

#[tokio::test]
async fn whoever_takes_the_name_of_another_is_told_apart_for_as_long_as_they_have_it() {
    let server = TestServer::start().await;
    let (ana, bob, _) = two(&server).await;
    let cleo = server.sign_up("cleo").await;
    let mut tab = cleo.tab().await;
    rename(&ana, "Maria Lopez").await;
    assert_eq!(names(&mut tab, 1).await, ["Maria Lopez"]);
    // In Cyrillic letters, where there are such.
    rename(&bob, "\u{41c}\u{430}ria Lop\u{435}z").await;
    let both = names(&mut tab, 2).await;
    assert!(both.iter().all(|name| name.contains('@')), "{both:?}");
    rename(&bob, "Bob").await;
    assert_eq!(names(&mut tab, 2).await, ["Bob", "Maria Lopez"]);
    // Nor can anybody look like the user name of another.
    rename(&bob, "ana").await;
    assert_eq!(names(&mut tab, 1).await, ["ana @bob"]);
}

#[tokio::test]
async fn names_that_are_none_are_refused() {
    let server = TestServer::start().await;
    let (ana, _, _) = two(&server).await;
    for name in [
        "a".repeat(65),
        "a\u{202e}b".into(),
        "\u{200b}".into(),
        "\u{7}".into(),
    ] {
        assert_eq!(
            rename(&ana, &name).await,
            (422, "invalid".into()),
            "{name:?}"
        );
    }
    let nobody = server.browser();
    assert_eq!(
        rename(&nobody, "Nobody").await,
        (401, "not_logged_in".into())
    );
}
