"""Clock times as Ukrainians and Russians say them, resolved to 24 hours by the shop's opening hours.

"о пів на третю" 14:30, "чверть на десяту" 09:15, "за чверть шоста" 17:45, "о п'ятнадцятій тридцять" 15:30, "на десяту
ранку" 10:00, "без пятнадцати шесть", "на половину одиннадцатого". A part of the day said aloud wins over the hours.
"""

from __future__ import annotations

from dataclasses import dataclass

from call_center.understanding.claims import Claim, Scene
from call_center.understanding.meaning import Filled
from call_center.understanding.numerals import DIGITS, ZERO, Atom, adjacent, compose, numeral

_AT = frozenset({"о", "об", "ок"})
_TOWARDS = frozenset(
    [
        "на",
        "в",
        "у",
        "до",
        "писля",
        "после",
        "з",
        "с",
        "из",
        "к",
        "ко",
        "близко",
        "биля",
        "коло",
        "около",
        "дес",
        "гдето",
        "приблизно",
        "примерно",
        "так",
        "по",
        "зи",
    ]
)
_HOUR = ("годин", "час")
_NOT_HOUR = ("часто", "частин", "частка")
_MINUTE = ("хвилин", "минут", "хв")
_PARTS_OF_DAY = {
    "morning": ("ранку", "ранок", "утра", "зранку", "вранци", "утром", "ранком", "ранци"),
    "day": ("дня", "вден", "днем", "пополудни", "обиду", "обида", "обеда", "обед"),
    "evening": ("вечора", "вечера", "вечером", "ввечери", "увечери", "вечором"),
    "night": ("ночи", "вночи", "ночю"),
}
_HALF_WORDS = frozenset({"пив", "пол", "половина", "половину", "половини", "половине", "половинi"})
_QUARTER = ("чверт", "четверт")
_LESS = frozenset({"за", "без"})
_FEMININE = ("у", "ю", "ій", "ої", "ьої", "а", "я", "ой", "ей", "ую", "ою", "ого", "его", "ьего", "ьей")


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int
    first: int
    last: int
    sure: float


def clocks(scene: Scene, taken: set[int]) -> list[Claim]:
    """Every clock time not inside `taken`."""
    claims: list[Claim] = []
    inside = scene.inside()
    starts = {a.first: i for i, a in enumerate(scene.atoms)}
    index = 0
    while index < len(scene.words):
        found = (
            None
            if index in taken | inside
            else _written(scene, starts, index) or _relative(scene, starts, index)
        )
        found = found or (None if index in taken | inside else _plain(scene, starts, index))
        if found and not any(i in taken for i in range(found.first, found.last + 1)):
            claims.append(_claim(scene, found))
            taken.update(range(found.first, found.last + 1))
            index = found.last
        index += 1
    return claims or _hourless(scene, taken)


def resolve(hour: int, minute: int, part: str | None, opens: int, closes: int) -> int:
    """Minutes after midnight of a time said on a twelve-hour clock; `opens`, `closes` in minutes."""
    if part == "morning":
        hour = hour % 12 if hour <= 12 else hour
    elif part == "day":
        hour = hour + 12 if 1 <= hour <= 6 else hour
    elif part == "evening":
        hour = hour + 12 if hour < 12 else hour
    elif part is None and 0 < hour < 12 and not opens <= hour * 60 + minute < closes:
        later = (hour + 12) * 60 + minute
        hour = hour + 12 if opens <= later < closes or hour < 7 else hour
    return (hour % 24) * 60 + minute


def _claim(scene: Scene, clock: _Clock) -> Claim:
    part, last = _part_of_day(scene, clock.last)
    minutes = resolve(clock.hour, clock.minute, part, scene.hours.opens, scene.hours.closes)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return Claim(
        clock.first, last, (text,), (Filled("time", text, clock.sure, scene.span(clock.first, last)),)
    )


def _part_of_day(scene: Scene, last: int) -> tuple[str | None, int]:
    for step in (1, 2):
        if scene.fold(last + step).startswith(_HOUR) and step == 1:
            last += 1
        word = scene.fold(last + step)
        for part, forms in _PARTS_OF_DAY.items():
            if word in forms:
                return part, last + step
        if word not in (",", "писля", "о"):
            break
    hours = {i for atom in scene.atoms for i in range(atom.first, atom.last + 1)}
    for index, token in enumerate(scene.words):
        of_another = index - 1 in hours and index - 1 != last  # "на шосту вечора, тоді на десяту"
        for part, forms in _PARTS_OF_DAY.items():
            if token.fold in forms and token.fold != "дня" and not of_another:
                return part, last
    return None, last


def _hour(scene: Scene, starts: dict[int, int], index: int) -> Atom | None:
    """The atom at token `index` if it can be an hour, joined with the next ("двадцять першу")."""
    if index not in starts:
        return None
    group = compose(scene.atoms, starts[index], scene.words)
    start = scene.atoms[starts[index]]
    last = scene.atoms[max(group.end, starts[index] + 1) - 1]
    if (
        group.value != int(group.value)
        or not 0 <= group.value <= 24
        or (group.value == 0 and start.rank != DIGITS)
    ):
        return None
    if start.rank == ZERO and len(group.digits) > 2:
        return None
    return Atom(group.value, start.rank, last.ordinal, group.digits, start.first, last.last)


