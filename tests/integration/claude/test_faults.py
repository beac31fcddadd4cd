"""Whatever the provider does, the caller hears the agent go on."""

from __future__ import annotations

import asyncio

import pytest
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from tests.integration.claude.line import SHORT, client_of, open_line

from call_center.agent.claude.stream import Tally, ToolCall, Unusable, read
from call_center.store_client.breaker import Breaker, State
from call_center.testing.emulators.messages_api import Behaviour, emulator
from call_center.testing.emulators.messages_api import behaviours as provider_does
from call_center.testing.emulators.messages_api.wire import Reply

pytestmark = pytest.mark.integration
OPENING = "підберіть, будь ласка, шини двісті п'ять на п'ятдесят п'ять, шістнадцять"
APOLOGY = "технічна заминка"


def test_the_model_really_answers() -> None:
    """Without faults the opening is answered by the model, in its own words, and billed."""

    async def run() -> tuple[str, list[str], int, float]:
        async with open_line() as line:
            said = await line.say(OPENING)
            cost = sum(n["usd"] for n in line.notes("usage"))
            return said, line.owners(), len(line.provider.requests), cost

    said, owners, requests, cost = asyncio.run(run())
    assert said == "На який сезон шукаємо: зимові, літні чи всесезонні?"
    assert owners == ["claude:"]
    assert requests == 1
    assert 0 < cost < 0.01


@pytest.mark.parametrize("fault", provider_does.FAULTS, ids=lambda f: f.name)
def test_a_fault_that_stays_is_answered_by_the_built_in_brain(fault: Behaviour) -> None:
    """The same turn goes on without the model: a sensible question, no apology, one retry at most."""

    async def run() -> tuple[str, list[str], int]:
        async with open_line() as line:
            line.provider.behaviour = fault
            return await line.say(OPENING), line.owners(), len(line.provider.requests)

    said, owners, requests = asyncio.run(run())
    assert said.endswith("?")
    assert "сезон" in said or "зимов" in said
    assert APOLOGY not in said
    assert requests <= 2
    assert owners[-1].split(":")[0] in ("offline", "script")


def test_one_fault_is_retried() -> None:
    """After a single 529 the model answers the same turn."""

    async def run() -> tuple[list[str], int]:
        async with open_line() as line:
            line.provider.queue.append(provider_does.OVERLOADED)
            await line.say(OPENING)
            return line.owners(), len(line.provider.requests)

    assert asyncio.run(run()) == (["claude:"], 2)


@pytest.mark.parametrize(
    "lie",
    [
        Reply("Є Michelin за 999 грн. Беремо?"),
        Reply("Маємо 245/40 R18. Підходить?"),
        Reply("[[o9.name]] вам підійде. Берете?"),
        Reply("На все знижка десять відсотків. Берете?"),
        Reply(tools=(("delete_everything", {}),)),
        Reply(tools=(("search_tires", {"size": "245/40 R18", "season": "winter"}),)),
        Reply(tools=(("check_availability", {"option": "o7"}),)),
        Reply(
            tools=(("set_slots", {"changes": [{"slot": "season", "value": "winter", "evidence": "зимові"}]}),)
        ),
        Reply(
            tools=(
                ("set_slots", {"changes": [{"slot": "tyre_size", "value": "245/40R18", "evidence": "шини"}]}),
            )
        ),
        Reply(tools=(("confirm_order", {"order": "d1", "payment": "cod"}),)),
    ],
    ids=["price", "size", "handle", "discount", "tool", "search", "option", "evidence", "slot", "commit"],
)
def test_what_nobody_said_is_refused(lie: Reply) -> None:
    """A made-up fact, handle, slot or commit is neither spoken nor done; the call goes on with what is known."""

    async def run() -> tuple[str, list[dict[str, object]], list[str]]:
        async with open_line() as line:
            line.provider.behaviour = provider_does.says(lie)[0]
            said = await line.say(OPENING)
            tools = [n["tool"] for n in line.notes("model_refused") if "tool" in n]
            return said, line.notes("model_refused"), tools

    said, refused, _ = asyncio.run(run())
    assert refused
    assert "999" not in said
    assert "245" not in said
    assert "знижк" not in said
    assert said.endswith("?")
    assert APOLOGY not in said


