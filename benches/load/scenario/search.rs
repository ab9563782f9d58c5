//! Search among a million messages, by frequent and by rare words, as people with many threads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use chapp::model::{ClientId, EventBody, ThreadId, UserId};
use chapp::server::chat::policy;
use chapp::server::store::{Act, Append, Change, Listener, NewRoom, Store};
use clap::Args;
use tokio::sync::Semaphore;

use super::Bench;
use crate::http::Client;
use crate::report::{self, Report};
use crate::seed::{self, Member, Seeder, block_on};
use crate::server::free_port;

/// Goal: milliseconds within which 99 of 100 answers arrive.
const GOAL_P99: f64 = 50.0;
/// People who search. Each has a rate limit.
const READERS: usize = 20;
/// Rooms of which all of them are members.
const ROOMS: usize = 30;
/// Distinct words; the frequency of the n-th is proportional to 1 / n.
const WORDS: usize = 50_000;
/// Words per message.
const LENGTH: usize = 14;
/// Messages submitted to the store at once.
const AT_ONCE: usize = 1024;
/// Maximum lag of the index after everything was written.
const INDEXED_WITHIN: Duration = Duration::from_secs(600);

#[derive(Debug, Args)]
pub struct Options {
    /// Number of messages
    #[arg(long, default_value_t = 1_000_000)]
    messages: usize,
    /// Direct threads of each searching person
    #[arg(long, default_value_t = 200)]
    threads: usize,
    /// Requests of each kind
    #[arg(long, default_value_t = 200)]
    requests: usize,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let about = format!(
        "{} messages of {LENGTH} words, from {WORDS} words distributed as in a natural language: two fifths in one \
         room, and a fifth each in {} other rooms, in direct threads, and in threads that the searching users are \
         not in. {READERS} users with {} direct threads each search over HTTP, one at a time. Times are from the \
         request to the last byte of the response, with everything that is shown.",
        options.messages,
        ROOMS - 1,
        options.threads,
    );
    let mut report = Report::new("Search", about);
    let begun = Instant::now();
    let (readers, _) = block_on(fill(bench, options))?;
    report.add("filling the database", begun.elapsed().as_secs_f64(), "s");
    let server = bench.start(free_port()?)?;
    let mut clients = readers
        .iter()
        .map(|reader| Client::connect(server.port, &reader.cookie))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let begun = Instant::now();
    while clients[0]
        .body("/api/search?q=nothing")?
        .contains("\"is_partial\":true")
    {
        ensure!(begun.elapsed() < INDEXED_WITHIN, "the index is not made");
        std::thread::sleep(Duration::from_secs(1));
    }
    report.add(
        "indexing the rest after the start",
        begun.elapsed().as_secs_f64(),
        "s",
    );
    for (kind, query) in kinds() {
        let mut times = report::times();
        let mut found = 0;
        for number in 0..options.requests {
            let client = &mut clients[number % READERS];
            let path = format!("/api/search?q={}", query(number));
            let start = Instant::now();
            let answer = client.body(&path)?;
            times.saturating_record(u64::try_from(start.elapsed().as_micros())?);
            found += answer.matches("\"excerpt\"").count();
        }
        let per = found as f64 / options.requests as f64;
        report.add(format!("{kind}: found on a page"), per, "messages");
        for (what, quantile) in [("p50", 0.5), ("p99", 0.99)] {
            let value = times.value_at_quantile(quantile) as f64 / 1_000.0;
            let figure = report.add(format!("{kind}, {what}"), value, "ms");
            if what == "p99" {
                figure.at_most(GOAL_P99);
            }
        }
    }
    Ok(report)
}

type Query = Box<dyn Fn(usize) -> String>;

/// The queries. A word of rank `n` is in about one of `n` messages.
fn kinds() -> Vec<(&'static str, Query)> {
    let nth = |number: usize, from: usize, to: usize| from + number * 37 % (to - from);
    let day = "after:2020-01-01 before:2090-01-01".replace(' ', "+");
    vec![
        (
            "a common word",
            Box::new(move |n| format!("%22{}%22", word(nth(n, 0, 20)))),
        ),
        (
            "a word now and then",
            Box::new(move |n| format!("%22{}%22", word(nth(n, 500, 2_000)))),
        ),
        (
            "a rare word",
            Box::new(move |n| format!("%22{}%22", word(nth(n, 20_000, 50_000)))),
        ),
        ("a word that nobody said", Box::new(|n| format!("zzz{n}"))),
        (
            "one letter",
            Box::new(|n| char::from(b'a' + (n % 26) as u8).to_string()),
        ),
        (
            "two letters",
            Box::new(move |n| word(nth(n, 0, 200))[..2].to_owned()),
        ),
        (
            "the beginning of a word",
            Box::new(move |n| word(nth(n, 0, 200))[..4].to_owned()),
        ),
        (
            "a word but for its last letter",
            Box::new(move |n| {
                let mut word = word(nth(n, 0, 200));
                word.pop();
                word
            }),
        ),
        (
            "three common words",
            Box::new(move |n| {
                format!(
                    "{}+{}+{}",
                    word(n % 20),
                    word(n % 17 + 20),
                    word(n % 13 + 40)
                )
            }),
        ),
        (
            "two rare words that nobody said together",
            Box::new(move |n| {
                format!(
                    "{}+{}",
                    word(nth(n, 2_000, 9_000)),
                    word(nth(n, 9_000, 20_000))
                )
            }),
        ),
        (
            "two common words in a row",
            Box::new(|n| format!("%22{}+{}%22", word(n % 20), word(n % 7 + 3))),
        ),
        (
            "a common word by one person",
            Box::new(move |n| format!("{}+from:other{}", word(n % 20), nth(n, 0, 100))),
        ),
        (
            "a common word in a quiet room",
            Box::new(|n| format!("{}+in:room-{}", word(n % 20), 1 + n % (ROOMS - 1))),
        ),
        (
            "a common word that only others said",
            Box::new(|n| format!("hidden{}", n % 2)),
        ),
        (
            "a common word between two days, with a link",
            Box::new(move |n| format!("{}+{day}+has:link", word(n % 20))),
        ),
    ]
}

