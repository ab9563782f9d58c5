//! What the page brought for one part of the window. It is taken once: what is opened later is fetched.

use leptos::prelude::*;

use crate::model::{Refusal, RoomCard, RoomsPage, SearchPage};

/// See the module's page.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    pub card: Option<RoomCard>,
    pub rooms: Option<(String, RoomsPage)>,
    pub found: Option<(String, SearchPage)>,
    /// A key that is offered for a new room.
    pub key: Option<String>,
    pub pane: Option<String>,
    /// Why a form that was sent without a script was refused, or an invite link leads nowhere.
    pub refused: Option<Refusal>,
}

impl Brought {
    /// Keeps it for the part of the window that is drawn first.
    pub fn provide(self) {
        provide_context(StoredValue::new(Some(self)));
    }

    /// Takes it; empty when it has been taken.
    #[must_use]
    pub fn take() -> Self {
        use_context::<StoredValue<Option<Self>>>()
            .and_then(|kept| kept.try_update_value(Option::take).flatten())
            .unwrap_or_default()
    }
}
