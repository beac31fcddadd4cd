"""Keeping the real weights: from a copy, once, whole, and again when they were damaged. No network."""

from __future__ import annotations

from pathlib import Path

import pytest

from call_center.stt import install

pytestmark = pytest.mark.integration

NO_HUB = "http://127.0.0.1:1"


def fetch(target: Path, copy: Path) -> list[str]:
    """Fill `target` from a copy; returns what a person would have read."""
    steps: list[str] = []
    assert install.ensure_model(steps.append, own=target, copy=copy, sources=(), hub=NO_HUB) == target
    return steps


def test_copy_on_this_machine_is_enough(model: Path, tmp_path: Path) -> None:
    """Without any network the files come from the copy, are checked, and are not fetched again."""
    target = tmp_path / "kept" / "whisper"
    assert any("copy" in step for step in fetch(target, model))
    assert install.wrong_files(target) == []
    assert install.is_checked(target)
    assert fetch(target, tmp_path / "gone") == []
    assert [path.name for path in target.parent.iterdir()] == ["whisper"]


def test_damage_is_noticed(model: Path, tmp_path: Path) -> None:
    """One changed byte makes a kept folder unusable, stamp or no stamp."""
    target = tmp_path / "whisper"
    fetch(target, model)
    name = "tokenizer.json"
    data = bytearray((target / name).read_bytes())
    data[100] ^= 1
    (target / name).write_bytes(data)
    assert not install.is_checked(target)
    assert install.wrong_files(target) == [name]