def _written(scene: Scene, starts: dict[int, int], index: int) -> _Clock | None:
    """15:30, 15.30 after a preposition, 15-30 never (too like a size)."""
    if index not in starts or index + 2 >= len(scene.words):
        return None
    hour, sign, minute = scene.words[index : index + 3]
    if hour.kind != "digits" or minute.kind != "digits" or len(minute.low) != 2 or len(hour.low) > 2:
        return None
    if (
        sign.text != ":"
        and not (sign.text == "-" and scene.expected == "time")
        and not (
            sign.text == "."
            and (not index or scene.fold(index - 1) in _AT | {"на", "в"})
            and scene.expected == "time"
        )
    ):
        return None
    if int(hour.low) > 23 or int(minute.low) > 59 or scene.fold(index + 3) == ":":
        return None
    return _Clock(int(hour.low), int(minute.low), index, index + 2, 0.95)


def _relative(scene: Scene, starts: dict[int, int], index: int) -> _Clock | None:
    """Half, quarter and minutes to or past an hour."""
    first = index - 1 if scene.fold(index - 1) in _AT | {"в", "на", "у"} else index
    word = scene.fold(index)
    glued = next((word[len(p) :] for p in ("пив", "пол") if word.startswith(p) and len(word) > 6), "")
    if glued and numeral(glued):
        value, _, ordinal = numeral(glued)[0]
        if ordinal and 1 <= value <= 12:
            return _Clock(value - 1 or 12, 30, first, index, 0.9)
    if word in _HALF_WORDS:
        return _fraction(scene, starts, index, first, 30)
    if word in _LESS:
        return _less(scene, starts, index)
    if word.startswith(_QUARTER) and not (word.startswith("четверт") and numeral(word) and word != "четверт"):
        return _fraction(scene, starts, index, first, 15)
    minutes = _hour_or_minutes(scene, starts, index)
    if minutes and scene.fold(minutes.last + 1).startswith((*_MINUTE, "чверт")):
        amount = int(minutes.value) * (15 if scene.fold(minutes.last + 1).startswith("чверт") else 1)
        return _fraction(scene, starts, minutes.last + 1, first, amount) if amount < 60 else None
    past = minutes and scene.fold(minutes.last + 1) == "по" and minutes.value % 5 == 0
    if minutes and past:
        return _fraction(scene, starts, minutes.last, first, int(minutes.value))
    if word.startswith(_MINUTE) and (minutes := _hour_or_minutes(scene, starts, index + 1)):
        return _fraction(scene, starts, minutes.last, first, int(minutes.value))
    return None


def _hour_or_minutes(scene: Scene, starts: dict[int, int], index: int) -> Atom | None:
    if index not in starts:
        return None
    group = compose(scene.atoms, starts[index], scene.words)
    last = scene.atoms[max(group.end, starts[index] + 1) - 1].last
    return Atom(group.value, 0, group.ordinal, group.digits, index, last) if 0 < group.value < 60 else None


def _fraction(scene: Scene, starts: dict[int, int], index: int, first: int, minutes: int) -> _Clock | None:
    """`minutes` towards ("на третю", "третьего") or past ("по другій") the hour that follows token `index`."""
    link = scene.fold(index + 1)
    at = index + 2 if link in ("на", "до", "по", "писля", "после") else index + 1
    hour = _hour(scene, starts, at)
    if hour is None or not 1 <= hour.value <= 12:
        return None
    if at == index + 1 and not hour.ordinal:
        return None
    number = int(hour.value)
    if link in ("по", "писля", "после"):
        return _Clock(number, minutes, first, hour.last, 0.9)
    if link == "до" and minutes != 30:
        return _Clock(number - 1 or 12, 60 - minutes, first, hour.last, 0.9)
    return _Clock(number - 1 or 12, minutes, first, hour.last, 0.9)


def _less(scene: Scene, starts: dict[int, int], index: int) -> _Clock | None:
    """за чверть шоста, за десять хвилин до шостої, без пятнадцати шесть."""
    at = index + 1
    if scene.fold(at).startswith(_QUARTER):
        minutes, at = 15, at + 1
    else:
        amount = _hour_or_minutes(scene, starts, at)
        if amount is None or amount.value > 30:
            return None
        minutes, at = int(amount.value), amount.last + 1
        parts = [a for a in scene.atoms if index < a.first and a.last <= amount.last]
        if amount.ordinal and len(parts) == 2:  # "за двадцять третя": 23 only to the eye
            minutes, at = int(parts[0].value), parts[1].first
        if scene.fold(at).startswith(_MINUTE):
            at += 1
    at += scene.fold(at) in ("до", "на")
    hour = _hour(scene, starts, at)
    if (
        hour is None
        or not 1 <= hour.value <= 12
        or scene.fold(hour.last + 1).startswith(("шт", "колес", "днив", "дни"))
    ):
        return None
    return _Clock(int(hour.value) - 1 or 12, 60 - minutes, index, hour.last, 0.9)


