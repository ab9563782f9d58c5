//! A filterable list of people. It holds thousands, and renders only those in view.

use std::sync::Arc;

use leptos::html::{Div, Input as InputElement, Ul};
use leptos::prelude::*;

use super::erased::erase;
use super::icons::Search;
use super::on_resize::on_resize;
use crate::client::reactive::{effect, handler, memo};
use crate::model::UserId;

/// The height of a row: must equal `--person-row` in `style/`.
const ROW_PX: i32 = 52;
/// The height of a letter: must equal `--letter-row` in `style/`.
const LETTER_PX: i32 = 24;
/// Rows rendered above and below those in view, so that quick scrolling shows no gap.
const OVERSCAN: usize = 12;
/// Rows that the server renders, and the browser until it knows how many are in view.
const INITIAL_ROWS: usize = 60;

/// Letters over the rows: each with the index of the row that it precedes, in order.
pub type Letters = Vec<(usize, String)>;

/// The letter before a row, if it is the first below it, and the person.
type Row = (Option<String>, UserId);

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
    /// The letters over the people.
    #[prop(optional)]
    letters: Option<Memo<Letters>>,
    draw: Draw,
    /// Shown when nobody matches.
    #[prop(into)]
    nobody: Signal<&'static str>,
    /// The error, if something failed.
    #[prop(into)]
    notice: Signal<Option<String>>,
) -> impl IntoView {
    let count = memo(move |_| found.with(Vec::len));
    let letters = memo(move |_| letters.map(|letters| letters.get()).unwrap_or_default());
    // The first rendered row, and the one after the last.
    let range = RwSignal::new((0, INITIAL_ROWS));
    let scroller = NodeRef::<Div>::new();
    let list = NodeRef::<Ul>::new();
    let search = NodeRef::<InputElement>::new();

    let look = move || {
        let Some(scroller) = scroller.get_untracked() else {
            return;
        };
        let top = letters.with_untracked(|letters| row_at(letters, scroller.scroll_top()));
        let fits = usize::try_from(scroller.client_height() / ROW_PX + 1).unwrap_or_default();
        let first = top.saturating_sub(OVERSCAN);
        // In steps, so that not every pixel of scrolling changes the range.
        let first = first - first % 4;
        let next = (first, top + fits + OVERSCAN);
        if range.get_untracked() != next {
            range.set(next);
        }
    };
    pad(list, found, letters, range);
    effect(move |_| {
        count.track();
        look();
    });
    show_filter(search, filter);
    on_resize(scroller, look);
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
            letters.with(|letters| with_letters(letters, found, first, end))
        })
    };
    let nobody = move || {
        (count.get() == 0).then(|| {
            let unfiltered = filter.with(|filter| filter.trim().is_empty());
            let text = if unfiltered {
                nobody.get()
            } else {
                "No one found"
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
        <div class="people-scroller" node_ref=scroller on:scroll=handler(move |_| look())>
            <ul class="rows" node_ref=list>
                <For
                    each=rows
                    key=Row::clone
                    children=move |(letter, id)| {
                        let letter = letter
                            .map(|letter| {
                                view! {
                                    <li class="letter" aria-hidden="true">
                                        {letter}
                                    </li>
                                }
                            });
                        view! {
                            {letter}
                            {draw(id)}
                        }
                    }
                />
            </ul>
            {erase(nobody)}
        </div>
    }
}

/// The distance from the top of the list at which the rows from `row` on begin, with the letter over them: that of
/// their section stays in view, so it is rendered with the first of them.
fn top_of(letters: &[(usize, String)], row: usize) -> usize {
    let above = letters.partition_point(|(at, _)| *at <= row);
    row * ROW_PX as usize + above.saturating_sub(1) * LETTER_PX as usize
}

/// The row at this distance from the top.
fn row_at(letters: &[(usize, String)], top: i32) -> usize {
    let rows = |above: usize| (top - above as i32 * LETTER_PX).max(0) / ROW_PX;
    let above = (0..letters.len()).find(|above| rows(*above) < letters[*above].0 as i32);
    rows(above.unwrap_or(letters.len())).unsigned_abs() as usize
}

/// The rows from `first` to `end`, each with the letter before it.
fn with_letters(
    letters: &[(usize, String)],
    found: &[UserId],
    first: usize,
    end: usize,
) -> Vec<Row> {
    let rows = (first..end).map(|row| {
        let above = letters.partition_point(|(at, _)| *at <= row);
        let letter = above.checked_sub(1).map(|above| &letters[above]);
        let letter = letter.filter(|(at, _)| *at == row || row == first);
        (letter.map(|(_, letter)| letter.clone()), found[row])
    });
    rows.collect()
}

/// Leaves space for the rows that are not rendered, above and below.
fn pad(
    list: NodeRef<Ul>,
    found: Memo<Vec<UserId>>,
    letters: Memo<Letters>,
    range: RwSignal<(usize, usize)>,
) {
    effect(move |_| {
        let (first, end) = range.get();
        let count = found.with(Vec::len);
        if let Some(list) = list.get() {
            let style = web_sys::HtmlElement::style(&list);
            let (above, below) = letters.with(|letters| {
                let end = end.min(count);
                let unrendered = letters.len() - letters.partition_point(|(at, _)| *at < end);
                let below = (count - end) * ROW_PX as usize + unrendered * LETTER_PX as usize;
                (top_of(letters, first.min(count)), below)
            });
            let _ = style.set_property("padding-top", &format!("{above}px"));
            let _ = style.set_property("padding-bottom", &format!("{below}px"));
        }
    });
}

/// Shows the filter in its field when others have emptied it. What was typed before hydration becomes the filter.
fn show_filter(search: NodeRef<InputElement>, filter: RwSignal<String>) {
    effect(move |begun: Option<()>| {
        let text = filter.get();
        let Some(search) = search.get_untracked() else {
            return;
        };
        if begun.is_none() && !search.value().is_empty() {
            filter.set(search.value());
        } else if search.value() != text {
            search.set_value(&text);
        }
    });
}

/// The position of a person among all, for `aria-posinset` and `aria-setsize`: not all rows are rendered.
pub fn position_of(found: Memo<Vec<UserId>>, id: UserId) -> Memo<(Option<usize>, usize)> {
    memo(move |_| found.with(|found| (found.iter().position(|other| *other == id), found.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_keeps_its_letter_wherever_the_rendered_rows_begin() {
        let letters = vec![(0, "A".to_owned()), (2, "B".to_owned())];
        let people: Vec<UserId> = (1..=4).map(UserId).collect();
        let shown = |first, end| {
            let rows = with_letters(&letters, &people, first, end);
            let rows = rows.into_iter();
            rows.map(|(letter, id)| (letter.unwrap_or_default(), id.0))
                .collect::<Vec<_>>()
        };
        let rows = |all: &[(&str, i64)]| -> Vec<(String, i64)> {
            all.iter().map(|(at, id)| ((*at).to_owned(), *id)).collect()
        };
        assert_eq!(shown(0, 4), rows(&[("A", 1), ("", 2), ("B", 3), ("", 4)]));
        assert_eq!(shown(1, 3), rows(&[("A", 2), ("B", 3)]));
        assert_eq!(shown(3, 4), rows(&[("B", 4)]));
    }

    #[test]
    fn letters_take_space_between_the_rows() {
        let letters = vec![(0, "A".to_owned()), (2, "B".to_owned())];
        // The letter of the first rendered row is rendered too, so its space isn't left above it.
        assert_eq!(top_of(&letters, 0), 0);
        assert_eq!(top_of(&letters, 1), 52);
        assert_eq!(top_of(&letters, 2), 104 + 24);
        assert_eq!(top_of(&letters, 3), 156 + 24);
        assert_eq!(top_of(&[], 3), 156);
        for (top, row) in [(0, 0), (30, 0), (80, 1), (128, 1), (160, 2), (210, 3)] {
            assert_eq!(row_at(&letters, top), row, "at {top}");
        }
        assert_eq!(row_at(&[], 110), 2);
    }
}
