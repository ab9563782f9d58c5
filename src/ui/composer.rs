//! The composer: the field for writing to a thread. A plain form without a script.
//!
//! The content is a [`Draft`](crate::ui::composer::draft::Draft), which the field shows, and keys and clicks
//! change.

pub mod attach;
pub mod completion;
pub mod completion_box;
pub mod completion_list;
pub mod deferred;
pub mod draft;
pub mod draft_header;
pub mod drafts;
pub mod emoji_picker;
pub mod formatting;
pub mod posting_notice;
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlTextAreaElement;

use self::completion::{Completion, LIST};
use self::completion_box::CompletionBox;
use self::deferred::{Deferred, Submitted};
use self::draft::{Draft, Outgoing, Writing};
use self::draft_header::DraftHeader;
use self::posting_notice::{PostingNotice, held, is_pause};
use super::common::erased::When;
use super::common::icons::{Clip, Microphone, Send};
use super::context::attachments::{Attachments, use_attachments};
use super::context::open_thread::{OpenThread, use_open_thread};
use super::lazy::{Lazy, LazyView};
use crate::client::api::calls;
use crate::client::dom;
use crate::client::reactive::{effect, handler};
use crate::client::state::ClientState;
use crate::engine::Input;
use crate::model::names::isolated;
use crate::model::{ClientId, Seq, ThreadId, limits};
use crate::routes::POST_WITH_FILES;

/// The counter appears when at most this many characters are left.
const FEW_LEFT: usize = 500;

/// The field of a composer, and the actions on it.
#[derive(Clone, Copy)]
struct Field {
    open_thread: OpenThread,
    attachments: Attachments,
    /// The messages to send as soon as their files are in the tray.
    deferred: Deferred,
    node: NodeRef<Textarea>,
    /// The length of the text in characters.
    length: RwSignal<usize>,
    error: RwSignal<Option<String>>,
    completion: Completion,
}

impl Field {
    fn new(open_thread: OpenThread) -> Self {
        Self {
            open_thread,
            attachments: use_attachments(),
            deferred: Deferred::new(),
            node: NodeRef::new(),
            length: RwSignal::new(0),
            error: RwSignal::new(None),
            completion: Completion::new(open_thread.thread),
        }
    }

    /// Loads the stored draft, and follows its changes.
    fn follow_draft(self) {
        let draft = self.open_thread.draft;
        effect(move |_| {
            if let Some(element) = self.node.get() {
                draft.load();
                // Text typed before hydration stays.
                draft.update(|draft| draft.typed_before(element.value()));
                self.show(&element);
                if !dom::is_touch() && dom::is_visible() {
                    let _ = element.focus();
                }
            }
        });
        effect(move |begun: Option<()>| {
            draft.with(|_| ());
            if let Some(element) = self.node.get_untracked().filter(|_| begun.is_some()) {
                self.show(&element);
            }
        });
        Effect::new(move |before: Option<Writing>| {
            let writing = self.open_thread.writing.get();
            if before.is_some_and(|before| before != writing) {
                self.error.set(None);
            }
            writing
        });
        effect(move |_| {
            self.attachments.taken.track();
            untrack(|| self.send_deferred());
        });
        // After starting a reply or an edit, or ending an edit, the user continues in the field.
        effect(move |begun: Option<()>| {
            self.open_thread.focus_requested.track();
            if let Some(element) = self.node.get_untracked().filter(|_| begun.is_some()) {
                let _ = element.focus();
            }
        });
    }

    fn show(self, element: &HtmlTextAreaElement) {
        self.open_thread.draft.with_untracked(|draft| {
            if element.value() != draft.field_text() {
                element.set_value(draft.field_text());
            }
        });
        self.length.set(element.value().chars().count());
        fit(element);
    }

    /// Copies the field's text to the draft.
    fn read(self, element: &HtmlTextAreaElement) {
        let text = element.value();
        self.open_thread.draft.update(|draft| draft.input(text));
    }

    /// Handles an input by the user.
    fn changed(self) {
        let Some(element) = self.node.get_untracked() else {
            return;
        };
        self.error.set(None);
        self.read(&element);
        let is_edit = self.open_thread.draft.with_untracked(Draft::is_edit);
        if !is_edit && !element.value().trim().is_empty() {
            self.open_thread
                .chat
                .act(Input::Typed(self.open_thread.thread));
        }
        self.completion.look(&element);
    }

    /// Handles a possible move of the caret.
    fn moved(self) {
        if let Some(element) = self.node.get_untracked() {
            self.completion.look(&element);
        }
    }

    fn pressed(self, event: &KeyboardEvent) {
        if let Some(element) = self.node.get_untracked()
            && (self.completion.pressed(event) || formatting::pressed(event, &element))
        {
            return;
        }
        let plain =
            !event.shift_key() && !event.alt_key() && !event.ctrl_key() && !event.meta_key();
        match &*event.key() {
            "Enter" if plain && !dom::is_touch() => {
                event.prevent_default();
                self.submit();
            }
            "Escape" if self.open_thread.writing.get_untracked() != Writing::New => {
                event.prevent_default();
                self.open_thread.cancel();
            }
            "ArrowUp"
                if plain && self.length.get_untracked() == 0 && self.open_thread.edit_last() =>
            {
                event.prevent_default();
            }
            _ => {}
        }
    }

