//! The bar over a message, shown for the message that has the pointer or the focus: reactions, reply, edit, save,
//! and the menu with the rest. With a finger, only the button that opens the rest.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::used_emoji::{self, often};
use crate::client::api::calls;
use crate::client::dom;
use crate::client::reactive::{handler, memo};
use crate::client::shortcuts::{Action, Place, has_letters, key_of, pressed};
use crate::model::Seq;
use crate::ui::common::erased::erase;
use crate::ui::common::icons::{Bookmark, More, Pen, Reply, Smile};
use crate::ui::context::confirmation::{Confirmation, use_dialog};
use crate::ui::context::floating::{Floating, use_floats};
use crate::ui::context::open_thread::{OpenThread, use_open_thread};
use crate::ui::lazy::loader::spawn;
use crate::ui::lazy::{Lazy, LazyView, VIEWS};

/// The number of reactions in the bar.
const REACTIONS: usize = 3;

/// The place of the bar. `seq`: 0 while the message is not in the log.
#[component]
pub fn MessageActions(seq: Memo<Seq>, mine: bool) -> impl IntoView {
    let open_thread = use_open_thread();
    let floats = use_floats();
    let shown = memo(move |_| {
        let seq = Some(seq.get()).filter(|&seq| seq > 0);
        // What was opened from the bar needs its button.
        let at_hand = [
            open_thread.pointed.get(),
            open_thread.focused.get(),
            floats.message(),
        ];
        seq.is_some() && at_hand.contains(&seq)
    });
    erase(move || {
        let view = || LazyView::Actions(seq.get_untracked(), mine);
        shown
            .get()
            .then(|| view! { <Lazy view=view() /> }.into_any())
    })
}

/// The buttons of the bar.
#[component]
pub fn Buttons(seq: Seq, mine: bool) -> impl IntoView {
    let open_thread = use_open_thread();
    if dom::is_touch() {
        let class = "message-actions touch";
        return view! { <div class=class>{more(open_thread, seq)}</div> }.into_any();
    }
    view! {
        <div class="message-actions" role="group" aria-label="Message actions">
            {move || open_thread.may_respond.get().then(|| reactions(open_thread, seq))}
            {move || {
                let reply = move || open_thread.reply(seq);
                let edit = move || open_thread.edit(seq);
                open_thread.may_post.get().then(|| {
                    let edit = mine.then(|| action("Edit", Action::Edit, view! { <Pen /> }.into_any(), edit));
                    view! {
                        {action("Reply", Action::Reply, view! { <Reply /> }.into_any(), reply)}
                        {edit}
                    }
                })
            }}
            {move || {
                let saved = open_thread.is_saved(seq);
                let name = if saved { "Remove from saved" } else { "Save" };
                action(name, Action::Save, view! { <Bookmark /> }.into_any(), move || open_thread.save(seq, !saved))
            }}
            {more(open_thread, seq)}
            {in_menu(open_thread, seq, mine)}
        </div>
    }
    .into_any()
}

/// What only the menu shows, as hidden buttons for the keys: see [`press`].
fn in_menu(open_thread: OpenThread, seq: Seq, mine: bool) -> AnyView {
    let dialog = use_dialog();
    let pin = move |_| {
        open_thread.pin(seq, !untrack(|| open_thread.is_pinned(seq)));
    };
    let delete = move |_| dialog.ask(delete_question(open_thread, seq));
    view! {
        {move || {
            (open_thread.may_pin.get()).then(|| {
                view! { <button type="button" hidden data-key=key_of(Action::Pin) on:click=pin></button> }
                    .into_any()
            })
        }}
        {move || {
            (mine || open_thread.may_manage.get()).then(|| {
                view! { <button type="button" hidden data-key=key_of(Action::Delete) on:click=delete></button> }
                    .into_any()
            })
        }}
    }
    .into_any()
}

