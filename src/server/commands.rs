//! The commands other than `serve`.

mod files;

use std::io::IsTerminal;

use anyhow::{anyhow, bail};
use futures_util::{StreamExt, TryStreamExt};

use super::auth;
use super::auth::{Asker, Passwords, SecretToken};
use super::cli;
use super::config::{Config, LogFormat};
use super::http::request_log;
use super::security_log::{SecurityEntry, SecurityEvent};
use super::seed;
use super::state::AppState;
use super::store::{Admission, Authority, Copy, NewRoom, NewUser, Store};
use crate::model::{Account, ClientId, Person, Refusal, limits};

/// Concurrent writes of `seed`.
const CONCURRENT_WRITES: usize = 256;

/// Logs to stderr, filtered by `RUST_LOG`: levels by target, such as `info,chapp::request=debug`.
///
/// `Targets` rather than `EnvFilter`, which can also filter by span: that brings regular expressions, and with them
/// half a megabyte of memory.
pub fn logging(config: &Config) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;

    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let parsed = wanted.parse::<Targets>().ok();
    let filter = parsed.clone().filter(|_| !wanted.is_empty());
    let layer = tracing_subscriber::fmt::layer()
        // Colours only on a terminal: files and collectors would get escape sequences.
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr);
    let layer = match config.server.log_format {
        LogFormat::Json => layer.json().boxed(),
        LogFormat::Text => layer.boxed(),
    };
    tracing_subscriber::registry()
        .with(filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO)))
        .with(layer)
        .init();
    if parsed.is_none() {
        tracing::warn!("RUST_LOG is invalid: logging at level info");
    }
    request_log::log_panics();
}

/// `chapp user …`
///
/// # Errors
/// An invalid name or password, as a sentence; a store that can't be opened.
pub async fn user(config: Config, command: cli::User) -> anyhow::Result<()> {
    let app = AppState::start(config).await?;
    match command {
        cli::User::Add {
            name,
            display_name,
            admin,
        } => {
            let password = cli::read_password("Password: ")?;
            let added = app.accounts.add_user(&name, &display_name, password).await;
            let person = added.map_err(|refused| by_field(&refused))?;
            if admin {
                let by = Authority::Operator;
                app.store.set_site_admin(by, person.id, true).await?;
            }
            println!("added {}", person.username);
        }
        cli::User::Passwd { name } => {
            let password = cli::read_password("New password: ")?;
            find(&app, &name).await?;
            let changed = app.accounts.set_password(&name, password).await;
            changed.map_err(|refused| by_field(&refused))?;
            println!("changed; all sessions of {name} have ended");
        }
        cli::User::Admin { name, take } => {
            let person = find(&app, &name).await?;
            let by = Authority::Operator;
            app.store.set_site_admin(by, person.id, !take).await?;
            let event = if take {
                SecurityEvent::TakeSiteAdmin
            } else {
                SecurityEvent::MakeSiteAdmin
            };
            SecurityEntry::new(event).to(Some(person.id)).done();
            let what = if take { "no longer" } else { "now" };
            println!("{} is {what} an administrator", person.username);
        }
        cli::User::Suspend { name } => suspend(&app, &name, true).await?,
        cli::User::Restore { name } => suspend(&app, &name, false).await?,
        cli::User::List => list(&app).await?,
    }
    app.store.close().await;
    Ok(())
}

/// A refusal as an error. No form shows which field is meant, so each sentence begins with the field's name.
fn by_field(refused: &Refusal) -> anyhow::Error {
    let sentences = refused.each().iter().map(|refused| {
        let field = refused.field().map(|field| serde_json::json!(field));
        match field.as_ref().and_then(|field| field.as_str()) {
            Some(field) => format!("{}: {refused}", field.replace('_', " ")),
            None => refused.to_string(),
        }
    });
    anyhow!(sentences.collect::<Vec<_>>().join(" "))
}

async fn find(app: &AppState, name: &str) -> anyhow::Result<Person> {
    match app.accounts.find(name).await {
        Err(Refusal::NotFound) => bail!("there is no account {name}"),
        found => Ok(found?),
    }
}

async fn suspend(app: &AppState, name: &str, suspended: bool) -> anyhow::Result<()> {
    let person = find(app, name).await?;
    let by = Authority::Operator;
    app.store.suspend(by, person.id, suspended).await?;
    let event = if suspended {
        SecurityEvent::Suspend
    } else {
        SecurityEvent::Restore
    };
    SecurityEntry::new(event).to(Some(person.id)).done();
    let what = if suspended { "suspended" } else { "restored" };
    println!("{what} {}", person.username);
    Ok(())
}

async fn list(app: &AppState) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page = app.store.accounts(&after, limits::PEOPLE_PAGE).await?;
        for Account {
            person,
            is_admin,
            is_suspended,
        } in &page.accounts
        {
            let marks = [(*is_admin, "admin"), (*is_suspended, "suspended")];
            let marks: Vec<_> = marks
                .iter()
                .filter(|mark| mark.0)
                .map(|mark| mark.1)
                .collect();
            let marks = marks.join(",");
            println!("{}\t{}\t{marks}", person.username, person.display_name);
        }
        match page.accounts.last() {
            Some(last) if page.more => after.clone_from(&last.person.username),
            _ => return Ok(()),
        }
    }
}

