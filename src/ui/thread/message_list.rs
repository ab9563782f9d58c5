//! The message list of a thread: it opens at the first unread message, follows the end, loads more at both ends,
//! and never moves under the reader's eyes.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::Element;

use super::event_source::{
    Pointer, is_by_keyboard, leaves, message_of, open_person, pressed_message, set,
};
use super::jump_to_latest::JumpToLatest;
use super::message_dialog::MessageDialog;
use super::message_list_start::{MessageListStart, Top};
use super::scroll::{Hold, Scroller};
use crate::client::clock::TimeFormat;
use crate::client::dom;
use crate::client::reactive::{effect, handler, memo};
use crate::client::router::Router;
use crate::client::state::{ClientState, Progress, use_client};
use crate::engine::{Input, Timeline};
use crate::model::{ClientId, Seq, ThreadId, limits};
use crate::ui::common::erased::erase;
use crate::ui::common::on_resize::observe;
use crate::ui::context::floating::use_floats;
use crate::ui::context::message_signals::MessageSignals;
use crate::ui::context::open_thread::{MessageDialogKind, use_open_thread};
use crate::ui::lazy::{Lazy, LazyView};
use crate::ui::message::MessageItem;
use crate::ui::message::message_actions::press;
use crate::ui::message::notice_line::NoticeLine;
use crate::ui::rows::{Row, receipt, rows};

/// The state of the message list. Rows change only in [`View::update`], so that positions can be measured right
/// before and restored right after.
#[derive(Clone, Copy)]
struct View {
    id: ThreadId,
    chat: ClientState,
    clock: TimeFormat,
    scroller: Scroller,
    rows: RwSignal<Vec<Row>>,
    watched: MessageSignals,
    top: RwSignal<Top>,
    /// Whether the loaded part reaches the end of the thread.
    at_end: RwSignal<bool>,
    /// Whether the end of the loaded part is in view.
    end_in_view: RwSignal<bool>,
    /// Whether the initial scroll position has been set.
    placed: StoredValue<bool>,
    /// Whether to go to the end as soon as it is loaded.
    jumping: StoredValue<bool>,
    /// The message in the address, until it has been shown.
    target: StoredValue<Option<Seq>>,
    /// The user's last sent message (IDs are ordered by time).
    sent: StoredValue<Option<ClientId>>,
    /// Whether a look at the view is scheduled.
    looking: StoredValue<bool>,
    /// Whether loading more at one end drops events at the other.
    is_full: StoredValue<bool>,
    /// The end at which more was loaded last, until the user scrolls. A full list loads in this direction only:
    /// where few rows stand for many events, both ends are in view, and each would load the other back forever.
    toward: StoredValue<Option<Toward>>,
    /// The position to restore until the user scrolls.
    hold: StoredValue<Hold>,
    /// The scroll position that was noted last; if the current one differs, the user has scrolled.
    scrolled_to: StoredValue<i32>,
}

/// A direction in the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Toward {
    Older,
    Newer,
}

impl View {
    fn new(id: ThreadId, node: NodeRef<Div>) -> Self {
        let chat = use_client();
        let clock = expect_context::<TimeFormat>();
        let timeline = untrack(|| chat.timeline(id));
        let drawn = untrack(|| Self::build_rows(id, chat, clock, timeline.as_ref()));
        Self {
            id,
            chat,
            clock,
            scroller: Scroller(node),
            rows: RwSignal::new(drawn),
            watched: MessageSignals::empty(),
            top: RwSignal::new(Top::of(timeline.as_ref())),
            at_end: RwSignal::new(timeline.is_some_and(|timeline| timeline.at_end)),
            end_in_view: RwSignal::new(true),
            placed: StoredValue::new(false),
            jumping: StoredValue::new(false),
            target: StoredValue::new(None),
            sent: StoredValue::new(None),
            looking: StoredValue::new(false),
            is_full: StoredValue::new(false),
            toward: StoredValue::new(None),
            hold: StoredValue::new(Hold::default()),
            scrolled_to: StoredValue::new(0),
        }
    }