    /// Sends the draft.
    fn submit(self) {
        let Some(element) = self.node.get_untracked() else {
            return;
        };
        self.read(&element);
        let draft = self.open_thread.draft;
        let draft = draft.with_untracked(|draft| self.deferred.rest(draft));
        match draft.submit() {
            Ok(Some(Outgoing::Send { text, .. })) => {
                self.send(&element, Submitted::of(draft, text));
            }
            Ok(None) if self.has_files() || Attachments::has_chosen() => {
                self.send(&element, Submitted::of(draft, String::new()));
            }
            Ok(Some(Outgoing::Edit { seq, text })) => self.send_edit(seq, text),
            Ok(None) => {}
            Err(refusal) => self.error.set(Some(refusal.to_string())),
        }
        let _ = element.focus();
    }

    fn has_files(self) -> bool {
        untrack(|| self.attachments.has_files(self.open_thread.thread))
    }

    fn send(self, element: &HtmlTextAreaElement, message: Submitted) {
        if let Some(message) = self.deferred.unless_deferred(message) {
            self.send_now(element, message);
        }
    }

    fn send_deferred(self) {
        while let Some(element) = self.node.get_untracked()
            && let Some(message) = self.deferred.due()
        {
            // Files that were too large are not in the tray.
            if !message.text.is_empty() || self.has_files() {
                self.send_now(&element, message);
            }
            self.attachments.next_message();
        }
    }

    fn send_now(self, element: &HtmlTextAreaElement, message: Submitted) {
        // It is stored before the draft's entry is removed, so that a reload between the two loses nothing. A message
        // with files gets into the outbox when they are uploaded.
        let OpenThread {
            chat,
            thread,
            draft,
            ..
        } = self.open_thread;
        let rest = draft.with_untracked(|draft| message.rest(draft));
        let Submitted { text, reply, .. } = message;
        if !self.attachments.send(thread, &text, reply.clone()) {
            let (client_id, files) = (ClientId::now(), Vec::new());
            chat.act(Input::Send {
                thread,
                client_id,
                text,
                reply,
                files,
            });
        }
        draft.update(|draft| *draft = rest);
        self.show(element);
        self.completion.look(element);
        self.error.set(None);
    }

    /// Sends the new text of a message. The composer stays in the edit until the server has accepted it.
    fn send_edit(self, seq: Seq, text: String) {
        let call = calls::edit_message(self.open_thread.thread, seq, text);
        self.error.set(None);
        spawn_local(async move {
            match call.send().await {
                Ok(_) => self.open_thread.edited(seq),
                Err(refusal) => drop(self.error.try_set(Some(refusal.to_string()))),
            }
        });
    }
}

/// The composer of a thread.
#[component]
pub fn Composer(id: ThreadId) -> impl IntoView {
    let open_thread = use_open_thread();
    let field = Field::new(open_thread);
    let Field {
        node,
        length,
        error,
        completion,
        attachments,
        ..
    } = field;
    field.follow_draft();
    field.deferred.end_with_composer(attachments);
    attachments.listen(id);
    let held = held(open_thread);
    let can_attach = open_thread.chat.file_limits.max_size > 0;
    let left = move || limits::MESSAGE_MAX as i64 - length.get() as i64;
    // Without a word or a file, what can be sent is a voice message.
    let silent = move || {
        let is_new = open_thread.writing.get() == Writing::New;
        can_attach && is_new && length.get() == 0 && !attachments.has_files(id)
    };
    let few_left = move || length.get() + FEW_LEFT > limits::MESSAGE_MAX;
    let invalid = move || error.get().is_some() || left() < 0;
    view! {
        <form
            class="composer"
            class:held=move || held.with(|why| why.as_ref().is_some_and(|why| !is_pause(why)))
            method="post"
            enctype="multipart/form-data"
            action=POST_WITH_FILES
            on:submit=move |ev| {
                ev.prevent_default();
                field.submit();
            }
        >
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="client_id" value=ClientId::now().to_string() />
            <p class="field-error" id="text-error" role="alert">
                {error}
            </p>
            <PostingNotice why=held />
            <DraftHeader open_thread />
            <CompletionBox completion field=node />
            <When so=attachments.is_used>
                {move || view! { <Lazy view=LazyView::Tray(id) /> }.into_any()}
            </When>
            <div class="composer-box" class:silent=silent>
                {can_attach
                    .then(|| {
                        view! {
                            <label class="icon-button attach" title="Attach files">
                                <Clip />
                                <span class="sr-only">"Attach files"</span>
                                <input type="file" id="attach" name="file" multiple />
                            </label>
                        }
                    })}
                <label class="sr-only" for="composer">
                    "Message"
                </label>
                <textarea
                    id="composer"
                    name="text"
                    rows="1"
                    dir="auto"
                    autocomplete="off"
                    placeholder=move || placeholder(open_thread.chat, id)
                    aria-invalid=move || invalid().then_some("true")
                    aria-describedby="text-error text-left"
                    aria-autocomplete="list"
                    aria-controls=move || completion.is_open().then_some(LIST)
                    aria-activedescendant=move || completion.active()
                    node_ref=node
                    on:keydown=move |event| field.pressed(&event)
                    on:input=handler(move |_| field.changed())
                    on:keyup=handler(move |_| field.moved())
                    on:click=handler(move |_| field.moved())
                    on:blur=handler(move |_| completion.begun.set(None))
                ></textarea>
                {can_attach.then(|| {
                    view! {
                        <button
                            type="button"
                            class="icon-button record"
                            aria-label="Record a voice message"
                            title="Record a voice message"
                            on:pointerdown=move |event| attachments.press_record(id, &event)
                            on:click=move |_| attachments.record(id, None)
                        >
                            <Microphone />
                        </button>
                    }
                })}
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

fn placeholder(chat: ClientState, id: ThreadId) -> String {
    chat.title(id).map_or_else(
        || "Message".to_owned(),
        |name| format!("Message {}", isolated(&name)),
    )
}

/// Makes the field as high as its text, within the bounds of `style/`.
fn fit(field: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
}
