//! The scroll position of the message list: only this module measures and changes it.
//!
//! The browser's own scroll anchoring is off (`overflow-anchor: none`), so that all browsers behave the same.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement};

use crate::client::dom;
use crate::model::{Seq, limits};

/// The selector of a message that is in the log.
const MESSAGE: &str = "article.message[data-seq]";
/// More is requested within this many pixels of an end of the loaded part.
const NEAR_PX: i32 = 600;
/// The distance of the unread divider from the top of the view after opening.
const DIVIDER_AT_PX: f64 = 72.0;
/// A message counts as seen when this much of it is in view.
const SEEN_PX: f64 = 16.0;

/// The scrolling element of the message list. Only for effects and event handlers.
#[derive(Clone, Copy)]
pub struct Scroller(pub NodeRef<Div>);

/// Smaller displacements are not corrected: positions are measured in fractions of a pixel but set in whole pixels.
const MIN_CORRECTION_PX: f64 = 0.6;

/// The position preserved until the user scrolls, whatever grows or shrinks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hold {
    /// Whether the end of the thread is in view and stays there.
    pub end: bool,
    /// Otherwise the first message in view stays in place.
    anchor: Option<Anchor>,
}

/// A message whose position on the screen is preserved.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    seq: Seq,
    edge: Edge,
    at: f64,
}

/// The edge of a message whose position is preserved.
#[derive(Clone, Copy, Debug)]
enum Edge {
    /// The lower one, since the header above the text comes and goes.
    Bottom,
    /// The upper edge of the text, if the message continues below the view.
    Text,
}

impl Edge {
    /// Its position on the screen, in pixels from the top.
    fn of(self, message: &Element) -> f64 {
        let text = match self {
            Self::Bottom => return bottom(message),
            Self::Text => message.query_selector(".message-text").ok().flatten(),
        };
        top(text.as_ref().unwrap_or(message))
    }
}

impl Scroller {
    fn element(self) -> Option<Element> {
        self.0.try_get_untracked().flatten().map(Into::into)
    }

    /// The number of pixels below the view.
    fn below(element: &Element) -> i32 {
        element.scroll_height() - element.client_height() - element.scroll_top()
    }

    /// The scroll position in pixels from the top.
    #[must_use]
    pub fn position(self) -> i32 {
        self.element().map_or(0, |element| element.scroll_top())
    }

    /// Whether the list is displayed. On a small screen another pane may take its place.
    #[must_use]
    pub fn is_displayed(self) -> bool {
        self.element()
            .is_some_and(|element| element.client_height() > 0)
    }

    /// Whether the end is in view, or nearly.
    #[must_use]
    pub fn is_at_end(self) -> bool {
        self.element()
            .is_none_or(|element| Self::below(&element) <= limits::STICK_WITHIN_PX)
    }

    /// Whether the view is near the end of the loaded part.
    #[must_use]
    pub fn is_near_end(self) -> bool {
        self.element()
            .is_some_and(|element| Self::below(&element) <= NEAR_PX)
    }

    /// Whether the view is near the beginning of the loaded part.
    #[must_use]
    pub fn is_near_beginning(self) -> bool {
        self.element()
            .is_some_and(|element| element.scroll_top() <= NEAR_PX)
    }

    pub fn to_beginning(self) {
        if let Some(element) = self.element() {
            element.set_scroll_top(0);
        }
    }

    pub fn to_end(self) {
        if let Some(element) = self.element() {
            element.set_scroll_top(element.scroll_height());
        }
    }

    /// Scrolls the unread divider near the top. Returns whether there is one.
    pub fn to_divider(self) -> bool {
        let Some(element) = self.element() else {
            return false;
        };
        let Ok(Some(divider)) = element.query_selector(".unread-divider") else {
            return false;
        };
        let by = top(&divider) - top(&element) - DIVIDER_AT_PX;
        element.scroll_by_with_x_and_y(0.0, by);
        true
    }