    fn build_rows(
        id: ThreadId,
        chat: ClientState,
        clock: TimeFormat,
        timeline: Option<&Timeline>,
    ) -> Vec<Row> {
        let mut rows = timeline.map_or_else(Vec::new, |timeline| {
            rows(timeline, chat.me().id, |at| clock.day(at))
        });
        match chat.progress(id) {
            Progress::Direct(reached) => receipt::of_direct(&mut rows, chat.me().id, reached),
            Progress::Room(readers) => receipt::of_room(&mut rows, &readers),
        }
        rows
    }

    /// Renders the engine's current state.
    fn update(self) {
        let timeline = self.chat.timeline(self.id);
        let next = Self::build_rows(self.id, self.chat, self.clock, timeline.as_ref());
        let top = Top::of(timeline.as_ref());
        let loaded = timeline.as_ref().is_some_and(|timeline| !timeline.loading);
        let at_end = timeline.as_ref().is_some_and(|timeline| timeline.at_end);
        let events = timeline
            .as_ref()
            .map_or(0, |timeline| timeline.events.len());
        self.is_full
            .set_value(events + limits::PAGE > limits::WINDOW);
        let sent = timeline.and_then(|timeline| Some(timeline.pending.last()?.client_id));
        let sends = self.sent.get_value() < sent;
        self.sent.set_value(self.sent.get_value().max(sent));

        let placed = self.placed.get_value();
        let was_at_end = self.at_end.get_untracked();
        let changed = self.rows.with_untracked(|rows| *rows != next);
        if placed {
            self.note_scroll();
        }
        let is_displayed = self.scroller.is_displayed();
        let sees_end = self.hold.get_value().end || (is_displayed && self.scroller.is_at_end());
        let follow = was_at_end && at_end && sees_end;
        let ready = loaded || !next.is_empty();

        if changed {
            self.watched.update(&next);
            self.rows.set(next);
        }
        if self.top.get_untracked() != top {
            self.top.set(top);
        }
        if was_at_end != at_end {
            self.at_end.set(at_end);
        }
        dom::after_render(move || {
            if self.rows.is_disposed() {
                return;
            }
            if ready && self.show_target(loaded) {
                self.placed.set_value(true);
            } else if !placed {
                if ready {
                    self.placed.set_value(true);
                    if !self.scroller.to_divider() {
                        self.scroller.to_end();
                    }
                    self.save_position();
                }
            } else if sends {
                self.to_latest();
            } else if follow || (at_end && self.jumping.get_value()) {
                self.jumping.set_value(false);
                self.scroller.to_end();
                self.save_position();
            } else {
                // The end of the loaded part may no longer be the end of the thread.
                self.hold.update_value(|hold| hold.end = false);
                self.restore_position();
            }
            if changed || !placed {
                self.look();
            }
        });
    }

    /// Looks at the view: reports seen messages, and requests more near an end.
    fn look(self) {
        if !self.placed.get_value() {
            return;
        }
        let end_in_view = self.scroller.is_at_end();
        if self.end_in_view.get_untracked() != end_in_view {
            self.end_in_view.set(end_in_view);
        }
        if let Some(seq) = self.scroller.last_seen() {
            self.chat.seen(self.id, seq);
        }
        if !self.at_end.get_untracked() && self.scroller.is_near_end() {
            self.request_more(Toward::Newer);
        }
        if self.top.get_untracked() == Top::More && self.scroller.is_near_beginning() {
            self.request_more(Toward::Older);
        }
    }

    /// Requests more at one end, unless that would only load back what was dropped for the other end.
    fn request_more(self, toward: Toward) {
        let before = self.toward.get_value();
        if self.is_full.get_value() && before.is_some_and(|before| before != toward) {
            return;
        }
        self.toward.set_value(Some(toward));
        self.chat.act(match toward {
            Toward::Older => Input::WantOlder(self.id),
            Toward::Newer => Input::WantNewer(self.id),
        });
    }

