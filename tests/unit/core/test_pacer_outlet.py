"""The clip queue: what goes out is what was queued, in order, counted by frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.codec import Decoder, Kind
from call_center.core.outlet import ClipQueue, last_gap

pytestmark = pytest.mark.unit

FRAME = 320


class _Log:
    """Notes what a call is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def on_audio(self, pcm: bytes) -> None:
        raise AssertionError

    def on_voice(self, speech: bool, probability: float, samples: int) -> None:
        raise AssertionError

    def on_key(self, digit: str) -> None:
        raise AssertionError

    def on_clip_started(self, clip: int, at: float) -> None:
        self.told.append(("started", clip))

    def on_clip_ended(self, clip: int, frames: int, complete: bool) -> None:
        self.told.append(("ended", clip, frames, complete))

    def on_idle(self) -> None:
        self.told.append(("idle",))

    def on_closed(self, reason: str) -> None:
        raise AssertionError


class _Desk:
    """A queue with the pacer's part played by the test."""

    def __init__(self, kind: Kind = Kind.SLIN8) -> None:
        self.queue = ClipQueue(kind, lambda: 0.0)
        self.log = _Log()

    def play(self, frames: int) -> bytes:
        """Take `frames` frames off the queue, deliver the notes, return the PCM."""
        out = b""
        for _ in range(frames):
            (frame,) = Decoder().feed(self.queue.take())
            out += frame.payload
            while self.queue.notes:
                self.queue.notes.pop(0)(self.log)
        return out


