"""A process dies in an answer that a model was streaming: the next one goes on with it, whatever the model would say."""

from __future__ import annotations

import asyncio

import pytest
from tests.integration.claude.line import SHORT, brain_on, client_of, open_line
from tests.unit.agent.shelf import ShelfShop

from call_center.agent.runtime import AgentRuntime
from call_center.core.journal.events import Answered, CallerSaid, Speaking
from call_center.core.ports import Heard, Say
from call_center.testing.emulators.messages_api import emulator
from call_center.understanding import load_catalogue

pytestmark = pytest.mark.integration
WANTS = "потрібні зимові шини двісті п'ять на п'ятдесят п'ять, шістнадцять"


def test_answer_of_a_model_is_finished_by_the_script_without_a_request() -> None:
    """The first sentence had been handed to the voice; the heir says the rest, asks, and asks no model for it."""

    async def run() -> tuple[list[str], list[str], int]:
        async with open_line(said=[WANTS]) as line:
            assert "claude:" in line.owners()
            told = [e.event.text for e in line.journal.entries if isinstance(e.event, Speaking)]
            entries = [e for e in line.journal.entries if not isinstance(e.event, Answered)]
            last = max(n for n, e in enumerate(entries) if isinstance(e.event, CallerSaid))
            first = next(n for n, e in enumerate(entries) if n > last and isinstance(e.event, Speaking))
            line.journal._entries[:] = entries[: first + 1]
            async with emulator() as provider, client_of(provider) as client:
                heir = AgentRuntime(
                    line.journal, load_catalogue(), ShelfShop(), brain=brain_on(provider, client, SHORT, None)
                )
                assert [act async for act in heir.greet(resumed=True)]
                sentence = entries[first].event
                assert isinstance(sentence, Speaking)
                heard = Heard(1, WANTS, told=(sentence.text,))
                says = [act async for act in heir.respond(heard) if isinstance(act, Say)]
                return told, [say.text for say in says if say.expected], len(provider.requests)

    told, asked, requests = asyncio.run(run())
    assert asked
    assert asked[0] not in told[:-1]
    assert requests == 0