    /// Handles a scroll event. Returns whether it was caused by the user, who then isn't pointing at a message.
    fn scrolled(self) -> bool {
        let is_by_user = self.note_scroll();
        if is_by_user {
            self.toward.set_value(None);
        }
        self.schedule_look();
        is_by_user
    }

    /// Makes the current position the one to restore.
    fn save_position(self) {
        if self.scroller.is_displayed() {
            let at_end = self.at_end.get_untracked();
            self.hold.set_value(self.scroller.hold(at_end));
            self.scrolled_to.set_value(self.scroller.position());
        }
    }

    /// Makes the current position the one to restore if the user has scrolled. Returns whether they have.
    fn note_scroll(self) -> bool {
        let has_moved = self.scroller.is_displayed()
            && self.scrolled_to.get_value() != self.scroller.position();
        if has_moved {
            self.save_position();
        }
        has_moved
    }

    /// Restores the position.
    fn restore_position(self) {
        if !self.scroller.is_displayed() {
            return;
        }
        let hold = self.hold.get_value();
        match hold.end {
            true => self.scroller.to_end(),
            false => self.scroller.restore(hold),
        }
        self.scrolled_to.set_value(self.scroller.position());
    }

    /// Shows the message in the address, as soon as it is loaded.
    fn go_to(self, seq: Seq) {
        self.target.set_value(Some(seq));
        if self.placed.get_value() && self.show_target(false) {
            return self.look();
        }
        self.chat.act(Input::Show {
            thread: self.id,
            seq,
        });
    }

    /// Shows the message in the address. Returns whether it did. `loaded`: loading is over, so a message that is
    /// still missing doesn't exist.
    fn show_target(self, loaded: bool) -> bool {
        let Some(seq) = self.target.get_value() else {
            return false;
        };
        let is_shown = self.scroller.to_message(seq);
        if is_shown {
            self.save_position();
        }
        if is_shown || loaded {
            self.target.set_value(None);
        }
        is_shown
    }

    /// Looks once in the next frame, however often the view moves until then.
    fn schedule_look(self) {
        if self.looking.get_value() {
            return;
        }
        self.looking.set_value(true);
        request_animation_frame(move || {
            if self.rows.is_disposed() {
                return;
            }
            self.looking.set_value(false);
            self.look();
        });
    }

    /// Goes to the end of the thread, and loads it if necessary.
    fn to_latest(self) {
        if self.at_end.get_untracked() {
            self.scroller.to_end();
            self.save_position();
            self.look();
        } else {
            self.jumping.set_value(true);
            self.chat.act(Input::WantLatest(self.id));
        }
    }

    /// Goes to the beginning of the thread, and loads it if necessary.
    fn to_beginning(self) {
        if self.top.get_untracked() == Top::Beginning {
            self.scroller.to_beginning();
            self.save_position();
            self.look();
        } else {
            self.go_to(1);
        }
    }

    /// Restores the position whenever the size of the list or of anything in it changes: a mark or a line comes or
    /// goes, text is rendered again or collapsed, a font loads, the window is resized, the composer grows. The
    /// observer is called after layout and before painting, so that nothing visibly moves.
    fn watch_size(self, list: &Element) {
        let height = StoredValue::new(list.client_height());
        let watched = list.clone();
        let resized = move || {
            if self.rows.is_disposed() || !self.placed.get_value() {
                return;
            }
            let (before, now) = (height.get_value(), watched.client_height());
            height.set_value(now);
            // An on-screen keyboard opens or the composer grows: the end stays in view for users who are near it.
            if before != now && self.at_end.get_untracked() && self.end_in_view.get_untracked() {
                self.hold.update_value(|hold| hold.end = true);
            }
            self.restore_position();
            self.schedule_look();
        };
        match list.first_element_child() {
            Some(content) => observe(&[list, &content], resized),
            None => observe(&[list], resized),
        }
    }
}

