"""A worker dies in a call: another one goes on with it, from Redis or from the spools, and nobody is greeted twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis
from tests.integration.processes.system import System, ring, serving, until

from call_center.core.codec import Kind
from call_center.core.journal import events as ev
from call_center.core.journal import fold
from call_center.core.journal.codec import decode
from call_center.processes.redis_schema import call_key
from call_center.processes.worker import read_call

pytestmark = pytest.mark.integration
GAP_S = 2.0
SILENCE = bytes([Kind.SLIN8, 1, 64]) + bytes(320)


@pytest.fixture(params=["redis", "spools"])
def memory(request: pytest.FixtureRequest) -> dict[str, str]:
    """Where the next worker learns what was said."""
    return {"REDIS_URL": request.getfixturevalue("valkey_url")} if request.param == "redis" else {}


@pytest.fixture
def system(tmp_path: Path, memory: dict[str, str]) -> Iterator[System]:
    """A system of one worker without Redis, of two with it; and a spare."""
    with serving(tmp_path, workers=1 + len(memory), **memory) as running:
        until(20, lambda: running.spares() == 1)
        yield running


class Caller:
    """The PBX's side of one connection: feeds silence, tells speech from silence in what comes back."""

    def __init__(self, system: System, call_id: str, **announcement: str) -> None:
        self._system, self._call_id, self._announcement = system, call_id, announcement

    async def __aenter__(self) -> Caller:
        ticket, host, port = await asyncio.to_thread(
            self._system.announce, self._call_id, **self._announcement
        )
        self._stack = contextlib.AsyncExitStack()
        self._reader, self.writer = await self._stack.enter_async_context(ring(host, port, ticket))
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def press(self, key: str) -> None:
        """A DTMF key, and the silence after it."""
        self.writer.write(bytes([Kind.DTMF, 0, 1]) + key.encode())
        for _ in range(5):
            self.writer.write(SILENCE)
            await asyncio.sleep(0.02)

    async def hear_speech(self, frames: int = 1) -> float:
        """Wait for so many frames that are not silence; returns when the first came."""
        first = 0.0
        while frames:
            frame = await self._reader.readexactly(323)
            if any(frame[3:]):
                first = first or time.monotonic()
                frames -= 1
        return first

    async def hear(self, frames: int) -> None:
        """Read so many frames, whatever they are."""
        await self._reader.readexactly(323 * frames)

    async def hear_the_end(self) -> None:
        """Read until the connection is closed."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(4096):
                pass


def of_kind[E](entries: Any, kind: type[E], epoch: int) -> list[E]:
    """Events of one kind and epoch."""
    return [entry.event for entry in entries if entry.epoch == epoch and isinstance(entry.event, kind)]


def test_killed_in_mid_sentence_the_next_worker_repeats_it(system: System, memory: dict[str, str]) -> None:
    """SIGKILL while the agent speaks: "again", a new worker within 2 s, the same sentence from its start, no greeting."""
    call_id = str(uuid.uuid4())

    async def call() -> float:
        async with Caller(system, call_id) as caller:
            await caller.press("1")
            await caller.hear_speech(frames=100)
            killed = time.monotonic()
            os.kill(system.pid_of(call_id), signal.SIGKILL)
            await caller.hear_the_end()
        assert (
            await asyncio.to_thread(system.post, "next", call_id=call_id, status="SUCCESS")
        ).text == "again"
        async with Caller(system, call_id, previous="lost") as caller:
            heard = await caller.hear_speech()
            await caller.hear_speech(frames=149)
            await caller.hear(frames=10)
            return heard - killed

    assert asyncio.run(call()) < GAP_S
    spool = system.var / "spool"
    until(5, lambda: bool(of_kind(read_call(spool, call_id), ev.Ended, 2)))
    entries = read_call(spool, call_id)
    cut, again = of_kind(entries, ev.Speaking, 1), of_kind(entries, ev.Speaking, 2)
    assert [sentence.text for sentence in again] == [sentence.text for sentence in cut]
    assert again[0].sentence == cut[0].sentence + 1
    assert of_kind(entries, ev.Playing, 1)[-1].frames >= 80
    assert [line.complete for line in fold(entries).transcript if line.who == "agent"] == [False, True]
    if memory:
        client: Any = redis.Redis.from_url(memory["REDIS_URL"])
        until(5, lambda: client.hlen(call_key(call_id)) == len(entries))
        assert {decode(line).epoch for line in client.hvals(call_key(call_id))} == {1, 2}


def test_stopped_worker_gives_its_call_to_another(tmp_path: Path) -> None:
    """SIGSTOP: the supervisor kills it after three seconds, and the call is back within five."""
    with serving(tmp_path) as system:
        until(20, lambda: system.spares() == 1)
        call_id = str(uuid.uuid4())

        async def call() -> float:
            async with Caller(system, call_id) as caller:
                await caller.press("1")
                await caller.hear_speech(frames=30)
                stopped = time.monotonic()
                os.kill(system.pid_of(call_id), signal.SIGSTOP)
                await caller.hear_the_end()
            assert (await asyncio.to_thread(system.post, "next", call_id=call_id, status="")).text == "again"
            async with Caller(system, call_id, previous="lost") as caller:
                return await caller.hear_speech() - stopped

        assert asyncio.run(call()) < 5.0


def test_second_connection_of_a_live_call_is_refused(system: System) -> None:
    """While a call is connected nobody else gets a ticket for it; when it has ended, they do."""
    call_id = str(uuid.uuid4())

    async def call() -> None:
        async with Caller(system, call_id) as caller:
            await caller.press("1")
            await caller.hear_speech()
            refused = await asyncio.to_thread(system.post, "announce", call_id=call_id, attempt="2")
            assert refused.text.startswith("operator ")
            await caller.hear_speech(frames=10)
        until(5, lambda: system.active() == 0)
        assert system.announce(call_id)[2] > 0

    asyncio.run(call())


def test_two_calls_end_by_themselves_after_sigterm(tmp_path: Path) -> None:
    """Draining with two calls: both are answered on, new ones are not, and the system ends when both have ended."""
    with serving(tmp_path, workers=2) as system:

        async def calls() -> None:
            async with Caller(system, str(uuid.uuid4())) as first:
                async with Caller(system, str(uuid.uuid4())) as second:
                    await first.press("1")
                    await second.press("1")
                    system.process.terminate()
                    until(5, lambda: httpx2.get(f"{system.api}/readyz").status_code == 503)
                    await first.hear_speech(frames=25)
                    await second.hear_speech(frames=25)
                await first.hear_speech(frames=50)
                assert system.process.poll() is None

        asyncio.run(calls())
        assert system.process.wait(15) == 0
