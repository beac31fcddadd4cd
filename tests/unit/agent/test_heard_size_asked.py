"""A size heard badly is asked about by what it sounded like: yes takes it, no goes on to the next, then by number."""

from __future__ import annotations

import pytest
from tests.unit.agent.dialogue import Dialogue

from call_center.agent.grounding import ground
from call_center.agent.ledger import build

pytestmark = pytest.mark.unit

GARBLED = "чи є літні 175-155-14?"  # "сто сімдесят п'ять шістдесят п'ять чотирнадцять" over the telephone


def _asked(*turns: str) -> Dialogue:
    call = Dialogue()
    call.greet()
    for said in turns:
        call.say(said)
    return call


def test_nothing_is_searched_before_the_caller_agreed() -> None:
    """One short question with a whole size in it; no call of the shop."""
    call = Dialogue()
    call.greet()
    reply = call.say(GARBLED)
    assert reply.text == "Ваш розмір — 175/65 R14?"
    assert call.tools() == []


def test_yes_takes_the_size() -> None:
    """The search is for just this size."""
    call = _asked(GARBLED, "так")
    assert call.agent.view.value("tyre_size") == "175/65R14"
    assert call.agent.view.value("heard_size") is None


def test_no_asks_about_the_next_and_then_by_number() -> None:
    """Two sizes at most, then number by number until it is whole."""
    call = _asked(GARBLED)
    assert "185/55 R14" in call.say("ні").text
    assert "ширина" in call.say("ні").text
    for said in ("175", "65", "14"):
        call.say(said)
    assert call.agent.view.value("tyre_size") == "175/65R14"


@pytest.mark.parametrize(
    "said",
    [
        "сто сімдесят п'ять на шістдесят п'ять, чотирнадцять",
        "ні, сто сімдесят п'ять шістдесят п'ять чотирнадцять",
    ],
)
def test_the_size_said_again_needs_no_yes_or_no(said: str) -> None:
    """Callers correct by saying it once more."""
    call = _asked(GARBLED, said)
    assert call.agent.view.value("tyre_size") == "175/65R14"


def test_garbled_again_is_asked_about_anew() -> None:
    """The newest is what counts."""
    call = _asked(GARBLED)
    assert "Може, розмір 235/45 R18?" in call.say("235,518").text


def test_a_size_nobody_makes_is_still_asked_again() -> None:
    """Clear numbers that are no size are never turned into another."""
    call = Dialogue()
    call.greet()
    assert "ще раз" in call.say("літні двісті п'ятдесят п'ять на п'ятдесят п'ять, радіус шістнадцять").text
    assert call.tools() == []


def test_the_size_may_be_keyed_in_instead() -> None:
    """Seven keys are a size, one key is yes or no."""
    call = _asked(GARBLED)
    call.say("", keys="2055516")
    assert call.agent.view.value("tyre_size") == "205/55R16"
    call = _asked(GARBLED)
    call.say("", keys="1")
    assert call.agent.view.value("tyre_size") == "175/65R14"


def test_a_garbled_size_alone_begins_a_selection() -> None:
    """The first words of a call may be nothing but that."""
    call = Dialogue()
    call.greet()
    assert call.say("Потрібні відніші на 25,55,16.").text == "Ваш розмір — 205/55 R16?"


def test_a_rim_said_instead_rules_out_the_others() -> None:
    """Who answers with one number of the size is not asked about a size without it."""
    call = _asked("235,518")
    assert call.agent.view.value("heard_size") == ["235/45R18", "235/50R18"]
    assert "R18" not in call.say("радіус сімнадцять").text


def test_a_size_only_heard_may_be_asked_about_and_not_told() -> None:
    """No brain may state it before the caller agreed; then anyone may."""
    call = _asked(GARBLED)
    assert ground("Ваш розмір — 175/65 R14?", build(call.agent.view)).ok
    assert not ground("Ваш розмір — 175/65 R14.", build(call.agent.view)).ok
    call.say("так")
    assert ground("Ваш розмір — 175/65 R14.", build(call.agent.view)).ok
