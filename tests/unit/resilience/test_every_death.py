"""A process dies at every place of a dialogue: the caller hears what he would have heard, the shop gets it once."""

from __future__ import annotations

import pytest
from tests.unit.resilience.dialogues import (
    CALLBACK,
    CANCEL,
    FITTING,
    KEYED_ORDER,
    MISUNDERSTOOD,
    OPERATOR,
    SELECTION,
    STATUS,
    Dialogue,
)
from tests.unit.resilience.killed import STREAMED, Death, deaths, wrong

from call_center.core.journal import events as ev

pytestmark = pytest.mark.unit

SHORT = {
    "status": STATUS,
    "callback": CALLBACK,
    "cancel": CANCEL,
    "operator": OPERATOR,
    "misunderstood": MISUNDERSTOOD,
}
STEP = 4  # of the long ones; all their places are in tests/integration/resilience


def mistakes(dialogue: Dialogue, step: int = 1) -> dict[Death, list[str]]:
    """What went wrong by the place of the death."""
    calm = dialogue.play()
    assert calm.ended in ("agent_hangup", "transfer")
    found = {death: wrong(calm, dialogue.play(death)) for death in deaths(calm)[::step]}
    return {death: problems for death, problems in found.items() if problems}


@pytest.mark.parametrize("name", SHORT)
def test_death_anywhere_in_a_short_call_costs_nothing(name: str) -> None:
    """After every entry, every effect, and in every reply."""
    assert mistakes(SHORT[name]) == {}


@pytest.mark.parametrize("dialogue", [KEYED_ORDER, FITTING, SELECTION], ids=["order", "fitting", "selection"])
def test_death_in_a_long_call_costs_nothing(dialogue: Dialogue) -> None:
    """A part of the places."""
    assert mistakes(dialogue, STEP) == {}


def test_death_of_a_brain_that_streams_costs_nothing() -> None:
    """Between two sentences of an answer, the first of which is heard while the second is thought of."""
    calm = STATUS.play(pace=STREAMED)
    found = {death: wrong(calm, STATUS.play(death, pace=STREAMED)) for death in deaths(calm)}
    assert {death: problems for death, problems in found.items() if problems} == {}


def place_of(dialogue: Dialogue, kind: type[ev.Event], nth: int = 0, **fields: object) -> Death:
    """Right after the `nth` such entry of the calm call."""
    fits = [
        place
        for place, entry in enumerate(dialogue.play().entries, start=1)
        if isinstance(entry.event, kind) and all(getattr(entry.event, n) == v for n, v in fields.items())
    ]
    return Death(fits[nth])


def test_question_after_a_statement_is_heard_although_it_was_not_made_yet() -> None:
    """Two lines of one answer, killed when the first was handed to the voice: the second is not in the journal."""
    death = place_of(STATUS, ev.Speaking, 2)
    calm, killed = STATUS.play(), STATUS.play(death)
    assert killed.entries[death.place - 1].event == calm.told[2][1]
    assert "more" not in [
        e.event.slot for e in killed.entries[: death.place] if isinstance(e.event, ev.Speaking)
    ]
    assert wrong(calm, killed) == []


def test_yes_that_was_carried_out_is_not_asked_for_again() -> None:
    """Killed between the shop's answer and the words: one order, no second read-back, the number told."""
    death = place_of(KEYED_ORDER, ev.ToolAnswered, tool="confirm_order")
    killed = KEYED_ORDER.play(death)
    assert killed.effects == ["create", "deliver", "confirm"]
    assert wrong(KEYED_ORDER.play(), killed) == []


def test_goodbye_ends_the_call_although_its_process_died_in_it() -> None:
    """The end of the call was decided before; the caller is not kept on the line."""
    calm = KEYED_ORDER.play()
    place = next(
        n for n, e in enumerate(calm.entries, 1) if isinstance(e.event, ev.Answered) and e.event.hang_up
    )
    killed = KEYED_ORDER.play(Death(place))
    assert killed.ended == "agent_hangup"
    assert [text for _, text in killed.heard][-2:] == [text for _, text in calm.heard][-2:]


def test_transfer_happens_although_its_process_died_in_the_line_before_it() -> None:
    """And not as if the operators had been busy."""
    killed = OPERATOR.play(place_of(OPERATOR, ev.TransferRequested))
    assert killed.ended == "transfer"
    assert wrong(OPERATOR.play(), killed) == []


def test_keys_pressed_before_and_after_a_death_are_one_number() -> None:
    """The size is keyed over two processes and searched for as it was meant, without being asked for again."""
    calm = KEYED_ORDER.play()
    for nth in range(8):
        killed = KEYED_ORDER.play(place_of(KEYED_ORDER, ev.KeyPressed, nth))
        said = [e.event.keys for e in killed.entries if isinstance(e.event, ev.CallerSaid) and e.event.keys]
        assert said[0] == "2056516"
        assert wrong(calm, killed) == []
