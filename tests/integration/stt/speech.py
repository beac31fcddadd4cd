"""What the tests of the ears share: the speech of `tests/data/speech` and the recogniser's process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from call_center.testing.caller.line import alaw_decode

SPEECH = Path(__file__).parents[2] / "data" / "speech"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One synthetic caller utterance: what was said, what matters in it, 8 kHz PCM off an A-law line."""

    name: str
    text: str
    slots: dict[str, Any]
    pcm: bytes


def load_utterances() -> list[Utterance]:
    """All speech of the repository (RHVoice Natalia and Anatol)."""
    items = json.loads((SPEECH / "manifest.json").read_text("utf-8"))
    return [
        Utterance(
            item["file"], item["text"], item["slots"], alaw_decode((SPEECH / item["file"]).read_bytes())
        )
        for item in items
    ]


@dataclass(slots=True)
class Recogniser:
    """The recogniser as its own process."""

    socket: Path
    process: subprocess.Popen[bytes]


def start_recogniser(folder: Path, model: Path, environment: dict[str, str] | None = None) -> Recogniser:
    """Start the process and wait until its socket is there: that is when it is ready."""
    path = folder / "ears.sock"
    process = subprocess.Popen(
        [sys.executable, "-m", "call_center.stt.server", "--socket", str(path), "--model", str(model)],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, "the recogniser ended before it was ready"
        assert time.monotonic() < deadline, "the recogniser was not ready within 60 s"
        time.sleep(0.05)
    return Recogniser(path, process)


async def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for something another process or thread does."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  the condition belongs to somebody who sets no event
            await asyncio.sleep(0.01)
