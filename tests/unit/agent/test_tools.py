"""The tools: strict arguments, ranking, model names by ear."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.agent.shelf import ShelfShop

from call_center.agent.tools import BadArguments, ToolContext, default_toolbox
from call_center.agent.tools.names import best_named, likeness
from call_center.agent.tools.ranking import MAX_OPTIONS, pick
from call_center.agent.tools.shop import Tyre
from call_center.agent.view import DialogueView

pytestmark = pytest.mark.unit
BOX = default_toolbox()


def call(tool: str, view: DialogueView | None = None, **args: Any) -> dict[str, Any]:
    """Run a tool on the data set."""
    context = ToolContext(ShelfShop(), view or DialogueView(), datetime(2026, 11, 23, tzinfo=UTC))
    return asyncio.run(BOX.get(tool).run(context, BOX.parse(tool, args)))


@pytest.mark.parametrize(
    ("tool", "args", "named"),
    [
        ("search_tires", {"size": "205/55", "season": "winter"}, "size"),
        ("search_tires", {"size": "205/55 R16", "season": "зимові"}, "season"),
        ("search_tires", {"size": "205/55 R16", "season": "winter", "colour": "red"}, "colour"),
        ("search_tires", {"size": "205/55 R16", "season": "winter", "max_price": 0}, "max_price"),
        ("search_tires", {"size": "205/55 R16", "season": "winter", "quantity": "4"}, "quantity"),
        ("check_availability", {"option": "00120013"}, "option"),
        ("get_vehicle_tire_sizes", {"make": "Honda", "model": "CR-V"}, "year"),
        ("transfer_to_operator", {"reason": "bored"}, "reason"),
    ],
)
def test_wrong_arguments_are_refused_by_name(tool: str, args: dict[str, Any], named: str) -> None:
    """The refusal says which field is wrong."""
    with pytest.raises(BadArguments, match=named):
        BOX.parse(tool, args)


def test_same_tyre_keeps_its_handle() -> None:
    """A handle means one tyre throughout the call."""
    first = call("search_tires", size="205/55 R16", season="winter")["options"]
    view = DialogueView(options={o["handle"]: o for o in first})
    again = call("search_tires", view, size="205/55 R16", season="winter")["options"]
    assert [o["handle"] for o in again] == [o["handle"] for o in first]


def test_offer_has_a_budget_a_middle_and_a_premium_tyre() -> None:
    """Three segments, cheapest first."""
    options = call("search_tires", size="205/55 R16", season="winter")["options"]
    assert [o["segment"] for o in options] == ["budget", "mid", "premium"]


def test_exact_search_gives_up_no_wish() -> None:
    """«Дешевше» below the cheapest finds nothing, not something dearer."""
    result = call("search_tires", size="205/55 R16", season="winter", max_price=100, exact=True)
    assert result["options"] == []
    assert result["relaxed"] is None


def test_budget_that_is_too_small_brings_the_cheapest_and_says_so() -> None:
    """The wish that was given up is named."""
    result = call("search_tires", size="205/55 R16", season="winter", max_price=100)
    assert result["relaxed"] == "budget"
    assert result["options"][0]["price"] == min(o["price"] for o in result["options"])


def test_passenger_size_never_brings_a_light_truck_tyre_first() -> None:
    """215/65 R16 and 215/65 R16C are different tyres."""
    plain = call("search_tires", size="215/65 R16", season="winter")["options"]
    van = call("search_tires", size="215/65 R16C", season="winter")["options"]
    assert not any(o["commercial"] for o in plain)
    assert all(o["commercial"] for o in van)


TYRES = st.lists(
    st.builds(
        Tyre,
        id=st.uuids().map(str),
        brand=st.sampled_from(["Sava", "Toyo", "Nokian", "Matador"]),
        model=st.sampled_from(["A", "B", "C"]),
        size=st.just("205/55 R16"),
        season=st.just("winter"),
        price=st.integers(500, 9000).map(float),
        stock=st.integers(0, 30),
        segment=st.sampled_from(["budget", "mid", "premium"]),
        studded=st.booleans(),
        run_flat=st.booleans(),
        year=st.sampled_from([2024, 2025, None]),
    ),
    max_size=25,
)


@given(TYRES, st.integers(1, 20), st.sampled_from(["spread", "cheapest", "dearest"]))
def test_pick_offers_few_different_tyres_that_are_there(tyres: list[Tyre], quantity: int, order: str) -> None:
    """At most three, in stock, no model twice, cheapest first; enough pieces whenever any tyre has enough."""
    chosen = pick(tyres, quantity, order=order)
    assert len(chosen) <= MAX_OPTIONS
    assert all(t.stock > 0 for t in chosen)
    assert len({(t.brand, t.model) for t in chosen}) == len(chosen)
    assert [t.price for t in chosen] == sorted(t.price for t in chosen)
    if any(t.stock >= quantity for t in tyres):
        assert chosen
        assert all(t.stock >= quantity for t in chosen)


@pytest.mark.parametrize(
    ("said", "model"),
    [
        ("клебер крісалп", "Krisalp HP3"),
        ("сібір сноу", "MP93 Sibir Snow"),
        ("фріго", "Frigo SUV 2"),
        ("ескімо", "Eskimo HP2"),
    ],
)
def test_model_is_known_by_its_sound(said: str, model: str) -> None:
    """Cyrillic hearing of a Latin name."""
    models = {m: m for m in ("Krisalp HP3", "MP93 Sibir Snow", "Frigo SUV 2", "Eskimo HP2", "Polaris 5")}
    assert best_named(said, models) == (model,)


def test_other_words_name_no_model() -> None:
    """Small talk is like no tyre."""
    assert likeness("добре дякую я подумаю", "Eskimo HP2") == 0.0
    assert best_named("скільки коштує", {"a": "Krisalp HP3", "b": "Polaris 5"}) == ()
