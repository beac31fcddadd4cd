"""The caller's leg without I/O; the test is the clock."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_center.core.codec import Decoder, Frame, Kind, encode_as_pbx
from call_center.core.journal.events import Speaking, Spoken
from call_center.errors import ConfigError
from call_center.testing.caller.connection import parse_address
from call_center.testing.caller.heard import LOUD_SHARE, HeardText
from call_center.testing.caller.leg import FRAME_S, CallerLeg, level_db
from call_center.testing.caller.recording import read_wav, write_call

pytestmark = pytest.mark.unit

TICKET = UUID("6f1b7e0c-58a2-4f0e-9b1d-2f3c4d5e6f70")
LOUD = (8_000 * np.sin(2 * np.pi * 700 * np.arange(160) / 8_000)).astype("<i2").tobytes()
QUIET = bytes(320)


def frame(pcm: bytes) -> bytes:
    """An audio frame of the agent."""
    return encode_as_pbx(Frame(Kind.SLIN8, pcm))


class Call:
    """A leg and a clock that moves by one frame at a time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.leg = CallerLeg(TICKET)
        self.leg.hello(self.now)

    def run(self, frames: int, agent: bytes = QUIET) -> None:
        """Exchange frames."""
        for _ in range(frames):
            self.now += FRAME_S
            self.leg.tick(self.now)
            self.leg.received(frame(agent), self.now + 0.001)


def test_call_opens_with_the_ticket() -> None:
    """The first frame is the UUID, as Asterisk sends it."""
    (first,) = Decoder().feed(CallerLeg(TICKET).hello(0.0))
    assert (first.kind, first.uuid) == (Kind.UUID, TICKET)


def test_every_tick_is_one_frame_of_audio() -> None:
    """Silence is sent too: 160 samples of line noise, never nothing, never loud."""
    leg = CallerLeg(TICKET)
    for tick in range(1_500):
        (sent,) = Decoder().feed(leg.tick(tick * FRAME_S))
        assert (sent.kind, len(sent.payload), sent.fault) == (Kind.SLIN8, 320, None)
        assert -75 < level_db(sent.payload) < -50


def test_noise_never_stands_still() -> None:
    """A recogniser must not get the same frame twice in a row."""
    leg = CallerLeg(TICKET)
    frames = [leg.tick(0.0) for _ in range(100)]
    assert len(set(frames)) == 100


def test_latency_runs_from_last_loud_to_first_loud() -> None:
    """Trailing silence of the words does not count as speech, nor silence of the agent as an answer."""
    call = Call()
    call.leg.say(LOUD * 10 + QUIET * 20)
    call.run(30)
    call.run(12)
    call.run(5, LOUD)
    (turn,) = call.leg.turns
    assert turn.latency_ms == pytest.approx((20 + 12) * 20 + 20, abs=41)


def test_agent_that_talks_over_the_caller_is_no_answer() -> None:
    """What comes while words are still being sent was not caused by them."""
    call = Call()
    call.leg.say(LOUD * 10)
    call.run(5, LOUD)
    assert call.leg.turns[0].answered_at is None


def test_agent_turn_ends_after_its_quiet_time() -> None:
    """The turn is over when the agent spoke and then was silent for the asked time, not before."""
    call = Call()
    call.run(50)
    assert not call.leg.ear.turn_over(call.now, 0.5)
    call.run(20, LOUD)
    call.run(20)
    assert not call.leg.ear.turn_over(call.now, 0.5)
    call.run(6)
    assert call.leg.ear.turn_over(call.now, 0.5)


def test_a_click_is_no_agent_turn() -> None:
    """Less than 100 ms of sound does not count as words."""
    call = Call()
    call.run(3, LOUD)
    call.run(100)
    assert not call.leg.ear.turn_over(call.now, 0.5)


def test_new_words_wait_for_a_new_answer() -> None:
    """The greeting does not count as the answer to what is said after it."""
    call = Call()
    call.run(20, LOUD)
    call.run(40)
    call.leg.say(LOUD * 5)
    call.run(60)
    assert not call.leg.ear.turn_over(call.now, 0.5)


