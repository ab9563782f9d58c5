//! Which message an event of the message list came from.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventTarget};

use super::scroll::Scroller;
use crate::client::dom;
use crate::model::{Seq, UserId};
use crate::ui::context::floating::{Floating, Floats};

/// The message that the mouse points at.
#[derive(Clone, Copy)]
pub struct Pointer {
    pointed: RwSignal<Option<Seq>>,
    scroller: Scroller,
    /// The position of the list when the mouse last moved.
    position: StoredValue<i32>,
}

impl Pointer {
    pub fn new(pointed: RwSignal<Option<Seq>>, scroller: Scroller) -> Self {
        let position = StoredValue::new(0);
        Self {
            pointed,
            scroller,
            position,
        }
    }

    /// The mouse has moved. A tap points at its target only.
    pub fn moved(self, event: &Event) {
        if !dom::is_touch() {
            self.position.set_value(self.scroller.position());
            set(self.pointed, message_of(event));
        }
    }

    /// The list has moved below the mouse. The event comes after the scrolling: if the mouse has moved since, it points
    /// at its message.
    pub fn scrolled(self) {
        if self.position.get_value() != self.scroller.position() {
            set(self.pointed, None);
        }
    }
}

/// The message that an event came from, if it is in the log.
pub fn message_of(event: &Event) -> Option<Seq> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let message = target.closest("article[data-state=sent]").ok()??;
    message.get_attribute("data-seq")?.parse().ok()
}

/// The same for a finger: not if it is on a link or a button, which have a long press of their own.
pub fn pressed_message(event: &Event) -> Option<Seq> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let inner = target.closest("a, button, article").ok()??;
    (inner.tag_name() == "ARTICLE").then(|| message_of(event))?
}

/// Opens the card of the person whose name, avatar or mention was clicked.
pub fn open_person(floats: Floats, event: &Event) {
    if let Some((name, user)) = person_of(event) {
        floats.open_at(&name, Floating::Profile(user));
    }
}

/// The name, avatar or mention that was clicked, and whose it is.
fn person_of(event: &Event) -> Option<(Element, UserId)> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let name = target.closest("article [data-user]").ok()??;
    let user = name.get_attribute("data-user")?.parse().ok()?;
    Some((name, UserId(user)))
}

pub fn is_by_keyboard(event: &Event) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|it| it.matches(":focus-visible").unwrap_or(false))
}

/// Whether the focus leaves the messages for good. A dialog returns it to the button that opened it, which must
/// still be there then.
pub fn leaves(to: Option<EventTarget>) -> bool {
    let to = to.and_then(|it| it.dyn_into::<Element>().ok());
    to.is_some_and(|it| matches!(it.closest(".log, dialog, .floats"), Ok(None)))
}

pub fn set(at_hand: RwSignal<Option<Seq>>, seq: Option<Seq>) {
    if at_hand.get_untracked() != seq {
        at_hand.set(seq);
    }
}
