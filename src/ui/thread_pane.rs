//! An open thread: its head, its messages, and the composer.

use leptos::prelude::*;

use super::chat::use_chat;
use super::composer::Composer;
use super::empty_state::NothingHere;
use super::log::Log;
use super::thread_header::ThreadHeader;
use crate::model::{Refusal, ThreadId};

/// An open thread. Made anew for each thread.
#[component]
pub fn ThreadPane(id: ThreadId) -> impl IntoView {
    let chat = use_chat();
    let gone = Memo::new(move |_| {
        chat.timeline(id)
            .is_some_and(|timeline| timeline.failed == Some(Refusal::NotFound))
    });
    move || {
        if gone.get() {
            view! { <NothingHere /> }.into_any()
        } else {
            view! {
                <ThreadHeader id />
                <Log id />
                <Composer id />
            }
            .into_any()
        }
    }
}
