//! The head of a pane that is no thread: its name, and the way back on a small screen.

use leptos::prelude::*;

use super::icons::Back;

/// The head of a pane. `children` stand at its end.
#[component]
pub fn PaneHeader(
    name: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="thread-header pane-header">
            <a class="icon-button back" href="/" aria-label="Back to chats">
                <Back />
            </a>
            <h1>{name}</h1>
            {children.map(|children| children())}
        </header>
    }
}
