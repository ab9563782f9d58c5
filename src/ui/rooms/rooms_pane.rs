//! The directory of rooms: public ones, searchable by name, and the form to join private ones.

use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::html::Input as InputElement;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::room_card_pane::use_enter;
use crate::client::api;
use crate::client::api::forms::JOIN_PRIVATE_ROOM;
use crate::client::api::forms::JOIN_ROOM;
use crate::client::page_data;
use crate::client::reactive::{effect, handler};
use crate::model::names::isolated;
use crate::model::{self, Refusal, RoomCard, RoomsPage};
use crate::routes::{NEW_ROOM, ROOMS, thread_path};
use crate::ui::common::debounce::{Debounce, Latest};
use crate::ui::common::field::FormField;
use crate::ui::common::icons::{Plus, Search};
use crate::ui::common::pane_header::PaneHeader;
use crate::ui::common::room_icon::{RoomIcon, members_text};
use crate::ui::common::submission::{FormError, Submission};

/// The pause in typing before a search.
const PAUSE: Duration = Duration::from_millis(200);

/// The directory of rooms.
#[component]
pub fn RoomsPane() -> impl IntoView {
    let brought = page_data::take();
    view! {
        <PaneHeader name="Rooms">
            <a class="button small" href=NEW_ROOM>
                <Plus />
                "New room"
            </a>
        </PaneHeader>
        <div class="pane-scroll">
            <div class="pane-content">
                <Directory brought=brought.rooms />
                <JoinPrivate refused=brought.refused />
            </div>
        </div>
    }
}

/// The fetched part of the list.
#[derive(Clone, Copy)]
struct List {
    page: RwSignal<RoomsPage>,
    /// The text to search for.
    part: RwSignal<String>,
    loading: RwSignal<bool>,
    failed: RwSignal<Option<Refusal>>,
    request: Latest,
}

impl List {
    /// Fetches the first page, or the next one (`onwards`).
    fn fetch(self, onwards: bool) {
        let request = self.request.begin();
        self.loading.set(true);
        let part = self.part.get_untracked();
        let last = self
            .page
            .with_untracked(|page| page.rooms.last().map(|room| room.id));
        spawn_local(async move {
            let answer = api::rooms(&part, last.filter(|_| onwards)).await;
            if !self.request.is(request) {
                return;
            }
            self.loading.set(false);
            match answer {
                Ok(page) => {
                    self.failed.set(None);
                    self.page.update(|all| {
                        if !onwards {
                            all.rooms.clear();
                        }
                        all.more = page.more;
                        all.rooms.extend(page.rooms);
                    });
                }
                Err(refusal) => self.failed.set(Some(refusal)),
            }
        });
    }
}

#[component]
fn Directory(brought: Option<(String, RoomsPage)>) -> impl IntoView {
    let fresh = brought.is_none();
    let (query, page) = brought.unwrap_or_default();
    let list = List {
        page: RwSignal::new(page),
        part: RwSignal::new(query.clone()),
        loading: RwSignal::new(fresh),
        failed: RwSignal::new(None),
        request: Latest::new(),
    };
    let field = NodeRef::<InputElement>::new();
    let debounce = Debounce::new(PAUSE);
    let typed = move |text: String| {
        list.part.set(text);
        debounce.run(move || list.fetch(false));
    };
    effect(move |_| {
        // The user may have typed before hydration.
        let early = field.get().map(|field| field.value());
        if let Some(early) = early.filter(|text| *text != list.part.get_untracked()) {
            typed(early);
        } else if fresh {
            list.fetch(false);
        }
    });
    let nothing = move || {
        let text = match (list.failed.get(), list.part.with(String::is_empty)) {
            (Some(refusal), _) => refusal.to_string(),
            _ if list.loading.get() || list.page.with(|page| !page.rooms.is_empty()) => {
                return None;
            }
            (None, true) => "No public rooms yet. Create the first one.".to_owned(),
            (None, false) => "No rooms found".to_owned(),
        };
        Some(view! { <p class="hint">{text}</p> })
    };
    view! {
        <form class="search" role="search" method="get" action=ROOMS on:submit=move |event| {
            event.prevent_default();
            list.fetch(false);
        }>
            <label class="sr-only" for="rooms-search">
                "Find a room"
            </label>
            <Search />
            <input
                id="rooms-search"
                type="search"
                name="q"
                value=query
                autocomplete="off"
                placeholder="Find a room"
                node_ref=field
                on:input=move |event| typed(event_target_value(&event))
            />
        </form>
        <ul class="room-list" aria-label="Public rooms" aria-busy=move || list.loading.get().to_string()>
            <For
                each=move || list.page.get().rooms
                key=RoomCard::clone
                let:room
            >
                <RoomItem room />
            </For>
        </ul>
        <div role="status">{nothing}</div>
        <Show when=move || list.page.with(|page| page.more)>
            <button type="button" class="button quiet live-only" on:click=handler(move |_| list.fetch(true))>
                "Show more rooms"
            </button>
        </Show>
    }
}

/// One room of the directory.
#[component]
fn RoomItem(room: RoomCard) -> impl IntoView {
    let attempt = Submission::new(None);
    let enter = use_enter();
    let sent = move |event: SubmitEvent| attempt.submit(&event, enter);
    let name = isolated(&room.name);
    let way_in = if room.is_member {
        view! {
            <a class="button small" href=thread_path(room.id) aria-label=format!("Open {}", name)>
                "Open"
            </a>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action=JOIN_ROOM on:submit=sent>
                <input type="hidden" name="thread" value=room.id.to_string() />
                <button
                    class="button small accent"
                    aria-label=format!("Join {}", name)
                    disabled=move || attempt.pending.get()
                >
                    "Join"
                </button>
            </form>
        }
        .into_any()
    };
    let topic = (!room.topic.is_empty()).then(|| {
        view! {
            <span class="room-item-topic" dir="auto">
                {room.topic}
            </span>
        }
    });
    view! {
        <li class="room-item">
            <RoomIcon is_private=room.is_private />
            <div class="row-text">
                <span class="room-item-name" dir="auto">
                    {room.name}
                </span>
                {topic}
                <span class="room-item-count">{members_text(room.members)}</span>
                <p class="field-error" role="alert">
                    {attempt.error()}
                </p>
            </div>
            {way_in}
        </li>
    }
}

/// The form to join a private room by its exact name and its key.
#[component]
fn JoinPrivate(refused: Option<Refusal>) -> impl IntoView {
    let attempt = Submission::new(refused);
    let enter = use_enter();
    let sent = move |event: SubmitEvent| attempt.submit(&event, enter);
    view! {
        <section class="pane-section" aria-labelledby="join-private">
            <h2 id="join-private">"Join a private room"</h2>
            <p class="section-hint">
                "Private rooms aren't listed. Ask a member for the exact name and the key, or for an invite link."
            </p>
            <form class="narrow" method="post" action=JOIN_PRIVATE_ROOM on:submit=sent>
                <FormError text=attempt.error_of(None) />
                <FormField
                    label="Room name"
                    name="name"
                    autocomplete="off"
                    required=true
                    error=attempt.error_of(Some(model::Field::Name))
                />
                <FormField
                    label="Key"
                    name="key"
                    autocomplete="off"
                    password=true
                    required=true
                    error=attempt.error_of(Some(model::Field::Key))
                />
                <button class="button primary" disabled=move || attempt.pending.get()>
                    "Join"
                </button>
            </form>
        </section>
    }
}
