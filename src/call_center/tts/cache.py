"""Rendered speech kept in memory: least recently used out first, bounded by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two renderings the same sound."""

    spoken: str
    voice: str
    rate: int  # Hz
    tempo: float
    encoding: str = "s16le"


class SpeechCache:
    """PCM by `Key`; single-threaded. What is larger than an eighth of the whole is not kept."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[Key, bytes] = OrderedDict()
        self.size = 0  # bytes of sound held
        self.hits = 0
        self.misses = 0

    def get(self, key: Key) -> bytes | None:
        """The sound, or None; counts as use."""
        pcm = self._entries.get(key)
        if pcm is None:
            self.misses += 1
            return None
        self.hits += 1
        self._entries.move_to_end(key)
        return pcm

    def items(self) -> Iterable[tuple[Key, bytes]]:
        """Everything that is held, least recently used first."""
        return self._entries.items()

    def put(self, key: Key, pcm: bytes) -> None:
        """Keep a whole rendering, making room."""
        if len(pcm) > self._capacity // 8:
            return
        self.size += len(pcm) - len(self._entries.pop(key, b""))
        self._entries[key] = pcm
        while self.size > self._capacity:
            _, old = self._entries.popitem(last=False)
            self.size -= len(old)

    def __len__(self) -> int:
        return len(self._entries)
