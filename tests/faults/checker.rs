//! The properties that must hold in the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use chapp::engine::Input;
use chapp::model::{
    Boot, ClientId, Event, EventBody, Page, SearchPage, Seq, ThreadHead, ThreadId, ThreadsPage,
    UserId, limits,
};
use tokio::time::sleep;

use crate::bot::{Bot, Done};
use crate::support::TestServer;

/// Maximum lag of the index. It is normally a second, but the machine has just been busy.
const FOUND_WITHIN: Duration = Duration::from_secs(30);
/// Maximum of a tab's files that are downloaded. All of them are compared on the disk besides.
const DOWNLOADS_MAX: usize = 500;

/// Reads all logs, and compares them with what every bot wrote, was acknowledged, and displays. Returns the number of
/// messages shown as sent.
pub async fn check(server: &TestServer, bots: &mut [Bot]) -> usize {
    let logs = logs(bots).await;
    let mut acked = BTreeSet::new();
    for bot in bots.iter() {
        check_written(bot, &logs);
        acked.extend(bot.acked.iter().map(|acked| (bot.me, acked.client_id)));
    }
    for bot in bots.iter_mut() {
        check_confirmed(bot, &logs).await;
    }
    for bot in bots.iter() {
        check_mentions(bot, &logs).await;
        check_files(bot, bots, &logs).await;
    }
    for bot in bots.iter_mut() {
        check_live(bot, &logs).await;
    }
    for bot in bots.iter_mut() {
        check_shown(bot, &logs).await;
    }
    for bot in bots.iter() {
        check_found(bot, &logs).await;
    }
    assert!(
        !server.log().iter().any(|line| line.contains("panicked")),
        "no panic"
    );
    acked.len()
}

/// All logs that any bot can read: dense, with correct counts and unique ids.
pub async fn logs(bots: &[Bot]) -> BTreeMap<ThreadId, Vec<Event>> {
    let mut logs: BTreeMap<ThreadId, Vec<Event>> = BTreeMap::new();
    for bot in bots {
        for head in threads(bot).await {
            if let std::collections::btree_map::Entry::Vacant(place) = logs.entry(head.id) {
                place.insert(log(bot, &head).await);
            }
        }
    }
    for (thread, log) in &logs {
        check_log(*thread, log);
    }
    logs
}

async fn threads(bot: &Bot) -> Vec<ThreadHead> {
    let page: ThreadsPage = bot.read("threads").await.expect("the threads");
    assert!(!page.more);
    page.threads
}

async fn log(bot: &Bot, head: &ThreadHead) -> Vec<Event> {
    let mut log: Vec<Event> = Vec::new();
    loop {
        let last = log.last().map_or(0, |event| event.seq);
        let path = format!("history?thread={}&after={last}", head.id);
        let page: Page = bot.read(&path).await.expect("a page");
        if page.events.is_empty() {
            assert_eq!(last, page.last_seq, "the log goes to its end");
            return log;
        }
        log.extend(page.events);
    }
}

/// Checks that a log is dense, with correct counts and unique ids.
fn check_log(thread: ThreadId, log: &[Event]) {
    let mut ids: BTreeSet<(UserId, ClientId)> = BTreeSet::new();
    let mut count = 0;
    for (place, event) in log.iter().enumerate() {
        assert_eq!(event.seq, place as Seq + 1, "thread {thread} has a hole");
        count += i64::from(event.body.is_message());
        assert_eq!(event.count, count, "thread {thread}, {}", event.seq);
        if let Some(id) = event.client_id {
            assert!(
                ids.insert((event.actor, id)),
                "{id} is twice in thread {thread}"
            );
        }
    }
}

