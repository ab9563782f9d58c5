//! The composer: where one writes. A plain form when no script runs.

use leptos::html::Textarea;
use leptos::prelude::*;
use web_sys::HtmlTextAreaElement;

use super::browser;
use super::chat::{Chat, use_chat};
use super::icons::Send;
use crate::engine::Input;
use crate::model::{ClientId, ThreadId, limits, validate};

/// The counter appears when this few characters are left.
const FEW_LEFT: usize = 500;
/// The key code of a key that an input method has taken, where `isComposing` is false by then (Safari).
const TAKEN_BY_IME: u32 = 229;

/// The composer of a thread.
#[component]
pub fn Composer(id: ThreadId) -> impl IntoView {
    let chat = use_chat();
    let draft_key = format!("chapp.draft.{}.{id}", chat.me().id);
    let field = NodeRef::<Textarea>::new();
    let length = RwSignal::new(0usize);
    let error = RwSignal::new(None::<String>);
    let draft = StoredValue::new(draft_key);

    // What the field has changed to.
    let typed = move |field: &HtmlTextAreaElement| {
        let text = field.value();
        draft.with_value(|key| browser::keep(key, &text));
        length.set(text.chars().count());
        fit(field);
    };
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // What was typed before the page was taken over stays.
            if field.value().is_empty()
                && let Some(text) = draft.with_value(|key| browser::kept(key))
            {
                field.set_value(&text);
            }
            typed(&field);
            // That is for a form without a script; here an empty field just isn't sent.
            field.set_required(false);
            if !browser::is_touch() && browser::is_visible() {
                let _ = field.focus();
            }
        }
    });
    let send = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        match validate::message_text(&field.value()) {
            Ok(text) => {
                let client_id = ClientId::now();
                field.set_value("");
                typed(&field);
                error.set(None);
                chat.act(Input::Send {
                    thread: id,
                    client_id,
                    text,
                    reply: None,
                });
            }
            // An empty field needs no words.
            Err(_) if field.value().trim().is_empty() => {}
            Err(refusal) => error.set(Some(refusal.to_string())),
        }
        let _ = field.focus();
    };
    let pressed = move |ev: leptos::ev::KeyboardEvent| {
        let composing = ev.is_composing() || ev.key_code() == TAKEN_BY_IME;
        let plain = !ev.shift_key() && !ev.alt_key() && !ev.ctrl_key() && !ev.meta_key();
        if ev.key() == "Enter" && plain && !composing && !browser::is_touch() {
            ev.prevent_default();
            send();
        }
    };
    let changed = move |_| {
        if let Some(field) = field.get_untracked() {
            error.set(None);
            typed(&field);
        }
    };
    let left = move || limits::MESSAGE_MAX as i64 - length.get() as i64;
    let few_left = move || length.get() + FEW_LEFT > limits::MESSAGE_MAX;
    let invalid = move || error.get().is_some() || left() < 0;
    view! {
        <form
            class="composer"
            method="post"
            action="/api/post_message"
            on:submit=move |ev| {
                ev.prevent_default();
                send();
            }
        >
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="client_id" value=ClientId::now().to_string() />
            <p class="field-error" id="text-error" role="alert">
                {move || error.get()}
            </p>
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
                    node_ref=field
                    on:keydown=pressed
                    on:input=changed
                ></textarea>
                <button class="send" aria-label="Send" title="Send">
                    <Send />
                </button>
            </div>
            <p class="composer-left" id="text-left" class:over=move || left() < 0>
                {move || few_left().then(|| format!("{} characters left", left()))}
            </p>
        </form>
    }
}

fn placeholder(chat: Chat, id: ThreadId) -> String {
    chat.title(id)
        .map_or_else(|| "Message".to_owned(), |name| ["Message ", &name].concat())
}

/// Makes the field as high as its text; `style/` bounds it.
fn fit(field: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
}
