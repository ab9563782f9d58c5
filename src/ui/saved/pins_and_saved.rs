//! Lists of message excerpts with links: the pinned messages of a thread, and the user's saved ones.

use leptos::prelude::*;

use crate::client::api::{self, calls};
use crate::client::reactive::{handler, memo};
use crate::client::state::use_client;
use crate::model::thread::{BLOCKED, DELETED};
use crate::model::{Event, Excerpts, Seq, ThreadId};
use crate::ui::common::fetch::{Fetched, LoadingText, fetched, waiting_text};
use crate::ui::common::icons::{Bookmark, Close};
use crate::ui::common::pane_header::PaneHeader;
use crate::ui::context::open_thread::use_open_thread;
use crate::ui::context::toasts::{Undoable, use_toasts};
use crate::ui::markdown::loader::MarkdownContext;
use crate::ui::message::message_preview::excerpt;

/// Removes an entry from the list.
type TakeOut = Callback<(ThreadId, Seq)>;

/// The pinned messages of the open thread.
#[component]
pub fn Pins(thread: ThreadId) -> impl IntoView {
    let open_thread = use_open_thread();
    let changed = RwSignal::new(0);
    Effect::new(move |before: Option<Vec<Seq>>| {
        let pins = open_thread.pins.get();
        if before.is_some_and(|before| before != pins) {
            changed.update(|times| *times += 1);
        }
        pins
    });
    let found = fetched(changed, move || api::pins(thread));
    let out = Callback::new(move |(_, seq)| open_thread.pin(seq, false));
    let may_pin = open_thread.may_pin.get_untracked();
    view! {
        <div class="excerpts in-sheet" on:click=move |event| {
            if crate::client::router::is_link(&event) {
                open_thread.dialog.set(None);
            }
        }>
            <List
                found
                is_of_one=true
                nothing="No pinned messages"
                out=may_pin.then_some(("Unpin", out))
            />
        </div>
    }
}

/// The messages that the user has saved for later.
#[component]
pub fn SavedPane() -> impl IntoView {
    let chat = use_client();
    let changed = RwSignal::new(0);
    Effect::new(move |before: Option<Vec<_>>| {
        let saved = chat.saved();
        if before.is_some_and(|before| before != saved) {
            changed.update(|times| *times += 1);
        }
        saved
    });
    let found = fetched(changed, api::saved);
    let toasts = use_toasts();
    let out = Callback::new(move |(thread, seq)| {
        let call = |on| calls::save(thread, seq, on);
        let act = Undoable::new("Removed from saved", call(false), call(true));
        // The pane may be gone when it is undone.
        toasts.act(act.then(move |_| {
            let _ = changed.try_update(|times| *times += 1);
        }));
    });
    let nothing =
        "Nothing saved yet. Save a message from its menu, and find it here. No one else sees it.";
    view! {
        <PaneHeader name="Saved messages" />
        <div class="pane-scroll">
            <div class="pane-content excerpts">
                <List found nothing out=Some(("Remove", out)) />
            </div>
        </div>
    }
}

#[component]
fn List(
    found: Fetched<Excerpts>,
    nothing: &'static str,
    /// Whether all are in the open thread.
    #[prop(optional)]
    is_of_one: bool,
    /// The label and the action of each entry's button.
    out: Option<(&'static str, TakeOut)>,
) -> impl IntoView {
    let chat = use_client();
    let text = waiting_text(found, nothing, |all: &Excerpts| all.events.is_empty());
    let marked = expect_context::<MarkdownContext>();
    let list = move || {
        let all = found.get().and_then(Result::ok).unwrap_or_default();
        let Excerpts {
            events,
            threads,
            people,
        } = all;
        let one = |event: Event| {
            let author = people.iter().find(|person| person.id == event.actor);
            let mut others = threads.iter().filter(|_| !is_of_one);
            let thread = others.find(|head| head.id == event.thread);
            let said = event.body.text().map(|text| marked.plain(text.to_owned()));
            // A message that the user has saved is shown, even by a blocked author.
            let is_folded = is_of_one && chat.is_folded(event.thread, event.actor);
            let text = match said {
                Some(_) if is_folded => {
                    view! { <span class="message-deleted">{BLOCKED}</span> }.into_any()
                }
                Some(said) => said.into_any(),
                None => view! { <span class="message-deleted">{DELETED}</span> }.into_any(),
            };
            let link = excerpt((event.thread, event.seq, event.at), author, thread, text);
            let (thread, seq) = (event.thread, event.seq);
            let remove = out.map(|(name, out)| {
                view! {
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=name
                        title=name
                        on:click=handler(move |_| out.run((thread, seq)))
                    >
                        <Close />
                    </button>
                }
            });
            view! {
                <li class="excerpt-item">
                    {link}
                    {remove}
                </li>
            }
        };
        events.into_iter().map(one).collect_view()
    };
    let empty = memo(move |_| text.get().as_deref() == Some(nothing));
    view! {
        {move || empty.get().then(|| view! { <div class="excerpts-sign"><Bookmark /></div> })}
        <LoadingText text />
        <ol class="excerpt-list">{list}</ol>
    }
}
