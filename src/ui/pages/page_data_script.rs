//! The script element with the page's data.

use leptos::prelude::*;

use crate::client::{dom, page_data};
use crate::model::page_data::{ELEMENT, PageData};
use crate::routes::Route;
use crate::ui::lazy;
use crate::ui::markdown::loader;

/// The element with the data as JSON, which the browser doesn't run. Only the server renders it. Its attributes
/// tell the browser which lazily loaded code to wait for before hydration.
#[component]
pub fn PageDataScript() -> impl IntoView {
    let data = page_data::load();
    let later = lazy::is_needed(&data, Route::of(&dom::path()));
    let files = lazy::has_files(&data);
    let marked = loader::is_needed(&data);
    (data != PageData::default()).then(|| {
        view! {
            <script
                type="application/json"
                id=ELEMENT
                data-later=later
                data-files=files
                data-marked=marked
                inner_html=data.to_script()
            ></script>
        }
    })
}
