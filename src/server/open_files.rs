//! The limit on open files; every connection uses one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::config::Config;

/// Open files other than client connections: the database and its connections, Redis, logs, and static files that are
/// being sent.
const OTHERS: usize = 100;

/// Raises the limit as far as this process may, and lowers the limits on connections that would not fit.
pub fn prepare(config: &mut Config) {
    let files = raise();
    let live = &mut config.limits.max_connections;
    let others = &mut config.server.connections;
    let wanted = (*live, *others);
    (*live, *others) = fit(files, *live, *others);
    if wanted != (*live, *others) {
        tracing::warn!(
            "the limit on open files is {files}, too low for limits.max_connections = {} and \
             server.connections = {}: they are lowered to {live} and {others}. Raise it (systemd: LimitNOFILE=, \
             Docker: --ulimit nofile=, a shell: ulimit -Hn), or lower the settings.",
            wanted.0,
            wanted.1,
        );
    }
}

/// Raises the soft limit to the hard one and returns it.
fn raise() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let raised = Rlimit {
            current: maximum,
            maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "raising the limit on open files failed");
        }
    }
    // `None`: unlimited.
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

/// The live and other connections that fit: a quarter for the others, as far as they need it.
fn fit(files: usize, live: usize, others: usize) -> (usize, usize) {
    let room = files.saturating_sub(OTHERS).max(2);
    if live.saturating_add(others) <= room {
        return (live, others);
    }
    let others = others.min((room / 4).max(room.saturating_sub(live))).max(1);
    (live.min(room - others).max(1), others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_into_the_files_there_are() {
        assert_eq!(fit(1_048_576, 50_000, 16_384), (50_000, 16_384));
        assert_eq!(
            fit(usize::MAX, 1_000_000, 1_000_000),
            (1_000_000, 1_000_000)
        );
        assert_eq!(fit(1_024, 50_000, 16_384), (693, 231));
        assert_eq!(fit(20_000, 50_000, 16_384), (14_925, 4_975));
        // A low limit on live connections leaves room for the others.
        assert_eq!(fit(1_024, 10, 16_384), (10, 914));
        assert_eq!(fit(1_024, 50_000, 10), (914, 10));
        assert_eq!(fit(0, 50_000, 16_384), (1, 1));
    }
}
