//! Authentication: names, passwords, rate limits of log-ins, session tokens.
//!
//! Pure rules and password hashing. Storage and authorization are elsewhere: see `server::store` and `server::chat`.

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
