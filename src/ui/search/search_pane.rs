//! The search pane: the field, and the results with links.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::{Input as InputElement, Section};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlElement;

use crate::client::api;
use crate::client::clock;
use crate::client::dom;
use crate::client::page_data;
use crate::client::reactive::{effect, handler};
use crate::client::router::Router;
use crate::model::search::{DaysBegin, OPERATORS};
use crate::model::{Field, Refusal, Search, SearchPage, limits};
use crate::routes::{Route, SEARCH, search_path};
use crate::ui::common::debounce::{Debounce, Latest};
use crate::ui::common::erased::erase;
use crate::ui::common::icons::Search as Glass;
use crate::ui::common::pane_header::PaneHeader;
use crate::ui::message::message_preview::excerpt;

/// The meanings of [`OPERATORS`], in order.
const MEANINGS: [&str; 6] = [
    "messages by someone, or from:me",
    "in a room, or with someone",
    "on or after that day",
    "before that day",
    "with a link; has:file and has:image too",
    "with a file of that name",
];

#[component]
pub fn SearchPane() -> impl IntoView {
    let brought = page_data::take();
    let refused = brought.refused;
    let found = Results::new(brought.found, refused);
    let field = NodeRef::<InputElement>::new();
    let node = NodeRef::<Section>::new();
    let debounce = Debounce::new(limits::SEARCH_PAUSE);
    let typed = move |text: String| {
        found.text.set(text);
        debounce.run(move || found.search());
    };
    let sent = move |event: SubmitEvent| {
        event.prevent_default();
        debounce.cancel();
        found.search();
    };
    effect(move |_| {
        let Some(input) = field.get() else { return };
        // The user may have typed before hydration.
        let early = input.value();
        if early != found.text.get_untracked() {
            typed(early);
        } else if found.refused.with_untracked(Option::is_none)
            // The results in the page's data were found by days in UTC.
            && (found.page.with_untracked(Option::is_none) || days(&early) != (None, None))
        {
            found.search();
        }
        if !dom::is_touch() || input.value().is_empty() {
            dom::after_render(move || drop(input.focus()));
        }
    });
    // A link to another search changes the address, but not the pane.
    let router = expect_context::<Router>();
    effect(move |begun: Option<()>| {
        let is_here = router.route() == Route::Search && dom::path() == SEARCH;
        let text = dom::query("q");
        if begun.is_some() && is_here && text != found.text.get_untracked().trim() {
            debounce.cancel();
            if let Some(input) = field.get_untracked() {
                input.set_value(&text);
                let _ = input.focus();
            }
            found.text.set(text);
            found.search();
        }
    });
    let add = move |operator: &'static str| {
        let Some(input) = field.get_untracked() else {
            return;
        };
        let before = input.value();
        let space = if before.is_empty() || before.ends_with(' ') {
            ""
        } else {
            " "
        };
        let text = [&before, space, operator].concat();
        input.set_value(&text);
        let _ = input.focus();
        typed(text);
    };
    let pressed = move |event: KeyboardEvent| {
        if let Some(section) = node.get_untracked()
            && move_focus(&section, &event.key())
        {
            event.prevent_default();
        }
    };
    let query_error = move || found.query_error();
    view! {
        <PaneHeader name="Search" />
        <div class="pane-scroll">
            <section class="pane-content search-pane" aria-label="Messages" node_ref=node on:keydown=pressed>
                <form class="search" role="search" method="get" action=SEARCH on:submit=sent>
                    <label class="sr-only" for="search-field">
                        "Search messages"
                    </label>
                    <Glass />
                    <input
                        id="search-field"
                        type="search"
                        name="q"
                        value=found.text.get_untracked()
                        autocomplete="off"
                        maxlength=limits::QUERY_MAX.to_string()
                        placeholder="Search messages"
                        node_ref=field
                        aria-invalid=move || query_error().map(|_| "true")
                        aria-describedby="search-error"
                        on:input=move |event| typed(event_target_value(&event))
                    />
                </form>
                <p class="field-error" id="search-error" role="alert">
                    {query_error}
                </p>
                <Hints add=Callback::new(add) />
                <Status found />
                <Hits found />
            </section>
        </div>
    }
}

