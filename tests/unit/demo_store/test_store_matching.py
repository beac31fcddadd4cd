"""Names and sizes as the store looks them up."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_store import seed
from demo_store import tables as t
from demo_store.catalogue import dispatch_day
from demo_store.clock import KYIV, Clock, parse_now
from demo_store.matching import Size, Vehicles, fold, generations_of

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def vehicles() -> Vehicles:
    """The vehicles of the data."""
    rows = seed.catalogue_rows()
    return Vehicles(rows[t.makes], rows[t.vehicles])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CX-5", "cx 5"),
        ("Škoda", "SKODA"),
        ("п'ятірка", "пятірка"),
        ("Фольксваген", "фольксваген "),
        ("ёлка", "елка"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    """Case, accents, apostrophes, spaces and hyphens make no difference."""
    assert fold(one) == fold(other)


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    """The folded form is a normal form."""
    assert fold(fold(text)) == fold(text)


def test_every_model_is_found_by_its_own_name(vehicles: Vehicles) -> None:
    """Make and model as the data writes them lead to that vehicle alone."""
    for entry in vehicles.entries:
        assert vehicles.find(entry.make.upper(), entry.model.lower()) == [entry]


def test_every_alias_leads_to_its_model(vehicles: Vehicles) -> None:
    """An alias finds its model under every alias of the make, perhaps with others of that make."""
    for entry in vehicles.entries:
        for alias in entry.row["aliases"]:
            if fold(alias):
                assert entry in vehicles.find(entry.make, alias) or any(
                    fold(found.model) == fold(alias) for found in vehicles.find(entry.make, alias)
                )


def test_model_may_repeat_the_make(vehicles: Vehicles) -> None:
    """What a person calls a car often has both."""
    assert [entry.model for entry in vehicles.find("Skoda", "Skoda Octavia")] == ["Octavia"]


def test_make_of_another_car_finds_nothing(vehicles: Vehicles) -> None:
    """A model is not found under a make it is not of."""
    assert vehicles.find("Toyota", "Octavia") == []


def test_modification_narrows_but_never_empties() -> None:
    """An unknown modification leaves all generations of the year."""
    row = {
        "generations": [
            {"name": "A7", "year_from": 2013, "year_to": 2020},
            {"name": "A7 Scout", "year_from": 2014, "year_to": 2020},
            {"name": "A8", "year_from": 2020, "year_to": None},
        ]
    }
    assert [g["name"] for g in generations_of(row, 2015, "scout")] == ["A7 Scout"]
    assert [g["name"] for g in generations_of(row, 2015, "zzz")] == ["A7", "A7 Scout"]
    assert [g["name"] for g in generations_of(row, 2030, None)] == ["A8"]


@given(st.integers(100, 399), st.integers(10, 99), st.integers(10, 30), st.booleans())
def test_size_is_read_as_it_is_written(width: int, profile: int, diameter: int, commercial: bool) -> None:
    """Text and value of a size are the same thing."""
    size = Size(width, profile, diameter, commercial)
    assert Size.parse(str(size)) == size


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-23T14:59:00", "2026-11-23"),
        ("2026-11-23T15:00:00", "2026-11-24"),
        ("2026-11-28T15:00:00", "2026-11-30"),
        ("2026-11-29T09:00:00", "2026-11-30"),
    ],
)
def test_nothing_leaves_after_the_cut_off_or_on_sunday(now: str, day: str) -> None:
    """Before 15:00 today, later tomorrow, never on a Sunday."""
    assert dispatch_day(parse_now(now)).isoformat() == day


def test_clock_goes_on_from_where_it_was_set() -> None:
    """A store set to a moment lives on from it, in Kyiv time."""
    source = iter([100.0, 160.0])
    clock = Clock(parse_now("2026-11-23T10:30:00"), source=lambda: next(source))
    assert clock.now() == dt.datetime(2026, 11, 23, 10, 31, tzinfo=KYIV)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2060, 1, 1)))
def test_closed_days_move_with_the_seed_but_holidays_stay(today: dt.date) -> None:
    """A single closed day keeps its distance from today; Christmas stays on the calendar."""
    closed = seed.closed_dates(["2026-12-02", "2026-12-25"], today)
    assert today + dt.timedelta(days=9) in closed
    assert dt.date(today.year, 12, 25) in closed
