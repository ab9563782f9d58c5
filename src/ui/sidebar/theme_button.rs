//! The theme switch: the system's theme, light, dark.

use leptos::prelude::*;

use crate::client::preferences::{Preferences, Theme};
use crate::ui::common::erased::erase;
use crate::ui::common::icons::{Half, Moon, Sun};

/// The theme switch. Its label is the current theme; pressing it switches to the next.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(Preferences::here().theme);
    let label = move || ["Theme: ", theme.get().name()].concat();
    let switch = move |_| {
        let next = theme.get_untracked().next();
        Preferences::set_theme(next);
        theme.set(next);
    };
    view! {
        <button
            type="button"
            class="icon-button live-only"
            data-theme-switch
            aria-label=erase(label)
            title=erase(label)
            on:click=switch
        >
            {move || match theme.get() {
                Theme::System => view! { <Half /> }.into_any(),
                Theme::Light => view! { <Sun /> }.into_any(),
                Theme::Dark => view! { <Moon /> }.into_any(),
            }}
        </button>
    }
}
