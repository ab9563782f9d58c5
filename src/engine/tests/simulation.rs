//! Simulation: several engines, a server with real logs, and a network that drops, duplicates, delays, reorders and
//! loses. In the end all clients see the same, and everything they see meanwhile is true.
//!
//! It runs against a minimal server (thousands of steps per second), and against the chat, store and hub of chapp on a
//! database on disk. proptest prints the steps of a failed run, and replays them.

#[cfg(feature = "ssr")]
mod real;
mod server;
mod world;

use proptest::prelude::*;

use self::server::Server;
use self::world::{Step, World};
use super::*;

const USERS: [UserId; 3] = [UserId(1), UserId(2), UserId(3)];
/// The user of each client; one user has two tabs.
const TABS: [UserId; 4] = [UserId(1), UserId(2), UserId(3), UserId(1)];
/// The two members of each thread; the first created it.
const THREADS: [(ThreadId, UserId, UserId); 3] = [
    (ThreadId(1), UserId(1), UserId(2)),
    (ThreadId(2), UserId(1), UserId(3)),
    (ThreadId(3), UserId(2), UserId(3)),
];

fn is_member(thread: ThreadId, user: UserId) -> bool {
    let mut threads = THREADS.iter();
    threads.any(|&(id, a, b)| id == thread && (a == user || b == user))
}

/// A frame that the server sends on a connection; `Err`: it closes the connection with this code.
type Outgoing = Result<ServerFrame, u16>;

/// A server with [`THREADS`] in it, each already containing an entry. It handles requests at once; the network decides
/// when its answers arrive.
trait Backend {
    /// Opens a connection for this user and returns its number.
    fn connect(&mut self, user: UserId) -> usize;

    /// Whether the rate limit admits this frame now.
    fn admit(&mut self, user: UserId, frame: &ClientFrame, now: Millis) -> Result<(), Refusal>;

    /// Handles an admitted frame of a client.
    fn take(&mut self, connection: usize, frame: ClientFrame);

    /// The frames sent on a connection since the last call.
    fn outgoing(&mut self, connection: usize) -> Vec<Outgoing>;

    /// A user without a tab writes `count` messages at once.
    fn write_much(&mut self, thread: ThreadId, count: usize);

    /// Applies `body` to a message, if there is one and it permits that, by a user who may.
    fn amend(&mut self, thread: ThreadId, actor: UserId, body: EventBody);

    /// The server's log, to which clients are compared.
    fn log(&self, thread: ThreadId) -> &[Event];

    /// The position in the log of the message that this user sent with this id.
    fn position(&self, user: UserId, id: ClientId) -> Option<Seq>;

    fn heads(&self, user: UserId) -> Vec<ThreadHead>;

    fn page(&self, user: UserId, thread: ThreadId, position: Position) -> Page;

    /// How far the others have read.
    fn readers(&self, viewer: UserId, thread: ThreadId) -> Vec<(UserId, Seq)>;
}

fn run(server: impl Backend, seed: u64, knows_threads: bool, steps: Vec<Step>) {
    let mut world = World::new(server, seed, knows_threads);
    for step in steps {
        world.step(step);
    }
    world.heal();
    world.check_all();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn clients_converge_on_any_network(
        seed: u64,
        knows_threads: bool,
        steps in prop::collection::vec(any::<Step>(), 1..400),
    ) {
        run(Server::new(), seed, knows_threads, steps);
    }
}

#[cfg(feature = "ssr")]
proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn clients_converge_on_the_stored_log_on_any_network(
        seed: u64,
        knows_threads: bool,
        steps in prop::collection::vec(any::<Step>(), 100..400),
    ) {
        run(real::Chapp::start(), seed, knows_threads, steps);
    }
}
