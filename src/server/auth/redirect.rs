//! The path to which a form redirects the browser. Pure.

/// The longest path accepted, in bytes; no address of this site comes near it.
const NEXT_MAX: usize = 1_024;

/// The path to go to after log-in: `next` when it is a path on this site, else `/`.
///
/// Prevents open redirects (OWASP Unvalidated Redirects Cheat Sheet): a browser treats `//host` and `/\host` as another
/// site, and drops tabs and line breaks before parsing. Only visible ASCII passes, which is all that a browser sends in
/// an address, and all that a `Location` header holds.
#[must_use]
pub fn next_path(next: Option<&str>) -> String {
    next.filter(|path| is_own_path(path))
        .unwrap_or("/")
        .to_owned()
}

fn is_own_path(path: &str) -> bool {
    path.len() <= NEXT_MAX
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.chars().all(|c| c.is_ascii_graphic() && c != '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_on_this_site_is_accepted() {
        for path in ["/", "/t/7", "/t/7?at=12#e12", "/t/%C3%A9"] {
            assert_eq!(next_path(Some(path)), path);
        }
    }

    #[test]
    fn no_next_means_the_start() {
        assert_eq!(next_path(None), "/");
        assert_eq!(next_path(Some("")), "/");
    }

    #[test]
    fn an_address_of_another_site_is_not_followed() {
        for trick in [
            "https://evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "evil.example",
            "javascript:alert(1)",
            "/a\\..\\evil",
            "/\u{2028}/x",
            "/\r\nSet-Cookie: a=b",
            "/é",
        ] {
            assert_eq!(next_path(Some(trick)), "/", "{trick:?}");
        }
        assert_eq!(next_path(Some(&format!("/{}", "a".repeat(5_000)))), "/");
    }
}