def _plain(scene: Scene, starts: dict[int, int], index: int) -> _Clock | None:
    """An hour with or without minutes, where a preposition, "година" or the question makes it a time."""
    hour = _hour(scene, starts, index)
    if hour is None or hour.value > 23:
        return None
    before, low = scene.fold(index - 1), scene.words[hour.last].low
    after = scene.fold(hour.last + 1)
    feminine = hour.ordinal and low.endswith(_FEMININE[:11])
    if after.startswith("половин"):
        return None  # half a day
    if hour.ordinal and low.endswith(("ого", "го", "є", "е", "ое")):
        return None  # a day of the month
    named = after.startswith(_HOUR) and not after.startswith(_NOT_HOUR) and hour.value > 0
    part = any(after in forms for p, forms in _PARTS_OF_DAY.items() if p != "day") or after == "дня"
    if named and before in ("через", "черес", "за"):
        return None
    asked = scene.expected in ("time", "clock")
    at = before in _AT or (before in _TOWARDS and feminine)
    at = at or (before in _TOWARDS and asked)
    if not (at or named or (part and (feminine or hour.value <= 12)) or (asked and hour.value >= 1)):
        return None
    if (
        before in ("на", "в", "у")
        and not (named or part or asked)
        and hour.value <= 3
        and not _booking(scene)
    ):
        return None  # "на другу" is more often a choice than two o'clock
    if after.startswith(
        ("шт", "колес", "шин", "грив", "грн", "тис", "числ", "вариант", "дюйм", "радиус", "диск", "видил")
    ):
        return None
    last = hour.last + 1 if named else hour.last
    minute, last = _minutes(scene, starts, last)
    first = index - 1 if before in _AT or before in _TOWARDS else index
    return _Clock(int(hour.value), minute, first, last, 0.9 if at or named or part else 0.8)


def _booking(scene: Scene) -> bool:
    asked = scene.expected in ("date", "time")
    return asked or any(
        w.fold.startswith(("запис", "запиш", "перен", "перезап", "завтра", "пислязавтра"))
        for w in scene.words
    )


def _minutes(scene: Scene, starts: dict[int, int], last: int) -> tuple[int, int]:
    at = last + 1
    if at not in starts or not adjacent(scene.words, scene.atoms[starts[at] - 1], scene.atoms[starts[at]]):
        return _spaced_minutes(scene, starts, at, last)
    zeros = 0
    position = starts[at]
    while position < len(scene.atoms) and scene.atoms[position].rank == ZERO and zeros < 2:
        zeros += len(scene.atoms[position].digits)
        end = scene.atoms[position].last
        position += 1
        if zeros >= 2:
            return 0, end
    return _spaced_minutes(scene, starts, at, last)


def _spaced_minutes(scene: Scene, starts: dict[int, int], at: int, last: int) -> tuple[int, int]:
    if at not in starts:
        return 0, last
    group = compose(scene.atoms, starts[at], scene.words)
    end = scene.atoms[max(group.end, starts[at] + 1) - 1].last
    after = scene.fold(end + 1)
    if group.ordinal or group.value != int(group.value) or not 0 <= group.value <= 59:
        return 0, last
    if after.startswith(("шт", "колес", "шин", "грив", "днив")) or (
        group.value < 10 and not group.digits.startswith("0")
    ):
        return 0, last
    return int(group.value), end + after.startswith(_MINUTE)


def _hourless(scene: Scene, taken: set[int]) -> list[Claim]:
    """Noon, "в час дня" and, without any hour, the part of the day (slot `daypart`)."""
    for i, token in enumerate(scene.words):
        if i in taken:
            continue
        word, after = token.fold, scene.fold(i + 1)
        if word in ("опивдни", "полден", "пивден") and not after.startswith("част"):
            return [Claim(i, i, (), (Filled("time", "12:00", 0.85, scene.span(i, i)),))]
        if word == "час" and after in ("дня", "ночи") and scene.fold(i - 1) in ("в", "у", "о", "на"):
            text = "13:00" if after == "дня" else "01:00"
            return [Claim(i, i + 1, (), (Filled("time", text, 0.9, scene.span(i, i + 1)),))]
        if word.startswith("половин") and after == "дня":
            half = "morning" if scene.fold(i - 1).startswith("перш") else "day"
            return [Claim(i - 1, i + 1, (), (Filled("daypart", half, 0.85, scene.span(i, i + 1)),))]
        part = next((p for p, forms in _PARTS_OF_DAY.items() if word in forms and word != "дня"), None)
        if part == "day" and scene.fold(i - 1) == "до":
            part = "morning"
        polite = scene.fold(i - 1).startswith(("добр", "гарн")) or after.startswith("добр")
        if part and not polite:
            return [Claim(i, i, (), (Filled("daypart", part, 0.85, scene.span(i, i)),))]
    return []
