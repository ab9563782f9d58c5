//! The quick switcher: finds a thread, a person or a command by a few letters.

mod matching;

use leptos::ev::KeyboardEvent;
use leptos::html::{Input as InputElement, Ul};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::common::avatar::Avatar;
use super::common::badge::badge;
use super::common::erased::erase;
use super::common::icons::{Chevron, Search as Glass};
use super::common::room_icon::RoomIcon;
use super::context::overlay::{OpenOverlay, Overlay};
use crate::client::blob_store::log_out;
use crate::client::dom;
use crate::client::preferences::{Preferences, Theme};
use crate::client::reactive::{effect, handler, memo};
use crate::client::router::Router;
use crate::client::state::{ClientState, use_client};
use crate::model::names::folded;
use crate::model::{Person, ThreadHead, ThreadKind, UserId};
use crate::routes::{ADMIN, NEW_CHAT, NEW_ROOM, ROOMS, search_path, thread_path};
use matching::score;

/// The maximum number of choices.
const MAX_CHOICES: usize = 30;

/// What the direct thread with oneself is found by, besides the name.
const NOTES: &str = "Notes";

/// A target to open, or a command to run.
#[derive(Clone, Debug, PartialEq)]
enum Choice {
    Thread(Box<ThreadHead>),
    Person(Person),
    Command(Command),
    /// A search for the typed text in messages.
    Search(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    NewMessage,
    NewRoom,
    FindRooms,
    Theme(Theme),
    Keys,
    Admin,
    LogOut,
}

const COMMANDS: [(Command, &str); 9] = [
    (Command::NewMessage, "New message"),
    (Command::NewRoom, "New room"),
    (Command::FindRooms, "Find rooms"),
    (Command::Theme(Theme::System), "Theme: auto"),
    (Command::Theme(Theme::Light), "Theme: light"),
    (Command::Theme(Theme::Dark), "Theme: dark"),
    (Command::Keys, "Keyboard shortcuts"),
    (Command::Admin, "Administration"),
    (Command::LogOut, "Log out"),
];

/// The choices for the typed text, best match first. Of equal ones the latest thread comes first; without a text,
/// unread threads come before all others.
fn choices_for(chat: ClientState, typed: &str) -> Vec<Choice> {
    let query = folded(typed);
    let mut all: Vec<(i32, Choice)> = Vec::new();
    let mut talked_with = Vec::new();
    let me = chat.me().id;
    for head in chat
        .thread_ids()
        .into_iter()
        .filter_map(|id| chat.thread(id))
    {
        let also = match &head.kind {
            ThreadKind::Direct { other } => {
                talked_with.push(other.id);
                match other.id == me {
                    true => [NOTES, " ", &other.username].concat(),
                    false => other.username.clone(),
                }
            }
            ThreadKind::Room(_) => String::new(),
        };
        let name = chat.title(head.id).unwrap_or_default();
        if let Some(mut score) = score(&query, &name, &also) {
            score += 1;
            if chat.unread(head.id) > 0 {
                score += if query.is_empty() { 100 } else { 1 };
            }
            all.push((score, Choice::Thread(Box::new(head))));
        }
    }
    let others = chat.people_with(|person| {
        let is_other = !talked_with.contains(&person.id);
        let also = match person.id == me {
            true => [NOTES, " ", &person.username].concat(),
            false => person.username.clone(),
        };
        let score = score(&query, &person.display_name, &also)?;
        is_other.then(|| (score, Choice::Person(person.clone())))
    });
    let commands = COMMANDS.into_iter().filter_map(|(command, name)| {
        let is_there = command != Command::Admin || chat.is_site_admin;
        let score = score(&query, name, "")?;
        is_there.then_some((score - 1, Choice::Command(command)))
    });
    if query.is_empty() {
        // Without a text: threads, then commands, but no people, of whom there are many.
        all.truncate(MAX_CHOICES - COMMANDS.len());
        all.extend(commands);
    } else {
        all.extend(others);
        all.extend(commands);
    }
    // A stable sort, so that equal ones stay in order.
    all.sort_by_key(|(score, _)| -score);
    all.truncate(MAX_CHOICES);
    let mut choices: Vec<Choice> = all.into_iter().map(|(_, choice)| choice).collect();
    choices.push(Choice::Search(typed.trim().to_owned()));
    choices
}

#[component]
pub fn Switcher() -> impl IntoView {
    let chat = use_client();
    let go = Opener::here();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0);
    let choices = memo(move |_| typed.with(|typed| choices_for(chat, typed)));
    let count = move || choices.with(Vec::len);
    let field = NodeRef::<InputElement>::new();
    let list = NodeRef::<Ul>::new();
    effect(move |_| {
        if let Some(field) = field.get() {
            dom::after_render(move || drop(field.focus()));
        }
    });
    effect(move |_| {
        let at = at.get();
        choices.track();
        if let Some(list) = list.get() {
            dom::after_render(move || show_option(&list, at));
        }
    });
    let pressed = move |event: KeyboardEvent| {
        let count = count();
        match &*event.key() {
            _ if count == 0 => return,
            "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                let choice = choices.with(|all| all.get(at.get_untracked()).cloned());
                if let Some(choice) = choice {
                    go.to(choice);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        let all = choices.get().into_iter().enumerate();
        all.map(|(index, choice)| {
            view! { <ChoiceRow choice index at go /> }
        })
        .collect_view()
        .into_any()
    };
    view! {
        <div class="modal-head switcher-head">
            <Glass />
            <input
                class="switcher-field"
                type="text"
                role="combobox"
                autocomplete="off"
                autofocus
                aria-label="Go to a person, a room or a command"
                aria-autocomplete="list"
                aria-expanded="true"
                aria-controls="switcher-list"
                aria-activedescendant=move || option_id(at.get())
                placeholder="Search or go to…"
                node_ref=field
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    at.set(0);
                }
                on:keydown=pressed
            />
        </div>
        <p class="field-error" role="alert">
            {move || go.failed.get()}
        </p>
        <ul class="rows switcher-list" id="switcher-list" role="listbox" aria-label="Results" node_ref=list>
            {erase(options)}
        </ul>
        <p class="sr-only" role="status">
            {move || match count() {
                1 => "1 result".to_owned(),
                count => format!("{count} results"),
            }}
        </p>
    }
}

fn option_id(index: usize) -> String {
    format!("choice-{index}")
}

/// Scrolls the list to the active option.
fn show_option(list: &HtmlElement, at: usize) {
    let option = list.query_selector(&["#", &option_id(at)].concat());
    let option = option
        .ok()
        .flatten()
        .and_then(|it| it.dyn_into::<HtmlElement>().ok());
    let Some(option) = option else { return };
    let (top, height) = (
        option.offset_top() - list.offset_top(),
        option.offset_height(),
    );
    if top < list.scroll_top() {
        list.set_scroll_top(top);
    } else if top + height > list.scroll_top() + list.client_height() {
        list.set_scroll_top(top + height - list.client_height());
    }
}

#[component]
fn ChoiceRow(choice: Choice, index: usize, at: RwSignal<usize>, go: Opener) -> impl IntoView {
    let chat = use_client();
    let you = |id: UserId, username: &str| match id == chat.me().id {
        true => NOTES.to_owned(),
        false => ["@", username].concat(),
    };
    let (picture, name, more, unread) = match &choice {
        Choice::Thread(head) => {
            let (picture, more) = match &head.kind {
                ThreadKind::Direct { other } => {
                    let more = you(other.id, &other.username);
                    (view! { <Avatar person=other.clone() /> }.into_any(), more)
                }
                ThreadKind::Room(room) => {
                    let (is_private, is_group) = (room.is_private, room.is_group);
                    let more = if is_group { "Group" } else { "Room" };
                    (
                        view! { <RoomIcon is_private is_group /> }.into_any(),
                        more.to_owned(),
                    )
                }
            };
            let unread = chat.unread(head.id);
            let name = chat.title(head.id).unwrap_or_default();
            (picture, name, more, unread)
        }
        Choice::Person(person) => {
            let more = you(person.id, &person.username);
            let picture = view! { <Avatar person=person.clone() /> }.into_any();
            (picture, chat.shown(person), more, 0)
        }
        Choice::Command(command) => {
            let name = COMMANDS.iter().find(|(other, _)| other == command);
            let name = name.map_or("", |(_, name)| name).to_owned();
            let picture = view! { <span class="choice-glyph"><Chevron /></span> }.into_any();
            (picture, name, "Command".to_owned(), 0)
        }
        Choice::Search(text) => {
            let name = match &**text {
                "" => "Search messages".to_owned(),
                text => ["Search messages for “", text, "”"].concat(),
            };
            let picture = view! { <span class="choice-glyph"><Glass /></span> }.into_any();
            (picture, name, String::new(), 0)
        }
    };
    view! {
        <li
            class="row switcher-choice"
            role="option"
            id=option_id(index)
            aria-selected=move || (at.get() == index).to_string()
            on:mousemove=handler(move |_| {
                if at.get_untracked() != index {
                    at.set(index);
                }
            })
            on:click=handler(move |_| go.to(choice.clone()))
        >
            {picture}
            <span class="row-name" dir="auto">
                {name}
            </span>
            <span class="choice-more">{more}</span>
            {badge(unread)}
        </li>
    }
}

/// Carries out a choice.
#[derive(Clone, Copy)]
struct Opener {
    chat: ClientState,
    router: Router,
    open: OpenOverlay,
    failed: RwSignal<Option<String>>,
}

impl Opener {
    fn here() -> Self {
        Self {
            chat: use_client(),
            router: expect_context(),
            open: expect_context(),
            failed: RwSignal::new(None),
        }
    }

    fn to(self, choice: Choice) {
        match choice {
            Choice::Thread(head) => self.leave_for(&thread_path(head.id)),
            Choice::Person(person) => self.open_direct(person.id),
            Choice::Search(text) => self.leave_for(&search_path(&text)),
            Choice::Command(command) => self.carry_out(command),
        }
    }

    fn leave_for(self, path: &str) {
        self.open.set(None);
        self.router.go(path);
    }

    fn open_direct(self, person: UserId) {
        spawn_local(async move {
            match self.chat.open_direct(person).await {
                Ok(path) => self.leave_for(&path),
                Err(refused) => drop(self.failed.try_set(Some(refused.to_string()))),
            }
        });
    }

    fn carry_out(self, command: Command) {
        match command {
            Command::NewMessage => self.leave_for(NEW_CHAT),
            Command::NewRoom => self.leave_for(NEW_ROOM),
            Command::FindRooms => self.leave_for(ROOMS),
            Command::Admin => self.leave_for(ADMIN),
            Command::Keys => self.open.set(Some(Overlay::Keys)),
            Command::Theme(theme) => {
                Preferences::set_theme(theme);
                self.open.set(None);
            }
            Command::LogOut => log_out(self.chat.me().id),
        }
    }
}
