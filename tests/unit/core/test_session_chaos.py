"""Any caller, any conversation, any recogniser: what must hold in every call, found by hypothesis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from call_center.core.floor import State
from call_center.core.journal import events as ev
from call_center.core.journal import fold
from call_center.core.ports import Act, Expected, HangUp, Heard, Question, Readiness, Say, Transfer
from call_center.testing.memory_call import PHRASES, MemoryCall
from call_center.testing.scripted import Decode, ScriptedConversation, ScriptedEars, ScriptedVoice
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Wait:
    """The conversation works for a while."""

    seconds: float


@dataclass(frozen=True)
class Crash:
    """The conversation raises."""


Step = Say | Transfer | HangUp | Wait | Crash
SAYS = st.builds(
    Say,
    st.sampled_from(["Так.", "Є три варіанти.", "Зачекайте."]),
    interruptible=st.booleans(),
    filler=st.booleans(),
)
WAITS = st.builds(Wait, st.sampled_from([0.05, 0.5, 1.0, 3.0, 20.0]))
STEPS = st.lists(
    SAYS | SAYS | WAITS | st.just(Crash()) | st.just(Transfer("customer_request")) | st.just(HangUp("done")),
    max_size=4,
)
DECODES = st.builds(
    Decode,
    st.sampled_from(["так", "угу", "зимові шини на", "шини"]),
    rejected=st.sampled_from([None, None, None, "no_speech", "repetition", "failed"]),
    seconds=st.sampled_from([0.0, 0.1, 0.4, 5.0]),
)
READY = frozenset(PHRASES.all())
CALLER = st.tuples(st.sampled_from(["speak", "speak", "quiet", "quiet", "key"]), st.integers(1, 120))


def judge(text: str) -> Readiness:
    """Judge by the last words."""
    return Readiness(
        complete=text.endswith("так"),
        dangling=text.endswith("на"),
        backchannel=text == "угу",
        words=len(text.split()),
    )


def conversation(answers: list[list[Step]], question: Question) -> ScriptedConversation:
    """Return a conversation that gives one of `answers` after the other, starting with the greeting's."""
    turns = iter(range(10_000))

    async def play(steps: list[Step]) -> AsyncIterator[Act]:
        for step in steps:
            if isinstance(step, Crash):
                raise LookupError("scripted")
            if isinstance(step, Wait):
                await asyncio.sleep(step.seconds)
            else:
                yield step

    def respond(heard: Heard) -> AsyncIterator[Act]:
        return play(answers[next(turns) % len(answers)])

    return ScriptedConversation(
        greeting=[Say("Розмова обробляється.", interruptible=False)],
        responder=respond,
        asking=Expected("slot", question),
        judge_with=judge,
        keep_turns=True,
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(CALLER, max_size=12),
    st.lists(STEPS, min_size=1, max_size=4),
    st.lists(DECODES, min_size=1, max_size=4),
    st.sampled_from(list(Question)),
    st.booleans(),
)
def test_any_call_keeps_its_promises(
    caller: list[tuple[str, int]],
    answers: list[list[Step]],
    decodes: list[Decode],
    question: Question,
    cached: bool,
) -> None:
    """No internal error, nobody left in silence, nothing leaked, every sentence accounted for."""

    async def main() -> None:
        before = asyncio.all_tasks()
        script = conversation(answers, question)
        voice = ScriptedVoice(0.7, cached=cached or READY, wait_s=0.2)
        call = MemoryCall(script, ears=ScriptedEars(decodes), voice=voice)
        for act, amount in caller:
            if act == "speak":
                await call.line.speak(amount * 20)
            elif act == "quiet":
                await call.line.quiet(amount * 20)
            else:
                call.line.key("0123456789*#"[amount % 12])
        await check_liveness(call, script)
        await call.hang_up()
        check_accounts(call)
        assert asyncio.all_tasks() == before
        assert call.observer.outcomes[0][1] == 0

    run_virtual(main())


async def check_liveness(call: MemoryCall, script: ScriptedConversation) -> None:
    """Within 30 s of silence something is said, asked of the conversation, or the call is over."""
    turns, heard = len(script.turns), len(call.line.heard_clips())
    await call.line.quiet(30_000)
    over = call.line.closed_at is not None or call.state in (State.HANDOVER, State.ENDING)
    assert over or len(script.turns) > turns or len(call.line.heard_clips()) > heard
    if over:
        await call.line.quiet(5_000)
        assert call.line.closed_at is not None


def check_accounts(call: MemoryCall) -> None:
    """The journal tells of every sentence how much was heard; only scripted faults happened."""
    spoken = {event.sentence: event for event in call.events(ev.Spoken)}
    assert len(spoken) == len(call.events(ev.Spoken)) == len(call.events(ev.Speaking))
    heard = set(call.line.heard_clips())
    ended = call.sink.entries[-1].at
    at_the_end = {
        e.event.sentence for e in call.sink.entries if isinstance(e.event, ev.Spoken) and e.at == ended
    }
    for speaking in call.events(ev.Speaking):
        record = spoken[speaking.sentence]
        assert (record.frames > 0) == (speaking.sentence in heard)
        assert record.total_frames == 0 or record.frames <= record.total_frames
        assert (
            speaking.interruptible or record.complete or not record.frames or speaking.sentence in at_the_end
        )
    assert {type(error) for error in call.observer.errors} <= {LookupError, TimeoutError}
    assert sum(isinstance(entry.event, ev.Ended) for entry in call.sink.entries) == 1
    assert fold(call.sink.entries) == call.journal.view
