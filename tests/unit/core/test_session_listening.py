"""The listener: what the recogniser gets to hear, and what counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.call_settings import SessionTiming
from call_center.core.listening import Listener
from call_center.core.ports import EarStream, Expected, Hypothesis

pytestmark = pytest.mark.unit

RATE = 8_000


class Tape:
    """Ears that keep what they are fed."""

    def __init__(self) -> None:
        self.fed = b""
        self.resets = 0
        self.decodes = 0

    def open(self, rate: int, on_hypothesis: Callable[[Hypothesis], None]) -> EarStream:
        """Be the stream."""
        return self

    def feed(self, pcm: bytes) -> None:
        """Keep."""
        self.fed += pcm

    def decode(self, expected: Expected) -> None:
        """Count."""
        self.decodes += 1

    def reset(self) -> None:
        """Forget."""
        self.resets += 1
        self.fed = b""

    def close(self) -> None:
        """Forget."""


def listener() -> tuple[Listener, Tape]:
    """Return an attached listener."""
    tape = Tape()
    ears = Listener(RATE, SessionTiming())
    ears.attach(tape, lambda hypothesis: None)
    return ears, tape


def hear(ears: Listener, frames: int, *, speech: bool, mark: int = 0) -> None:
    """Feed `frames` of 20 ms whose samples are `mark`, and judge them."""
    for _ in range(frames):
        ears.audio(mark.to_bytes(2, "little") * 160)
        ears.voice(speech, 160, 96.0)


def test_nothing_is_fed_before_somebody_speaks() -> None:
    """Silence costs no recogniser."""
    ears, tape = listener()
    hear(ears, 500, speech=False)
    assert tape.fed == b""


def test_pre_roll_comes_first() -> None:
    """The half second before the detection is fed, then everything, without a gap or a repeat."""
    ears, tape = listener()
    for mark in range(100):
        hear(ears, 1, speech=mark >= 95, mark=mark)
    ears.open()
    for mark in range(100, 110):
        hear(ears, 1, speech=True, mark=mark)
    marks = [tape.fed[at] for at in range(0, len(tape.fed), 320)]
    assert marks == list(range(75, 110))


def test_pre_roll_does_not_repeat_the_utterance_before() -> None:
    """Words that were recognised already are not fed again."""
    ears, tape = listener()
    hear(ears, 50, speech=True, mark=1)
    ears.open()
    hear(ears, 10, speech=True, mark=1)
    hear(ears, 5, speech=False, mark=0)
    ears.forget()
    hear(ears, 5, speech=True, mark=2)
    ears.open()
    assert 1 not in tape.fed[::2]
    assert 2 in tape.fed[::2]


def test_single_spike_in_a_pause_is_no_voice() -> None:
    """One window of voice does not restart the pause."""
    ears, _ = listener()
    hear(ears, 20, speech=True)
    ears.open()
    hear(ears, 10, speech=False)
    hear(ears, 1, speech=True)
    hear(ears, 10, speech=False)
    assert ears.silence_ms == pytest.approx(420)


def test_voice_in_a_pause_restarts_it() -> None:
    """Voice of more than a spike does."""
    ears, _ = listener()
    hear(ears, 20, speech=True)
    ears.open()
    hear(ears, 10, speech=False)
    hear(ears, 5, speech=True)
    hear(ears, 10, speech=False)
    assert ears.silence_ms == pytest.approx(200)


def test_hypothesis_counts_until_there_is_more_voice() -> None:
    """A hypothesis covers the voice up to its last sample."""
    ears, tape = listener()
    hear(ears, 20, speech=True)
    ears.open()
    hear(ears, 20, speech=True)
    hear(ears, 10, speech=False)
    assert ears.take(Hypothesis("так", len(tape.fed) // 2))
    assert ears.covering is not None
    hear(ears, 10, speech=True)
    assert ears.covering is None


def test_hypothesis_of_another_utterance_is_refused() -> None:
    """One that claims more audio than was fed is not of this utterance."""
    ears, _ = listener()
    hear(ears, 20, speech=True)
    ears.open()
    assert not ears.take(Hypothesis("старе", 10 * RATE))
    assert ears.hypothesis is None


def test_hypothesis_after_the_utterance_is_refused() -> None:
    """What comes after `forget` is not kept."""
    ears, tape = listener()
    hear(ears, 20, speech=True)
    ears.open()
    samples = len(tape.fed) // 2
    ears.forget()
    assert not ears.take(Hypothesis("пізно", samples))
    assert ears.hypothesis is None


def test_muted_audio_is_neither_fed_nor_voice() -> None:
    """The tone of a key does not reach the recogniser."""
    ears, tape = listener()
    hear(ears, 20, speech=True)
    ears.open()
    before = len(tape.fed)
    ears.mute(300)
    hear(ears, 14, speech=True, mark=7)
    assert len(tape.fed) == before
    hear(ears, 10, speech=True, mark=8)
    assert 8 in tape.fed[::2]
    assert 7 not in tape.fed[before::2]


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 40), st.sampled_from(["", "open", "forget", "mute"])),
        max_size=25,
    )
)
def test_silence_and_voice_are_never_negative(steps: list[tuple[bool, int, str]]) -> None:
    """Whatever order the line and the floor act in, durations make sense and pre-roll is at most what was received."""
    ears, tape = listener()
    received = 0
    for speech, frames, act in steps:
        hear(ears, frames, speech=speech)
        received += frames * 320
        if act == "open":
            ears.open()
        elif act == "forget":
            ears.forget()
        elif act == "mute":
            ears.mute(100)
        assert ears.silence_ms >= 0
        assert ears.voiced_ms >= 0
        assert 0 <= ears.started_ms <= ears.position_ms
        assert len(tape.fed) <= received
