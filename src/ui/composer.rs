//! The composer: where one writes. A plain form when no script runs.

use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlTextAreaElement;

use super::completion::{Completion, LIST};
use super::completion_box::CompletionBox;
use super::drafts::OwnDraft;
use super::formatting;
use super::icons::{Close, Pen, Reply, Send};
use super::marked::Marked;
use super::shared::shared;
use super::stream::{Stream, Writing, use_stream};
use crate::client::api::calls;
use crate::client::api::forms::POST_MESSAGE;
use crate::client::clock::now;
use crate::client::dom;
use crate::client::state::{Chat, use_chat};
use crate::engine::Input;
use crate::model::names::isolated;
use crate::model::refusal::human;
use crate::model::{ClientId, Millis, Quote, Refusal, Seq, ThreadId, limits, validate};

/// The counter appears when this few characters are left.
const FEW_LEFT: usize = 500;

/// The composer of a thread.
#[component]
pub fn Composer(id: ThreadId) -> impl IntoView {
    let chat = use_chat();
    let field = NodeRef::<Textarea>::new();
    let length = RwSignal::new(0usize);
    let error = RwSignal::new(None::<String>);
    let draft = OwnDraft::new(chat.me().id, id);
    let stream = use_stream();
    let completion = Completion::new(id);
    let held = held(stream);
    let is_editing = move || stream.writing.with_untracked(Writing::is_edit);

    let shown = move |field: &HtmlTextAreaElement| {
        length.set(field.value().chars().count());
        fit(field);
    };
    // What the field has changed to.
    let typed = move |field: &HtmlTextAreaElement| {
        let text = field.value();
        let edited = stream.writing.with_untracked(|writing| match writing {
            Writing::Edit { seq, .. } => Some(*seq),
            _ => None,
        });
        draft.update(|draft| match edited {
            Some(seq) => draft.edit = Some((seq, text)),
            None => draft.text = text,
        });
        shown(field);
    };
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            draft.load();
            let kept = draft.get();
            // What was typed before the page was taken over stays.
            match (field.value().is_empty(), &kept.edit) {
                (true, Some((_, text))) => field.set_value(text),
                (true, None) => field.set_value(&kept.text),
                (false, _) => typed(&field),
            }
            shown(&field);
            stream.writing.set(kept.writing());
            // That is for a form without a script; here an empty field just isn't sent.
            field.set_required(false);
            if !dom::is_touch() && dom::is_visible() {
                let _ = field.focus();
            }
        }
    });
    // The field follows what is being written; the new message that was begun is there again after an edit.
    Effect::new(move |was_editing: Option<bool>| {
        let writing = stream.writing.get();
        let field = field.get_untracked().filter(|_| was_editing.is_some());
        if let Some(field) = field {
            let was_editing = was_editing == Some(true);
            error.set(None);
            match &writing {
                Writing::Edit { text, .. } => field.set_value(text),
                Writing::Reply(quote) => {
                    let quote = quote.clone();
                    draft.update(|draft| (draft.reply, draft.edit) = (Some(quote), None));
                }
                Writing::New if was_editing => draft.update(|draft| draft.edit = None),
                Writing::New => draft.update(|draft| draft.reply = None),
            }
            if was_editing && !writing.is_edit() {
                let kept = draft.get();
                field.set_value(&kept.text);
                // What it answers waited with it.
                if writing == Writing::New {
                    stream.writing.set(kept.writing());
                }
            }
            shown(&field);
            if writing != Writing::New || was_editing {
                let _ = field.focus();
            }
        }
        writing.is_edit()
    });
    let write = move |field: &HtmlTextAreaElement, text: String| {
        let reply = match stream.writing.get_untracked() {
            Writing::Edit { seq, .. } => return edit(stream, error, seq, text),
            Writing::Reply(quote) => Some(quote),
            Writing::New => None,
        };
        // It is in the outbox's storage before it leaves the draft's.
        chat.act(Input::Send {
            thread: id,
            client_id: ClientId::now(),
            text,
            reply,
        });
        field.set_value("");
        typed(field);
        completion.look(field);
        error.set(None);
        stream.writing.set(Writing::New);
    };
    let send = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        match validate::message_text(&field.value()) {
            Ok(text) => write(&field, text),
            // An empty field needs no words.
            Err(_) if !is_editing() && field.value().trim().is_empty() => {}
            Err(refusal) => error.set(Some(refusal.to_string())),
        }
        let _ = field.focus();
    };
    let pressed = move |ev: leptos::ev::KeyboardEvent| {
        if let Some(field) = field.get_untracked()
            && (completion.pressed(&ev) || formatting::pressed(&ev, &field))
        {
            return;
        }
        let plain = !ev.shift_key() && !ev.alt_key() && !ev.ctrl_key() && !ev.meta_key();
        if ev.key() == "Enter" && plain && !dom::is_touch() {
            ev.prevent_default();
            send();
        }
        if ev.key() == "Escape" && stream.writing.get_untracked() != Writing::New {
            ev.prevent_default();
            stream.writing.set(Writing::New);
        }
        let is_empty = length.get_untracked() == 0;
        if ev.key() == "ArrowUp" && plain && is_empty && stream.edit_last() {
            ev.prevent_default();
        }
    };
    let changed = move |_| {
        if let Some(field) = field.get_untracked() {
            error.set(None);
            stream.refused.set(None);
            typed(&field);
            if !is_editing() && !field.value().trim().is_empty() {
                chat.act(Input::Typed(id));
            }
            completion.look(&field);
        }
    };
    // The caret may be elsewhere.
    let moved = move || {
        if let Some(field) = field.get_untracked() {
            completion.look(&field);
        }
    };
    let left = move || limits::MESSAGE_MAX as i64 - length.get() as i64;
    let few_left = move || length.get() + FEW_LEFT > limits::MESSAGE_MAX;
    let invalid = move || error.get().is_some() || left() < 0;
    view! {
        <form
            class="composer"
            class:held=move || held.with(|why| why.as_ref().is_some_and(|why| !is_pause(why)))
            method="post"
            action=POST_MESSAGE
            on:submit=move |ev| {
                ev.prevent_default();
                send();
            }
        >
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="client_id" value=ClientId::now().to_string() />
            <p class="field-error" id="text-error" role="alert">
                {move || error.get().or_else(|| stream.refused.get())}
            </p>
            <Held why=held />
            <About stream />
            <CompletionBox completion field />
            <div class="composer-box">
                <label class="sr-only" for="composer">
                    "Message"
                </label>
                <textarea
                    id="composer"
                    name="text"
                    rows="1"
                    dir="auto"
                    required
                    autocomplete="off"
                    placeholder=move || placeholder(chat, id)
                    aria-invalid=move || invalid().then_some("true")
                    aria-describedby="text-error text-left"
                    aria-autocomplete="list"
                    aria-controls=move || completion.is_open().then_some(LIST)
                    aria-activedescendant=move || completion.active()
                    node_ref=field
                    on:keydown=pressed
                    on:input=changed
                    on:keyup=move |_| moved()
                    on:click=move |_| moved()
                    on:blur=move |_| completion.begun.set(None)
                ></textarea>
                <button class="send" aria-label="Send" title="Send">
                    <Send />
                </button>
            </div>
            <p class="composer-hints" aria-hidden="true" class:on=move || { length.get() > 0 }>
                {formatting::HINTS
                    .map(|(class, text)| view! { <span class=class>{text}</span> })
                    .collect_view()}
            </p>
            <p class="composer-left" id="text-left" class:over=move || left() < 0>
                {move || few_left().then(|| format!("{} characters left", left()))}
            </p>
        </form>
    }
}

