"""What a telephone line does to speech: 300-3400 Hz, 8 kHz, G.711 A-law, noise. Pure numpy, deterministic by seed.

Signals are float32 in -1..1 at 8 kHz unless said otherwise; PCM bytes are signed 16-bit little-endian mono.
Source: ITU-T G.711 (A-law), G.712 (channel band).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import soxr
from numpy.typing import NDArray

RATE = 8_000
Floats = NDArray[np.float32]

_FULL = 32_768.0
_TAPS = 257


def from_pcm(pcm: bytes) -> Floats:
    """PCM bytes to floats; an odd last byte is ignored."""
    return np.frombuffer(pcm[: len(pcm) & ~1], dtype="<i2").astype(np.float32) / _FULL


def to_pcm(signal: Floats) -> bytes:
    """Floats to PCM bytes, saturating."""
    scaled = np.clip(np.rint(signal * _FULL), -_FULL, _FULL - 1)
    return scaled.astype("<i2").tobytes()


def _segments(magnitude: NDArray[np.int32]) -> NDArray[np.int32]:
    """A-law segment 0..7 of a 12-bit magnitude (13-bit signed sample): 0 and 1 share a step, then one per octave from 32 up."""
    return np.searchsorted(np.array([32, 64, 128, 256, 512, 1024, 2048]), magnitude, side="right").astype(
        np.int32
    )


def alaw_encode(pcm: bytes) -> bytes:
    """16-bit PCM to A-law, one byte a sample (even bits inverted as on the wire)."""
    samples = np.frombuffer(pcm[: len(pcm) & ~1], dtype="<i2").astype(np.int32) >> 3
    negative = samples < 0
    magnitude = np.where(negative, ~samples, samples)
    segment = _segments(magnitude)
    mantissa = (magnitude >> np.maximum(segment, 1)) & 0x0F
    code = (segment << 4) | mantissa | np.where(negative, 0, 0x80)
    return (code ^ 0x55).astype(np.uint8).tobytes()


@lru_cache(maxsize=1)
def _alaw_table() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment, mantissa = (code >> 4) & 7, code & 0x0F
    magnitude = np.where(
        segment == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(segment - 1, 0)
    )
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def alaw_decode(data: bytes) -> bytes:
    """A-law bytes to 16-bit PCM."""
    return _alaw_table()[np.frombuffer(data, dtype=np.uint8)].astype("<i2").tobytes()


@lru_cache(maxsize=1)
def _band_taps() -> Floats:
    """Linear-phase 300-3400 Hz band-pass for 8 kHz (windowed sinc, Blackman)."""
    n = np.arange(_TAPS) - (_TAPS - 1) / 2
    high, low = 2 * 3400 / RATE, 2 * 300 / RATE
    ideal = high * np.sinc(high * n) - low * np.sinc(low * n)
    return np.asarray(ideal * np.blackman(_TAPS), dtype=np.float32)


def band_limit(signal: Floats) -> Floats:
    """The 300-3400 Hz telephone channel; length is kept, no delay."""
    if len(signal) == 0:
        return signal
    full = np.convolve(signal, _band_taps())
    return np.asarray(full[_TAPS // 2 : _TAPS // 2 + len(signal)], dtype=np.float32)


def resample(signal: Floats, source: int, target: int = RATE) -> Floats:
    """Change the rate, Hz to Hz."""
    if source == target:
        return signal
    return np.asarray(soxr.resample(signal, source, target, quality="HQ"), dtype=np.float32)


def pink_noise(samples: int, rms: float, rng: np.random.Generator) -> Floats:
    """Noise with 3 dB less power an octave, limited to the channel, scaled to `rms` (0..1)."""
    if samples == 0 or rms <= 0:
        return np.zeros(samples, dtype=np.float32)
    size = 1 << max(1, samples - 1).bit_length()  # powers of two are the fast lengths
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hz = np.fft.rfftfreq(size, 1 / RATE)
    shape = np.where((hz >= 300) & (hz <= 3400), 1 / np.sqrt(np.maximum(hz, 1)), 0)
    shape[-1] += 1e-9  # shorter than a period of 300 Hz there would be nothing to scale
    noise = np.fft.irfft(spectrum * shape, size)[:samples]
    level = float(np.sqrt(np.mean(noise**2))) or 1.0
    return (noise * (rms / level)).astype(np.float32)


def telephone(signal: Floats, noise_rms: float = 0.0, seed: int = 0) -> Floats:
    """What arrives at the far end: band, noise, A-law there and back."""
    limited = band_limit(signal)
    noisy = limited + pink_noise(len(limited), noise_rms, np.random.default_rng(seed))
    return from_pcm(alaw_decode(alaw_encode(to_pcm(noisy))))
