//! The settings of a running server: `Leptos.toml`, overridden by the environment.
//!
//! Two owners share that file. Leptos's own reader reads `[package.metadata.leptos]`, overridden by `LEPTOS_*`;
//! `[chapp.*]` are ours ([`tables`]), overridden by `CHAPP_TABLE__SETTING`, and two of them by their customary names
//! (`DATABASE_URL`, `BUS_URL`). For the command line see `server::cli`.

pub mod files;
pub mod push;
mod ranges;
pub mod tables;

use std::path::Path;

use anyhow::Context;
use config::{File, FileFormat};
use leptos::config::{LeptosOptions, get_config_from_str};
use serde::Deserialize;

pub use files::FilesConfig;
pub use push::PushConfig;
pub use tables::{
    BusConfig, HashingConfig, LimitsConfig, LogFormat, RoomsConfig, ServerConfig, SessionsConfig,
    Setup, StoreConfig, Tables,
};

/// The file read when none is named, in the working directory.
pub const DEFAULT_FILE: &str = "Leptos.toml";
/// The names under which hosting platforms provide the services they run, with the settings these override.
const USUAL_NAMES: [(&str, &str); 2] = [
    ("DATABASE_URL", "chapp.store.url"),
    ("BUS_URL", "chapp.bus.url"),
];
/// That file as shipped: every setting with its default.
const SHIPPED: &str = include_str!("../../Leptos.toml");
/// The names of chapp's tables, to tell a mistyped variable from an unrelated one.
const TABLES: [&str; 9] = [
    "server",
    "store",
    "bus",
    "sessions",
    "passwords",
    "rooms",
    "files",
    "push",
    "limits",
];
/// The settings Leptos reads from its table. It ignores any other name; chapp refuses it, to expose typing errors.
const LEPTOS_KEYS: [&str; 14] = [
    "output-name",
    "site-root",
    "site-pkg-dir",
    "env",
    "site-addr",
    "reload-port",
    "reload-external-port",
    "reload-ws-protocol",
    "not-found-path",
    "hash-file",
    "hash-files",
    "server-fn-prefix",
    "disable-server-fn-hash",
    "server-fn-mod-path",
];

/// All settings, read and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The listening address, and the location of the built page.
    pub leptos: LeptosOptions,
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

impl Config {
    /// Reads `path`, or [`DEFAULT_FILE`] if it exists, and the environment of this process.
    ///
    /// # Errors
    /// When a named file can't be read, or a setting is unknown, of the wrong type or out of range; the message names
    /// it.
    pub fn load(path: Option<&Path>) -> anyhow::Result<Self> {
        let file = path.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                SHIPPED.into()
            }
            Err(error) => {
                return Err(error).with_context(|| format!("can't read {}", file.display()));
            }
        };
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::read(&text, variables)
            .with_context(|| format!("in the settings ({})", file.display()))
    }

    /// Reads settings from the text of a file and from variables. (Leptos's own `LEPTOS_*` always come from the
    /// environment of this process: its reader supports no other way.)
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn read(
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let Tables {
            server,
            store,
            bus,
            sessions,
            passwords,
            rooms,
            files,
            push,
            limits,
        } = read_tables(text, variables)?.checked()?;
        let leptos = read_leptos(text)?;
        Ok(Self {
            leptos,
            server,
            store,
            bus,
            sessions,
            passwords,
            rooms,
            files,
            push,
            limits,
        })
    }
}

/// The top level of a settings file. Leptos reads its own table.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Whole {
    chapp: Tables,
    package: serde_json::Value,
}

fn read_tables(
    text: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> anyhow::Result<Tables> {
    let mut builder = config::Config::builder().add_source(File::from_str(text, FileFormat::Toml));
    let mut variables: Vec<_> = variables.into_iter().collect();
    // Of two variables for one setting the later wins: chapp's own.
    variables.sort_by_key(|(name, _)| name.starts_with("CHAPP_"));
    for (name, value) in variables {
        if let Some(path) = setting_of(&name)? {
            builder = builder
                .set_override(path, value)
                .with_context(|| format!("the variable {name}"))?;
        }
    }
    let whole: Whole = builder.build()?.try_deserialize()?;
    let leptos = &whole.package["metadata"]["leptos"];
    for name in leptos
        .as_object()
        .into_iter()
        .flat_map(|table| table.keys())
    {
        anyhow::ensure!(
            LEPTOS_KEYS.contains(&name.as_str()),
            "unknown setting `{name}` in [package.metadata.leptos]"
        );
    }
    Ok(whole.chapp)
}

/// The setting that a variable names: `CHAPP_STORE__URL` is `chapp.store.url`, `CHAPP_LIMITS__PER_PERSON__SENDS` is
/// `chapp.limits.per_person.sends`. `None`: an unrelated variable, or one of the surrounding tools (`CHAPP_CONFIG`,
/// `CHAPP_CACHE`).
fn setting_of(variable: &str) -> anyhow::Result<Option<String>> {
    if let Some((_, setting)) = USUAL_NAMES.iter().find(|(name, _)| *name == variable) {
        return Ok(Some((*setting).to_owned()));
    }
    let Some(rest) = variable.strip_prefix("CHAPP_") else {
        return Ok(None);
    };
    let rest = rest.to_lowercase();
    if let Some((table, setting)) = rest.split_once("__") {
        let setting = setting.replace("__", ".");
        return Ok(Some(format!("chapp.{table}.{setting}")));
    }
    for table in TABLES {
        if let Some(setting) = rest
            .strip_prefix(table)
            .and_then(|rest| rest.strip_prefix('_'))
        {
            anyhow::bail!(
                "the variable {variable} is not a setting; did you mean CHAPP_{}__{}?",
                table.to_uppercase(),
                setting.to_uppercase()
            );
        }
    }
    Ok(None)
}

/// Leptos's options from the text, or as shipped where the text has no such table.
fn read_leptos(text: &str) -> anyhow::Result<LeptosOptions> {
    use leptos::config::errors::LeptosConfigError::ConfigSectionNotFound;
    match get_config_from_str(text) {
        Err(ConfigSectionNotFound) => get_config_from_str(SHIPPED),
        read => read,
    }
    .context("[package.metadata.leptos] or a variable LEPTOS_…")
}

#[cfg(test)]
mod tests;
