"""Shortened words written out: addresses, weekdays, running text, acronyms that cannot be read as a word.

`expand` runs before numbers are read, so that a number finds the whole word it counts or labels. Address words take the case
that the preposition before them asks for (`на вул.` is `на вулиці`).
"""

from __future__ import annotations

import re

from call_center.tts.spoken.calendar import WEEKDAYS
from call_center.tts.spoken.governor import cases, governing_word
from call_center.tts.spoken.grammar import Case
from call_center.tts.spoken.letters import CYRILLIC_LETTERS
from call_center.tts.spoken.nouns import NOUNS

_CAPITAL = r"(?=\s*[«\"]?[А-ЯІЇЄҐA-Z\d])"
# pattern: dictionary form of a word in `nouns`
_METRO = re.compile(r"(?<![\w'-])м\.\s?(?!Нова)(?=[А-ЯІЇЄ][а-яіїє']*(?:ська|цька|зька|ова|ева)\b)")
_DECLINED: tuple[tuple[str, str], ...] = (
    (r"[Вв]ул\.?(?=[\s])", "вулиця"), (r"[Пп]росп\.|пр-т\.?|пр\." + _CAPITAL, "проспект"), (r"[Бб]ульв\.|бул\.|б-р\.?", "бульвар"),
    (r"пл\." + _CAPITAL, "площа"), (r"пров\." + _CAPITAL + r"|пер\." + _CAPITAL, "провулок"), (r"[Бб]уд\.(?=\s?\d)", "будинок"),
    (r"кв\.(?=\s?\d)", "квартира"), (r"корп\.(?=\s?\d)", "корпус"), (r"м\." + r"(?=\s?[А-ЯІЇЄҐ])", "місто"), (r"обл\.", "область"), (r"р-н\.?", "район"),
    (r"під\.(?=\s?\d)", "під'їзд"), (r"від\.(?=\s?№)|відд\.", "відділення"), (r"[Тт]ел\.", "телефон"),
)  # fmt: skip
_FIXED: tuple[tuple[str, str], ...] = (
    (r"і\s?т\.\s?д\.", "і так далі"), (r"і\s?т\.\s?п\.", "і тому подібне"), (r"та\s?ін\.", "та інше"), (r"напр\.", "наприклад"),
    (r"т\.\s?зв\.", "так званий"), (r"ім\." + _CAPITAL, "імені"), (r"моб\.", "мобільний"), (r"(?<=[IVXХІ] )ст\.", "століття"), (r"р\.\s?в\.", "року випуску"), (r"п\.(?=\s?\d)", "пункт "), (r"оф\.(?=\s?\d)", "офіс"), (r"смт\.?", "селище"),
    (r"с\.(?=\s?[А-ЯІЇЄҐ][а-я])", "село"), (r"грн\s?/\s?шт\.?", "грн за штуку"), (r"/\s?шт\.?", " за штуку"), (r"/\s?компл\.?", " за комплект"),
    (r"/\s?міс\.?", " на місяць"), (r"ст\.\s?м\.", "станція метро"), (r"наб\." + _CAPITAL, "набережна "), (r"мкрн?\b\.?" + _CAPITAL, "мікрорайон "), (r"каб\.(?=\s?\d)", "кабінет "),
    (r"(?<=\d )пов\.?(?![\w'])", "поверх"), (r"макс\.", "максимум"), (r"мін\.(?=\s?\d)", "мінімум"), (r"бл\.", "близько"),
)  # fmt: skip
_DAYS = {"пн": 0, "вт": 1, "ср": 2, "чт": 3, "пт": 4, "сб": 5, "нд": 6}
_DAY = r"(?:пн|вт|ср|чт|пт|сб|нд)"
_DAY_SPAN = re.compile(rf"\b({_DAY})\.?\s?[-–—]\s?({_DAY})\b\.?:?", re.IGNORECASE)
_ONE_DAY = re.compile(rf"\b({_DAY})\b(?:\.(?!\s*$)|:)?", re.IGNORECASE)
_NOT_INSIDE = r"(?<![\w'-])"
_FORMS = [NOUNS[lemma] for _, lemma in _DECLINED]
_WORDS = [words for _, words in _FIXED]


