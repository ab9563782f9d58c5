//! Several engines, a server with real logs, and a network that drops, doubles, delays, reorders and loses:
//! whatever happens, everybody sees the same in the end, and what they see meanwhile is true.
//!
//! Twice: against a server of some lines, thousands of steps in a second; and against chapp's own chat, store and
//! hub, on a database on the disk. proptest prints the steps of a run that fails, and runs them again.

#[cfg(feature = "ssr")]
mod real;
mod server;
mod world;

use proptest::prelude::*;

use self::server::Server;
use self::world::{Step, World};
use super::*;

const USERS: [UserId; 3] = [UserId(1), UserId(2), UserId(3)];
/// Whose each client is: one person has two tabs.
const TABS: [UserId; 4] = [UserId(1), UserId(2), UserId(3), UserId(1)];
/// Between whom each thread is. The first of them has made it.
const THREADS: [(ThreadId, UserId, UserId); 3] = [
    (ThreadId(1), UserId(1), UserId(2)),
    (ThreadId(2), UserId(1), UserId(3)),
    (ThreadId(3), UserId(2), UserId(3)),
];

fn is_member(thread: ThreadId, user: UserId) -> bool {
    let mut threads = THREADS.iter();
    threads.any(|&(id, a, b)| id == thread && (a == user || b == user))
}

/// What a server says on a connection; `Err`: it closes it, with this code.
type Said = Result<ServerFrame, u16>;

/// A server with [`THREADS`] in it, at whose beginning something stands already. It does what it is asked at
/// once; when its answers arrive is the network's to say.
trait Backend {
    /// A new connection of this user's; returns its number.
    fn connect(&mut self, user: UserId) -> usize;

    /// Whether this user may say this at this moment, or is going too fast.
    fn admit(&mut self, user: UserId, frame: &ClientFrame, now: Millis) -> Result<(), Refusal>;

    /// A frame of the client's arrives, and may.
    fn take(&mut self, connection: usize, frame: ClientFrame);

    /// What was said on a connection since this was last asked.
    fn said(&mut self, connection: usize) -> Vec<Said>;

    /// Somebody without a tab writes a lot at once.
    fn write_much(&mut self, thread: ThreadId, count: usize);

    /// This is done to a message, if there is one and it can be, by somebody who may.
    fn amend(&mut self, thread: ThreadId, actor: UserId, body: EventBody);

    /// The truth.
    fn log(&self, thread: ThreadId) -> &[Event];

    /// Where the log has what this user sent with this id.
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
    fn whatever_the_network_does_everybody_ends_up_with_the_same(
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
    fn whatever_the_network_does_everybody_ends_up_with_what_chapp_has_stored(
        seed: u64,
        knows_threads: bool,
        steps in prop::collection::vec(any::<Step>(), 100..400),
    ) {
        run(real::Chapp::start(), seed, knows_threads, steps);
    }
}