/// The word of this rank: the more frequent, the shorter.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ta", "ne", "so", "ri", "ka", "lu", "me", "do", "vi", "po", "sha", "tre", "glo", "bin",
        "mar", "fen", "quo", "zul", "hy", "or",
    ];
    let mut number = rank + 20;
    let mut text = String::new();
    // Scattered, so that neighbours in rank have different prefixes.
    let mut salt = rank.wrapping_mul(7);
    while number > 0 {
        text.push_str(SYLLABLES[(number + salt) % 20]);
        salt /= 3;
        number /= 20;
    }
    text.push(char::from(b'a' + (rank % 26) as u8));
    text
}

struct Nobody;

impl Listener for Nobody {
    fn committed(&self, _: Vec<Change>) {}

    fn outcome_unknown(&self) {}
}

async fn fill(bench: &Bench, options: &Options) -> anyhow::Result<(Vec<Member>, Vec<ThreadId>)> {
    let seeder = Seeder::open(&bench.folder).await?;
    let readers = seeder.members("reader", READERS).await?;
    let others = seeder.people("other", options.threads.max(100)).await?;
    let pairs = readers.iter().flat_map(|reader| {
        let others = others.iter().take(options.threads);
        others.map(|&other| (reader.user, other))
    });
    let pairs: Vec<_> = pairs.collect();
    let direct = seeder.direct_threads(&pairs).await?;
    let strangers = seeder.people("stranger", 40).await?;
    let hidden: Vec<_> = strangers.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    let hidden = seeder.direct_threads(&hidden).await?;
    seeder.close().await;

    let store = Store::open(&bench.folder.url(), 16 * AT_ONCE, Arc::new(Nobody)).await?;
    let mut rooms = Vec::new();
    for number in 0..ROOMS {
        let name = format!("room {number}");
        let room = NewRoom {
            name_key: name.clone(),
            name,
            topic: String::new(),
            key_hash: None,
        };
        let thread = store.make_room(others[0], room).await?;
        for user in readers
            .iter()
            .map(|reader| reader.user)
            .chain(others[1..100].iter().copied())
        {
            store.act(user, thread, policy::may_join, Act::Join).await?;
        }
        rooms.push(thread);
    }
    let bar = seed::bar(options.messages, "messages");
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut random = Random(1);
    for number in 0..options.messages {
        let (thread, actor): (ThreadId, UserId) = match number % 5 {
            0 | 1 => (rooms[0], others[random.below(100)]),
            2 => (
                rooms[1 + random.below(ROOMS - 1)],
                others[random.below(100)],
            ),
            3 => {
                let at = random.below(direct.len());
                (direct[at], pairs[at].1)
            }
            _ => {
                let at = random.below(hidden.len());
                (hidden[at], strangers[2 * at])
            }
        };
        let mut text = sentence(&mut random);
        if number % 5 == 4 {
            text += " hidden0 hidden1";
        }
        if number % 20 == 0 {
            text += " https://example.org/";
        }
        let place = Arc::clone(&places).acquire_owned().await?;
        store.append(Append {
            thread,
            actor,
            client_id: Some(ClientId::now()),
            body: EventBody::message(text),
            candidates: None,
            may: policy::may_post,
            done: Box::new(move |result| {
                assert!(result.is_ok(), "the store refuses: {result:?}");
                drop(place);
            }),
        });
        if number % 256 == 0 {
            bar.set_position(number as u64);
        }
    }
    let _ = places.acquire_many(u32::try_from(AT_ONCE)?).await?;
    bar.finish_and_clear();
    store.close().await;
    Ok((readers, rooms))
}

fn sentence(random: &mut Random) -> String {
    let words = (0..LENGTH).map(|_| {
        // Zipf's law, by the inverse of its distribution.
        let uniform = random.below(1 << 20) as f64 / f64::from(1 << 20);
        word(((WORDS as f64).powf(uniform) - 1.0) as usize)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A reproducible random sequence.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}
