"""Finds an Asterisk to test with, or unpacks one from the machine's own Debian mirror into a cache folder.

First choice is the system's `asterisk` (20 or newer, with every module in `MODULES`) and `sipp`. Otherwise apt, with a
private state, resolves and downloads Asterisk and SIPp of Debian forky, then sid, verified by the archive keyring, and
dpkg-deb unpacks them. Nothing is installed, no maintainer script runs and no privilege is needed: programs are started
through the unpacked tree's own dynamic loader, so neither chroot nor user namespaces are involved. The folder is kept
by Asterisk version; /var/cache when prepared by root (any user may then use it), else the user's cache folder.
Every failure is a `ConfigError` of one line that says what to do.
"""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from call_center.errors import ConfigError

MODULES = (
    "app_audiosocket",
    "app_dial",
    "app_exec",
    "app_queue",
    "chan_pjsip",
    "func_curl",
    "func_env",
    "func_uri",
    "func_uuid",
    "res_audiosocket",
    "res_curl",
    "res_pjsip_header_funcs",
)
OLDEST = 20
SUITES = ("forky", "sid")
PACKAGES = ("asterisk", "asterisk-modules", "sip-tester")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
CACHE_VARIABLE = "CALL_CENTER_PBX_CACHE"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the programs are. Commands are prefixes: append the arguments."""

    asterisk: tuple[str, ...]
    sipp: tuple[str, ...]
    modules: Path
    data: Path
    version: str
    origin: str  # "system" or the folder of the unpacked tree


def find(progress: Progress = lambda _line: None) -> Installation:
    """The system's Asterisk, else an unpacked one, else unpack one now (about 90 MB, half a minute)."""
    return system() or cached() or fetch(progress)


def system() -> Installation | None:
    """The machine's own Asterisk and SIPp when both are there and good enough."""
    asterisk = shutil.which("asterisk") or _first(
        Path("/usr/sbin/asterisk"), Path("/usr/local/sbin/asterisk")
    )
    sipp = shutil.which("sipp")
    if not asterisk or not sipp:
        return None
    version = _version((asterisk,))
    if int(version.split(".")[0]) < OLDEST:
        return None
    folders = [Path("/usr/lib/asterisk/modules"), *Path("/usr/lib").glob("*-linux-gnu*/asterisk/modules")]
    for folder in folders:
        if all((folder / f"{name}.so").is_file() for name in MODULES):
            return Installation(
                (asterisk,),
                (sipp,),
                folder,
                _first_path("/usr/share/asterisk", "/var/lib/asterisk"),
                version,
                "system",
            )
    return None


def cached() -> Installation | None:
    """The newest Asterisk already unpacked, in this user's cache or in root's."""
    found = [
        tree for cache in _caches() if cache.is_dir() for tree in cache.glob("asterisk-*") if tree.is_dir()
    ]
    for tree in sorted(
        found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)], reverse=True
    ):
        installation = _unpacked(tree)
        if installation is not None:
            return installation
    return None


