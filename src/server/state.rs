//! The application state, shared by every request and connection of the process.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio_util::task::TaskTracker;

use super::auth::accounts::Accounts;
use super::auth::{Devices, Passwords, SessionCookie};
use super::bus::Bus;
use super::chat::Chat;
use super::config::{Config, StoreConfig};
use super::disk_space::DiskSpace;
use super::files::Files;
use super::hub::{ConnectionLimits, Hub, SendQueueLimits};
use super::push::Push;
use super::push::posted::Posted;
use super::store::{self, Listener, Store};
use super::tasks::Tasks;

/// Messages of one connection that may wait for the writer at a time.
const SENDS_PER_CONNECTION: usize = 64;

/// The parts of the running server. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub config: Arc<Config>,
    pub accounts: Arc<Accounts>,
    pub chat: Chat,
    pub hub: Arc<Hub>,
    pub bus: Arc<Bus>,
    pub store: Store,
    pub space: Arc<DiskSpace>,
    /// `None`: no pushes are sent.
    pub push: Option<Arc<Push>>,
    pub cookie: SessionCookie,
    /// The background tasks, except those that the hub and the bus run themselves.
    pub tasks: Tasks,
    /// The tasks of the live connections.
    pub sockets: TaskTracker,
}

impl AppState {
    /// Opens the store and connects the parts.
    ///
    /// # Errors
    /// When the store can't be opened, or a setting is invalid.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let limits = SendQueueLimits {
            frames: config.limits.outbox_frames,
            bytes: config.limits.outbox_bytes,
            sends: SENDS_PER_CONNECTION,
        };
        let is_shared = store::is_shared(&config.store.url);
        let connection_limits = ConnectionLimits {
            all: config.limits.max_connections,
            per_person: config.limits.connections_per_person,
            per_address: config.limits.connections_per_address,
        };
        let hub = match is_shared {
            true => Hub::shared(limits, connection_limits),
            false => Hub::new(limits, connection_limits),
        };
        let bus = Bus::new(Arc::clone(&hub), &config.bus.url, is_shared);
        let listener: Arc<dyn Listener> = match is_shared {
            true => Arc::<Bus>::clone(&bus),
            false => Arc::<Hub>::clone(&hub),
        };
        let tasks = Tasks::default();
        let (store, push) = open_store(&config, listener, &bus, &tasks).await?;
        let passwords = Arc::new(Passwords::new(&config.passwords)?);
        let lobby = config.rooms.lobby()?;
        if let Some(lobby) = &lobby {
            store.ensure_lobby(lobby.clone()).await?;
        }
        let rates = config.limits.per_person.clone();
        let folder = store::folder_of(&config.store.url);
        let space = Arc::new(DiskSpace::new(folder, config.store.min_free_percent));
        let chat = Chat::new(
            store.clone(),
            Arc::clone(&hub),
            Arc::clone(&passwords),
            rates,
            Arc::clone(&space),
            open_files(&config, &space)?,
        );
        let devices = Devices::open(&store).await?;
        let accounts = Accounts::new(store.clone(), passwords, lobby, devices, &config.sessions);
        Ok(Self {
            accounts: Arc::new(accounts),
            chat,
            cookie: SessionCookie {
                secure: config.server.is_https(),
                max_age: config.sessions.absolute(),
            },
            config: Arc::new(config),
            hub,
            bus,
            store,
            space,
            push,
            tasks,
            sockets: TaskTracker::new(),
        })
    }

    /// Whether an essential task has panicked.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.tasks.has_failed()
            || self.hub.has_failed()
            || self.bus.has_failed()
            || self.store.has_failed()
    }
}

/// The store, and what notifies browsers of the messages in it.
async fn open_store(
    config: &Config,
    listener: Arc<dyn Listener>,
    bus: &Arc<Bus>,
    tasks: &Tasks,
) -> anyhow::Result<(Store, Option<Arc<Push>>)> {
    let (url, queue) = (&config.store.url, config.limits.write_queue);
    let (site, contact) = (config.server.origin(), config.server.push_contact());
    let Some(settings) = config.push.settings(site, contact)? else {
        return Ok((Store::open(url, queue, listener).await?, None));
    };
    let posted = Arc::<Posted>::default();
    let store = Store::open(url, queue, posted.before(listener)).await?;
    let push = Push::start(settings, posted, Arc::clone(bus), store.clone(), tasks).await?;
    Ok((store, Some(push)))
}

/// The files, on the disk of the database unless they have a folder of their own.
fn open_files(config: &Config, space: &Arc<DiskSpace>) -> anyhow::Result<Arc<Files>> {
    let StoreConfig {
        url,
        min_free_percent,
    } = &config.store;
    let same_disk = config.files.is_beside(url).then(|| Arc::clone(space));
    let settings = config.files.settings(url, *min_free_percent);
    Ok(Arc::new(Files::open(settings, same_disk)?))
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(app: &AppState) -> Self {
        app.config.leptos.clone()
    }
}
