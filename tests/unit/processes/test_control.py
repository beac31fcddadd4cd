"""The JSON-lines channel between processes, over a real Unix socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from call_center.processes.control import LIMIT, Channel, ControlError, Handler, Message, connect, listen

pytestmark = pytest.mark.unit


async def silent(channel: Channel, op: str, message: Message) -> Message | None:
    """A side that is never asked."""
    return None


def converse(tmp_path: Path, server: Handler, client: Callable[[Channel], Awaitable[None]]) -> None:
    """Run `client` against a listening `server` side."""

    async def main() -> None:
        listening = await listen(tmp_path / "s", server, lambda channel: None)
        channel = await connect(tmp_path / "s", silent)
        reading = asyncio.create_task(channel.run())
        try:
            await client(channel)
        finally:
            channel.close()
            listening.close()
            await reading

    asyncio.run(main())


def test_requests_may_overtake_each_other(tmp_path: Path) -> None:
    """Each answer finds its own request whatever the order of the answers."""
    gate = asyncio.Event()

    async def server(channel: Channel, op: str, message: Message) -> Message:
        if op == "slow":
            await gate.wait()
        else:
            gate.set()
        return {"op_was": op, "number": message["number"]}

    async def client(channel: Channel) -> None:
        slow, quick = await asyncio.gather(
            channel.ask("slow", 5, number=1), channel.ask("quick", 5, number=2)
        )
        assert (slow["op_was"], slow["number"]) == ("slow", 1)
        assert (quick["op_was"], quick["number"]) == ("quick", 2)

    converse(tmp_path, server, client)


def test_failure_of_a_handler_reaches_the_caller(tmp_path: Path) -> None:
    """An exception at the other side becomes `ControlError`, and the channel goes on."""

    async def server(channel: Channel, op: str, message: Message) -> Message:
        if op == "bad":
            raise ValueError("no such thing")
        return {"fine": True}

    async def client(channel: Channel) -> None:
        with pytest.raises(ControlError, match="no such thing"):
            await channel.ask("bad", 5)
        assert (await channel.ask("good", 5))["fine"]

    converse(tmp_path, server, client)


def test_waiting_request_fails_when_the_other_side_goes(tmp_path: Path) -> None:
    """Nobody waits for a process that has died."""

    async def server(channel: Channel, op: str, message: Message) -> Message:
        channel.close()
        return {}

    async def client(channel: Channel) -> None:
        with pytest.raises(ControlError, match="gone"):
            await channel.ask("anything", 5)
        with pytest.raises(ControlError, match="gone"):
            await channel.ask("later", 5)

    converse(tmp_path, server, client)


def test_garbage_and_giant_lines_do_no_harm(tmp_path: Path) -> None:
    """A line that is no JSON is skipped; one over the limit closes that connection only."""

    async def server(channel: Channel, op: str, message: Message) -> Message:
        return {"alive": True}

    async def client(channel: Channel) -> None:
        _, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        writer.write(b"not json\n" + b"x" * (LIMIT + 10) + b"\n")
        await writer.drain()
        writer.close()
        assert (await channel.ask("still", 5))["alive"]

    converse(tmp_path, server, client)
