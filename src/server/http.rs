//! HTTP: the routes, the middleware around every request and response, and the data that pages start from.

pub mod bodies;
pub mod client_address;
pub mod downloads;
pub mod error;
pub mod fetch_site;
pub mod headers;
pub mod page;
pub mod plain_forms;
pub mod post_form;
pub mod probes;
pub mod push;
pub mod request;
pub mod request_log;
pub mod router;
pub mod security_txt;
pub mod session;
pub mod uploads;
