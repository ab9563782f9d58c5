//! chapp: a real-time chat. This file is the map of the crate.
//!
//! Data flows one way: browser → [`api`] / socket → chat → store → hub → sockets → browser. `docs/ARCHITECTURE.md`
//! describes the layers, and the path of one message through them.

#![recursion_limit = "512"]

#[cfg(feature = "ssr")]
pub mod api;
pub mod app;
pub mod client;
pub mod engine;
pub mod model;
pub mod protocol;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// The entry point in the browser: hydrates the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    start();
}

/// Hydrates the page, once the lazily loaded code that its first render needs has arrived.
#[cfg(feature = "hydrate")]
fn start() {
    use leptos::prelude::{document, set_timeout};
    use model::page_data::{ELEMENT, NEEDS_FILES, NEEDS_MARKDOWN, NEEDS_VIEWS};
    use ui::markdown::{loader, render};
    use ui::{lazy, lazy_views};

    /// The pause before another attempt.
    const PAUSE: std::time::Duration = std::time::Duration::from_secs(3);

    lazy_views::install();
    render::install();
    let element = document().get_element_by_id(ELEMENT);
    let needs = |name| element.as_ref().is_some_and(|it| it.has_attribute(name));
    let (needs_views, needs_files) = (needs(NEEDS_VIEWS), needs(NEEDS_FILES));
    let needs_markdown = needs(NEEDS_MARKDOWN);
    if !needs_views && !needs_files && !needs_markdown {
        leptos::mount::hydrate_body(app::App);
        return;
    }
    // Leptos has no executor before it hydrates.
    wasm_bindgen_futures::spawn_local(async move {
        // The downloads are already in progress: the head of the page preloads them.
        let views = !needs_views || lazy::VIEWS.load().await.is_some();
        let files = !needs_files || lazy::FILE_VIEWS.load().await.is_some();
        let markdown = !needs_markdown || loader::RENDERER.load().await.is_some();
        if views && files && markdown {
            leptos::mount::hydrate_body(app::App);
        } else {
            // Until then it works like a page without JavaScript: it can be read, and its forms work.
            set_timeout(start, PAUSE);
        }
    });
}
