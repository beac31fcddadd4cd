"""The words between a call and the recogniser's process, sans-IO.

Frame = u32 length of the rest, u8 kind, u32 stream, u32 request, body; big-endian. The recogniser keeps nothing between
requests: a DECODE carries all the audio it is about, so either side may restart at any time.
Lengths above `MAX_FRAME` and unknown kinds end the connection with `ProtocolError`.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass

from call_center.errors import ProtocolError

MAX_FRAME = 2_100_000
"""30 s at 32 kHz, and room for the rest."""
MAX_STREAM_S = 30

_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">BII")
_DECODE = struct.Struct(">IHBH")
_KIND_DECODE, _KIND_CANCEL, _KIND_RESULT = 1, 2, 3
RATES = (8_000, 12_000, 16_000, 24_000, 32_000)


@dataclass(frozen=True, slots=True)
class Decode:
    """Recognise this audio. `slack_ms`: how long the answer may take and still be in time."""

    stream: int
    request: int
    rate: int
    slack_ms: int
    speculative: bool
    prompt: str
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for this stream any more."""

    stream: int


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one `Decode`. `depth` is how many requests were waiting when it left."""

    stream: int
    request: int
    text: str
    confidence: float
    rejected: str | None
    decode_ms: float
    depth: int


Message = Decode | Cancel | Result


def encode(message: Message) -> bytes:
    """One frame. Raises `ValueError` when it would be longer than a reader accepts."""
    match message:
        case Decode():
            prompt = message.prompt.encode()
            fixed = _DECODE.pack(message.rate, message.slack_ms, message.speculative, len(prompt))
            head = _HEAD.pack(_KIND_DECODE, message.stream, message.request)
            body = b"".join((head, fixed, prompt, message.pcm))
        case Cancel():
            body = _HEAD.pack(_KIND_CANCEL, message.stream, 0)
        case Result():
            fields = asdict(message)
            del fields["stream"], fields["request"]
            text = json.dumps(fields, ensure_ascii=False).encode()
            body = _HEAD.pack(_KIND_RESULT, message.stream, message.request) + text
    if len(body) > MAX_FRAME:
        raise ValueError(f"a frame of {len(body)} bytes is too long")
    return _LENGTH.pack(len(body)) + body


class Reader:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Messages completed by `data`. Raises `ProtocolError`; the reader is of no use afterwards."""
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if not _HEAD.size <= length <= MAX_FRAME:
                raise ProtocolError(f"recogniser frame of {length} bytes")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            messages.append(_parse(bytes(self._buffer[_LENGTH.size : end])))
            del self._buffer[:end]
        return messages


def _parse(frame: bytes) -> Message:
    kind, stream, request = _HEAD.unpack_from(frame)
    body = frame[_HEAD.size :]
    try:
        if kind == _KIND_DECODE:
            return _parse_decode(stream, request, body)
        if kind == _KIND_CANCEL:
            return Cancel(stream)
        if kind == _KIND_RESULT:
            return _parse_result(stream, request, json.loads(body))
    except (struct.error, UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProtocolError(f"recogniser frame does not parse: {error}") from error
    raise ProtocolError(f"recogniser frame of unknown kind {kind}")


def _parse_decode(stream: int, request: int, body: bytes) -> Decode:
    rate, slack_ms, speculative, length = _DECODE.unpack_from(body)
    if rate not in RATES:
        raise ValueError(f"rate {rate} Hz")
    audio = _DECODE.size + length
    if audio > len(body):
        raise ValueError("prompt longer than the frame")
    return Decode(
        stream=stream,
        request=request,
        rate=rate,
        slack_ms=slack_ms,
        speculative=bool(speculative),
        prompt=body[_DECODE.size : audio].decode(),
        pcm=body[audio:],
    )


def _parse_result(stream: int, request: int, fields: dict[str, object]) -> Result:
    rejected = fields["rejected"]
    return Result(
        stream=stream,
        request=request,
        text=str(fields["text"]),
        confidence=float(str(fields["confidence"])),
        rejected=None if rejected is None else str(rejected),
        decode_ms=float(str(fields["decode_ms"])),
        depth=int(str(fields["depth"])),
    )
