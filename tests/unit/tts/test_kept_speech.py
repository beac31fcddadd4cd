"""Fixed phrases kept on the disk between workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from call_center.tts import kept_speech
from call_center.tts.cache import Key, SpeechCache

pytestmark = pytest.mark.unit
PHRASES = {
    Key("добрий день", "natalia", 8000, 1.0): b"\x01\x00" * 400,
    Key("так\nі ні", "natalia", 16000, 1.1): b"\n\n\xff\x00" * 30,
}


def filled() -> SpeechCache:
    """A cache with both phrases."""
    speech = SpeechCache(1 << 20)
    for key, pcm in PHRASES.items():
        speech.put(key, pcm)
    return speech


def test_kept_phrases_sound_the_same(tmp_path: Path) -> None:
    """What one worker rendered the next one has, byte for byte."""
    kept_speech.save(filled(), tmp_path / "speech")
    speech = SpeechCache(1 << 20)
    assert kept_speech.load(speech, tmp_path / "speech") == 2
    assert dict(speech.items()) == PHRASES


def test_nothing_kept_is_nothing_loaded(tmp_path: Path) -> None:
    """The first start renders everything."""
    assert kept_speech.load(SpeechCache(1 << 20), tmp_path / "speech") == 0


@pytest.mark.parametrize("cut", [0, 5, 40, 90, 300, 900])
def test_damaged_file_counts_as_none(tmp_path: Path, cut: int) -> None:
    """A cut file gives no phrase, never half of one."""
    kept_speech.save(filled(), tmp_path)
    (path,) = tmp_path.glob("*.speech")
    path.write_bytes(path.read_bytes()[:cut])
    speech = SpeechCache(1 << 20)
    assert kept_speech.load(speech, tmp_path) == 0
    assert len(speech) == 0


def test_older_renderings_are_removed(tmp_path: Path) -> None:
    """Phrases of an older program do not pile up."""
    (tmp_path / "0123456789abcdef.speech").write_bytes(b"old")
    kept_speech.save(filled(), tmp_path)
    assert [path.stem for path in tmp_path.iterdir()] == [kept_speech.fingerprint()]
