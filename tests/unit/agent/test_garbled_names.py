"""Names among a few known choices, as a recogniser garbles them: offered brands, cities, streets, "отримувач"."""

from __future__ import annotations

from datetime import date

import pytest
from tests.unit.agent.dialogue import Dialogue

from call_center.agent.dictation import name_in, plain
from call_center.agent.offered_names import offered_named
from call_center.agent.view import Asked, DialogueView
from call_center.core.ports import Question
from call_center.understanding import load_catalogue, understand

pytestmark = pytest.mark.unit
TODAY = date(2026, 11, 23)
CATALOGUE = load_catalogue()
SIZE = "двісті п'ять на п'ятдесят п'ять, шістнадцять"


def brands_in(words: str, *offered: str, asked: str = "option") -> list[str]:
    """The brands heard in an answer to an offer."""
    view = DialogueView(
        options={f"o{number}": {"brand": brand} for number, brand in enumerate(offered)},
        offered=tuple(f"o{number}" for number in range(len(offered))),
        asked=Asked(asked, Question.CHOICE, "ask", 1),
    )
    heard = understand(words, asked, catalogue=CATALOGUE, today=TODAY)
    return [f.value for f in offered_named(heard, view, CATALOGUE).all("brand")]


@pytest.mark.parametrize(
    ("words", "brand"),
    [("візьму ханкудр", "Hankook"), ("давайте ханку", "Hankook"), ("візьму мішлей", "Michelin")],
)
def test_an_offered_brand_is_heard_by_its_sound(words: str, brand: str) -> None:
    """Also where it sounds like a car that nobody talks of."""
    assert brands_in(words, "Triangle", "Hankook", "Michelin") == [brand]


@pytest.mark.parametrize(
    "words", ["так, підходить", "не знаю", "треба подумати", "давайте найдорожчі", "на Рено Кангу", "ханку?"]
)
def test_other_words_name_no_brand(words: str) -> None:
    """A plain answer, a real car, a question."""
    assert brands_in(words, "Triangle", "Hankook", "Michelin") == []


def test_a_brand_that_was_not_offered_or_asked_is_not_made_up() -> None:
    """The choices are those on the table, while they are being asked about."""
    assert brands_in("візьму ханкудр", "Triangle", "Michelin") == []
    assert brands_in("візьму ханкудр", "Triangle", "Hankook", asked="city") == []


@pytest.mark.parametrize(
    ("words", "city"),
    [
        ("містокрів", "Київ"),
        ("доставте будь ласка водесу", "Одеса"),
        ("місторівне", "Рівне"),
        ("я зараз вуж вороді", "Ужгород"),
    ],
)
def test_an_asked_city_is_heard_by_its_sound(words: str, city: str) -> None:
    """Run together with its neighbours, torn, in any case."""
    heard = understand(words, "city", catalogue=CATALOGUE, today=TODAY)
    assert heard.value("city") == city
    assert understand(words, "open", catalogue=CATALOGUE, today=TODAY).value("city") is None


@pytest.mark.parametrize("words", ["не знаю", "кур'єром", "я ще не вирішив", "заберу сам", "повторіть"])
def test_an_answer_without_a_city_has_none(words: str) -> None:
    """Better asked again."""
    assert understand(words, "city", catalogue=CATALOGUE, today=TODAY).value("city") is None


def test_recipient_and_avenue_are_known_by_their_sound() -> None:
    """The words around a name, not the name."""
    found = name_in("Потримувачила Олександр Шевченко", asked=True)
    assert found is not None
    assert found[0] == "Олександр Шевченко"
    assert plain("роспект Миру") == "проспект Миру"


def test_a_house_that_was_garbled_comes_again_and_the_street_stays() -> None:
    """Nothing of the garbled house is kept; however often it failed, a known street asks for its house."""
    call = Dialogue(caller="+380990001234")
    call.greet()
    call.say(f"хочу замовити чотири зимові шини {SIZE}")
    call.say("найдешевший")
    call.say("кур'єром, Полтава")
    for words in ("вони чазили", "вони чазили", "вони чазили"):
        call.say(words)
    assert "будинку" in call.say("вулиця Зелена будинок твасчики").text
    call.say("будемо двадцять сім")
    assert call.agent.view.value("address") == "вулиця Зелена, 27"
