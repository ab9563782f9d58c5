"""Checks that the files in deploy/ are consistent with each other and with the rest of the repository.

deploy-check.py            checks everything
deploy-check.py settings   prints the settings that compose.yaml gives to a node, but those with a secret in them
"""

import re
import sys
import tomllib
from pathlib import Path

from compose_spec import PyCompose

DEPLOY = Path("deploy")
EXAMPLES = {"CHAPP_HOST": "chat.example.org", "POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r"}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)[^}]*\}")

compose_text = (DEPLOY / "compose.yaml").read_text()
# Compose interpolates before it parses the file.
compose = PyCompose.from_yaml(VARIABLE.sub(lambda match: EXAMPLES[match[1]], compose_text))
compose_dict = compose.to_dict()
services = compose_dict["services"]
dockerfile = (DEPLOY / "Dockerfile").read_text()
unit = dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "chapp.service").read_text(), re.M))
defaults = tomllib.loads(Path("Leptos.toml").read_text())["chapp"]
nodes = sorted(name for name, service in services.items() if service.get("image") == "chapp")


def copied():
    found = re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.M)
    return [path for words in found for path in words.split()[:-1]]


def seconds(duration):
    minutes, rest = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", duration).groups()
    return 60 * int(minutes or 0) + int(rest or 0)


def names(entry):
    """The names in a list, or the keys of a table."""
    return list(entry or [])


def check_compose():
    compose.validate()
    for name, service in services.items():
        for network in names(service.get("networks")):
            assert network in compose_dict["networks"], f"{name}: no network {network}"
        for other in names(service.get("depends_on")):
            assert other in services, f"{name}: no service {other}"
        for volume in names(service.get("volumes")):
            source = volume.split(":")[0] if isinstance(volume, str) else volume["source"]
            is_path = source.startswith((".", "/"))
            there = (DEPLOY / source).exists() if is_path else source in compose_dict["volumes"]
            assert there, f"{name}: no volume {source}"
    assert len(nodes) >= 2, "several nodes"
    listed = services["caddy"]["environment"]["CHAPP_NODES"].split()
    assert sorted(listed) == [f"{name}:3000" for name in nodes], f"Caddy leads to {listed}"
    in_example = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.M))
    assert set(VARIABLE.findall(compose_text)) == in_example, "env.example has each variable, and no other"
    for name, value in re.findall(r"^ +(\w*(?:PASSWORD|AUTH|_URL)\w*): (.*)$", compose_text, re.M):
        assert "${" in value, f"{name} is not a variable: is there a secret in compose.yaml?"


def check_limits():
    connections = defaults["limits"]["max_connections"] + defaults["server"]["connections"]
    for name in nodes:
        node = services[name]
        stop = int(node["environment"]["CHAPP_SERVER__SHUTDOWN_SECONDS"])
        assert seconds(node["stop_grace_period"]) > stop, f"{name} would be killed while it stops"
        assert int(node["ulimits"]["nofile"]) > connections, f"{name} has too few files"
    assert int(unit["TimeoutStopSec"]) > defaults["server"]["shutdown_seconds"], "systemd would kill it"
    assert int(unit["LimitNOFILE"]) > connections, "too few files for systemd's chapp"


def check_image():
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    kept = [line[1:] for line in ignore if line.startswith("!")]
    for path in copied():
        assert Path(path).exists(), f"the Dockerfile copies {path}, which is not here"
        assert any(path == it or path.startswith(f"{it}/") for it in kept), f"{path} is kept from Docker"
    toolchain = tomllib.loads(Path("rust-toolchain.toml").read_text())["toolchain"]["channel"]
    assert f"FROM rust:{toolchain}-" in dockerfile, f"the image is not built with Rust {toolchain}"
    # The same Debian builds and runs it, so that the program finds the C library it was linked with.
    bases = re.findall(r"^FROM \S*?([a-z]+)-slim|^FROM \S+-slim-([a-z]+)", dockerfile, re.M)
    assert len({debian or other for debian, other in bases}) == 1, f"two Debians: {bases}"
    inputs = re.search(r"^INPUTS=\((.*)\)", Path("scripts/build.sh").read_text(), re.M)[1].split()
    # Benchmarks and tests are not built, but Cargo.toml names them.
    manifest = Path("Cargo.toml").read_text()
    inputs += [path.split("/")[0] for path in re.findall(r'^path = "(.+)"', manifest, re.M)]
    missing = [path for path in inputs if Path(path).exists() and path not in copied()]
    assert not missing, f"the build takes {missing}, which the Dockerfile does not copy"


match sys.argv[1:]:
    case ["settings"]:
        for name, value in services[nodes[0]]["environment"].items():
            if name.startswith("CHAPP_") and name != "CHAPP_SERVER__PUBLIC_URL":
                print(f"{name}={value}")
    case _:
        for check in [check_compose, check_limits, check_image]:
            check()
        print(f"{len(services)} services, {len(copied())} paths in the image: they fit.")
