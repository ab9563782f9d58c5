//! The command line (`serve` is the default).

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    use chapp::server::{cli, config::Config, run, serve};
    use clap::Parser;

    let cli = cli::Cli::parse();
    let config = Config::load(cli.config.as_deref())?;
    run::logging(&config);
    match cli.chosen() {
        cli::Command::Serve => serve::serve(config).await,
        cli::Command::Seed(seed) => run::seed(config, seed).await,
        cli::Command::User(user) => run::user(config, user).await,
        cli::Command::Migrate(migrate) => run::migrate(migrate).await,
    }
}

#[cfg(not(feature = "ssr"))]
fn main() {}
