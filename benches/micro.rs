//! Micro-benchmarks: encoding a frame, delivering one to many connections, and applying one in the client's engine. The
//! load tool (`benches/load`) measures them together on a real machine.

use std::hint::black_box;
use std::sync::Arc;

use chapp::engine::{Engine, Input};
use chapp::model::notify::NotifyChoice;
use chapp::model::{
    Boot, ClientId, Event, EventBody, PeoplePage, Person, ReadMark, SessionId, ThreadHead,
    ThreadId, ThreadKind, ThreadsPage, UserId,
};
use chapp::protocol::{self, ServerFrame};
use chapp::server::hub::{Hub, LiveConnection, SendQueueLimits, encode};
use chapp::server::store::{Change, Listener};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const THREAD: ThreadId = ThreadId(1);

fn event(seq: i64) -> Event {
    Event {
        thread: THREAD,
        seq,
        count: seq,
        at: 1_700_000_000_000 + seq,
        actor: UserId(2),
        client_id: Some(ClientId::now()),
        body: EventBody::message(&"a message of 120 bytes ".repeat(6)[..120]),
    }
}

fn encoding(criterion: &mut Criterion) {
    let frame = ServerFrame::Event(event(1));
    criterion.bench_function("encode an event", |bencher| {
        bencher.iter(|| encode(black_box(&frame)));
    });
}

/// A hub with connections that are not live yet: deliveries stay in their queues.
fn hub(connections: usize) -> (Arc<Hub>, Vec<LiveConnection>) {
    let limits = SendQueueLimits {
        frames: usize::MAX,
        bytes: usize::MAX,
        sends: 1,
    };
    let hub = Hub::new(limits, connections);
    let connect = |number: usize| {
        let user = UserId(i64::try_from(number).unwrap_or(i64::MAX));
        let session = SessionId(ClientId::now().0);
        let connection = hub.connect(user, session);
        let connection = connection.unwrap_or_else(|| unreachable!("there is room"));
        hub.subscribe(connection.id, &[THREAD]);
        connection
    };
    let connections = (0..connections).map(connect).collect();
    (hub, connections)
}

fn fan_out(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hand an event to connections");
    for connections in [2, 100, 1_000] {
        group.throughput(Throughput::Elements(connections as u64));
        let id = BenchmarkId::from_parameter(connections);
        group.bench_function(id, |bencher| {
            bencher.iter_batched_ref(
                || hub(connections),
                |(hub, _)| hub.committed(vec![Change::Event(event(1))]),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn person(id: i64) -> Person {
    Person {
        id: UserId(id),
        username: format!("person{id}"),
        display_name: format!("Person {id}"),
        is_ambiguous: false,
    }
}

/// A live engine with one open thread.
fn engine() -> Engine {
    let head = ThreadHead {
        id: THREAD,
        kind: ThreadKind::Direct { other: person(2) },
        creator: UserId(1),
        created_at: 0,
        last_seq: 0,
        count: 0,
        last: None,
        mentions: Vec::new(),
        deleted: Vec::new(),
        hushed: Vec::new(),
        favourite: false,
        notify: NotifyChoice::default(),
        read: ReadMark::default(),
        pins: vec![],
        saved: vec![],
    };
    let threads = ThreadsPage {
        threads: vec![head],
        more: false,
    };
    let boot = Boot {
        is_site_admin: false,
        files: Default::default(),
        open_reports: 0,
        me: person(1),
        privacy: chapp::model::Privacy::default(),
        blocked: Vec::new(),
        threads: threads.clone(),
        people: PeoplePage {
            people: (1..=200).map(person).collect(),
            more: false,
        },
        online: Vec::new(),
        open: None,
    };
    let mut engine = Engine::new(boot, Vec::new(), 0, 1);
    let ready = ServerFrame::Ready {
        version: protocol::VERSION,
        me: UserId(1),
        threads: threads.threads,
        more_threads: false,
        missed: Vec::new(),
        online: Vec::new(),
        receipts: Vec::new(),
        privacy: chapp::model::Privacy::default(),
        blocked: Vec::new(),
    };
    for input in [
        Input::Start,
        Input::Opened,
        Input::Frame(ready),
        Input::Open(Some(THREAD)),
    ] {
        engine.handle(input, 1);
    }
    engine
}

fn reducing(criterion: &mut Criterion) {
    criterion.bench_function("the engine takes in 100 events", |bencher| {
        bencher.iter_batched_ref(
            || (engine(), (1..=100).map(event).collect::<Vec<_>>()),
            |(engine, events)| {
                for event in events.drain(..) {
                    let now = event.at;
                    black_box(engine.handle(Input::Frame(ServerFrame::Event(event)), now));
                }
            },
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, encoding, fan_out, reducing);
criterion_main!(benches);
