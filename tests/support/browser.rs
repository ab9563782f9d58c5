//! A headless browser: it stores cookies, posts forms, and doesn't follow redirects.

use std::net::SocketAddr;
use std::sync::Arc;

use chapp::model::{Boot, Event, Page, Person, Seq, ThreadHead, ThreadId};
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{ACCEPT, COOKIE, HeaderMap, ORIGIN, REFERER, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;

use super::Socket;

/// The password of all test users.
pub const PASSWORD: &str = "correct horse battery staple";

#[derive(Clone)]
pub struct Browser {
    address: SocketAddr,
    client: Client,
    jar: Arc<Jar>,
    /// The logged-in user.
    person: Option<Person>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        let jar = Arc::new(Jar::default());
        let client = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(Policy::none())
            .build()
            .expect("a client");
        Self {
            address,
            client,
            jar,
            person: None,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Points the browser, with its cookies, at the server's new address.
    pub fn move_to(&mut self, address: SocketAddr) {
        self.address = address;
    }

    /// Its Cookie header; empty if it has none.
    pub fn cookies(&self) -> String {
        let url = self.url("/").parse().expect("an address");
        let cookies = self.jar.cookies(&url);
        cookies.map_or_else(String::new, |text| text.to_str().expect("ASCII").to_owned())
    }

    pub fn me(&self) -> &Person {
        self.person.as_ref().expect("a logged-in user")
    }

    /// Posts a form as a page without JavaScript does.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.client
            .post(self.url(path))
            .header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(ORIGIN, format!("http://{}", self.address))
            .header(REFERER, self.url("/login"))
            .form(fields)
    }

    /// Calls a server function as the page's script does.
    pub fn call(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.client
            .post(self.url(path))
            .header(ACCEPT, "application/json")
            .header(ORIGIN, format!("http://{}", self.address))
            .form(fields)
    }

    /// A request of any method, with the origin of a page.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, self.url(path));
        request.header(ORIGIN, format!("http://{}", self.address))
    }

    /// Navigates to a path, as a link does.
    pub async fn get(&self, path: &str) -> Response {
        let request = self.client.get(self.url(path));
        let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
        request
            .header(ACCEPT, accept)
            .send()
            .await
            .expect("an answer")
    }

    /// Calls a reading server function as the page's script does.
    pub async fn ask(&self, path: &str) -> Response {
        let request = self.client.get(self.url(path));
        let request = request.header(ACCEPT, "application/json");
        request.send().await.expect("an answer")
    }

    /// Reads an existing resource as JSON.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.ask(path).await;
        let (status, text) = (answer.status(), answer.text().await.expect("a body"));
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    pub async fn sign_up(&mut self, name: &str) {
        let fields = [
            ("username", name),
            ("display_name", ""),
            ("password", PASSWORD),
        ];
        let answer = self.form("/api/sign_up", &fields).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 302, "{:?}", answer.text().await);
        self.find_out_who_i_am().await;
    }

    pub async fn log_in(&mut self, name: &str) {
        let answer = self.try_log_in(name, PASSWORD).await;
        assert!(answer.status().is_success(), "{:?}", answer.text().await);
        self.find_out_who_i_am().await;
    }

    pub async fn try_log_in(&self, name: &str, password: &str) -> Response {
        let fields = [("username", name), ("password", password)];
        let answer = self.call("/api/log_in", &fields).send().await;
        answer.expect("an answer")
    }

    pub async fn log_out(&self) -> Response {
        let answer = self.form("/api/log_out", &[]).send().await;
        answer.expect("an answer")
    }

    async fn find_out_who_i_am(&mut self) {
        let boot = self.boot().await;
        self.person = Some(boot.expect("a logged-in user").me);
    }

    pub async fn boot(&self) -> Option<Boot> {
        self.read("/api/boot").await
    }

    /// Opens the direct thread with another user.
    pub async fn open_direct(&self, with: &Self) -> ThreadId {
        let id = with.me().id.to_string();
        let answer = self.call("/api/open_direct", &[("with", &id)]).send().await;
        let head: ThreadHead = answer.expect("an answer").json().await.expect("a thread");
        head.id
    }

    pub async fn history(&self, thread: ThreadId) -> Page {
        self.read(&format!("/api/history?thread={thread}")).await
    }

    /// All texts of a thread with their positions, in order.
    pub async fn texts(&self, thread: ThreadId) -> Vec<(Seq, String)> {
        let text = |event: &Event| event.body.text().unwrap_or_default().to_owned();
        let mut texts: Vec<(Seq, String)> = Vec::new();
        loop {
            let after = texts.last().map_or(0, |(seq, _)| *seq);
            let path = format!("/api/history?thread={thread}&after={after}");
            let page: Page = self.read(&path).await;
            texts.extend(page.events.iter().map(|event| (event.seq, text(event))));
            if page.events.is_empty() {
                return texts;
            }
        }
    }

    /// The headers of a WebSocket request from a page of this site.
    pub fn socket_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let origin = format!("http://{}", self.address);
        headers.insert(ORIGIN, origin.parse().expect("a header"));
        headers.insert(COOKIE, self.cookies().parse().expect("a header"));
        headers
    }

    /// A tab: a socket after `hello` and `ready`.
    pub async fn tab(&self) -> Socket {
        let mut socket = self.silent_tab().await;
        socket.hello(&[]).await;
        socket
    }

    /// An open socket on which nothing was sent yet.
    pub async fn silent_tab(&self) -> Socket {
        Socket::open(self.address, self.socket_headers()).await
    }
}

/// The cookie that an answer sets.
pub fn set_cookie(answer: &Response) -> Option<&str> {
    answer.headers().get(SET_COOKIE)?.to_str().ok()
}
