"""What a call is owed when another process goes on with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.journal import events as ev
from call_center.core.journal import read_spool
from call_center.core.ports import Act, Expected, HangUp, Heard, Question, Say, Transfer
from call_center.core.resuming import Resumption, opening, resumption
from call_center.testing.scripted import ScriptedConversation

pytestmark = pytest.mark.unit

GREETED = (
    ev.Connected("w", 8000),
    ev.Speaking(0, 1, "Вітаю!", "вітаю"),
    ev.Spoken(1, 40, True, 40),
)
ASKED = ev.Speaking(1, 2, "Який розмір?", "який розмір", slot="tyre_size", question="digits")
SAID = ev.CallerSaid(1, "шини", 1, 0, 9)
WHOLE = ev.Answered(1)


def journal(*happened: ev.Event, epoch: int = 1) -> list[ev.Entry]:
    """One epoch of a journal."""
    return [ev.Entry("call", epoch, seq, 100.0 + seq, event) for seq, event in enumerate(happened, start=1)]


def owed(*happened: ev.Event) -> Resumption | None:
    """What the second process owes after the first one's entries."""
    return resumption(journal(*happened), 2)


def again(resumed: Resumption | None) -> list[str]:
    """What is said when nothing else is: nothing was cut."""
    assert resumed is not None
    assert resumed.repeat == ()
    return [say.text for say in resumed.question]


def waiting(resumed: Resumption | None) -> Heard | None:
    """The turn that waits for its answer, or the rest of it."""
    assert resumed is not None
    return resumed.unanswered


def texts(resumed: Resumption | None) -> list[str]:
    """What is repeated."""
    assert resumed is not None
    return [say.text for say in resumed.repeat]


def test_cut_sentence_is_owed() -> None:
    """A sentence whose playing never ended is said again, with what it asks."""
    resumed = owed(*GREETED, SAID, ASKED, WHOLE, ev.Playing(2, 30, 90))
    assert texts(resumed) == ["Який розмір?"]
    assert resumed is not None
    assert resumed.repeat[0].expected == Expected("tyre_size", Question.DIGITS)
    assert resumed.unanswered is None


def test_sentence_in_the_queue_is_owed_after_the_one_that_played() -> None:
    """Look-ahead is not lost, and the order stays."""
    first = ev.Speaking(1, 2, "Є три варіанти.", "є три варіанти")
    resumed = owed(*GREETED, ev.CallerSaid(1, "шини", 1, 0, 9), first, ev.Speaking(1, 3, "Який?", "який"))
    assert texts(resumed) == ["Є три варіанти.", "Який?"]


def test_rest_of_an_answer_that_had_not_reached_the_voice_is_owed() -> None:
    """Killed in the first of three sentences, or between two: those that were to follow come too, with their question."""
    rest = [["Разом 5 грн.", None, None, True], ["Правильно?", "agree", "yes_no", True]]
    first = ev.Speaking(1, 2, "Є шини.", "є шини", rest=rest)
    said = ev.CallerSaid(1, "шини", 1, 0, 9)
    resumed = owed(*GREETED, said, first, ev.Playing(2, 3, 9))
    assert texts(resumed) == ["Є шини.", "Разом 5 грн.", "Правильно?"]
    assert resumed is not None
    assert resumed.repeat[-1].expected == Expected("agree", Question.YES_NO)
    assert [say.text for say in resumed.repeat[0].rest] == ["Разом 5 грн.", "Правильно?"]
    assert texts(owed(*GREETED, said, first, ev.Spoken(2, 9, True, 9))) == ["Разом 5 грн.", "Правильно?"]
    assert again(owed(*GREETED, said, first, ev.Interrupted(2, 3, "words"), ev.Spoken(2, 3, False))) == [
        "Є шини."
    ]


def test_sentence_cut_by_a_lost_line_is_owed() -> None:
    """The socket broke and the session recorded how far it was: the caller missed the rest all the same."""
    said = ev.CallerSaid(1, "шини", 1, 0, 9)
    assert texts(owed(*GREETED, said, ASKED, ev.Spoken(2, 30, False, 90), ev.Ended("caller_hangup"))) == [
        "Який розмір?"
    ]


