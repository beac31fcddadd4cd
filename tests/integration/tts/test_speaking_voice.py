"""`SpeakingVoice` over real synthesisers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from call_center.core.ports import Voice
from call_center.errors import VoiceError
from call_center.tts.cache import SpeechCache
from call_center.tts.espeak import EspeakEngine
from call_center.tts.install import ensure_voice
from call_center.tts.level import LEAD_MS, rms_dbfs
from call_center.tts.rhvoice import RHVoiceEngine
from call_center.tts.speaking import SpeakingVoice

pytestmark = pytest.mark.integration

TEXT = "4 шини 205/55 R16 коштують 12 800 грн."
LIMIT_S = 120.0


async def joined(stream: AsyncIterator[bytes]) -> bytes:
    """The whole sound of a stream."""
    return b"".join([piece async for piece in stream])


def test_sound_is_loud_enough_and_starts_at_once() -> None:
    """Speech leaves near the telephone's level, unclipped, without leading silence."""

    async def run() -> bytes:
        voice = SpeakingVoice([RHVoiceEngine(ensure_voice(), processes=1)])
        try:
            return await joined(voice.synthesise(TEXT, 8_000))
        finally:
            await voice.close()

    pcm = asyncio.run(asyncio.wait_for(run(), LIMIT_S))
    samples = np.abs(np.frombuffer(pcm, dtype=np.int16).astype(np.int32))
    assert -21 < rms_dbfs(pcm, 8_000) < -15
    assert samples.max() < 32_000
    assert np.flatnonzero(samples > 400)[0] <= 8 * (LEAD_MS + 20)


def test_prerendered_phrases_are_ready_at_once() -> None:
    """A fixed phrase rendered at start is returned without an await, byte for byte what streams."""

    async def run() -> None:
        speaking = SpeakingVoice([RHVoiceEngine(ensure_voice(), processes=1)])
        voice: Voice = speaking  # the protocol of the core, checked by mypy
        try:
            assert voice.ready(TEXT, 8_000) is None
            assert await speaking.prerender([TEXT, "Хвилинку."]) == 2
            assert voice.ready(TEXT, 8_000) == await joined(voice.synthesise(TEXT, 8_000))
        finally:
            await speaking.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_a_sentence_cut_off_is_not_cached() -> None:
    """Barge-in leaves half a rendering, which must not be played as a whole later."""

    async def run() -> None:
        cache = SpeechCache(10_000_000)
        voice = SpeakingVoice([RHVoiceEngine(ensure_voice(), processes=1)], cache=cache)
        try:
            stream = voice.synthesise(TEXT, 8_000)
            await anext(stream)
            await stream.aclose()
            assert len(cache) == 0
        finally:
            await voice.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_the_fallback_speaks_when_the_engine_cannot(tmp_path: Path) -> None:
    """With RHVoice broken the call is not silent: espeak-ng speaks, and its sound is not kept."""

    async def run() -> None:
        cache = SpeechCache(10_000_000)
        voice = SpeakingVoice([RHVoiceEngine(tmp_path, processes=1), EspeakEngine()], cache=cache)
        try:
            assert len(await joined(voice.synthesise(TEXT, 8_000))) > 16_000
            assert len(cache) == 0
        finally:
            await voice.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_no_engine_left_is_a_voice_error(tmp_path: Path) -> None:
    """When nothing can speak the core is told, with the reason."""

    async def run() -> None:
        voice = SpeakingVoice([RHVoiceEngine(tmp_path, processes=1), EspeakEngine(tmp_path / "none")])
        try:
            with pytest.raises(VoiceError, match=r"RHVoice.*espeak-ng"):
                await joined(voice.synthesise(TEXT, 8_000))
        finally:
            await voice.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_a_crash_in_the_middle_is_not_heard() -> None:
    """A synthesiser killed while speaking is replaced; the sentence is whole and enters the cache."""

    async def run() -> None:
        engine = RHVoiceEngine(ensure_voice(), processes=1)
        voice = SpeakingVoice([engine])
        try:
            stream = voice.synthesise(TEXT, 8_000)
            sound = await anext(stream)
            for pid in engine.pids:
                os.kill(pid, signal.SIGKILL)
            sound += await joined(stream)
            assert voice.ready(TEXT, 8_000) == sound
        finally:
            await voice.close()

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))
