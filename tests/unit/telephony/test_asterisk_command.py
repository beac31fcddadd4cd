"""`call-center asterisk render` as its user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from call_center.commands.asterisk import app
from call_center.errors import ConfigError

pytestmark = pytest.mark.unit

SECRET = "0123456789abcdef"


def arguments(folder: Path, *more: str) -> list[str]:
    """A whole command line that writes below `folder`."""
    (folder / "secret").write_text(SECRET)
    given = ["render", "--out", str(folder / "out"), "--api", "http://127.0.0.1:8080"]
    return [*given, "--secret-file", str(folder / "secret"), "--operator", "sip:desk@127.0.0.1:5080", *more]


def test_production_says_what_it_wrote(tmp_path: Path) -> None:
    """Three files to include and the secret, counted in one line."""
    result = CliRunner().invoke(app, arguments(tmp_path))
    assert (result.exit_code, result.stdout) == (0, f"4 files in {tmp_path / 'out'}\n")
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_test_profile_points_at_its_own_folder(tmp_path: Path) -> None:
    """The private tree names the folder it was written to, wherever that is."""
    result = CliRunner().invoke(app, arguments(tmp_path, "--profile", "test", "--sip-port", "15099"))
    assert result.exit_code == 0
    assert f"astetcdir => {(tmp_path / 'out').resolve()}" in (tmp_path / "out/asterisk.conf").read_text()


def test_rendering_again_replaces_whole_files(tmp_path: Path) -> None:
    """A second rendering with other settings leaves nothing of the first."""
    CliRunner().invoke(app, arguments(tmp_path))
    CliRunner().invoke(app, arguments(tmp_path, "--queue", "desk"))
    texts = [path.read_text() for path in (tmp_path / "out").iterdir()]
    assert any("[desk]" in text for text in texts)
    assert not [text for text in texts if "[call-center-operators]" in text]


def test_help_teaches_where_the_lines_go() -> None:
    """The help names every file of the shop and the line that goes into it."""
    text = CliRunner().invoke(app, ["render", "--help"]).stdout
    for part in (
        "extensions.conf",
        "pjsip.conf",
        "queues.conf",
        "Gosub(call-center,start,1(${EXTEN}))",
        "Example",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--operator", "desk"), "--operator"),
        (("--ring-seconds", "0"), "--ring-seconds"),
        (("--profile", "test", "--rtp-start", "30000", "--rtp-end", "20000"), "--rtp-start"),
        (("--out", "/dev/null/x"), "--out"),
        (("--secret-file", "/nonexistent"), "openssl"),
    ],
)
def test_mistake_is_one_line_that_says_what_to_do(tmp_path: Path, more: tuple[str, ...], says: str) -> None:
    """A wrong option raises the one error that the command line prints as one line."""
    result = CliRunner().invoke(app, arguments(tmp_path, *more))
    assert isinstance(result.exception, ConfigError)
    assert says in str(result.exception)
    assert "\n" not in str(result.exception)
