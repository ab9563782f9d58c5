//! Several engines, a server with real logs, and a network that drops, delays and loses: whatever happens,
//! everybody sees the same in the end, and what they see meanwhile is true.

mod server;
mod world;

use proptest::prelude::*;

use self::world::{Step, World};
use super::*;

const USERS: [UserId; 3] = [UserId(1), UserId(2), UserId(3)];
/// Whose each client is: one person has two tabs.
const TABS: [UserId; 4] = [UserId(1), UserId(2), UserId(3), UserId(1)];
/// Between whom each thread is.
const THREADS: [(ThreadId, UserId, UserId); 3] = [
    (ThreadId(1), UserId(1), UserId(2)),
    (ThreadId(2), UserId(1), UserId(3)),
    (ThreadId(3), UserId(2), UserId(3)),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_network_does_everybody_ends_up_with_the_same(
        seed: u64,
        knows_threads: bool,
        steps in prop::collection::vec(any::<Step>(), 1..400),
    ) {
        let mut world = World::new(seed, knows_threads);
        for step in steps {
            world.step(step);
        }
        world.heal();
        world.check_all();
    }
}
