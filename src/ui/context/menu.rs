//! The content of a menu, as values. `ui/common/floating/menu.rs` draws it.

use std::sync::Arc;

use leptos::prelude::*;

use super::confirmation::Confirmation;
use super::toasts::Undoable;

/// A menu: groups of items with a line between them.
#[derive(Clone)]
pub struct Menu {
    /// The accessible name.
    pub name: String,
    pub groups: Vec<MenuGroup>,
}

/// A group of items.
#[derive(Clone)]
pub struct MenuGroup {
    /// The name of a group of choices, shown above them.
    pub name: Option<&'static str>,
    pub items: Vec<MenuItem>,
}

/// An item of a menu.
#[derive(Clone)]
pub struct MenuItem {
    pub label: String,
    pub icon: Option<fn() -> AnyView>,
    /// The keys that do the same, shown at the end.
    pub keys: &'static str,
    pub is_danger: bool,
    /// Of an item that is one of several choices: whether it is the current one.
    pub checked: Option<bool>,
    pub does: Does,
}

/// What an item does when it is chosen.
#[derive(Clone)]
pub enum Does {
    /// Goes to a path of the window, as a link.
    Go(String),
    /// Asks first.
    Ask(Confirmation),
    /// Does what can be undone, and offers that.
    Undoable(Undoable),
    Run(Arc<dyn Fn() + Send + Sync>),
}

impl Menu {
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            groups: Vec::new(),
        }
    }

    /// Adds a group; one without items is left out.
    #[must_use]
    pub fn group(self, items: impl IntoIterator<Item = MenuItem>) -> Self {
        self.add(None, items)
    }

    /// Adds a group of choices of which one is current (`MenuItem::checked`), in one line below their name.
    #[must_use]
    pub fn choices(self, name: &'static str, items: impl IntoIterator<Item = MenuItem>) -> Self {
        self.add(Some(name), items)
    }

    fn add(
        mut self,
        name: Option<&'static str>,
        items: impl IntoIterator<Item = MenuItem>,
    ) -> Self {
        let items: Vec<_> = items.into_iter().collect();
        if !items.is_empty() {
            self.groups.push(MenuGroup { name, items });
        }
        self
    }

    /// Whether there is nothing to choose.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

impl MenuItem {
    fn new(label: impl Into<String>, does: Does) -> Self {
        Self {
            label: label.into(),
            icon: None,
            keys: "",
            is_danger: false,
            checked: None,
            does,
        }
    }

    /// An item that runs this.
    #[must_use]
    pub fn run(label: impl Into<String>, run: impl Fn() + Send + Sync + 'static) -> Self {
        Self::new(label, Does::Run(Arc::new(run)))
    }

    /// An item that is a link to a path of the window.
    #[must_use]
    pub fn link(label: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(label, Does::Go(path.into()))
    }

    /// An item that asks before it acts.
    #[must_use]
    pub fn ask(question: Confirmation) -> Self {
        Self::new([question.act, "…"].concat(), Does::Ask(question))
    }

    /// An item that acts at once, and offers to undo it.
    #[must_use]
    pub fn undoable(label: impl Into<String>, act: Undoable) -> Self {
        Self::new(label, Does::Undoable(act))
    }

    #[must_use]
    pub fn icon(mut self, icon: fn() -> AnyView) -> Self {
        self.icon = Some(icon);
        self
    }

    #[must_use]
    pub fn keys(mut self, keys: &'static str) -> Self {
        self.keys = keys;
        self
    }

    /// Marks an item that destroys something, or keeps someone out. It belongs in the last group.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.is_danger = true;
        self
    }

    /// Makes it one of several choices.
    #[must_use]
    pub fn checked(mut self, is_current: bool) -> Self {
        self.checked = Some(is_current);
        self
    }
}
