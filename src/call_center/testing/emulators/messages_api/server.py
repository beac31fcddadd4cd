"""The emulator's HTTP server: one request a connection, streamed answers, the client's leaving noticed.

`POST /v1/messages` checks what the real API checks first (key, version header, required fields, roles, tool_use pairs)
and answers 400 as it does. Listens on loopback only. `queue` holds behaviours for the next requests, then `behaviour`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from call_center.testing.emulators.messages_api.behaviours import CUT, GOOD, HANG, Answer, Behaviour
from call_center.testing.emulators.messages_api.model import reply
from call_center.testing.emulators.messages_api.wire import Tokens

BYTES_A_TOKEN = 3.0
CACHE_MINIMUM = 1024  # tokens; model-dependent at the provider, 512 to 4,096


class Emulator:
    """Counts and keeps what it was asked; `left` counts clients that closed before the answer's end."""

    def __init__(self) -> None:
        self.queue: deque[Behaviour] = deque()
        self.behaviour = GOOD
        self.requests: list[dict[str, Any]] = []
        self.left = 0
        self.someone_left = asyncio.Event()
        self.asked = asyncio.Event()
        self.url = ""
        self.serving: set[asyncio.Task[None]] = set()
        self._cached: set[str] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, owned by the emulator until it ends."""
        task = asyncio.create_task(self._serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        await asyncio.wait({task})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = _headers(head)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                await self._send(self._answer(head.split(" ", 2)[1], headers, body), reader, writer)
            finally:
                writer.close()

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if path.split("?", maxsplit=1)[0] != "/v1/messages":
            return _refuse(404, "not_found_error", f"no {path}")
        key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix(
            "Bearer "
        )  # SDK 2.14: bearer
        if not key or "anthropic-version" not in headers:
            return _refuse(401, "authentication_error", "x-api-key header is required")
        request = json.loads(body)
        wrong = problem(request)
        if wrong:
            return _refuse(400, "invalid_request_error", wrong)
        self.requests.append(request)
        self.asked.set()
        behaviour = self.queue.popleft() if self.queue else self.behaviour
        said = reply(request)
        number = len(self.requests)
        return behaviour.make(number, str(request["model"]), said, self._tokens(request, said))

    def _tokens(self, request: dict[str, Any], said: Any) -> Tokens:
        """Billed tokens by the size of texts; a static prefix that was sent before is read from the cache."""
        prefix = json.dumps([request.get("tools"), request.get("system")], ensure_ascii=False)
        size, rest = _count(prefix), _count(json.dumps(request["messages"], ensure_ascii=False))
        output = 5 + _count(said.text + json.dumps(said.tools, ensure_ascii=False))
        if "cache_control" not in prefix or size < CACHE_MINIMUM:
            return Tokens(input=size + rest, output=output)
        key = hashlib.sha256((str(request["model"]) + prefix).encode()).hexdigest()
        known = key in self._cached
        self._cached.add(key)
        return Tokens(rest, 0 if known else size, size if known else 0, output)

    async def _send(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers = {"content-type": "text/event-stream", **answer.headers, "connection": "close"}
        if answer.body is not None:
            body = json.dumps(answer.body).encode()
            headers |= {"content-type": "application/json", "content-length": str(len(body))}
            writer.write(_head(answer.status, headers) + body)
            await writer.drain()
            return
        headers["transfer-encoding"] = "chunked"
        writer.write(_head(answer.status, headers))
        await writer.drain()
        gone = asyncio.create_task(reader.read(1))
        try:
            for part in answer.parts:
                if part == CUT:
                    return
                if isinstance(part, bytes):
                    writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                    await writer.drain()
                else:
                    await asyncio.wait({gone}, timeout=None if part == HANG else float(part))
                if gone.done():
                    self.left += 1
                    self.someone_left.set()
                    return
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)


def problem(request: dict[str, Any]) -> str:
    """Why the real API would answer 400. Source: errors its users report; the exact texts are assumed."""
    missing = [name for name in ("model", "max_tokens", "messages") if name not in request]
    if missing:
        return f"{missing[0]}: field required"
    made = request["messages"]
    if not made or made[0]["role"] != "user" or made[-1]["role"] != "user":
        return "messages: must begin and end with a user message"
    waiting: set[str] = set()
    for message in made:
        blocks = message["content"] if isinstance(message["content"], list) else []
        results = {b["tool_use_id"] for b in blocks if b["type"] == "tool_result"}
        if waiting - results:
            return "messages: tool_use ids were found without tool_result blocks immediately after"
        if results - waiting:
            return "messages: unexpected tool_use_id in tool_result blocks"
        waiting = {b["id"] for b in blocks if b["type"] == "tool_use"}
    for tool in request.get("tools", ()):
        if tool.get("strict") and tool["input_schema"].get("additionalProperties") is not False:
            return f"tools.{tool['name']}: strict needs additionalProperties false"
    return ""


def _refuse(status: int, kind: str, message: str) -> Answer:
    return Answer(status=status, body={"type": "error", "error": {"type": kind, "message": message}})


def _headers(head: str) -> dict[str, str]:
    rows = [line.split(":", 1) for line in head.split("\r\n")[1:] if ":" in line]
    return {name.strip().lower(): value.strip() for name, value in rows}


def _head(status: int, headers: dict[str, str]) -> bytes:
    rows = [f"HTTP/1.1 {status} -", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*rows, "", ""]).encode()


def _count(text: str) -> int:
    return round(len(text.encode()) / BYTES_A_TOKEN)


@asynccontextmanager
async def emulator() -> AsyncIterator[Emulator]:
    """A running emulator on a free port of loopback."""
    made = Emulator()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in tuple(made.serving):
            task.cancel()
        await asyncio.gather(*made.serving, return_exceptions=True)
        await server.wait_closed()
