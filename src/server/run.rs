//! What the commands beside `serve` do.

use anyhow::{anyhow, bail};

use super::app::App;
use super::auth;
use super::auth::{Passwords, SessionToken};
use super::cli;
use super::config::{Config, LogFormat};
use super::seed;
use super::store::NewUser;
use crate::model::{ClientId, Person, Refusal, UserId};

/// Logs go to stderr; `RUST_LOG` says what of them.
pub fn logging(config: &Config) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.server.log_format {
        LogFormat::Json => builder.json().init(),
        LogFormat::Text => builder.init(),
    }
}

/// `chapp user …`
///
/// # Errors
/// What is wrong with a name or a password, in a sentence; or that the store can't be opened.
pub async fn user(config: Config, command: cli::User) -> anyhow::Result<()> {
    let app = App::start(config).await?;
    match command {
        cli::User::Add {
            name,
            display_name,
            admin,
        } => {
            let password = cli::read_password("Password: ")?;
            let person = app
                .accounts
                .add_user(&name, &display_name, password)
                .await?;
            if admin {
                app.store.set_admin(person.id, true).await?;
            }
            println!("added {}", person.username);
        }
        cli::User::Passwd { name } => {
            let password = cli::read_password("New password: ")?;
            match app.accounts.set_password(&name, password).await {
                Err(Refusal::NotFound) => bail!("there is no account {name}"),
                changed => changed?,
            }
            println!("changed; all sessions of {name} have ended");
        }
        cli::User::List => {
            let mut after = None;
            loop {
                let page = app.chat.people(after.as_deref()).await?;
                for person in &page.people {
                    println!("{}\t{}", person.username, person.display_name);
                }
                match page.people.last() {
                    Some(last) if page.more => after = Some(last.username.clone()),
                    _ => break,
                }
            }
        }
    }
    app.store.close().await;
    Ok(())
}

/// `chapp seed`: people and their conversations, the same at each run.
///
/// # Errors
/// When the store can't be opened or written.
pub async fn seed(config: Config, command: cli::Seed) -> anyhow::Result<()> {
    let password = command.password.clone().unwrap_or_else(|| {
        let made = SessionToken::random().to_text()[..16].to_owned();
        println!("password of everyone: {made}");
        made
    });
    // One hash for all: hashing each would take minutes and try nothing more.
    let hash = Passwords::new(&config.passwords)?.hash(password).await?;
    let app = App::start(config).await?;
    let mut people = Vec::new();
    let bar = indicatif::ProgressBar::new(u64::from(command.people)).with_message("people");
    for (username, display_name) in seed::people(command.people as usize) {
        let name = auth::username(&username)?;
        let user = NewUser {
            username: name.key.clone(),
            skeleton: name.skeleton,
            display_name,
            password_hash: hash.clone(),
        };
        match app.store.add_user(user).await {
            Ok(person) => people.push(person),
            Err(_) => people.extend(app.store.login(&name.key).await?.map(|(person, _)| person)),
        }
        bar.inc(1);
    }
    bar.finish();
    messages(&app, &people, command.messages as usize).await?;
    app.store.close().await;
    Ok(())
}

/// The first person talks with each of the others, less and less.
async fn messages(app: &App, people: &[Person], messages: usize) -> anyhow::Result<()> {
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
        for line in seed::conversation(number as u64).take(share) {
            let author: UserId = if line.author % 2 == 0 {
                first.id
            } else {
                other.id
            };
            let (sender, receiver) = tokio::sync::oneshot::channel();
            app.chat
                .post(author, thread, ClientId::now(), &line.text, move |posted| {
                    let _ = sender.send(posted);
                });
            receiver
                .await
                .map_err(|_| anyhow!("the writer stopped"))??;
            bar.inc(1);
        }
    }
    bar.finish();
    Ok(())
}