def _sound(frames: int, level: int = 1000) -> bytes:
    """PCM in which every sample is `level`."""
    return np.full(frames * FRAME // 2, level, "<i2").tobytes()


def test_silence_when_nothing_is_queued() -> None:
    """The outlet always has a frame: silence."""
    assert _Desk().play(3) == bytes(3 * FRAME)


def test_wideband_frames_carry_the_callers_kind() -> None:
    """At 16 kHz a frame is 640 bytes labelled 0x12."""
    frame = ClipQueue(Kind.SLIN16, lambda: 0.0).take()
    assert (frame[0], len(frame)) == (Kind.SLIN16, 643)


@given(st.lists(st.binary(max_size=1500), max_size=8))
def test_pcm_in_any_pieces_comes_out_as_it_was(pieces: list[bytes]) -> None:
    """Chunks of any length give the same samples, padded by silence to a whole frame, and nothing else."""
    desk = _Desk()
    for piece in pieces:
        desk.queue.append(1, piece)
    desk.queue.end(1)
    pcm = b"".join(pieces)
    frames = -(-len(pcm) // FRAME)
    assert desk.play(frames + 2) == pcm.ljust((frames + 2) * FRAME, b"\0")
    assert desk.log.told[-2:] == [("ended", 1, frames, True), ("idle",)]


def test_clips_play_in_the_order_of_their_first_append() -> None:
    """A clip completed first still waits for the one queued before it, and no frame lies between them."""
    desk = _Desk()
    desk.queue.append(7, _sound(1, 7))
    desk.queue.append(3, _sound(1, 3))
    desk.queue.end(3)
    desk.queue.append(7, _sound(1, 8))
    desk.queue.end(7)
    assert desk.play(3) == _sound(1, 7) + _sound(1, 8) + _sound(1, 3)
    assert desk.log.told == [
        ("started", 7),
        ("ended", 7, 2, True),
        ("started", 3),
        ("ended", 3, 1, True),
        ("idle",),
    ]


def test_late_synthesiser_gives_silence_and_no_idle() -> None:
    """A clip that has run dry but not ended sends silence, keeps its place and is still playing."""
    desk = _Desk()
    desk.queue.append(1, _sound(1) + b"\1\1")
    assert desk.play(2) == _sound(1) + bytes(FRAME)
    assert desk.queue.playing == 1
    desk.queue.append(1, b"\1\1" * 159)
    assert desk.play(1) == b"\1\1" * 160
    assert desk.log.told == [("started", 1)]


def test_clip_without_sound_still_ends() -> None:
    """`end` without PCM is told as ended with 0 frames, so nobody waits for it."""
    desk = _Desk()
    desk.queue.end(4)
    desk.play(1)
    assert ("ended", 4, 0, True) in desk.log.told


def test_end_after_everything_was_played_ends_the_clip() -> None:
    """The synthesiser's last word may come after the last frame."""
    desk = _Desk()
    desk.queue.append(1, _sound(2))
    desk.play(4)
    desk.queue.end(1)
    desk.play(1)
    assert desk.log.told == [("started", 1), ("ended", 1, 2, True), ("idle",)]


@given(st.integers(0, 30), st.integers(1, 20))
def test_cancel_says_how_much_was_heard(played: int, length: int) -> None:
    """`cancel` returns the clip and the frames really sent; nothing of the queue is heard afterwards."""
    desk = _Desk()
    desk.queue.append(1, _sound(length))
    desk.queue.end(1)
    desk.queue.append(2, _sound(50))
    desk.play(played)
    between = played in (0, length)  # nothing is playing
    expected = None if between else (1, played) if played < length else (2, played - length)
    assert desk.queue.cancel() == expected
    assert desk.play(2) == bytes(2 * FRAME)
    assert desk.queue.playing is None


def test_cancel_is_told_as_an_incomplete_end_and_no_idle() -> None:
    """The call is told how the clip ended, at the next tick."""
    desk = _Desk()
    desk.queue.append(1, _sound(10))
    desk.play(4)
    desk.queue.cancel()
    desk.play(1)
    assert desk.log.told == [("started", 1), ("ended", 1, 4, False)]


def test_cancelled_clip_cannot_come_back() -> None:
    """PCM from a synthesiser that did not stop in time is dropped; a new clip plays."""
    desk = _Desk()
    desk.queue.append(1, _sound(10))
    desk.play(1)
    desk.queue.cancel()
    desk.queue.append(1, _sound(5, 99))
    desk.queue.end(1)
    desk.queue.append(2, _sound(1, 7))
    assert desk.play(1) == _sound(1, 7)


def test_cancel_of_a_paused_outlet_lets_the_next_clip_be_heard() -> None:
    """A pause does not outlive the speech it paused."""
    desk = _Desk()
    desk.queue.append(1, _sound(10))
    desk.queue.pause()
    desk.queue.cancel()
    desk.queue.append(2, _sound(1, 7))
    assert desk.play(1) == _sound(1, 7)


def test_pause_sends_silence_and_loses_nothing() -> None:
    """Speech without a gap goes on exactly where it was stopped."""
    desk = _Desk()
    pcm = np.arange(1, 10 * FRAME // 2 + 1, dtype="<i2").tobytes()
    desk.queue.append(1, pcm)
    head = desk.play(4)
    desk.queue.pause()
    assert desk.play(5) == bytes(5 * FRAME)
    desk.queue.resume()
    assert head + desk.play(6) == pcm


def test_resume_goes_back_to_the_last_gap() -> None:
    """Stopped in the second clause, the second clause is said again from its beginning."""
    desk = _Desk()
    clause, gap = _sound(10, 5000), _sound(5, 0)
    desk.queue.append(1, clause + gap + _sound(10, 6000))
    desk.play(20)
    desk.queue.pause()
    desk.queue.resume()
    assert desk.play(11) == _sound(1, 0) + _sound(10, 6000)


def test_rewinding_does_not_lower_what_was_heard() -> None:
    """After a rewind the frames sent are still those of the furthest point."""
    desk = _Desk()
    desk.queue.append(1, _sound(10, 5000) + _sound(5, 0) + _sound(30, 6000))
    desk.play(25)
    desk.queue.pause()
    desk.queue.resume()
    desk.play(2)
    assert desk.queue.cancel() == (1, 25)


def test_resume_without_pause_changes_nothing() -> None:
    """`resume` of an outlet that is not paused does not repeat anything."""
    desk = _Desk()
    desk.queue.append(1, _sound(5, 5000) + _sound(5, 0) + _sound(5, 6000))
    desk.play(12)
    desk.queue.resume()
    assert desk.play(3) == _sound(3, 6000)


@given(
    st.lists(st.tuples(st.sampled_from([0, 20, 3000, 9000]), st.integers(1, 12)), min_size=1, max_size=8),
    st.data(),
)
def test_last_gap_is_behind_the_stop_and_quiet(parts: list[tuple[int, int]], data: st.DataObject) -> None:
    """The place to resume is never ahead, always a frame boundary or the stop itself, and lies in quiet."""
    pcm = b"".join(_sound(frames, level) for level, frames in parts)
    at = data.draw(st.integers(0, len(pcm) // FRAME)) * FRAME
    place = last_gap(pcm, at, FRAME)
    assert 0 <= place <= at
    if place != at:
        assert place % FRAME == 0
        assert int.from_bytes(pcm[place : place + 2], "little") <= 60


def test_cached_phrase_is_shared_not_copied() -> None:
    """A phrase appended whole is not copied into the queue, so a hundred calls share it."""
    queue = ClipQueue(Kind.SLIN8, lambda: 0.0)
    phrase = _sound(100)
    queue.append(1, phrase)
    queue.end(1)
    assert queue._clips[1].pcm is phrase
