"""Dates relative to a given today: завтра, у п'ятницю, двадцять п'ятого листопада, через три дні, наступний вівторок.

A day without a month is the next such day; a month that has passed is next year's. "Наступний" and "слідуючий" mean the
next calendar week. What names several days ("на вихідних", "наступного тижня") has value None and the days as
candidates; a weekday that contradicts the date said with it lowers the confidence and is a candidate.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from call_center.understanding.claims import Claim, Scene
from call_center.understanding.meaning import Filled
from call_center.understanding.numerals import DIGITS, compose

_RELATIVE = {
    "согодни": 0, "сегодня": 0, "согоднишний": 0, "содни": 0, "завтра": 1, "завтрашний": 1, "завтрашн": 1, "пислязавтра": 2,
    "послезавтра": 2, "писляпислязавтра": 3, "завтро": 1, "послизавтра": 2, "сегодни": 0, "седня": 0, "содня": 0,
}  # fmt: skip
_WEEKDAYS = (
    ("понедил", "понедел"),
    ("вивтор", "вторник", "второк", "вовтор"),
    ("середу", "середи", "середа", "среду", "среда", "среди", "середою"),
    ("четвер", "четверг"),
    ("пятниц", "пятнец"),
    ("субот", "собот"),
    ("недил", "воскрес"),
)
_MONTHS = (
    ("сичн", "январ"), ("лют", "феврал"), ("берез", "март"), ("квит", "апрел"), ("травн", "мая", "май", "маю"),
    ("червн", "червен", "июн"), ("липн", "липен", "июл"), ("серпн", "серпен", "август"), ("верес", "сентябр"),
    ("жовт", "октябр"), ("листопад", "ноябр"), ("грудн", "груден", "декабр"),
)  # fmt: skip
_NEXT = ("наступ", "слидуюч", "следующ", "слєдующ", "слидующ")
_FROM = frozenset({"з", "из", "зи", "с", "со"})
_DAY = ("ден", "дня", "дни", "днив", "дней", "днем")
_WEEK = ("тижд", "тижн", "недел")


@dataclass(frozen=True, slots=True)
class _Day:
    day: date | None
    first: int
    last: int
    sure: float
    groups: tuple[str, ...] = ()
    candidates: tuple[date, ...] = ()
    weekday: bool = False


def dates(scene: Scene, taken: set[int]) -> list[Claim]:
    """Every date not inside `taken`; a weekday and a day said together are one date."""
    starts = {a.first: i for i, a in enumerate(scene.atoms)}
    inside = scene.inside()
    found: list[_Day] = []
    index = 0
    while index < len(scene.words):
        day = None if index in taken | inside else _at(scene, starts, index)
        if day and not any(i in taken for i in range(day.first, day.last + 1)):
            found.append(day)
            index = day.last
        index += 1
    found = _merged(scene, _without_source(scene, found))
    claims = []
    for day in found:
        value = day.day.isoformat() if day.day else None
        options = tuple(d.isoformat() for d in day.candidates)
        filled = Filled("date", value, day.sure, scene.span(day.first, day.last), options)
        claims.append(Claim(day.first, day.last, day.groups, (filled,)))
        taken.update(range(day.first, day.last + 1))
    return claims


def _at(scene: Scene, starts: dict[int, int], index: int) -> _Day | None:
    word = scene.fold(index)
    if word in _RELATIVE:
        return _Day(scene.today + timedelta(days=_RELATIVE[word]), index, index, 0.95)
    if word in ("писля", "после") and scene.fold(index + 1) == "завтра":
        return _Day(scene.today + timedelta(days=2), index, index + 1, 0.9)
    if word in ("через", "черес", "за"):
        return _after(scene, starts, index)
    if word.startswith(("вихидн", "виходн")):
        saturday = _weekday(scene.today, 5)
        return _Day(None, index, index, 0.8, (), (saturday, saturday + timedelta(days=1)))
    if index in starts:
        return _written(scene, index) or _day_of_month(scene, starts, index)
    return _named(scene, index)


def _named(scene: Scene, index: int) -> _Day | None:
    word = scene.fold(index)
    number = _weekday_of(word)
    before = [scene.fold(index - i) for i in (1, 2)]
    following = any(b.startswith(_NEXT) for b in before)
    if number is not None:
        after = [scene.fold(index + i) for i in (1, 2)]
        week = after[0].startswith(_NEXT) and after[1].startswith(_WEEK)
        first = index - 1 if before[0].startswith(_NEXT) else index
        if following or week:
            monday = scene.today + timedelta(days=7 - scene.today.weekday())
            day = monday + timedelta(days=number)
            near = _weekday(scene.today, number)
            options = (near,) if near != day else ()
            return _Day(
                day, first, index + 2 * week, 0.85 if near == day else 0.75, (), options, weekday=True
            )
        return _Day(_weekday(scene.today, number), first, index, 0.9, weekday=True)
    if word.startswith(_WEEK) and following:
        monday = scene.today + timedelta(days=7 - scene.today.weekday())
        return _Day(None, index - 1, index, 0.8, (), tuple(monday + timedelta(days=i) for i in range(7)))
    return None


def _weekday_of(word: str) -> int | None:
    for number, stems in enumerate(_WEEKDAYS):
        for stem in stems:
            exact = number in (2, 3)
            if word == stem or (exact and word in (stem + "а", stem + "у", stem + "га", stem + "ам")):
                return number
            if not exact and word.startswith(stem) and len(word) <= len(stem) + 5:
                return number
    return None


def _weekday(today: date, number: int) -> date:
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def _after(scene: Scene, starts: dict[int, int], index: int) -> _Day | None:
    """через три дні, через тиждень, через два тижні, через пару днів, через день."""
    groups: tuple[str, ...] = ()
    at, count = index + 1, 1
    if at in starts:
        group = compose(scene.atoms, starts[at], scene.words)
        if group.value != int(group.value) or not 0 < group.value <= 90:
            return None
        count, groups = int(group.value), (group.digits,)
        at = scene.atoms[group.end - 1].last + 1
    elif scene.fold(at) in ("пару", "пара"):
        count, at = 2, at + 1
    unit = scene.fold(at)
    if unit.startswith(_WEEK):
        return _Day(scene.today + timedelta(days=7 * count), index, at, 0.9, groups)
    if unit.startswith(("мисяц", "месяц")):
        return _Day(_months_on(scene.today, count), index, at, 0.8, groups)
    before = scene.fold(index) == "за" and (scene.expected != "date" or scene.fold(at + 1) == "до")
    if unit.startswith(_DAY) and not before:
        days = 2 if not groups and count == 1 else count
        return _Day(scene.today + timedelta(days=days), index, at, 0.9, groups)
    return None


def _months_on(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _written(scene: Scene, index: int) -> _Day | None:
    """25.11, 25.11.2026, 25/11."""
    if index + 2 >= len(scene.words):
        return None
    day, sign, month = scene.words[index : index + 3]
    if (
        sign.text not in "./"
        or {day.kind, month.kind} != {"digits"}
        or day.end != sign.start
        or sign.end != month.start
    ):
        return None
    if (
        len(day.low) > 2
        or len(month.low) != 2
        or not 1 <= int(month.low) <= 12
        or not 1 <= int(day.low) <= 31
    ):
        return None
    last, year = index + 2, None
    if scene.fold(index + 3) == "." and len(scene.fold(index + 4)) == 4 and scene.fold(index + 4).isdigit():
        last, year = index + 4, int(scene.fold(index + 4))
    found = _in_month(scene.today, int(day.low), int(month.low), year)
    groups = (day.low, month.low) if year is None else (day.low, month.low, str(year))
    return _Day(found, index, last, 0.9, groups)


_COUNTED = (
    "рок", "год", "р", "радиус", "видил", "отд", "филиал", "поштом", "почтом", "магазин", "диск", "вариант", "колес",
)  # fmt: skip
"""Words after an ordinal that is no day."""


def _day_of_month(scene: Scene, starts: dict[int, int], index: int) -> _Day | None:
    group = compose(scene.atoms, starts[index], scene.words)
    last = scene.atoms[max(group.end, starts[index] + 1) - 1].last
    if group.value != int(group.value) or not 1 <= group.value <= 31:
        return None
    suffix = scene.fold(last + 1)
    written = scene.atoms[starts[index]].rank == DIGITS
    if written and suffix == "-" and scene.fold(last + 2) in ("го", "е", "ого", "те", "ше", "ге"):
        last += 2
    elif written and suffix in ("го", "ого", "те", "е"):
        last += 1
    number, month = int(group.value), _month_of(scene.fold(last + 1))
    if month:
        year, end, year_groups = _year_after(scene, starts, last + 2)
        day = _in_month(scene.today, number, month, year)
        return _Day(day, index, end or last + 1, 0.95 if day else 0.8, (group.digits, *year_groups))
    counted = scene.fold(last + 1).startswith("числ")
    hour = scene.fold(index - 1) in ("о", "об") or scene.words[last].low.endswith(
        ("ій", "ої", "ою", "ту", "му", "шу", "гу", "тю")
    )
    if group.ordinal and hour:
        return None  # "о десятій" while a date is asked
    low = scene.words[scene.atoms[max(group.end, starts[index] + 1) - 1].last].low
    ordinal = group.ordinal and low.endswith(("ого", "го", "є", "е", "ое"))
    dated = ordinal and (
        scene.expected == "date"
        or scene.fold(index - 1) in ("на", "до", "з", "вид", "от", "с")
        or _booking(scene)
    )
    dated = dated and not scene.fold(last + 1).startswith(_COUNTED)
    if (
        counted
        or dated
        or (
            scene.expected == "date"
            and (group.ordinal or written or len(scene.atoms) == group.end - starts[index])
        )
    ):
        return _Day(
            _next_day(scene.today, number),
            index,
            last + counted,
            0.9 if counted or dated else 0.75,
            (group.digits,),
        )
    return None


def _booking(scene: Scene) -> bool:
    stems = (
        "запис",
        "запиш",
        "перен",
        "шиномонт",
        "прид",
        "середу",
        "субот",
        "пятниц",
        "недил",
        "вивтор",
        "понедил",
    )
    return scene.expected == "time" or any(w.fold.startswith(stems) for w in scene.words)


def _month_of(word: str) -> int | None:
    for number, stems in enumerate(_MONTHS, 1):
        if word.startswith(stems) and word not in ("лютии",):
            return number
    return None


def _year_after(
    scene: Scene, starts: dict[int, int], at: int
) -> tuple[int | None, int | None, tuple[str, ...]]:
    if at not in starts:
        return None, None, ()
    group = compose(scene.atoms, starts[at], scene.words)
    if not 2000 <= group.value <= 2100:
        return None, None, ()
    last = scene.atoms[group.end - 1].last
    last += scene.fold(last + 1).startswith(("рок", "год"))
    return int(group.value), last, (group.digits,)


def _in_month(today: date, day: int, month: int, year: int | None) -> date | None:
    wanted = year or (today.year if (month, day) >= (today.month, today.day) else today.year + 1)
    if wanted > 9000 or day > monthrange(wanted, month)[1]:
        return None
    return date(wanted, month, day)


def _next_day(today: date, day: int) -> date | None:
    year, month = today.year, today.month
    for _ in range(12):
        if day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            return date(year, month, day)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return None


def _without_source(scene: Scene, found: list[_Day]) -> list[_Day]:
    """A day after "з" is what is being moved away from when another day is named."""
    source = [d for d in found if scene.fold(d.first - 1) in _FROM]
    return [d for d in found if d not in source] if source and len(source) < len(found) else found


def _in_week_of(near: date, weekday: date | None) -> date:
    """That weekday of the week of `near`, for "через тиждень у вівторок"."""
    return near if weekday is None else near + timedelta(days=weekday.weekday() - near.weekday())


def _merged(scene: Scene, found: list[_Day]) -> list[_Day]:
    kept: list[_Day] = []
    for day in found:
        other = kept[-1] if kept else None
        week = next((d for d in (other, day) if d and len(d.candidates) == 7), None)
        name = next((d for d in (other, day) if d and d.weekday), None)
        if other and week and name and name.day and day.first - other.last <= 3:
            picked = week.candidates[name.day.weekday()]
            kept[-1] = _Day(picked, other.first, day.last, 0.9, weekday=True)
        elif other and other.day and day.weekday and scene.fold(other.first) in ("через", "черес"):
            moved = _in_week_of(other.day, day.day)
            kept[-1] = _Day(moved, other.first, day.last, 0.85, other.groups, weekday=True)
        elif (
            other and (other.weekday != day.weekday) and day.first - other.last <= 3 and other.day and day.day
        ):
            exact, name = (day, other) if other.weekday else (other, day)
            agrees = exact.day and name.day and exact.day.weekday() == name.day.weekday()
            options = () if agrees or name.day is None else (name.day,)
            sure = 0.95 if agrees else 0.5
            kept[-1] = _Day(exact.day, other.first, day.last, sure, other.groups + day.groups, options)
        else:
            kept.append(day)
    return kept
