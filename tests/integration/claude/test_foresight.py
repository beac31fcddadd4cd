"""A request may be sent before the turn is over; until the turn is over nobody can tell."""

from __future__ import annotations

import asyncio

import pytest
from tests.integration.claude.line import Line, open_line

from call_center.agent.claude import BrainOptions
from call_center.agent.foresight import TRIED
from call_center.core.journal.events import Speaking, Spoken
from call_center.core.ports import Heard
from call_center.testing.emulators.messages_api import behaviours as provider_does

pytestmark = pytest.mark.integration
OPENING = "підберіть, будь ласка, шини двісті п'ять на п'ятдесят п'ять, шістнадцять"
PATIENT = BrainOptions(first_token_s=5.0, round_s=10.0)


async def foresee(line: Line, text: str) -> None:
    """The agent was heard out and the turn may be over with these words; back when the provider was asked."""
    for event in [e.event for e in line.journal.entries]:
        if isinstance(event, Speaking):
            line.journal.append(Spoken(event.sentence, 50, True, 50))
    line.provider.asked.clear()
    line.agent.foresee(Heard(1, text))
    await line.provider.asked.wait()


def test_the_request_of_an_interim_is_used_for_the_same_words() -> None:
    """The final differs in case and signs only: one request in all, its answer is spoken, it is paid for once."""

    async def run() -> tuple[str, int, int, list[str]]:
        async with open_line(PATIENT) as line:
            await foresee(line, OPENING)
            said = await line.say(OPENING.replace(",", "").capitalize() + ".")
            return said, len(line.provider.requests), len(line.notes("usage")), line.owners()

    said, requests, paid, owners = asyncio.run(run())
    assert said == "На який сезон шукаємо: зимові, літні чи всесезонні?"
    assert (requests, paid) == (1, 1)
    assert owners == ["claude:"]


def test_nothing_is_seen_of_it_before_the_turn_is_over() -> None:
    """While the request runs the journal, the slots and the history stand as they were, and no tool is called."""

    async def run() -> tuple[int, int, list[str], list[int]]:
        async with open_line(PATIENT) as line:
            await foresee(line, OPENING)
            line.agent.foresee(None)
            before = len(line.journal.entries)
            await foresee(line, OPENING + ", зимові")
            view = line.agent.view
            state = list(view.slots), list(view.records)
            spoken = sum(isinstance(e.event, Speaking) for e in line.journal.entries[:before])
            after = len(line.journal.entries) - spoken
            line.agent.foresee(None)
            await line.agent.end("caller_hangup")
            return before, after, *state

    before, after, slots, records = asyncio.run(run())
    assert before == after
    assert not slots
    assert not records


def test_other_words_are_asked_anew() -> None:
    """Another size in the final: the first request is dropped and paid for, the answer is to the final."""

    async def run() -> tuple[list[str], object, int]:
        async with open_line(PATIENT) as line:
            await foresee(line, OPENING)
            await line.say(OPENING.replace("шістнадцять", "сімнадцять"))
            asked = [r["messages"][-1]["content"] for r in line.provider.requests]
            return asked, line.agent.view.value("tyre_size"), len(line.notes("usage"))

    asked, size, paid = asyncio.run(run())
    assert size != "205/55R16"
    assert "шістнадцять" in asked[0]
    assert all("сімнадцять" in text for text in asked[1:])
    assert len(asked) > 1
    assert paid <= len(asked)


def test_a_caller_who_goes_on_stops_the_request() -> None:
    """The stream is closed at the provider while it still waits for its first token."""

    async def run() -> int:
        async with open_line(PATIENT) as line:
            line.provider.behaviour = provider_does.SILENT
            await foresee(line, OPENING)
            line.agent.foresee(None)
            await line.provider.someone_left.wait()
            return len(line.notes("brain"))

    assert asyncio.run(run()) == 0


def test_the_end_of_the_call_stops_it_too() -> None:
    """A caller who hangs up in the pause leaves no request behind."""

    async def run() -> int:
        async with open_line(PATIENT) as line:
            line.provider.behaviour = provider_does.SILENT
            await foresee(line, OPENING)
            await line.agent.end("caller_hangup")
            await line.provider.someone_left.wait()
            return line.provider.left

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize("text", ["зимові", "з'єднайте з оператором", ""])
def test_no_request_where_no_model_is_asked(text: str) -> None:
    """What the fast path or the script answers is not sent to anybody ahead of time."""

    async def run() -> int:
        async with open_line(PATIENT, said=[OPENING]) as line:
            before = len(line.provider.requests)
            line.agent.foresee(Heard(2, text))
            await line.say(text or "зимові")
            return len(line.provider.requests) - before

    assert asyncio.run(run()) == 0


def test_it_is_left_off_where_it_does_not_pay() -> None:
    """After too many requests in vain this caller's turns are only asked when they are over."""

    async def run() -> tuple[int, int]:
        async with open_line(PATIENT) as line:
            for number in range(TRIED):
                await foresee(line, f"{OPENING} {'або ' * (number + 1)}")
                await line.say("алло")
            before = len(line.provider.requests)
            line.agent.foresee(Heard(TRIED + 1, OPENING))
            await line.say("алло")
            return before, len(line.provider.requests)

    before, after = asyncio.run(run())
    assert after == before + 1
