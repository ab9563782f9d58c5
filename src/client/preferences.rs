//! What a person has set for this browser: in cookies, so that the server renders the page accordingly.

use super::dom;

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// As it is called on the screen and in the cookie.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The value of `data-theme` on the document; none when the system decides.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.name())
    }

    /// The one that the switch goes to.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

const THEME: &str = "chapp_theme";
const PEOPLE: &str = "chapp_people";

/// What a person has set for this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    pub theme: Theme,
    pub people_open: bool,
}

impl Preferences {
    /// Those of the request on the server, those of the document in the browser: the same.
    #[must_use]
    pub fn here() -> Self {
        Self::from_cookies(&dom::cookies())
    }

    fn from_cookies(cookies: &str) -> Self {
        let theme = match cookie(cookies, THEME) {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        };
        Self {
            theme,
            people_open: cookie(cookies, PEOPLE) != Some("closed"),
        }
    }

    /// Remembers the theme, and shows it. Browser only.
    pub fn set_theme(theme: Theme) {
        dom::set_cookie(THEME, theme.name());
        dom::set_document_attribute("data-theme", theme.attribute());
    }

    /// Remembers whether the list of people is open. Browser only.
    pub fn set_people_open(open: bool) {
        dom::set_cookie(PEOPLE, if open { "open" } else { "closed" });
    }
}

fn cookie<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read_and_what_is_unknown_is_the_default() {
        let preferences = Preferences::from_cookies("a=b; chapp_theme=dark; chapp_people=closed");
        assert_eq!(preferences.theme, Theme::Dark);
        assert!(!preferences.people_open);
        let preferences = Preferences::from_cookies("chapp_theme=pink; xchapp_people=closed");
        assert_eq!(preferences.theme, Theme::System);
        assert!(preferences.people_open);
    }

    #[test]
    fn the_switch_comes_round() {
        let start = Theme::System;
        assert_eq!(start.next().next().next(), start);
    }
}