/// The days of `after:` and `before:` in the text, by their numbers.
fn days(text: &str) -> (Option<i64>, Option<i64>) {
    let search = Search::parse(text).unwrap_or_default();
    (search.after, search.before)
}

/// The fetched part of the results.
#[derive(Clone, Copy)]
struct Results {
    /// The text in the field.
    text: RwSignal<String>,
    /// The answer to the last search; `None` before the first one.
    page: RwSignal<Option<SearchPage>>,
    loading: RwSignal<bool>,
    refused: RwSignal<Option<Refusal>>,
    request: Latest,
}

impl Results {
    fn new(brought: Option<(String, SearchPage)>, refused: Option<Refusal>) -> Self {
        let (text, page) = match brought {
            Some((text, page)) => (text, refused.is_none().then_some(page)),
            None => (dom::query("q"), None),
        };
        Self {
            page: RwSignal::new(page.filter(|_| !text.trim().is_empty())),
            loading: RwSignal::new(false),
            refused: RwSignal::new(refused),
            text: RwSignal::new(text),
            request: Latest::new(),
        }
    }

    /// Searches for the text, and puts it into the address.
    fn search(self) {
        let text = self.text.get_untracked();
        dom::replace_address(&search_path(text.trim()));
        if text.trim().is_empty() {
            // A pending answer must not come in later.
            self.request.cancel();
            self.loading.set(false);
            self.refused.set(None);
            self.page.set(None);
        } else if let Err(refusal) = Search::parse(&text) {
            self.request.cancel();
            self.loading.set(false);
            self.refused.set(Some(refusal));
        } else {
            self.fetch(None);
        }
    }

    fn fetch(self, after: Option<String>) {
        let request = self.request.begin();
        self.loading.set(true);
        let text = self.text.get_untracked();
        spawn_local(async move {
            let days = days(&text);
            let begin = DaysBegin {
                after: days.0.map(clock::begins),
                before: days.1.map(clock::begins),
            };
            let answer = api::search(text.trim(), after.as_deref(), begin).await;
            if !self.request.is(request) {
                return;
            }
            self.loading.set(false);
            match answer {
                Ok(page) => {
                    self.refused.set(None);
                    self.page.update(|all| match all {
                        Some(all) if after.is_some() => {
                            all.hits.extend(page.hits);
                            all.threads.extend(page.threads);
                            all.people.extend(page.people);
                            all.more = page.more;
                        }
                        _ => *all = Some(page),
                    });
                }
                Err(refusal) => self.refused.set(Some(refusal)),
            }
        });
    }

    /// Why the text is invalid.
    fn query_error(self) -> Option<String> {
        self.refused.with(|refused| {
            let refused = refused.as_ref()?;
            (refused.field() == Some(Field::Query)).then(|| refused.to_string())
        })
    }

    /// Why there is no answer, unless the text is invalid.
    fn failed(self) -> Option<String> {
        match self.query_error() {
            Some(_) => None,
            None => self
                .refused
                .with(|refused| refused.as_ref().map(Refusal::to_string)),
        }
    }
}

/// The operators, as buttons that insert them into the field.
#[component]
fn Hints(add: Callback<&'static str>) -> impl IntoView {
    let hints = OPERATORS
        .into_iter()
        .zip(MEANINGS)
        .map(|((operator, _), meaning)| {
            let put = if operator == "has:" {
                "has:link "
            } else {
                operator
            };
            view! {
                <button
                    type="button"
                    class="button small search-hint"
                    title=meaning
                    aria-label=["Add ", put.trim(), ": ", meaning].concat()
                    on:click=handler(move |_| add.run(put))
                >
                    {put.trim()}
                </button>
            }
        });
    view! { <div class="search-hints live-only">{hints.collect_view()}</div> }
}

