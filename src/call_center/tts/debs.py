"""Debian packages without root: fetched by the system's own apt, unpacked into a folder of ours.

A private apt tree (lists, archives, one sources file) is built inside `work`; mirrors, suite and signing key are those of the
system, so signatures are checked exactly as usual and nothing of the system is changed. Works as root and as a normal user.
Needs `apt-get` and `dpkg-deb`; every failure is a `ConfigError` that says what to do.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from call_center.errors import ConfigError

Progress = Callable[[str], None]

APT_TIMEOUT_S = 600

# Where a distribution keeps software that is free to use but not free in its own sense (RHVoice's voices are there).
COMPONENTS = {"debian": "main non-free", "ubuntu": "main universe multiverse"}


@dataclass(frozen=True, slots=True)
class Source:
    """One archive of the system: address, suite, and the key that signs it (None: apt's trusted keys)."""

    uri: str
    suite: str
    signed_by: str | None = None

    def line(self, components: str) -> str:
        """The one-line form that apt reads."""
        option = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {option}{self.uri} {self.suite} {components}"


def os_release(text: str) -> dict[str, str]:
    """Parse the text of os-release (freedesktop.org) into its fields."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, value in pairs}


def parse_deb822(text: str) -> list[Source]:
    """Read the `.sources` format of apt: stanzas of fields; disabled ones and inline keys are left out."""
    found: list[Source] = []
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines) if v}
        if (
            fields.get("enabled", "yes").lower() in {"no", "false"}
            or "deb" not in fields.get("types", "").split()
        ):
            continue
        key = fields.get("signed-by")
        key = key if key and key.startswith("/") else None
        found += [
            Source(uri, suite, key)
            for uri in fields.get("uris", "").split()
            for suite in fields.get("suites", "").split()
        ]
    return found


def parse_list(text: str) -> list[Source]:
    """Read the one-line `.list` format of apt."""
    found: list[Source] = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)", line)
        if match:
            key = re.search(r"signed-by=(/[^\s,]+)", match[1] or "")
            found.append(Source(match[2], match[3], key[1] if key else None))
    return found


def system_sources(etc: Path = Path("/etc/apt")) -> list[Source]:
    """Every binary archive that the system's apt is set to use."""
    found: list[Source] = []
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for path in files:
        if path.is_file() and path.suffix in {".list", ".sources"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += parse_deb822(text) if path.suffix == ".sources" else parse_list(text)
    return found


def release_sources(sources: Sequence[Source], codename: str) -> list[Source]:
    """Keep what serves the release itself and its updates, each once; third-party archives are left out."""
    wanted = {codename, f"{codename}-updates"}
    return list(dict.fromkeys(source for source in sources if source.suite in wanted))


class PrivateApt:
    """The system's apt over its own lists and archives in `work`."""

    def __init__(self, work: Path, progress: Progress) -> None:
        for tool in ("apt-get", "dpkg-deb"):
            if shutil.which(tool) is None:
                raise ConfigError(
                    f"{tool} is not on the PATH: RHVoice is unpacked from Debian packages; use a Debian or Ubuntu system"
                )
        self._work = work.resolve()
        self._progress = progress
        self._ready = False

    def _options(self) -> list[str]:
        work = self._work
        settings = {
            "Dir::Etc::sourcelist": f"{work}/sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::Lists": f"{work}/lists",
            "Dir::Cache": f"{work}/cache",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]

    def _run(self, *arguments: str, cwd: Path | None = None) -> str:
        command = ["apt-get", *self._options(), *arguments]
        try:
            done = subprocess.run(  # noqa: S603
                command, cwd=cwd, capture_output=True, text=True, timeout=APT_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ConfigError(
                f"apt-get {arguments[0]} took over {APT_TIMEOUT_S} s: check the network and run again"
            ) from error
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ConfigError(
                f"apt-get {arguments[0]} failed ({reason}): check the network and the system's apt sources"
            )
        return done.stdout

    def _update(self) -> None:
        if self._ready:
            return
        release = os_release(Path("/etc/os-release").read_text(encoding="utf-8"))
        codename = release.get("VERSION_CODENAME", "")
        family = next(
            (
                name
                for name in [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
                if name in COMPONENTS
            ),
            None,
        )
        sources = release_sources(system_sources(), codename)
        if family is None or not sources:
            raise ConfigError(
                "no apt source of this Debian or Ubuntu release was found: add it to /etc/apt and run again"
            )
        for folder in ("lists/partial", "cache/archives/partial"):
            (self._work / folder).mkdir(parents=True, exist_ok=True)
        lines = (source.line(COMPONENTS[family]) for source in sources)
        (self._work / "sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._progress("reading the package lists of the system's archive")
        self._run("update")
        self._ready = True

    def names(self, pattern: str) -> list[str]:
        """Packages of the archive whose whole name matches `pattern`; names carry the version of a library."""
        self._update()
        prefix = re.split(r"[^a-z-]", pattern, maxsplit=1)[0]
        try:
            listed = subprocess.run(  # noqa: S603
                ["apt-cache", *self._options(), "pkgnames", prefix],  # noqa: S607
                capture_output=True,
                text=True,
                timeout=APT_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ConfigError("apt-cache does not answer: check the system's package manager") from error
        return sorted(name for name in listed.stdout.split() if re.fullmatch(pattern, name))

    def missing(self, package: str) -> list[str]:
        """`package` and those of its dependencies that the system has not installed."""
        self._update()
        plan = self._run("--simulate", "--no-install-recommends", "install", package)
        return re.findall(r"^Inst (\S+)", plan, flags=re.MULTILINE)

    def unpack(self, packages: Sequence[str], root: Path) -> None:
        """Download `packages` and unpack their files under `root`."""
        self._update()
        archives = self._work / "debs"
        archives.mkdir(exist_ok=True)
        self._progress(f"downloading {', '.join(packages)}")
        self._run("download", *packages, cwd=archives)
        for archive in sorted(archives.glob("*.deb")):
            self._progress(f"unpacking {archive.name}")
            subprocess.run(  # noqa: S603
                ["dpkg-deb", "--extract", str(archive), str(root)],  # noqa: S607
                check=True,
                capture_output=True,
                timeout=APT_TIMEOUT_S,
            )
            archive.unlink()
