//! Which addresses the server sends pushes to. An endpoint comes from a browser, and so from anybody: without a list of
//! push services, an account could make the server send requests to any address, also of the operator's own network
//! (OWASP, "Server-Side Request Forgery Prevention": an allow list).

use anyhow::{Context, ensure};
use reqwest::Url;

/// The longest endpoint, in bytes. Those of the browsers have some 200.
const ENDPOINT_MAX: usize = 1_024;

/// The push services that pushes are sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushServices(Vec<Service>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Service {
    /// A host, by https.
    Host(String),
    /// All hosts below a domain, by https.
    Below(String),
    /// Scheme, host and port, as the operator wrote them: a push service of their own.
    Origin(String),
}

impl PushServices {
    /// Reads a list of hosts (`fcm.googleapis.com`), domains (`*.push.apple.com`) and origins
    /// (`http://192.168.1.5:8080`).
    ///
    /// # Errors
    /// Which entry is none of these.
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a str>) -> anyhow::Result<Self> {
        let services = entries.into_iter().map(Service::read);
        Ok(Self(services.collect::<Result<_, _>>()?))
    }

    /// The address of an endpoint, if pushes are sent there.
    #[must_use]
    pub fn endpoint(&self, text: &str) -> Option<Url> {
        if text.len() > ENDPOINT_MAX {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        (is_plain && self.0.iter().any(|service| service.has(&url))).then_some(url)
    }
}

impl Service {
    fn read(entry: &str) -> anyhow::Result<Self> {
        if entry.contains("://") {
            let url = Url::parse(entry).with_context(|| format!("push.services: {entry:?}"))?;
            let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
            ensure!(
                is_http,
                "push.services: {entry:?} must begin with https:// or http://"
            );
            return Ok(Self::Origin(url.origin().ascii_serialization()));
        }
        let (host, service): (_, fn(String) -> Self) = match entry.strip_prefix("*.") {
            Some(host) => (host, Self::Below),
            None => (entry, Self::Host),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        ensure!(
            host.contains('.') && host.bytes().all(plain),
            "push.services: {entry:?} is not a host"
        );
        Ok(service(host.to_ascii_lowercase()))
    }

    fn has(&self, url: &Url) -> bool {
        // The standard port only: another one may be another service.
        let is_https = url.scheme() == "https" && url.port().is_none();
        let host = url.domain().unwrap_or_default();
        match self {
            Self::Host(known) => is_https && host == known,
            Self::Below(domain) => {
                let below = host.strip_suffix(domain.as_str());
                is_https && below.is_some_and(|below| below.len() > 1 && below.ends_with('.'))
            }
            Self::Origin(origin) => url.origin().ascii_serialization() == *origin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_are_sent_to_the_listed_services_only() {
        let services = PushServices::read([
            "fcm.googleapis.com",
            "*.push.apple.com",
            "http://127.0.0.1:8123/",
        ]);
        let services = services.unwrap();
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://FCM.googleapis.com/x",
            "https://web.push.apple.com/Qx",
            "http://127.0.0.1:8123/wpush/1",
        ] {
            assert!(services.endpoint(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "nonsense",
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://user:password@fcm.googleapis.com/x",
            "https://fcm.googleapis.com@evil.example/x",
            "https://evil.example/fcm.googleapis.com",
            "https://evil.example#fcm.googleapis.com",
            "https://xfcm.googleapis.com/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://push.apple.com/x",
            "https://.push.apple.com/x",
            "https://evilpush.apple.com/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "http://169.254.169.254/latest/meta-data",
            "http://127.0.0.1:8124/x",
            "https://127.0.0.1:8123/x",
            "http://127.0.0.1/x",
            "http://2130706433:8124/",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            assert_eq!(services.endpoint(bad), None, "{bad}");
        }
        let long = format!("https://fcm.googleapis.com/{}", "x".repeat(ENDPOINT_MAX));
        assert_eq!(services.endpoint(&long), None);
    }

    #[test]
    fn an_entry_that_is_no_host_is_an_error() {
        for bad in [
            "",
            "*",
            "*.",
            "localhost",
            "a b.example",
            "ftp://a.example",
            "a.example/x",
            "http://",
        ] {
            assert!(PushServices::read([bad]).is_err(), "{bad}");
        }
    }
}
