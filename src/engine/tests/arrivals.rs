//! What the user is notified of: messages that arrive live, and what the engine knows of each.

use super::*;
use crate::model::notify::{
    Cause, Level, MessageFacts, NotifySettings, QuietHours, Silence, judge,
};
use crate::model::{Mentioned, Mentions, Preview, Room};

fn room(id: ThreadId, last_seq: Seq, change: impl FnOnce(&mut Room)) -> ThreadHead {
    let mut room = Room {
        name: "Kitchen".into(),
        members: 3,
        ..Room::default()
    };
    change(&mut room);
    ThreadHead {
        kind: ThreadKind::Room(room),
        ..head(id, last_seq, last_seq)
    }
}

/// The messages that arrived.
fn arrived(effects: &[Effect]) -> Vec<&Event> {
    let events = effects.iter().filter_map(|effect| match effect {
        Effect::Arrived(event) => Some(&**event),
        _ => None,
    });
    events.collect()
}

fn facts(driven: &Driven, event: &Event) -> MessageFacts {
    facts_with(driven, event, &NotifySettings::default())
}

fn facts_with(driven: &Driven, event: &Event, settings: &NotifySettings) -> MessageFacts {
    let facts = driven.engine.facts(event, settings, 0);
    facts.expect("a message of a thread")
}

/// A message by Bob, changed.
fn said(thread: ThreadId, seq: Seq, change: impl FnOnce(&mut Message)) -> Event {
    let mut event = message(thread, seq, BOB);
    if let EventBody::Message(message) = &mut event.body {
        change(message);
    }
    event
}

#[test]
fn a_message_of_someone_else_is_reported_once_and_nothing_else_is() {
    let mut driven = Driven::live(vec![head(T, 5, 5)]);
    let event = message(T, 6, BOB);
    let effects = driven.receive(ServerFrame::Event(event.clone()));
    assert_eq!(arrived(&effects), [&event]);
    assert_eq!(judge(&facts(&driven, &event)), Ok(Cause::Level));
    for event in [
        own(T, 7, 1),
        Event {
            body: EventBody::MadePrivate,
            count: 7,
            ..message(T, 8, BOB)
        },
    ] {
        let effects = driven.receive(ServerFrame::Event(event));
        assert_eq!(arrived(&effects), Vec::<&Event>::new());
    }
}

#[test]
fn in_a_room_only_a_mention_or_a_reply_is_told() {
    let driven = Driven::live(vec![room(T, 5, |_| {})]);
    let plain = message(T, 6, BOB);
    assert_eq!(judge(&facts(&driven, &plain)), Err(Silence::NoMention));
    let mention = said(T, 6, |message| {
        message.mentions = Mentions {
            people: vec![Mentioned {
                user: ME,
                name: "user00001".into(),
            }],
            room: false,
        };
    });
    assert_eq!(judge(&facts(&driven, &mention)), Ok(Cause::Mention));
    let to_all = said(T, 6, |message| message.mentions.room = true);
    assert_eq!(judge(&facts(&driven, &to_all)), Ok(Cause::Mention));
    let reply = |author| {
        said(T, 6, |message| {
            message.reply = Some(Quote {
                author,
                ..Quote::to(3)
            });
        })
    };
    assert_eq!(judge(&facts(&driven, &reply(ME))), Ok(Cause::Reply));
    assert_eq!(judge(&facts(&driven, &reply(BOB))), Err(Silence::NoMention));
}

#[test]
fn a_group_is_like_a_direct_chat_and_a_muted_room_is_silent() {
    let group = room(T, 5, |room| room.is_group = true);
    let mut muted = room(U, 5, |_| {});
    muted.notify.muted = true;
    let driven = Driven::live(vec![group, muted]);
    assert_eq!(
        judge(&facts(&driven, &message(T, 6, BOB))),
        Ok(Cause::Level)
    );
    let to_all = said(U, 6, |message| message.mentions.room = true);
    assert_eq!(judge(&facts(&driven, &to_all)), Err(Silence::Muted));
}

