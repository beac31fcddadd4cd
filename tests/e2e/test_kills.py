"""Parts that die in a spoken call: the caller goes on as if nothing had been, and the shop has the order once.

The whole proof (20 kills, the stated bounds) is `python -m bench.kills`; here is a seeded part of it, and what happens
to calls when a worker hangs, when the system is told to end and when Redis dies. The last test ends the system.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.e2e.conftest import Exchange, Measure, exchange
from tests.e2e.system import System, descendants, is_running, running

from call_center.core.journal import events as ev
from call_center.core.journal.codec import decode
from call_center.processes.redis_schema import SHARDS, call_key, outbox
from call_center.testing.resilience.call import Caller, speech
from call_center.testing.resilience.judge import greetings, hit, problems
from call_center.testing.resilience.moments import CONFIRM, SEARCH, Kill, Moment
from call_center.testing.resilience.person import Wish
from call_center.testing.resilience.spools import CallTail
from call_center.testing.resilience.store import TestStore, running_store
from call_center.testing.sip.agent import SipAgent
from call_center.testing.sip.g711 import Pcm
from call_center.testing.sip.installation import Installation

pytestmark = pytest.mark.e2e

DIALLED = "700"
WANTS = Wish().replies()["open"].words
SIZE_KEYS = Wish().replies()["tyre_size"].keys
GOODBYE = Wish().replies()["more"].words
KILLS = (
    Kill(Moment.TOOL, "tyre_size", 0.4, SEARCH),
    Kill(Moment.THINKING, "delivery", 0.3),
    Kill(Moment.AGREED, "agree", 0.25, CONFIRM),
)
END_S = 30.0
IN_FLIGHT_S = 0.5  # what a stopped worker had sent is heard by then (a lead of 60 ms)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestStore]:
    """The shop, with its test port."""
    with running_store(tmp_path_factory.mktemp("store")) as started:
        yield started


@pytest.fixture(scope="module")
def system(store: TestStore) -> Iterator[System]:
    """The real processes in front of it: one worker and a spare."""
    with running("embedded", workers=1, STORE_API_URL=store.url, STORE_API_KEY=store.key) as started:
        yield started


@pytest.fixture(scope="module")
def pbx(installation: Installation, system: System) -> Iterator[Exchange]:
    """Asterisk in front of that."""
    yield from exchange(installation, system.api, system.secret)


@pytest.fixture(scope="module")
def said() -> dict[str, Pcm]:
    """The caller's words as they arrive from a telephone."""
    return asyncio.run(speech(Wish()))


def tail_of(system: System, number: str) -> CallTail:
    """Follows the call that `number` is about to ring in on."""
    return CallTail(system.folder / "var/spool", number, lambda _: None)


def asked_size(tail: CallTail) -> list[ev.Entry]:
    """The sentences that ask for the size of the tyres."""
    return [e for e in tail.entries if isinstance(e.event, ev.Speaking) and e.event.slot == "tyre_size"]


async def in_the_spool(tail: CallTail, there: Callable[[], object]) -> None:
    """Wait until `there` holds of what was written: the spool's thread may be 50 ms behind the voice."""
    deadline = time.monotonic() + 5
    while True:
        tail.poll()
        if there():
            return
        assert time.monotonic() < deadline, "the spool has not what was heard"
        await asyncio.sleep(0.02)


async def greeted(agent: SipAgent, pbx: Exchange) -> None:
    """Ring and hear the greeting to its end."""
    await agent.call(pbx.uri(DIALLED))
    await agent.media.wait_sound()
    await agent.media.wait_quiet(1.0)


async def say_and_hear(agent: SipAgent, pcm: Pcm) -> float:
    """Say something; when the answer begins."""
    _, ended = await agent.say(pcm)
    return await agent.media.wait_sound(30, after=ended)


def test_order_is_completed_once_although_three_workers_die(
    system: System, store: TestStore, pbx: Exchange, said: dict[str, Pcm], measure: Measure
) -> None:
    """SIGKILL with a search in flight, while thinking, and after the yes: one order, as wished, nothing asked again."""
    store.reset()

    async def run() -> Caller:
        async with await SipAgent.open(user="+380990003001") as agent:
            caller = Caller(
                agent,
                system.folder / "var/spool",
                store,
                said,
                lambda pid: os.kill(pid, signal.SIGKILL),
                wish=Wish(),
                kills=KILLS,
                spare=lambda: asyncio.to_thread(system.wait_spare),
            )
            await caller.run(pbx.uri(DIALLED))
            return caller

    call = asyncio.run(run()).call
    assert problems(call, store.changes()) == []
    assert len(call.deaths) == len(KILLS)
    assert [death.kill.moment for death in call.deaths if not hit(death, call.entries)] == []
    for death in call.deaths:
        measure(f"kill, {death.kill.moment}: silence at the caller", 1000 * (death.gap_s or 1e3), "ms", 2000)


