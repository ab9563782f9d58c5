//! A part of a pane that is closed at first, and made only when it is opened.

use leptos::html::Details;
use leptos::prelude::*;

use super::icons::Chevron;

/// A part that is closed at first. Without a script there is nothing in it.
#[component]
pub fn LazySection(name: &'static str, children: ChildrenFn) -> impl IntoView {
    let node = NodeRef::<Details>::new();
    let open = RwSignal::new(false);
    let toggled = move |_| {
        if let Some(details) = node.get_untracked() {
            open.set(details.open());
        }
    };
    view! {
        <details class="panel-part lazy live-only" node_ref=node on:toggle=toggled>
            <summary>
                <Chevron />
                <h3>{name}</h3>
            </summary>
            <Show when=move || open.get()>
                <div class="lazy-body">{children()}</div>
            </Show>
        </details>
    }
}
