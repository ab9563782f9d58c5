//! The server's `/metrics` (Prometheus' text format).

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use anyhow::{Context, ensure};

/// A histogram: its state, or the difference between two states.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    /// Upper bounds, each with the number of values up to it.
    buckets: Vec<(f64, f64)>,
    sum: f64,
    pub count: f64,
}

/// The text of `/metrics` on this port.
pub fn read(port: u16) -> anyhow::Result<String> {
    get(port, "/metrics")
}

/// The whole answer, including its head, to a GET of this path on this port.
pub fn get(port: u16, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(answer)
}

/// The counter or gauge of this name; 0 if it has no value yet.
pub fn value(text: &str, name: &str) -> anyhow::Result<f64> {
    let mut lines = text.lines();
    match lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')) {
        Some(value) => value.trim().parse().with_context(|| name.to_owned()),
        None => Ok(0.0),
    }
}

impl Distribution {
    /// The histogram of this name; empty if it has no value yet.
    pub fn of(text: &str, name: &str) -> anyhow::Result<Self> {
        let mut all = Self::default();
        for line in text.lines() {
            let Some((what, value)) = line
                .strip_prefix(name)
                .and_then(|rest| rest.rsplit_once(' '))
            else {
                continue;
            };
            let value: f64 = value.parse().with_context(|| line.to_owned())?;
            match what {
                "_sum" => all.sum = value,
                "_count" => all.count = value,
                _ => {
                    let bound = what
                        .strip_prefix("_bucket{le=\"")
                        .and_then(|rest| rest.strip_suffix("\"}"));
                    let bound = bound.with_context(|| line.to_owned())?;
                    // f64 parses `+Inf`.
                    all.buckets.push((bound.parse()?, value));
                }
            }
        }
        Ok(all)
    }

    /// The difference to `before`.
    pub fn since(&self, before: &Self) -> Self {
        let mut new = self.clone();
        new.sum -= before.sum;
        new.count -= before.count;
        for ((_, value), (_, earlier)) in new.buckets.iter_mut().zip(&before.buckets) {
            *value -= earlier;
        }
        new
    }

    pub fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// The upper bound of the bucket that contains this quantile.
    pub fn at_most(&self, quantile: f64) -> f64 {
        let wanted = self.count * quantile;
        let bucket = self.buckets.iter().find(|(_, values)| *values >= wanted);
        bucket.map_or(f64::INFINITY, |(bound, _)| *bound)
    }
}
