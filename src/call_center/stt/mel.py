"""Log-mel spectrogram as Whisper was trained on it, in numpy. Pure.

80 bands, 25 ms Hann window, 10 ms hop at 16 kHz; Slaney-normalised triangles; log10 clamped to 8 decades below the
loudest cell, then (x + 4) / 4. Source: Radford et al. 2022 (Whisper), section 2.2, and Slaney's Auditory Toolbox.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
"""Hz; the only rate the model knows."""
WINDOW = 400
HOP = 160
BANDS = 80

Floats = NDArray[np.float32]


def _slaney_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hz to mel: linear (3 mel per 200 Hz) below 1 kHz, logarithmic above."""
    linear = hz * 3.0 / 200.0
    log = 15.0 + 27.0 * np.log(np.maximum(hz, 1.0) / 1000.0) / np.log(6.4)
    return np.where(hz < 1000.0, linear, log)


def _slaney_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mel to Hz, the inverse of `_slaney_mel`."""
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp(np.log(6.4) * (mel - 15.0) / 27.0))


@lru_cache(maxsize=1)
def filter_bank() -> Floats:
    """Triangular filters, shape (80, 201), each of unit area in Hz."""
    bins = np.linspace(0.0, RATE / 2, WINDOW // 2 + 1)
    top = float(_slaney_mel(np.array([RATE / 2]))[0])
    edges = _slaney_hz(np.linspace(0.0, top, BANDS + 2))
    lower, centre, upper = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bins - lower) / (centre - lower)
    falling = (upper - bins) / (upper - centre)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (upper - lower))).astype(np.float32)


@lru_cache(maxsize=1)
def _hann() -> Floats:
    return (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def log_mel(audio: Floats, window_s: float) -> Floats:
    """Features of `audio` (16 kHz, -1..1) padded with silence to `window_s` seconds; shape (80, 100 * window_s).

    Audio beyond the window is cut. An empty signal gives a constant picture, never NaN.
    """
    samples = round(window_s * RATE)
    padded = np.zeros(samples + WINDOW, dtype=np.float32)
    body = audio[:samples]
    padded[WINDOW // 2 : WINDOW // 2 + len(body)] = body
    if len(body) > WINDOW:  # mirrored edge, as in training
        padded[: WINDOW // 2] = body[WINDOW // 2 : 0 : -1]
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: samples // HOP]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    mel = filter_bank() @ power.T
    log = np.log10(np.maximum(mel, 1e-10))
    clamped = np.maximum(log, log.max() - 8.0)
    return np.ascontiguousarray((clamped + 4.0) / 4.0, dtype=np.float32)
