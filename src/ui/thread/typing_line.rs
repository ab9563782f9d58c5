//! The typing indicator, between the messages and the composer. Its space is always reserved, so that nothing
//! moves. Screen readers can read it but don't announce it, which would be all the time.

use leptos::prelude::*;

use crate::client::reactive::memo;
use crate::client::state::use_client;
use crate::model::names::isolated;
use crate::model::{ThreadId, limits};
use crate::ui::common::erased::erase;

#[component]
pub fn TypingLine(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let typing = memo(move |_| chat.typing(id));
    let text = move || {
        let typing = typing.get();
        let names = typing.iter().take(limits::TYPING_NAMED);
        let names: Vec<String> = names.map(|user| isolated(&chat.name(*user))).collect();
        sentence(&names, typing.len())
    };
    let dots = move || {
        let is_any = typing.with(|typing| !typing.is_empty());
        is_any.then(|| {
            view! {
                <span class="typing-dots" aria-hidden="true">
                    <i></i>
                    <i></i>
                    <i></i>
                </span>
            }
            .into_any()
        })
    };
    view! {
        <p class="typing">
            {erase(dots)}
            <span class="typing-text" dir="auto">
                {erase(text)}
            </span>
        </p>
    }
}

/// The sentence for `count` users, the first of whom have these names.
fn sentence(names: &[String], count: usize) -> String {
    match names {
        [] => String::new(),
        [one] if count == 1 => format!("{one} is typing…"),
        [one, other] if count == 2 => format!("{one} and {other} are typing…"),
        _ => "Several people are typing…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn up_to_two_users_are_named() {
        let names = ["Ana".to_owned(), "Ben".to_owned()];
        assert_eq!(sentence(&[], 0), "");
        assert_eq!(sentence(&names[..1], 1), "Ana is typing…");
        assert_eq!(sentence(&names, 2), "Ana and Ben are typing…");
        assert_eq!(sentence(&names, 3), "Several people are typing…");
    }
}
