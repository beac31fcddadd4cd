"""A real Asterisk and a processor behind it, once for the whole run, and the table of what was measured."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from tests.e2e.standin import SECRET

from call_center.testing.sip.g711 import RATE, Pcm
from call_center.testing.sip.installation import Installation, find
from call_center.testing.sip.private_asterisk import PrivateAsterisk, free_udp_port

SLACK = 3.0  # a shared machine: e2e bounds are three times the figure that the benchmarks hold
MEASURED: list[tuple[str, float, str, float | None]] = []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print every figure that the tests took."""
    if MEASURED:
        terminalreporter.section("measured end to end")
        for what, value, unit, stated in MEASURED:
            bound = "" if stated is None else f"stated {stated:g}, allowed {stated * SLACK:g}"
            terminalreporter.line(f"{what:<62} {value:>9.1f} {unit:<6} {bound}")


Measure = Callable[..., None]


@pytest.fixture(scope="session")
def measure() -> Measure:
    """`measure("what", value, "ms", stated)`: note a figure; fail when it is over three times the stated one."""

    def note(what: str, value: float, unit: str = "ms", stated: float | None = None) -> None:
        MEASURED.append((what, value, unit, stated))
        if stated is not None:
            assert value <= stated * SLACK, f"{what}: {value:.1f} {unit} is over {stated * SLACK:g}"

    return note


@dataclass
class StandIn:
    """The running stand-in processor."""

    port: int

    @property
    def api(self) -> str:
        """Base URL for the dialplan."""
        return f"http://127.0.0.1:{self.port}"

    def journal(self, event: str = "", call_id: str = "") -> list[dict[str, Any]]:
        """What happened so far, filtered."""
        with urllib.request.urlopen(f"{self.api}/journal", timeout=5) as answer:  # noqa: S310
            entries: list[dict[str, Any]] = json.load(answer)
        return [
            entry
            for entry in entries
            if (not event or entry["event"] == event) and (not call_id or entry.get("call_id") == call_id)
        ]

    def wait(self, event: str, call_id: str, seconds: float = 5.0) -> dict[str, Any]:
        """The first such entry, once it is there."""
        deadline = time.monotonic() + seconds
        while not (found := self.journal(event, call_id)):
            assert time.monotonic() < deadline, f"no {event} of the call in {seconds:.0f} s"
            time.sleep(0.02)
        return found[0]

    def last_call(self) -> str:
        """The call id that was announced last."""
        return str(self.journal("announce")[-1]["call_id"])


@pytest.fixture(scope="session")
def installation() -> Installation:
    """Where Asterisk and SIPp are; fetched when the machine has none."""
    return find(functools.partial(print, file=sys.stderr))


@pytest.fixture(scope="session")
def standin() -> Iterator[StandIn]:
    """The stand-in processor as its own process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.standin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["src", "."])},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        yield StandIn(int(process.stdout.readline()))
    assert process.wait(10) == 0


@dataclass
class Exchange:
    """An Asterisk, where its operator must listen, and how to ring it."""

    asterisk: PrivateAsterisk
    operator_port: int

    def uri(self, number: str) -> str:
        """What a caller dials."""
        return f"sip:{number}@127.0.0.1:{self.asterisk.sip_port}"


def exchange(installation: Installation, api: str, secret: str, ring_seconds: int = 3) -> Iterator[Exchange]:
    """Run one Asterisk."""
    port = free_udp_port()
    asterisk = PrivateAsterisk(
        installation, api=api, secret=secret, operator_port=port, ring_seconds=ring_seconds, queue_seconds=10
    )
    with asterisk:
        yield Exchange(asterisk, port)


@pytest.fixture(scope="session")
def pbx(installation: Installation, standin: StandIn) -> Iterator[Exchange]:
    """Asterisk in front of the stand-in."""
    yield from exchange(installation, standin.api, SECRET)


@pytest.fixture(scope="session", params=["down", "wrong secret"])
def lonely_pbx(
    request: pytest.FixtureRequest, installation: Installation, standin: StandIn
) -> Iterator[Exchange]:
    """Asterisk whose processor is not there, or does not know its secret."""
    if request.param == "down":
        yield from exchange(installation, "http://127.0.0.1:9", SECRET)
    else:
        yield from exchange(installation, standin.api, "another-secret-of-32-characters")


def tone(hertz: float, seconds: float, amplitude: int = 8000) -> Pcm:
    """A sine at 8,000 Hz."""
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.int16)
