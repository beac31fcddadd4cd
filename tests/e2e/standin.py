"""A small call processor that does what the dialled number says: it proves the dialplan, not the agent.

Run as a process: `python -m tests.e2e.standin`. It prints its API port, answers announce / next / ended with the
project's own `Announcement`, `TicketBook` and `decide_next`, and runs two AudioSocket workers as child processes that
can be killed. `GET /journal` returns everything that happened, with monotonic times (the same clock in all processes).
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import numpy as np

from call_center.core.codec import HANG_UP, Decoder, Frame, Kind, encode
from call_center.telephony.announce import Announcement
from call_center.telephony.tickets import Admission, TicketBook
from call_center.telephony.what_next import decide_next

SECRET = "standin-0123456789abcdef"
FIRST_TONE, SECOND_TONE = 1000, 1500  # Hz: what the first and every later attempt sounds like
ECHO, TRANSFER, GOODBYE, STEADY, RETURN, OVERLOAD, QUEUE = "700", "701", "702", "703", "704", "705", "706"
SUMMARY = "summary_of-this-call"


class Office:
    """What the parent process knows: calls, tickets, workers, and the journal."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.journal: list[dict[str, Any]] = []
        self.book = TicketBook(time.monotonic)
        self.calls: dict[str, Announcement] = {}
        self.outcomes: dict[str, str] = {}
        self.repeats: dict[str, int] = {}
        self.workers: dict[str, tuple[subprocess.Popen[bytes], int]] = {}

    def note(self, event: str, **fields: Any) -> None:
        """Append to the journal."""
        self.journal.append({"at": time.monotonic(), "event": event, **fields})

    def hire(self, name: str, api: int) -> None:
        """Start a worker and learn its port."""
        command = [sys.executable, "-m", "tests.e2e.standin", "worker", name, str(api)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        self.workers[name] = (process, int(process.stdout.readline()))

    def announce(self, fields: dict[str, str]) -> str:
        """A ticket at a live worker, or the operators."""
        call = Announcement.model_validate(fields)
        call_id = str(call.call_id)
        self.note("announce", fields=fields, **call.model_dump(mode="json"))
        self.calls[call_id] = call
        self.outcomes.pop(call_id, None)
        if call.dialled == OVERLOAD or (call.dialled == QUEUE and call.previous.startswith("operator")):
            return f"operator {SUMMARY}"
        for name, (process, port) in self.workers.items():
            if process.poll() is None:
                ticket = self.book.issue(call_id, name)
                self.note("ticket", call_id=call_id, worker=name, pid=process.pid, ticket=str(ticket))
                return f"agent {ticket} 127.0.0.1:{port}"
        return f"operator {SUMMARY}"

    def redeem(self, fields: dict[str, str]) -> str:
        """What a worker shows."""
        answer = self.book.redeem(UUID(fields["ticket"]), fields["worker"])
        if not isinstance(answer, Admission):
            return ""
        call = self.calls[answer.call_id]
        self.note("session", call_id=answer.call_id, worker=fields["worker"])
        return json.dumps([answer.call_id, call.dialled, call.attempt, call.previous.value])

    def next(self, fields: dict[str, str]) -> str:
        """The step after a session."""
        call_id = fields["call_id"]
        time.sleep(0.05)  # the word of a worker that just closed its socket may still be on its way
        repeats = self.repeats[call_id] = self.repeats.get(call_id, -1) + 1
        step = decide_next(self.outcomes.get(call_id), fields["status"], repeats, summary_id=SUMMARY)
        self.note("next", call_id=call_id, answer=step.line(), status=fields["status"])
        return step.line()

    def report(self, fields: dict[str, str]) -> str:
        """What a worker says of its session: the end, a key."""
        if fields["event"] == "outcome":
            self.outcomes[fields["call_id"]] = fields["value"]
        self.note(fields.pop("event"), **fields)
        return "ok"

    def ended(self, fields: dict[str, str]) -> str:
        """The channel is gone."""
        self.note("ended", **fields)
        return "ok"


def serve() -> None:
    """The parent process, until its standard input closes."""
    office = Office()
    paths: dict[str, Callable[[dict[str, str]], str]] = {
        "/api/v1/telephony/announce": office.announce,
        "/api/v1/telephony/next": office.next,
        "/api/v1/telephony/ended": office.ended,
        "/redeem": office.redeem,
        "/report": office.report,
    }

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            with office.lock:
                self.answer(200, json.dumps(office.journal))

        def do_POST(self) -> None:
            if self.headers.get("Authorization") != f"Bearer {SECRET}":
                self.answer(401, '{"detail": "agent of nobody"}')
                return
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {key: values[-1] for key, values in parse_qs(body, keep_blank_values=True).items()}
            if self.path == "/api/v1/telephony/next":
                self.answer(200, paths[self.path](fields))
                return
            with office.lock:
                self.answer(200, paths[self.path](fields))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("w1", "w2"):
        office.hire(name, server.server_port)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    for process, _ in office.workers.values():
        process.kill()
        process.wait()
    server.shutdown()


class Session(asyncio.Protocol):
    """One AudioSocket connection at a worker."""

    def __init__(self, name: str, api: int) -> None:
        self.name, self.api = name, api
        self.decoder = Decoder()
        self.call_id, self.dialled, self.attempt, self.previous = "", "", 1, ""
        self.work: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the script and report the end."""
        if self.work is not None:
            self.work.cancel()
        if self.call_id:
            self.tell("eof", call_id=self.call_id)

    def data_received(self, data: bytes) -> None:
        """Redeem the ticket, report keys, echo audio."""
        for frame in self.decoder.feed(data):
            if frame.kind == Kind.UUID:
                answer = self.post("/redeem", ticket=str(frame.uuid), worker=self.name)
                if not answer:
                    self.transport.close()
                    return
                self.call_id, self.dialled, self.attempt, self.previous = json.loads(answer)
                self.work = asyncio.get_running_loop().create_task(self.script())
            elif frame.kind == Kind.DTMF:
                self.tell("key", call_id=self.call_id, digit=frame.digit)
            elif frame.kind == Kind.SLIN8 and self.dialled == ECHO:
                self.transport.write(encode(frame))

    async def script(self) -> None:
        """What the dialled number asks for."""
        returned = self.attempt > 1
        tone = SECOND_TONE if returned else FIRST_TONE
        if self.dialled == ECHO:
            await self.play(0, 0.02)
        elif self.dialled == STEADY:
            await self.play(tone, 60.0)
        else:
            await self.play(tone, 1.0)
            goodbye = self.dialled == GOODBYE or (returned and self.dialled == RETURN)
            self.tell("outcome", call_id=self.call_id, value="agent_hangup" if goodbye else "transfer")
            self.transport.write(HANG_UP)
            self.transport.close()

    async def play(self, hertz: int, seconds: float) -> None:
        """A tone (0 Hz: silence) in frames of 20 ms at real time."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number in range(int(seconds * 50)):
            phase = 2 * np.pi * hertz * (np.arange(160) + 160 * number) / 8000
            pcm = (8000 * np.sin(phase)).astype("<i2").tobytes()
            self.transport.write(encode(Frame(Kind.SLIN8, pcm)))
            await asyncio.sleep(max(0.0, start + (number + 1) * 0.02 - loop.time()))

    def tell(self, event: str, **fields: str) -> None:
        """Report to the parent."""
        self.post("/report", event=event, **fields)

    def post(self, path: str, **fields: str) -> str:
        """Ask the parent; blocks for a millisecond, which a stand-in may."""
        body = "&".join(f"{key}={value}" for key, value in fields.items()).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.api}{path}", body)
        request.add_header("Authorization", f"Bearer {SECRET}")
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return str(answer.read().decode())


async def work(name: str, api: int) -> None:
    """A worker process."""
    server = await asyncio.get_running_loop().create_server(lambda: Session(name, api), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        asyncio.run(work(sys.argv[2], int(sys.argv[3])))
    else:
        serve()
