"""Streaming sample-rate conversion of s16 mono PCM, for synthesisers that speak at another rate than the line."""

from __future__ import annotations

import numpy as np
import soxr


class Resampler:
    """From `source` to `target` Hz; feed whole samples. The filter holds back a few ms until `finish`."""

    def __init__(self, source: int, target: int) -> None:
        self._stream = (
            None if source == target else soxr.ResampleStream(source, target, 1, dtype="int16", quality="MQ")
        )

    def feed(self, pcm: bytes) -> bytes:
        """Convert the next piece; may return b"" while the filter fills."""
        if self._stream is None:
            return pcm
        return bytes(self._stream.resample_chunk(np.frombuffer(pcm, dtype=np.int16)).tobytes())

    def finish(self) -> bytes:
        """What the filter still holds."""
        if self._stream is None:
            return b""
        return bytes(self._stream.resample_chunk(np.zeros(0, dtype=np.int16), last=True).tobytes())
