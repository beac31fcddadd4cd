"""Sounds that are no speech: whatever rings, hums or rustles on a line must come out as nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from call_center.stt.whisper import Whisper
from call_center.testing.caller.line import RATE, telephone, to_pcm

pytestmark = pytest.mark.integration

Signal = NDArray[np.float64]
Rng = np.random.Generator


def clock(seconds: float) -> Signal:
    """Sample times, s."""
    return np.arange(round(seconds * RATE)) / RATE


def tone(seconds: float, *hz: float) -> Signal:
    """Sines of equal level, peak at most 1."""
    out = np.zeros(len(clock(seconds)))
    for each in hz:
        out += np.sin(2 * np.pi * each * clock(seconds)) / len(hz)
    return out


def cadence(signal: Signal, on: float, off: float) -> Signal:
    """Let the signal through for `on` seconds, then not for `off`."""
    return signal * ((clock(len(signal) / RATE) % (on + off)) < on)


def coloured(rng: Rng, seconds: float, slope: float) -> Signal:
    """Noise whose power falls with frequency to the `slope` (0 white, 1 pink, 2 brown), peak 1."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum /= np.maximum(np.fft.rfftfreq(count, 1 / RATE), 40) ** (slope / 2)
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(noise / np.abs(noise).max())


def silence(rng: Rng, seconds: float) -> Signal:
    """An idle line: noise 60 to 85 dB under full scale."""
    return coloured(rng, seconds, 0) * 10 ** (rng.uniform(-85, -60) / 20)


def ringback(rng: Rng, seconds: float) -> Signal:
    """European ringing tone."""
    return cadence(tone(seconds, rng.uniform(400, 450)), 1.0, rng.uniform(1.0, 4.0))


def busy(rng: Rng, seconds: float) -> Signal:
    """Busy and congestion tones."""
    return cadence(tone(seconds, rng.uniform(400, 480)), rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.5))


def dtmf(rng: Rng, seconds: float) -> Signal:
    """One key, held or repeated."""
    row, column = (697, 770, 852, 941)[rng.integers(4)], (1209, 1336, 1477)[rng.integers(3)]
    keys = tone(seconds, row, column)
    return cadence(keys, rng.uniform(0.08, 1.0), rng.uniform(0.05, 0.8))


def white(rng: Rng, seconds: float) -> Signal:
    """Hiss."""
    return coloured(rng, seconds, 0)


def pink(rng: Rng, seconds: float) -> Signal:
    """Room and road."""
    return coloured(rng, seconds, 1)


def clicks(rng: Rng, seconds: float) -> Signal:
    """A bad contact: decaying pulses at random."""
    pulses = np.where(rng.random(round(seconds * RATE)) < rng.uniform(1, 6) / RATE, rng.uniform(0.3, 1), 0.0)
    return np.convolve(pulses, np.exp(-np.arange(60) / 10))[: len(pulses)]


def hum(rng: Rng, seconds: float) -> Signal:
    """Mains hum with harmonics."""
    base = (50.0, 60.0)[rng.integers(2)]
    return sum((tone(seconds, base * n) / n for n in range(1, 12)), np.zeros(1)) / 2


def breath(rng: Rng, seconds: float) -> Signal:
    """Breathing into the mouthpiece."""
    swell = np.clip(np.sin(2 * np.pi * rng.uniform(0.25, 0.6) * clock(seconds)), 0, 1) ** 2
    return swell * coloured(rng, seconds, 1)


def music(rng: Rng, seconds: float) -> Signal:
    """Decaying chords of random notes: music on hold."""
    out = np.zeros(round(seconds * RATE))
    at = 0
    while at < len(out):
        length = min(round(rng.uniform(0.15, 0.6) * RATE), len(out) - at)
        root = 220 * 2 ** (rng.integers(0, 24) / 12)
        chord = tone(length / RATE, *(root * 2 ** (third / 12) for third in (0, 4, 7)))
        out[at : at + length] += chord[:length] * np.exp(-np.arange(length) / (0.3 * RATE))
        at += length
    return np.asarray(out / np.abs(out).max())


def wind(rng: Rng, seconds: float) -> Signal:
    """Gusts."""
    gusts = np.abs(np.convolve(rng.standard_normal(round(seconds * RATE)), np.ones(4000) / 4000, "same"))
    return np.asarray(coloured(rng, seconds, 2) * (0.3 + gusts / gusts.max()))


def knocks(rng: Rng, seconds: float) -> Signal:
    """A receiver put down, a door, a hammer in the workshop."""
    hits = (rng.random(round(seconds * RATE)) < 5 / RATE).astype(float)
    decay = np.exp(-np.arange(800) / 120) * np.sin(2 * np.pi * rng.uniform(120, 400) * np.arange(800) / RATE)
    return np.convolve(hits, decay)[: len(hits)]


Sound = Callable[[Rng, float], Signal]
EIGHT: list[Sound] = [silence, ringback, busy, dtmf, white, pink, clicks, hum]
ALL: list[Sound] = [*EIGHT, breath, music, wind, knocks]
VARIANTS = [(ALL[seed % len(ALL)], seed) for seed in range(40)]
PROMPT = "Тойота, Рено, Хюндай, Шкода, Фольксваген, Мазда, Форд, Кіа."


def recognise(whisper: Whisper, sound: Sound, seed: int, prompt: str) -> str:
    """What the engine makes of one variant, 1-6 s, 6-30 dB under full scale, off a telephone line."""
    rng = np.random.default_rng(seed)
    signal = sound(rng, rng.uniform(1.0, 6.0)) * 10 ** (-rng.uniform(6, 30) / 20)
    return whisper.transcribe(to_pcm(telephone(signal.astype(np.float32))), RATE, prompt).text


@pytest.mark.parametrize("sound", EIGHT)
def test_sound_of_the_line_is_nothing(whisper: Whisper, sound: Sound) -> None:
    """Four loud seconds of each of the eight usual sounds give no text."""
    signal = sound(np.random.default_rng(1000), 4.0) * 0.3
    assert whisper.transcribe(to_pcm(telephone(signal.astype(np.float32))), RATE).text == ""


@pytest.mark.parametrize(("sound", "seed"), VARIANTS)
def test_variant_of_a_sound_is_nothing(whisper: Whisper, sound: Sound, seed: int) -> None:
    """Other lengths, levels and pitches give no text either, with a prompt of names in every second one."""
    assert recognise(whisper, sound, seed, PROMPT if seed % 2 else "") == ""