/// The question before a message is deleted.
#[must_use]
pub fn delete_question(open_thread: OpenThread, seq: Seq) -> Confirmation {
    Confirmation::plain(
        "Delete this message?".to_owned(),
        "This deletes it for everyone. \"Message deleted\" stays in its place.".to_owned(),
        "Delete",
        calls::delete_message(open_thread.thread, seq),
    )
}

/// The reactions that the user gives most, and the picker for all others.
fn reactions(open_thread: OpenThread, seq: Seq) -> AnyView {
    let floats = use_floats();
    let often = often(REACTIONS).into_iter();
    let often = often.map(move |emoji| reaction(open_thread, seq, emoji, || {}));
    view! {
        {often.collect_view()}
        <button
            type="button"
            aria-label="Add a reaction"
            title="Add a reaction (+)"
            data-key=key_of(Action::React)
            aria-haspopup="dialog"
            aria-expanded="false"
            on:click=move |event| floats.open(&event, Floating::Emoji(open_thread, seq))
        >
            <Smile />
        </button>
    }
    .into_any()
}

/// A button that adds a reaction, or takes the user's own back. `then`: called afterwards.
pub fn reaction(
    open_thread: OpenThread,
    seq: Seq,
    emoji: String,
    then: impl Fn() + Send + 'static,
) -> AnyView {
    let name = ["React with ", &emoji].concat();
    let shown = emoji.clone();
    let react = move |_| {
        let is_given = open_thread.has_reacted(seq, &emoji);
        if !is_given {
            used_emoji::note(&emoji);
        }
        open_thread.react(seq, &emoji, !is_given);
        then();
    };
    view! {
        <button
            type="button"
            class="emoji"
            aria-label=name.clone()
            title=name
            on:click=react
        >
            {shown}
        </button>
    }
    .into_any()
}

fn more(open_thread: OpenThread, seq: Seq) -> AnyView {
    let floats = use_floats();
    let is_touch = dom::is_touch();
    let open = move |event: leptos::ev::MouseEvent| {
        let what = match is_touch {
            true => Floating::Pressed(open_thread, seq),
            false => Floating::Message(open_thread, seq),
        };
        floats.open(&event, what);
    };
    view! {
        <button
            type="button"
            aria-label="More"
            title="More (Enter)"
            data-key=key_of(Action::Menu)
            aria-haspopup=if is_touch { "dialog" } else { "menu" }
            aria-expanded="false"
            on:click=open
        >
            <More />
        </button>
    }
    .into_any()
}

/// A button, which its key presses while the message has the focus: see [`press`].
fn action(
    name: &'static str,
    does: Action,
    icon: AnyView,
    act: impl Fn() + Send + 'static,
) -> AnyView {
    let key = key_of(does);
    let title = [name, " (", key, ")"].concat();
    view! {
        <button type="button" aria-label=name title=title data-key=key on:click=handler(move |_| act())>
            {icon}
        </button>
    }
    .into_any()
}

/// Presses the button with the key that was pressed on a message. Returns whether the key is one of these: a button is
/// only there for what the user may do.
///
/// The bar appears with the focus, unless its code is still being loaded. Then the key waits for it.
pub fn press(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let message = target.filter(|it| it.matches("article").unwrap_or(false));
    let Some(message) = message.filter(|_| has_letters()) else {
        return false;
    };
    let Some(action) = pressed(event, Place::Message) else {
        return false;
    };
    if VIEWS.get().is_some() {
        return click(&message, action);
    }
    spawn(async move {
        if VIEWS.load().await.is_some() {
            dom::after_render(move || {
                if document().active_element().as_ref() == Some(&message) {
                    click(&message, action);
                }
            });
        }
    });
    true
}

/// Clicks the button with this key. Returns whether there is one.
fn click(message: &Element, action: Action) -> bool {
    let button = message.query_selector(&["[data-key='", key_of(action), "']"].concat());
    let button = button.ok().flatten();
    let button = button.and_then(|it| it.dyn_into::<HtmlElement>().ok());
    button.is_some_and(|button| {
        button.click();
        true
    })
}
