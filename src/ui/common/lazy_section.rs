//! A collapsed section of a pane, rendered when it is first opened.

use leptos::html::Details;
use leptos::prelude::*;

use super::badge::reports_badge;
use super::icons::Chevron;

/// A collapsed section. Without a script it is empty.
#[component]
pub fn LazySection(
    name: &'static str,
    /// The number of open reports in it.
    #[prop(optional, into)]
    open_reports: Signal<i64>,
    children: ChildrenFn,
) -> impl IntoView {
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
                {move || reports_badge(open_reports.get())}
            </summary>
            <Show when=move || open.get()>
                <div class="lazy-body">{children()}</div>
            </Show>
        </details>
    }
}
