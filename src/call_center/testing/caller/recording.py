"""WAV files of the synthetic caller: words to say in, the whole call out (stereo: caller left, agent right)."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from call_center.errors import ConfigError
from call_center.testing.caller import line


def read_wav(path: Path) -> bytes:
    """A WAV file as 8 kHz mono PCM. 16 bits, any rate, channels are averaged. Raises `ConfigError`."""
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            pcm = file.readframes(file.getnframes())
    except (OSError, wave.Error, EOFError) as error:
        raise ConfigError(f"{path} is not a readable WAV file ({error}); give 16-bit PCM") from error
    if width != 2:
        raise ConfigError(f"{path} has {8 * width}-bit samples; convert it to 16-bit PCM")
    signal = line.from_pcm(pcm)
    mono = signal[: len(signal) // channels * channels].reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return line.to_pcm(line.resample(mono, rate))


def write_call(path: Path, caller: Sequence[bytes], agent: Sequence[tuple[int, bytes]]) -> None:
    """Write both sides of a call. `caller` are frames from the start on; `agent` pairs (sample, PCM)."""
    left = np.frombuffer(b"".join(caller), dtype="<i2")
    end = max([len(left), *(at + len(pcm) // 2 for at, pcm in agent)])
    both = np.zeros((end, 2), dtype="<i2")
    both[: len(left), 0] = left
    for at, pcm in agent:
        both[at : at + len(pcm) // 2, 1] = np.frombuffer(pcm[: len(pcm) & ~1], dtype="<i2")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(line.RATE)
            file.writeframes(both.tobytes())
    except OSError as error:
        raise ConfigError(
            f"cannot write the recording {path} ({error.strerror}); choose another path"
        ) from error
