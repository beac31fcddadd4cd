"""What `call-center call` refuses before it rings anybody."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from call_center.commands.call import call
from call_center.errors import ConfigError

pytestmark = pytest.mark.unit


def test_call_needs_to_know_where() -> None:
    """Neither address nor announcement: the message names both ways."""
    with pytest.raises(ConfigError, match="--to HOST:PORT, or --announce"):
        call()


def test_ticket_must_be_a_uuid() -> None:
    """A wrong ticket is refused here; the server would only hang up."""
    with pytest.raises(ConfigError, match="no UUID"):
        call(to="127.0.0.1:9092", ticket="abc")


def test_wav_is_read_before_the_call(tmp_path: Path) -> None:
    """A file that cannot be played costs no call."""
    path = tmp_path / "eight-bit.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(b"\x80" * 100)
    with pytest.raises(ConfigError, match="8-bit samples; convert it to 16-bit PCM"):
        call(to="127.0.0.1:9092", wav=[path])


def test_announcement_that_nobody_answers_is_one_line() -> None:
    """The message says which URL and what to check."""
    with pytest.raises(ConfigError, match=r"announcement to http://127\.0\.0\.1:1/ failed") as caught:
        call(announce_url="http://127.0.0.1:1/", secret="not-a-secret")
    assert "\n" not in str(caught.value)