def _any(patterns: list[str]) -> re.Pattern[str]:
    """One pattern for all, a group for each: one pass over the text instead of thirty."""
    return re.compile(
        "|".join(f"({'' if pattern[0] == '/' else _NOT_INSIDE}(?:{pattern}))" for pattern in patterns)
    )


_DECLINED_ANY = _any([pattern for pattern, _ in _DECLINED])
_FIXED_ANY = _any([pattern for pattern, _ in _FIXED])
_CONSONANTS = re.compile(r"(?<![\w'-])[БВГДЖЗКЛМНПРСТФХЦЧШЩ]{2,5}(?![\w'])")
_SPELT = {"СТО": "ес-те-о", "АЗС": "а-зе-ес", "ПДВ": "пе-де-ве"}
_ACRONYM = re.compile(r"(?<![\w'-])(?:" + "|".join(_SPELT) + r")(?![\w'])")
_PLAIN_UNIT = {
    "грн": "гривень", "шт": "штук", "год": "години", "км": "кілометрів", "кг": "кілограмів", "мм": "міліметрів", "хв": "хвилин",
}  # fmt: skip
_LEFT_UNIT = re.compile(r"(?<![\w'-])(" + "|".join(_PLAIN_UNIT) + r")\.?(?![\w'])")
_PER_PIECE = re.compile(r"(?<![\w'-])([Зз]а|[Нн]а)\s+шт(?:\.(?!\s*$))?(?![\w'])")
_SPEED = re.compile(r"(?<![\w'-])км/год(?![\w'])")


def _address_case(match: re.Match[str]) -> Case:
    word = governing_word(match.string, match.start())
    options = cases(match.string, match.start())
    if word in {"на", "в", "у", "по"}:
        return Case.LOC
    return options[0] if options else Case.NOM


def expand(text: str) -> str:
    """Write out what is shortened in `text`; numbers stay."""
    if "." in text or "-" in text or "/" in text or "вул" in text or "мкр" in text:
        text = _METRO.sub("метро ", text)
        text = _FIXED_ANY.sub(lambda match: _WORDS[(match.lastindex or 1) - 1], text)
        text = _DECLINED_ANY.sub(_declined, text)
    text = _DAY_SPAN.sub(_day_span, text)
    text = _ONE_DAY.sub(_one_day, text)
    if not text.isupper() or sum(map(str.isalpha, text)) <= 5:  # a shouted sentence holds no acronyms
        text = _ACRONYM.sub(lambda match: _SPELT[match.group()], text)
        text = _CONSONANTS.sub(
            lambda match: "-".join(CYRILLIC_LETTERS[char] for char in match.group().lower()), text
        )
    return text


def _declined(match: re.Match[str]) -> str:
    return _FORMS[(match.lastindex or 1) - 1].singular[_address_case(match)] + " "


def _day_span(match: re.Match[str]) -> str:
    low, high = (_DAYS[match[number].lower()] for number in (1, 2))
    return f"з {WEEKDAYS[low][Case.GEN]} до {WEEKDAYS[high][Case.GEN]}"


def _one_day(match: re.Match[str]) -> str:
    return WEEKDAYS[_DAYS[match[1].lower()]][
        cases(match.string, match.start())[0] if cases(match.string, match.start()) else Case.NOM
    ]


def expand_units(text: str) -> str:
    """Units that stand without a number, after the numbers are read."""
    text = _SPEED.sub("кілометрів на годину", text)
    text = _PER_PIECE.sub(r"\1 штуку", text)
    return _LEFT_UNIT.sub(lambda match: _PLAIN_UNIT[match[1]], text)
