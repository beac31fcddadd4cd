"""`call-center serve` as a whole: real processes, real sockets, scripted engines."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.integration.processes.system import SECRET, TOKEN, System, first_frame, ring, serving, until

from call_center.core.codec import Kind

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for the tests that leave it as it was."""
    with serving(tmp_path_factory.mktemp("system")) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[System]:
    """A system of its own for a test that breaks or counts things."""
    with serving(tmp_path) as running:
        yield running


def test_announced_call_is_answered_with_audio(system: System) -> None:
    """A ticket from the announcement opens the door, and audio comes back at once."""
    ticket, host, port = system.announce(str(uuid.uuid4()))
    head = asyncio.run(first_frame(host, port, ticket))
    assert head == bytes([Kind.SLIN8, 320 >> 8, 320 & 0xFF])


def test_audio_goes_first(system: System) -> None:
    """The API gives way to the worker when both want a core."""
    worker = system.worker_pid()
    threads = Path(f"/proc/{system.process.pid}/task")
    children = [int(pid) for task in threads.iterdir() for pid in (task / "children").read_text().split()]
    api = next(pid for pid in children if b"api" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
    assert os.getpriority(os.PRIO_PROCESS, api) > os.getpriority(os.PRIO_PROCESS, worker)


def test_ticket_opens_once(system: System) -> None:
    """The same ticket again gets the hang-up frame and nothing else."""
    ticket, host, port = system.announce(str(uuid.uuid4()))
    assert asyncio.run(first_frame(host, port, ticket))[:1] == bytes([Kind.SLIN8])
    assert asyncio.run(first_frame(host, port, ticket)) == b"\0\0\0"


def test_made_up_ticket_is_refused(system: System) -> None:
    """Nobody gets in with a UUID that was not handed out."""
    assert asyncio.run(first_frame("127.0.0.1", system.audio_port, uuid.uuid4())) == b"\0\0\0"


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x"])
def test_wrong_secret_gets_no_ticket(system: System, secret: str) -> None:
    """The telephony endpoints answer 401 to anyone but the PBX."""
    for path in ("announce", "next", "ended"):
        answer = system.post(path, secret=secret, call_id=str(uuid.uuid4()))
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorised"


def test_hostile_announcement_is_harmless(system: System) -> None:
    """Quotes, line breaks, giant and broken fields neither crash nor leak; a missing call id is named."""
    for caller in ('";DROP TABLE', "a\r\nSet-Cookie: x", "9" * 300, "Ірина\x00", "sip:%0a@x"):
        assert (
            system.post("announce", call_id=str(uuid.uuid4()), caller=caller, name=caller).status_code == 200
        )
    refused = system.post("announce", caller="+380990001234")
    assert refused.status_code == 422
    assert "call_id" in refused.json()["error"]["message"]
    assert system.post("announce", call_id="x" * 20_000).status_code == 413


def test_unknown_call_goes_to_operators(system: System) -> None:
    """What is next for a call that nobody announced: people."""
    assert system.post("next", call_id=str(uuid.uuid4()), status="SUCCESS").text.startswith("operator")


def test_killed_worker_is_replaced_and_the_call_comes_back(fresh: System) -> None:
    """A kill -9 in a call: the dialplan is told to try again, and a new worker answers the same call."""
    call_id = str(uuid.uuid4())

    async def broken_call() -> None:
        ticket, host, port = fresh.announce(call_id)
        async with ring(host, port, ticket) as (reader, _):
            await reader.readexactly(3)
            os.kill(fresh.worker_pid(), signal.SIGKILL)
            with contextlib.suppress(ConnectionError):
                while await reader.read(4096):
                    pass

    asyncio.run(broken_call())
    assert fresh.post("next", call_id=call_id, status="SUCCESS").text == "again"
    until(15, lambda: httpx2.get(f"{fresh.api}/readyz").status_code == 200)
    ticket, host, port = fresh.announce(call_id, previous="lost")
    assert asyncio.run(first_frame(host, port, ticket))[:1] == bytes([Kind.SLIN8])


def test_stalled_worker_is_killed_and_replaced(fresh: System) -> None:
    """A worker that hangs is noticed by its heartbeat: operators ring meanwhile, then a new one takes calls."""
    before = fresh.worker_pid()
    os.kill(before, signal.SIGSTOP)
    until(20, lambda: httpx2.get(f"{fresh.api}/readyz").status_code == 503)
    assert fresh.post("announce", call_id=str(uuid.uuid4())).text.startswith("operator ")
    until(20, lambda: httpx2.get(f"{fresh.api}/readyz").status_code == 200)
    assert fresh.worker_pid() != before


def test_metrics_count_the_call(fresh: System) -> None:
    """A call moves the series of every process on the one metrics page, and no label holds a number."""
    ticket, host, port = fresh.announce(str(uuid.uuid4()))
    asyncio.run(first_frame(host, port, ticket))

    def counted() -> bool:
        page = httpx2.get(f"{fresh.api}/metrics").text
        return (
            'callcenter_announced_total{answer="agent"} 1.0' in page
            and 'callcenter_calls_total{reason="caller_hangup"} 1.0' in page
        )

    until(5, counted)
    page = httpx2.get(f"{fresh.api}/metrics").text
    assert "callcenter_loop_stall_seconds_count" in page
    assert "380990001234" not in page


def test_operator_summary_needs_the_token(system: System) -> None:
    """Summaries are for operators: 401 without the token, 404 for an id that does not exist."""
    url = f"{system.api}/api/v1/operator/calls/unknown"
    assert httpx2.get(url).status_code == 401
    assert httpx2.get(url, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404


def test_sigterm_lets_the_last_call_end(fresh: System) -> None:
    """Draining refuses new calls, keeps the running one, and exits 0 when it ends."""

    async def last_call() -> None:
        ticket, host, port = fresh.announce(str(uuid.uuid4()))
        async with ring(host, port, ticket) as (reader, _):
            await reader.readexactly(3)
            fresh.process.terminate()
            until(5, lambda: httpx2.get(f"{fresh.api}/readyz").status_code == 503)
            await reader.readexactly(320 * 10)
            assert fresh.process.poll() is None

    asyncio.run(last_call())
    assert fresh.process.wait(15) == 0


def test_secrets_and_numbers_stay_out_of_the_log(fresh: System) -> None:
    """No ticket, secret or caller number is ever written to the log."""
    ticket, host, port = fresh.announce(str(uuid.uuid4()), name="Тарас")
    asyncio.run(first_frame(host, port, ticket))
    fresh.process.terminate()
    fresh.process.wait(15)
    log = (fresh.var / "log").read_text()
    for secret in (str(ticket), SECRET, TOKEN, "380990001234", "Тарас"):
        assert secret not in log


def test_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    """A port in use ends the start with one line that names it and says what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "call_center", "serve", "--engines", "scripted", "--port", str(port)],
            env={**os.environ, "VAR_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 2
    assert str(port) in result.stderr
    assert "--port" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