/// Hands the new text of one's own message over; the composer goes on with it until it is taken.
fn edit(stream: Stream, error: RwSignal<Option<String>>, seq: Seq, text: String) {
    let call = calls::edit_message(stream.thread, seq, text);
    error.set(None);
    spawn_local(async move {
        let edited = call.send().await;
        let still = stream.writing.try_with_untracked(
            |writing| matches!(writing, Writing::Edit { seq: edited, .. } if *edited == seq),
        );
        match edited {
            Ok(_) if still == Some(true) => stream.writing.set(Writing::New),
            Ok(_) => {}
            Err(refusal) => drop(error.try_set(Some(refusal.to_string()))),
        }
    });
}

/// Why the rules of the room don't let one post now.
fn held(stream: Stream) -> Memo<Option<Refusal>> {
    // Until the page is taken over, nobody waits: both sides draw the same.
    let at = RwSignal::new(Millis::MAX);
    let held = Memo::new(move |_| {
        let is_new = stream.writing.with(|writing| *writing == Writing::New);
        let is_admin = stream.may_manage.get();
        if let Some(other) = stream.chat.other(stream.thread) {
            return stream
                .chat
                .is_blocked(other.id)
                .then_some(Refusal::YouBlocked);
        }
        let room = stream.chat.room(stream.thread)?;
        room.holds_back(is_admin, !is_new, at.get())
    });
    Effect::new(move |begun: Option<()>| {
        let is_pause = held.with(|why| why.as_ref().is_some_and(is_pause));
        if begun.is_none() || (is_pause && at.get_untracked() + SECOND <= now()) {
            at.set(now());
        } else if is_pause {
            let look = move || {
                let _ = at.try_set(now());
            };
            set_timeout(look, std::time::Duration::from_secs(1));
        }
    });
    held
}