#[test]
fn whom_the_user_blocks_and_what_was_read_elsewhere_is_silent() {
    let mut driven = Driven::live(vec![head(T, 5, 5)]);
    let event = message(T, 6, BOB);
    driven.receive(ServerFrame::Event(event.clone()));
    let mark = ReadMark {
        turn: 0,
        seq: 6,
        count: 6,
    };
    driven.receive(ServerFrame::Read { thread: T, mark });
    assert_eq!(judge(&facts(&driven, &event)), Err(Silence::Read));
    let later = message(T, 7, BOB);
    driven.receive(ServerFrame::Blocked { users: vec![BOB] });
    assert_eq!(judge(&facts(&driven, &later)), Err(Silence::Blocked));
}

#[test]
fn the_level_of_a_thread_goes_before_the_default_of_such_threads() {
    for (chosen, is_direct, expected) in [
        (None, true, Ok(Cause::Level)),
        (None, false, Err(Silence::NoMention)),
        (Some(Level::Everything), false, Ok(Cause::Level)),
        (Some(Level::Mentions), true, Err(Silence::NoMention)),
        (Some(Level::Nothing), true, Err(Silence::Nothing)),
    ] {
        let mut chat = match is_direct {
            true => head(T, 5, 5),
            false => room(T, 5, |_| {}),
        };
        chat.notify.level = chosen;
        let driven = Driven::live(vec![chat]);
        let said = judge(&facts(&driven, &message(T, 6, BOB)));
        assert_eq!(said, expected, "{chosen:?}, direct: {is_direct}");
    }
}

#[test]
fn a_mute_ends_by_itself_and_the_page_is_redrawn() {
    let mut driven = Driven::live(vec![head(T, 5, 5)]);
    let mut muted = head(T, 5, 5);
    muted.notify.muted = true;
    muted.notify.muted_until = driven.now + 60_000;
    driven.receive(ServerFrame::Thread(muted));
    let event = message(T, 6, BOB);
    driven.receive(ServerFrame::Event(event.clone()));
    assert_eq!(judge(&facts(&driven, &event)), Err(Silence::Muted));
    let calling = |driven: &Driven| driven.engine.calling(driven.engine.thread(T).unwrap());
    assert_eq!(calling(&driven), 0, "it calls for no attention");
    driven.now += 61_000;
    let effects = driven.receive(ServerFrame::Ping);
    assert!(effects.contains(&Effect::Changed(ViewChange::Threads)));
    assert_eq!(calling(&driven), 1);
    assert_eq!(judge(&facts(&driven, &event)), Ok(Cause::Level));
}

#[test]
fn what_is_chosen_for_all_threads_counts_where_nothing_else_is_chosen() {
    let driven = Driven::live(vec![head(T, 5, 5), room(ThreadId(2), 5, |_| {})]);
    let settings = NotifySettings {
        direct: Level::Nothing,
        rooms: Level::Everything,
        ..NotifySettings::default()
    };
    let said = |thread| judge(&facts_with(&driven, &message(thread, 6, BOB), &settings));
    assert_eq!(said(T), Err(Silence::Nothing));
    assert_eq!(said(ThreadId(2)), Ok(Cause::Level));
}

#[test]
fn a_keyword_counts_like_a_mention_and_quiet_hours_silence_all() {
    let driven = Driven::live(vec![room(T, 5, |_| {})]);
    let mut settings = NotifySettings {
        keywords: vec!["soup".into()],
        ..NotifySettings::default()
    };
    let soup = said(T, 6, |message| message.text = "The SOUP is ready".into());
    let judged = |settings: &NotifySettings| judge(&facts_with(&driven, &soup, settings));
    assert_eq!(judged(&settings), Ok(Cause::Keyword));
    settings.quiet = Some(QuietHours {
        from: 1_320,
        to: 420,
        zone: "UTC".into(),
    });
    assert_eq!(judged(&settings), Err(Silence::Quiet));
    settings.quiet = None;
    settings.paused_until = Millis::MAX;
    assert_eq!(judged(&settings), Err(Silence::Quiet));
}

