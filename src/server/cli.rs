//! The command line: its arguments and the password prompt. The commands themselves are in `server::commands`.

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};

/// A real-time chat that runs on your own machine.
#[derive(Clone, Debug, Parser)]
#[command(name = "chapp", version)]
pub struct Cli {
    /// The settings file [default: Leptos.toml, if it is there]
    #[arg(long, global = true, env = "CHAPP_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do [default: serve]
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// The given command; `serve` by default.
    #[must_use]
    pub fn chosen(&self) -> Command {
        self.command.clone().unwrap_or(Command::Serve)
    }
}

/// What the program can do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the server
    Serve,
    /// Fill the database with invented people and conversations, for trying things out
    Seed(Seed),
    /// Look after accounts
    #[command(subcommand)]
    User(User),
    /// Decode a picture from standard input. The server runs it for each picture
    #[command(hide = true)]
    Thumbnail {
        /// The format of the picture
        format: String,
    },
    /// Copy everything from one database into another, from SQLite to PostgreSQL or back
    Migrate(Migrate),
}

/// From where to where. Addresses are as for `[chapp.store] url`.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct Migrate {
    /// The database to copy; nobody can write to it meanwhile
    #[arg(
        long,
        value_name = "URL",
        env = "CHAPP_MIGRATE_FROM",
        hide_env_values = true
    )]
    pub from: String,
    /// An empty one, or one into which this copy was begun before
    #[arg(
        long,
        value_name = "URL",
        env = "CHAPP_MIGRATE_TO",
        hide_env_values = true
    )]
    pub to: String,
    /// The folder with the files of messages [default: that of the settings]
    #[arg(long, value_name = "DIR")]
    pub files_from: Option<PathBuf>,
    /// Copy the files into this folder too [default: only check them]
    #[arg(long, value_name = "DIR")]
    pub files_to: Option<PathBuf>,
}

/// How much to invent.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct Seed {
    /// How many people
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub people: u32,
    /// How many messages, between all of them
    #[arg(long, default_value_t = 2_000)]
    pub messages: u32,
    /// The password of each of them [default: one is made and printed]
    #[arg(long)]
    pub password: Option<String>,
}

/// What an operator can do with accounts. Passwords are asked for, or read from standard input.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum User {
    /// Make an account; asks for its password
    Add {
        /// The name to log in with
        name: String,
        /// The name that others see [default: the same]
        #[arg(long, default_value = "")]
        display_name: String,
        /// Give the account the rights of an administrator
        #[arg(long)]
        admin: bool,
    },
    /// Give an account a new password, and end all its sessions; asks for it
    Passwd {
        /// The name to log in with
        name: String,
    },
    /// Make an account an administrator of the site
    Admin {
        /// The name to log in with
        name: String,
        /// Take it back instead
        #[arg(long)]
        take: bool,
    },
    /// Suspend an account: its sessions end, and it can't log in
    Suspend {
        /// The name to log in with
        name: String,
    },
    /// Give a suspended account back
    Restore {
        /// The name to log in with
        name: String,
    },
    /// Show all accounts
    List,
}

/// Reads a new password: on a terminal, prompts for it twice without echo; otherwise reads the first line of standard
/// input, so that a script can pass one without exposing it in the process list.
///
/// # Errors
/// When it is missing, or the two entries differ.
pub fn read_password(prompt: &str) -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        return first_line(io::stdin().lock());
    }
    let password = rpassword::prompt_password(format!("{prompt}: ")).context("can't ask")?;
    let again = rpassword::prompt_password(format!("{prompt}, again: ")).context("can't ask")?;
    if password != again {
        bail!("the two passwords differ");
    }
    Ok(password)
}

fn first_line(mut input: impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    input
        .read_line(&mut line)
        .context("can't read a password from standard input")?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        bail!("no password on standard input");
    }
    Ok(password.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(words: &str) -> Cli {
        Cli::try_parse_from(words.split(' ')).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_means_serve() {
        assert_eq!(parse("chapp").chosen(), Command::Serve);
        assert_eq!(
            parse("chapp serve --config a.toml").chosen(),
            Command::Serve
        );
    }

    #[test]
    fn seed_has_modest_defaults() {
        let seed = |words| match parse(words).command {
            Some(Command::Seed(seed)) => (seed.people, seed.messages, seed.password),
            other => panic!("{other:?}"),
        };
        assert_eq!(seed("chapp seed"), (40, 2_000, None));
        assert_eq!(
            seed("chapp seed --people 5000 --messages 9 --password pw"),
            (5_000, 9, Some("pw".into()))
        );
        assert!(Cli::try_parse_from(["chapp", "seed", "--people", "1"]).is_err());
    }

    #[test]
    fn a_password_is_never_a_word_of_the_user_commands() {
        assert!(Cli::try_parse_from(["chapp", "user", "add", "ana", "secret"]).is_err());
        assert!(Cli::try_parse_from(["chapp", "user", "passwd", "ana", "secret"]).is_err());
        let add = parse("chapp user add ana --display-name Ana --admin").command;
        let expected = User::Add {
            name: "ana".into(),
            display_name: "Ana".into(),
            admin: true,
        };
        assert_eq!(add, Some(Command::User(expected)));
    }

    #[test]
    fn a_piped_password_is_the_first_line_and_keeps_its_spaces() {
        assert_eq!(first_line(&b" a b \r\nmore"[..]).expect("a line"), " a b ");
        assert_eq!(
            first_line(&b"no newline"[..]).expect("a line"),
            "no newline"
        );
        assert!(first_line(&b"\n"[..]).is_err());
        assert!(first_line(&b""[..]).is_err());
    }
}
