//! Human-readable browser names from `User-Agent` headers.

/// Searched in this order: most browsers also name the ones they derive from.
const BROWSERS: [(&str, &str); 12] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
];

/// See [`BROWSERS`].
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// The part of a `User-Agent` that is read, in bytes.
const READ_MAX: usize = 512;

/// The browser and the system of a `User-Agent`, for the user's list of sessions: `Firefox on Windows`. Contains words
/// of ours only, so that nothing a client sends is stored or shown.
#[must_use]
pub fn browser(user_agent: &[u8]) -> String {
    let read = &user_agent[..user_agent.len().min(READ_MAX)];
    let text = String::from_utf8_lossy(read);
    let find = |all: &[(&str, &'static str)]| {
        let found = all.iter().find(|(part, _)| text.contains(part));
        found.map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("Unknown browser on {system}"),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_named() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/138.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) CriOS/138.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            ("curl/8.14.1", "curl"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(browser(user_agent.as_bytes()), expected, "{user_agent}");
        }
    }

    #[test]
    fn whatever_a_client_sends_the_words_are_ours() {
        for user_agent in [
            &b"<script>alert(1)</script> Firefox/1 Linux"[..],
            b"\xff\xfe\n\r chapp::security Windows",
            &[b'x'; 100_000],
        ] {
            let words = browser(user_agent);
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
            assert!(words.len() <= 40 && words.chars().all(is_plain), "{words}");
        }
    }
}
