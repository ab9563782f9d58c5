//! Authentication: names, passwords, rate limits of log-ins, session tokens.
//!
//! Pure rules and password hashing. Storage and authorization are elsewhere: see `server::store` and `server::chat`.

pub mod accounts;
pub mod device;
pub mod log_in_throttle;
pub mod names;
pub mod network;
pub mod passwords;
pub mod redirect;
pub mod tokens;
pub mod user_agent;

pub use device::Devices;
pub use log_in_throttle::Throttle;
pub use names::{Username, lookup_key, username};
pub use passwords::{Asker, Passwords, check_strength};
pub use redirect::next_path;
pub use tokens::{SecretToken, SessionCookie};