def test_agent_audio_is_recorded_when_it_is_heard() -> None:
    """A gap in the arrival is silence in the recording; a burst plays one frame after the other."""
    call = Call()
    call.run(1, LOUD)
    call.now += 1.0
    call.leg.received(frame(LOUD) * 3, call.now)
    at = [sample for sample, _ in call.leg.heard]
    assert at[1] - at[0] == pytest.approx(8_000, abs=16)
    assert [at[2] - at[1], at[3] - at[2]] == [160, 160]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (encode_as_pbx(Frame(Kind.HANGUP)), "agent_hangup"),
        (encode_as_pbx(Frame(Kind.ERROR, b"\x01")), "agent_error"),
        (b"\x77\x00\x01a", "agent_error"),
    ],
)
def test_call_ends_as_asterisk_would_end_it(data: bytes, reason: str) -> None:
    """Hang-up, error and unknown frames end the session, and the first reason stays."""
    leg = CallerLeg(TICKET)
    leg.received(data, 1.0)
    leg.goodbye()
    assert leg.ended == reason


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_garbage_of_an_agent_never_raises(data: bytes) -> None:
    """A broken server ends the call at most."""
    CallerLeg(TICKET).received(data, 1.0)


def speaking(sentence: int, text: str) -> Speaking:
    """A sentence handed to the voice."""
    return Speaking(turn=1, sentence=sentence, text=text, spoken=text)


def test_sentence_counts_only_when_its_sound_arrived() -> None:
    """A journal that runs ahead of the audio tells the caller nothing."""
    loud = 0
    heard = HeardText(lambda: loud)
    heard.on_event(speaking(1, "Є три варіанти."))
    heard.on_event(Spoken(1, 100, complete=True))
    assert heard.take() == ""
    loud = round(100 * LOUD_SHARE)
    assert heard.take() == "Є три варіанти."
    assert heard.take() == ""


def test_sentence_still_being_spoken_is_not_heard() -> None:
    """Words count when they were played to the end."""
    heard = HeardText(lambda: 10_000)
    heard.on_event(speaking(1, "Перше."))
    heard.on_event(speaking(2, "Друге."))
    heard.on_event(Spoken(1, 50, complete=True))
    assert heard.take() == "Перше."
    heard.on_event(Spoken(2, 10, complete=False))
    assert heard.take() == ""


@given(st.lists(st.integers(1, 300), min_size=1, max_size=20), st.integers(0, 3_000))
def test_sound_is_never_counted_twice(frames: list[int], loud: int) -> None:
    """All that is believed needs no more loud frames than were received."""
    heard = HeardText(lambda: loud)
    for number, count in enumerate(frames):
        heard.on_event(speaking(number, str(number)))
        heard.on_event(Spoken(number, count, complete=True))
    believed = heard.take().split()
    assert sum(frames[int(number)] for number in believed) * LOUD_SHARE <= loud + 1e-6


@pytest.mark.parametrize("text", ["", "host", "host:", ":9092", "host:0", "host:70000", "host:x", "host:²"])
def test_wrong_address_is_one_line(text: str) -> None:
    """The message shows how to write it."""
    with pytest.raises(ConfigError, match=r"HOST:PORT"):
        parse_address(text)


def test_addresses_of_both_families_are_read() -> None:
    """IPv6 comes in brackets."""
    assert parse_address("127.0.0.1:9092") == ("127.0.0.1", 9092)
    assert parse_address("[::1]:80") == ("::1", 80)


def test_recording_has_the_caller_left_and_the_agent_right(tmp_path: Path) -> None:
    """Both sides keep their place in time; reading it back mixes them."""
    path = tmp_path / "var" / "call.wav"
    write_call(path, [LOUD, QUIET], [(160, LOUD)])
    mixed = np.frombuffer(read_wav(path), dtype="<i2")
    assert len(mixed) == 320
    assert np.allclose(mixed[:160], np.frombuffer(LOUD, dtype="<i2") / 2, atol=1)
    assert np.allclose(mixed[160:], np.frombuffer(LOUD, dtype="<i2") / 2, atol=1)


def test_file_that_is_no_wav_is_one_line(tmp_path: Path) -> None:
    """Garbage and a missing file say what to give."""
    (tmp_path / "a.wav").write_bytes(b"RIFFxxxxWAVEnothing")
    for name in ("a.wav", "missing.wav"):
        with pytest.raises(ConfigError, match="16-bit PCM"):
            read_wav(tmp_path / name)
