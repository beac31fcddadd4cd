"""The real model and the recogniser's process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.stt.speech import Recogniser, Utterance, load_utterances, start_recogniser

from call_center.stt.install import ensure_model
from call_center.stt.whisper import Whisper


@pytest.fixture(scope="session")
def model() -> Path:
    """The pinned weights, fetched when this machine has none."""
    return ensure_model()


@pytest.fixture(scope="session")
def whisper(model: Path) -> Whisper:
    """The engine inside this process."""
    return Whisper(model)


@pytest.fixture(scope="session")
def utterances() -> list[Utterance]:
    """All speech of the repository."""
    return load_utterances()


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[Recogniser]:
    """A running recogniser; ended by its own process id."""
    running = start_recogniser(tmp_path_factory.mktemp("ears"), model)
    yield running
    running.process.terminate()
    running.process.wait(timeout=10)