/// Checks that each message with a file that was shown as sent has it, and that another member of the thread gets it
/// whole. Of a tab with very many files, that member downloads some, evenly spread.
async fn check_files(bot: &Bot, bots: &[Bot], logs: &BTreeMap<ThreadId, Vec<Event>>) {
    let acked = bot.acked.iter().map(|acked| (acked.client_id, acked));
    let acked: HashMap<_, _> = acked.collect();
    let step = bot.with_files.len().div_ceil(DOWNLOADS_MAX).max(1);
    for (number, file) in bot.with_files.iter().enumerate() {
        let Some(acked) = acked.get(&file.client_id) else {
            continue;
        };
        let place = usize::try_from(acked.seq).expect("a seq") - 1;
        let event = logs[&file.thread].get(place);
        let Some(EventBody::Message(message)) = event.map(|event| &event.body) else {
            panic!("{} is not there", file.client_id)
        };
        let files: Vec<_> = message.files.iter().map(|file| file.id).collect();
        assert_eq!(files, [file.id]);
        if number % step == 0 {
            let is_other =
                |other: &&Bot| other.me != bot.me && other.engine.thread(file.thread).is_some();
            let reader = bots.iter().find(is_other).expect("another member");
            let content = reader.uploader().download(file.id).await;
            assert!(content == *file.content, "the file of {}", file.client_id);
        }
    }
}

/// Checks that acknowledged messages are at their positions, and that all written messages exist in the order written.
fn check_written(bot: &Bot, logs: &BTreeMap<ThreadId, Vec<Event>>) {
    let mut place: HashMap<ClientId, (ThreadId, Seq)> = HashMap::new();
    for (thread, log) in logs {
        for event in log.iter().filter(|event| event.actor == bot.me) {
            place.extend(event.client_id.map(|id| (id, (*thread, event.seq))));
        }
    }
    for acked in &bot.acked {
        let found = place.get(&acked.client_id);
        assert_eq!(
            found,
            Some(&(acked.thread, acked.seq)),
            "{acked:?} was shown as sent, {:?} ago",
            acked.at.elapsed()
        );
    }
    let mut last: HashMap<ThreadId, Seq> = HashMap::new();
    for (thread, id) in &bot.written {
        let (found, seq) = place
            .get(id)
            .unwrap_or_else(|| panic!("{id} was written and is lost"));
        assert_eq!(found, thread);
        let before = last.insert(*thread, *seq).unwrap_or(0);
        assert!(before < *seq, "{id} overtook another in thread {thread}");
    }
}

/// Checks that confirmed actions are in the log, or in the user's saved messages; edits exactly once.
async fn check_confirmed(bot: &mut Bot, logs: &BTreeMap<ThreadId, Vec<Event>>) {
    let me = bot.me;
    let heads = threads(bot).await;
    let boot: Option<Boot> = bot.read("boot").await.expect("the beginning of a page");
    let is_hidden = boot.is_some_and(|boot| !boot.privacy.reading);
    for (thread, seq, done) in bot.confirmed() {
        let is_it = |body: &EventBody| match (&done, body) {
            (Done::Edited { text }, EventBody::MessageEdited { text: to, .. }) => text == to,
            (Done::Reacted { emoji }, EventBody::Reacted { emoji: given, .. }) => emoji == given,
            (Done::Pinned, EventBody::Pinned { .. }) => true,
            _ => false,
        };
        // Any user may have pinned it first.
        let is_by = |event: &Event| done == Done::Pinned || event.actor == me;
        let about = logs[&thread]
            .iter()
            .filter(|it| it.body.amends() == Some(seq));
        let found = about.filter(|it| is_by(it) && is_it(&it.body)).count();
        let head = heads.iter().find(|head| head.id == thread);
        let is_saved = head.is_some_and(|head| head.saved.contains(&seq));
        match done {
            Done::Saved => assert!(is_saved, "{me} saved {seq} of {thread}"),
            Done::Hidden => assert!(is_hidden, "{me} hides what was read"),
            _ => assert_eq!(found, 1, "{me}, message {seq} of {thread}: {done:?}"),
        }
    }
}

