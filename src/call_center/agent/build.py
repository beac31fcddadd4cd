"""Builds the agent of a process from the settings: one store client, one catalogue, one conversation a call."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from call_center.agent.journal import Journal
from call_center.agent.lookups import DayLookups
from call_center.agent.phrases import fixed_lines
from call_center.agent.runtime import AgentRuntime, AgentSettings
from call_center.agent.store_shop import StoreShop
from call_center.config import Settings
from call_center.core.ports import CallInfo, Conversation
from call_center.errors import ConfigError
from call_center.store_client.client import StoreClient
from call_center.understanding import load_catalogue

Converse = Callable[[CallInfo, Journal], Conversation]


@contextlib.asynccontextmanager
async def build_conversation(settings: Settings) -> AsyncIterator[tuple[Converse, tuple[str, ...]]]:
    """Yield what makes the conversation of a call, and the fixed lines to render at start.

    Raises `ConfigError` when no shop is configured.
    """
    if not settings.store_api.url:
        raise ConfigError(
            "STORE_API_URL is empty: start `call-center store` and set the URL and key it prints"
        )
    agent = AgentSettings(name=settings.agent.name, shop=settings.agent.shop)
    catalogue = load_catalogue()
    async with StoreClient(settings.store_api.url, settings.store_api.key.get_secret_value()) as client:
        shop, lookups = StoreShop(client), DayLookups()

        def converse(info: CallInfo, journal: Journal) -> Conversation:
            return AgentRuntime(journal, catalogue, shop, agent, lookups=lookups)

        yield converse, fixed_lines(agent.name, agent.shop)
