"""The synthetic caller's voice: RHVoice Anatol, 8 kHz PCM. The engine starts with the first words."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from call_center.testing.caller.line import RATE
from call_center.tts.rhvoice import RHVoiceEngine


class AnatolVoice:
    """`Speak` for `SyntheticCaller`; an async context manager that ends its process."""

    def __init__(self, tempo: float = 1.0) -> None:
        self._engine = RHVoiceEngine(processes=1)
        self._tempo = tempo

    async def __aenter__(self) -> Self:
        """Nothing starts yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the synthesiser."""
        await self._engine.close()

    async def speak(self, text: str) -> bytes:
        """Words as PCM. Raises `VoiceError`, `ConfigError`."""
        pieces = [piece async for piece in self._engine.synthesise(text, "anatol", RATE, self._tempo)]
        return b"".join(pieces)
