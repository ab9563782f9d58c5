//! Reading: pages of a long thread, and the list of a user with many threads. The times must not grow with the log.

use std::time::Instant;

use chapp::model::ThreadId;
use clap::Args;
use hdrhistogram::Histogram;

use super::Bench;
use crate::http::Client;
use crate::report::{self, Report};
use crate::seed::{self, Member, Seeder, block_on};
use crate::server::{Server, free_port};

/// Goal: the time of a page at most, relative to the smallest log: flat, except for noise.
const GOAL_GROWTH: f64 = 1.5;
/// Goal: milliseconds within which 99 of 100 answers arrive.
const GOAL_P99: f64 = 5.0;

#[derive(Debug, Args)]
pub struct Options {
    /// Lengths of the thread at which reading is measured, ascending
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    messages: Vec<usize>,
    /// Number of the reader's threads
    #[arg(long, default_value_t = 10_000)]
    threads: usize,
    /// Requests of each kind
    #[arg(long, default_value_t = 1_000)]
    requests: usize,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let about = format!(
        "One connection requests one page after the other over HTTP, each from another place in a thread of the \
         given number of messages; the reader is in {} threads. Times are from the request to the last byte of the \
         response.",
        options.threads,
    );
    let mut report = Report::new("Reading", about);
    let (reader, threads) = block_on(async {
        let seeder = Seeder::open(&bench.folder).await?;
        let reader = seeder.members("reader", 1).await?.remove(0);
        let others = seeder.people("other", options.threads).await?;
        // Every other thread is created by the other member.
        let pairs = others
            .iter()
            .enumerate()
            .map(|(number, &other)| match number % 2 {
                0 => (reader.user, other),
                _ => (other, reader.user),
            });
        let pairs: Vec<_> = pairs.collect();
        let threads = seeder.direct_threads(&pairs).await?;
        // Without a message, a thread is not in the list of the other member.
        let places: Vec<_> = threads.iter().copied().zip(others).collect();
        seeder.messages(&places, threads.len()).await?;
        seeder.close().await;
        Ok((reader, threads))
    })?;
    let (thread, mut filled) = (threads[0], 1);
    let mut medians = Vec::new();
    for &messages in &options.messages {
        block_on(async {
            let seeder = Seeder::open(&bench.folder).await?;
            seeder
                .messages(&[(thread, reader.user)], messages - filled)
                .await?;
            seeder.close().await;
            Ok(())
        })?;
        filled = messages;
        let server = bench.start(free_port()?)?;
        medians.push(measure(
            options,
            &reader,
            &threads,
            messages,
            &server,
            &mut report,
        )?);
    }
    if let [first, .., last] = &*medians {
        let (few, many) = (options.messages[0], filled);
        for ((kind, before), (_, after)) in first.iter().zip(last) {
            let name = format!("{many} messages against {few}: {kind}, p50");
            report
                .add(name, after / before, "times")
                .at_most(GOAL_GROWTH);
        }
    }
    Ok(report)
}

/// Returns the median of each kind of page, in milliseconds.
fn measure(
    options: &Options,
    reader: &Member,
    threads: &[ThreadId],
    messages: usize,
    server: &Server,
    report: &mut Report,
) -> anyhow::Result<Vec<(&'static str, f64)>> {
    let thread = threads[0];
    let mut client = Client::connect(server.port, &reader.cookie)?;
    let place = |number: usize| 1 + number.wrapping_mul(0x9E37_79B9) % messages;
    let page = |query: String| format!("/api/history?thread={thread}{query}");
    type Path<'a> = &'a dyn Fn(usize) -> String;
    let kinds: [(&'static str, Path<'_>); 7] = [
        ("latest page", &|_| page(String::new())),
        ("page before", &|number| {
            page(format!("&before={}", place(number)))
        }),
        ("page after", &|number| {
            page(format!("&after={}", place(number)))
        }),
        ("page around", &|number| {
            page(format!("&around={}", place(number)))
        }),
        ("thread list with unread counts", &|_| "/api/threads".into()),
        ("further page of the thread list", &|number| {
            let after = threads[number.wrapping_mul(0x9E37_79B9) % threads.len()];
            format!("/api/threads?after={after}")
        }),
        ("all that a page needs at its start", &|_| {
            format!("/api/boot?open={thread}")
        }),
    ];
    let mut medians = Vec::new();
    for (kind, path) in kinds {
        let times = ask(&mut client, options.requests, path)?;
        let [half, most] = [0.5, 0.99].map(|quantile| {
            let micros = times.value_at_quantile(quantile);
            micros as f64 / 1_000.0
        });
        let name = format!("{messages} messages: {kind}");
        report.add(format!("{name}, p50"), half, "ms");
        let figure = report.add(format!("{name}, p99"), most, "ms");
        figure.at_most(GOAL_P99);
        medians.push((kind, half));
    }
    Ok(medians)
}

/// Sends this many requests after a warm-up; returns the microseconds of each.
fn ask(
    client: &mut Client,
    requests: usize,
    path: &dyn Fn(usize) -> String,
) -> anyhow::Result<Histogram<u64>> {
    let mut times = report::times();
    let bar = seed::bar(requests, "requests");
    for number in 0..requests / 10 {
        client.get(&path(requests + number))?;
    }
    for number in 0..requests {
        let start = Instant::now();
        client.get(&path(number))?;
        times.saturating_record(u64::try_from(start.elapsed().as_micros())?);
        bar.set_position(number as u64);
    }
    bar.finish_and_clear();
    Ok(times)
}
