#!/usr/bin/env python3
"""Executes deploy/Dockerfile without Docker, in folders: for machines without a Docker engine. As root, on Debian.

image-check.py           the last stage alone, with the release build of target/app in the place of what is copied
                         from the builder (a minute)
image-check.py --build   the builder too, from nothing: tools, dependencies, release (an hour on 2 cores)
image-check.py --build --copy-tools
                         the same with the tools that are in the cache here, instead of a quarter of an hour to
                         compile them; that they are there and right is still for scripts/tools.sh to find

The base images are made by debootstrap of the same Debian; to that of Rust is added what the official one adds. Each RUN
is run in a chroot with the environment that ENV gives it, each COPY takes only what git has and .dockerignore lets
through. Then the program is started as the image's user, with the root file system read-only, no network but its own,
and nothing in the working directory but the volume; HEALTHCHECK's command must succeed, the page and its files must
be answered, and STOPSIGNAL must end it.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("CHAPP_CACHE", Path.home() / ".cache/chapp"))
APP = Path(os.environ.get("CHAPP_APP", ROOT / "target/app"))
DOCKERFILE = ROOT / "deploy/Dockerfile"
IGNORE = ROOT / "deploy/Dockerfile.dockerignore"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# As set by the official Rust image.
RUST = {"RUSTUP_HOME": "/usr/local/rustup", "CARGO_HOME": "/usr/local/cargo", "PATH": f"/usr/local/cargo/bin:{PATH}"}


def run(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, **more)


def instructions():
    """Each instruction as keyword, flags and the rest."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            keyword, rest = line.split(maxsplit=1)
            flags = re.match(r"(?:--\S+\s+)*", rest)[0]
            yield keyword, flags.split(), rest[len(flags):].strip()


def cached(name, make):
    """Provides a base image, built unless it is cached; returns its name."""
    if not (CACHE / name).exists():
        new = CACHE / f"{name}.new"
        shutil.rmtree(new, ignore_errors=True)
        make(new)
        new.rename(CACHE / name)
    return name


def debootstrap(new):
    run("debootstrap", "--variant=minbase", new.stem, new, stdout=subprocess.DEVNULL)


class Stage:
    """A folder with what the image would contain."""

    def __init__(self, folder, base):
        self.folder, self.env, self.workdir, self.user, self.health, self.entry = folder, {"PATH": PATH}, "/", "0", [], []
        rust = re.match(r"rust:([\d.]+)", base)
        debian = re.search(r"([a-z]+)-slim|slim-([a-z]+)", base)
        system = debian[1] or debian[2]
        if rust:
            self.env |= RUST
            cached(f"rust-{rust[1]}-{system}", lambda new: self.add_rust(new, system, rust[1]))
        self.start_from(f"rust-{rust[1]}-{system}" if rust else cached(system, debootstrap))
        if rust and "--copy-tools" in sys.argv:
            for part in ["bin", "npm"]:
                run("install", "-d", folder / "cache/tools")
                run("cp", "-a", CACHE / "tools" / part, folder / "cache/tools")

    def start_from(self, base):
        run("cp", "-a", CACHE / base, self.folder)
        # A chroot uses the machine's network: its name resolution, and its additional certificates.
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        for authority in Path("/usr/local/share/ca-certificates").glob("*.crt"):
            run("install", "-D", "-m", "0644", authority, f"{self.folder}{authority}")

    def add_rust(self, new, system, version):
        self.start_from(cached(system, debootstrap))
        self.run("apt-get update && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev wget")
        self.run(
            "wget -q https://static.rust-lang.org/rustup/dist/$(uname -m)-unknown-linux-gnu/rustup-init && chmod +x rustup-init"
            f" && ./rustup-init -y --no-modify-path --profile minimal --default-toolchain {version} && rm rustup-init"
        )
        run("mv", self.folder, new)

    def run(self, command):
        """Executes a RUN with /bin/sh in the folder, with /proc and /dev."""
        folder = shlex.quote(str(self.folder))
        script = f"""
            mount -t proc proc {folder}/proc && mount --rbind /dev {folder}/dev &&
            exec chroot {folder} /bin/sh -c {shlex.quote(f"cd {self.workdir} && {command}")}
        """
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]
        trusted = "/etc/ssl/certs/ca-certificates.crt"
        more = {"HOME": "/root", "SSL_CERT_FILE": trusted, "NODE_EXTRA_CA_CERTS": trusted}
        run(*words, env=self.env | more, stdin=subprocess.DEVNULL)

    def copy(self, source, words):
        *paths, to = shlex.split(words)
        target = self.folder / Path(self.workdir, to).relative_to("/")
        for path in paths:
            found = source / path.lstrip("/")
            # As in Docker, the content of a folder is copied into the target, a file into the folder.
            into = target if found.is_dir() or not to.endswith("/") and to != "." else target / found.name
            into.parent.mkdir(parents=True, exist_ok=True)
            run("cp", "-a", "--no-target-directory", "--no-preserve=ownership", found, into)


