"""Ukrainian numerals in words: cardinal and ordinal, every case and gender, 0 to 999,999,999,999.

Declension tables are those of the 2019 orthography (sections 105-107); every part of a compound cardinal declines, of a
compound ordinal only the last. A leading "one" of thousands is left out, as in speech: 1500 is `тисяча п'ятсот`.
The accusative is that of things. Numbers outside the range raise ValueError.
"""

from __future__ import annotations

from functools import lru_cache

from call_center.tts.spoken.grammar import Case, Gender, adjective

LIMIT = 10**12
Forms = tuple[str, str, str, str, str, str]

ONE: dict[Gender, Forms] = {
    Gender.M: ("один", "одного", "одному", "один", "одним", "одному"),
    Gender.F: ("одна", "однієї", "одній", "одну", "однією", "одній"),
    Gender.N: ("одне", "одного", "одному", "одне", "одним", "одному"),
    Gender.PL: ("одні", "одних", "одним", "одні", "одними", "одних"),
}
TWO: Forms = ("два", "двох", "двом", "два", "двома", "двох")
TWO_F: Forms = ("дві", "двох", "двом", "дві", "двома", "двох")
ZERO: Forms = ("нуль", "нуля", "нулю", "нуль", "нулем", "нулі")


def _many(nominative: str, genitive: str, instrumental: str) -> Forms:
    return (nominative, genitive, genitive, nominative, instrumental, genitive)


SIMPLE: dict[int, Forms] = {
    3: ("три", "трьох", "трьом", "три", "трьома", "трьох"),
    4: ("чотири", "чотирьох", "чотирьом", "чотири", "чотирма", "чотирьох"),
    5: _many("п'ять", "п'яти", "п'ятьма"),
    6: _many("шість", "шести", "шістьма"),
    7: _many("сім", "семи", "сьома"),
    8: _many("вісім", "восьми", "вісьма"),
    9: _many("дев'ять", "дев'яти", "дев'ятьма"),
    10: _many("десять", "десяти", "десятьма"),
    20: _many("двадцять", "двадцяти", "двадцятьма"),
    30: _many("тридцять", "тридцяти", "тридцятьма"),
    40: _many("сорок", "сорока", "сорока"),
    50: _many("п'ятдесят", "п'ятдесяти", "п'ятдесятьма"),
    60: _many("шістдесят", "шістдесяти", "шістдесятьма"),
    70: _many("сімдесят", "сімдесяти", "сімдесятьма"),
    80: _many("вісімдесят", "вісімдесяти", "вісімдесятьма"),
    90: _many("дев'яносто", "дев'яноста", "дев'яноста"),
    100: _many("сто", "ста", "ста"),
    200: ("двісті", "двохсот", "двомстам", "двісті", "двомастами", "двохстах"),
    300: ("триста", "трьохсот", "трьомстам", "триста", "трьомастами", "трьохстах"),
    400: ("чотириста", "чотирьохсот", "чотирьомстам", "чотириста", "чотирмастами", "чотирьохстах"),
    500: ("п'ятсот", "п'ятисот", "п'ятистам", "п'ятсот", "п'ятьмастами", "п'ятистах"),
    600: ("шістсот", "шестисот", "шестистам", "шістсот", "шістьмастами", "шестистах"),
    700: ("сімсот", "семисот", "семистам", "сімсот", "сьомастами", "семистах"),
    800: ("вісімсот", "восьмисот", "восьмистам", "вісімсот", "вісьмастами", "восьмистах"),
    900: ("дев'ятсот", "дев'ятисот", "дев'ятистам", "дев'ятсот", "дев'ятьмастами", "дев'ятистах"),
}
for _n, _stem in enumerate(
    ("оди", "два", "три", "чотир", "п'ят", "шіст", "сім", "вісім", "дев'ят"), start=11
):
    _root = _stem + "надцят"
    SIMPLE[_n] = _many(_root + "ь", _root + "и", _root + "ьма")

SCALES: tuple[tuple[int, Gender, Forms, Forms], ...] = (
    (
        10**9,
        Gender.M,
        ("мільярд", "мільярда", "мільярду", "мільярд", "мільярдом", "мільярді"),
        ("мільярди", "мільярдів", "мільярдам", "мільярди", "мільярдами", "мільярдах"),
    ),
    (
        10**6,
        Gender.M,
        ("мільйон", "мільйона", "мільйону", "мільйон", "мільйоном", "мільйоні"),
        ("мільйони", "мільйонів", "мільйонам", "мільйони", "мільйонами", "мільйонах"),
    ),
    (
        10**3,
        Gender.F,
        ("тисяча", "тисячі", "тисячі", "тисячу", "тисячею", "тисячі"),
        ("тисячі", "тисяч", "тисячам", "тисячі", "тисячами", "тисячах"),
    ),
)


def is_one(number: int) -> bool:
    """The counted noun stands in the singular: 1, 21, 131, but not 11."""
    return number % 10 == 1 and number % 100 != 11


def is_few(number: int) -> bool:
    """The counted noun stands in the nominative plural: 2-4, 22-24, but not 12-14."""
    return number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14}