def test_breaker_spares_a_dead_provider_and_a_trial_brings_it_back() -> None:
    """After five failures nothing is sent; when the wait is over one trial closes the breaker."""
    clock = [0.0]
    breaker = Breaker(lambda: clock[0])

    async def run() -> tuple[int, int, int, State]:
        async with open_line(breaker=breaker) as line:
            line.provider.behaviour = provider_does.SERVER_ERROR
            for _ in range(3):
                await line.say(
                    "розкажіть щось цікаве про ваші шини двісті п'ять на п'ятдесят п'ять, шістнадцять"
                )
            failed = len(line.provider.requests)
            await line.say("а що ще розкажете про шини?")
            spared = len(line.provider.requests)
        clock[0] = 31.0
        async with open_line(breaker=breaker) as later:
            await later.say(OPENING)
            return failed, spared, len(later.provider.requests), breaker.state

    failed, spared, trials, state = asyncio.run(run())
    assert failed == spared == 5
    assert trials == 1
    assert state is State.CLOSED


def test_leaving_the_iterator_closes_the_http_stream() -> None:
    """A barge-in stops the provider: it sees the client leave in mid-reply."""

    async def run() -> int:
        async with open_line() as line:
            line.provider.behaviour = provider_does.SILENT
            turn = line.call.say(OPENING)
            task = asyncio.ensure_future(anext(turn))
            await line.provider.asked.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            async with asyncio.timeout(2):
                await line.provider.someone_left.wait()
            return line.provider.left

    assert asyncio.run(run()) == 1


def test_tool_arguments_in_fragments_are_put_together() -> None:
    """Pieces cut anywhere, an empty one first, give the arguments that were sent."""
    args = {"size": "205/55 R16", "season": "winter", "brand": 'Mi"che\\lin — Ї'}

    async def run() -> list[object]:
        async with emulator() as provider, client_of(provider) as client:
            provider.behaviour = provider_does.says(Reply(tools=(("search_tires", args),)))[0]
            deadline = asyncio.get_running_loop().time() + 5
            parts = read(client, _request(), Tally(), first_token_s=5, deadline=deadline)
            return [part async for part in parts]

    (call,) = asyncio.run(run())
    assert isinstance(call, ToolCall)
    assert (call.name, call.args) == ("search_tires", args)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (provider_does.RATE_LIMITED, "rate_limited"), (provider_does.OVERLOADED, "overloaded"),
        (provider_does.SERVER_ERROR, "error"), (provider_does.SILENT, "timeout"), (provider_does.EMPTY, "empty"),
        (provider_does.REFUSAL, "refusal"), (provider_does.MAX_TOKENS, "cut"), (provider_does.BROKEN_TOOL_JSON, "malformed"),
        (provider_does.BROKEN_SSE, "malformed"),
    ],
    ids=lambda v: v if isinstance(v, str) else v.name,
)  # fmt: skip
def test_every_fault_has_its_name(fault: Behaviour, why: str) -> None:
    """The reason that metrics and the journal show."""

    async def run() -> None:
        async with emulator() as provider, client_of(provider) as client:
            provider.behaviour = fault
            deadline = asyncio.get_running_loop().time() + SHORT.round_s
            parts = read(client, _request(), Tally(), first_token_s=SHORT.first_token_s, deadline=deadline)
            async for _ in parts:
                pass

    with pytest.raises(Unusable, match=f"^{why}$"):
        asyncio.run(run())


def _request() -> MessageCreateParamsStreaming:
    return {
        "model": "claude-haiku-5-5",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": "<caller>так</caller>"}],
        "stream": True,
    }