const SECOND: Millis = 1_000;

/// Whether it ends by itself: what is sent meanwhile waits.
fn is_pause(why: &Refusal) -> bool {
    matches!(why, Refusal::SlowMode { .. })
}

/// Says why one can't post now, or how long slow mode lasts.
#[component]
fn Held(why: Memo<Option<Refusal>>) -> impl IntoView {
    let stream = use_stream();
    shared(move || {
        let why = why.get()?;
        let is_block = why == Refusal::YouBlocked;
        let text = match why {
            Refusal::SlowMode { retry_after_ms } => {
                ["Slow mode. You can send again in ", &human(retry_after_ms)].concat()
            }
            why => why.to_string(),
        };
        let unblock = is_block.then(|| {
            let unblock = move |_| {
                if let Some(other) = untrack(|| stream.chat.other(stream.thread)) {
                    stream.unblock(other.id);
                }
            };
            view! {
                <button type="button" class="button small" on:click=unblock>
                    "Unblock"
                </button>
            }
        });
        Some(view! { <p class="composer-held">{text} " " {unblock}</p> }.into_any())
    })
}

/// What is being written, when it is no new message, and the way back.
#[component]
fn About(stream: Stream) -> impl IntoView {
    let marked = expect_context::<Marked>();
    shared(move || {
        let (icon, what, text, leave) = match stream.writing.get() {
            Writing::New => return None,
            Writing::Reply(Quote { author, text, .. }) => {
                let name = move || ["Replying to ", &isolated(&stream.chat.name(author))].concat();
                let icon = view! { <Reply /> }.into_any();
                let text = text.map(|text| marked.plain(text)).unwrap_or_default();
                (icon, shared(name), text, "Don't reply")
            }
            Writing::Edit { .. } => {
                let name = || "Editing your message".to_owned();
                let icon = view! { <Pen /> }.into_any();
                (icon, shared(name), String::new(), "Don't edit")
            }
        };
        Some(
            view! {
                <div class="composer-about">
                    {icon}
                    <strong>{what}</strong>
                    <span class="composer-quote" dir="auto">
                        {text}
                    </span>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=leave
                        title=leave
                        on:click=move |_| stream.writing.set(Writing::New)
                    >
                        <Close />
                    </button>
                </div>
            }
            .into_any(),
        )
    })
}

fn placeholder(chat: Chat, id: ThreadId) -> String {
    chat.title(id).map_or_else(
        || "Message".to_owned(),
        |name| ["Message ", &isolated(&name)].concat(),
    )
}

/// Makes the field as high as its text; `style/` bounds it.
fn fit(field: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
}
