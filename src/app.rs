//! The document shell and the routes.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::ui::chat_page::ChatPage;
use crate::ui::log_in_page::LogInPage;
use crate::ui::not_found::NotFound;
use crate::ui::preferences::Preferences;
use crate::ui::sign_up_page::SignUpPage;
use crate::ui::start::StartData;

/// The document around the app. Only the server renders it.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = Preferences::here().theme.attribute();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f4f2ee" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#1b1d1c" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HashedStylesheet options=options.clone() id="chapp-style" />
                <HydrationScripts options />
                <StartData />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The app: what both sides render.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title text="chapp" />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/login") view=LogInPage ssr=SsrMode::Async />
                <Route path=path!("/signup") view=SignUpPage ssr=SsrMode::Async />
                // One page for all of these: what is open is read from the address, and the rest stays.
                <ParentRoute path=path!("") view=ChatPage ssr=SsrMode::Async>
                    <Route path=path!("/") view=|| () ssr=SsrMode::Async />
                    <Route path=path!("/t/:thread") view=|| () ssr=SsrMode::Async />
                    <Route path=path!("/t/:thread/about") view=|| () ssr=SsrMode::Async />
                    <Route path=path!("/rooms") view=|| () ssr=SsrMode::Async />
                    <Route path=path!("/rooms/new") view=|| () ssr=SsrMode::Async />
                    <Route path=path!("/join/:token") view=|| () ssr=SsrMode::Async />
                    <Route path=path!("/admin") view=|| () ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
