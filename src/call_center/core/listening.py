"""The caller's side of a call: pre-roll, the utterance being spoken, and which hypothesis of it counts.

Nothing is fed to the recogniser until `open`; then the pre-roll goes first and every frame follows until `forget`.
Positions are samples of inbound audio since the call began. `audio` runs for every frame of every call: it appends to
a ring and feeds, nothing else. The listener decides nothing about the floor.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from call_center.core.call_settings import SessionTiming
from call_center.core.ports import Ears, EarStream, Expected, Hypothesis
from call_center.core.turns import Speculation, StartOfTurn

_FRAME_MS = 20

HypothesisCallback = Callable[[Hypothesis], None]


class Listener:
    """One call's inbound audio at `rate` Hz."""

    def __init__(self, rate: int, timing: SessionTiming) -> None:
        self.start = StartOfTurn()
        self.speculation = Speculation()
        self.is_open = False
        self.voiced_ms = 0.0  # voice of this utterance
        self.hypothesis: Hypothesis | None = None  # the newest of this utterance
        self.decode_started: float | None = None  # loop time, while a decode is awaited
        self.decode_ms = 0.0  # of the last answered decode, as waited for
        self._rate = rate
        self._ms = 1000.0 / rate
        self._timing = timing
        self._ring: deque[bytes] = deque(maxlen=max(1, timing.pre_roll_ms // _FRAME_MS))
        self._stream: EarStream | None = None
        self._received = 0
        self._judged = 0  # how far the detector is
        self._voice_start = 0
        self._voice_end = 0
        self._last_end = 0  # the end of voice of the utterance before: no pre-roll from before it
        self._base = 0  # position of the first sample fed
        self._run_ms = 0.0
        self._muted_until = 0
        self._gap_ms = 0.0

    def attach(self, ears: Ears, on_hypothesis: HypothesisCallback) -> None:
        """Open the recogniser; raises `EarsError`."""
        self._stream = ears.open(self._rate, on_hypothesis)

    @property
    def position_ms(self) -> int:
        """Audio received so far."""
        return int(self._received * self._ms)

    @property
    def judged(self) -> int:
        """Samples that the detector has judged."""
        return self._judged

    @property
    def started_ms(self) -> int:
        """Where the voice of this utterance began, ms of call audio."""
        return int(self._voice_start * self._ms)

    @property
    def ended_ms(self) -> int:
        """Where the voice of this utterance last stopped, ms of call audio."""
        return int(self._voice_end * self._ms)

    @property
    def silence_ms(self) -> float:
        """How long nobody has spoken, in audio that the detector judged."""
        return (self._judged - self._voice_end) * self._ms + self._gap_ms

    @property
    def is_full(self) -> bool:
        """The recogniser holds all the audio it can: more voice counts as silence until this piece is decoded."""
        return (self._judged - self._base) * self._ms >= self._timing.longest_piece_ms

    @property
    def covering(self) -> Hypothesis | None:
        """The hypothesis, if it knows all voice of the utterance so far."""
        hypothesis = self.hypothesis
        if hypothesis is None or not Speculation.covers(self._base + hypothesis.samples, self._voice_end):
            return None
        return hypothesis

    def audio(self, pcm: bytes) -> None:
        """Take one frame."""
        self._received += len(pcm) >> 1
        self._ring.append(pcm)
        if self.is_open and self._received > self._muted_until and self._stream is not None:
            self._stream.feed(pcm)

    def voice(self, speech: bool, samples: int, need_ms: float) -> bool:
        """Take one decision of the detector; True when somebody started to speak (`need_ms` of voice)."""
        self._judged += samples
        ms = samples * self._ms
        if self._judged <= self._muted_until:
            speech = False
        if not self.is_open:
            started = self.start.window(speech, ms, need_ms)
            if speech:
                self._run_ms += ms
                self._voice_end = self._judged
            else:
                self._run_ms = 0.0
            return started
        if speech and not self.is_full:
            self._gap_ms = 0.0
            self._run_ms += ms
            if self._run_ms >= self._timing.resumed_voice_ms:
                self._voice_end = self._judged
                self.voiced_ms += ms if self._run_ms > self._timing.resumed_voice_ms else self._run_ms
        else:
            self._run_ms = 0.0
        return False

    def open(self) -> None:
        """Somebody speaks: feed the pre-roll and all that follows."""
        if self.is_open:
            return
        self.is_open = True
        pre_roll = b"".join(self._ring)
        fresh = self._received - max(self._last_end, self._muted_until)
        if len(pre_roll) > 2 * fresh:
            pre_roll = pre_roll[len(pre_roll) - 2 * max(fresh, 0) :]
        self._base = self._received - len(pre_roll) // 2
        self.voiced_ms = self.start.voiced_ms
        self._voice_start = max(self._base, self._judged - int(self.voiced_ms / self._ms))
        self._voice_end = self._judged
        self._run_ms = self._timing.resumed_voice_ms
        if pre_roll and self._stream is not None:
            self._stream.feed(pre_roll)

    def take(self, hypothesis: Hypothesis) -> bool:
        """Keep a hypothesis; False when it is not of this utterance or is late (there was voice after it)."""
        self.decode_started = None
        fits = self.is_open and hypothesis.samples <= self._received - self._base
        if fits:
            self.hypothesis = hypothesis
        return fits and self.covering is not None

    def wants_decode(self, expected: Expected) -> bool:
        """Whether this pause should be decoded now; True once per pause."""
        return self.is_open and self.speculation.wants_decode(
            expected.question, self.voiced_ms, self.silence_ms, self._voice_end
        )

    def decode(self, expected: Expected, now: float) -> None:
        """Ask the recogniser."""
        self.decode_started = now
        if self._stream is not None:
            self._stream.decode(expected)

    def gap(self, ms: float) -> None:
        """No audio came for `ms`: counts as silence."""
        self._gap_ms += ms

    def mute(self, ms: float) -> None:
        """Ignore audio for `ms` from now: a key's tone is no speech."""
        self._muted_until = self._received + int(ms / self._ms)

    def forget(self) -> None:
        """The utterance is over or was nothing."""
        if self.is_open:
            self._last_end = self._voice_end
            if self._stream is not None:
                self._stream.reset()
        self.is_open = False
        self.hypothesis = None
        self.decode_started = None
        self.voiced_ms = 0.0
        self._run_ms = 0.0
        self._gap_ms = 0.0
        self.start.reset()
        self.speculation.reset()

    def close(self) -> None:
        """Release the recogniser."""
        self.is_open = False
        self._ring.clear()
        if self._stream is not None:
            self._stream.close()
            self._stream = None
