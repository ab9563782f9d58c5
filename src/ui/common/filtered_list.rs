//! A filterable list of people. It holds thousands, and renders only those in view.

use std::sync::Arc;

use leptos::html::{Div, Input as InputElement, Ul};
use leptos::prelude::*;

use super::erased::erase;
use super::icons::Search;
use crate::model::UserId;

/// The height of a row: must equal `--person-row` in `style/`.
const ROW_PX: i32 = 52;
/// Rows rendered above and below those in view, so that quick scrolling shows no gap.
const OVERSCAN: usize = 12;
/// Rows that the server renders, and the browser until it knows how many are in view.
const INITIAL_ROWS: usize = 60;

/// Renders the row of a person.
pub type Draw = Arc<dyn Fn(UserId) -> AnyView + Send + Sync>;

#[component]
pub fn FilteredList(
    label: &'static str,
    placeholder: &'static str,
    /// The text of the filter.
    filter: RwSignal<String>,
    /// The matching people, in order.
    found: Memo<Vec<UserId>>,
    draw: Draw,
    /// Shown when nobody matches.
    #[prop(into)]
    nobody: Signal<&'static str>,
    /// The error, if something failed.
    #[prop(into)]
    notice: Signal<Option<String>>,
    /// Notified when the list has come into view, or changed its height.
    #[prop(optional)]
    resized: Option<RwSignal<()>>,
) -> impl IntoView {
    let count = Memo::new(move |_| found.with(Vec::len));
    // The first rendered row, and the one after the last.
    let range = RwSignal::new((0, INITIAL_ROWS));
    let scroller = NodeRef::<Div>::new();
    let list = NodeRef::<Ul>::new();
    let search = NodeRef::<InputElement>::new();

    let look = move || {
        let Some(scroller) = scroller.get_untracked() else {
            return;
        };
        let top = usize::try_from(scroller.scroll_top() / ROW_PX).unwrap_or_default();
        let fits = usize::try_from(scroller.client_height() / ROW_PX + 1).unwrap_or_default();
        let first = top.saturating_sub(OVERSCAN);
        // In steps, so that not every pixel of scrolling changes the range.
        let first = first - first % 4;
        let next = (first, top + fits + OVERSCAN);
        if range.get_untracked() != next {
            range.set(next);
        }
    };
    // Padding takes the place of the rows that are not rendered.
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
        if let Some(resized) = resized {
            resized.track();
        }
        look();
        // The user may have typed before hydration.
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
            let unfiltered = filter.with(|filter| filter.trim().is_empty());
            let text = if unfiltered {
                nobody.get()
            } else {
                "Nobody has such a name."
            };
            view! { <p class="hint">{text}</p> }.into_any()
        })
    };
    view! {
        <label class="search live-only">
            <span class="sr-only">{label}</span>
            <Search />
            <input
                type="search"
                node_ref=search
                autocomplete="off"
                placeholder=placeholder
                on:input=move |ev| filtered(event_target_value(&ev))
            />
        </label>
        <p class="field-error" role="alert">
            {notice}
        </p>
        <div class="people-scroller" node_ref=scroller on:scroll=move |_| look()>
            <ul class="rows" node_ref=list>
                <For each=rows key=|id| *id let:id>
                    {draw(id)}
                </For>
            </ul>
            {erase(nobody)}
        </div>
    }
}

/// The position of a person among all, for `aria-posinset` and `aria-setsize`: not all rows are rendered.
pub fn position_of(found: Memo<Vec<UserId>>, id: UserId) -> Memo<(Option<usize>, usize)> {
    Memo::new(move |_| {
        found.with(|found| (found.iter().position(|other| *other == id), found.len()))
    })
}
