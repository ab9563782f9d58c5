//! The command line (`serve` is the default).

#[cfg(feature = "ssr")]
fn main() -> anyhow::Result<()> {
    use chapp::server::cli::{Cli, Command};
    use chapp::server::files::thumbnail;
    use clap::Parser;

    let cli = Cli::parse();
    match cli.chosen() {
        // It has little memory: no threads, no settings.
        Command::Thumbnail { format } => thumbnail::run(&format),
        command => run(cli.config.as_deref(), command),
    }
}

#[cfg(feature = "ssr")]
#[tokio::main]
async fn run(
    config: Option<&std::path::Path>,
    command: chapp::server::cli::Command,
) -> anyhow::Result<()> {
    use chapp::server::cli::Command;
    use chapp::server::config::Config;
    use chapp::server::{commands, serve};

    let config = Config::load(config)?;
    commands::logging(&config);
    match command {
        Command::Serve => serve::serve(config).await,
        Command::Seed(seed) => commands::seed(config, seed).await,
        Command::User(user) => commands::user(config, user).await,
        Command::Migrate(migrate) => commands::migrate(&config, migrate).await,
        Command::Thumbnail { .. } => Ok(()),
    }
}

#[cfg(not(feature = "ssr"))]
fn main() {}
