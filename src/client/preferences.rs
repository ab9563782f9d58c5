//! The user's preferences for this browser: in cookies, so that the server renders the page accordingly.

use super::dom;

/// Light, dark, or the system's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// All themes, with their names on the screen.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::System, "Auto"),
        (Self::Light, "Light"),
        (Self::Dark, "Dark"),
    ];

    /// The name in the cookie.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The value of the document's `data-theme`; `None` if the system decides.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.name())
    }
}

const THEME: &str = "chapp_theme";
const PEOPLE: &str = "chapp_people";
const NOTIFY: &str = "chapp_notify";
const NOTIFY_TEXT: &str = "chapp_notify_text";
const SOUND: &str = "chapp_sound";

/// The user's preferences for this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    pub theme: Theme,
    /// Whether the sidebar shows people; else chats.
    pub people_open: bool,
    /// Whether this browser shows notifications, once it lets this site do so.
    pub notify: bool,
    /// Whether they show the text of messages.
    pub shows_text: bool,
    /// Whether there is a sound with them.
    pub has_sound: bool,
}

impl Preferences {
    /// The preferences in the cookies: the request's on the server, the document's in the browser, which are the
    /// same.
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
            people_open: cookie(cookies, PEOPLE) == Some("open"),
            notify: cookie(cookies, NOTIFY) == Some("on"),
            shows_text: cookie(cookies, NOTIFY_TEXT) != Some("off"),
            has_sound: cookie(cookies, SOUND) == Some("on"),
        }
    }

    /// Stores and applies the theme. Browser only.
    pub fn set_theme(theme: Theme) {
        dom::set_cookie(THEME, theme.name());
        dom::set_document_attribute("data-theme", theme.attribute());
    }

    /// Stores whether this browser shows notifications. Browser only.
    pub fn set_notify(on: bool) {
        dom::set_cookie(NOTIFY, if on { "on" } else { "off" });
    }

    /// Stores whether notifications show the text of messages. Browser only.
    pub fn set_shows_text(on: bool) {
        dom::set_cookie(NOTIFY_TEXT, if on { "on" } else { "off" });
    }

    /// Stores whether there is a sound with notifications. Browser only.
    pub fn set_sound(on: bool) {
        dom::set_cookie(SOUND, if on { "on" } else { "off" });
    }

    /// Stores whether the sidebar shows people. Browser only.
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
    fn an_unknown_cookie_value_means_the_default() {
        let preferences = Preferences::from_cookies("a=b; chapp_theme=dark; chapp_people=open");
        assert_eq!(preferences.theme, Theme::Dark);
        assert!(preferences.people_open);
        let preferences = Preferences::from_cookies("chapp_theme=pink; xchapp_people=open");
        assert_eq!(preferences.theme, Theme::System);
        assert!(!preferences.people_open);
    }
}
