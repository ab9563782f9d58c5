//! The document shell, and the page for each address.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};

use crate::client::dom;
use crate::client::preferences::Preferences;
use crate::routes::{ICON, LOG_IN, Route, SIGN_UP};
use crate::ui::lazy_views;
use crate::ui::markdown::render;
use crate::ui::pages::chat_page::ChatPage;
use crate::ui::pages::log_in_page::LogInPage;
use crate::ui::pages::not_found::NotFound;
use crate::ui::pages::page_data_script::PageDataScript;
use crate::ui::pages::sign_up_page::SignUpPage;

/// The document around the app. Only the server renders it.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = Preferences::here().theme.attribute();
    provide_meta_context();
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
                <link rel="icon" href=ICON type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HashedStylesheet options=options.clone() id="chapp-style" />
                <HydrationScripts options />
                <PageDataScript />
                <MetaTags />
                <Title formatter=|title: String| escaped(&title) />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Escapes a text for a `<title>`. On the server `leptos_meta` writes the text of a title into the page as it is,
/// and titles contain names that users chose; in the browser it sets `document.title`, where nothing may be
/// escaped. So the formatter that escapes belongs to the document shell, which only the server renders, and applies
/// to every `<Title>` below it. No other component may set a formatter: the last one replaces this one.
///
/// In a title only these two characters have a meaning (HTML Standard, "Escapable raw text elements").
fn escaped(title: &str) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;")
}

/// The app, as both sides render it. The log-in and sign-up pages are documents of their own; within the window
/// [`Router`](crate::client::router::Router) navigates without loading a document.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    lazy_views::install();
    render::install();
    view! {
        <Title text="chapp" />
        {match dom::path().as_str() {
            LOG_IN => view! { <LogInPage /> }.into_any(),
            SIGN_UP => view! { <SignUpPage /> }.into_any(),
            path if Route::is_in_window(path) => view! { <ChatPage /> }.into_any(),
            _ => view! { <NotFound /> }.into_any(),
        }}
    }
}
