"""Every place of the long dialogues, up to three deaths in one call, a slow voice and shop, lines lost on the disk."""

from __future__ import annotations

import random

import pytest
from tests.unit.resilience.dialogues import (
    CANCEL,
    FITTING,
    KEYED_ORDER,
    MOVE,
    SELECTION,
    SPOKEN_ORDER,
    Dialogue,
)
from tests.unit.resilience.killed import SLOW, Death, Record, deaths, wrong

from call_center.core.journal import events as ev

pytestmark = pytest.mark.integration

LONG = {
    "order in keys": KEYED_ORDER,
    "order in words": SPOKEN_ORDER,
    "fitting": FITTING,
    "move": MOVE,
    "selection": SELECTION,
}
CALLS = 40
APART = 25  # entries between two deaths, at most


@pytest.mark.parametrize("name", LONG)
def test_death_at_every_place_costs_nothing(name: str) -> None:
    """After every entry, every effect, and in every reply."""
    calm = LONG[name].play()
    found = {death: wrong(calm, LONG[name].play(death)) for death in deaths(calm)}
    assert {death: problems for death, problems in found.items() if problems} == {}


def several(calm: Record, seed: int, *, lost: int = 0) -> list[list[Death]]:
    """Seeded calls with up to three deaths each."""
    chance = random.Random(seed)  # noqa: S311  repeatable, no secret
    found = []
    for _ in range(CALLS):
        places = [chance.randrange(6, len(calm.entries))]
        for _ in range(chance.randrange(3)):
            places.append(places[-1] + chance.randrange(1, APART))
        found.append([Death(place, lost=chance.randint(0, lost)) for place in places])
    return found


@pytest.mark.parametrize("dialogue", [KEYED_ORDER, CANCEL], ids=["order", "cancellation"])
def test_deaths_of_heirs_cost_nothing(dialogue: Dialogue) -> None:
    """Whoever goes on dies in the bridging phrase, in what he repeats, in what he goes on with."""
    calm = dialogue.play()
    found = {str(fates): wrong(calm, dialogue.play(*fates)) for fates in several(calm, 1)}
    assert {fates: problems for fates, problems in found.items() if problems} == {}


def test_deaths_between_fillers_and_checkpoints_cost_nothing() -> None:
    """Sentences take seconds, the shop a second: every tool is killed in flight, every sentence in the middle."""
    calm = FITTING.play(pace=SLOW)
    assert any(isinstance(e.event, ev.Speaking) and e.event.filler for e in calm.entries)
    found = {str(fates): wrong(calm, FITTING.play(*fates, pace=SLOW)) for fates in several(calm, 2)}
    assert {fates: problems for fates, problems in found.items() if problems} == {}


def test_lines_that_were_lost_bind_the_shop_once_all_the_same() -> None:
    """What the caller hears again is another matter: the disk does not know that it was said."""
    calm = SPOKEN_ORDER.play()
    for fates in several(calm, 3, lost=3):
        killed = SPOKEN_ORDER.play(*fates)
        assert (killed.effects, killed.ended) == (calm.effects, calm.ended), fates