    /// Scrolls a message to the middle and focuses it. Returns whether it is loaded.
    pub fn to_message(self, seq: Seq) -> bool {
        let Some(list) = self.element() else {
            return false;
        };
        let found = message(&list, seq);
        let Some(message) = found.and_then(|it| it.dyn_into::<HtmlElement>().ok()) else {
            return false;
        };
        let middle = f64::from(list.client_height() - message.client_height()).max(0.0) / 2.0;
        list.scroll_by_with_x_and_y(0.0, top(&message) - top(&list) - middle);
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = message.focus_with_options(&options);
        // Restarts the animation.
        let classes = message.class_list();
        let _ = classes.remove_1("pointed-at");
        let _ = message.offset_width();
        let _ = classes.add_1("pointed-at");
        true
    }

    /// Moves focus to the message before or after the focused one; from outside the messages to the last one in
    /// view. Returns whether it moved.
    pub fn move_focus(self, up: bool) -> bool {
        let Some(list) = self.element() else {
            return false;
        };
        let last_in_view = || {
            let edge = bottom(&list);
            let all: Vec<Element> = messages(&list).collect();
            all.iter().rposition(|it| top(it) + SEEN_PX <= edge)
        };
        dom::move_focus(&list, MESSAGE, |at| match at {
            Some(at) if up => at.checked_sub(1),
            Some(at) => Some(at + 1),
            None => last_in_view(),
        })
    }

    /// Measures the current position. `at_end`: the loaded part reaches the end of the thread.
    #[must_use]
    pub fn hold(self, at_end: bool) -> Hold {
        let Some(list) = self.element() else {
            return Hold::default();
        };
        let (upper, lower) = (top(&list), bottom(&list));
        let in_view = messages(&list).find(|message| bottom(message) > upper);
        let message = in_view.or_else(|| messages(&list).next_back());
        let anchor = message.and_then(|message| {
            let edge = match bottom(&message) > lower {
                true => Edge::Text,
                false => Edge::Bottom,
            };
            Some(Anchor {
                seq: message.get_attribute("data-seq")?.parse().ok()?,
                edge,
                at: edge.of(&message),
            })
        });
        Hold {
            // Both sizes are rounded.
            end: at_end && Self::below(&list) <= 2,
            anchor,
        }
    }

    /// Scrolls so that the anchor is back in its position.
    pub fn restore(self, hold: Hold) {
        let (Some(list), Some(anchor)) = (self.element(), hold.anchor) else {
            return;
        };
        if let Some(message) = message(&list, anchor.seq) {
            let by = anchor.edge.of(&message) - anchor.at;
            if by.abs() > MIN_CORRECTION_PX {
                list.scroll_by_with_x_and_y(0.0, by);
            }
        }
    }

    /// The last message in view.
    #[must_use]
    pub fn last_seen(self) -> Option<Seq> {
        let list = self.element()?;
        let edge = bottom(&list);
        messages(&list)
            .rev()
            .find(|message| top(message) + SEEN_PX <= edge)?
            .get_attribute("data-seq")?
            .parse()
            .ok()
    }
}

fn top(element: &Element) -> f64 {
    element.get_bounding_client_rect().top()
}

fn bottom(element: &Element) -> f64 {
    element.get_bounding_client_rect().bottom()
}

/// The element of the message at `seq`, if it is loaded.
fn message(list: &Element, seq: Seq) -> Option<Element> {
    let selector = ["article[data-seq=\"", &seq.to_string(), "\"]"].concat();
    list.query_selector(&selector).ok().flatten()
}

/// The messages that are in the log, in order.
fn messages(list: &Element) -> impl DoubleEndedIterator<Item = Element> {
    let nodes = list.query_selector_all(MESSAGE).ok();
    let count = nodes.as_ref().map_or(0, web_sys::NodeList::length);
    (0..count).filter_map(move |at| nodes.as_ref()?.item(at)?.dyn_into().ok())
}
