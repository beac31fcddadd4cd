"""Builds the agent of a process from the settings: one store client, one catalogue, one conversation a call."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Literal, cast

from call_center.agent.brain import Brain
from call_center.agent.journal import Journal
from call_center.agent.lookups import DayLookups
from call_center.agent.offline import OfflineBrain
from call_center.agent.phrases import fixed_lines
from call_center.agent.prompts import FOLDER, Prompts, Texts
from call_center.agent.runtime import AgentRuntime
from call_center.agent.settings import AgentSettings
from call_center.agent.store_shop import StoreShop
from call_center.agent.unfinished import Unfinished
from call_center.config import Settings
from call_center.core.journal.events import Connected, Noted
from call_center.core.ports import CallInfo, Conversation
from call_center.errors import ConfigError
from call_center.monitoring import metrics
from call_center.store_client.breaker import Breaker
from call_center.store_client.client import StoreClient
from call_center.store_client.shared_breaker import SharedBreaker
from call_center.understanding import load_catalogue

Converse = Callable[[CallInfo, Journal], Conversation]


@contextlib.asynccontextmanager
async def build_brain(settings: Settings, texts: Texts | None = None) -> AsyncIterator[Brain]:
    """With a key the brain that asks Claude (and falls back), else the built-in one; shared by a process's calls.

    `texts` has the prompt versions that calls may have; without it there is only the built-in prompt.
    """
    chosen, brain = settings.anthropic, settings.brain
    if not chosen.api_key.get_secret_value():
        yield OfflineBrain()
        return
    from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient  # noqa: PLC0415 - a second of import, only with a key

    from call_center.agent.claude import BrainOptions, ClaudeBrain  # noqa: PLC0415
    from call_center.agent.claude.spending import DaySpending  # noqa: PLC0415
    from call_center.agent.claude.wording import Wording  # noqa: PLC0415

    options = BrainOptions(
        model=chosen.model,
        effort=None if chosen.effort == "none" else cast(Literal["low", "medium", "high"], chosen.effort),
        fast_path=brain.fast_path,
        first_token_s=brain.first_token_s,
        round_s=brain.round_s,
        call_cap=brain.call_cap_usd,
        day_cap=brain.day_cap_usd,
        strict_tools=chosen.strict_tools,
        speculate=brain.speculate,
    )
    own = "127.0.0.1" in chosen.base_url or "localhost" in chosen.base_url
    async with AsyncAnthropic(
        api_key=chosen.api_key.get_secret_value(),
        base_url=chosen.base_url or None,
        max_retries=0,  # the brain retries, within the turn's time
        http_client=DefaultAsyncHttpxClient(trust_env=not own),
    ) as client:
        spending = DaySpending(brain.day_cap_usd / settings.audio.workers)
        breaker = Breaker(time.monotonic)
        yield ClaudeBrain(
            client,
            load_catalogue(),
            options,
            breaker=breaker,
            spending=spending,
            wording=Wording(texts),
        )


@contextlib.asynccontextmanager
async def build_conversation(settings: Settings) -> AsyncIterator[tuple[Converse, tuple[str, ...]]]:
    """Yield what makes the conversation of a call, and the fixed lines to render at start.

    Raises `ConfigError` when no shop is configured.
    """
    if not settings.store_api.url:
        raise ConfigError(
            "STORE_API_URL is empty: start `call-center store` and set the URL and key it prints"
        )
    agent = AgentSettings(
        name=settings.agent.name,
        shop=settings.agent.shop,
        operators=(settings.agent.operators_from, settings.agent.operators_to),
    )
    catalogue = load_catalogue()
    async with contextlib.AsyncExitStack() as stack:
        key = settings.store_api.key.get_secret_value()
        client = await stack.enter_async_context(StoreClient(settings.store_api.url, key))
        shop, lookups, unfinished = StoreShop(client), DayLookups(), Unfinished()
        prompts = await stack.enter_async_context(follow_prompts(settings))
        brain = await stack.enter_async_context(build_brain(settings, prompts))
        url = settings.redis_url.get_secret_value()
        sharing = asyncio.create_task(SharedBreaker(client.transport.breaker, url).run()) if url else None

        def converse(info: CallInfo, journal: Journal) -> Conversation:
            if prompts is not None:
                record_prompt(prompts, info, journal)
            return AgentRuntime(
                journal,
                catalogue,
                shop,
                agent,
                clock=settings.clock,
                brain=brain,
                lookups=lookups,
                unfinished=unfinished,
            )

        try:
            yield converse, fixed_lines(agent.name, agent.shop)
        finally:
            if sharing is not None:
                sharing.cancel()
                await asyncio.gather(sharing, return_exceptions=True)


@contextlib.asynccontextmanager
async def follow_prompts(settings: Settings) -> AsyncIterator[Prompts | None]:
    """The shop's prompt versions, kept up to date; None where no model is asked, so that no call is counted for one."""
    if not settings.anthropic.api_key.get_secret_value():
        yield None
        return
    prompts = Prompts(settings.var_dir / FOLDER)
    await asyncio.to_thread(prompts.look)
    following = asyncio.create_task(prompts.follow(), name="prompts")
    try:
        yield prompts
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def record_prompt(prompts: Prompts, info: CallInfo, journal: Journal) -> None:
    """Journal which version a call gets, before its first connection; a call that goes on keeps what it has."""
    events = [entry.event for entry in journal.entries]
    if any(isinstance(e, Connected) or (isinstance(e, Noted) and e.what == "prompt") for e in events):
        return
    data = prompts.assign(info.caller, info.call_id)
    journal.append(Noted("prompt", data))
    metrics.CALLS_BY_PROMPT.labels(version=data["version"]).inc()
