"""What a provider does on a bad day. Each behaviour names where it is known from, or says "assumed".

A behaviour turns the events of a good reply into parts of an HTTP answer: bytes, a pause in seconds, `HANG` (nothing
more comes until the client leaves) or `CUT` (the connection breaks).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from call_center.testing.emulators.messages_api.wire import (
    Reply,
    Tokens,
    ending,
    events,
    sse,
    start,
    tool_block,
)

HANG: Final = "hang"
CUT: Final = "cut"
Part = bytes | float | str


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. A `body` makes it a plain JSON answer, else `parts` are streamed."""

    parts: Sequence[Part] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None


Make = Callable[[int, str, Reply, Tokens], Answer]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A named way to answer one request."""

    name: str
    make: Make


def _good(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """The reply as it is. Source: anthropic.types.RawMessageStreamEvent."""
    return Answer([sse(e) for e in events(number, model, reply, tokens)])


def _error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Make:
    def make(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
        body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": f"req_{number}"}
        return Answer(status=status, headers=headers or {}, body=body)

    return make


def slow_first_token(seconds: float) -> Behaviour:
    """Nothing for a while, then a good reply. Source: lessons of the field, a reasoning model was silent for 5-15 s."""

    def make(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
        return Answer([seconds, *_good(number, model, reply, tokens).parts])

    return Behaviour("slow_first_token", make)


def _silent(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """Headers and message_start, pings, never a token. Source: `ping` of the streaming page; the stall is assumed."""
    return Answer([sse(start(number, model, tokens)), sse({"type": "ping"}), HANG])


def _stall(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """The stream stops in the middle of the reply and stays open. Assumed."""
    parts = _good(number, model, reply, tokens).parts
    return Answer([*parts[: max(5, len(parts) // 2)], HANG])


def _cut(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """The connection breaks in mid-stream. Source: httpx2.RemoteProtocolError, which the SDK lets through."""
    parts = _good(number, model, reply, tokens).parts
    return Answer([*parts[: max(5, len(parts) // 2)], CUT])


def _mid_stream_error(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """An `error` event after 200 OK. Source: streaming page, "Error events": overloaded_error instead of HTTP 529."""
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    return Answer([sse(start(number, model, tokens)), sse(error)])


def _empty(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """end_turn without any content. Source: "Handling stop reasons" page, empty responses with end_turn."""
    return Answer([sse(start(number, model, tokens)), *(sse(e) for e in ending("end_turn", 2))])


def _refusal(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """stop_reason refusal. Source: anthropic.types.StopReason, RefusalStopDetails."""
    delta = {"stop_reason": "refusal", "stop_sequence": None,
             "stop_details": {"type": "refusal", "category": None, "explanation": None}}  # fmt: skip
    last = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 1}}
    return Answer([sse(start(number, model, tokens)), sse(last), sse({"type": "message_stop"})])


def _max_tokens(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """Cut by max_tokens in mid-word. Source: anthropic.types.StopReason."""
    made = events(number, model, Reply("Можу запропо"), tokens)[:-2]
    return Answer([sse(e) for e in [*made, *ending("max_tokens", 400)]])


def _broken_tool_json(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """Tool arguments that are no JSON. Source: fine-grained tool streaming page, "may receive invalid or partial JSON"."""
    made = [
        start(number, model, tokens),
        *tool_block(0, "toolu_x", "search_tires", ['{"size": "205/', "55 R"]),
    ]
    return Answer([sse(e) for e in [*made, *ending("tool_use", 9)]])


def _broken_sse(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """An event whose data is no JSON. Assumed: a proxy that cuts lines."""
    return Answer(
        [sse(start(number, model, tokens)), b'event: content_block_start\ndata: {"type": "content_b\n\n']
    )


def _html(number: int, model: str, reply: Reply, tokens: Tokens) -> Answer:
    """200 with a page instead of events. Assumed: a captive proxy."""
    return Answer([b"<html><body>Sign in</body></html>"], headers={"content-type": "text/html"})


def says(*replies: Reply) -> tuple[Behaviour, ...]:
    """Replies the model is made to give: hallucinated facts, contradicting slots, unknown tools. Source: lessons 64-70."""

    def fixed(reply: Reply) -> Behaviour:
        def make(number: int, model: str, _: Reply, tokens: Tokens) -> Answer:
            return _good(number, model, reply, tokens)

        return Behaviour("says", make)

    return tuple(fixed(reply) for reply in replies)


GOOD: Final = Behaviour("good", _good)
RATE_LIMITED: Final = Behaviour(
    "rate_limited", _error(429, "rate_limit_error", "rate limited", {"retry-after": "1"})
)  # source: anthropic.RateLimitError, retry-after of the rate limits page
OVERLOADED: Final = Behaviour("overloaded", _error(529, "overloaded_error", "Overloaded"))  # errors page
SERVER_ERROR: Final = Behaviour(
    "server_error", _error(500, "api_error", "internal")
)  # anthropic.InternalServerError
BAD_KEY: Final = Behaviour("bad_key", _error(401, "authentication_error", "invalid x-api-key"))
SILENT: Final = Behaviour("silent", _silent)
STALL: Final = Behaviour("stall", _stall)
BREAK: Final = Behaviour("cut", _cut)
MID_STREAM_ERROR: Final = Behaviour("mid_stream_error", _mid_stream_error)
EMPTY: Final = Behaviour("empty", _empty)
REFUSAL: Final = Behaviour("refusal", _refusal)
MAX_TOKENS: Final = Behaviour("max_tokens", _max_tokens)
BROKEN_TOOL_JSON: Final = Behaviour("broken_tool_json", _broken_tool_json)
BROKEN_SSE: Final = Behaviour("broken_sse", _broken_sse)
HTML: Final = Behaviour("html", _html)
FAULTS: Final = (
    RATE_LIMITED, OVERLOADED, SERVER_ERROR, BAD_KEY, SILENT, STALL, BREAK, MID_STREAM_ERROR, EMPTY, REFUSAL,
    MAX_TOKENS, BROKEN_TOOL_JSON, BROKEN_SSE, HTML,
)  # fmt: skip
