"""The voice detector with the real model: batches, gate and pre-roll change the cost and not the answer."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from call_center.core.energy import BLOCK, HOLD
from call_center.core.silero import CONTEXT, RATE, WINDOW, Silero
from call_center.core.vad import START, STOP, Vad
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit

MODEL = Silero()
Signal = NDArray[np.float64]


def _voice(seconds: float, rate: int = RATE, pitch: float = 120.0) -> Signal:
    """A vowel-like sound that the model takes for speech: harmonics shaped by moving formants, in syllables."""
    at = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.08 * np.sin(2 * np.pi * 2.3 * at))) / rate
    out = np.zeros_like(at)
    first = 600 + 250 * np.sin(2 * np.pi * 3.1 * at)
    second = 1500 + 500 * np.sin(2 * np.pi * 1.7 * at + 1)
    for harmonic in range(1, int(3400 / pitch)):
        hertz = harmonic * pitch
        gain = np.exp(-(((hertz - first) / 180) ** 2)) + 0.5 * np.exp(-(((hertz - second) / 250) ** 2))
        out += (gain + 0.02) * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 3.7 * at) + 0.6, 0, 1)
    return out * syllables * 5000


def _pause(seconds: float, rate: int = RATE, peak: int = 0) -> Signal:
    noise = np.random.default_rng(7).integers(-peak, peak + 1, int(seconds * rate))
    return noise.astype(np.float64)


def _pcm(*parts: Signal) -> bytes:
    return np.clip(np.concatenate(parts), -32_768, 32_767).astype("<i2").tobytes()


async def _judge(vad: Vad, lines: list[bytes], rate: int = RATE) -> list[list[tuple[bool, float, int]]]:
    """Feed all lines in step, 20 ms at a time, in virtual real time; return what each was told."""
    told: list[list[tuple[bool, float, int]]] = [[] for _ in lines]
    errors: list[Exception] = []
    streams = [vad.open(rate, lambda *said, log=log: log.append(said), errors.append) for log in told]
    chunk = rate // 50 * 2
    for at in range(0, max(map(len, lines)), chunk):
        for stream, line in zip(streams, lines, strict=True):
            stream.feed(line[at : at + chunk])
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    for stream in streams:
        stream.close()
    assert not errors
    return told


def _reference(pcm: bytes) -> list[tuple[bool, float]]:
    """The model on one line, window by window, never skipped."""
    audio = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)
    state = np.zeros((2, 1, 128), np.float32)
    before: NDArray[np.float32] = np.zeros(CONTEXT, np.float32)
    speaking, out = False, []
    for at in range(0, len(audio) - WINDOW + 1, WINDOW):
        window = audio[at : at + WINDOW]
        probability, state = MODEL.run(np.concatenate([before, window])[None], state)
        before = window[-CONTEXT:]
        speaking = bool(probability[0] >= (STOP if speaking else START))
        out.append((speaking, float(probability[0])))
    return out


def test_model_takes_the_test_voice_for_speech() -> None:
    """The signal of these tests is one that the model reacts to, else they would prove nothing."""
    said = [speaking for speaking, _ in _reference(_pcm(_pause(1), _voice(3)))]
    assert sum(said[31:]) > 60
    assert not any(said[:28])


def test_every_window_is_told_once() -> None:
    """Decisions cover the audio without gap or overlap: one for each 256 samples."""

    async def main() -> list[int]:
        told = await _judge(Vad(MODEL), [_pcm(_pause(1), _voice(1), _pause(0.7))])
        return [samples for _, _, samples in told[0]]

    assert run_virtual(main()) == [WINDOW] * int(2.7 * RATE / WINDOW)


def test_loud_line_equals_the_model_alone() -> None:
    """With noise that keeps the gate open every probability is the one of the unbatched model."""
    pcm = _pcm(_pause(4, peak=900) + _voice(4))

    async def main() -> list[float]:
        told = await _judge(Vad(MODEL), [pcm])
        return [probability for _, probability, _ in told[0]]

    assert run_virtual(main()) == pytest.approx([p for _, p in _reference(pcm)], abs=1e-3)


def test_calls_in_one_batch_do_not_mix() -> None:
    """Forty different calls judged together are each told what they would be told alone."""
    lines = [_pcm(_pause(2, peak=900) + _voice(2, pitch=90 + 4 * i)) for i in range(40)]

    async def main() -> list[list[float]]:
        return [[p for _, p, _ in told] for told in await _judge(Vad(MODEL), lines)]

    together = run_virtual(main())
    for line, told in list(zip(lines, together, strict=True))[::13]:
        assert told == pytest.approx([p for _, p in _reference(line)], abs=1e-3)


@pytest.mark.parametrize("peak", [0, 60])
def test_gate_saves_the_model_and_finds_the_speech(peak: int) -> None:
    """On an ordinary line the model runs for speech only; speech begins where the model alone says, ends no later."""
    pcm = _pcm(_pause(4, peak=peak), _voice(2), _pause(4, peak=peak))

    async def main() -> tuple[list[bool], float]:
        vad = Vad(MODEL)
        told = await _judge(vad, [pcm])
        return [speech for speech, _, _ in told[0]], vad.runs / vad.windows

    said, share = run_virtual(main())
    alone = [speaking for speaking, _ in _reference(pcm)]
    assert share < 0.3
    assert abs(said.index(True) - alone.index(True)) <= 2
    ended = int(6 * RATE / WINDOW)  # the window in which the voice stopped
    last = max(i for i, speech in enumerate(said) if speech)
    assert ended - 4 <= last <= max(i for i, speech in enumerate(alone) if speech)


def test_line_noise_alone_runs_the_model_until_it_is_known() -> None:
    """White noise of peak 60, as bad lines have it, costs the model two thirds of a second, and nothing after."""

    async def main() -> tuple[int, int]:
        vad = Vad(MODEL)
        await _judge(vad, [_pcm(_pause(10, peak=60))] * 3)
        return vad.runs, vad.windows

    runs, windows = run_virtual(main())
    assert windows == 3 * int(10 * RATE / WINDOW)
    assert runs <= 3 * (BLOCK + HOLD)


def test_second_call_in_a_slot_starts_afresh() -> None:
    """Nothing of the call before is left: the same audio gives the same decisions again."""
    pcm = _pcm(_pause(0.5, peak=900), _voice(1) + _pause(1, peak=900))

    async def main() -> list[list[tuple[bool, float, int]]]:
        vad = Vad(MODEL)
        return [*await _judge(vad, [pcm]), *await _judge(vad, [pcm])]

    first, second = run_virtual(main())
    assert first == second


def test_wideband_call_is_judged_in_its_own_samples() -> None:
    """A 16 kHz line gets decisions for 512 samples each, and its speech is found."""
    pcm = _pcm(_pause(1, 16_000), _voice(2, 16_000), _pause(1, 16_000))

    async def main() -> list[tuple[bool, float, int]]:
        return (await _judge(Vad(MODEL), [pcm], 16_000))[0]

    told = run_virtual(main())
    assert {samples for _, _, samples in told} == {512}
    assert sum(speech for speech, _, _ in told) > 40


def test_closed_stream_is_told_nothing_more() -> None:
    """After `close` no decision comes, although a window was ready."""

    async def main() -> list[tuple[bool, float, int]]:
        told: list[tuple[bool, float, int]] = []
        stream = Vad(MODEL).open(RATE, lambda *said: told.append(said), lambda error: None)
        stream.feed(bytes(2 * WINDOW))
        stream.close()
        stream.feed(bytes(20 * WINDOW))
        await asyncio.sleep(1)
        return told

    assert run_virtual(main()) == []


def test_fault_of_one_call_does_not_reach_the_others() -> None:
    """An exception in one call's callback goes to its own error hook; the others are told."""

    async def main() -> tuple[int, int]:
        vad = Vad(MODEL)
        told: list[tuple[bool, float, int]] = []
        errors: list[Exception] = []

        def broken(speech: bool, probability: float, samples: int) -> None:
            raise ValueError("a fault of the call")

        bad = vad.open(RATE, broken, errors.append)
        good = vad.open(RATE, lambda *said: told.append(said), errors.append)
        for stream in (bad, good):
            stream.feed(bytes(8 * WINDOW))
        await asyncio.sleep(1)
        return len(told), len(errors)

    assert run_virtual(main()) == (4, 4)


