"""From words to slots: what falls when something is corrected."""

from __future__ import annotations

import pytest

from call_center.agent.tracking import track
from call_center.agent.view import Asked, DialogueView, SlotValue, fold
from call_center.core.journal.events import Noted, Understood
from call_center.core.ports import Question
from call_center.understanding import Filled, Utterance, load_catalogue

pytestmark = pytest.mark.unit
SIZES = load_catalogue().sizes


def heard(text: str = "", **slots: object) -> Utterance:
    """An utterance that fills these slots surely."""
    return Utterance(text, tuple(Filled(slot, value, 0.95, (0, 0)) for slot, value in slots.items()), words=5)


def after(view: DialogueView, utterance: Utterance) -> DialogueView:
    """The view after the events of this utterance."""
    events, _ = track(view, utterance, 2, 2026, SIZES)
    for event in events:
        fold(view, event)
    return view


def knowing(**slots: object) -> DialogueView:
    """A view that knows these slots."""
    return DialogueView(slots={slot: SlotValue(value, 1) for slot, value in slots.items()})


def test_another_model_forgets_year_and_size() -> None:
    """What belonged to the first car does not survive it."""
    view = after(
        knowing(make="Honda", model="CR-V", year=2009, tyre_size="225/65R17", season="winter"),
        heard(model="Civic"),
    )
    assert view.value("year") is None
    assert view.value("tyre_size") is None
    assert view.value("season") == "winter"


def test_corrected_year_keeps_the_size_that_the_caller_named() -> None:
    """Only a size found for the car depends on the year."""
    said = after(knowing(make="Honda", model="CR-V", year=2009, tyre_size="225/65R17"), heard(year=2013))
    assert said.value("tyre_size") == "225/65R17"
    found = knowing(make="Honda", model="CR-V", year=2009)
    found.slots["tyre_size"] = SlotValue("225/65R17", 1, origin="tool")
    assert after(found, heard(year=2013)).value("tyre_size") is None


def test_value_that_must_not_be_guessed_fills_nothing() -> None:
    """A None value stays out of the journal."""
    events, new = track(DialogueView(), heard(tyre_size=None), 1, 2026, SIZES)
    assert not [e for e in events if isinstance(e, Understood)]
    assert not new


def test_unsure_value_fills_nothing() -> None:
    """Low confidence is asked again."""
    unsure = Utterance("", (Filled("season", "winter", 0.3, (0, 0)),))
    assert track(DialogueView(), unsure, 1, 2026, SIZES) == ([], frozenset())


@pytest.mark.parametrize("year", [1890, 2031])
def test_year_outside_the_age_of_cars_fills_nothing(year: int) -> None:
    """A year that cannot be is not looked up."""
    assert after(DialogueView(), heard(year=year)).value("year") is None


def test_size_dictated_in_three_turns_is_put_together() -> None:
    """Width, profile and diameter make a size when it exists."""
    view = after(knowing(width=205, profile=55), heard(diameter=16))
    assert view.value("tyre_size") == "205/55R16"


def test_three_numbers_that_are_no_size_are_forgotten() -> None:
    """255/55 R16 is not made, so all three are asked again."""
    view = after(knowing(width=255, profile=55), heard(diameter=16))
    assert view.value("tyre_size") is None
    assert view.value("width") is None


def test_brand_that_answers_which_option_is_no_filter() -> None:
    """«Ханкук» after an offer with Hankook in it picks, it does not narrow."""
    view = DialogueView(options={"o1": {"brand": "Hankook"}}, offered=("o1",))
    view.asked = Asked("option", Question.CHOICE, "which", 1)
    assert after(view, heard("ханкук", brand="Hankook")).value("brand") is None


def test_make_settles_a_nickname_of_two_cars() -> None:
    """«Трійка», then «Мазда»: the model is known."""
    view = DialogueView(ambiguous=("Mazda 3", "BMW 3 Series"))
    after(view, heard("мазда", make="Mazda"))
    assert (view.value("make"), view.value("model")) == ("Mazda", "3")
    assert view.ambiguous == ()


def test_filled_slot_forgets_its_failures() -> None:
    """The ladder of repair starts anew after success."""
    view = DialogueView()
    fold(view, Noted("failed", {"slot": "season"}))
    assert after(view, heard(season="winter")).failures["season"] == 0
