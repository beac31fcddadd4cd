"""`call-center serve`: everything that answers a call, as child processes of one supervisor.

SIGTERM or Ctrl-C drains: no new calls, the last one ends by itself, then everything stops; a second signal ends now.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from call_center.config import Engines, is_loopback, load_settings
from call_center.errors import ConfigError

KYIV = ZoneInfo("Europe/Kyiv")


def serve(
    *,
    engines: Annotated[
        Engines, typer.Option(help="embedded: the real offline set; scripted, agent: measurements")
    ] = (Engines.EMBEDDED),
    workers: Annotated[int | None, typer.Option(help="audio worker processes (AUDIO_WORKERS)")] = None,
    port: Annotated[int | None, typer.Option(help="first AudioSocket port (AUDIO_PORT)")] = None,
    api_port: Annotated[int | None, typer.Option(help="REST API port (API_PORT)")] = None,
    open_door: Annotated[
        bool, typer.Option("--open-door", help="admit AudioSocket connections without ticket; loopback only")
    ] = False,
    now: Annotated[
        str | None, typer.Option(help="ISO 8601 time from which the agent's clock goes on; development only")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="print one JSON line on stdout once calls are taken")
    ] = False,
) -> None:
    """Answer calls on AUDIO_PORT (9092) and serve the API on API_PORT (8080)."""
    settings = load_settings()
    overrides = {"workers": workers, "port": port}
    settings.audio = settings.audio.model_copy(update={k: v for k, v in overrides.items() if v is not None})
    if api_port is not None:
        settings.api = settings.api.model_copy(update={"port": api_port})
    if now is not None:
        settings.clock_offset_s = _moment(now).timestamp() - time.time()
    settings.refuse_insecure()
    if open_door and not (is_loopback(settings.audio.host) and not settings.production):
        raise ConfigError("--open-door is for measurements on loopback in the development profile only")
    with runtime_folder() as runtime:
        # Before anything imports prometheus_client: it looks at this once, at import.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(runtime / "metrics")
        from call_center.serving import run

        run(settings, engines, runtime, open_door=open_door, as_json=as_json)


def _moment(now: str) -> datetime:
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise ConfigError(f"--now {now} is no ISO 8601 time: give it as 2026-11-23T10:30:00+02:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=KYIV)


@contextlib.contextmanager
def runtime_folder() -> Iterator[Path]:
    """A short 0700 path for sockets (Unix limits them to 107 bytes) and metrics, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="call-center-"))
    (folder / "metrics").mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
