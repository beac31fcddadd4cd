"""The demo's person and its verdict: neither may be fooled."""

from __future__ import annotations

import pytest

from call_center.core.journal.events import Event, Speaking, Spoken, ToolAnswered
from call_center.testing.demo.person import CARS, Person
from call_center.testing.demo.verdict import heard_sentences, lies, searched, told_options

pytestmark = pytest.mark.unit
OPTIONS = "Є Triangle за 2 600 грн, Hankook за 4 000 грн і Michelin за 5 050 грн."
SHELF = [
    {"brand": "Triangle", "price": 2600},
    {"brand": "Hankook", "price": 4000},
    {"brand": "Michelin", "price": 5050.0},
]


def spoken(text: str, *, complete: bool = True, number: int = 1) -> list[Event]:
    """A sentence that was said, to its end or not."""
    return [Speaking(1, number, text, text), Spoken(number, 100, complete)]


def test_options_that_are_the_stores_are_no_lies() -> None:
    """Brand and price together are looked up."""
    told = told_options(spoken(OPTIONS))
    assert [price for _, price in told] == [2600, 4000, 5050]
    assert lies(told, SHELF) == []


@pytest.mark.parametrize(
    "text",
    [
        OPTIONS.replace("4 000", "4 100"),
        OPTIONS.replace("Hankook", "Nokian"),
        OPTIONS.replace("2 600", "4 000"),
        "Коштує 2 600 грн.",
    ],
)
def test_wrong_price_or_brand_is_found(text: str) -> None:
    """A price of another brand, another price or a price without brand is not the store's."""
    assert lies(told_options(spoken(text)), SHELF)


def test_sentence_that_was_cut_was_not_heard() -> None:
    """What the caller interrupted proves nothing."""
    assert heard_sentences(spoken(OPTIONS, complete=False)) == []


def test_sizes_come_from_the_tools_answers() -> None:
    """The verdict asks the store about what was really searched."""
    answer = ToolAnswered(
        1, "search_tires", True, {"options": [{"size": "205/55 R16"}, {"size": "205/55 R16"}]}
    )
    failed = ToolAnswered(2, "search_tires", False, None, "unavailable")
    assert searched([answer, failed]) == ["205/55 R16"]


@pytest.mark.parametrize("seed", range(1, 31))
def test_person_comes_to_an_end_with_a_good_agent(seed: int) -> None:
    """Whatever the seed, a caller who is asked the usual questions hears options, follows up once and says goodbye."""
    person = Person(seed)
    said = [
        person.answer(heard)
        for heard in (
            "Добрий день. Чим можу допомогти?",
            "Якого року випуску?",
            "Гляньте, будь ласка, на боковину: який розмір у вас?",
            f"{OPTIONS} Який обираєте?",
            "У Києві є 4 шини. Підходить такий варіант за 2 600 грн?",
            "Звісно, поміркуйте. Чим ще можу допомогти?",
        )
    ]
    assert person.car.full in str(said[0])
    assert said[1] == person.car.year.capitalize() + "."
    assert said[3] == person.follow_up
    assert person.done
    assert person.answer("Дякую за дзвінок. До побачення!") is None


def test_person_gives_up_on_an_agent_that_repeats_itself() -> None:
    """Nobody answers the same question for ever."""
    person = Person(2)
    answers = [person.answer("Якого року випуску?") for _ in range(6)]
    assert answers[0] is not None
    assert answers[-1] is None


def test_ten_seeds_are_ten_different_calls() -> None:
    """Seeds change car, city and words."""
    people = [Person(seed) for seed in range(1, len(CARS) + 1)]
    assert len({person.opening for person in people}) == len(CARS)
    assert len({person.city for person in people}) > 2
    assert len({person.follow_up for person in people}) > 3