def test_turn_without_an_answer_is_answered() -> None:
    """The process died while it was thinking: the caller need not say it again."""
    resumed = owed(*GREETED, ev.CallerSaid(1, "шини на зиму", 0.8, 0, 9))
    assert waiting(resumed) == Heard(1, "шини на зиму", 0.8)
    assert texts(resumed) == []


def test_answer_that_was_not_whole_is_gone_on_with() -> None:
    """Killed in a statement, the question after it not yet made: what was handed to the voice is known."""
    first = ev.Speaking(1, 2, "Є шини.", "є шини")
    resumed = owed(*GREETED, SAID, first, ev.Playing(2, 3, 9))
    assert texts(resumed) == ["Є шини."]
    assert waiting(resumed) == Heard(1, "шини", 1, told=("Є шини.",))
    assert waiting(owed(*GREETED, SAID, first, WHOLE, ev.Playing(2, 3, 9))) is None


def test_silence_without_an_answer_is_answered() -> None:
    """Killed between the silence and the prompt for it."""
    assert waiting(owed(*GREETED, ev.CallerSilent(2, 1))) == Heard(1, "", silence=2)


def test_end_of_the_call_that_was_decided_comes() -> None:
    """Killed in the goodbye or in the line before a transfer: it is said to its end, and the call ends."""
    bye = ev.Speaking(1, 2, "До побачення!", "до побачення")
    left = owed(*GREETED, SAID, bye, ev.Answered(1, "goodbye"), ev.Playing(2, 3, 9))
    assert left is not None
    assert (texts(left), left.then) == (["До побачення!"], HangUp("goodbye"))
    handed = owed(*GREETED, SAID, bye, ev.TransferRequested("limit", "шини"))
    assert handed is not None
    assert (texts(handed), handed.then) == (["До побачення!"], Transfer("limit", "шини"))


def test_caller_who_took_the_floor_from_a_goodbye_is_not_hung_up_on() -> None:
    """Whatever he was going to say."""
    bye = ev.Speaking(1, 2, "До побачення!", "до побачення")
    left = owed(*GREETED, SAID, bye, ev.Answered(1, "goodbye"), ev.Interrupted(2, 3, "words"))
    assert left is not None
    assert left.then is None


def test_journal_of_schema_3_is_gone_on_with() -> None:
    """A process of the version before died in a statement whose question was not made; it knew no `Answered`."""
    entries = read_spool(Path(__file__).parent / "journals" / "schema-3.jsonl").entries
    resumed = resumption(entries, 2)
    (statement,) = texts(resumed)
    assert statement.startswith("Ваше замовлення")
    assert waiting(resumed) == Heard(1, "де моє замовлення", 0.9, told=(statement,))


def test_keys_that_nobody_had_taken_are_taken_up() -> None:
    """Part of a number waits for the rest; a number that ended with # and a key elsewhere are turns."""
    asked = (*GREETED, SAID, ASKED, WHOLE, ev.Spoken(2, 90, True, 90))
    part = owed(*asked, ev.KeyPressed("2"), ev.KeyPressed("0"))
    assert part is not None
    assert (part.keys, part.keyed_at, part.question, part.unanswered) == ("20", 109.0, (), None)
    whole = owed(*asked, ev.KeyPressed("2"), ev.KeyPressed("0"), ev.KeyPressed("#"))
    assert waiting(whole) == Heard(2, "", keys="20")
    assert whole is not None
    assert (whole.keys, whole.keyed) == ("", ev.CallerSaid(2, "", 1, 0, 0, keys="20"))
    assert waiting(owed(*GREETED, ev.KeyPressed("1"))) == Heard(1, "", keys="1")
    assert waiting(owed(*asked, ev.KeyPressed("2"), ev.CallerSaid(2, "", 1, 0, 0, keys="2"))) == Heard(
        2, "", keys="2"
    )


def test_keys_without_an_answer_are_answered() -> None:
    """A turn in keys is owed its answer as one in words is: the question is not put again."""
    resumed = owed(*GREETED, ASKED, ev.Spoken(2, 90, True, 90), ev.CallerSaid(1, "", 1, 9, 9, keys="2055516"))
    assert waiting(resumed) == Heard(1, "", 1, keys="2055516")


