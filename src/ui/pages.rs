//! The pages of the site: the chat, log-in and sign-up, and the page for an unknown address.

pub mod auth_page;
pub mod chat_page;
pub mod log_in_page;
pub mod not_found;
pub mod page_data_script;
pub mod sign_up_page;
