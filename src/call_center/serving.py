"""Runs a whole system from its settings: checks, secrets, children, supervisor. What `serve` and `demo` share.

`PROMETHEUS_MULTIPROC_DIR` must be set before this module is imported; the caller owns the runtime folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from prometheus_client import multiprocess
from pydantic import SecretStr

from call_center.app import Children, children, port_problem
from call_center.config import Engines, Settings, kept_secret
from call_center.errors import ConfigError
from call_center.logging import configure, get_logger
from call_center.processes.kept_redis import KeptRedis
from call_center.processes.relay import Relay
from call_center.processes.supervisor import Plan, Supervisor
from call_center.processes.worker import SPOOL_KEEP_S, make_spool_dir
from embedded_services import ServicesError

START_S = 120.0
log = get_logger(__name__)


def run(settings: Settings, engines: Engines, runtime: Path, *, open_door: bool, as_json: bool) -> None:
    """Serve until a signal. Raises `ConfigError` when a port or folder cannot be used."""
    configure(settings.log.level, settings.log.format, "supervisor")
    _check_ports(settings)
    fill_secrets(settings)
    found = children(settings, engines, runtime, open_door=open_door)
    add_store(settings, engines, found)
    kept = add_redis(settings, engines)
    redis_url = settings.redis_url.get_secret_value()
    spools = make_spool_dir(settings.var_dir / "spool", math.inf if redis_url else SPOOL_KEEP_S)
    relay = Relay(spools, redis_url) if redis_url else None
    plan = Plan(
        found.worker,
        found.ports,
        found.others,
        environment(settings),
        spares=settings.audio.spares,
        max_attempts=settings.telephony.max_attempts,
        max_stall_ms=settings.audio.max_stall_ms,
        relay=relay,
        on_exit=_forget_metrics,
    )
    try:
        if relay:
            relay.start()
        uvloop.run(_run(plan, runtime / "control.sock", settings, kept, as_json=as_json))
    finally:
        if relay:
            relay.close()  # the workers have ended: what they wrote last goes too
        if kept:
            kept.stop()


async def _run(
    plan: Plan, control: Path, settings: Settings, kept: KeptRedis | None, *, as_json: bool
) -> None:
    supervisor = Supervisor(plan, control)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stop)
    running = asyncio.create_task(supervisor.run())
    watching = asyncio.create_task(kept.watch()) if kept else None
    ready = asyncio.create_task(supervisor.ready())
    await asyncio.wait([running, ready], timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        ready.cancel()
        if not running.done():
            log.error("not ready in time, see the lines above", seconds=START_S)
            supervisor.stop()
    else:
        audio = f"{settings.audio.host}:{settings.audio.port}"
        log.info("ready", audiosocket=audio, api=f"http://{settings.api.host}:{settings.api.port}")
        if as_json:
            sys.stdout.write(
                json.dumps({"event": "ready", "audiosocket": audio, "api_port": settings.api.port}) + "\n"
            )
            sys.stdout.flush()
    await running
    if watching:
        watching.cancel()


def _check_ports(settings: Settings) -> None:
    audio = range(settings.audio.port, settings.audio.port + settings.audio.workers)
    if settings.api.port in audio:
        raise ConfigError(f"API_PORT {settings.api.port} is also an audio worker's port: choose another")
    for index in range(settings.audio.workers):
        if problem := port_problem(settings.audio.host, settings.audio.port + index):
            raise ConfigError(f"{problem}: free it or choose another with --port or AUDIO_PORT")
    if problem := port_problem(settings.api.host, settings.api.port):
        raise ConfigError(f"{problem}: free it or choose another with --api-port or API_PORT")


def fill_secrets(settings: Settings) -> None:
    """Generate what the development profile leaves empty; kept under VAR_DIR so that Asterisk's side stays right."""
    kept = settings.var_dir / "secrets"
    if not settings.telephony.secret.get_secret_value():
        settings.telephony.secret = SecretStr(kept_secret(kept / "telephony"))
    if not settings.api.operator_token.get_secret_value():
        settings.api.operator_token = SecretStr(kept_secret(kept / "operator"))


def environment(settings: Settings) -> dict[str, str]:
    """What the children see: this environment and the settings in force."""
    return {
        **os.environ,
        "TELEPHONY_SECRET": settings.telephony.secret.get_secret_value(),
        "API_OPERATOR_TOKEN": settings.api.operator_token.get_secret_value(),
        "API_PORT": str(settings.api.port),
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "STORE_API_URL": settings.store_api.url,
        "STORE_API_KEY": settings.store_api.key.get_secret_value(),
        "CLOCK_OFFSET_S": str(settings.clock_offset_s),
        "OMP_NUM_THREADS": "1",
    }


def add_store(settings: Settings, engines: Engines, found: Children) -> None:
    """Without STORE_API_URL the demo store becomes one more child, under a generated key."""
    if settings.store_api.url or engines is Engines.SCRIPTED:
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.store_api.url = f"http://127.0.0.1:{port}"
    settings.store_api.key = SecretStr(kept_secret(settings.var_dir / "secrets" / "store"))
    folder = str(settings.var_dir / "services")
    found.others["store"] = [
        *(sys.executable, "-m", "call_center", "store", "--port", str(port), "--folder", folder),
    ]
    if settings.clock_offset_s:  # the shop lives on the same day as the agent, in data of its own
        found.others["store"] += ["--now", datetime.fromtimestamp(settings.clock(), UTC).isoformat()]


def add_redis(settings: Settings, engines: Engines) -> KeptRedis | None:
    """Without REDIS_URL an embedded Valkey is started; without that, too, calls go on and journals stay in the spools."""
    if settings.redis_url.get_secret_value() or engines is Engines.SCRIPTED:
        return None
    kept = KeptRedis(settings.var_dir / "services")
    try:
        settings.redis_url = SecretStr(kept.start())
    except ServicesError as error:
        log.error("no Redis: calls are resumed on this machine only", why=str(error))
        kept.stop()
        return None
    return kept


def _forget_metrics(pid: int) -> None:
    forget: Any = multiprocess.mark_process_dead
    with contextlib.suppress(ValueError, OSError):
        forget(pid)
