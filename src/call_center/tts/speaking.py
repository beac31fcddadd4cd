"""`SpeakingVoice`: the `Voice` of the core over one or more engines, with normaliser, cache, loudness and fallback.

Engines are tried in order; one that failed rests for `REST_S` while another is left. A sentence changes engines only before its
first sound. Only whole renderings enter the cache. VoiceError when no engine is left. Runs in one event loop.
"""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from functools import lru_cache

import structlog

from call_center.errors import ConfigError, VoiceError
from call_center.tts.cache import Key, SpeechCache
from call_center.tts.level import Loudness, Shaper, rms_dbfs
from call_center.tts.rhvoice import Engine
from call_center.tts.spoken.normaliser import spoken as spoken_form

CACHE_BYTES = 32 * 1024 * 1024  # about half an hour at 8 kHz
REST_S = 10.0
FIRST_GUESS_DBFS = -20.0  # RHVoice's Natalia at 8 kHz, measured; learnt from then on

log = structlog.get_logger(__name__)


class SpeakingVoice:
    """Text in, telephone-ready PCM out."""

    def __init__(
        self,
        engines: Sequence[Engine],
        *,
        voice: str = "natalia",
        tempo: float = 1.0,
        cache: SpeechCache | None = None,
        normaliser: Callable[[str], str] = spoken_form,
    ) -> None:
        if not engines:
            raise ConfigError("no synthesiser is configured: give at least one")
        self._engines = tuple(engines)
        self._voice, self._tempo = voice, tempo
        self.cache = cache if cache is not None else SpeechCache(CACHE_BYTES)  # an empty one is falsy
        self._spoken = lru_cache(maxsize=2048)(normaliser)
        self._loudness = {engine.name: Loudness(FIRST_GUESS_DBFS) for engine in engines}
        self._resting: dict[str, float] = {}  # engine name: loop time at which it may be tried again

    def spoken(self, text: str) -> str:
        """The words the synthesiser will get for `text`."""
        return self._spoken(text)

    def ready(self, text: str, rate: int) -> bytes | None:
        """PCM at once when it is cached."""
        return self.cache.get(self._key(text, rate))

    async def prerender(self, texts: Iterable[str], rate: int = 8_000) -> int:
        """Render fixed phrases into the cache; returns how many there are. Raises VoiceError."""
        count = 0
        for text in texts:
            async for _ in self.synthesise(text, rate):
                pass
            count += 1
        return count

    async def synthesise(self, text: str, rate: int) -> AsyncGenerator[bytes, None]:
        """Stream PCM of one sentence; closing the iterator stops the engine."""
        key = self._key(text, rate)
        if not any(map(str.isalpha, key.spoken)):
            return
        if (cached := self.cache.get(key)) is not None:
            yield cached
            return
        reasons: list[str] = []
        for engine in self._available():
            stream = self._render(engine, key)
            begun = False
            try:
                async for piece in stream:
                    begun = True
                    yield piece
                return
            except (VoiceError, ConfigError) as error:
                self._resting[engine.name] = get_running_loop().time() + REST_S
                log.warning("synthesiser_failed", engine=engine.name, reason=str(error), begun=begun)
                reasons.append(str(error))
                if begun:
                    break  # half a sentence in another voice helps nobody
            finally:
                await stream.aclose()
        raise VoiceError("; ".join(reasons))

    async def close(self) -> None:
        """Release every engine."""
        for engine in self._engines:
            await engine.close()

    def _key(self, text: str, rate: int) -> Key:
        return Key(self.spoken(text), self._voice, rate, self._tempo)

    def _available(self) -> list[Engine]:
        now = get_running_loop().time()
        rested = [engine for engine in self._engines if self._resting.get(engine.name, 0.0) <= now]
        return rested or list(self._engines)

    async def _render(self, engine: Engine, key: Key) -> AsyncGenerator[bytes, None]:
        loudness = self._loudness[engine.name]
        shaper = Shaper(key.rate, loudness.gain)
        raw, whole = bytearray(), bytearray()
        stream = engine.synthesise(key.spoken, key.voice, key.rate, key.tempo)
        try:
            async for piece in stream:
                raw += piece
                if out := shaper.feed(piece):
                    whole += out
                    yield out
        finally:
            await stream.aclose()
        if out := shaper.finish():
            whole += out
            yield out
        if not whole:
            raise VoiceError(f"{engine.name} gave no sound")
        if len(raw) >= 2 * key.rate:  # a second: single words differ too much
            loudness.learn(rms_dbfs(bytes(raw), key.rate))
        if engine is self._engines[0]:  # a fallback's sound must not outlive its need
            self.cache.put(key, bytes(whole))
