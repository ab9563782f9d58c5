//! The load tool: each figure of docs/BENCHMARKS.md comes from one command. It starts the server it measures, fills its
//! database, uses it over real HTTP and WebSocket, and reads from /proc what that cost the server. Linux only.

mod frame;
mod http;
mod machine;
mod message;
mod metrics;
mod report;
mod room;
mod scenario;
mod seed;
mod server;
mod services;
mod swarm;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use scenario::{fanout, files, hostile, idle, nodes, pages, search, sends, storm};

/// Measures a chapp server.
#[derive(Debug, Parser)]
#[command(name = "chapp-load")]
struct Cli {
    /// The server to measure
    #[arg(long, global = true, default_value = "target/app/chapp")]
    server: PathBuf,
    /// Where to create its database, in a folder that is removed afterwards
    #[arg(long, global = true, default_value = "target/load")]
    data: PathBuf,
    /// Also write the figures to this file, as JSON
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Memory of idle connections
    Idle(idle::Options),
    /// One message to many members: CPU and time of each delivery, compared with a bare room
    Fanout(fanout::Options),
    /// Many senders to many threads: durable sends per second
    Sends(sends::Options),
    /// Everyone reconnects at once after a restart
    Storm(storm::Options),
    /// Uploads, downloads and thumbnails, compared with the disk and with nginx
    Files(files::Options),
    /// One account floods the server in every way it can, while two other people talk
    Hostile(hostile::Options),
    /// Pages of long threads, and long thread lists
    Pages(pages::Options),
    /// Several nodes on PostgreSQL and Redis, compared with one node
    #[command(subcommand)]
    Nodes(nodes::Command),
    /// Search in a million messages
    Search(search::Options),
    /// Generate docs/BENCHMARKS.md from the JSON of several runs, on stdout
    Page {
        files: Vec<PathBuf>,
        /// An earlier page: sections that were not measured again are kept
        #[arg(long)]
        earlier: Option<PathBuf>,
    },
    /// The reference server of `fanout`
    #[command(hide = true)]
    Room {
        #[arg(long)]
        port: u16,
    },
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let bench = || {
        machine::raise_open_files();
        scenario::Bench::new(cli.server.clone(), &cli.data)
    };
    let report = match &cli.command {
        Command::Idle(options) => idle::run(&bench()?, options)?,
        Command::Fanout(options) => fanout::run(&bench()?, options)?,
        Command::Sends(options) => sends::run(&bench()?, options)?,
        Command::Storm(options) => storm::run(&bench()?, options)?,
        Command::Files(options) => files::run(&bench()?, options)?,
        Command::Hostile(options) => hostile::run(&bench()?, options)?,
        Command::Pages(options) => pages::run(&bench()?, options)?,
        Command::Search(options) => search::run(&bench()?, options)?,
        Command::Nodes(command) => command.run(&bench()?)?,
        Command::Page { files, earlier } => {
            print!("{}", report::page(files, earlier.as_deref())?);
            return Ok(());
        }
        Command::Room { port } => return room::serve(*port),
    };
    report.publish(cli.json.as_deref())
}
