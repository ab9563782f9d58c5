//! A notice between messages: an event of the room, with its time.

use leptos::prelude::*;

use crate::client::clock::{TimeFormat, rfc3339};
use crate::client::state::{ClientState, use_client};
use crate::model::UserId;
use crate::ui::common::erased::erase;
use crate::ui::rows::notice::Notice;

fn name_of(chat: ClientState, user: UserId) -> String {
    if user == chat.me().id {
        "You".to_owned()
    } else {
        chat.name(user)
    }
}

#[component]
pub fn NoticeLine(notice: Notice) -> impl IntoView {
    let chat = use_client();
    let clock = expect_context::<TimeFormat>();
    let at = notice.at;
    let text = move || notice.text(|user| name_of(chat, user));
    view! {
        <p class="notice-line">
            <span dir="auto">{erase(text)}</span>
            <time datetime=rfc3339(at) title=move || clock.full(at)>
                {move || clock.time_of_day(at)}
            </time>
        </p>
    }
}
