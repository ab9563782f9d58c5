//! The details of a thread, beside its messages.

use leptos::html::Section;
use leptos::prelude::*;

use crate::client::reactive::effect;
use crate::client::state::use_client;
use crate::model::ThreadId;
use crate::routes::thread_path;
use crate::ui::common::icons::Close;

/// The frame of the details: a name, and the way back to the messages.
#[component]
pub fn Panel(
    thread: ThreadId,
    #[prop(into)] name: Signal<&'static str>,
    children: Children,
) -> impl IntoView {
    let chat = use_client();
    let node = NodeRef::<Section>::new();
    // Opening the panel moves the focus into it.
    effect(move |_| {
        if let Some(panel) = node.get()
            && chat.looking.get_untracked()
        {
            let _ = panel.focus();
        }
    });
    view! {
        <section class="panel" aria-label=name tabindex="-1" node_ref=node>
            <div class="panel-head">
                <h2>{name}</h2>
                <a class="icon-button" href=thread_path(thread) aria-label="Close" title="Close">
                    <Close />
                </a>
            </div>
            {children()}
        </section>
    }
}
