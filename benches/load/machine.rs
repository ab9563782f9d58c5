//! The machine and the processes on it, according to /proc of Linux.

use std::fs;
use std::io;

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use serde::{Deserialize, Serialize};

/// Ticks per second in /proc/PID/stat: USER_HZ, 100 on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;
/// Page size in /proc/PID/statm on x86-64, and on ARM with the usual kernels.
const PAGE: f64 = 4096.0;

/// Where the figures were measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub memory_gib: f64,
    pub kernel: String,
    pub rust: String,
}

impl Machine {
    pub fn here() -> Self {
        let cpu_info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let rust = std::process::Command::new("rustc")
            .arg("--version")
            .output();
        Self {
            cpu: field(&cpu_info, "model name").unwrap_or_else(|| "unknown".into()),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: kib(&memory, "MemTotal").map_or(0.0, |kib| kib / (1024.0 * 1024.0)),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .map_or_else(|_| "unknown".into(), |release| release.trim().to_owned()),
            rust: rust.map_or_else(
                |_| "unknown".into(),
                |out| String::from_utf8_lossy(&out.stdout).trim().to_owned(),
            ),
        }
    }
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kib(text: &str, name: &str) -> Option<f64> {
    field(text, name)?.split(' ').next()?.parse().ok()
}

/// CPU time of a process so far, user and system, in seconds. The kernel rounds to 10 ms.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    Ok(stat(pid)?.own)
}

/// The same of a process and all its children, including those that have ended.
pub fn family_cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let parent = stat(pid)?;
    let mut sum = parent.own + parent.of_ended_children;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(child) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A child that ends meanwhile is included in its parent's figures next time.
        if let Ok(child) = stat(child)
            && child.parent == pid
        {
            sum += child.own;
        }
    }
    Ok(sum)
}

/// The fields needed from /proc/PID/stat; times in seconds.
struct Stat {
    parent: u32,
    own: f64,
    of_ended_children: f64,
}

fn stat(pid: u32) -> anyhow::Result<Stat> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    // The second field, the name, may contain blanks. Of all fields, the fourth is the parent; utime, stime, cutime and
    // cstime are the 14th to the 17th.
    let after_name = stat.rsplit_once(')').context("/proc/PID/stat")?.1;
    let fields: Vec<_> = after_name.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).context("/proc/PID/stat");
    let seconds =
        |number| -> anyhow::Result<f64> { Ok(field(number)?.parse::<f64>()? / TICKS_PER_SECOND) };
    Ok(Stat {
        parent: field(4)?.parse()?,
        own: seconds(14)? + seconds(15)?,
        of_ended_children: seconds(16)? + seconds(17)?,
    })
}

/// Resident memory of a process, in bytes.
pub fn resident(pid: u32) -> anyhow::Result<f64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).context("the server is gone")?;
    let pages = statm.split(' ').nth(1).context("/proc/PID/statm")?;
    Ok(pages.parse::<f64>()? * PAGE)
}

/// Pins this process, and those it starts from now on, to one core.
pub fn pin(core: usize) -> io::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}

/// Raises the limit of open files, for this process and those it starts, as far as permitted; returns the limit.
pub fn raise_open_files() -> u64 {
    let system = fs::read_to_string("/proc/sys/fs/nr_open")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(1 << 20);
    let all = Rlimit {
        current: Some(system),
        maximum: Some(system),
    };
    // Only root may go beyond the hard limit.
    if setrlimit(Resource::Nofile, all).is_err() {
        let hard = getrlimit(Resource::Nofile).maximum;
        let up_to_hard = Rlimit {
            current: hard,
            maximum: hard,
        };
        let _ = setrlimit(Resource::Nofile, up_to_hard);
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
