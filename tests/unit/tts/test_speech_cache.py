"""The cache of rendered speech."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.tts.cache import Key, SpeechCache

pytestmark = pytest.mark.unit


def key(text: str) -> Key:
    """A key that differs by text alone."""
    return Key(text, "natalia", 8_000, 1.0)


def test_least_recently_used_goes_first() -> None:
    """What was asked for lately survives."""
    cache = SpeechCache(80)
    for name in "abcdefgh":
        cache.put(key(name), bytes(10))
    cache.get(key("a"))
    cache.put(key("i"), bytes(10))
    assert cache.get(key("a")) is not None
    assert cache.get(key("b")) is None


def test_rate_is_part_of_the_key() -> None:
    """8 kHz sound is never given to a 16 kHz call."""
    cache = SpeechCache(100)
    cache.put(key("a"), bytes(10))
    assert cache.get(Key("a", "natalia", 16_000, 1.0)) is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 40)), max_size=60))
def test_size_never_exceeds_the_capacity(puts: list[tuple[str, int]]) -> None:
    """The bound holds after every put, and the count of bytes is right."""
    cache = SpeechCache(100)
    kept: dict[str, int] = {}
    for name, size in puts:
        cache.put(key(name), bytes(size))
        if size <= 12:
            kept[name] = size
        assert cache.size <= 100
    assert cache.size == sum(len(cache.get(key(name)) or b"") for name in kept)
