//! Helpers for the browser's APIs beyond Leptos. Only effects and event handlers may use them, except for
//! [`cookies`], [`path`] and [`query`].

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, Event, HtmlDocument, HtmlElement, HtmlFormElement, HtmlInputElement,
    HtmlSelectElement, HtmlTextAreaElement, Storage,
};

use crate::model::Seq;

/// The cookies of this page: the request's on the server, the document's in the browser.
#[must_use]
pub fn cookies() -> String {
    #[cfg(feature = "ssr")]
    {
        use_context::<http::request::Parts>()
            .and_then(|parts| {
                let header = parts.headers.get(http::header::COOKIE)?;
                Some(header.to_str().ok()?.to_owned())
            })
            .unwrap_or_default()
    }
    #[cfg(not(feature = "ssr"))]
    {
        html_document()
            .and_then(|document| document.cookie().ok())
            .unwrap_or_default()
    }
}

/// The path of this page: the request's on the server, the document's in the browser.
#[must_use]
pub fn path() -> String {
    #[cfg(feature = "ssr")]
    {
        use_context::<http::request::Parts>()
            .map_or_else(String::new, |parts| parts.uri.path().to_owned())
    }
    #[cfg(not(feature = "ssr"))]
    {
        location().pathname().unwrap_or_default()
    }
}

/// The query parameter `name` of this page's address. Browser only: empty on the server.
#[must_use]
pub fn query(name: &str) -> String {
    if cfg!(feature = "ssr") {
        return String::new();
    }
    let search = location().search().unwrap_or_default();
    let query = web_sys::UrlSearchParams::new_with_str(&search);
    query
        .ok()
        .and_then(|query| query.get(name))
        .unwrap_or_default()
}

/// Replaces the address of this page, and its entry in the history.
pub fn replace_address(path: &str) {
    if let Ok(history) = window().history() {
        // Fails only for a page that does so hundreds of times within seconds.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

fn html_document() -> Option<HtmlDocument> {
    document().dyn_into().ok()
}

/// Stores a value in this browser for a year.
pub fn set_cookie(name: &str, value: &str) {
    let secure = location().protocol().is_ok_and(|scheme| scheme == "https:");
    let cookie = [
        name,
        "=",
        value,
        "; path=/; max-age=31536000; samesite=lax",
        if secure { "; secure" } else { "" },
    ]
    .concat();
    if let Some(document) = html_document() {
        // With cookies off, the choice lasts as long as the page.
        let _ = document.set_cookie(&cookie);
    }
}

/// Sets or removes an attribute of `<html>`.
pub fn set_document_attribute(name: &str, value: Option<&str>) {
    let Some(root) = document().document_element() else {
        return;
    };
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

/// Marks the page as hydrated: shows the elements that need scripts, and lets the end-to-end tests start.
pub fn mark_hydrated() {
    set_document_attribute("data-hydrated", Some("true"));
}

/// Navigates to another document, leaving this one.
pub fn go(address: &str) {
    let _ = location().assign(address);
}

/// Posts an empty form, leaving this document.
pub fn post(action: &str) {
    let Some(body) = document().body() else {
        return;
    };
    let form = document().create_element("form").ok();
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        form.set_method("post");
        form.set_action(action);
        let _ = body.append_child(&form);
        let _ = form.submit();
    }
}

/// Moves focus among the elements matching `selector`: `step` maps the index of the one that has or contains focus
/// to the index to focus next. Returns whether it moved.
pub fn move_focus(
    within: &Element,
    selector: &str,
    step: impl FnOnce(Option<usize>) -> Option<usize>,
) -> bool {
    let Ok(all) = within.query_selector_all(selector) else {
        return false;
    };
    let focused = document().active_element();
    let focused = focused.and_then(|it| it.closest(selector).ok().flatten());
    let at = (0..all.length()).position(|at| all.item(at).as_ref() == focused.as_deref());
    let next = step(at).and_then(|next| all.item(u32::try_from(next).ok()?));
    let next = next.and_then(|next| next.dyn_into::<HtmlElement>().ok());
    next.is_some_and(|next| next.focus().is_ok())
}

/// Whether a dialog, a menu or another popover is open, to which Escape belongs.
#[must_use]
pub fn is_covered() -> bool {
    document()
        .query_selector("dialog[open], :popover-open")
        .is_ok_and(|it| it.is_some())
}

/// The element of a message, if it is rendered.
#[must_use]
pub fn message(seq: Seq) -> Option<Element> {
    let selector = format!(".log [data-seq='{seq}']");
    document().query_selector(&selector).ok().flatten()
}

/// Focuses an element without scrolling to it.
pub fn focus_in_place(element: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
}

/// Focuses the last element that matches. Returns whether there is one.
pub fn focus_last(selector: &str) -> bool {
    let all = document().query_selector_all(selector).ok();
    let last = all.and_then(|all| all.get(all.length().checked_sub(1)?));
    let last = last.and_then(|it| it.dyn_into::<HtmlElement>().ok());
    last.is_some_and(|it| it.focus().is_ok())
}

/// Whether the main pointer is a finger, so that an on-screen keyboard is likely.
#[must_use]
pub fn is_touch() -> bool {
    matches_media("(pointer: coarse)")
}

/// Whether the page is laid out from right to left.
#[must_use]
pub fn is_right_to_left() -> bool {
    let direction = document().document_element();
    direction.is_some_and(|root| root.get_attribute("dir").as_deref() == Some("rtl"))
}

/// Whether a media query matches.
#[must_use]
pub fn matches_media(query: &str) -> bool {
    let list = window().match_media(query).ok().flatten();
    list.is_some_and(|list| list.matches())
}

/// Whether the user is looking at this page: it is visible and has the focus.
#[must_use]
pub fn is_looking() -> bool {
    is_visible() && document().has_focus().unwrap_or(false)
}

/// Whether this page is visible.
#[must_use]
pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// The value stored under this key; `None` also without storage.
#[must_use]
pub fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Stores a value; removes the entry if it is empty. With storage full or off, it is dropped.
pub fn store(key: &str, value: &str) {
    let Some(storage) = storage() else { return };
    let _ = if value.is_empty() {
        storage.remove_item(key)
    } else {
        storage.set_item(key, value)
    };
}

/// The entries of the storage whose keys start with `prefix`, with the prefix stripped, in no order.
#[must_use]
pub fn stored_with_prefix(prefix: &str) -> Vec<(String, String)> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok()?);
    keys.filter_map(|key| {
        let rest = key.strip_prefix(prefix)?.to_owned();
        Some((rest, storage.get_item(&key).ok()??))
    })
    .collect()
}