def test_filler_is_no_answer() -> None:
    """A phrase that covered the wait is not repeated and answers nothing."""
    filler = ev.Speaking(1, 2, "Хвилинку.", "хвилинку", filler=True)
    resumed = owed(*GREETED, ev.CallerSaid(1, "шини", 1, 0, 9), filler)
    assert waiting(resumed) == Heard(1, "шини", 1)


def test_listening_call_hears_its_question_again() -> None:
    """Everything was played, the caller was to answer: what he said meanwhile is lost, so he is asked again."""
    assert again(owed(*GREETED, SAID, ASKED, WHOLE, ev.Spoken(2, 90, True, 90))) == ["Який розмір?"]


def test_interrupted_sentence_is_asked_again_once() -> None:
    """The caller had taken the floor, and his words were lost with the process."""
    happened = (*GREETED, SAID, ASKED, ev.Interrupted(2, 20, "voice"))
    assert again(owed(*happened, ev.Spoken(2, 20, False, 90))) == ["Який розмір?"]


def test_call_that_heard_nothing_begins_anew() -> None:
    """The legal notice was not heard to its end."""
    assert owed(ev.Connected("w", 8000), ev.Speaking(0, 1, "Вітаю!", "вітаю"), ev.Playing(1, 9, 40)) is None


def test_call_that_was_handed_over_owes_nothing() -> None:
    """It comes back from busy operators: the conversation knows what to say."""
    happened = (*GREETED, ev.TransferRequested("limit", ""), ev.Ended("transfer"))
    assert owed(*happened) == Resumption()


def test_second_kill_repeats_what_the_first_heir_did_not_finish() -> None:
    """Killed in the repetition: the sentence once, the bridging phrase of the first heir not at all."""
    first = journal(*GREETED, SAID, ASKED, ev.Playing(2, 30, 90))
    bridge = (ev.Connected("w2", 8000, True), ev.Speaking(1, 3, "Зв'язок перервався.", "зв'язок перервався"))
    again = ev.Speaking(1, 4, ASKED.text, ASKED.spoken, ASKED.slot, ASKED.question)
    assert texts(resumption(first + journal(*bridge, epoch=2), 3)) == ["Який розмір?"]
    cut = journal(*bridge, ev.Spoken(3, 9, True, 9), again, epoch=2)
    assert texts(resumption(first + cut, 3)) == ["Який розмір?"]


def test_repetition_that_was_heard_settles_the_debt() -> None:
    """What was said again to its end is not owed a third time beside the next answer."""
    first = journal(*GREETED, SAID, ASKED, ev.Playing(2, 30, 90))
    again = ev.Speaking(1, 4, ASKED.text, ASKED.spoken, ASKED.slot, ASKED.question)
    second = journal(ev.Connected("w2", 8000, True), ev.Speaking(1, 3, "Так.", "так"), again, epoch=2)
    third = [*second, ev.Entry("call", 2, 9, 200.0, ev.Spoken(4, 90, True, 90))]
    said = [ev.Entry("call", 2, 10, 201.0, ev.CallerSaid(2, "двісті п'ять", 1, 0, 9))]
    resumed = resumption(first + third + said, 3)
    assert (texts(resumed), waiting(resumed)) == ([], Heard(2, "двісті п'ять", 1))


_EVENTS = st.sampled_from(
    [
        *GREETED,
        ASKED,
        ev.Connected("w", 8000, True),
        ev.Speaking(1, 3, "Два.", "два"),
        ev.Speaking(1, 4, "Так.", "так", filler=True),
        ev.Playing(2, 10, 90),
        ev.Spoken(2, 90, True, 90),
        ev.Spoken(3, 20, False, 50),
        ev.CallerSaid(1, "шини", 1, 0, 9),
        ev.CallerSaid(2, "", 0, 0, 9, "no_speech"),
        ev.Interrupted(2, 9, "words"),
        ev.KeyPressed("1"),
        ev.CallerSilent(1, 3),
        ev.Answered(1),
        ev.Answered(2, "goodbye"),
        ev.TransferRequested("limit", ""),
        ev.Ended("agent_hangup"),
    ]
)


