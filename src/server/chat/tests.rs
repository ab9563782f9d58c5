//! What may be done, and by whom, against the real store.

mod allowed;
mod mentions;
mod random_walk;
