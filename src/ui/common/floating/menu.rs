//! A menu: arrow keys, Home, End and the first letters move the focus, Tab and Escape close it.
//!
//! The values are in `ui/context/menu.rs`; `ui/context/floating.rs` says how a button opens one.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::popover::Anchored;
use crate::client::clock::now;
use crate::client::dom;
use crate::model::names::lower_case;
use crate::ui::common::icons::Check;
use crate::ui::context::confirmation::use_dialog;
use crate::ui::context::floating::{Floating, use_floats};
use crate::ui::context::menu::{Does, Menu, MenuGroup, MenuItem};
use crate::ui::context::toasts::use_toasts;

/// Letters that follow each other within this time, in milliseconds, are looked for together.
const TOGETHER: i64 = 600;

const ITEM: &str = "[role^=menuitem]";

/// A menu at its button.
#[component]
pub fn MenuPopover(menu: Menu) -> impl IntoView {
    view! {
        <Anchored class="popover menu-popover" first=ITEM>
            <MenuList menu />
        </Anchored>
    }
}

/// The items of a menu.
#[component]
pub fn MenuList(menu: Menu) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let floats = use_floats();
    let looked_for = StoredValue::new((String::new(), 0));
    let pressed = move |event: KeyboardEvent| {
        let Some(list) = node.get_untracked() else {
            return;
        };
        let key = event.key();
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        let has_moved = match &*key {
            "Tab" => {
                // The focus is back at the button, from where Tab goes on.
                return floats.close();
            }
            " " => click_link(&event),
            _ if !plain => false,
            _ if key.chars().count() == 1 => {
                let text = typed(looked_for, &key);
                dom::move_focus(&list, ITEM, |at| starting_with(&list, &text, at))
            }
            _ => move_by(&list, &key),
        };
        if has_moved {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let groups = menu.groups.into_iter().map(group).collect_view();
    view! {
        <div class="menu" role="menu" aria-label=menu.name node_ref=node on:keydown=pressed>
            {groups}
        </div>
    }
}

/// Moves the focus by an arrow, Home or End. Returns whether it moved.
fn move_by(list: &Element, key: &str) -> bool {
    let count = list.query_selector_all(ITEM).map_or(0, |all| all.length()) as usize;
    let last = count.saturating_sub(1);
    dom::move_focus(list, ITEM, |at| match (key, at) {
        ("ArrowDown" | "ArrowRight", Some(at)) if at < last => Some(at + 1),
        ("ArrowUp" | "ArrowLeft", Some(at)) if at > 0 => Some(at - 1),
        ("ArrowDown" | "ArrowRight" | "Home", _) => Some(0),
        ("ArrowUp" | "ArrowLeft" | "End", _) => Some(last),
        _ => None,
    })
}

/// The letters typed just now.
fn typed(before: StoredValue<(String, i64)>, key: &str) -> String {
    let at = now();
    let mut text = String::new();
    before.update_value(|(letters, last)| {
        if at - *last > TOGETHER {
            letters.clear();
        }
        letters.push_str(&lower_case(key));
        *last = at;
        text.clone_from(letters);
    });
    text
}

/// The next item that starts with these letters; with a single letter, after the current one.
fn starting_with(list: &Element, text: &str, at: Option<usize>) -> Option<usize> {
    let all = list.query_selector_all(ITEM).ok()?;
    let count = all.length() as usize;
    let from = at.map_or(0, |at| at + usize::from(text.chars().count() == 1));
    (from..from + count).map(|at| at % count).find(|at| {
        let item = all.item(u32::try_from(*at).unwrap_or_default());
        let label = item.and_then(|item| item.text_content());
        label.is_some_and(|label| lower_case(label.trim()).starts_with(text))
    })
}

/// The space bar clicks an item that is a link, as it does a button.
fn click_link(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into().ok());
    target.is_some_and(|item: HtmlElement| {
        let is_link = item.tag_name() == "A";
        if is_link {
            item.click();
        }
        is_link
    })
}

fn group(group: MenuGroup) -> AnyView {
    let class = match group.name {
        Some(_) => "menu-group choices",
        None => "menu-group",
    };
    let name = group.name;
    view! {
        <div class=class role="group" aria-label=name>
            {name.map(|name| view! { <span class="menu-name" aria-hidden="true">{name}</span> })}
            {group.items.into_iter().map(item).collect_view()}
        </div>
    }
    .into_any()
}

fn item(item: MenuItem) -> AnyView {
    let floats = use_floats();
    let (toasts, dialog) = (use_toasts(), use_dialog());
    let class = match item.is_danger {
        true => "menu-item danger",
        false => "menu-item",
    };
    let role = match item.checked {
        Some(_) => "menuitemradio",
        None => "menuitem",
    };
    let checked = item.checked.map(|checked| checked.to_string());
    let keys = Some(item.keys).filter(|keys| !keys.is_empty());
    let content = view! {
        {item.icon.map(|icon| icon())}
        <span class="menu-label" dir="auto">
            {item.label}
        </span>
        {(item.checked == Some(true)).then(|| view! { <Check /> })}
        {keys.map(|keys| view! { <kbd aria-hidden="true">{keys}</kbd> })}
    };
    if let Does::Go(path) = item.does {
        // The router follows the link after the click has been handled.
        let chosen = move |_| request_animation_frame(move || floats.close());
        return view! {
            <a class=class role=role tabindex="-1" href=path aria-keyshortcuts=keys on:click=chosen>
                {content}
            </a>
        }
        .into_any();
    }
    let does = item.does;
    let chosen = move |_| {
        floats.close();
        let does = does.clone();
        // After the menu is gone: a sheet keeps the rest of the page from being used.
        dom::after_render(move || match does {
            Does::Ask(question) => dialog.ask(question),
            Does::Undoable(act) => toasts.act(act),
            Does::Run(run) => run(),
            Does::Go(_) => {}
        });
    };
    view! {
        <button
            type="button"
            class=class
            role=role
            aria-checked=checked
            aria-keyshortcuts=keys
            tabindex="-1"
            on:click=chosen
        >
            {content}
        </button>
    }
    .into_any()
}

/// The button that opens a menu of more actions.
#[component]
pub fn MenuButton(label: String, menu: Menu) -> impl IntoView {
    let floats = use_floats();
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=label
            aria-haspopup="menu"
            aria-expanded="false"
            on:click=move |event| floats.open(&event, Floating::Menu(menu.clone()))
        >
            <crate::ui::common::icons::More />
        </button>
    }
}
