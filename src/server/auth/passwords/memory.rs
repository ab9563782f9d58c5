//! The memory for argon2: one buffer per running hash, reused while others wait, and returned to the operating system
//! when none does.
//!
//! By itself argon2 allocates for each hash, on whichever thread it runs. glibc keeps such a block in that thread's
//! arena after it is freed, so a burst of log-ins left some hundred megabytes behind.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::Block;
use zeroize::Zeroize;

/// Address space reserved for a buffer, in blocks of 1 KiB; only what a hash needs is ever touched. glibc maps
/// allocations larger than 32 MiB separately, whatever it has learnt of a program's allocations (mallopt(3),
/// `M_MMAP_THRESHOLD`), and unmaps them as soon as they are freed.
const RESERVED: usize = 32 * 1_024 + 64;

/// The buffers that are not in use.
pub(super) struct Memory {
    /// Blocks of an ordinary buffer.
    blocks: usize,
    state: Mutex<State>,
    /// The cost of all hashing so far: KiB of memory times passes.
    #[cfg(test)]
    work: std::sync::atomic::AtomicU64,
}

#[derive(Default)]
struct State {
    /// The number of hashes waiting for their turn.
    waiting: usize,
    /// Zeroed buffers for them. Empty when none waits.
    free: Vec<Vec<Block>>,
}

impl Memory {
    pub(super) fn new(blocks: usize) -> Self {
        Self {
            blocks,
            state: Mutex::default(),
            #[cfg(test)]
            work: std::sync::atomic::AtomicU64::new(0),
        }
    }

    /// Registers a waiting hash, so that a buffer is retained for it.
    pub(super) fn wait(self: &Arc<Self>) -> WaitingHash {
        self.state().waiting += 1;
        WaitingHash(Arc::clone(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn retained(&self) -> usize {
        self.state().free.len()
    }

    #[cfg(test)]
    pub(super) fn work(&self) -> u64 {
        self.work.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// A hash waiting for its turn.
pub(super) struct WaitingHash(Arc<Memory>);

impl WaitingHash {
    /// Starts the hash's turn.
    pub(super) fn take(self) -> Buffer {
        Buffer {
            blocks: self.0.state().free.pop().unwrap_or_default(),
            memory: Arc::clone(&self.0),
        }
    }
}

impl Drop for WaitingHash {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting -= 1;
        if state.waiting == 0 {
            state.free = Vec::new();
        }
    }
}

/// The memory of one hash.
pub(super) struct Buffer {
    blocks: Vec<Block>,
    memory: Arc<Memory>,
}

impl Buffer {
    /// At least this many blocks.
    pub(super) fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.blocks.len() < count {
            let size = count.max(self.memory.blocks);
            // Replaced rather than grown: growing would copy, and leave a copy behind.
            self.blocks = Vec::with_capacity(size.max(RESERVED));
            self.blocks.resize(size, Block::new());
        }
        &mut self.blocks
    }

    /// Adds the cost of a hash.
    #[cfg(test)]
    pub(super) fn count(&self, work: u64) {
        let all = &self.memory.work;
        all.fetch_add(work, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // `Vec::zeroize` would also empty it.
        self.blocks.iter_mut().zeroize();
        let mut state = self.memory.state();
        // A larger one was needed for a single stored hash.
        if state.waiting > 0 && self.blocks.len() == self.memory.blocks {
            state.free.push(std::mem::take(&mut self.blocks));
        }
    }
}