def test_call_of_a_hanging_worker_comes_back(
    system: System, pbx: Exchange, said: dict[str, Pcm], measure: Measure
) -> None:
    """SIGSTOP in mid-sentence: the supervisor kills the worker, and the same question is heard in another process."""
    number = "+380990003002"
    system.wait_spare()
    tail = tail_of(system, number)

    async def run() -> float:
        async with await SipAgent.open(user=number) as agent:
            await greeted(agent, pbx)
            await say_and_hear(agent, said[WANTS])
            await in_the_spool(tail, lambda: asked_size(tail))
            stopped = time.monotonic()
            os.kill(tail.pid, signal.SIGSTOP)
            back = await agent.media.wait_sound(30, after=stopped + IN_FLIGHT_S)
            await agent.media.wait_quiet(1.0)
            return back - stopped

    measure("SIGSTOP of the worker to the agent's voice again", 1000 * asyncio.run(run()), "ms", 5000)
    tail.poll()
    assert [entry.epoch for entry in asked_size(tail)] == [1, 2]
    assert greetings(tail.entries) == 1


def redis_of(system: System) -> tuple[str, int]:
    """URL and process id of the embedded server, as the worker was told and the kernel knows."""
    environment = Path(f"/proc/{system.workers()[0]}/environ").read_bytes().split(b"\0")
    (url,) = [line[10:].decode() for line in environment if line.startswith(b"REDIS_URL=")]
    client: Any = redis.Redis.from_url(url)
    try:
        pid = int(client.info("server")["process_id"])
    finally:
        client.close()
    assert pid in descendants(system.pid)
    return url, pid


def forwarded(url: str, call_id: str) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    """Places of a call's entries in Redis: for resuming, and in the outbox."""
    client: Any = redis.Redis.from_url(url)
    try:
        kept = [decode(line) for line in client.hvals(call_key(call_id))]
        sent = [
            decode(fields[b"entry"]) for shard in range(SHARDS) for _, fields in client.xrange(outbox(shard))
        ]
    finally:
        client.close()
    return (
        Counter((entry.epoch, entry.seq) for entry in kept),
        Counter((entry.epoch, entry.seq) for entry in sent if entry.call_id == call_id),
    )


def test_redis_dies_in_a_call(system: System, pbx: Exchange, said: dict[str, Pcm], measure: Measure) -> None:
    """SIGKILL of Redis: the conversation goes on without a gap, and every event is there once when it is back."""
    number = "+380990003003"
    tail = tail_of(system, number)
    url, pid = redis_of(system)

    async def run() -> float:
        async with await SipAgent.open(user=number) as agent:
            await greeted(agent, pbx)
            started = time.monotonic()
            await say_and_hear(agent, said[WANTS])
            os.kill(pid, signal.SIGKILL)
            await agent.media.wait_quiet(1.0)
            pressed = time.monotonic()
            await agent.press(SIZE_KEYS)
            await agent.media.wait_sound(30, after=pressed)
            await agent.media.wait_quiet(1.2, 40)
            return agent.heard.longest_gap(started, time.monotonic())

    measure("Redis killed: longest time without a frame at the caller", 1000 * asyncio.run(run()), "ms", 200)
    deadline = time.monotonic() + END_S
    while True:
        tail.poll()
        wanted = Counter((entry.epoch, entry.seq) for entry in tail.entries)
        ended = any(isinstance(entry.event, ev.Ended) for entry in tail.entries)
        if ended and not is_running(pid) and forwarded(url, tail.call_id) == (wanted, wanted):
            break
        assert time.monotonic() < deadline, "Redis has not what the spool has"
        time.sleep(0.2)
    assert len([e for e in tail.entries if isinstance(e.event, ev.Connected)]) == 1
    assert not [e for e in tail.entries if isinstance(e.event, ev.TurnFailed)]
    (search,) = [e.event for e in tail.entries if isinstance(e.event, ev.ToolAnswered)]
    assert search.ok


def test_two_calls_end_by_themselves_after_sigterm(
    system: System, pbx: Exchange, said: dict[str, Pcm], measure: Measure
) -> None:
    """SIGTERM with two calls up: both are answered to their goodbye, a new one rings at the operator, then all ends."""
    numbers = ("+380990003004", "+380990003005")
    tails = [tail_of(system, number) for number in numbers]

    async def run() -> float:
        async with (
            await SipAgent.open(user="operator", port=pbx.operator_port) as operator,
            await SipAgent.open(user=numbers[0]) as first,
            await SipAgent.open(user=numbers[1]) as second,
            await SipAgent.open(user="+380990003006") as third,
        ):
            await asyncio.gather(greeted(first, pbx), greeted(second, pbx))
            os.kill(system.pid, signal.SIGTERM)
            await third.call(pbx.uri(DIALLED))
            await operator.wait_answered()
            await third.hang_up()
            for agent in (first, second):
                await say_and_hear(agent, said[WANTS])
                await agent.media.wait_quiet(1.0)
            assert is_running(system.pid)
            for agent in (first, second):
                await agent.say(said[GOODBYE])
            ends = [await agent.wait_ended(END_S) for agent in (first, second)]
            assert [agent.ended_by for agent in (first, second)] == ["them", "them"]
            return max(ends)

    last = asyncio.run(run())
    while is_running(system.pid):
        assert time.monotonic() < last + END_S, f"it does not end; {system.log[-600:]}"
        time.sleep(0.05)
    measure(
        "SIGTERM: the last call's end to the end of the processes", 1000 * (time.monotonic() - last), "ms"
    )
    for tail in tails:
        tail.poll()
        assert [e.event.reason for e in tail.entries if isinstance(e.event, ev.Ended)] == ["agent_hangup"]
        assert len([e for e in tail.entries if isinstance(e.event, ev.CallerSaid)]) == 2
