"""JSON lines between processes: one object a line, requests with an `id`, answers with `re`, notices with neither.

Both ends may ask. A handler's exception answers `{"error": ...}` and is raised as `ControlError` at the caller. A
closed connection fails everything that waits. Lines over 1 MiB close the connection.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from call_center.errors import CallCenterError
from call_center.logging import get_logger

LIMIT = 1 << 20
log = get_logger(__name__)

Message = dict[str, Any]
Handler = Callable[["Channel", str, Message], Awaitable[Message | None]]


class ControlError(CallCenterError):
    """The other process refused, failed, or went away."""


class Channel:
    """One connection. `peer` is free for the owner to say who is at the other end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
        self._reader, self._writer, self._handler = reader, writer, handler
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._ids = itertools.count(1)
        self._jobs: set[asyncio.Task[None]] = set()
        self.peer: Any = None
        self.closed = False

    def notify(self, op: str, **fields: Any) -> None:
        """Send without waiting for anything; silently nothing when closed."""
        if not self.closed:
            self._writer.write(json.dumps({"op": op, **fields}, ensure_ascii=False).encode() + b"\n")

    async def ask(self, op: str, seconds: float = 1.0, **fields: Any) -> Message:
        """Send and wait at most `seconds` for the answer; `ControlError` otherwise."""
        if self.closed:
            raise ControlError(f"{op}: the other process is gone")
        number = next(self._ids)
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.notify(op, id=number, **fields)
        try:
            async with asyncio.timeout(seconds):
                answer = await future
        except TimeoutError:
            raise ControlError(f"{op}: no answer within {seconds} s") from None
        finally:
            self._waiting.pop(number, None)
        if "error" in answer:
            raise ControlError(f"{op}: {answer['error']}")
        return answer

    async def run(self) -> None:
        """Read until the connection ends."""
        try:
            while line := await self._reader.readline():
                self._dispatch(line)
        except (ConnectionError, ValueError, asyncio.LimitOverrunError) as error:
            log.warning("control connection broke", error=str(error))
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection; everything that waits fails."""
        self.closed = True
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ControlError("the other process is gone"))
        self._writer.close()

    def _dispatch(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            log.error("control line is not JSON")
            return
        if (reply_to := message.get("re")) is not None:
            future = self._waiting.get(reply_to)
            if future and not future.done():
                future.set_result(message)
            return
        job = asyncio.get_running_loop().create_task(self._serve(message))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def _serve(self, message: Message) -> None:
        op, number = str(message.pop("op", "")), message.pop("id", None)
        try:
            answer = await self._handler(self, op, message) or {}
        except Exception as error:
            log.exception("control request failed", op=op)
            answer = {"error": f"{type(error).__name__}: {error}"}
        if number is not None and not self.closed:
            self._writer.write(json.dumps({"re": number, **answer}, ensure_ascii=False).encode() + b"\n")


async def connect(path: Path, handler: Handler) -> Channel:
    """Connect to the supervisor; the caller runs `Channel.run`."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=LIMIT)
    return Channel(reader, writer, handler)


async def listen(path: Path, handler: Handler, on_closed: Callable[[Channel], None]) -> asyncio.Server:
    """Serve `path`, which must lie in a folder that only this user may enter."""

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel = Channel(reader, writer, handler)
        try:
            await channel.run()
        finally:
            on_closed(channel)

    return await asyncio.start_unix_server(accepted, str(path), limit=LIMIT)
