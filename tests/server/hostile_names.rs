//! Names, texts and addresses that look like HTML stay text, on every page and for every viewer.
//!
//! The same happens on two servers: on one of them everything a user can choose is written to break out of the page, on
//! the other the characters with a meaning in HTML are replaced. A real HTML parser must find the same elements on
//! both.

use std::collections::BTreeMap;

use chapp::model::{ClientId, Field, Refusal, ThreadHead, ThreadId};
use leptos::server_fn::error::ServerFnUrlError;
use reqwest::header::LOCATION;
use scraper::{ElementRef, Html, Selector};

use crate::support::{Browser, PASSWORD, TestServer, UNPACED};

/// Each fits into the shortest field with a name, the display name. Without "://", which would become a link.
const HOSTILE: [&str; 8] = [
    "</title><meta http-equiv=refresh content=0;url=//evil.example>",
    "</title><b>bold</b><script src=//evil.example></script>",
    "\"><script>alert(1)</script><a b=\"",
    "' onmouseover='alert(1)' x='",
    "</script></textarea></style><img src=x onerror=alert(1)>",
    "&lt;/title&gt;&#60;base href=//evil.example&#62;",
    "<!--HEAD--></head><body onload=alert(1)>",
    "]]>--!><svg><![CDATA[<style><iframe src=//evil.example>",
];

/// Maps a hostile text to the one used in a world.
type Told = fn(&str) -> String;

/// Without the characters that have a meaning in HTML.
fn harmless(text: &str) -> String {
    text.replace('<', "(")
        .replace('>', ")")
        .replace('"', "^")
        .replace('\'', "°")
        .replace('&', "+")
}

