"""Grounding against sentences made by code: what is true is spoken, what is not is not."""

from __future__ import annotations

import random

import pytest
from tests.proofs.corpus import CORRUPTIONS, Scene, judge

from call_center.agent.grounding import ground

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("seed", [1, 2])
def test_true_sentences_are_spoken_and_false_ones_are_not(seed: int) -> None:
    """At most 1 % of true ones refused, at least 99 % of false ones caught, of every kind some tried."""
    found = judge(seed, 500)
    assert found["refused_percent"] <= 1.0, found["refused"]
    assert found["caught_percent"] >= 99.0, found["missed"]
    assert set(found["tried"]) == set(CORRUPTIONS)


@pytest.mark.parametrize(
    "sentence", ["Нуль гривень, так?", "Отже, нуль гривень за шину.", "0 грн, домовились?"]
)
def test_price_of_nothing_is_grounded_by_nobody(sentence: str) -> None:
    """What a caller suggests is no price."""
    assert not ground(sentence, Scene(random.Random(1)).ledger).ok  # noqa: S311 - no secret
