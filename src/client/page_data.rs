//! Access to [`PageData`] during rendering and hydration.

use leptos::prelude::*;

use crate::model::page_data::PageData;

/// The data of this page: of the request on the server, of the document in the browser. There the element is
/// removed, so that a page opened later does not start from it.
#[must_use]
pub fn load() -> PageData {
    #[cfg(feature = "ssr")]
    {
        use_context::<http::request::Parts>()
            .and_then(|parts| parts.extensions.get::<PageData>().cloned())
            .unwrap_or_default()
    }
    #[cfg(not(feature = "ssr"))]
    {
        document()
            .get_element_by_id(crate::model::page_data::ELEMENT)
            .and_then(|element| {
                element.remove();
                crate::model::json::read(&element.text_content()?).ok()
            })
            .unwrap_or_default()
    }
}

/// Provides the data to the pane that is rendered first.
pub fn provide(data: PageData) {
    provide_context(StoredValue::new(Some(data)));
}

/// Removes and returns the data from [`provide`]. It is empty from then on, so that a pane opened later fetches its
/// own.
#[must_use]
pub fn take() -> PageData {
    use_context::<StoredValue<Option<PageData>>>()
        .and_then(|data| data.try_update_value(Option::take).flatten())
        .unwrap_or_default()
}
