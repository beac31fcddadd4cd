"""What `make bench` runs and what it must reach; the numbers are those of the project's statement."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

from call_center.core.turns import EndOfTurn

PLANE_STOP_MS = 200.0
TONE_MS = 3000.0  # an answer of the plane's server and of the scripted voice


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure of the result, by its path, and the most it may be."""

    path: str
    at_most: float

    def read(self, result: dict[str, Any]) -> float | None:
        """The figure; None when the run has none."""
        found: Any = result
        for step in self.path.split("/"):
            found = found.get(step) if isinstance(found, dict) else None
        return None if found is None else float(found)

    def held(self, result: dict[str, Any]) -> bool:
        """Whether the run has it and it is low enough."""
        value = self.read(result)
        return value is not None and value <= self.at_most


@dataclass(frozen=True, slots=True)
class Profile:
    """One server under one load. `{port}` and `{api_port}` in the command are filled in."""

    name: str
    command: tuple[str, ...]
    calls: int
    stop_ms: float
    expect_ms: float = 0.0
    metrics: bool = False  # the server has /metrics with the loop stall
    limits: tuple[Limit, ...] = field(default=())


def _serve(engines: str) -> tuple[str, ...]:
    words = ("-m", "call_center", "serve", "--engines", engines, "--open-door", "--workers", "1")
    return (sys.executable, *words, "--port", "{port}", "--api-port", "{api_port}", "--json")


_HELD = (
    Limit("failures/missed", 0),
    Limit("failures/short", 0),
    Limit("failures/lost", 0),
    Limit("failures/down", 0),
    Limit("jitter_ms/p99", 20.0),
)
_QUICK = Limit("latency_net_ms/p95", 150.0)
_SMALL = (
    Limit("server/pss_mb_per_call", 1.0),
)  # RSS counts the buffers of the shop's PostgreSQL per connection
_OPEN_MS = EndOfTurn().open_ms

PROFILES = (
    Profile(
        "plane-100",
        (sys.executable, "-m", "bench.plane_server", "--port", "{port}"),
        100,
        PLANE_STOP_MS,
        TONE_MS,
        limits=(*_HELD, *_SMALL, _QUICK),  # its CPU is a part of the other profiles' figure
    ),
    Profile(
        "scripted-100",
        _serve("scripted"),
        100,
        _OPEN_MS,
        TONE_MS,
        metrics=True,
        limits=(*_HELD, *_SMALL, _QUICK, Limit("server/cpu_s_per_call_minute", 0.25)),
    ),
    Profile(
        "scripted-150",
        _serve("scripted"),
        150,
        _OPEN_MS,
        TONE_MS,
        metrics=True,
        limits=(*_HELD, *_SMALL, _QUICK),
    ),
    Profile(
        "agent-50",
        _serve("agent"),
        50,
        _OPEN_MS,
        metrics=True,
        limits=(
            Limit("failures/missed", 0),
            Limit("failures/lost", 0),
            Limit("failures/down", 0),
            *_SMALL,
            Limit("first_audio_ms/p95", 300.0),  # its greeting; the scripted conversation has none
            Limit("server/cpu_s_per_call_minute", 0.6),
            Limit("loop_stall_ms/p99", 10.0),
        ),
    ),
)