def context(folder):
    """The build context: files tracked by git, filtered by .dockerignore."""
    kept = [line[1:] for line in IGNORE.read_text().splitlines() if line.startswith("!")]
    run("git", "checkout-index", "--prefix", f"{folder}/", "--stdin", cwd=ROOT, text=True, input="\n".join(
        path for path in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
        if any(path == keep or path.startswith(f"{keep}/") for keep in kept)
    ))
    return folder


def build(work, with_builder):
    stages, stage, given = {}, None, context(work / "context")
    for keyword, flags, rest in instructions():
        if keyword == "FROM":
            base, *name = rest.split(" AS ")
            skipped = not with_builder and name
            print(f"FROM {rest}{': left out' if skipped else ''}", flush=True)
            stage = None if skipped else Stage(work / f"stage{len(stages)}", base)
            stages[name[0] if name else ""] = stage
        elif stage is None:
            continue
        elif keyword == "RUN":
            print(f"RUN {rest}", flush=True)
            stage.run(rest)
        elif keyword == "COPY" and flags:
            builder = stages[flags[0].removeprefix("--from=")]
            words = rest if builder else rest.replace("/src/target/app", str(APP))
            stage.copy(builder.folder if builder else Path("/"), words)
        elif keyword == "COPY":
            stage.copy(given, rest)
        elif keyword == "WORKDIR":
            stage.workdir = rest
            (stage.folder / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif keyword == "ENV":
            pairs = [pair.split("=", 1) for pair in shlex.split(rest)]
            stage.env |= {key: value.replace("$PATH", stage.env["PATH"]) for key, value in pairs}
        elif keyword == "USER":
            stage.user = rest
        elif keyword == "HEALTHCHECK":
            stage.health = json.loads(rest[rest.index("["):])
        elif keyword == "ENTRYPOINT":
            stage.entry = json.loads(rest)
        elif keyword not in ("VOLUME", "EXPOSE", "STOPSIGNAL"):
            sys.exit(f"unknown: {keyword}")
    return stages[""]


def check_links(stage):
    said = subprocess.check_output(["chroot", stage.folder, "ldd", "/opt/chapp/chapp"], text=True)
    print(said, end="")
    assert "not found" not in said, "the image lacks what the program is linked with"


# Runs in its own network, mount and process namespaces. Its output ends the log.
START = r"""
set -eu
ip link set lo up
mount --bind "$IMAGE" "$IMAGE"
mount --bind "$IMAGE/var/lib/chapp/data" "$IMAGE/var/lib/chapp/data"
mount -o remount,bind,ro "$IMAGE"
mount -t proc proc "$IMAGE/proc"
inside() { chroot --userspec="$AS" "$IMAGE" /usr/bin/env -i "$@"; }
test "$(inside $ENVIRONMENT /bin/sh -c 'cd /var/lib/chapp && ls')" = data
chroot --userspec="$AS" "$IMAGE" /usr/bin/env -i -C /var/lib/chapp $ENVIRONMENT $ENTRY &
program=$!
healthy() { inside $ENVIRONMENT $HEALTH; }
tries=0
until healthy; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { echo "it is not healthy after 10 s" >&2; exit 1; }
    kill -0 $program
    sleep 0.1
done
page=$(inside $ENVIRONMENT curl --fail --silent --location http://127.0.0.1:3000/login)
files=$(printf %s "$page" | grep -oE '/pkg/[A-Za-z0-9._-]+' | sort -u)
[ -n "$files" ]
for file in $files; do
    inside $ENVIRONMENT curl --fail --silent --show-error --output /dev/null "http://127.0.0.1:3000$file"
done
echo "It is healthy, and answers /login and" $files
test -s "$IMAGE/var/lib/chapp/data/chapp.db"
kill -TERM $program
wait $program
echo "SIGTERM ended it cleanly."
"""


def check_start(stage):
    users = dict(re.findall(r"^[^:]*:[^:]*:(\d+):(\d+)", (stage.folder / "etc/passwd").read_text(), re.M))
    environment = " ".join(f"{key}={value}" for key, value in stage.env.items())
    run("unshare", "--mount", "--net", "--pid", "--fork", "bash", "-c", START, env=os.environ | {
        "IMAGE": str(stage.folder), "AS": f"+{stage.user}:+{users[stage.user]}", "ENVIRONMENT": environment,
        "ENTRY": shlex.join(stage.entry), "HEALTH": shlex.join(stage.health),
    })


def main():
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("This needs root, for chroot, and debootstrap (Debian: apt-get install debootstrap).")
    with_builder = "--build" in sys.argv
    # Ensures cleanup.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="chapp-image.", dir="/var/tmp") as work:
        # The image's user must have access.
        os.chmod(work, 0o755)
        stage = build(Path(work), with_builder)
        check_links(stage)
        check_start(stage)


if __name__ == "__main__":
    main()
