"""Typed entities in running text: links, dates, times, phones, plates, sizes and indexes, each found by a pattern and spoken.

`ENTITIES` lists (pattern, speaker) in the order they must run: the more specific first, because a size holds digits that look
like a fraction and a date digits that look like a decimal. A speaker may return the text unchanged when the values make no sense.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from call_center.tts.spoken import renderers
from call_center.tts.spoken.calendar import MONTHS, day, hour, year
from call_center.tts.spoken.governor import cases, clock_cases, first, governing_word
from call_center.tts.spoken.grammar import Case, Gender
from call_center.tts.spoken.letters import LETTERS, code, latin, spell
from call_center.tts.spoken.numerals import cardinal, group, ordinal
from call_center.tts.spoken.renderers import metric_size, with_half

Speaker = Callable[[re.Match[str]], str]

_MONTH = "(?i:" + "|".join(MONTHS) + ")"
_MONTH_NAMES = [
    "січень",
    "лютий",
    "березень",
    "квітень",
    "травень",
    "червень",
    "липень",
    "серпень",
    "вересень",
    "жовтень",
    "листопад",
    "грудень",
]
_ADDRESS_BEFORE = re.compile(
    r"(?:вул|буд|просп|пр-т|пров|бульв|б-р|площ|пл\.|шосе|корп|набережн|узвіз|адрес)[^\d]{0,40}$",
    re.IGNORECASE,
)
_PREPOSITIONS_ACC = frozenset(("на", "в", "у", "по", "про", "за", "через", "під"))
_LOOKALIKE = str.maketrans("ВТН", "VTH")  # В is typed for V because it sounds like it


def _date_case(match: re.Match[str]) -> Case:
    if governing_word(match.string, match.start()) in {"сьогодні", "дата"}:
        return Case.NOM
    options = cases(match.string, match.start())
    if options == (Case.INS,):
        return Case.INS
    if governing_word(match.string, match.start()) not in _PREPOSITIONS_ACC:
        return Case.GEN  # `отримаєте п'ятого грудня`: a verb's object is what, not when
    return Case.ACC if options[:1] == (Case.ACC,) else Case.GEN


def _valid(day_text: str, month_text: str) -> bool:
    return 1 <= int(day_text) <= 31 and 1 <= int(month_text) <= 12


def _dotted_date(match: re.Match[str]) -> str:
    if not _valid(match["day"], match["month"]):
        return match.group()
    words = day(int(match["day"]), int(match["month"]), _date_case(match))
    text = match.groupdict().get("year")
    if not text:
        return words
    return f"{words} {year(int(text) + (2000 if len(text) == 2 else 0))}"


def _iso_time(match: re.Match[str]) -> str:
    return f"{_dotted_date(match)} {_hours(match['hour'], match['minute'], Case.LOC, 'о ')}"


def _named_date(match: re.Match[str]) -> str:
    low, high, case = match["low"], match["day"], _date_case(match)
    number = int(high)
    if not 1 <= number <= 31:
        return match.group()
    words = f"{ordinal(number, case, Gender.N)} {match['month']}"
    if low:
        words = f"{ordinal(int(low), case, Gender.N)}-{words}"
    if match["year"]:
        words = f"{words} {ordinal(int(match['year']), Case.GEN)} року"
    return words


def _month_year(match: re.Match[str]) -> str:
    return f"{_MONTH_NAMES[int(match['month']) - 1]} {year(int(match['year']))}"


def _named_month_year(match: re.Match[str]) -> str:
    return f"{match[1]} {year(int(match['year']))}"


def _dotted_quad(match: re.Match[str]) -> str:
    return " крапка ".join(group(part) for part in match.group().split("."))


def _date_span(match: re.Match[str]) -> str:
    second = Case.ACC if match["to"] == "по" else Case.GEN
    low = ordinal(int(match["low"]), Case.GEN, Gender.N)
    return f"{match['from']} {low} {match['to']} {ordinal(int(match['high']), second, Gender.N)} {match['month']}"


def _hours(hours: str, minutes: str, case: Case, prefix: str = "") -> str:
    return prefix + hour(int(hours), int(minutes), case)


def _time(match: re.Match[str]) -> str:
    if int(match["hour"]) > 24 or int(match["minute"]) > 59:
        return f"{cardinal(int(match['hour']))} {group(match['minute'])}"
    options = clock_cases(match.string, match.start())
    return _hours(match["hour"], match["minute"], first(options))


def _time_range(match: re.Match[str]) -> str:
    values = [int(match[name] or 0) for name in ("hour", "minute", "hour2", "minute2")]
    if values[0] > 24 or values[2] > 24 or values[1] > 59 or values[3] > 59:
        return match.group()
    lead = match.groupdict().get("lead") or ""
    opening = "" if governing_word(match.string, match.start()) in {"з", "із", "від"} else "з "
    return f"{lead}{opening}{hour(values[0], values[1], Case.GEN)} до {hour(values[2], values[3], Case.GEN)}"


def _hour_span(match: re.Match[str]) -> str:
    if int(match["hour"]) > 24 or int(match["hour2"]) > 24:
        return match.group()
    low, high = (ordinal(int(match[name]), Case.GEN, Gender.F) for name in ("hour", "hour2"))
    return f"{match['from']} {low} до {high}"


def _until_hour(match: re.Match[str]) -> str:
    return (
        f"{match[1]} {ordinal(int(match['hour']), Case.GEN, Gender.F)}"
        if int(match["hour"]) <= 24
        else match.group()
    )


def _phone(match: re.Match[str]) -> str:
    return renderers.phone(match.group())


def _plate(match: re.Match[str]) -> str:
    digits = match["digits"]
    return f"{spell(match['head'])}, {group(digits[:2])} {group(digits[2:])}, {spell(match['tail'])}"


def _size(match: re.Match[str]) -> str:
    pause = "" if re.search(r"\d[RРZ]", match.group(), re.IGNORECASE) else ","
    words = metric_size(
        match["width"], match["profile"], match["rim"], commercial=bool(match["c"]), pause=pause + " "
    )
    before, after = match.string[: match.start()].rstrip(" "), match.string[match.end() :].lstrip(" ")
    opening = (
        ", " if before[-1:].isdecimal() else ""
    )  # keeps a model's number and an index apart from the size
    return f"{opening}{words}{',' if after[:1].isdecimal() else ''}"


def _half_size(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['width']))} на {cardinal(int(match['profile']))}"


def _inch_size(match: re.Match[str]) -> str:
    words = f"{with_half(match['height'])} на {with_half(match['width'])}, радіус {with_half(match['rim'])}"
    return f"{words} {LETTERS['c']}" if match["c"] else words


def _full_profile(match: re.Match[str]) -> str:
    words = f"{with_half(match['width'])}, радіус {with_half(match['rim'])}"
    return f"{words} {LETTERS['c']}" if match["c"] else words


def _rim(match: re.Match[str]) -> str:
    before = governing_word(match.string, match.start())
    name = "" if before.startswith(("радіус", "діаметр")) else "радіус "
    return f"{name}{with_half(match['rim'])}{' ' + LETTERS['c'] if match['c'] else ''}"


def _rim_range(match: re.Match[str]) -> str:
    low, high = (cardinal(int(match[name]), Case.GEN) for name in ("low", "high"))
    return f"радіус від {low} до {high}"


def _index(match: re.Match[str]) -> str:
    letter = match["letter"].translate(_LOOKALIKE).lower()
    numbers = [cardinal(int(part)) for part in match.group("load", "double") if part]
    return f"{' '.join(numbers)} {LETTERS[letter]}"


def _link(match: re.Match[str]) -> str:
    text = re.sub(r"^(?:https?://)?(?:www\.)?", "", match.group(), flags=re.IGNORECASE)
    ending = text[-1] if text[-1] in ".,!?;:" else ""
    signs = {".": "крапка", "/": "слеш", "@": "равлик", "-": "дефіс", "_": "підкреслення", ":": "двокрапка"}
    parts = re.findall(r"[A-Za-z]+|\d+|[^\W\d_]+|[./@_:-]", text.rstrip(".,!?;:/"))
    return (
        " ".join(
            signs.get(part) or (latin(part) if part.isascii() and part.isalpha() else code(part))
            for part in parts
        )
        + ending
    )


def _fraction(match: re.Match[str]) -> str:
    low, high = int(match["low"]), int(match["high"])
    if low < high <= 10 and not _ADDRESS_BEFORE.search(
        match.string, max(0, match.start() - 60), match.start()
    ):
        stem = ordinal(high, Case.NOM if low == 1 else Case.GEN, Gender.F if low == 1 else Gender.PL)
        return f"{cardinal(low, Case.NOM, Gender.F)} {stem}"
    tail = f" {spell(match['letter'])}" if match["letter"] else ""
    return f"{cardinal(low)} дріб {cardinal(high)}{tail}"


def _house(match: re.Match[str]) -> str:
    if not _ADDRESS_BEFORE.search(match.string, max(0, match.start() - 60), match.start()):
        return match.group()
    return f"{cardinal(int(match['house']))} {spell(match['letter'])}"


def _numbered(match: re.Match[str]) -> str:
    """A number after the numero sign, by value up to five digits, else in groups."""
    return f"номер {renderers.order_number(match['digits'].replace(' ', ''))}"


_LOADS = r"(?<![\w/.,])(?P<load>[5-9]\d|1[0-3]\d)(?:/(?P<double>[5-9]\d|1[0-3]\d))?"
_SEP = r"[\s()-]{0,2}"
_WEEKDAY = r"(?P<lead>\b(?:понеділок|вівторок|середа|четвер|п'ятниця|субота|неділя|п'ятниці|неділі|суботи)\s)"

_TABLE: tuple[tuple[str, Speaker], ...] = (
    (r"https?://[^\s,;)]+|www\.[^\s,;)]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w.])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:ua|com|net|org|info)\b(?:/[^\s,;)]*)?", _link),
    (r"(?<![\d.])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ](?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?(?!\d)", _iso_time),
    (r"(?<![\d.])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)", _dotted_date),
    (r"(?<![\d.])(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4}|\d\d)(?!\d)(?:\s?(?:року\b|р\.|р\b))?", _dotted_date),
    (rf"\b(?P<from>з|із|від|З|Із|Від)\s+(?P<low>[1-3]?\d)\s+(?P<to>по|до)\s+(?P<high>[1-3]?\d)\s+(?P<month>{_MONTH})\b", _date_span),
    (rf"(?<![\d.,/])(?:(?P<low>[1-3]?\d)\s?[-–—]\s?)?(?P<day>[1-3]?\d)(?:-?го|-?е|-?те)?\s+(?P<month>{_MONTH})\b(?:,?\s+(?P<year>20\d\d)(?!\d)(?:\s?(?:року\b|р\.|р\b))?)?", _named_date),
    (rf"(?:\+\s?38{_SEP}|(?<!\d)38(?=\s?\(?0){_SEP})0\d{{2}}{_SEP}\d{{3}}{_SEP}\d\d{_SEP}\d\d(?!\d)|(?:\+\s?38{_SEP}|(?<!\d)38(?=\s?\(?0){_SEP}|(?<![\d+]))\(?0\d{{2}}{_SEP}\d{{3}}{_SEP}\d\d{_SEP}\d\d(?!\d)", _phone),
    (r"(?<!\d)0[ -]?800[ -]?\d{3}[ -]?\d{3}(?!\d)", _phone),
    (rf"(?:\+\s?|(?<![\d+]))380{_SEP}\d\d{_SEP}\d{{3}}{_SEP}\d\d{_SEP}\d\d(?!\d)|(?<![\d+.,])0 \d\d{_SEP}\d{{3}}{_SEP}\d\d{_SEP}\d\d(?!\d)", _phone),
    (r"\b24/7\b", lambda _: "цілодобово"),
    (r"(?<![\w:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?\s?[-–—]\s?(?P<hour2>\d{1,2}):(?P<minute2>\d\d)(?::\d\d)?(?!\d)", _time_range),
    (rf"{_WEEKDAY}(?P<hour>\d{{1,2}})(?P<minute>)\s?[-–—]\s?(?P<hour2>\d{{1,2}})(?P<minute2>)(?![\d:])", _time_range),
    (r"(?<![\w:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?(?!\d)(?:\s?год\b\.?)?", _time),
    (r"(?<=\b[оО] )(?P<hour>[01]?\d|2[0-3])[.](?P<minute>[0-5]\d)(?![\d.])", _time),
    (r"\b(?P<from>[зЗ]|[іІ]з|[вВ]ід)\s+(?P<hour>\d{1,2})\s+до\s+(?P<hour2>\d{1,2})(?=\s*(?:[.,;!?)]|$|год|щодня|у |в |без |по |ранку|вечора|дня|та |і |кожн))", _hour_span),
    (r"\b((?:[Пп]рацює\w*|[Вв]ідчинен\w|[Зз]ачинен\w|[Вв]ідкрит\w|[Сс]ьогодні|[Зз]автра|[Щщ]одня)\s+(?:щодня\s+)?(?:до|з|від|після))\s+(?P<hour>\d{1,2})(?=\s*(?:[.,;!?)]|$))", _until_hour),
    (r"\b(?P<head>[A-ZА-ЯІЇЄ]{2})\s?(?P<digits>\d{4})\s?(?P<tail>[A-ZА-ЯІЇЄ]{2})\b", _plate),
    (r"(?<![\w/.,])(?:LT|P)?(?P<width>[1-4]\d[05])(?:\s?[/\\-]\s?| (?=[2-9][05][ /-]?[RРZrр]?\s?(?:1[2-9]|2[0-4])(?!\d)))(?P<profile>[2-9][05])\s?(?:[/\\-]\s?)?(?:Z?[RР]F?|[zZ]?[rр]|D)?\s?-?(?P<rim>(?:1[0-9]|2[0-4])(?:[.,]5(?!\d))?)(?:\s?(?P<c>[CСcс])(?![\w/]))?(?![\d])", _size),
    (r"(?<![\w/.,])(?P<width>[1-4]\d5)/(?P<profile>[2-9][05])(?![\w/]|[.,]\d)", _half_size),
    (r"(?<![\w/.,])(?P<height>\d\d(?:[.,]\d{1,2})?)\s?[xхXХ×*]\s?(?P<width>\d{1,2}(?:[.,]\d{1,2})?)\s?[RРrр-]?\s?(?P<rim>1[0-9]|2[0-4])(?P<c>[CС])?(?![\w])", _inch_size),
    (r"(?<![\w/.,])(?P<width>1[2-9]\d|2\d\d|\d{1,2}[.,]\d{1,2}|1[0-3])\s?[RР]\s?(?P<rim>1[0-9](?:[.,]5)?|2[0-4](?:[.,]5)?)(?P<c>[CС])?(?![\w])", _full_profile),
    (r"(?<![\w])[RРrр]\s?(?P<low>1[0-9]|2[0-4])\s?[-–—]\s?[RРrр]?\s?(?P<high>1[0-9]|2[0-4])(?![\w])", _rim_range),
    (r"(?<![\w])[RРrр]\s?-?(?P<rim>(?:1[0-9]|2[0-4])(?:[.,]5)?)(?P<c>[CСcс])?(?![\w])", _rim),
    (_LOADS + r"(?P<letter>[JKLMNPQRSTUHVWYZТНВ])(?![\w'])", _index),
    (_LOADS + r"\s(?P<letter>[JKLMNPQRSTUHVWYZ])(?![\w'/])", _index),
    (r"(?:№|#|\bNo\.?(?=\s?\d)|\bN(?=\s\d))\s?(?P<digits>\d+)(?!\d|\s?[-–/]\d)", _numbered),
    (r"(?<![\d.,/])(?P<mark>\d[.,]\d)/(?P<best>5|10)(?![\w/]|[.,]\d)", lambda match: f"{match['mark']} з {match['best']}"),
    (r"(?<![\d.,/])(?P<low>\d{1,3})/(?P<high>\d{1,3})(?:-?(?P<letter>[а-яА-Яіїє]))?(?![\w/])", _fraction),
    (r"(?<![\d.,/])(?P<house>\d{1,3})\s?-?(?P<letter>[а-гА-ГдДеЕ])(?![\w'])", _house),
    (r"(?<![\d.,])(?P<month>0[1-9]|1[0-2])\.(?P<year>20\d\d)(?!\d)", _month_year),
    (rf"(?i:\b({'|'.join(_MONTH_NAMES)})) (?P<year>20\d\d)(?!\d)(?! рок| рік)", _named_month_year),
    (r"(?<![\d.,])\d{1,5}(?:\.\d{1,5}){2,}(?![\d,])(?!\s?(?:грн|₴))", _dotted_quad),
    (r"(?<![\d.,])(?P<day>0[1-9]|[12]\d|3[01])\.(?P<month>0[1-9]|1[0-2])(?![\d]|\.\d|\s?(?:грн|₴|мм|см|км|кг|%|л\b|м\b|бар|атм|тис))", _dotted_date),
)  # fmt: skip

ENTITIES: tuple[tuple[re.Pattern[str], Speaker], ...] = tuple(
    (re.compile(pattern), speaker) for pattern, speaker in _TABLE
)
