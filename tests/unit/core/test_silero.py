"""The network in NumPy against an ONNX runtime on the same file: same probabilities, same states; broken files are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from call_center.core.silero import CONTEXT, RATE, STATE, WINDOW, Silero, model_path
from call_center.errors import ConfigError

pytestmark = pytest.mark.unit

MODEL = Silero()


def _runtime() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("calls", [1, 3, 32])
@pytest.mark.parametrize("level", [0.0, 0.001, 0.1, 1.0])
def test_agrees_with_an_onnx_runtime(calls: int, level: float) -> None:
    """Half a second of tones in noise, at every level, with the state handed on."""
    runtime, rng = _runtime(), np.random.default_rng(5)
    mine = theirs = np.zeros((2, calls, STATE), np.float32)
    at = np.arange(CONTEXT + WINDOW) / RATE
    for step in range(16):
        tones = np.sin(2 * np.pi * np.outer(rng.uniform(80, 1500, calls), at + step / 31))
        sound = level * (tones + 0.3 * rng.standard_normal(tones.shape)) / 1.5
        windows = np.clip(sound, -1, 1).astype(np.float32)
        probability, mine = MODEL.run(windows, mine)
        expected, theirs = runtime.run(
            None, {"input": windows, "state": theirs, "sr": np.array(RATE, np.int64)}
        )
        assert probability.shape == (calls,)
        assert probability.dtype == np.float32
        np.testing.assert_allclose(probability, expected[:, 0], atol=1e-5)
        np.testing.assert_allclose(mine, theirs, atol=1e-4)


def test_model_is_found_in_its_package() -> None:
    """The path is that of an existing file."""
    assert model_path().stat().st_size > 1_000_000


@pytest.mark.parametrize("content", [b"", b"no model", bytes(range(256)) * 4])
def test_another_file_is_named_with_the_reason(tmp_path: Path, content: bytes) -> None:
    """One sentence that says which file and what is wrong with it."""
    broken = tmp_path / "silero.onnx"
    broken.write_bytes(content)
    with pytest.raises(ConfigError, match=r"silero\.onnx is not a usable voice activity model: "):
        Silero(broken)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_cut_model_is_refused(tmp_path: Path, share: float) -> None:
    """A download that broke off never becomes a detector."""
    whole = model_path().read_bytes()
    cut = tmp_path / "silero.onnx"
    cut.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ConfigError, match="not a usable voice activity model"):
        Silero(cut)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """So is one that is not there."""
    with pytest.raises(ConfigError, match="not a usable voice activity model"):
        Silero(tmp_path / "nothing.onnx")
