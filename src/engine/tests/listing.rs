//! The thread list, the people list and presence.

use super::*;

fn fetches_people(effects: &[Effect]) -> Vec<Option<String>> {
    let after = |effect: &Effect| match effect {
        Effect::FetchPeople { after } => Some(after.clone()),
        _ => None,
    };
    effects.iter().filter_map(after).collect()
}

fn fetches_threads(effects: &[Effect]) -> Vec<ThreadId> {
    let after = |effect: &Effect| match effect {
        Effect::FetchThreads { after } => Some(*after),
        _ => None,
    };
    effects.iter().filter_map(after).collect()
}

fn listed(driven: &Driven) -> Vec<i64> {
    driven
        .engine
        .threads()
        .iter()
        .map(|head| head.id.0)
        .collect()
}

fn people_page(ids: std::ops::Range<i64>, more: bool) -> PeoplePage {
    PeoplePage {
        people: ids.map(|id| person(UserId(id))).collect(),
        more,
    }
}

#[test]
fn the_list_is_latest_first() {
    let mut driven = Driven::live(vec![head(T, 1, 1), head(U, 1, 1)]);
    assert_eq!(listed(&driven), [11, 10]);
    driven.receive(ServerFrame::Event(message(T, 2, BOB)));
    assert_eq!(listed(&driven), [10, 11]);
}

#[test]
fn empty_thread_created_by_another_user_is_listed_only_while_open() {
    let mut driven = Driven::live(vec![head(T, 0, 0)]);
    assert_eq!(listed(&driven), [] as [i64; 0]);
    driven.give(Input::Open(Some(T)));
    assert_eq!(listed(&driven), [10]);
    driven.give(Input::Open(None));
    assert_eq!(listed(&driven), [] as [i64; 0]);
}

#[test]
fn heads_never_go_back() {
    let mut driven = Driven::live(vec![head(T, 60, 50)]);
    driven.receive(ServerFrame::Event(message(T, 61, BOB)));
    driven.receive(ServerFrame::Thread(head(T, 60, 40)));
    driven.reconnect(vec![head(T, 60, 40)], vec![]);
    let head = driven.engine.thread(T).unwrap();
    assert_eq!((head.last_seq, head.read.seq, head.unread()), (61, 50, 11));
    assert!(head.last.is_some());
}

#[test]
fn new_thread_is_listed_with_its_person() {
    let mut driven = Driven::live(vec![]);
    driven.receive(ServerFrame::Thread(head(T, 1, 0)));
    assert_eq!(listed(&driven), [10]);
    assert_eq!(driven.engine.person(BOB), Some(&person(BOB)));
}

#[test]
fn list_is_fetched_on_demand_one_page_at_a_time() {
    let threads = ThreadsPage {
        threads: vec![head(T, 1, 1)],
        more: true,
    };
    let mut driven = Driven::new(Boot {
        threads,
        ..boot(vec![])
    });
    assert!(driven.engine.more_threads());
    assert_eq!(fetches_threads(&driven.give(Input::WantThreads)), [T]);
    assert_eq!(fetches_threads(&driven.give(Input::WantThreads)), []);
    let page = ThreadsPage {
        threads: vec![head(U, 1, 1)],
        more: false,
    };
    driven.give(Input::Threads(Ok(page)));
    assert!(!driven.engine.more_threads());
    assert_eq!(listed(&driven), [11, 10]);
    assert_eq!(fetches_threads(&driven.give(Input::WantThreads)), []);
}

#[test]
fn heads_missing_from_ready_are_fetched_again() {
    let mut driven = Driven::live(vec![head(T, 1, 1), head(U, 1, 1)]);
    driven.give(Input::Closed { code: 1006 });
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    let ServerFrame::Ready {
        version,
        me,
        missed,
        online,
        ..
    } = ready(vec![])
    else {
        unreachable!()
    };
    let (threads, more_threads) = (vec![head(U, 9, 1)], true);
    let ready = ServerFrame::Ready {
        version,
        me,
        threads,
        more_threads,
        missed,
        online,
        receipts: Vec::new(),
        privacy: Privacy::default(),
        blocked: Vec::new(),
    };
    assert_eq!(fetches_threads(&driven.receive(ready)), [U]);
    driven.give(Input::Threads(Err(Refusal::Unreachable)));
    assert_eq!(fetches_threads(&driven.tick()), [U]);
    let page = ThreadsPage {
        threads: vec![head(T, 5, 1)],
        more: true,
    };
    assert_eq!(fetches_threads(&driven.give(Input::Threads(Ok(page)))), []);
    assert_eq!(driven.engine.thread(T).unwrap().unread(), 4);
    assert!(driven.engine.more_threads());
}

#[test]
fn people_missing_from_the_boot_are_all_fetched() {
    let mut driven = Driven::new(Boot {
        people: people_page(1..3, true),
        ..boot(vec![])
    });
    let effects = driven.give(Input::Start);
    assert_eq!(fetches_people(&effects), [Some("user00002".to_owned())]);
    let effects = driven.give(Input::People(Ok(people_page(3..5, true))));
    assert_eq!(fetches_people(&effects), [Some("user00004".to_owned())]);
    driven.give(Input::People(Err(Refusal::Unreachable)));
    assert_eq!(
        fetches_people(&driven.tick()),
        [Some("user00004".to_owned())]
    );
    assert_eq!(
        fetches_people(&driven.give(Input::People(Ok(people_page(5..6, false))))),
        []
    );
    assert_eq!(driven.engine.people().len(), 5);
}

#[test]
fn endless_people_pages_do_not_loop() {
    let mut driven = Driven::new(Boot {
        people: people_page(1..3, true),
        ..boot(vec![])
    });
    driven.give(Input::Start);
    assert_eq!(
        fetches_people(&driven.give(Input::People(Ok(people_page(1..3, true))))),
        []
    );
}

#[test]
fn people_are_fetched_again_after_an_outage() {
    let mut driven = Driven::new(boot(vec![]));
    assert_eq!(fetches_people(&driven.go_live(vec![])), []);
    assert_eq!(fetches_people(&driven.reconnect(vec![], vec![])), [None]);
}

#[test]
fn people_are_sorted_by_the_name_that_is_shown() {
    let mut driven = Driven::live(vec![]);
    for (id, name) in [(5, "zoe"), (6, "Ada"), (7, "ada"), (8, "Mia")] {
        let person = Person {
            display_name: name.into(),
            ..person(UserId(id))
        };
        assert_eq!(
            driven.receive(ServerFrame::Person(person)),
            [Effect::Changed(ViewChange::People)]
        );
    }
    let names: Vec<_> = driven
        .engine
        .people()
        .iter()
        .map(|p| p.display_name.as_str())
        .collect();
    assert_eq!(names, ["Ada", "ada", "Mia", "User 1", "zoe"]);
}

#[test]
fn presence_is_replaced_by_ready_and_then_changed() {
    let mut driven = Driven::new(Boot {
        online: vec![UserId(9)],
        ..boot(vec![])
    });
    assert!(driven.engine.is_online(UserId(9)));
    driven.go_live(vec![]);
    assert!(!driven.engine.is_online(UserId(9)));
    let presence = |online, offline| ServerFrame::Presence { online, offline };
    let effects = driven.receive(presence(vec![BOB], vec![]));
    assert_eq!(effects, [Effect::Changed(ViewChange::Presence)]);
    assert!(driven.engine.is_online(BOB));
    driven.receive(presence(vec![], vec![BOB]));
    assert!(!driven.engine.is_online(BOB));
}
