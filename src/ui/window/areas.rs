//! The areas of the window, which F6 goes round: list, header, messages, composer, panel.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};

use crate::client::dom;

/// The areas in order. Outside of a chat, the open page is one of them.
const AREAS: [&str; 6] = [
    ".threads",
    ".thread-header",
    ".log",
    ".composer",
    "section.panel",
    ".pane-content",
];

/// What takes the focus in an area: the current row, or the first control.
const FIRST: [&str; 3] = [
    "[aria-current=page]",
    "textarea",
    "a[href], button, input, select, [tabindex='0']",
];

/// Focuses the next area, or the previous one. Returns whether there is one.
pub fn go_round(back: bool) -> bool {
    let found = |selector: &&str| document().query_selector(selector).ok().flatten();
    let is_visible = |area: &Element| area.client_height() > 0;
    let areas: Vec<Element> = AREAS.iter().filter_map(found).filter(is_visible).collect();
    let focused = document().active_element();
    let at = areas
        .iter()
        .position(|area| area.contains(focused.as_deref()));
    let count = areas.len();
    let next = |steps: usize| match (at, back) {
        (Some(at), false) => (at + steps) % count,
        (Some(at), true) => (at + count - steps) % count,
        (None, false) => steps - 1,
        (None, true) => count - steps,
    };
    (1..=count).any(|steps| focus(&areas[next(steps)]))
}

fn focus(area: &Element) -> bool {
    let first = match area.matches("[tabindex]") {
        Ok(true) => area.clone().dyn_into().ok(),
        _ => FIRST.iter().find_map(|selector| visible(area, selector)),
    };
    first.is_some_and(|it: HtmlElement| it.focus().is_ok())
}

/// The first element that matches and is shown: the arrow back, for one, is there on phones only.
fn visible(area: &Element, selector: &str) -> Option<HtmlElement> {
    let all = area.query_selector_all(selector).ok()?;
    let mut all = (0..all.length()).filter_map(|at| all.get(at)?.dyn_into::<HtmlElement>().ok());
    all.find(|it| it.offset_height() > 0)
}

/// Shift ↑ in the empty composer: moves the focus to the last message. Returns whether it moved.
pub fn leave_composer(event: &KeyboardEvent) -> bool {
    let is_up = event.key() == "ArrowUp" && event.shift_key() && !event.alt_key();
    let field = event.target().filter(|_| is_up);
    let field = field.and_then(|it| it.dyn_into::<HtmlTextAreaElement>().ok());
    let is_composer = |it: &HtmlTextAreaElement| it.matches(".composer textarea").unwrap_or(false);
    let is_empty = field.is_some_and(|it| is_composer(&it) && it.value().is_empty());
    is_empty && dom::focus_last(".log article")
}

/// Moves the focus along the rows of the list of chats or people. Returns whether it moved.
pub fn move_in_list(event: &KeyboardEvent) -> bool {
    let up = match &*event.key() {
        "ArrowUp" => true,
        "ArrowDown" => false,
        _ => return false,
    };
    let is_plain = !(event.alt_key() || event.ctrl_key() || event.meta_key() || event.shift_key());
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let list = target.and_then(|it| it.closest(":is(.threads, .people)").ok().flatten());
    let list = list.and_then(|it| it.dyn_into::<HtmlElement>().ok());
    let to = |at: Option<usize>| match at {
        Some(at) if up => at.checked_sub(1),
        Some(at) => Some(at + 1),
        None => Some(0),
    };
    is_plain && list.is_some_and(|list| dom::move_focus(&list, ".rows .row", to))
}

/// Tab in a list of chats or people: the list is one stop, so the focus is at its end (with Shift: at its beginning) when
/// the browser moves it on.
pub fn leave_list(event: &KeyboardEvent) {
    let is_tab = event.key() == "Tab" && !(event.alt_key() || event.ctrl_key() || event.meta_key());
    let target = event.target().filter(|_| is_tab);
    let target = target.and_then(|it| it.dyn_into::<Element>().ok());
    let rows = target.and_then(|it| it.closest(":is(.threads, .people) .rows").ok().flatten());
    let Some(all) = rows.and_then(|rows| rows.query_selector_all(".row").ok()) else {
        return;
    };
    let shown = (0..all.length()).filter_map(|at| all.get(at)?.dyn_into::<HtmlElement>().ok());
    let mut shown = shown.filter(|row| row.offset_height() > 0);
    let edge = match event.shift_key() {
        true => shown.next(),
        false => shown.next_back(),
    };
    if let Some(edge) = edge {
        dom::focus_in_place(&edge);
    }
}
