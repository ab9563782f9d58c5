//! A room that the user is not in, by its address or an invite link: its description, and the button to join.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api::{self, forms};
use crate::client::page_data;
use crate::client::reactive::effect;
use crate::client::router::Router;
use crate::client::state::use_client;
use crate::model::{Refusal, RoomCard, ThreadHead};
use crate::routes::thread_path;
use crate::ui::common::empty_state::NothingHere;
use crate::ui::common::icons::{Back, Leave};
use crate::ui::common::room_icon::{RoomIcon, members_text};
use crate::ui::common::submission::{FormError, Submission};
use crate::ui::context::way_in::WayIn;
use crate::ui::thread::unsent::UnsentNotice;

/// The target of the link: a room, or `None` for the site as a whole.
type Found = Result<Option<RoomCard>, Refusal>;

#[component]
pub fn RoomCardPane(way: WayIn) -> impl IntoView {
    let brought = page_data::take();
    let refused = brought.refused;
    let known: Option<Found> = match (brought.card, refused.clone()) {
        (Some(card), _) => Some(Ok(Some(card))),
        (None, Some(refusal)) => Some(Err(refusal)),
        (None, None) => None,
    };
    let found = RwSignal::new(known);
    let attempt = Submission::new(refused);
    let requested = way.clone();
    effect(move |_| {
        if found.with_untracked(Option::is_some) {
            return;
        }
        let way = requested.clone();
        spawn_local(async move {
            let answer = match &way {
                WayIn::Room(thread) => api::room_card(*thread).await,
                WayIn::Invite(token) => api::invite(token).await,
            };
            let _ = found.try_set(Some(answer));
        });
    });
    move || match found.get() {
        None => view! { <p class="empty-state" aria-busy="true"></p> }.into_any(),
        Some(Ok(Some(card))) => view! { <Card card way=way.clone() attempt /> }.into_any(),
        Some(Ok(None)) => said(
            "You're already a member",
            "This link invites people to this site. You can share it.",
        ),
        Some(Err(Refusal::InviteInvalid)) => said(
            "This link no longer works",
            "It has expired, been used up or been revoked. Ask for a new one.",
        ),
        Some(Err(Refusal::NotFound)) => view! { <NothingHere /> }.into_any(),
        Some(Err(refusal)) => said("That didn't work", &refusal.to_string()),
    }
}

fn said(heading: &'static str, text: &str) -> AnyView {
    view! {
        <div class="empty-state">
            <Leave />
            <h1>{heading}</h1>
            <p>{text.to_owned()}</p>
            <p>
                <a class="button" href="/">
                    "Back to chats"
                </a>
            </p>
        </div>
    }
    .into_any()
}

/// The card, with the button to join or open the room.
#[component]
fn Card(card: RoomCard, way: WayIn, attempt: Submission) -> impl IntoView {
    let (address, name, value) = match way {
        WayIn::Room(id) => (forms::JOIN_ROOM, "thread", id.to_string()),
        WayIn::Invite(token) => (forms::ACCEPT_INVITE, "token", token),
    };
    let enter = use_enter();
    let pending = attempt.pending;
    let sent = move |event: SubmitEvent| attempt.submit(&event, enter);
    let id = card.id;
    let way_in = if card.is_member {
        // A new document, since this window doesn't know the room yet.
        view! {
            <a class="button primary" href=thread_path(id) rel="external">
                "Open"
            </a>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action=address on:submit=sent>
                <FormError text=attempt.error() />
                <input type="hidden" name=name value=value />
                <button class="button primary" disabled=move || pending.get()>
                    "Join room"
                </button>
            </form>
        }
        .into_any()
    };
    let topic = (!card.topic.is_empty()).then(|| {
        view! {
            <p class="room-card-topic" dir="auto">
                {card.topic}
            </p>
        }
    });
    view! {
        <a class="icon-button back pane-back" href="/" aria-label="Back to chats">
            <Back />
        </a>
        <div class="room-card">
            <RoomIcon is_private=card.is_private />
            <h1 dir="auto">{card.name}</h1>
            {topic}
            <p class="room-card-count">{members_text(card.members)}</p>
            {way_in}
            <UnsentNotice thread=Some(id) />
        </div>
    }
}

/// Handles the answer to joining or creating a room: opens the room.
pub fn use_enter() -> impl Fn(api::Answer) + Copy + 'static {
    let chat = use_client();
    let router = expect_context::<Router>();
    move |answer: api::Answer| {
        // With an unreadable answer, the room appears when the page is reloaded.
        if let Ok(head) = answer.parse::<ThreadHead>() {
            router.go(&chat.enter(head));
        }
    }
}