def test_failing_model_is_told_to_every_call_it_was_run_for() -> None:
    """A call is never left deaf: the runtime's error reaches the error hook of each call in the batch."""

    class Broken(Silero):
        def run(self, windows: object, state: object) -> NoReturn:
            raise RuntimeError("the runtime failed")

    async def main() -> list[str]:
        vad = Vad(Broken())
        errors: list[Exception] = []
        for _ in range(3):
            stream = vad.open(RATE, lambda *said: None, errors.append)
            stream.feed(_pcm(_pause(1, peak=900)))
        await asyncio.sleep(1)
        return [str(error) for error in errors]

    assert run_virtual(main()) == ["the runtime failed"] * 3


def test_backlog_is_bounded_and_no_sample_is_unaccounted() -> None:
    """A peer that sends a minute at once costs one second of windows, and decisions still cover the minute."""

    async def main() -> tuple[int, int]:
        vad = Vad(MODEL)
        told: list[int] = []
        stream = vad.open(RATE, lambda speech, probability, samples: told.append(samples), lambda error: None)
        stream.feed(bytes(60 * RATE * 2))
        await asyncio.sleep(1)
        return vad.windows, sum(told)

    assert run_virtual(main()) == (32, 60 * RATE)


def test_detector_that_was_held_up_catches_up_at_once() -> None:
    """Half a second of audio that came in one piece is decided without waiting between its windows."""

    async def main() -> int:
        told: list[tuple[bool, float, int]] = []
        stream = Vad(MODEL).open(RATE, lambda *said: told.append(said), lambda error: None)
        stream.feed(bytes(RATE))
        await asyncio.sleep(0.005)
        return len(told)

    assert run_virtual(main()) == RATE // 2 // WINDOW
