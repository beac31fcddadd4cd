"""The real RHVoice in its own processes."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from call_center.errors import VoiceError
from call_center.tts.install import ensure_voice
from call_center.tts.level import rms_dbfs
from call_center.tts.rhvoice import RHVoiceEngine

pytestmark = pytest.mark.integration

SENTENCE = "добрий день, вас вітає магазин шин, чим можу допомогти"
LIMIT_S = 60.0


@pytest.fixture(scope="session")
def home() -> Path:
    """The unpacked engine; fetched once into the project's cache."""
    return ensure_voice()


async def joined(stream: AsyncIterator[bytes]) -> bytes:
    """The whole sound of a stream."""
    return b"".join([piece async for piece in stream])


def test_speech_is_audible_and_of_plausible_length(home: Path) -> None:
    """Both voices speak the sentence aloud in two to eight seconds."""

    async def run() -> None:
        engine = RHVoiceEngine(home, processes=1)
        try:
            for voice in ("natalia", "anatol"):
                pcm = await joined(engine.synthesise(SENTENCE, voice))
                assert -35 < rms_dbfs(pcm, 8_000) < -10
                assert 2 < len(pcm) / 16_000 < 8
        finally:
            await engine.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_sixteen_kilohertz_is_the_same_speech(home: Path) -> None:
    """The rate changes the number of samples, not the duration."""

    async def run() -> None:
        engine = RHVoiceEngine(home, processes=1)
        try:
            narrow = await joined(engine.synthesise(SENTENCE, rate=8_000))
            wide = await joined(engine.synthesise(SENTENCE, rate=16_000))
            assert abs(len(wide) - 2 * len(narrow)) < 100
        finally:
            await engine.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_the_first_piece_comes_long_before_the_last(home: Path) -> None:
    """Speech streams: a warm engine gives sound while most of the work is still to do."""

    async def run() -> None:
        engine = RHVoiceEngine(home, processes=1)
        try:
            await joined(engine.synthesise(SENTENCE))
            began = time.perf_counter()
            stream = engine.synthesise(SENTENCE * 3)
            await anext(stream)
            first = time.perf_counter() - began
            await joined(stream)
            assert first < 0.5 * (time.perf_counter() - began)
        finally:
            await engine.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_closing_the_stream_stops_the_work(home: Path) -> None:
    """After a barge-in the process is free at once, not after minutes of speech."""

    async def run() -> None:
        engine = RHVoiceEngine(home, processes=1)
        try:
            whole_began = time.perf_counter()
            await joined(engine.synthesise("слово " * 300))
            whole = time.perf_counter() - whole_began
            stream = engine.synthesise("слово " * 300)
            await anext(stream)
            began = time.perf_counter()
            await stream.aclose()
            await joined(engine.synthesise("так"))
            assert time.perf_counter() - began < whole / 2
        finally:
            await engine.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_a_killed_process_is_replaced_within_the_sentence(home: Path) -> None:
    """The listener gets the very same samples although every process was killed in between."""

    async def run() -> None:
        engine = RHVoiceEngine(home, processes=2)
        try:
            whole = await joined(engine.synthesise(SENTENCE))
            stream = engine.synthesise(SENTENCE)
            heard = await anext(stream)
            for pid in engine.pids:
                os.kill(pid, signal.SIGKILL)
            heard += await joined(stream)
            assert heard == whole
        finally:
            await engine.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_many_callers_are_served_by_few_processes(home: Path) -> None:
    """Twelve sentences at once over two processes all arrive whole."""

    async def run() -> None:
        engine = RHVoiceEngine(home, processes=2)
        try:
            sounds = await asyncio.gather(*(joined(engine.synthesise(SENTENCE)) for _ in range(12)))
            assert len(set(sounds)) == 1
            assert np.frombuffer(sounds[0], dtype=np.int16).any()
        finally:
            await engine.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_closing_ends_every_process(home: Path) -> None:
    """No synthesiser outlives its engine."""

    async def run() -> list[int]:
        engine = RHVoiceEngine(home, processes=2)
        await engine.start()
        pids = engine.pids
        await engine.close()
        return pids

    pids = asyncio.run(asyncio.wait_for(run(), LIMIT_S))
    assert len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_voice_of_another_licence_is_refused(home: Path) -> None:
    """Only the two voices that may be shipped exist."""

    async def run() -> None:
        engine = RHVoiceEngine(home)
        with pytest.raises(VoiceError, match="natalia"):
            await joined(engine.synthesise("так", "marianna"))

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_fetching_again_changes_nothing(home: Path) -> None:
    """`ensure_voice` is idempotent: the second call does not touch the folder."""
    before = home.stat().st_mtime_ns
    assert ensure_voice() == home
    assert home.stat().st_mtime_ns == before
