//! chapp's own tables of the settings file: the meaning, default and range of each setting.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use http::Uri;
use serde::Deserialize;

use super::files::FilesConfig;
use super::push::PushConfig;
use super::ranges::within;
use crate::model::{limits as model_limits, validate};
use crate::server::bus;
use crate::server::names::name_key;
use crate::server::rate_limit::Rates;
use crate::server::store::{self, NewRoom};

/// A day in seconds.
const DAY: u64 = 24 * 60 * 60;
/// The least work, in KiB × passes, among the settings that the OWASP Password Storage Cheat Sheet considers equivalent
/// (m=46 MiB t=1, 19 MiB t=2, 12 MiB t=3, 9 MiB t=4, 7 MiB t=5).
const OWASP_LEAST_WORK: u64 = 7_168 * 5;

/// The shortest setup token that can be configured, in characters.
const SETUP_TOKEN_MIN: usize = 16;

/// `[chapp.*]`: all of chapp's own settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tables {
    pub server: ServerConfig,
    pub store: StoreConfig,
    pub bus: BusConfig,
    pub sessions: SessionsConfig,
    pub passwords: HashingConfig,
    pub rooms: RoomsConfig,
    pub files: FilesConfig,
    pub push: PushConfig,
    pub limits: LimitsConfig,
}

/// `[chapp.rooms]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoomsConfig {
    /// The name of the room that every account joins at sign-up; empty: none. It is created with the first account, and
    /// can later be renamed or deleted like any other.
    pub lobby: String,
}

impl Default for RoomsConfig {
    fn default() -> Self {
        Self {
            lobby: "Lobby".into(),
        }
    }
}

impl RoomsConfig {
    /// The lobby to create; `None`: none.
    ///
    /// # Errors
    /// When its name is invalid.
    pub fn lobby(&self) -> anyhow::Result<Option<NewRoom>> {
        if self.lobby.trim().is_empty() {
            return Ok(None);
        }
        let name = validate::room_name(&self.lobby)?;
        Ok(Some(NewRoom {
            name_key: name_key(&name)?,
            name,
            topic: String::new(),
            key_hash: None,
        }))
    }
}

/// `[chapp.server]`: the server's network interface and operation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The origin at which browsers reach the server, as a browser writes it in `Origin`: `https://chat.example.org`.
    /// Empty: any, as long as `Origin` and `Host` agree. See [`Self::origin`].
    pub public_url: String,
    /// Whether to read a client's address from `X-Forwarded-For`. See [`Self::proxy_hops`].
    pub behind_proxy: bool,
    /// The number of chained proxies: the address is the entry that the outermost one added; 1 to 16.
    pub proxy_hops: usize,
    /// Open connections other than live ones, of all clients together; 1 to 1,000,000.
    pub connections: usize,
    /// The same per client address (IPv6: per /64), without a proxy; 1 to 1,000,000.
    pub connections_per_address: usize,
    /// The contact for reporting a vulnerability, in `/.well-known/security.txt`: a `mailto:` or `https:` address;
    /// empty: no such file.
    pub security_contact: String,
    /// The format of log lines.
    pub log_format: LogFormat,
    /// The address of `GET /metrics`, in Prometheus' text format; empty: not served. See [`Self::metrics_addr`].
    pub metrics_listen: String,
    /// How long a shutdown waits for requests in progress, in seconds; 1 to 300.
    pub shutdown_seconds: u64,
    /// The token required for the first account. Empty: a random one, printed at startup. See [`Self::setup`].
    pub setup_token: String,
}

/// The token required for the first account of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setup {
    /// A random one, printed at startup.
    Random,
    /// This one.
    Fixed(String),
    /// None: the first account created is the admin.
    Off,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LogFormat {
    /// A line for a person.
    #[default]
    Text,
    /// A JSON object per line, for a collector.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{name}` is neither `text` nor `json`")),
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            public_url: String::new(),
            behind_proxy: false,
            proxy_hops: 1,
            connections: 16_384,
            connections_per_address: 256,
            security_contact: String::new(),
            log_format: LogFormat::Text,
            metrics_listen: String::new(),
            shutdown_seconds: 10,
            setup_token: String::new(),
        }
    }
}