/// `chapp migrate`: copies a database and compares the copy row by row before it can be used.
///
/// # Errors
/// When a database can't be opened, read or written, or the copy differs in the end.
pub async fn migrate(config: &Config, command: cli::Migrate) -> anyhow::Result<()> {
    let mut copy = Copy::begin(&command.from, &command.to).await?;
    let (rows, copied_before) = copy.size().await?;
    let bar = indicatif::ProgressBar::new(rows).with_message("copied");
    bar.set_style(indicatif::ProgressStyle::with_template(
        "{msg} {wide_bar} {human_pos}/{human_len} {eta}",
    )?);
    bar.set_position(copied_before);
    copy.run(|rows| bar.inc(rows)).await?;
    bar.set_message("compared");
    bar.reset();
    let compared = copy.compare(|rows| bar.inc(rows)).await?;
    bar.finish();
    if !compared.differing.is_empty() {
        bail!(
            "the copy is not the same in {}: {}. Empty the database to copy to, and begin again",
            compared.differing.len(),
            compared.differing[..compared.differing.len().min(10)].join(", ")
        );
    }
    let from = command
        .files_from
        .unwrap_or_else(|| config.files.folder_beside(&command.from));
    let bucket = config.files.bucket();
    let places = (from.as_path(), bucket.as_ref());
    let files = files::take_along(&mut copy, places, command.files_to.as_deref()).await?;
    copy.finish().await?;
    println!(
        "copied {} rows; the logs of {} threads are the same; {files} files are whole",
        compared.rows, compared.threads
    );
    // The search index is not copied: each database engine has its own kind, rebuilt from the log.
    println!("making the search index");
    Store::make_index(&command.to).await
}

/// `chapp seed`: invented people and conversations, the same in each run.
pub async fn seed(config: Config, command: cli::Seed) -> anyhow::Result<()> {
    let password = command.password.clone().unwrap_or_else(|| {
        let made = SecretToken::random().to_text()[..16].to_owned();
        println!("password of everyone: {made}");
        made
    });
    // One hash for all accounts: hashing each would take minutes.
    let hash = Passwords::new(&config.passwords)?
        .hash(Asker::OPERATOR, password)
        .await?;
    let lobby = config.rooms.lobby()?;
    let app = AppState::start(config).await?;
    let bar = indicatif::ProgressBar::new(u64::from(command.people)).with_message("people");
    let invented = seed::people(command.people as usize);
    let added = futures_util::stream::iter(invented).map(async |(username, display_name)| {
        let person = add_person(&app, &username, display_name, hash.clone(), lobby.clone()).await;
        bar.inc(1);
        person
    });
    // In order; concurrent writes share a transaction.
    let people: Vec<Person> = added.buffered(CONCURRENT_WRITES).try_collect().await?;
    bar.finish();
    messages(&app, &people, command.messages as usize).await?;
    app.store.close().await;
    Ok(())
}

/// Adds a person, or finds the one that an earlier run added.
async fn add_person(
    app: &AppState,
    username: &str,
    display_name: String,
    password_hash: String,
    lobby: Option<NewRoom>,
) -> anyhow::Result<Person> {
    let name = auth::username(username)?;
    let user = NewUser {
        username: name.key.clone(),
        skeleton: name.skeleton,
        display_name,
        password_hash,
    };
    let admission = Admission {
        by_operator: true,
        lobby,
        ..Admission::default()
    };
    match app.store.add_user(user, admission).await {
        Ok(person) => Ok(person),
        Err(refused) => match app.store.login(&name.key).await? {
            Some(login) => Ok(login.person),
            None => Err(refused.into()),
        },
    }
}

/// Posts conversations of the first person with each of the others, each half as long as the one before.
async fn messages(app: &AppState, people: &[Person], messages: usize) -> anyhow::Result<()> {
    let Some((first, others)) = people
        .split_first()
        .filter(|(_, others)| !others.is_empty())
    else {
        return Ok(());
    };
    let bar = indicatif::ProgressBar::new(messages as u64).with_message("messages");
    let mut left = messages;
    for (number, other) in others.iter().enumerate() {
        let share = if number + 1 == others.len() {
            left
        } else {
            left.div_ceil(2).min(left)
        };
        if share == 0 {
            break;
        }
        left -= share;
        let thread = app.store.open_direct(first.id, other.id).await?;
        let lines = seed::conversation(number as u64).take(share);
        let posted = futures_util::stream::iter(lines).map(async |line| {
            let author = if line.author % 2 == 0 { first } else { other };
            let (sender, receiver) = tokio::sync::oneshot::channel();
            app.chat.post(
                author.id,
                thread,
                ClientId::now(),
                &line.text,
                None,
                move |posted| {
                    let _ = sender.send(posted);
                },
            );
            receiver
                .await
                .map_err(|_| anyhow!("the writer stopped"))??;
            bar.inc(1);
            anyhow::Ok(())
        });
        posted
            .buffered(CONCURRENT_WRITES)
            .try_collect::<()>()
            .await?;
    }
    bar.finish();
    Ok(())
}
