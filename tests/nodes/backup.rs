//! The drill of docs/OPERATIONS.md: a backup is taken while people talk, the machine is lost, and the chat continues
//! from the backup elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chapp::model::ClientId;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::bot::{Acked, Bot};
use crate::checker;
use crate::proxy::Proxy;
use crate::support::{Browser, Postgres, TestServer};

const PEOPLE: usize = 4;
/// The longest pause of a tab, in milliseconds.
const PACE: u64 = 30;

/// Where an installation stores its data, and how to back it up and restore it. The folder has the files of messages,
/// and the database if it is a file.
enum Place {
    File(TempDir),
    Database(Postgres, TempDir),
}

impl Place {
    fn file() -> Self {
        Self::File(tempfile::tempdir().expect("a folder"))
    }

    fn database() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::Database(Postgres::start(), folder)
    }

    /// The folder with the files of messages.
    fn files(&self) -> PathBuf {
        let (Self::File(folder) | Self::Database(_, folder)) = self;
        folder.path().join("files")
    }

    fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite:{}/chapp.db", folder.path().display()),
            Self::Database(postgres, _) => postgres.url().to_owned(),
        }
    }

    /// Backs up the database, then the files.
    fn back_up(&self, backup: &Path) {
        self.back_up_database(&backup.join("database"));
        let (from, to) = (self.files(), backup.display().to_string());
        for kind in ["contents", "thumbnails"] {
            let from = from.join(kind);
            if from.exists() {
                run("cp", &["-r", &from.display().to_string(), &to]);
            }
        }
    }

    fn back_up_database(&self, backup: &Path) {
        let backup = backup.display().to_string();
        match self {
            Self::File(folder) => run(
                "sqlite3",
                &[
                    &folder.path().join("chapp.db").display().to_string(),
                    &format!("VACUUM INTO '{backup}'"),
                ],
            ),
            Self::Database(postgres, _) => run(
                "pg_dump",
                &["--format=custom", "--file", &backup, postgres.url()],
            ),
        }
    }

    fn restore(&self, backup: &Path) {
        let files = self.files();
        std::fs::create_dir_all(&files).expect("a folder");
        let contents = backup.join("contents").display().to_string();
        run("cp", &["-r", &contents, &files.display().to_string()]);
        let backup = &backup.join("database");
        match self {
            Self::File(folder) => {
                std::fs::copy(backup, folder.path().join("chapp.db")).expect("copied");
            }
            Self::Database(postgres, _) => run(
                "pg_restore",
                &[
                    "--exit-on-error",
                    "--dbname",
                    postgres.url(),
                    &backup.display().to_string(),
                ],
            ),
        }
    }
}

fn run(program: &str, words: &[&str]) {
    let output = Command::new(program).args(words).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {output:?}");
}

async fn server(place: &Place) -> TestServer {
    let (url, files) = (place.url(), place.files().display().to_string());
    TestServer::start_with(&[
        ("CHAPP_STORE__URL", &*url),
        ("CHAPP_FILES__FOLDER", &*files),
    ])
    .await
}

/// Opens direct threads between all people.
async fn set_up(server: &TestServer) -> Vec<Browser> {
    let mut people: Vec<Browser> = Vec::new();
    for number in 0..PEOPLE {
        let person = server.sign_up(&format!("person{number}")).await;
        for other in &people {
            person.open_direct(other).await;
        }
        people.push(person);
    }
    people
}

/// Tabs that talk until stopped.
struct Talk {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<Bot>>,
}

impl Talk {
    async fn start(people: &[Browser], proxy: &Proxy, chance: &mut StdRng) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (_, is_verbose) = watch::channel(false);
        let mut running = Vec::new();
        for person in people {
            let boot = person.boot().await.expect("logged in");
            let (address, seed) = (proxy.address(), chance.random());
            let cookies = person.cookies();
            let mut bot = Bot::new(boot, address, cookies, seed, PACE, is_verbose.clone());
            bot.uploads_again = true;
            running.push(tokio::spawn(bot.talk(stopped.clone())));
        }
        Self { stop, running }
    }

    /// Stops writing; returns when everything written is answered.
    async fn end(self) -> Vec<Bot> {
        self.stop.send_replace(true);
        let mut bots = Vec::new();
        for bot in self.running {
            bots.push(bot.await.expect("nobody panicked"));
        }
        bots
    }
}

/// Checks that what the logs contained before the backup began is in the same place after the restore.
async fn check_saved(bots: &[Bot], begun: Instant) -> usize {
    let logs = checker::logs(bots).await;
    let mut saved = 0;
    for bot in bots {
        for acked in bot.acked.iter().filter(|acked| acked.at < begun) {
            let Acked { thread, seq, .. } = *acked;
            let found = logs[&thread].get(usize::try_from(seq).expect("a seq") - 1);
            let found = found.and_then(|event| event.client_id.map(|id| (event.actor, id)));
            assert_eq!(found, Some((bot.me, acked.client_id)), "{acked:?} is lost");
            saved += 1;
        }
    }
    saved
}

async fn messages_before_the_backup_survive_it(old: Place, new: Place) {
    let mut chance = StdRng::seed_from_u64(rand::random());
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().to_owned();
    let mut lost = server(&old).await;
    let people = set_up(&lost).await;
    let thread = people[0].open_direct(&people[1]).await;
    let content: Vec<u8> = (0..100_000).map(|at| (at % 251) as u8).collect();
    let plan = people[0].upload(thread, "plan.bin", &content).await;
    let (mut tab, id) = (people[0].tab().await, ClientId::now());
    tab.post_files(id, thread, "the plan", &[plan]).await;
    tab.sent(id).await;
    let proxy = Proxy::open(lost.address()).await;
    let talk = Talk::start(&people, &proxy, &mut chance).await;

    let breath = Duration::from_secs(2);
    sleep(breath).await;
    let begun = Instant::now();
    let file = backup.clone();
    let old = tokio::task::spawn_blocking(move || {
        old.back_up(&file);
        old
    });
    let old = old.await.expect("a backup");
    sleep(breath).await;
    lost.kill();
    drop(old);

    new.restore(&backup);
    let restored = server(&new).await;
    proxy.set_server(restored.address());
    sleep(breath).await;
    // Tabs that stayed open send their pending messages to the restored server, which answers.
    let bots = talk.end().await;
    let saved = check_saved(&bots, begun).await;
    let after: usize = bots.iter().map(|bot| bot.acked.len()).sum();
    println!(
        "{saved} of {after} messages were shown as sent before the backup began: all are there"
    );
    assert!(saved > 50, "only {saved} messages before the backup");

    // Reloaded pages work too, with the old sessions, as if nothing had happened.
    let at_restored = |person: &Browser| {
        let mut moved = person.clone();
        moved.move_to(restored.address());
        moved
    };
    let at_new: Vec<Browser> = people.iter().map(at_restored).collect();
    assert_eq!(at_new[1].download(plan).await, Ok(content));
    let talk = Talk::start(&at_new, &proxy, &mut chance).await;
    sleep(breath).await;
    let acked = checker::check(&restored, &mut talk.end().await).await;
    assert!(acked > 50, "only {acked} messages after it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_backup_under_load_restores_everything_before_it() {
    messages_before_the_backup_survive_it(Place::file(), Place::file()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_backup_under_load_restores_everything_before_it() {
    messages_before_the_backup_survive_it(Place::database(), Place::database()).await;
}