def agree(number: int, singular: Forms, plural: Forms, case: Case) -> str:
    """The form of a noun after `number` in `case`; after whole thousands it is the genitive plural in every case."""
    if number and number % 1000 == 0:
        return plural[Case.GEN]
    if is_one(number):
        return singular[case]
    if case in {Case.NOM, Case.ACC} and not is_few(number):
        return plural[Case.GEN]
    return plural[case]


def _below_thousand(number: int, case: Case, gender: Gender) -> list[str]:
    words: list[str] = []
    hundreds, rest = number // 100 * 100, number % 100
    if hundreds:
        words.append(SIMPLE[hundreds][case])
    if rest in SIMPLE and rest > 4:
        return [*words, SIMPLE[rest][case]]
    tens, units = rest // 10 * 10, rest % 10
    if tens:
        words.append(SIMPLE[tens][case])
    if units == 1:
        words.append(ONE[gender][case])
    elif units == 2:
        words.append((TWO_F if gender is Gender.F else TWO)[case])
    elif units:
        words.append(SIMPLE[units][case])
    return words


@lru_cache(maxsize=4096)
def cardinal(number: int, case: Case = Case.NOM, gender: Gender = Gender.M) -> str:
    """`cardinal(3500, Case.GEN)` is `трьох тисяч п'ятисот`."""
    if number < 0:
        return "мінус " + cardinal(-number, case, gender)
    if number >= LIMIT:
        raise ValueError(f"{number} is too large to be read as one number: read its digits")
    if number == 0:
        return ZERO[case]
    words: list[str] = []
    rest = number
    for scale, scale_gender, singular, plural in SCALES:
        count, rest = divmod(rest, scale)
        if count:
            if count > 1 or words:
                words += _below_thousand(count, case, scale_gender)
            words.append(agree(count, singular, plural, case))
    return " ".join(words + _below_thousand(rest, case, gender))


ORDINAL_STEMS = {
    0: "нульов",
    1: "перш",
    2: "друг",
    3: "трет",
    4: "четверт",
    5: "п'ят",
    6: "шост",
    7: "сьом",
    8: "восьм",
    9: "дев'ят",
    10: "десят",
    40: "сороков",
    90: "дев'яност",
    100: "сот",
    200: "двохсот",
    300: "трьохсот",
    400: "чотирьохсот",
    500: "п'ятисот",
    600: "шестисот",
    700: "семисот",
    800: "восьмисот",
    900: "дев'ятисот",
}
for _n in (*range(11, 21), 30, 50, 60, 70, 80):
    ORDINAL_STEMS[_n] = SIMPLE[_n][0].removesuffix("ь")
SCALE_STEMS = ((10**9, "мільярдн"), (10**6, "мільйонн"), (10**3, "тисячн"))

COMBINING = {
    0: "нуль",
    1: "одно",
    2: "дво",
    3: "три",
    4: "чотири",
    40: "сорока",
    90: "дев'яносто",
    100: "сто",
    1000: "тисячо",
}


def combining(number: int) -> str:
    """The first part of a compound: `combining(17)` + `дюймовий`."""
    if number in COMBINING:
        return COMBINING[number]
    if number >= 1000:
        return cardinal(number, Case.GEN).replace(" ", "")
    parts, rest = [], number
    for part in (number // 100 * 100, number % 100 if number % 100 in SIMPLE and number % 100 > 4 else 0):
        if part and rest >= part:
            parts.append(COMBINING.get(part, SIMPLE[part][Case.GEN]))
            rest -= part
    tens, units = rest // 10 * 10, rest % 10
    if tens:
        parts.append(COMBINING.get(tens, SIMPLE[tens][Case.GEN]))
    if units:
        parts.append(
            {1: "одно", 2: "двох", 3: "трьох", 4: "чотирьох"}.get(
                units, SIMPLE.get(units, ONE[Gender.M])[Case.GEN]
            )
        )
    return "".join(parts)


@lru_cache(maxsize=4096)
def ordinal(number: int, case: Case = Case.NOM, gender: Gender = Gender.M) -> str:
    """`ordinal(2026, Case.GEN)` is `дві тисячі двадцять шостого`."""
    if not 0 <= number < LIMIT:
        raise ValueError(f"{number} has no ordinal here: give 0 to {LIMIT - 1}")
    if number in ORDINAL_STEMS:
        return adjective(ORDINAL_STEMS[number], gender, case, soft=number == 3)
    for scale, stem in SCALE_STEMS:
        if number % scale == 0:
            count = number // scale
            return adjective(("" if count == 1 else combining(count)) + stem, gender, case)
    last = number % 100 if number % 100 in ORDINAL_STEMS and number % 100 else number % 10
    if number % 100 == 0:
        last = number % 1000
    return f"{cardinal(number - last)} {ordinal(last, case, gender)}"


def digits(text: str) -> str:
    """Digit by digit: `digits("007")` is `нуль нуль сім`."""
    return " ".join(cardinal(int(digit)) for digit in text)


def group(text: str) -> str:
    """A group of digits as dictated: leading zeros one by one, the rest as a number."""
    rest = text.lstrip("0")
    words = ["нуль"] * (len(text) - len(rest))
    return " ".join([*words, cardinal(int(rest))] if rest else words)
