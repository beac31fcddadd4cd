"""The command line: help that teaches, errors in one line."""

from __future__ import annotations

import pytest

from call_center.cli import COMMANDS, run

pytestmark = pytest.mark.unit


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`call-center --help` names each command with what it does."""
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in COMMANDS:
        assert name in shown


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`call-center NAME --help` works and ends 0."""
    assert run([name, "--help"]) == 0
    assert "Usage: call-center" in capsys.readouterr().out


def test_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error ends 2 and names the word."""
    assert run(["frobnicate"]) == 2
    assert "frobnicate" in capsys.readouterr().err


def test_wrong_setting_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong variable ends 2 with one line that names it, no traceback."""
    monkeypatch.setenv("AUDIO_PORT", "99999")
    assert run(["config", "show"]) == 2
    error = capsys.readouterr().err
    assert "AUDIO_PORT" in error
    assert len(error.strip().splitlines()) == 1


def test_open_door_is_refused_in_production(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody serves without tickets outside the development profile."""
    for name in ("TELEPHONY_SECRET", "API_OPERATOR_TOKEN", "STORE_API_KEY", "STORE_API_URL"):
        monkeypatch.setenv(name, "x" * 24)
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert run(["serve", "--engines", "scripted", "--open-door"]) == 2
    assert "open-door" in capsys.readouterr().err
