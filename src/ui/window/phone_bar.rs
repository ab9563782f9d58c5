//! The bar at the bottom of a small screen: the four places of the window, as links. The style sheet hides it while a
//! chat is open and while a text field has the focus, when the keyboard needs the space.

use leptos::prelude::*;

use crate::routes::{HOME, PEOPLE, Route, SAVED, SETTINGS};
use crate::ui::common::badge::UnreadChats;
use crate::ui::common::icons::{Bookmark, Bubble, One, Two};
use crate::ui::context::open_place::Open;

#[component]
pub fn PhoneBar() -> impl IntoView {
    let open = expect_context::<RwSignal<Open>>();
    let link = move |route: Route, path: &'static str, name: &'static str, icon: AnyView| {
        view! {
            <a href=path aria-current=move || (open.get().route == route).then_some("page")>
                {icon}
                <span>{name}</span>
            </a>
        }
    };
    view! {
        <nav class="phone-bar" aria-label="Places">
            {link(
                Route::List,
                HOME,
                "Chats",
                view! {
                    <Bubble />
                    <UnreadChats />
                }
                    .into_any(),
            )} {link(Route::People, PEOPLE, "People", view! { <Two /> }.into_any())}
            {link(Route::Saved, SAVED, "Saved", view! { <Bookmark /> }.into_any())}
            {link(Route::Settings, SETTINGS, "You", view! { <One /> }.into_any())}
        </nav>
    }
}