#[component]
pub fn MessageList(id: ThreadId) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let view = View::new(id, node);
    let chat = view.chat;
    let open_thread = use_open_thread();
    let floats = use_floats();
    let router = expect_context::<Router>();
    effect(move |_| {
        let route = router.route();
        if let Some(seq) = route.message().filter(|_| route.thread() == Some(id)) {
            view.go_to(seq);
        }
    });
    effect(move |_| view.update());
    effect(move |_| {
        if let Some(list) = node.get() {
            view.watch_size(&list);
        }
    });
    effect(move |_| {
        if chat.looking.get() {
            view.schedule_look();
        }
    });

    let loading = memo(move |_| chat.timeline(id).is_none_or(|timeline| timeline.loading));
    let empty = memo(move |_| view.rows.with(Vec::is_empty));
    let watched = view.watched;
    let away =
        Signal::derive(move || !empty.get() && (!view.end_in_view.get() || !view.at_end.get()));
    let unread = memo(move |_| chat.unread(id));
    let is_room = memo(move |_| chat.room(id).is_some());
    let pointer = Pointer::new(open_thread.pointed, view.scroller);
    view! {
        <div class="log-frame">
            <div
                class="log"
                class:room=is_room
                role="log"
                aria-label="Messages"
                aria-live=move || if loading.get() { "off" } else { "polite" }
                aria-relevant="additions"
                aria-busy=move || loading.get().to_string()
                tabindex="0"
                node_ref=node
                on:scroll=handler(move |_| {
                    if view.scrolled() {
                        pointer.scrolled();
                    }
                })
                on:mousemove=move |event| pointer.moved(&event)
                on:click=move |event| {
                    set(open_thread.pointed, message_of(&event));
                    open_person(floats, &event);
                }
                on:pointerdown=move |event| {
                    if event.pointer_type() == "touch" {
                        set(open_thread.pressed, pressed_message(&event));
                    }
                }
                on:pointerup=handler(move |_| set(open_thread.pressed, None))
                on:pointercancel=handler(move |_| set(open_thread.pressed, None))
                on:mouseleave=handler(move |_| set(open_thread.pointed, None))
                on:focusin=move |event| {
                    if is_by_keyboard(&event) {
                        set(open_thread.focused, message_of(&event));
                    }
                }
                on:focusout=move |event| {
                    if leaves(event.related_target()) {
                        set(open_thread.focused, None);
                    }
                }
                on:keydown=move |event| {
                    let up = event.key() == "ArrowUp";
                    let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
                    if !plain {
                        return;
                    }
                    match event.key().as_str() {
                        "ArrowUp" | "ArrowDown" if view.scroller.move_focus(up) => {}
                        _ if press(&event) => {}
                        "Home" => view.to_beginning(),
                        "End" => view.to_latest(),
                        _ => return,
                    }
                    event.prevent_default();
                }
            >
                <div class="log-content">
                    <MessageListStart id top=view.top loading empty />
                    <For each=move || view.rows.get() key=Row::key let:row>
                        <LogRow row watched />
                    </For>
                </div>
            </div>
            <JumpToLatest shown=away unread jump=move || view.to_latest() />
            {erase(move || open_thread.pressed.get().map(|at| view! { <Lazy view=LazyView::LongPress(at) /> }).into_any())}
            <MessageDialog />
        </div>
    }
}

#[component]
fn LogRow(row: Row, watched: MessageSignals) -> impl IntoView {
    let clock = expect_context::<TimeFormat>();
    let open_thread = use_open_thread();
    match row {
        Row::Day(day) => view! {
            <div class="day">
                <button
                    type="button"
                    title="Go to a date"
                    on:click=handler(move |_| open_thread.dialog.set(Some(MessageDialogKind::Jump(day))))
                >
                    {move || clock.day_name(day)}
                </button>
            </div>
        }
        .into_any(),
        Row::Unread => view! {
            <div class="unread-divider" role="separator">
                <span>"New messages"</span>
            </div>
        }
        .into_any(),
        Row::Notice(notice) => view! { <NoticeLine notice /> }.into_any(),
        Row::Message(message) => view! { <MessageItem message watched /> }.into_any(),
    }
}
