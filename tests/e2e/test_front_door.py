"""The real system's door, with scripted engines: who gets in, who does not, and what a crowd does to a call."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import struct
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from tests.e2e.conftest import Exchange, Measure, exchange, tone
from tests.e2e.system import System, descendants, is_running, running

from call_center.testing.sip.agent import SipAgent
from call_center.testing.sip.installation import Installation
from call_center.testing.sip.load import run_load

pytestmark = pytest.mark.e2e

NUMBER = "700"
HELLO_SECONDS = 5.0  # how long a peer may be silent before it is closed
CROWD = 1000


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The real processes with scripted engines, two workers."""
    with running("scripted", workers=2) as started:
        yield started


@pytest.fixture(scope="module")
def pbx(installation: Installation, system: System) -> Iterator[Exchange]:
    """Asterisk in front of it."""
    yield from exchange(installation, system.api, system.secret)


def closed_after(port: int, *pieces: bytes, wait: float = 3 * HELLO_SECONDS) -> tuple[float, bytes]:
    """Connect, send, and return how long it took until we were closed and what we got."""
    began, got = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as peer:
        try:
            for piece in pieces:
                peer.sendall(piece)
            while data := peer.recv(65536):
                got += data
                assert time.monotonic() - began < wait, "still connected"
        except ConnectionError:
            pass
    return time.monotonic() - began, got


def hello(ticket: UUID) -> bytes:
    """The frame that shows a ticket."""
    return b"\x01\x00\x10" + ticket.bytes


def ticket_of(answer: str) -> tuple[UUID, int]:
    """Ticket and port in `agent TICKET HOST:PORT`."""
    word, ticket, address = answer.split()
    assert word == "agent"
    return UUID(ticket), int(address.rpartition(":")[2])


async def ring(pbx: Exchange, seconds: float = 1.0) -> SipAgent:
    """A whole call: dialled, spoken into, hung up."""
    async with await SipAgent.open() as caller:
        await caller.call(pbx.uri(NUMBER))
        await caller.say(tone(300, seconds))
        await caller.hang_up()
        return caller


_noise = random.Random(1)  # noqa: S311 (the same bytes in every run)
ROGUES = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "tls": bytes.fromhex("16030100") + _noise.randbytes(200),
    "audio without ticket": b"\x10\x01\x40" + bytes(320),
    "short uuid": b"\x01\x00\x04abcd",
    "unknown kind": b"\x77\x00\x02ab",
    "huge length": b"\x10\xff\xff" + bytes(65535),
    "zeros": bytes(4096),
    "unknown ticket": hello(UUID(int=1 << 127)),
    "noise": _noise.randbytes(5000),
}


@pytest.mark.parametrize("rogue", ROGUES)
def test_rogue_client_is_closed_and_hears_nothing(system: System, rogue: str) -> None:
    """Whatever does not begin with a valid ticket gets no audio and is closed within the hello time."""
    seconds, got = closed_after(system.port, ROGUES[rogue])
    assert seconds < HELLO_SECONDS * 1.5
    assert len(got) <= 3  # at most the hang-up frame


def test_silent_client_is_closed(system: System, measure: Measure) -> None:
    """A peer that says nothing does not stay."""
    seconds, got = closed_after(system.port)
    measure("silent connection is closed", seconds, "s", HELLO_SECONDS)
    assert got == b""


def test_ticket_opens_once(system: System) -> None:
    """The first connection with a ticket is served, the second is closed although the first goes on."""
    ticket, port = ticket_of(system.announce(str(uuid4())))
    with socket.create_connection(("127.0.0.1", port), timeout=5) as first:
        first.sendall(hello(ticket))
        assert first.recv(3)[:1] == b"\x10"
        seconds, got = closed_after(port, hello(ticket))
        assert (seconds < 2, len(got) <= 3) == (True, True)
        assert first.recv(3)


def test_ticket_is_for_one_worker(system: System) -> None:
    """A ticket shown at another worker's port opens nothing."""
    ticket, port = ticket_of(system.announce(str(uuid4())))
    other = system.port if port != system.port else system.port + 1
    seconds, got = closed_after(other, hello(ticket))
    assert (seconds < 2, len(got) <= 3) == (True, True)


@pytest.mark.parametrize("token", ["", "wrong", "Ї".encode().decode("latin-1")])
@pytest.mark.parametrize("path", ["announce", "next", "ended"])
def test_dialplan_needs_the_secret(system: System, path: str, token: str) -> None:
    """Without the shared secret nothing is announced, answered or ended."""
    status, text = system.request(f"/api/v1/telephony/{path}", token, {"call_id": str(uuid4())})
    assert status == 401
    assert "agent " not in text


@pytest.mark.parametrize(
    "form",
    [{}, {"call_id": "1"}, {"call_id": str(UUID(int=5)), "attempt": "0"}, {"call_id": "x" * 20_000}],
    ids=["empty", "no uuid", "attempt 0", "huge"],
)
def test_impossible_announcement_is_refused_in_one_line(system: System, form: dict[str, str]) -> None:
    """A form that no dialplan makes is a 4xx of one line, never a 500 and never an agent."""
    status, text = system.request("/api/v1/telephony/announce", system.secret, form)
    assert 400 <= status < 500
    assert not text.startswith(("agent", "operator"))


def test_first_sound_and_release(system: System, pbx: Exchange, measure: Measure) -> None:
    """RTP of the agent begins right after the answer; after BYE the call is gone everywhere."""
    caller = asyncio.run(ring(pbx))
    assert caller.media.first_rtp is not None
    measure(
        "200 OK to the first RTP packet",
        1000 * (caller.media.first_rtp - caller.times["answered"]),
        "ms",
        400,
    )
    system.wait_metric("callcenter_calls_active", 0)
    measure("BYE to no call active", 1000 * (time.monotonic() - caller.times["bye_sent"]), "ms", 500)