@given(st.lists(_EVENTS, max_size=25), st.lists(_EVENTS, max_size=10), st.randoms())
def test_debt_does_not_depend_on_how_entries_came(first: list[Any], second: list[Any], random: Any) -> None:
    """Spool, Redis and memory overlap in any order: the same is owed, and never twice."""
    entries = journal(*first) + journal(*second, epoch=2)
    shuffled = entries * 2
    random.shuffle(shuffled)
    resumed = resumption(shuffled, 3)
    assert resumed == resumption(entries, 3)
    if resumed is not None:
        said = [say.text for say in resumed.repeat]
        assert len(said) == len(set(said))


@given(st.lists(_EVENTS, max_size=25))
def test_resumed_call_with_a_past_is_never_silent(happened: list[Any]) -> None:
    """Whoever heard a sentence is owed words: a repetition, an answer, or the conversation's own line."""
    resumed = resumption(journal(*happened), 2)
    spoke = any(isinstance(e, ev.Speaking) and not e.filler for e in happened)
    resumed_before = any(isinstance(e, ev.Connected) and e.resumed for e in happened)
    decided = any(isinstance(e, ev.TransferRequested | ev.Ended) for e in happened)
    if resumed is not None and spoke and not resumed_before and not decided:
        assert resumed.repeat or resumed.unanswered or resumed.question or resumed.keys or resumed.then


class Bridged(ScriptedConversation):
    """Greets or bridges; `rest` is what it says of its own after the bridge."""

    rest: tuple[str, ...] = ()

    async def greet(self, *, resumed: bool) -> AsyncIterator[Act]:
        """One line, and the rest after a gap."""
        yield Say("Зв'язок перервався." if resumed else "Вітаю!")
        for text in self.rest if resumed else ():
            yield Say(text)


def spoken(resumed: Resumption | None, *rest: str) -> list[str]:
    """What the opening says."""

    async def collect() -> list[str]:
        conversation = Bridged(answer=(Say("Відповідь."),))
        conversation.rest = rest
        return [act.text async for act in opening(conversation, resumed) if isinstance(act, Say)]

    return asyncio.run(collect())


def test_opening_bridges_then_repeats_then_answers() -> None:
    """Bridge, what was cut, the answer that was owed."""
    resumed = Resumption((Say("Раз."), Say("Два.")), Heard(1, "шини"))
    assert spoken(resumed) == ["Зв'язок перервався.", "Раз.", "Два.", "Відповідь."]


def test_conversation_that_goes_on_by_itself_is_not_asked_again() -> None:
    """The yes before the death was carried out and told: the same words do not count a second time."""
    resumed = Resumption((), Heard(1, "так"))
    assert spoken(resumed, "Замовлення оформлено.") == ["Зв'язок перервався.", "Замовлення оформлено."]


def test_opening_without_a_debt_puts_the_last_question_again() -> None:
    """Once, and only where nothing else is said."""
    question = (Say("Який розмір?"),)
    assert spoken(Resumption(question=question)) == ["Зв'язок перервався.", "Який розмір?"]
    assert spoken(Resumption((Say("Раз."),), question=question)) == ["Зв'язок перервався.", "Раз."]
    heard = Heard(1, "шини")
    assert spoken(Resumption((), heard, question)) == ["Зв'язок перервався.", "Відповідь."]


def test_opening_of_a_call_that_was_to_end_ends_it() -> None:
    """With the goodbye that was cut, and at once where it had been heard."""

    async def collect(resumed: Resumption) -> list[Act]:
        return [act async for act in opening(Bridged(), resumed)]

    bye = Say("До побачення!")
    cut = asyncio.run(collect(Resumption((bye,), then=HangUp("goodbye"))))
    assert cut == [Say("Зв'язок перервався."), bye, HangUp("goodbye")]
    assert asyncio.run(collect(Resumption(then=HangUp("goodbye")))) == [HangUp("goodbye")]


def test_opening_of_a_new_call_greets() -> None:
    """Nothing was heard before: the whole greeting."""
    assert spoken(None) == ["Вітаю!"]
