//! Browser only: carries out what the engine wants (socket, timers, storage, visibility).

/// Starts the client.
pub fn start() {}