def fetch(progress: Progress) -> Installation:
    """Download and unpack Asterisk and SIPp; safe to run twice at once."""
    for tool in ("apt-get", "apt-cache", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise ConfigError(
                f"{tool} is missing: install Asterisk {OLDEST} or newer and SIPp from your system's packages"
            )
    cache = _caches()[0]
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        installation = cached()
        if installation is not None:
            return installation
        reasons = []
        for mirror in mirrors():
            for suite in SUITES:
                progress(f"Asterisk: looking in Debian {suite}")
                with tempfile.TemporaryDirectory(prefix="unpack-", dir=cache) as work:
                    try:
                        return _fetch_from(mirror, suite, Path(work), cache, progress)
                    except ConfigError as error:
                        reasons.append(f"{suite}: {error}")
    why = "; ".join(reasons) or "no Debian mirror in the apt sources"
    raise ConfigError(
        f"no Asterisk to test with ({why}): install Asterisk {OLDEST} or newer and SIPp, or check the network"
    )


def mirrors() -> list[str]:
    """The package mirrors in the machine's own apt sources, in order, security and foreign archives left out."""
    lines = _run(
        ["apt-get", "indextargets", "Created-By: Packages", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"]
    )
    uris = dict.fromkeys(
        words[0]
        for words in (line.split() for line in lines.splitlines())
        if len(words) == 3
        and words[2] == "main"
        and "security" not in words[0] + words[1]
        and "debian" in words[0]
    )
    return list(uris)


def _fetch_from(mirror: str, suite: str, work: Path, cache: Path, progress: Progress) -> Installation:
    options = _private_apt(mirror, suite, work)
    _run(["apt-get", *options, "update", "-qq"])
    if not re.search(r"Candidate: \S*\d", _run(["apt-cache", *options, "policy", "asterisk"])):
        raise ConfigError("has no asterisk package")
    progress("Asterisk: downloading with SIPp, about 90 MB")
    _run(["apt-get", *options, "install", "-qq", "-y", "--download-only", *PACKAGES])
    packages = sorted((work / "cache/archives").glob("*.deb"))
    tree = work / "tree"
    tree.mkdir()
    progress(f"Asterisk: unpacking {len(packages)} packages")
    for package in packages:
        _run(["dpkg-deb", "-x", str(package), str(tree)])
    installation = _unpacked(tree)
    if installation is None:
        raise ConfigError("unpacked, but the modules that are needed are not in it")
    final = cache / f"asterisk-{installation.version}-{suite}"
    tree.chmod(0o755)
    shutil.rmtree(final, ignore_errors=True)
    tree.rename(final)
    kept = _unpacked(final)
    if kept is None:
        raise ConfigError(f"{final} cannot be used: remove it and try again")
    progress(f"Asterisk: {kept.version} is in {final}")
    return kept


def _private_apt(mirror: str, suite: str, work: Path) -> list[str]:
    """Options that keep apt away from the system's state and sources."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    signed = f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""
    (work / "sources.list").write_text(f"deb {signed}{mirror} {suite} main\n", encoding="utf-8")
    settings = {
        "Dir::State": work / "state",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "Acquire::Check-Valid-Until": "false",  # a mirror may lag behind the machine's clock
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]


def _unpacked(tree: Path) -> Installation | None:
    """The programs of an unpacked tree, or None when something is missing or cannot run."""
    try:
        libraries = next(iter(sorted((tree / "usr/lib").glob("*-linux-gnu*"))), None)
        loader = next(iter(sorted(libraries.glob("ld-linux*.so*"))), None) if libraries else None
    except OSError:
        return None
    if libraries is None or loader is None:
        return None
    modules = libraries / "asterisk/modules"
    if not all((modules / f"{name}.so").is_file() for name in MODULES):
        return None
    start = (str(loader), "--library-path", str(libraries))
    asterisk, sipp = (*start, str(tree / "usr/sbin/asterisk")), (*start, str(tree / "usr/bin/sipp"))
    try:
        version = _version(asterisk)
    except ConfigError:
        return None
    return Installation(asterisk, sipp, modules, tree / "usr/share/asterisk", version, str(tree))


def _version(command: tuple[str, ...]) -> str:
    output = _run([*command, "-V"])
    match = re.search(r"\b(\d+\.\d+(?:\.\d+)?)", output)
    if match is None:
        raise ConfigError(f"{command[-1]} -V said {output.strip()[:60]!r}, not a version")
    return match.group(1)


def _caches() -> list[Path]:
    """Where trees are kept; the first is where this user writes."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return [Path(chosen)]
    shared = Path("/var/cache/call-center-ai/pbx") / platform.machine()
    if os.geteuid() == 0:
        return [shared]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [home / "call-center-ai/pbx" / platform.machine(), shared]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _run(command: list[str]) -> str:
    """Run a program of the system and return what it printed; its last complaint becomes the error."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, errors="replace", env=environment, check=False
    )
    if done.returncode:
        complaints = [line for line in done.stderr.splitlines() if line.strip()]
        raise ConfigError(
            f"{Path(command[0]).name} failed: {complaints[-1].strip() if complaints else done.returncode}"
        )
    return done.stdout


def _first(*paths: Path) -> str | None:
    return next((str(path) for path in paths if path.is_file()), None)


def _first_path(*paths: str) -> Path:
    return next((Path(path) for path in paths if Path(path).is_dir()), Path(paths[0]))
