//! The quote of the message that a reply refers to, with a link to it.

use leptos::prelude::*;

use crate::client::state::use_client;
use crate::model::ThreadId;
use crate::model::thread::{BLOCKED, DELETED};
use crate::routes::message_path;
use crate::ui::common::erased::erase;
use crate::ui::common::icons::Reply;
use crate::ui::context::message_signals::MessagePart;
use crate::ui::markdown::loader::MarkdownContext;

/// The quote above a reply.
#[component]
pub fn QuoteLink(thread: ThreadId, reply: Memo<MessagePart>) -> impl IntoView {
    let chat = use_client();
    let marked = expect_context::<MarkdownContext>();
    erase(move || {
        let quote = reply.with(|reply| reply.of.reply.clone());
        quote.map(|quote| {
            let author = quote.author;
            let (class, text) = match quote.text {
                Some(_) if chat.is_folded(thread, author) => {
                    ("quote-text message-deleted", BLOCKED.into())
                }
                Some(text) => ("quote-text", marked.plain(text)),
                None => ("quote-text message-deleted", DELETED.to_owned()),
            };
            view! {
                <a class="quote" href=message_path(thread, quote.seq)>
                    <Reply />
                    <span class="sr-only">"Reply to "</span>
                    <span class="quote-author" dir="auto">
                        {move || chat.name(author)}
                    </span>
                    <span class=class dir="auto">
                        {text}
                    </span>
                </a>
            }
            .into_any()
        })
    })
}
