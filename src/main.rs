//! The command line (`serve` is the default).

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    use chapp::server::config::Config;
    use chapp::server::{cli, commands, serve};
    use clap::Parser;

    let cli = cli::Cli::parse();
    let config = Config::load(cli.config.as_deref())?;
    commands::logging(&config);
    match cli.chosen() {
        cli::Command::Serve => serve::serve(config).await,
        cli::Command::Seed(seed) => commands::seed(config, seed).await,
        cli::Command::User(user) => commands::user(config, user).await,
        cli::Command::Migrate(migrate) => commands::migrate(migrate).await,
    }
}

#[cfg(not(feature = "ssr"))]
fn main() {}
