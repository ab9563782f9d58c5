//! A small disk that can be filled.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A separate tmpfs, unmounted on drop.
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Mounts a tmpfs of this size, as root or with sudo. SQLite truncates its log at 64 MiB.
    ///
    /// # Panics
    /// If neither is permitted, because there is no other way to fill a disk.
    pub fn mount(megabytes: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let is_mounted = run(
            &[
                "mount",
                "-t",
                "tmpfs",
                "-o",
                &own(&format!("size={megabytes}m")),
                "tmpfs",
            ],
            folder.path(),
        );
        assert!(
            is_mounted,
            "The fault test needs a small disk that it can fill: it mounts a tmpfs, as root or with `sudo` \
             that asks for no password."
        );
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Leaves this many bytes free.
    pub fn leave(&self, bytes: u64) {
        let found = rustix::fs::statvfs(self.path()).expect("a disk");
        let free = found.f_bavail * found.f_frsize;
        let mut file = File::create(self.filler()).expect("a file");
        let taken = usize::try_from(free.saturating_sub(bytes)).expect("a size");
        file.write_all(&vec![0; taken]).expect("room");
    }

    /// Leaves not a single byte free.
    pub fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a file");
        let block = vec![0; 64 * 1024];
        for size in [block.len(), 4096, 1] {
            while file.write_all(&block[..size]).is_ok() {}
        }
    }

    /// Frees the space again.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).expect("the filler");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, because a server that is being killed may still hold a file.
        run(&["umount", "-l"], self.folder.path());
    }
}

/// Mount options that make the current user the owner of the disk.
fn own(options: &str) -> String {
    let id = |flag: &str| {
        let output = Command::new("id").arg(flag).output().expect("id");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    format!("{options},uid={},gid={}", id("-u"), id("-g"))
}

fn run(words: &[&str], folder: &Path) -> bool {
    let with = |prefix: &[&str]| {
        let mut all = prefix.iter().chain(words);
        let program = all.next().expect("a word");
        let status = Command::new(program)
            .args(all)
            .arg(folder)
            .stderr(std::process::Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    with(&[]) || with(&["sudo", "-n"])
}