/// A server on which everything has such names, with its users.
struct World {
    /// Runs as long as this is held.
    _server: TestServer,
    told: Told,
    people: Vec<(&'static str, Browser)>,
    threads: Vec<ThreadId>,
    invites: Vec<String>,
}

async fn done(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> serde_json::Value {
    let answer = browser.call(path, fields).send().await.expect("an answer");
    let (status, text) = (answer.status(), answer.text().await.expect("a body"));
    assert!(status.is_success(), "{path} {fields:?}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

async fn person(server: &TestServer, name: &str, display_name: &str) -> Browser {
    let mut browser = server.browser();
    let fields = [
        ("username", name),
        ("display_name", display_name),
        ("password", PASSWORD),
    ];
    let answer = browser.call("/api/sign_up", &fields).send().await;
    assert!(answer.expect("an answer").status().is_success());
    browser.log_in(name).await;
    assert_eq!(browser.me().display_name, display_name);
    browser
}

async fn room(ana: &Browser, name: &str, key: Option<&str>) -> ThreadId {
    let mut fields = vec![("name", name), ("topic", name)];
    fields.extend(key.map(|key| ("key", key)));
    let head = done(ana, "/api/make_room", &fields).await;
    let head: ThreadHead = serde_json::from_value(head).expect("a room");
    head.id
}

impl World {
    async fn new(told: Told) -> Self {
        let server = TestServer::start_with(&[UNPACED]).await;
        let ana = person(&server, "ana", &told(HOSTILE[0])).await;
        let bob = person(&server, "bob", &told(HOSTILE[1])).await;
        let cat = person(&server, "cat", &told(HOSTILE[2])).await;
        let mut world = Self {
            told,
            people: Vec::new(),
            threads: Vec::new(),
            invites: Vec::new(),
            _server: server,
        };
        for other in [&bob, &cat] {
            world.threads.push(ana.open_direct(other).await);
        }
        for name in HOSTILE {
            let id = room(&ana, &told(name), None).await;
            done(&bob, "/api/join_room", &[("thread", &id.to_string())]).await;
            world.threads.push(id);
        }
        let private = room(&ana, "private", Some("a key that is long enough")).await;
        world.threads.push(private);
        for thread in world.threads.clone() {
            world.talk(&ana, thread).await;
        }
        let cats = cat.me().id.to_string();
        for (thread, text) in world.threads[2..].iter().zip(HOSTILE) {
            let thread = thread.to_string();
            let note = told(text);
            let fields = [("thread", &*thread), ("user", &*cats), ("note", &*note)];
            done(&ana, "/api/ban", &fields).await;
        }
        for thread in [None, Some(private)].map(|thread| thread.map(|id| id.to_string())) {
            let fields = thread.as_ref().map(|thread| ("thread", &**thread));
            let link = done(&ana, "/api/make_invite", fields.as_slice()).await;
            let link = link.as_str().expect("a link").to_owned();
            world
                .invites
                .extend(link.rsplit('/').next().map(str::to_owned));
        }
        let nobody = world._server.browser();
        world.people = vec![("nobody", nobody), ("ana", ana), ("bob", bob), ("cat", cat)];
        world
    }

    /// Ana posts every text, replies to it, edits it, and pins and saves it.
    async fn talk(&self, ana: &Browser, thread: ThreadId) {
        let thread = thread.to_string();
        let mut last: Option<String> = None;
        for text in HOSTILE.map(self.told) {
            let id = ClientId::now().to_string();
            let mut fields = vec![("thread", &*thread), ("client_id", &*id), ("text", &*text)];
            fields.extend(last.as_deref().map(|seq| ("reply_to", seq)));
            let seq = done(ana, "/api/post_message", &fields).await.to_string();
            let at = [("thread", &*thread), ("seq", &*seq)];
            for path in ["/api/pin", "/api/save"] {
                done(ana, path, &[at[0], at[1], ("on", "true")]).await;
            }
            let edited = format!("{text} {text}");
            done(ana, "/api/edit_message", &[at[0], at[1], ("text", &edited)]).await;
            last = Some(seq);
        }
    }

    /// Every page, including hostile addresses.
    fn addresses(&self) -> Vec<String> {
        let mut all: Vec<String> = [
            "/",
            "/rooms",
            "/rooms/new",
            "/search",
            "/saved",
            "/settings/security",
            "/admin",
            "/login",
            "/signup",
            "/t/999999",
            "/t/0",
            "/join/none",
            "/no/such/place",
        ]
        .map(str::to_owned)
        .into();
        for id in &self.threads {
            all.extend(["", "/about", "/m/1", "/m/99"].map(|rest| format!("/t/{id}{rest}")));
        }
        for token in &self.invites {
            all.push(format!("/join/{token}"));
            all.push(format!("/signup?next=/join/{token}"));
        }
        for text in HOSTILE {
            let told = (self.told)(text);
            let part = encoded(&told);
            let reason = told.clone();
            let refusal = Refusal::invalid(Field::Username, reason);
            let error = ServerFnUrlError::new(&told, refusal);
            let error = error.to_url("http://x/").expect("an address");
            let error = error.query().expect("a query");
            for path in ["/login", "/signup", "/", "/rooms"] {
                all.push(format!("{path}?next={part}&{error}"));
                all.push(format!(
                    "{path}?next=/join/{part}&__err={part}&{part}={part}"
                ));
            }
            for path in ["/t/", "/t/1/m/", "/join/", "/no/", "/pkg/", "/"] {
                all.push(format!("{path}{part}"));
            }
            all.push(format!("/rooms?q={part}"));
            // Quotes are a search operator, so the results would differ.
            if !text.contains('"') {
                all.push(format!("/search?q={part}"));
            }
        }
        all
    }
}

/// Percent-encoded, except letters and digits.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

/// A page as a browser parses it.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    /// The number of each element, by its name and the names of its attributes; with the values of attributes that load
    /// or run something.
    elements: BTreeMap<String, usize>,
}

async fn seen(browser: &Browser, path: &str) -> (Seen, String) {
    let answer = browser.get(path).await;
    let status = answer.status().as_u16();
    if let Some(location) = answer.headers().get(LOCATION) {
        let location = location.to_str().expect("ASCII");
        assert!(
            location.starts_with('/') && !location.starts_with("//"),
            "{path} leads to {location}"
        );
    }
    let html = answer.text().await.expect("a page");
    let document = Html::parse_document(&html);
    let mut elements = BTreeMap::new();
    for node in document.tree.nodes() {
        if let Some(element) = ElementRef::wrap(node) {
            *elements.entry(described(element)).or_default() += 1;
        }
    }
    let start = Selector::parse("script#start").expect("a selector");
    for element in document.select(&start) {
        let json: String = element.text().collect();
        serde_json::from_str::<serde_json::Value>(&json).expect("the start is JSON");
    }
    let title = Selector::parse("title").expect("a selector");
    let title = document.select(&title).next();
    let title = title.map_or_else(String::new, |title| title.text().collect());
    (Seen { status, elements }, title)
}

fn described(element: ElementRef) -> String {
    let element = element.value();
    let loads = matches!(
        element.name(),
        "script" | "meta" | "base" | "link" | "style" | "iframe" | "object" | "embed" | "form"
    );
    let mut attributes: Vec<_> = element
        .attrs()
        // Both have the nonce, which differs on every page.
        .map(
            |(name, value)| match loads && !matches!(name, "nonce" | "crossorigin") {
                true => format!("{name}={value}"),
                false => name.to_owned(),
            },
        )
        .collect();
    attributes.sort();
    format!("{}[{}]", element.name(), attributes.join(" "))
}

#[tokio::test]
async fn hostile_names_and_addresses_never_change_a_pages_elements() {
    let (bad, good) = tokio::join!(World::new(str::to_owned), World::new(harmless));
    let mut titles = Vec::new();
    for ((who, bads), (_, goods)) in bad.people.iter().zip(&good.people) {
        for (path, same) in bad.addresses().iter().zip(good.addresses()) {
            let (page, title) = seen(bads, path).await;
            let (expected, expected_title) = seen(goods, &same).await;
            assert_eq!(page, expected, "{who} at {path}");
            assert_eq!(harmless(&title), expected_title, "{who} at {path}");
            for tag in page.elements.keys() {
                let is_handler = tag.contains("[on") || tag.contains(" on");
                assert!(!is_handler && !tag.starts_with("base["), "{path}: {tag}");
            }
            titles.push(title);
        }
    }
    // The texts were present, and appear as written.
    for text in HOSTILE {
        assert!(titles.contains(&format!("{text} – chapp")), "{text}");
    }
}
