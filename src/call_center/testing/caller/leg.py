"""The caller's leg of one AudioSocket call, sans-IO: the owner brings the clock and carries the bytes.

Outbound, every `tick` is one 20 ms frame at 8 kHz: speech in the telephone band, or line noise, through A-law, as it
comes from a phone. Inbound audio is placed where a listener would hear it and measured by energy. All times are
seconds on the owner's monotonic clock; every latency is measured here, at the caller's own socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np

from call_center.core.codec import Decoder, Frame, Kind, encode_as_pbx
from call_center.testing.caller import line

FRAME_S = 0.02
FRAME_SAMPLES = line.RATE // 50
NOISE_SAMPLES = 1 << 16
"""8 s of line noise, repeated for as long as the call lasts."""
LOUD_DB = -40.0
"""dBFS of 20 ms; telephone speech is about -20, the noise of a usable line below -45."""
MIN_VOICE_FRAMES = 5
"""100 ms: less is a click, no word."""


def level_db(pcm: bytes) -> float:
    """RMS of a frame, dBFS, at least -120."""
    signal = line.from_pcm(pcm)
    power = float(np.mean(signal * signal)) if len(signal) else 0.0
    return 10.0 * float(np.log10(max(power, 1e-12)))


@dataclass(slots=True)
class Turn:
    """One thing the caller said, and how soon the agent was heard after it. `text` is for the report only."""

    text: str
    last_loud_at: float = 0.0
    answered_at: float | None = None

    @property
    def latency_ms(self) -> float | None:
        """Last loud frame sent to first loud frame received, ms."""
        return None if self.answered_at is None else (self.answered_at - self.last_loud_at) * 1000.0


class Ear:
    """What the caller hears: whether the agent talks, since when, and how much."""

    def __init__(self) -> None:
        self.loud_frames = 0
        """All loud frames of the call."""
        self.voice_frames = 0
        """Loud frames since `listen_again`."""
        self.last_loud_at: float | None = None
        self.first_loud_at: float | None = None

    def take(self, pcm: bytes, now: float) -> bool:
        """Measure one frame; True when it is loud."""
        if level_db(pcm) < LOUD_DB:
            return False
        self.loud_frames += 1
        self.voice_frames += 1
        self.last_loud_at = now
        if self.first_loud_at is None:
            self.first_loud_at = now
        return True

    def listen_again(self) -> None:
        """A new agent turn is awaited."""
        self.voice_frames = 0

    def turn_over(self, now: float, quiet_s: float) -> bool:
        """Whether the agent spoke since `listen_again` and has been quiet for `quiet_s`."""
        if self.voice_frames < MIN_VOICE_FRAMES or self.last_loud_at is None:
            return False
        return now - self.last_loud_at >= quiet_s


class CallerLeg:
    """State of one call as the caller's telephone has it."""

    def __init__(self, ticket: UUID, *, noise_db: float = -60.0, seed: int = 0) -> None:
        self._ticket = ticket
        self._decoder = Decoder()
        rng = np.random.default_rng(seed)
        self._noise = line.pink_noise(NOISE_SAMPLES, 10 ** (noise_db / 20), rng)
        self._speech = np.zeros(0, dtype=np.float32)
        self._ticks = 0
        self._began: float | None = None
        self._keys: list[bytes] = []
        self.ear = Ear()
        self.turns: list[Turn] = []
        self.ended: str | None = None
        """Why the call is over: agent_hangup, agent_error, closed, hangup."""
        self.sent: list[bytes] = []
        self.heard: list[tuple[int, bytes]] = []
        """(sample at which it is heard, PCM) of everything the agent played."""
        self._heard_until = 0

    @property
    def speaking(self) -> bool:
        """Whether words are still to be sent."""
        return len(self._speech) > 0

    def hello(self, now: float) -> bytes:
        """The frame that opens the call."""
        self._began = now
        return encode_as_pbx(Frame(Kind.UUID, self._ticket.bytes))

    def say(self, pcm: bytes, text: str = "") -> None:
        """Speak 8 kHz PCM from the next frame on, after what is still being said."""
        self._speech = np.concatenate([self._speech, line.band_limit(line.from_pcm(pcm))])
        self.turns.append(Turn(text))
        self.ear.listen_again()

    def press(self, digit: str) -> None:
        """Press a key with the next frame."""
        self._keys.append(encode_as_pbx(Frame(Kind.DTMF, digit.encode("ascii"))))

    def tick(self, now: float) -> bytes:
        """The bytes of the next 20 ms."""
        at = (self._ticks * FRAME_SAMPLES) % (len(self._noise) - FRAME_SAMPLES)
        self._ticks += 1
        signal = self._noise[at : at + FRAME_SAMPLES].copy()
        words, self._speech = self._speech[:FRAME_SAMPLES], self._speech[FRAME_SAMPLES:]
        signal[: len(words)] += words
        pcm = line.alaw_decode(line.alaw_encode(line.to_pcm(signal)))
        if len(words) and level_db(pcm) >= LOUD_DB:
            self.turns[-1].last_loud_at = now
        self.sent.append(pcm)
        keys, self._keys = b"".join(self._keys), []
        return keys + encode_as_pbx(Frame(Kind.SLIN8, pcm))

    def received(self, data: bytes, now: float) -> None:
        """Bytes from the agent."""
        for frame in self._decoder.feed(data):
            if frame.kind == Kind.SLIN8 and frame.payload:
                self._hear(frame.payload, now)
            elif frame.kind == Kind.HANGUP:
                self.end("agent_hangup")
            elif frame.kind == Kind.ERROR or frame.fault is not None:
                self.end("agent_error")

    def end(self, reason: str) -> None:
        """The call is over; the first reason stays."""
        self.ended = self.ended or reason

    def goodbye(self) -> bytes:
        """The frame that hangs up."""
        self.end("hangup")
        return encode_as_pbx(Frame(Kind.HANGUP))

    def _hear(self, pcm: bytes, now: float) -> None:
        arrived = round((now - (self._began or now)) * line.RATE)
        at = max(self._heard_until, arrived)
        self._heard_until = at + len(pcm) // 2
        self.heard.append((at, pcm))
        if self.ear.take(pcm, now) and self.turns and not self.speaking:
            turn = self.turns[-1]
            if turn.answered_at is None and now > turn.last_loud_at > 0:
                turn.answered_at = now

    @property
    def first_audio_ms(self) -> float | None:
        """From the opening frame to the first loud frame of the agent, ms."""
        if self._began is None or self.ear.first_loud_at is None:
            return None
        return (self.ear.first_loud_at - self._began) * 1000.0
