"""The clip that the bench's callers say, made at run time: three seconds of Ukrainian, trimmed to the speech itself.

By espeak-ng when it is on the PATH, else by the project's own RHVoice, else a synthetic voice: harmonics with moving
formants in syllables, which a voice activity detector takes for speech. Which one it was stands in the results.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import wave

import numpy as np
import soxr
from numpy.typing import NDArray

from call_center.errors import CallCenterError

TEXT = "Добрий день, мені потрібні зимові шини на легкове авто, розмір двісті п'ять."
SECONDS = 3.0
_LOUD = 300  # peak of a frame that belongs to the speech


def clip(rate: int) -> tuple[str, list[bytes]]:
    """(what made it, frames of 20 ms at `rate` Hz as PCM)."""
    for name, make in (("espeak-ng", _espeak), ("rhvoice", _rhvoice)):
        samples = make(rate)
        if samples is not None:
            return name, _frames(samples, rate)
    return "synthetic", _frames(synthetic(rate), rate)


def _frames(samples: NDArray[np.int16], rate: int) -> list[bytes]:
    size = rate // 50
    whole = samples[: len(samples) // size * size].reshape(-1, size)
    loud = np.flatnonzero(np.abs(whole.astype(np.int32)).max(axis=1) > _LOUD)
    kept = whole[loud[0] : loud[0] + int(SECONDS * 50)]
    last = np.flatnonzero(np.abs(kept.astype(np.int32)).max(axis=1) > _LOUD)[-1]
    return [frame.astype("<i2").tobytes() for frame in kept[: last + 1]]


def _espeak(rate: int) -> NDArray[np.int16] | None:
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    said = subprocess.run([program, "-v", "uk", "--stdout", TEXT], capture_output=True, check=False)
    if said.returncode:
        return None
    with wave.open(io.BytesIO(said.stdout)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        return np.asarray(soxr.resample(samples, sound.getframerate(), rate), np.int16)


def _rhvoice(rate: int) -> NDArray[np.int16] | None:
    from call_center.tts.rhvoice import render  # noqa: PLC0415 - only when it is needed

    try:
        return np.frombuffer(render([TEXT], "anatol", rate)[0], "<i2")
    except (CallCenterError, OSError):
        return None


def synthetic(rate: int, pitch: float = 120.0) -> NDArray[np.int16]:
    """A vowel-like sound in syllables."""
    at = np.arange(int(SECONDS * rate)) / rate
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.08 * np.sin(2 * np.pi * 2.3 * at))) / rate
    first = 600 + 250 * np.sin(2 * np.pi * 3.1 * at)
    second = 1500 + 500 * np.sin(2 * np.pi * 1.7 * at + 1)
    voice = np.zeros_like(at)
    for harmonic in range(1, int(3400 / pitch)):
        hertz = harmonic * pitch
        gain = np.exp(-(((hertz - first) / 180) ** 2)) + 0.5 * np.exp(-(((hertz - second) / 250) ** 2))
        voice += (gain + 0.02) * np.sin(harmonic * phase)
    voice *= np.clip(np.sin(2 * np.pi * 3.7 * at) + 0.6, 0.1, 1)
    return (voice * 5000).clip(-32_768, 32_767).astype(np.int16)
