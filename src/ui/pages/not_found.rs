//! The pages for an unknown address, and for a server that can't answer now.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::client::dom;
use crate::client::reactive::effect;
use crate::client::response;
use crate::ui::common::icons::Logo;

/// The page for an unknown address.
#[component]
pub fn NotFound() -> impl IntoView {
    response::status(http::StatusCode::NOT_FOUND);
    effect(|_| dom::mark_hydrated());
    view! {
        <Title text="Page not found – chapp" />
        <main class="card-page">
            <div class="card notice">
                <Logo />
                <h1>"Page not found"</h1>
                <p>"Check the address. The page may have been deleted."</p>
                <p>
                    <a class="button" href="/" rel="external">
                        "Go to your chats"
                    </a>
                </p>
            </div>
        </main>
    }
}

/// The page of a failed request.
#[component]
pub fn Fault(text: String) -> impl IntoView {
    effect(|_| dom::mark_hydrated());
    view! {
        <Title text="Something went wrong – chapp" />
        <main class="card-page">
            <div class="card notice">
                <Logo />
                <h1>"That didn't work"</h1>
                <p role="alert">{text}</p>
                <p>
                    <a class="button" href="" rel="external">
                        "Try again"
                    </a>
                </p>
            </div>
        </main>
    }
}
