"""`WhisperEars`: the audio loop's side of the offline recogniser. Never blocks, never raises into a call.

Audio of the utterance is held here (30 s, the oldest goes first) and sent with each decode request, so feeding costs a
copy and a restarted recogniser needs nothing from before. While the recogniser is away every request is answered
with `rejected="failed"` at once; the connection is tried again for ever. An answer that does not come in time is
"failed" too. Callbacks run on the loop, in order of the requests, never inside `decode`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from call_center.core.ports import Expected, Hypothesis, Question
from call_center.errors import ProtocolError
from call_center.stt.prompts import SECOND_LOOK
from call_center.stt.wire import MAX_STREAM_S, RATES, Cancel, Decode, Message, Reader, Result, encode

SLACK_MS = {Question.YES_NO: 300, Question.CHOICE: 300, Question.OPEN: 600, Question.DIGITS: 1200}
"""How soon the turn may end after the pause that asked for the decode (DESIGN.md, end of turn)."""
RETRY_FIRST_S = 0.05
RETRY_MOST_S = 1.0
TIMEOUT_S = 6.0
MAX_UNSENT = 8 << 20
"""Bytes that may wait for a recogniser that stopped reading; beyond, requests fail at once."""

OnHypothesis = Callable[[Hypothesis], None]


class WhisperEars:
    """`Ears` over the recogniser's Unix socket.

    `prompts` maps a slot or question name to words likely in the answer (names, brands, cities); questions of digits
    never get one, they are recognised worse with it. Open on the loop that calls `open`; end with `close`.
    """

    def __init__(
        self, socket_path: Path, prompts: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._path = socket_path
        self._prompts = dict(prompts or {})
        self._timeout_s = timeout_s
        self._streams: dict[int, WhisperStream] = {}
        self._next_stream = 1
        self._link: _Link | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._closed = False
        self.depth = 0
        """Requests that waited in the recogniser when it last answered."""

    @property
    def connected(self) -> bool:
        """Whether the recogniser is there."""
        return self._link is not None

    def start(self) -> None:
        """Connect ahead of the first call; must run on the loop. `open` does it otherwise."""
        if self._connecting is None and self._link is None and not self._closed:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())

    def open(self, rate: int, on_hypothesis: OnHypothesis) -> WhisperStream:
        """Start a recogniser for one call; `rate` in Hz."""
        if rate not in RATES:
            raise ValueError(f"no recognition at {rate} Hz; use one of {RATES}")
        self.start()
        stream = WhisperStream(self, self._next_stream, rate, on_hypothesis)
        self._streams[self._next_stream] = stream
        self._next_stream += 1
        return stream

    async def ready(self) -> None:
        """Wait until the recogniser is connected."""
        self.start()
        while self._connecting is not None:
            await asyncio.shield(self._connecting)

    def close(self) -> None:
        """Drop the connection and all streams; no callback afterwards."""
        self._closed = True
        for stream in list(self._streams.values()):
            stream.close()
        if self._connecting:
            self._connecting.cancel()
        if self._link:
            self._link.abort()

    def prompt_for(self, expected: Expected) -> str:
        """The words to expect in the answer, "" when none help."""
        prompt = self._prompts.get(expected.slot) or self._prompts.get(expected.question.value, "")
        if expected.question is Question.DIGITS and not prompt.startswith(SECOND_LOOK):
            return ""
        return prompt

    def forget(self, stream: int) -> None:
        """A stream was closed."""
        self._streams.pop(stream, None)

    def send(self, message: Message) -> bool:
        """Write one message; False when it cannot be delivered."""
        return self._link is not None and self._link.send(encode(message))

    async def _connect(self) -> None:
        pause = RETRY_FIRST_S
        try:
            while True:
                try:
                    loop = asyncio.get_running_loop()
                    await loop.create_unix_connection(lambda: _Link(self), str(self._path))
                    return
                except OSError:
                    await asyncio.sleep(pause)
                    pause = min(RETRY_MOST_S, pause * 2)
        finally:
            self._connecting = None

    def on_result(self, result: Result) -> None:
        """Hand an answer to its stream, if that still exists."""
        self.depth = result.depth
        if stream := self._streams.get(result.stream):
            stream.on_result(result)

    def on_connected(self, link: _Link) -> None:
        """The recogniser is there."""
        self._link = link
        if self._closed:
            link.abort()

    def on_lost(self) -> None:
        """The recogniser went away: everything asked fails, and the connection is tried again."""
        self._link = None
        for stream in list(self._streams.values()):
            stream.fail()
        if not self._closed:
            self.start()

    @property
    def timeout_s(self) -> float:
        """Seconds after which an answer counts as failed."""
        return self._timeout_s


class WhisperStream:
    """`EarStream` of one call."""

    def __init__(self, ears: WhisperEars, number: int, rate: int, on_hypothesis: OnHypothesis) -> None:
        self._ears = ears
        self._number = number
        self._rate = rate
        self._on_hypothesis: OnHypothesis | None = on_hypothesis
        self._loop = asyncio.get_running_loop()
        self._audio = bytearray()
        self._samples = 0
        self._request = 0
        self._waiting: dict[int, tuple[int, asyncio.TimerHandle]] = {}

    def feed(self, pcm: bytes) -> None:
        """Take audio of this utterance."""
        if self._on_hypothesis is None:
            return
        self._audio += pcm
        self._samples += len(pcm) // 2
        excess = len(self._audio) - 2 * MAX_STREAM_S * self._rate
        if excess > 0:
            del self._audio[: excess + (excess & 1)]

    def decode(self, expected: Expected) -> None:
        """Ask for a hypothesis of what was fed. The first request of a pause is speculative, a repeated one is not."""
        if self._on_hypothesis is None:
            return
        self._request += 1
        samples = self._samples
        asked_again = bool(self._waiting)
        timer = self._loop.call_later(self._ears.timeout_s, self._timed_out, self._request)
        self._waiting[self._request] = (samples, timer)
        sent = self._ears.send(
            Decode(
                stream=self._number,
                request=self._request,
                rate=self._rate,
                slack_ms=SLACK_MS[expected.question],
                speculative=not asked_again,
                prompt=self._ears.prompt_for(expected),
                pcm=bytes(self._audio),
            )
        )
        if not sent:
            self._loop.call_soon(self._timed_out, self._request)

    def reset(self) -> None:
        """Forget audio and requests."""
        self._audio.clear()
        self._samples = 0
        if self._waiting:
            self._settle(self._request)
            self._ears.send(Cancel(self._number))

    def close(self) -> None:
        """Release everything."""
        self.reset()
        self._on_hypothesis = None
        self._ears.forget(self._number)

    def on_result(self, result: Result) -> None:
        """An answer arrived; older requests were replaced by this one and stay unanswered."""
        entry = self._waiting.get(result.request)
        self._settle(result.request)
        if entry and self._on_hypothesis:
            self._on_hypothesis(
                Hypothesis(
                    text=result.text,
                    samples=entry[0],
                    confidence=result.confidence,
                    decode_ms=result.decode_ms,
                    rejected=result.rejected,
                )
            )

    def fail(self) -> None:
        """No answer will come to what was asked so far."""
        if self._waiting:
            self._timed_out(self._request)

    def _timed_out(self, request: int) -> None:
        entry = self._waiting.get(request)
        self._settle(request)
        if entry and self._on_hypothesis:
            self._on_hypothesis(Hypothesis("", entry[0], confidence=0.0, rejected="failed"))

    def _settle(self, request: int) -> None:
        """Stop waiting for this request and all before it."""
        for number in [number for number in self._waiting if number <= request]:
            _, timer = self._waiting.pop(number)
            timer.cancel()


class _Link(asyncio.Protocol):
    """The connection itself."""

    def __init__(self, ears: WhisperEars) -> None:
        self._ears = ears
        self._reader = Reader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport and tell the ears."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._ears.on_connected(self)

    def data_received(self, data: bytes) -> None:
        """Deliver answers; a broken frame means a broken recogniser."""
        try:
            for message in self._reader.feed(data):
                if isinstance(message, Result):
                    self._ears.on_result(message)
        except ProtocolError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the ears."""
        self._transport = None
        self._ears.on_lost()

    def send(self, frame: bytes) -> bool:
        """Write without waiting."""
        if self._transport is None or self._transport.is_closing():
            return False
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            return False
        self._transport.write(frame)
        return True

    def abort(self) -> None:
        """Close at once."""
        if self._transport:
            self._transport.abort()
