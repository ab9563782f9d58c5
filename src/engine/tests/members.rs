//! The member list of the room that is shown.

use super::*;
use crate::model::{Member, MembersPage, Role};

const EVE: UserId = UserId(3);

fn members_page(members: &[(UserId, Role)], more: bool) -> MembersPage {
    let member = |&(id, role): &(UserId, Role)| Member {
        person: person(id),
        role,
    };
    MembersPage {
        members: members.iter().map(member).collect(),
        more,
    }
}

fn fetched(effects: &[Effect]) -> Vec<Option<String>> {
    let after = |effect: &Effect| match effect {
        Effect::FetchMembers { after, .. } => Some(after.clone()),
        _ => None,
    };
    effects.iter().filter_map(after).collect()
}

fn answer(driven: &mut Driven, after: Option<UserId>, page: MembersPage) -> Vec<Effect> {
    driven.give(Input::Members {
        thread: T,
        after: after.map(|id| person(id).username),
        result: Ok(page),
    })
}

fn event(seq: Seq, actor: UserId, body: EventBody) -> ServerFrame {
    ServerFrame::Event(Event {
        count: 1,
        body,
        ..message(T, seq, actor)
    })
}

fn members(driven: &Driven) -> Vec<(UserId, Role)> {
    let members = driven.engine.members().expect("watched").iter();
    let mut members: Vec<_> = members.map(|(id, role)| (*id, *role)).collect();
    members.sort();
    members
}

fn watching() -> Driven {
    let mut driven = Driven::live(vec![head(T, 1, 1)]);
    let effects = driven.give(Input::WatchMembers(Some(T)));
    assert_eq!(fetched(&effects), [None]);
    driven
}

#[test]
fn the_members_are_fetched_to_the_last_page() {
    let mut driven = watching();
    let effects = answer(&mut driven, None, members_page(&[(ME, Role::Admin)], true));
    assert_eq!(fetched(&effects), [Some(person(ME).username)]);
    assert!(effects.contains(&Effect::Changed(ViewChange::Members)));
    assert!(driven.engine.is_loading_members());
    let last = members_page(&[(BOB, Role::Member)], false);
    let effects = answer(&mut driven, Some(ME), last);
    assert_eq!(fetched(&effects), []);
    assert!(!driven.engine.is_loading_members());
    assert_eq!(members(&driven), [(ME, Role::Admin), (BOB, Role::Member)]);
}

#[test]
fn pages_that_do_not_go_on_end_the_fetch() {
    let mut driven = watching();
    let page = || members_page(&[(ME, Role::Admin)], true);
    assert_eq!(fetched(&answer(&mut driven, None, page())).len(), 1);
    assert_eq!(fetched(&answer(&mut driven, Some(ME), page())), []);
    assert!(!driven.engine.is_loading_members());
}

#[test]
fn the_list_follows_the_events_of_its_room() {
    let mut driven = watching();
    answer(&mut driven, None, members_page(&[(ME, Role::Admin)], false));
    let effects = driven.receive(event(2, BOB, EventBody::Joined { members: 2 }));
    assert!(effects.contains(&Effect::Changed(ViewChange::Members)));
    assert_eq!(members(&driven), [(ME, Role::Admin), (BOB, Role::Member)]);
    let (user, role) = (BOB, Role::Admin);
    driven.receive(event(3, ME, EventBody::RoleSet { user, role }));
    // A repeated join does not reset the role.
    driven.receive(event(4, BOB, EventBody::Joined { members: 2 }));
    assert_eq!(members(&driven), [(ME, Role::Admin), (BOB, Role::Admin)]);
    let (user, members_left) = (BOB, 1);
    let banned = EventBody::Banned {
        user,
        members: members_left,
    };
    driven.receive(event(5, ME, banned));
    assert_eq!(members(&driven), [(ME, Role::Admin)]);
    driven.receive(event(6, ME, EventBody::Left { members: 0 }));
    assert_eq!(members(&driven), []);
}

#[test]
fn an_event_during_the_fetch_outweighs_a_page_that_was_read_before_it() {
    let mut driven = watching();
    let banned = EventBody::Banned {
        user: BOB,
        members: 1,
    };
    driven.receive(event(2, ME, banned));
    driven.receive(event(3, EVE, EventBody::Joined { members: 2 }));
    let before = members_page(&[(ME, Role::Admin), (BOB, Role::Member)], false);
    answer(&mut driven, None, before);
    assert_eq!(members(&driven), [(ME, Role::Admin), (EVE, Role::Member)]);
}

#[test]
fn after_an_outage_the_list_is_fetched_anew_and_shown_meanwhile() {
    let mut driven = watching();
    answer(&mut driven, None, members_page(&[(ME, Role::Admin)], false));
    let effects = driven.reconnect(vec![head(T, 1, 1)], Vec::new());
    assert_eq!(fetched(&effects), [None]);
    assert_eq!(members(&driven), [(ME, Role::Admin)]);
    answer(
        &mut driven,
        None,
        members_page(&[(BOB, Role::Admin)], false),
    );
    assert_eq!(members(&driven), [(BOB, Role::Admin)]);
}

#[test]
fn a_list_that_is_not_watched_or_not_awaited_is_not_taken() {
    let mut driven = watching();
    let late = |driven: &mut Driven, after| {
        answer(driven, after, members_page(&[(BOB, Role::Member)], false));
    };
    late(&mut driven, Some(EVE));
    assert_eq!(members(&driven), []);
    driven.give(Input::WatchMembers(None));
    late(&mut driven, None);
    assert_eq!(driven.engine.members(), None);
    let effects = driven.receive(event(2, BOB, EventBody::Joined { members: 2 }));
    assert!(!effects.contains(&Effect::Changed(ViewChange::Members)));
}

#[test]
fn a_failed_fetch_says_why_until_the_next_one() {
    let mut driven = watching();
    let (thread, after, result) = (T, None, Err(Refusal::Unreachable));
    let effects = driven.give(Input::Members {
        thread,
        after,
        result,
    });
    assert!(effects.contains(&Effect::Changed(ViewChange::Members)));
    assert_eq!(driven.engine.members_failed(), Some(&Refusal::Unreachable));
    assert!(!driven.engine.is_loading_members());
    driven.reconnect(vec![head(T, 1, 1)], Vec::new());
    answer(&mut driven, None, members_page(&[(ME, Role::Admin)], false));
    assert_eq!(driven.engine.members_failed(), None);
}