#[test]
fn a_change_of_the_settings_is_passed_on_to_whoever_fetches_them() {
    let mut driven = Driven::live(vec![head(T, 5, 5)]);
    let effects = driven.receive(ServerFrame::NotifySettings);
    assert_eq!(effects, [Effect::Changed(ViewChange::NotifySettings)]);
}

/// The head of a thread whose last message is by this user.
fn with_last(head: ThreadHead, author: UserId) -> ThreadHead {
    let last = Preview {
        seq: head.last_seq,
        author,
        at: 1_000 * head.last_seq,
        text: "hello".into(),
    };
    ThreadHead {
        last: Some(last),
        ..head
    }
}

/// The threads that are reported when the connection is back and `ready` has these heads.
fn missed(driven: &mut Driven, heads: Vec<ThreadHead>) -> Vec<(ThreadId, Seq)> {
    driven.give(Input::NetworkLost);
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    let effects = driven.receive(ready(heads));
    let missed = effects.iter().filter_map(|effect| match effect {
        Effect::Missed { thread, after } => Some((*thread, *after)),
        _ => None,
    });
    missed.collect()
}

#[test]
fn what_others_wrote_during_an_outage_is_reported_once() {
    let before = with_last(head(T, 5, 5), BOB);
    let mut driven = Driven::live(vec![before]);
    let after = with_last(head(T, 8, 5), BOB);
    assert_eq!(missed(&mut driven, vec![after.clone()]), [(T, 5)]);
    assert_eq!(missed(&mut driven, vec![after]), []);
}

#[test]
fn an_outage_reports_nothing_that_was_read_elsewhere_or_that_the_user_wrote() {
    let before = with_last(head(T, 5, 5), BOB);
    for (after, expected) in [
        (with_last(head(T, 8, 8), BOB), None),
        (with_last(head(T, 8, 5), ME), None),
        (with_last(head(T, 8, 7), BOB), Some((T, 7))),
        (before.clone(), None),
    ] {
        let mut driven = Driven::live(vec![before.clone()]);
        let reported = missed(&mut driven, vec![after]);
        assert_eq!(reported, expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn the_first_message_of_a_thread_that_was_unknown_is_reported_an_old_thread_is_not() {
    let known = with_last(head(T, 5, 5), BOB);
    let mut driven = Driven::live(vec![known.clone()]);
    // It was opened by another, empty, before the page was loaded.
    let event = message(U, 6, BOB);
    driven.receive(ServerFrame::Event(event));
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    let (new, old) = (
        with_last(head(U, 6, 0), BOB),
        with_last(head(ThreadId(3), 4, 0), BOB),
    );
    let effects = driven.receive(ready(vec![new, known, old]));
    let reported = effects
        .iter()
        .filter(|it| matches!(it, Effect::Missed { .. }));
    assert_eq!(
        reported.collect::<Vec<_>>(),
        [&Effect::Missed {
            thread: U,
            after: 5
        }]
    );
}

#[test]
fn the_threads_of_the_first_connection_are_no_news() {
    let mut driven = Driven::new(boot(Vec::new()));
    let effects = driven.go_live(vec![with_last(head(T, 5, 0), BOB)]);
    assert!(!effects.iter().any(|it| matches!(it, Effect::Missed { .. })));
}

#[test]
fn only_the_latest_threads_are_reported_after_a_long_outage() {
    let heads = |last_seq| {
        let ids = (1..=9).map(ThreadId);
        ids.map(|id| with_last(head(id, last_seq, 0), BOB))
            .collect()
    };
    let mut driven = Driven::live(heads(5));
    assert_eq!(missed(&mut driven, heads(6)).len(), 5);
}