/// The number of results, visible and for screen readers; or what to do next if there are none.
#[component]
fn Status(found: Results) -> impl IntoView {
    let status = move || {
        let loading = found.loading.get();
        found.page.with(|page| match page {
            _ if found.refused.with(Option::is_some) => String::new(),
            None if loading => "Searching…".to_owned(),
            None => String::new(),
            Some(page) => match (page.hits.len(), page.more.is_some()) {
                (0, true) => "No messages found so far".to_owned(),
                (0, false) => "No messages found".to_owned(),
                (1, false) => "1 message".to_owned(),
                (count, false) => format!("{count} messages"),
                (count, true) => format!("{count} or more messages"),
            },
        })
    };
    let partial = move || {
        let is_partial = found
            .page
            .with(|page| page.as_ref().is_some_and(|page| page.is_partial));
        is_partial.then(|| {
            view! {
                <p class="section-hint">
                    "Older messages are still being indexed, so some may be missing."
                </p>
            }
            .into_any()
        })
    };
    let rest = move || {
        if let Some(failed) = found.failed() {
            return view! {
                <div class="empty-state" role="alert">
                    <p>{failed}</p>
                    <p>
                        <button type="button" class="button" on:click=handler(move |_| found.fetch(None))>
                            "Try again"
                        </button>
                    </p>
                </div>
            }
            .into_any();
        }
        if found.query_error().is_some() {
            return ().into_any();
        }
        let is_loading = found.loading.get();
        let hits = found
            .page
            .with(|page| page.as_ref().map(|page| page.hits.len()));
        match hits {
            None if !is_loading => guide(),
            None => view! { <div class="search-skeleton" aria-hidden="true"></div> }.into_any(),
            Some(0) => view! {
                <div class="empty-state">
                    <Glass />
                    <p>"Try fewer or shorter words. Search covers all your chats."</p>
                </div>
            }
            .into_any(),
            Some(_) => ().into_any(),
        }
    };
    view! {
        <p class="search-count" role="status">
            {status}
        </p>
        {erase(partial)}
        {erase(rest)}
    }
}

/// The operators with examples, shown before the first search.
fn guide() -> AnyView {
    let rows = OPERATORS
        .into_iter()
        .zip(MEANINGS)
        .map(|((_, example), meaning)| {
            view! {
                <div>
                    <dt>
                        <code>{example}</code>
                    </dt>
                    <dd>{meaning}</dd>
                </div>
            }
        });
    view! {
        <div class="search-guide">
            <h2>"Find any message"</h2>
            <p>"Type words in any order, or put some in \"quotes\" to find them together. To narrow it down, add:"</p>
            <dl>{rows.collect_view()}</dl>
        </div>
    }
    .into_any()
}

#[component]
fn Hits(found: Results) -> impl IntoView {
    let hits = move || {
        let all = found.page.get().unwrap_or_default();
        let hits = all.hits.into_iter().map(|hit| {
            let thread = all.threads.iter().find(|head| head.id == hit.thread);
            let author = all.people.iter().find(|person| person.id == hit.author);
            let text = hit.excerpt.into_iter().map(|piece| match piece.is_hit {
                true => view! { <mark>{piece.text}</mark> }.into_any(),
                false => piece.text.into_any(),
            });
            let text = text.collect::<Vec<_>>().into_any();
            let link = excerpt((hit.thread, hit.seq, hit.at), author, thread, text);
            view! { <li>{link}</li> }
        });
        hits.collect_view().into_any()
    };
    let more = move || {
        let after = found
            .page
            .with(|page| page.as_ref().and_then(|page| page.more.clone()));
        after
            .filter(|_| found.refused.with(Option::is_none))
            .map(|after| {
                view! {
                    <button
                        type="button"
                        class="button quiet live-only search-more"
                        disabled=move || found.loading.get()
                        on:click=handler(move |_| found.fetch(Some(after.clone())))
                    >
                        "Show older messages"
                    </button>
                }
                .into_any()
            })
    };
    let hidden = move || found.refused.with(Option::is_some);
    view! {
        <ul
            class="hits"
            class:stale=move || found.loading.get()
            hidden=hidden
            aria-label="Search results"
            aria-busy=move || found.loading.get().to_string()
        >
            {erase(hits)}
        </ul>
        {erase(more)}
    }
}

/// Moves focus from the field to the results, and through them. Returns whether it moved.
fn move_focus(section: &HtmlElement, key: &str) -> bool {
    dom::move_focus(
        section,
        "#search-field, .excerpt, .search-more",
        |at| match key {
            "ArrowDown" => Some(at? + 1),
            "ArrowUp" => at?.checked_sub(1),
            _ => None,
        },
    )
}
