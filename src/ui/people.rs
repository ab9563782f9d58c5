//! The list of people: everybody but oneself, with a filter. It holds thousands, and draws those in view.

use leptos::html::{Details, Div, Input as InputElement, Ul};
use leptos::prelude::*;

use super::chat::use_chat;
use super::icons::{Chevron, Search};
use super::person_row::PersonRow;
use super::preferences::Preferences;

/// The height of a row, as `style/` has it in `--person-row`.
const ROW_PX: i32 = 52;
/// Rows drawn above and below those in view, so that quick scrolling shows no gap.
const SPARE: usize = 12;
/// Rows that the server draws, and the browser before it knows how many are in view.
const AT_FIRST: usize = 60;

/// The list of people.
#[component]
pub fn People() -> impl IntoView {
    let chat = use_chat();
    let preferences = Preferences::here();
    let filter = RwSignal::new(String::new());
    let found = Memo::new(move |_| filter.with(|filter| chat.people(filter)));
    let count = Memo::new(move |_| found.with(Vec::len));
    let online = Memo::new(move |_| chat.online_count());
    let notice = RwSignal::new(None::<String>);

    // The first row that is drawn, and the one after the last.
    let range = RwSignal::new((0, AT_FIRST));
    let scroller = NodeRef::<Div>::new();
    let list = NodeRef::<Ul>::new();
    let details = NodeRef::<Details>::new();
    let search = NodeRef::<InputElement>::new();

    let look = move || {
        let Some(scroller) = scroller.get_untracked() else {
            return;
        };
        let top = usize::try_from(scroller.scroll_top() / ROW_PX).unwrap_or_default();
        let fits = usize::try_from(scroller.client_height() / ROW_PX + 1).unwrap_or_default();
        let first = top.saturating_sub(SPARE);
        // In steps, so that not every pixel of scrolling changes something.
        let first = first - first % 4;
        let next = (first, top + fits + SPARE);
        if range.get_untracked() != next {
            range.set(next);
        }
    };
    // The rows that are not drawn keep their place.
    Effect::new(move |_| {
        let (first, end) = range.get();
        let count = count.get();
        if let Some(list) = list.get() {
            let style = web_sys::HtmlElement::style(&list);
            let above = first.min(count) * ROW_PX as usize;
            let below = count.saturating_sub(end) * ROW_PX as usize;
            let _ = style.set_property("padding-top", &format!("{above}px"));
            let _ = style.set_property("padding-bottom", &format!("{below}px"));
        }
    });
    Effect::new(move |_| {
        count.track();
        look();
        // What was typed before the page was taken over.
        if let Some(search) = search.get_untracked()
            && search.value() != filter.get_untracked()
        {
            filter.set(search.value());
        }
    });
    let filtered = move |text: String| {
        filter.set(text);
        if let Some(scroller) = scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
        look();
    };
    let toggled = move |_| {
        if let Some(details) = details.get_untracked() {
            Preferences::set_people_open(details.open());
        }
        look();
    };
    let rows = move || {
        let (first, end) = range.get();
        found.with(|found| {
            let end = end.min(found.len());
            let first = first.min(end);
            found[first..end].to_vec()
        })
    };
    let nobody = move || {
        (count.get() == 0).then(|| {
            let text = if filter.with(|filter| filter.trim().is_empty()) {
                "Nobody else is here yet."
            } else {
                "Nobody has such a name."
            };
            view! { <p class="hint">{text}</p> }
        })
    };
    view! {
        <details class="people" open=preferences.people_open node_ref=details on:toggle=toggled>
            <summary>
                <Chevron />
                <span class="people-title">"People"</span>
                <span class="people-online">{move || format!("{} online", online.get())}</span>
            </summary>
            <div class="people-body">
                <label class="search live-only">
                    <span class="sr-only">"Filter people"</span>
                    <Search />
                    <input
                        type="search"
                        node_ref=search
                        autocomplete="off"
                        placeholder="Find somebody"
                        on:input=move |ev| filtered(event_target_value(&ev))
                    />
                </label>
                <p class="field-error" role="alert">
                    {move || notice.get()}
                </p>
                <div class="people-scroller" node_ref=scroller on:scroll=move |_| look()>
                    <ul class="rows" node_ref=list>
                        <For each=rows key=|id| *id let:id>
                            <PersonRow id found notice />
                        </For>
                    </ul>
                    {nobody}
                </div>
            </div>
        </details>
    }
}
