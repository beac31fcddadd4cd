"""A reply as the events of a streamed message. Pure.

Source of every event: `anthropic.types.RawMessageStreamEvent` (message_start, content_block_start, content_block_delta
with text_delta or input_json_delta, content_block_stop, message_delta, message_stop) and `ping` of the streaming page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FRAGMENT = 7  # characters of tool JSON in one event
TEXT_FRAGMENT = 11


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says: text, then tool calls (name, arguments)."""

    text: str = ""
    tools: tuple[tuple[str, dict[str, Any]], ...] = ()

    @property
    def stop_reason(self) -> str:
        """`tool_use` when a tool is called."""
        return "tool_use" if self.tools else "end_turn"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the reply is billed."""

    input: int = 0
    cache_write: int = 0
    cache_read: int = 0
    output: int = field(default=1)


def sse(event: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def start(number: int, model: str, tokens: Tokens) -> dict[str, Any]:
    """`message_start` with the usage of the input."""
    usage = {
        "input_tokens": tokens.input, "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cache_read, "output_tokens": 1,
    }  # fmt: skip
    message: dict[str, Any] = {
        "id": f"msg_{number:06d}", "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": usage,
    }  # fmt: skip
    return {"type": "message_start", "message": message}


def ending(stop_reason: str, output: int) -> Iterator[dict[str, Any]]:
    """`message_delta` with the stop reason, `message_stop`."""
    delta = {"stop_reason": stop_reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": output}}
    yield {"type": "message_stop"}


def text_block(index: int, text: str) -> Iterator[dict[str, Any]]:
    """A text block in fragments that respect no word."""
    yield {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}}
    for at in range(0, len(text), TEXT_FRAGMENT):
        piece = {"type": "text_delta", "text": text[at : at + TEXT_FRAGMENT]}
        yield {"type": "content_block_delta", "index": index, "delta": piece}
    yield {"type": "content_block_stop", "index": index}


def tool_block(index: int, call: str, name: str, fragments: list[str]) -> Iterator[dict[str, Any]]:
    """A tool call whose JSON comes in pieces, the first of them empty as the API sends it."""
    block = {"type": "tool_use", "id": call, "name": name, "input": {}}
    yield {"type": "content_block_start", "index": index, "content_block": block}
    for piece in ["", *fragments]:
        delta = {"type": "input_json_delta", "partial_json": piece}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def fragments(args: dict[str, Any]) -> list[str]:
    """Tool arguments cut anywhere, also inside a key or an escape."""
    text = json.dumps(args)
    return [text[at : at + FRAGMENT] for at in range(0, len(text), FRAGMENT)]


def events(number: int, model: str, reply: Reply, tokens: Tokens) -> list[dict[str, Any]]:
    """A whole message."""
    made = [start(number, model, tokens), {"type": "ping"}]
    index = 0
    if reply.text:
        made += text_block(index, reply.text)
        index += 1
    for name, args in reply.tools:
        made += tool_block(index, f"toolu_{number:06d}_{index}", name, fragments(args))
        index += 1
    return [*made, *ending(reply.stop_reason, tokens.output)]
