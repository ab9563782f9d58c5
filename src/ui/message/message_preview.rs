//! A short form of a message, shown apart from its thread: author, place, time and text, with a link.

use leptos::prelude::*;

use crate::client::clock::{TimeFormat, rfc3339};
use crate::model::names::isolated;
use crate::model::{Millis, Person, Seq, ThreadHead, ThreadId, ThreadKind};
use crate::routes::message_path;
use crate::ui::common::avatar::Avatar;

/// The link to the message at `seq`, with an excerpt.
pub fn excerpt(
    (thread, seq, at): (ThreadId, Seq, Millis),
    author: Option<&Person>,
    head: Option<&ThreadHead>,
    text: AnyView,
) -> AnyView {
    let clock = expect_context::<TimeFormat>();
    let place = head.map(|head| match &head.kind {
        ThreadKind::Room(room) => format!("in {}", isolated(&room.name)),
        ThreadKind::Direct { other } => format!("with {}", isolated(&other.shown())),
    });
    let name = author.map_or_else(|| "Someone".to_owned(), Person::shown);
    view! {
        <a class="row excerpt" href=message_path(thread, seq)>
            {author.map(|author| view! { <Avatar person=author.clone() /> })}
            <span class="row-text">
                <span class="row-line">
                    <span class="excerpt-author" dir="auto">
                        {name}
                    </span>
                    <span class="excerpt-place" dir="auto">
                        {place}
                    </span>
                    <time class="thread-time" datetime=rfc3339(at) title=move || clock.full(at)>
                        {move || clock.brief(at)}
                    </time>
                </span>
                <span class="excerpt-text" dir="auto">
                    {text}
                </span>
            </span>
        </a>
    }
    .into_any()
}
