//! A virus scanner: clamd, by its protocol (`man clamd`, "INSTREAM").

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clamav_client::tokio::{Socket, Tcp, scan_file};
use tokio::time::timeout;

/// How long a scan may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where clamd listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// `HOST:PORT`
    Address(String),
    Socket(PathBuf),
}

/// What the scanner says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    /// With the name of what was found.
    Infected(String),
}

impl Scanner {
    /// The scanner at `HOST:PORT`, or at the path of a socket; empty: none.
    #[must_use]
    pub fn at(address: &str) -> Option<Self> {
        match address {
            "" => None,
            path if path.starts_with('/') => Some(Self::Socket(path.into())),
            address => Some(Self::Address(address.to_owned())),
        }
    }

    /// Scans a file.
    ///
    /// # Errors
    /// When the scanner can't be reached, takes too long, or doesn't take the file: it has a largest size of its own.
    pub async fn scan(&self, file: &Path) -> io::Result<Verdict> {
        let scanned = async {
            match self {
                Self::Address(address) => {
                    let host_address = address.as_str();
                    scan_file(file, Tcp { host_address }, None).await
                }
                Self::Socket(socket_path) => scan_file(file, Socket { socket_path }, None).await,
            }
        };
        let answer = timeout(PATIENCE, scanned).await??;
        verdict(&String::from_utf8_lossy(&answer))
    }
}

/// The verdict in an answer such as `stream: OK` or `stream: Eicar-Test-Signature FOUND`.
fn verdict(answer: &str) -> io::Result<Verdict> {
    let answer = answer.trim_matches(['\0', '\n', ' ']);
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    match said.strip_suffix(" FOUND") {
        Some(name) => Ok(Verdict::Infected(name.to_owned())),
        None if said == "OK" => Ok(Verdict::Clean),
        None => Err(io::Error::other(answer.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_lets_a_file_pass() {
        let found = Verdict::Infected("Eicar-Test-Signature".into());
        assert_eq!(verdict("stream: OK\0").unwrap(), Verdict::Clean);
        let answer = "stream: Eicar-Test-Signature FOUND\0";
        assert_eq!(verdict(answer).unwrap(), found);
        for unclear in [
            "",
            "OKAY",
            "INSTREAM size limit exceeded. ERROR\0",
            "stream: ",
        ] {
            verdict(unclear).unwrap_err();
        }
    }
}