impl ServerConfig {
    /// The only origin that may open a socket; `None`: any whose host is the request's `Host`.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        Some(self.public_url.as_str()).filter(|url| !url.is_empty())
    }

    /// Whom push services can turn to (RFC 8292, section 2.1): the security contact, or else the site itself.
    #[must_use]
    pub fn push_contact(&self) -> Option<String> {
        let contacts = [&self.security_contact, &self.public_url];
        let is_contact = |it: &&&String| it.starts_with("mailto:") || it.starts_with("https:");
        contacts.iter().find(is_contact).map(|it| (*it).clone())
    }

    /// Whether browsers use https, according to the settings: then cookies are `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The address at which metrics are served; `None`: none.
    ///
    /// # Errors
    /// When it is not an address with a port.
    pub fn metrics_addr(&self) -> anyhow::Result<Option<SocketAddr>> {
        if self.metrics_listen.is_empty() {
            return Ok(None);
        }
        let address = self.metrics_listen.parse();
        address.map(Some).map_err(|_| {
            let given = &self.metrics_listen;
            anyhow::anyhow!("server.metrics_listen: `{given}` is no address with a port")
        })
    }

    /// The token required for the first account.
    ///
    /// # Errors
    /// When the configured token is short enough to be guessed.
    pub fn setup(&self) -> anyhow::Result<Setup> {
        match self.setup_token.trim() {
            "" => Ok(Setup::Random),
            "off" => Ok(Setup::Off),
            token if token.chars().count() >= SETUP_TOKEN_MIN => Ok(Setup::Fixed(token.into())),
            _ => anyhow::bail!(
                "server.setup_token: \"off\", or {SETUP_TOKEN_MIN} characters or more"
            ),
        }
    }

    /// See [`Self::shutdown_seconds`].
    #[must_use]
    pub fn shutdown_within(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds)
    }
}

/// `[chapp.store]`: the database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// The address of the database: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/NAME`.
    pub url: String,
    /// With SQLite: the part of the disk that must stay free, in percent; 0 to 100, where 0 disables the check. Below
    /// it nothing new is stored.
    pub min_free_percent: u32,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: "sqlite:data/chapp.db".into(),
            min_free_percent: 5,
        }
    }
}

/// `[chapp.bus]`: the message bus between nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusConfig {
    /// The address of a Redis: `redis://USER:PASSWORD@HOST:PORT`, or `rediss://…` for TLS; empty: none.
    pub url: String,
}

/// `[chapp.sessions]`: the lifetime of a log-in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionsConfig {
    /// Days without a visit; 1 to 3,650.
    pub idle_days: u32,
    /// Days in total; `idle_days` to 3,650.
    pub absolute_days: u32,
}

impl Default for SessionsConfig {
    fn default() -> Self {
        Self {
            idle_days: 30,
            absolute_days: 180,
        }
    }
}

impl SessionsConfig {
    /// See [`Self::idle_days`].
    #[must_use]
    pub fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_days) * DAY)
    }

    /// See [`Self::absolute_days`].
    #[must_use]
    pub fn absolute(&self) -> Duration {
        Duration::from_secs(u64::from(self.absolute_days) * DAY)
    }
}

/// `[chapp.passwords]`: the cost of hashing a password with argon2id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HashingConfig {
    /// Memory for one hash, in KiB; 7,168 to 1,048,576, and `memory_kib × iterations` at least 35,840.
    pub memory_kib: u32,
    /// Passes over that memory; 1 to 100.
    pub iterations: u32,
    /// Hashes computed at once; 1 to 64.
    pub parallel_hashes: u32,
    /// Hashes waiting in the queue; 0 to 10,000.
    pub waiting: u32,
}

impl Default for HashingConfig {
    /// OWASP Password Storage Cheat Sheet: argon2id, m=19 MiB, t=2, p=1.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            parallel_hashes: 2,
            waiting: 64,
        }
    }
}

/// `[chapp.limits]`: concurrency and rate limits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Open live connections; 1 to 1,000,000.
    pub max_connections: usize,
    /// Those of one user, whose oldest is replaced; 0 (no limit) to 10,000.
    pub connections_per_person: usize,
    /// Those from one IPv4 address or one IPv6 /64; 0 (no limit) to 1,000,000.
    pub connections_per_address: usize,
    /// Frames one connection may send per second, with four seconds' worth at once; 0 (no limit), or 50 to 100,000.
    pub frames_per_second: u32,
    /// Frames queued for one connection before it is closed; 16 to 65,536.
    pub outbox_frames: usize,
    /// Bytes queued for one connection before it is closed; 64 KiB to 64 MiB.
    pub outbox_bytes: usize,
    /// Writes queued for the database; 16 to 1,000,000.
    pub write_queue: usize,
    /// Rate limits per user.
    pub per_person: Rates,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            max_connections: 50_000,
            connections_per_person: 20,
            connections_per_address: 1_000,
            frames_per_second: model_limits::FRAMES_PER_SECOND,
            outbox_frames: 1_024,
            outbox_bytes: 1024 * 1024,
            write_queue: 8_192,
            per_person: Rates::default(),
        }
    }
}

