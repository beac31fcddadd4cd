"""One streamed reply of the Messages API as sentences, tool calls and usage.

`read` yields `Sentence` as soon as one is whole and `ToolCall` when its JSON is; it raises `Unusable` for a reply that
cannot be used (no first token in time, error, refusal, empty, malformed, cut). Leaving the iterator closes the HTTP
response: the provider stops working, nothing is billed that was not produced.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from anthropic import AnthropicError, AsyncAnthropic
from anthropic.types import RawMessageStreamEvent
from anthropic.types.message_create_params import MessageCreateParamsStreaming

from call_center.agent.claude.prices import Usage

_END = re.compile(r"(?<=[.!?…])\s+(?=[A-ZА-ЯІЇЄҐ«\[])")
_WHOLE: Final = frozenset({"end_turn", "tool_use", "stop_sequence"})


class Unusable(Exception):
    """`why`: timeout, error, rate_limited, overloaded, refusal, empty, malformed, cut."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A whole tool call."""

    id: str
    name: str
    args: dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What the reply took, filled while it is read; also what an unusable reply took."""

    input: int = 0
    cache_write: int = 0
    cache_read: int = 0
    output: int = 0
    first_token_s: float | None = None

    @property
    def usage(self) -> Usage:
        """The tokens."""
        return Usage(self.input, self.cache_write, self.cache_read, self.output)


@dataclass(slots=True)
class _Blocks:
    """The blocks of one reply as they grow."""

    text: str = ""
    json: dict[int, list[str]] = field(default_factory=dict)
    calls: dict[int, tuple[str, str]] = field(default_factory=dict)
    stop: str | None = None
    something: bool = False


async def read(
    client: AsyncAnthropic,
    request: MessageCreateParamsStreaming,
    tally: Tally,
    *,
    first_token_s: float,
    deadline: float,
) -> AsyncGenerator[Sentence | ToolCall]:
    """Stream one reply. `deadline` is loop time by which it must have ended."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    blocks = _Blocks()
    first = min(began + first_token_s, deadline)
    with _usable():
        async with asyncio.timeout_at(first):
            stream = await client.messages.create(**request)
    try:
        events = aiter(stream)
        while True:
            with _usable():
                async with asyncio.timeout_at(deadline if blocks.something else first):
                    event = await anext(events, None)
                made = _take(event, blocks, tally) if event is not None else []
            if event is None:
                break
            if blocks.something and tally.first_token_s is None:
                tally.first_token_s = loop.time() - began
            for output in made:
                yield output
    finally:
        await stream.close()
    if blocks.stop == "refusal":
        raise Unusable("refusal")
    if blocks.stop not in _WHOLE:
        raise Unusable("cut")
    if blocks.text.strip():
        yield Sentence(blocks.text.strip())
    elif not blocks.something:
        raise Unusable("empty")


@contextmanager
def _usable() -> Iterator[None]:
    """Whatever goes wrong on the wire is one thing to the brain."""
    try:
        yield
    except TimeoutError:
        raise Unusable("timeout") from None
    except (AnthropicError, httpx2.HTTPError) as error:
        raise Unusable(_kind(error)) from None
    except (
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
    ):  # the SDK does not validate: a field may be missing
        raise Unusable("malformed") from None


def _take(event: RawMessageStreamEvent, blocks: _Blocks, tally: Tally) -> list[Sentence | ToolCall]:
    match event.type:
        case "message_start":
            used = event.message.usage
            tally.input = used.input_tokens
            tally.cache_write = used.cache_creation_input_tokens or 0
            tally.cache_read = used.cache_read_input_tokens or 0
            tally.output = used.output_tokens
        case "message_delta":
            blocks.stop = event.delta.stop_reason
            tally.output = event.usage.output_tokens
        case "content_block_start" if event.content_block.type == "tool_use":
            blocks.calls[event.index] = (event.content_block.id, event.content_block.name)
            blocks.json[event.index] = []
            blocks.something = True
        case "content_block_delta" if event.delta.type == "input_json_delta":
            blocks.json[event.index].append(event.delta.partial_json)
        case "content_block_delta" if event.delta.type == "text_delta":
            return _grow(blocks, event.delta.text)
        case "content_block_stop" if event.index in blocks.calls:
            return [*_flush(blocks), _call(blocks, event.index)]
        case _:
            pass
    return []


def _grow(blocks: _Blocks, text: str) -> list[Sentence | ToolCall]:
    blocks.text += text
    blocks.something = blocks.something or bool(text.strip())
    *whole, blocks.text = _END.split(blocks.text)
    return [Sentence(s.strip()) for s in whole if s.strip()]


def _flush(blocks: _Blocks) -> list[Sentence | ToolCall]:
    rest, blocks.text = blocks.text.strip(), ""
    return [Sentence(rest)] if rest else []


def _call(blocks: _Blocks, index: int) -> ToolCall:
    made = "".join(blocks.json[index]) or "{}"
    try:
        args = json.loads(made)
    except ValueError:
        raise Unusable("malformed") from None
    if not isinstance(args, dict):
        raise Unusable("malformed")
    return ToolCall(*blocks.calls[index], args)


def _kind(error: Exception) -> str:
    status = getattr(error, "status_code", None)
    return {429: "rate_limited", 529: "overloaded"}.get(status or 0, "error")