/// Checks that unread mentions in rooms are counted according to the log.
async fn check_mentions(bot: &Bot, logs: &BTreeMap<ThreadId, Vec<Event>>) {
    for head in threads(bot).await.iter().filter(|it| it.room().is_some()) {
        let unread = logs[&head.id].iter().filter(|it| it.seq > head.read.seq);
        let calls = unread.filter(|event| match &event.body {
            EventBody::Message(message) => message.mentions.includes(bot.me),
            _ => false,
        });
        let calls: Vec<Seq> = calls.map(|event| event.seq).collect();
        let kept = calls.len().saturating_sub(limits::MENTIONS_UNREAD_MAX);
        assert_eq!(head.mentions, calls[kept..], "{} in {}", bot.me, head.id);
    }
}

/// Checks that each tab has reached the end of each thread by itself, with only the fetches that it requests.
async fn check_live(bot: &mut Bot, logs: &BTreeMap<ThreadId, Vec<Event>>) {
    for head in threads(bot).await {
        let last = logs[&head.id].last().map_or(0, |event| event.seq);
        bot.live_until("the last event of a thread", |engine| {
            engine
                .thread(head.id)
                .is_some_and(|head| head.last_seq == last)
        })
        .await;
    }
}

/// Checks that each tab shows the ends of the logs, and has the same counts as the server.
async fn check_shown(bot: &mut Bot, logs: &BTreeMap<ThreadId, Vec<Event>>) {
    for head in threads(bot).await {
        let log = &logs[&head.id];
        let id = head.id;
        bot.give(Input::Open(Some(id)));
        bot.give(Input::WantLatest(id));
        bot.live_until("the end of a thread", |engine| {
            let timeline = engine.timeline(id).unwrap_or_default();
            let last = timeline.events.last().map_or(0, |event| event.seq);
            timeline.at_end && last == head.last_seq
        })
        .await;
        let timeline = bot.engine.timeline(id).unwrap_or_default();
        let from = log.len() - timeline.events.len();
        assert_eq!(
            timeline.events,
            log[from..],
            "{} sees thread {id} otherwise",
            bot.me
        );
        // Another tab of the same user may just have advanced the read mark.
        let fresh = fresh(bot, id).await;
        bot.live_until("one's own read mark", |engine| {
            let shown = engine.thread(id).map_or(0, |head| head.read.seq);
            shown >= fresh.read.seq
        })
        .await;
        let shown = bot.engine.thread(id).expect("it is in the list").clone();
        let read = shown.read;
        assert_eq!(
            (shown.last_seq, shown.count, &shown.last, &shown.pins),
            (fresh.last_seq, fresh.count, &fresh.last, &fresh.pins)
        );
        let unread = log
            .iter()
            .filter(|it| it.seq > read.seq && it.body.is_message())
            .count();
        assert_eq!(shown.unread(), unread as i64, "unread in thread {id}");
    }
}

/// Checks that the last message with words of each thread is found: the index resumed after each kill.
async fn check_found(bot: &Bot, logs: &BTreeMap<ThreadId, Vec<Event>>) {
    for head in threads(bot).await {
        let log = &logs[&head.id];
        let has_words = |event: &&Event| event.body.text().is_some_and(|text| !text.is_empty());
        let Some(event) = log.iter().rev().find(has_words) else {
            continue;
        };
        let text = event.body.text().unwrap_or_default();
        // "7 by 3", without the padding of long messages.
        let words: String = text.chars().take_while(|c| *c != '.').collect();
        let path = format!("search?q=%22{}%22", words.replace(' ', "+"));
        let is_there = |page: &SearchPage| {
            let mut hits = page.hits.iter();
            hits.any(|hit| (hit.thread, hit.seq) == (event.thread, event.seq))
        };
        let begun = Instant::now();
        while !bot.read(&path).await.is_ok_and(|page| is_there(&page)) {
            assert!(
                begun.elapsed() < FOUND_WITHIN,
                "{text:?} is not found by {}",
                bot.me
            );
            sleep(Duration::from_millis(500)).await;
        }
    }
}

async fn fresh(bot: &Bot, thread: ThreadId) -> ThreadHead {
    let mut threads = threads(bot).await;
    threads.retain(|head| head.id == thread);
    threads.pop().expect("the thread")
}
