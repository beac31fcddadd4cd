"""Whole calls in virtual time: the conversation is told of a turn that may be over, and of one that is not."""

from __future__ import annotations

import pytest

from call_center.core.journal import events as ev
from call_center.core.ports import Expected, Heard, Question
from call_center.testing.memory_call import MemoryCall
from call_center.testing.scripted import Decode, ScriptedConversation, ScriptedEars
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit


def listening(*script: Decode | str) -> tuple[MemoryCall, ScriptedConversation]:
    """A call whose conversation keeps what it was told; everything is an open question."""
    conversation = ScriptedConversation(keep_turns=True, asking=Expected("open", Question.OPEN))
    return MemoryCall(conversation, ears=ScriptedEars(script)), conversation


def test_words_are_foreseen_while_the_pause_still_runs() -> None:
    """The conversation knows a stable interim before the turn ends: nothing is journalled of it or spoken."""

    async def main() -> None:
        call, conversation = listening("зимові шини")
        await call.line.quiet(500)
        await call.line.speak(1_000)
        await call.line.quiet(400)
        assert conversation.foreseen == [Heard(1, "зимові шини")]
        assert conversation.turns == []
        assert call.events(ev.CallerSaid) == []
        assert call.events(ev.Speaking) == []
        await call.line.quiet(1_500)
        assert [turn.text for turn in conversation.turns] == ["зимові шини"]
        assert conversation.foreseen == [Heard(1, "зимові шини")]
        await call.hang_up()

    run_virtual(main())


def test_a_caller_who_goes_on_takes_it_back() -> None:
    """Voice after the interim: what was foreseen is called off at once, and the whole turn is foreseen anew."""

    async def main() -> None:
        call, conversation = listening("зимові шини", "зимові шини на шістнадцять")
        await call.line.quiet(500)
        await call.line.speak(1_000)
        await call.line.quiet(400)
        await call.line.speak(1_000)
        assert conversation.foreseen == [Heard(1, "зимові шини"), None]
        await call.line.quiet(2_000)
        assert conversation.foreseen[2:] == [Heard(1, "зимові шини на шістнадцять")]
        assert [turn.text for turn in conversation.turns] == ["зимові шини на шістнадцять"]
        await call.hang_up()

    run_virtual(main())


def test_noise_foresees_nothing() -> None:
    """What a gate threw away is no interim."""

    async def main() -> None:
        call, conversation = listening(Decode("", rejected="no_speech"))
        await call.line.quiet(500)
        await call.line.speak(300)
        await call.line.quiet(3_000)
        assert [heard for heard in conversation.foreseen if heard is not None] == []
        await call.hang_up()

    run_virtual(main())