impl Tables {
    /// Checks every range, and normalizes `public_url` to the form that browsers send.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub(super) fn checked(mut self) -> anyhow::Result<Self> {
        self.server.public_url = origin_of(&self.server.public_url)?;
        self.server.metrics_addr()?;
        self.server.setup()?;
        check_contact(&self.server.security_contact)?;
        within("server.proxy_hops", self.server.proxy_hops as u64, 1..=16)?;
        let up_to_a_million = |name, value| within(name, value, 1..=1_000_000);
        let (all, address) = (
            self.server.connections as u64,
            self.server.connections_per_address as u64,
        );
        up_to_a_million("server.connections", all)?;
        up_to_a_million("server.connections_per_address", address)?;
        within(
            "server.shutdown_seconds",
            self.server.shutdown_seconds,
            1..=300,
        )?;
        // The error omits the address, which may contain a password.
        store::check_url(&self.store.url).context("store.url")?;
        let percent = self.store.min_free_percent;
        within("store.min_free_percent", percent.into(), 0..=100)?;
        self.files.check()?;
        self.push.check()?;
        bus::check_url(&self.bus.url).context("bus.url")?;
        anyhow::ensure!(
            self.bus.url.is_empty() || store::is_shared(&self.store.url),
            "bus.url is for several nodes, but store.url names a SQLite file, which one node has for itself"
        );
        let SessionsConfig {
            idle_days,
            absolute_days,
        } = self.sessions;
        within("sessions.idle_days", idle_days.into(), 1..=3_650)?;
        within(
            "sessions.absolute_days",
            absolute_days.into(),
            idle_days.into()..=3_650,
        )?;
        let HashingConfig {
            memory_kib,
            iterations,
            parallel_hashes,
            waiting,
        } = self.passwords;
        within("passwords.memory_kib", memory_kib.into(), 7_168..=1_048_576)?;
        within("passwords.iterations", iterations.into(), 1..=100)?;
        let work = u64::from(memory_kib) * u64::from(iterations);
        within(
            "passwords.memory_kib × passwords.iterations",
            work,
            OWASP_LEAST_WORK..=u64::MAX,
        )?;
        within("passwords.parallel_hashes", parallel_hashes.into(), 1..=64)?;
        within("passwords.waiting", waiting.into(), 0..=10_000)?;
        let LimitsConfig {
            max_connections,
            connections_per_person,
            connections_per_address,
            frames_per_second,
            outbox_frames,
            outbox_bytes,
            write_queue,
            // Checked when it was parsed.
            per_person: _,
        } = self.limits;
        up_to_a_million("limits.max_connections", max_connections as u64)?;
        let (person, address) = (connections_per_person, connections_per_address);
        within("limits.connections_per_person", person as u64, 0..=10_000)?;
        within(
            "limits.connections_per_address",
            address as u64,
            0..=1_000_000,
        )?;
        if frames_per_second > 0 {
            // A lower limit would disconnect pages that behave correctly.
            let least = model_limits::FRAMES_PER_SECOND.into();
            let frames = frames_per_second.into();
            within("limits.frames_per_second", frames, least..=100_000)?;
        }
        within("limits.outbox_frames", outbox_frames as u64, 16..=65_536)?;
        within(
            "limits.outbox_bytes",
            outbox_bytes as u64,
            65_536..=67_108_864,
        )?;
        within("limits.write_queue", write_queue as u64, 16..=1_000_000)?;
        Ok(self)
    }
}

/// A contact in `security.txt` is an address with a scheme, on one line (RFC 9116, section 2.5.3).
fn check_contact(contact: &str) -> anyhow::Result<()> {
    let rest = contact
        .strip_prefix("mailto:")
        .or_else(|| contact.strip_prefix("https://"));
    let is_plain =
        |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
    anyhow::ensure!(
        contact.is_empty() || rest.is_some_and(is_plain),
        "server.security_contact is `{contact}`, but must be like `mailto:security@example.org` or \
         `https://example.org/contact`"
    );
    Ok(())
}

/// An address as a browser writes it in `Origin` (RFC 6454, 6.1): scheme and host in lower case, no default port, no
/// path. Empty stays empty.
fn origin_of(url: &str) -> anyhow::Result<String> {
    if url.is_empty() {
        return Ok(String::new());
    }
    let wrong = || {
        anyhow::anyhow!(
            "server.public_url is `{url}`, but must be like `https://chat.example.org`, without a path"
        )
    };
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let (scheme, default_port) = match uri.scheme_str() {
        Some("https") => ("https", 443),
        Some("http") => ("http", 80),
        _ => return Err(wrong()),
    };
    let authority = uri.authority().ok_or_else(wrong)?;
    if authority.as_str().contains('@')
        || authority.host().is_empty()
        || !matches!(uri.path(), "" | "/")
        || uri.query().is_some()
    {
        return Err(wrong());
    }
    let host = authority.host().to_lowercase();
    Ok(match authority.port_u16() {
        Some(port) if port != default_port => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    })
}