/// The value of a field in the form that an event came from.
#[must_use]
pub fn form_value(event: &Event, name: &str) -> Option<String> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    let field = form.query_selector(&["[name=", name, "]"].concat());
    let field = field.ok().flatten()?;
    match field.dyn_into::<HtmlInputElement>() {
        Ok(input) => Some(input.value()),
        Err(field) => Some(field.dyn_into::<HtmlSelectElement>().ok()?.value()),
    }
}

/// The value of the checkbox or radio button of this name that is checked in the form of an event.
#[must_use]
pub fn checked_value(event: &Event, name: &str) -> Option<String> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    let field = form.query_selector(&["[name=", name, "]:checked"].concat());
    let input: HtmlInputElement = field.ok().flatten()?.dyn_into().ok()?;
    Some(input.value())
}

/// Moves focus to the first element matching `selector`.
pub fn focus_first(within: &web_sys::Element, selector: &str) {
    let found = within.query_selector(selector).ok().flatten();
    if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        let _ = found.focus();
    }
}

/// Replaces the text between two positions of a field as if it were typed: it can be undone, and fires an input
/// event.
pub fn replace(field: &HtmlTextAreaElement, from: u32, to: u32, text: &str) {
    let _ = field.focus();
    let _ = field.set_selection_range(from, to);
    let typed = html_document().is_some_and(|document| {
        document
            .exec_command_with_show_ui_and_value("insertText", false, text)
            .unwrap_or(false)
    });
    if !typed {
        let _ = field.set_range_text_with_start_and_end(text, from, to);
        let end = from + u32::try_from(text.encode_utf16().count()).unwrap_or(0);
        let _ = field.set_selection_range(end, end);
        if let Ok(event) = Event::new("input") {
            let _ = field.dispatch_event(&event);
        }
    }
}

/// Copies the content of a field; returns whether it worked. (The newer API requires https, and many a chat in a
/// local network has none.)
#[must_use]
pub fn copy(field: &HtmlInputElement) -> bool {
    field.select();
    html_document().is_some_and(|document| document.exec_command("copy").unwrap_or(false))
}

/// Copies a text; returns whether it worked. The focus stays where it is.
#[must_use]
pub fn copy_text(text: &str) -> bool {
    let page = document();
    let focused = page.active_element();
    let (Some(body), Ok(field)) = (page.body(), page.create_element("textarea")) else {
        return false;
    };
    let Ok(field) = field.dyn_into::<web_sys::HtmlTextAreaElement>() else {
        return false;
    };
    field.set_value(text);
    // In view, so that nothing scrolls to it, and gone before it is painted.
    field.set_class_name("sr-only");
    let _ = body.append_child(&field);
    field.select();
    let copied = html_document().is_some_and(|it| it.exec_command("copy").unwrap_or(false));
    field.remove();
    if let Some(focused) = focused.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        let _ = focused.focus();
    }
    copied
}

/// The origin of this site.
#[must_use]
pub fn origin() -> String {
    location().origin().unwrap_or_default()
}

/// Runs `then` when the changes just made have been rendered into the document, and before they are painted.
///
/// Leptos renders in tasks of the microtask queue, which the change has queued: one that is queued now comes after
/// them.
pub fn after_render(then: impl FnOnce() + 'static) {
    leptos::task::spawn_local(async move { then() });
}
