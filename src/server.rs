//! The server: everything that is compiled only for it.

pub mod doors;
