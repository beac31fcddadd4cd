"""The brain of a command that takes `--brain`: the built-in one, or Claude, on the emulator when no key is set."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from call_center.agent.brain import Brain
    from call_center.agent.prompts import Texts


class BrainName(StrEnum):
    """Who answers."""

    OFFLINE = "offline"
    CLAUDE = "claude"


@contextlib.asynccontextmanager
async def open_brain(name: BrainName, texts: Texts | None = None) -> AsyncIterator[Brain | None]:
    """The brain, with the prompt versions of `texts`; None lets the runtime take the built-in one."""
    if name is BrainName.OFFLINE:
        yield None
        return
    from pydantic import SecretStr

    from call_center.agent.build import build_brain
    from call_center.config import load_settings
    from call_center.testing.emulators.messages_api import emulator

    settings = load_settings()
    async with contextlib.AsyncExitStack() as stack:
        if not settings.anthropic.api_key.get_secret_value():
            running = await stack.enter_async_context(emulator())
            at = {"api_key": SecretStr("emulated"), "base_url": running.url}
            settings = settings.model_copy(update={"anthropic": settings.anthropic.model_copy(update=at)})
        yield await stack.enter_async_context(build_brain(settings, texts))
