//! The menu of all that is new: a message, a room, people.

use leptos::prelude::*;

use crate::routes::{NEW_CHAT, NEW_ROOM, ROOMS};
use crate::ui::common::floating::menu::MenuPopover;
use crate::ui::common::icons::{Bubble, Hash, Plus, Two};
use crate::ui::context::menu::{Menu, MenuItem};
use crate::ui::context::overlay::{OpenOverlay, Overlay};

#[component]
pub fn NewMenu() -> impl IntoView {
    let overlay: OpenOverlay = expect_context();
    let menu = Menu::new("New")
        .group([
            MenuItem::link("New message", NEW_CHAT).icon(|| view! { <Bubble /> }.into_any()),
            MenuItem::link("New room", NEW_ROOM).icon(|| view! { <Plus /> }.into_any()),
            MenuItem::link("Find rooms", ROOMS).icon(|| view! { <Hash /> }.into_any()),
        ])
        .group([
            MenuItem::run("Invite people", move || overlay.set(Some(Overlay::Invite)))
                .icon(|| view! { <Two /> }.into_any()),
        ]);
    view! { <MenuPopover menu /> }
}