def test_announce_is_quick(system: System, measure: Measure) -> None:
    """The dialplan waits for the announcement while the caller hears ringing."""
    times = []
    for _ in range(40):
        began = time.monotonic()
        system.announce(str(uuid4()))
        times.append(time.monotonic() - began)
    measure("announce, p95 of 40", 1000 * sorted(times)[37], "ms", 20)


def test_silent_crowd_does_not_touch_a_call(system: System, pbx: Exchange, measure: Measure) -> None:
    """A thousand silent connections cost a few megabytes, keep nobody out and are all closed."""
    before = system.memory()

    async def run() -> tuple[int, float]:
        peers = []
        for _ in range(CROWD):
            with contextlib.suppress(OSError):
                peers.append(await asyncio.open_connection("127.0.0.1", system.port))
        measure("memory of 1,000 silent connections", (system.memory() - before) / 1024, "MB", 20)
        caller = await ring(pbx, 2.0)
        answered = 1000 * (caller.times["answered"] - caller.times["invite"])
        closed = 0
        async with asyncio.timeout(3 * HELLO_SECONDS):
            for reader, writer in peers:
                with contextlib.suppress(ConnectionError):
                    while await reader.read(4096):
                        pass
                closed += 1
                writer.close()
        return closed, answered

    closed, answered = asyncio.run(run())
    measure("INVITE to 200 OK with 1,000 silent connections", answered, "ms", 400)
    assert closed > 0.9 * CROWD


def test_hang_up_in_mid_sentence_leaves_nothing(system: System, pbx: Exchange) -> None:
    """Twenty callers who hang up while the agent speaks leave no call and no failed turn behind."""

    async def run() -> None:
        async def one() -> None:
            async with await SipAgent.open() as caller:
                await caller.call(pbx.uri(NUMBER))
                await caller.say(tone(300, 1.0))
                await caller.media.wait_sound()
                await caller.hang_up()

        await asyncio.gather(*(one() for _ in range(20)))

    failed = system.metric("callcenter_turns_failed_total")
    asyncio.run(run())
    system.wait_metric("callcenter_calls_active", 0)
    assert system.metric("callcenter_turns_failed_total") == failed


def test_killed_worker_gives_the_call_to_another(system: System, pbx: Exchange, measure: Measure) -> None:
    """After kill -9 of the worker the caller hears the agent's side again within two seconds."""

    async def run() -> float:
        async with await SipAgent.open() as caller:
            before = system.last_call()
            await caller.call(pbx.uri(NUMBER))
            worker = await asyncio.to_thread(system.holder_of_next, before)
            await asyncio.sleep(0.5)
            answers = system.metric("callcenter_announced_total", answer="agent")
            killed = time.monotonic()
            os.kill(worker, signal.SIGKILL)
            await asyncio.sleep(2.5)
            assert system.metric("callcenter_announced_total", answer="agent") > answers
            assert caller.heard.pieces[-1].arrived > time.monotonic() - 0.2
            return caller.heard.longest_gap(start=killed - 0.1)

    measure("silence at the caller after kill -9 of a real worker", 1000 * asyncio.run(run()), "ms", 2000 / 3)


def test_odd_bytes_after_a_ticket_end_only_their_own_call(system: System) -> None:
    """Broken frames on an admitted connection: that connection may end, the worker does not."""
    workers = system.workers()
    for rogue in (b"\x10\x00\x00", b"\x10\x00\x03abc", b"\xff\x00\x01a", b"\x55\xff\xff" + bytes(65535)):
        ticket, port = ticket_of(system.announce(str(uuid4())))
        with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
            for byte in struct.unpack("19c", hello(ticket)):
                peer.sendall(byte)
            peer.sendall(rogue)
            with contextlib.suppress(ConnectionError):
                peer.recv(1000)
    assert system.workers() == workers
    system.wait_metric("callcenter_calls_active", 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_the_group_ends_everything(number: signal.Signals) -> None:
    """Ctrl-C in a terminal and systemd's stop reach every process at once: all end within ten seconds."""
    with running("scripted", workers=1) as system:
        processes = [system.pid, *descendants(system.pid)]
        os.killpg(system.pid, number)
        deadline = time.monotonic() + 10
        while alive := [pid for pid in processes + descendants(system.pid) if is_running(pid)]:
            assert time.monotonic() < deadline, f"{len(alive)} processes still run: {system.log[-300:]}"
            time.sleep(0.1)


def test_twenty_five_calls_for_a_minute(system: System, pbx: Exchange, measure: Measure) -> None:
    """SIPp holds 25 speaking callers for 60 s: none fails, none is refused, no frame is dropped."""
    dropped = system.metric("callcenter_frames_dropped_total")
    agents = system.metric("callcenter_announced_total", answer="agent")
    result = run_load(pbx.asterisk, NUMBER, tone(300, 5.0, 3000), calls=25, seconds=60)
    measure("SIPp calls of 60 s", float(result.succeeded), "calls")
    measure("SIPp calls failed", float(result.failed), "calls", 0)
    assert (result.started, result.succeeded) == (25, 25)
    assert system.metric("callcenter_announced_total", answer="agent") - agents == 25
    measure(
        "frames dropped in 25 calls of 60 s",
        system.metric("callcenter_frames_dropped_total") - dropped,
        "frames",
    )
    system.wait_metric("callcenter_calls_active", 0)
