"""Names of brands, cars and cities: the phrase set, and the same names inflected, garbled and in sentences."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from call_center.commands.text_understand import matched
from call_center.understanding import load_catalogue, understand

pytestmark = pytest.mark.unit

PHRASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "phrases" / "match.json").read_text("utf-8")
)
CATALOGUE = load_catalogue()
SWAPS = ("іи", "ии", "еє", "оа", "ао", "сз", "зс", "вф", "дт", "бп", "ії", "кг", "шж", "иі")
CALM = (
    "добрий день, підкажіть, скільки коштує доставка до відділення",
    "я хочу записатися на завтра зранку",
    "а коли ви працюєте в суботу",
    "дякую, я ще подумаю і передзвоню",
    "мені потрібно чотири колеса на зиму",
    "не знаю, який там розмір, треба подивитися",
    "так, усе правильно, оформлюйте",
    "можна карткою чи тільки готівкою",
    "здравствуйте, мне нужна зимняя резина на шестнадцать",
    "скажите пожалуйста когда придет мой заказ",
    "а гарантія на них яка",
    "давайте краще на п'ятницю після обіду",
    "щось тихіше і не дуже дороге",
    "якого року ця гума і звідки вона",
    "дайте мені оператора, я нічого не розумію",
    "какая разница между ними",
    "двісті п'ять на п'ятдесят п'ять на шістнадцять",
    "нуль дев'яносто дев'ять три нулі дванадцять тридцять чотири",
    "погано чути, повторіть будь ласка",
    "а хто виробник і яка якість",
    "мене звати Віктор, прізвище Лановий не треба писати",
    "скільки буде за весь комплект разом з роботою",
    "чи можна ставити менший індекс швидкості",
    "на вулиці вже холодно, а я на літній їжджу",
)


def _right(phrase: dict[str, Any], answer: dict[str, Any]) -> bool:
    if phrase["canon"] is None:
        return not any(answer[k] for k in ("brand", "make", "model", "city"))
    car = f"{answer['make']} {answer['model']}" if answer["make"] else None
    return phrase["canon"] in (answer["brand"], car)


def test_phrase_set_is_matched() -> None:
    """At least 95 % of the phrase set is right, and every negative stays negative."""
    wrong = [p for p in PHRASES if not _right(p, matched(p["said"], CATALOGUE))]
    assert len(wrong) <= 0.05 * len(PHRASES), wrong
    assert not [p for p in wrong if p["kind"] == "none"]


def test_names_are_found_in_sentences() -> None:
    """A name keeps its meaning inside a sentence at the same rate."""
    frames = {
        "brand": [
            "чи є у вас {} на шістнадцять",
            "хочу шини {}",
            "а скільки коштує гума {}",
            "порадьте щось, може {} зимові",
        ],
        "model": [
            "підберіть шини на {} дві тисячі п'ятнадцятого року",
            "у мене {}, потрібна зима",
            "машина {}",
            "нужна резина на {}",
        ],
    }
    rng = random.Random(1)  # noqa: S311
    cases = [p for p in PHRASES if p["kind"] in frames and p["said"] != "тайр"]
    wrong = []
    for phrase in cases:
        said = rng.choice(frames[phrase["kind"]]).format(phrase["said"])
        answer = matched(said, CATALOGUE)
        if not _right(phrase, answer):
            wrong.append((said, answer))
    assert len(wrong) <= 0.05 * len(cases), wrong


def _slip(word: str, rng: random.Random) -> str:
    """One letter heard wrong the way a telephone line or another language does it, or doubled."""
    places = [(i, s[1]) for i, ch in enumerate(word) for s in SWAPS if s[0] == ch]
    if not places:
        return word
    at, letter = rng.choice(places)
    return word[:at] + letter + word[at + 1 :]


def test_one_letter_slips_are_forgiven() -> None:
    """95 % of names of five letters and more survive one misheard letter."""
    rng = random.Random(2)  # noqa: S311
    cases = [
        p
        for p in PHRASES
        if p["kind"] in ("brand", "model") and len(p["said"].split()[-1]) >= 5
        for _ in range(4)
    ]
    wrong = []
    for phrase in cases:
        words = phrase["said"].split()
        words[-1] = _slip(words[-1], rng)
        said = " ".join(words)
        answer = matched(said, CATALOGUE)
        if not _right(phrase, answer):
            wrong.append((said, phrase["canon"], answer))
    assert len(wrong) <= 0.05 * len(cases), (len(wrong), len(cases), wrong)


def test_case_endings_do_not_matter() -> None:
    """Brands that decline are found in every case."""
    forms = {
        "Michelin": "мішлена мішлену мішленом мішлени мішленів мішленами",
        "Matador": "матадора матадору матадором матадорів матадорах",
        "Rosava": "росави росаві росаву росавою",
        "Continental": "континенталя континенталю континенталем континенталів",
        "Dunlop": "данлопа данлопу данлопом данлопів данлопах",
        "Sava": "саву савою",
        "Debica": "дембіцу дембіці дембіцою",
        "Nexen": "нексена нексену нексеном нексенів",
    }
    wrong = [
        (form, matched(f"шини {form}", CATALOGUE)["brand"])
        for brand, words in forms.items()
        for form in words.split()
        if matched(f"шини {form}", CATALOGUE)["brand"] != brand
    ]
    assert not wrong


@pytest.mark.parametrize("said", CALM)
def test_everyday_speech_names_nothing(said: str) -> None:
    """Sentences without a name yield no brand, car or city."""
    answer = matched(said, CATALOGUE)
    assert not any(answer[k] for k in ("brand", "make", "model", "city"))


def test_every_city_is_found_in_its_cases() -> None:
    """Every city is recognised by every form shipped, with a preposition before it."""
    wrong = [
        (form, city, matched(f"доставка в {form}", CATALOGUE)["city"])
        for city, forms in CATALOGUE.cities.items()
        for form in forms
        if matched(f"доставка в {form}", CATALOGUE)["city"] != city
    ]
    assert len(wrong) <= 2, wrong


def test_two_brands_are_both_heard() -> None:
    """A question about two brands fills both, in the order said."""
    heard = understand(
        "чи є у вас Мішлен або Континенталь у цьому розмірі", catalogue=CATALOGUE, today=date(2026, 11, 23)
    )
    assert [f.value for f in heard.all("brand")] == ["Michelin", "Continental"]


def test_slang_that_fits_two_makes_is_not_guessed() -> None:
    """A nickname of several cars gives the cars as candidates and no value."""
    heard = understand("машина шістка", "model", catalogue=CATALOGUE, today=date(2026, 11, 23))
    found = heard.get("model")
    assert found is not None
    assert found.value is None
    assert {"Mazda 6", "Audi A6"} <= set(found.candidates)


def test_make_decides_the_model() -> None:
    """The make that was said picks the model among namesakes."""
    heard = understand("ауді шістка дві тисячі десятого", catalogue=CATALOGUE, today=date(2026, 11, 23))
    assert (heard.value("make"), heard.value("model"), heard.value("year")) == ("Audi", "A6", 2010)


def test_people_are_not_cars() -> None:
    """While a name is asked, no brand, car or city is heard in it."""
    heard = understand("Віктор Лановий", "name", catalogue=CATALOGUE, today=date(2026, 11, 23))
    assert heard.filled == ()


def test_a_stores_own_brand_can_be_added() -> None:
    """A merged catalogue finds the store's entries and keeps the shipped ones."""
    merged = CATALOGUE.merged(sizes=["333/33 R33"], brands={"Північ": ["північка"]})
    assert (333, 33, 33, False) in merged.sizes
    assert matched("шини північка", merged)["brand"] == "Північ"
    assert matched("шини мішлен", merged)["brand"] == "Michelin"
