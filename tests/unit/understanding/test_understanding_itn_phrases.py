"""Spoken numbers: the phrase set, and the same kinds of phrases with other numbers, languages and slips."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.understanding.spoken import RU, UK, cardinal, careless, ordinal

from call_center.commands.text_understand import ALIASES, parsed, slot_value
from call_center.understanding import Utterance, load_catalogue, understand

pytestmark = pytest.mark.unit

TODAY = date(2026, 11, 22)
PHRASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "phrases" / "itn.json").read_text("utf-8")
)
CATALOGUE = load_catalogue()
_MEANT = {"qty": "quantity", "order": "order_number"}


def _same(wanted: list[str] | None, numbers: list[str]) -> bool:
    return len(wanted or []) == len(numbers) and all(
        n in w.split("|") for w, n in zip(wanted or [], numbers, strict=True)
    )


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda p: p["id"])
@pytest.mark.parametrize("asked", [False, True], ids=["open", "asked"])
def test_phrase_gives_its_digit_groups(phrase: dict[str, Any], asked: bool) -> None:
    """Every phrase yields the digit groups in the order said, whether its slot was asked or not."""
    slot = ALIASES.get(phrase["cat"], phrase["cat"]) if asked else None
    assert _same(phrase["digits"], parsed(phrase["text"], slot, CATALOGUE, TODAY)["numbers"])


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda p: p["id"])
def test_phrase_means_what_it_should(phrase: dict[str, Any]) -> None:
    """Every phrase fills the slots that a person would write down."""
    heard = understand(phrase["text"], catalogue=CATALOGUE, today=TODAY)
    size = slot_value(heard, "tyre_size") or {}
    budget = heard.value("budget") or {}
    for name, value in phrase["sem"].items():
        got = size.get(name, budget.get(name, heard.value(_MEANT.get(name, name))))
        if name == "qty":
            got = heard.all("quantity")[0].value
        assert got == value


def _heard(text: str, slot: str = "open") -> Utterance:
    return understand(text, slot, catalogue=CATALOGUE, today=TODAY)


def _size(rng: random.Random) -> tuple[str, list[str], str]:
    width, profile, diameter, _van = rng.choice(sorted(s for s in CATALOGUE.sizes if not s[3]))
    words = rng.choice([UK, UK, RU])
    links = rng.choice(
        [
            (" ", " "),
            (" на ", " на "),
            (" ", " ер "),
            (" дріб ", " радіус "),
            (" на ", ", радіус "),
            ("/", " R"),
        ]
    )
    text = (
        f"{cardinal(width, words)}{links[0]}{cardinal(profile, words)}{links[1]}{cardinal(diameter, words)}"
    )
    before = rng.choice(["", "мені треба шини ", "є у вас ", "потрібна зима ", "на боковині "])
    after = rng.choice(["", " зимові", " радіус" if links[1] == " " else "", " літо"])
    text = before + careless(text, rng) + after
    return text, [str(width), str(profile), str(diameter)], "tyre_size"


def _phone(rng: random.Random) -> tuple[str, list[str], str]:
    digits = "099000" + f"{rng.randrange(10_000):04d}"
    words = rng.choice([UK, UK, RU])
    cuts = rng.choice([[3, 3, 2, 2], [1, 2, 3, 2, 2], [3, 2, 2, 3], [1] * 10, [3, 1, 1, 1, 2, 2]])
    said, at = [], 0
    for size in cuts:
        piece = digits[at : at + size]
        at += size
        zeros = len(piece) - len(piece.lstrip("0"))
        if zeros == size:
            said += [words["ones"].split()[0]] * size
            continue
        said += [words["ones"].split()[0]] * zeros + [cardinal(int(piece), words)]
    text = careless(" ".join(said), rng)
    before = rng.choice(["", "мій номер ", "записуйте ", "так, "])
    if rng.random() < 0.3:
        return f"{before}плюс тридцять вісім {text}", ["38" + digits], "phone"
    return before + text, [digits], "phone"


def _price(rng: random.Random) -> tuple[str, list[str], str]:
    amount = rng.randrange(10, 300) * 50 + 500
    words = rng.choice([UK, UK, RU])
    text = careless(cardinal(amount, words), rng)
    before = rng.choice(["", "до ", "не дорожче ", "максимум ", "десь "])
    return f"{before}{text} {rng.choice(['гривень', 'грн', 'гривен'])}", [str(amount)], "budget"


def _year(rng: random.Random) -> tuple[str, list[str], str]:
    year = rng.randrange(2001, 2027)
    words, tail = rng.choice([(UK, "року"), (RU, "года")])
    text = f"{'дві тисячі' if words is UK else 'две тысячи'} {ordinal(year - 2000, 'ого', words)} {tail}"
    return rng.choice(["", "тойота камрі ", "випуску "]) + text, [str(year)], "year"


def _date(rng: random.Random) -> tuple[str, list[str], str]:
    words, months = rng.choice(
        [(UK, "січня лютого березня квітня травня червня"), (RU, "января февраля марта апреля мая июня")]
    )
    day = rng.randrange(1, 29)
    return f"{ordinal(day, 'ого', words)} {rng.choice(months.split())}", [str(day)], "date"


def _clock(rng: random.Random) -> tuple[str, list[str], str]:
    hour, minute = rng.randrange(8, 20), rng.choice([0, 10, 15, 20, 30, 40, 45])
    text = f"о {ordinal(hour, 'ій')}" + (
        f" {cardinal(minute)}" if minute else rng.choice(["", " нуль нуль", " годині"])
    )
    return text, [f"{hour:02d}:{minute:02d}"], "time"


def _half(rng: random.Random) -> tuple[str, list[str], str]:
    hour = rng.choice([9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7])
    minute, lead = rng.choice([(30, "о пів на"), (30, "пів на"), (15, "чверть на"), (30, "на половину")])
    before = hour - 1 or 12
    full = before if before >= 8 else before + 12
    return f"{lead} {ordinal(hour, 'у')}", [f"{full:02d}:{minute:02d}"], "time"


def _pieces(rng: random.Random) -> tuple[str, list[str], str]:
    count = rng.randrange(1, 21)
    noun = rng.choice(["штук", "шин", "колеса", "зимові шини", "покришки"])
    return (
        f"{rng.choice(['', 'мені ', 'треба '])}{careless(cardinal(count, feminine=True), rng)} {noun}",
        [str(count)],
        "quantity",
    )


def _order(rng: random.Random) -> tuple[str, list[str], str]:
    number = f"26{rng.randrange(10_000, 99_999)}"
    cuts = rng.choice([[2, 2, 3], [2, 3, 2], [3, 2, 2]])
    groups, at = [], 0
    for size in cuts:
        groups.append(number[at : at + size])
        at += size
    if any(g.startswith("0") or g.endswith("0") for g in groups):  # "п'ятсот тринадцять" may be 513 or 500 13
        groups = ["26", "11", "135"]
    return "номер замовлення " + " ".join(cardinal(int(g)) for g in groups), groups, "order_number"


@pytest.mark.parametrize(
    "make",
    [_size, _phone, _price, _year, _date, _clock, _half, _pieces, _order],
    ids=lambda f: f.__name__[1:],
)
@pytest.mark.parametrize("asked", [False, True], ids=["open", "asked"])
def test_other_numbers_are_understood_as_well(
    make: Callable[[random.Random], tuple[str, list[str], str]], asked: bool
) -> None:
    """The rate of the phrase set holds for 200 generated phrases of each kind."""
    rng = random.Random(f"{make.__name__}{asked}")  # noqa: S311
    wrong = []
    for _ in range(200):
        text, wanted, slot = make(rng)
        heard = _heard(text, slot if asked else "open")
        if list(heard.numbers) != wanted or heard.value(slot) is None:
            wrong.append((text, wanted, heard.numbers, heard.filled))
    assert not wrong, (len(wrong), wrong[:8])
