//! Who somebody is: names, passwords, the pace of log-ins, session tokens.
//!
//! Pure rules and the hashing of passwords. What is stored, and who may do what, is not here: see
//! `server::store` and `server::chat`.

pub mod accounts;
pub mod device;
pub mod names;
pub mod network;
pub mod next_path;
pub mod passwords;
pub mod throttle;
pub mod tokens;
pub mod user_agent;

pub use device::Devices;
pub use names::{Username, lookup_key, username};
pub use next_path::next_path;
pub use passwords::{Asker, Passwords, check_strength};
pub use throttle::Throttle;
pub use tokens::{SessionCookie, SessionToken};
