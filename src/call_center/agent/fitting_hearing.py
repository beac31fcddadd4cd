"""What an utterance says about fitting, beside what understanding found: service, place, hours, whose booking. Pure.

A date in a cancellation, and the day moved away from, are the booking's; "після п'ятої" is a range of hours. A place is
kept in the caller's words: which station it names is found against the shop's list.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any, Final

from call_center.agent.dictation import name_in
from call_center.agent.view import DialogueView
from call_center.understanding import Catalogue, Filled, Utterance, understand
from call_center.understanding.fitting import SOONEST, class_in, plate_in, service_in, window_in
from call_center.understanding.numerals import atoms
from call_center.understanding.words import tokens

FITTING_FLOWS: Final = frozenset({"fitting", "fitting_price", "fitting_move", "fitting_cancel"})
_INTENTS: Final = ("fitting", "fitting_price", "fitting_move", "fitting_cancel")
_PERSONAL: Final = frozenset({"name", "booking_name", "phone", "caller_number"})
_PLACING: Final = frozenset(
    {"station", "city", "open", "more", "date", "agree", "fix", "book_it", "other", "to_operator"}
)
_SOURCE: Final = re.compile(
    r"\b(?:з|із|зі|с|со|из)\s+([^,.;]{3,40}?)(?=\s+(?:на|в|у|до)\b|[,.;]|$)", re.IGNORECASE
)
_OWN: Final = re.compile(r"(?:запис\w*|запись\w*|записан\w*)\s+(?:є\s+|на\s+|у\s+|в\s+){1,2}$", re.IGNORECASE)
_MOVING: Final = re.compile(r"перен|перез", re.IGNORECASE)
_AFTER: Final = re.compile(r"(?:після|писля|после|не раніше|от|від|з|із|с)\s", re.IGNORECASE)
_BEFORE: Final = re.compile(r"(?:до|не пізніше)\s", re.IGNORECASE)
_MARKED: Final = re.compile(
    r"біля|коло|поруч|поряд|метро|район|вул|просп|бульв|станц|адрес|інш|друг|краще|лучше|точніше|возле|около|ближче",
    re.IGNORECASE,
)
_STOP: Final = re.compile(
    r"шиномонт|перевз|перезу|переоб|запис|запиш|балан|монтаж|колес|шин|гум|резин|авто$|машин|легков|хочу|хот|треб|потріб|"
    r"нужн|надо$|мене$|мені$|меня$|мне$|можна|можно|добр|вітаю|здрав|будь$|ласка|пожалуй|прошу|давай|тоді|тогда|так$|нет$|"
    r"перен|відмін|скасу|отмен|скільки|сколько|кошту|стоит|стоить|ціна|цена|буд[еу]|повн|комплекс|дякую|спасиб|точн|краще|"
    r"лучше|замов|оформ|також|ще$|ещ|інш|друг|день$|дня$|годин|радіус|діаметр|номер|там$|забер|самовив|мою$|мій$|моя$|мой$|"
    r"після|после|обід|обед|ранк|утр|вечор|вечер|вечір|найближч|ближайш|якнай|завтра|тільки|лише$|только|мож|зимов|літн|"
    r"зима|зиму|чотири|четыре|або$|или$|для$|від$|при$|про$|теж$|тоже$|вас$|вам$|хорошо|гаразд|район|міст(?:о|і|а)$|"
    r"город(?:е|а|у)?$|одраз|сраз|потім|потом|підкаж|подскаж|скаж|купи|нов(?:ої|у|ою|а)$|комплект|отрима|вільн|свобод|"
    r"найшвид|ближч|час$|врем|дат[аиу]$|адрес|послуг|услуг|телефон|ім['’ʼ]?я|имя|прізвищ|змін|виправ|помил|неправ|не$|не знаю|"
    r"ладно|полн|часов$|часа$|кросс|кросов|позашл|внедор|джип|седан|десь$|где-то|його$|її$|цей$|цього|скільк|скік|сколь|скок|почім|почем|візьм|возьм|бере|якщо|якшо|если|без$|просто$|всьо$|вже$|уже$|"
    r"знаю|перш|перв|трет|все$|правильн|дуже|сам(?:е|у|ий|і)$|будь-|люб(?:ий|а|у|ой|ая|ую|ое|ые|ого)$|байдуж|однаков|різниц|разниц|одно$|равно$|завгодно|розсуд|вибір$|принципов|сьогодн|сегодн",
    re.IGNORECASE,
)  # fmt: skip
_WORD: Final = re.compile(r"[А-ЯІЇЄҐа-яіїєґёыэъ'’ʼ-]{3,}")
_SAME_TIME: Final = re.compile(
    r"(?:той|тот|цей|цю|ту)\s+(?:(?:же|самий|саму|самый|самую|ж)\s+)+(?:час|годин|врем)|(?:час|годин\w*|время)\s+(?:той|та|то|тот)\s+(?:же|сам\w+)|"
    r"т(?:о|у) же время|так само за часом",
    re.IGNORECASE,
)
_SAME_PLACE: Final = re.compile(r"там (?:же|само|таки)|туди ж|тут же|в тому ж|там-таки", re.IGNORECASE)


def fitting_read(heard: Utterance, view: DialogueView, catalogue: Catalogue, today: date) -> Utterance:
    """The utterance with the slots of fitting in it; as it is while nobody talks about fitting."""
    named = [i for i in _INTENTS if heard.has(i)]
    if view.flow not in FITTING_FLOWS and not named and not FITTING_FLOWS & set(view.paused):
        return heard
    asked, text = view.expected.slot, heard.text
    goal = _goal(heard, view)
    filled = _dates(heard, goal, asked, catalogue, today)
    if named and asked not in ("date", "time") and not heard.get("diameter"):
        filled = _with_diameter(text, filled, catalogue, today)
    filled = _times(text, _with_time(text, filled, asked, catalogue, today), goal)
    more: dict[str, Any] = {
        "service": service_in(text, asked=asked == "service"),
        "vehicle_class": class_in(text),
        "plate": plate_in(text),
        "soonest": True if SOONEST.search(text) and goal != "fitting_cancel" else None,
        "same_time": True if _SAME_TIME.search(text) else None,
        "same_place": True if _SAME_PLACE.search(text) else None,
    }
    if asked == "booking_name" and not any(f.slot == "booking_date" for f in filled):
        said = name_in(text, asked=True)
        more["booking_name"] = said[0] if said else None
    if asked not in _PERSONAL and (view.flow in FITTING_FLOWS or named):
        more["place"] = _place(heard, view, asked)
    filled += [Filled(slot, value, 0.9, (0, len(text))) for slot, value in more.items() if value is not None]
    return replace(heard, filled=tuple(filled))


def _goal(heard: Utterance, view: DialogueView) -> str | None:
    if heard.has("fitting_move"):
        return "fitting_move"
    return "fitting_cancel" if heard.has("fitting_cancel") else view.flow


def _dates(heard: Utterance, goal: str | None, asked: str, catalogue: Catalogue, today: date) -> list[Filled]:
    """Of the days named, which is the booking's and which is wished."""
    days = [f for f in heard.filled if f.slot == "date" and f.value is not None]
    filled = [f for f in heard.filled if f not in days]
    several = [f for f in heard.filled if f.slot == "date" and f.value is None and len(f.candidates) > 1]
    filled += [replace(f, slot="days", value=list(f.candidates)) for f in several[:1]]
    if goal == "fitting_cancel":
        return [*filled, *(replace(f, slot="booking_date") for f in days[:1])]
    if goal != "fitting_move":
        return [*filled, *days]
    source = _SOURCE.search(heard.text)
    held = understand(source[1], "date", catalogue=catalogue, today=today).value("date") if source else None
    if held:
        filled.append(Filled("booking_date", held, 0.9, (0, len(heard.text))))
        return [*filled, *(f for f in days if f.value != held)]
    if len(days) > 1:
        return [*filled, replace(days[0], slot="booking_date"), days[-1]]
    if days and (asked in ("booking_name", "booking_date") or _is_own(heard.text, days[0])):
        return [*filled, replace(days[0], slot="booking_date")]
    return [*filled, *days]


def _is_own(text: str, day: Filled) -> bool:
    """Whether the day is the booking's: "у мене запис на суботу", not "перенесіть запис на суботу"."""
    verb = _MOVING.search(text)
    before = _OWN.search(text[: day.span[0]]) is not None
    return before and (verb is None or verb.start() > day.span[0])


def _with_time(
    text: str, filled: list[Filled], asked: str, catalogue: Catalogue, today: date
) -> list[Filled]:
    """A bare hour beside a day ("в субботу в одиннадцать") is a time, where nothing else claims it."""
    dated = any(f.slot in ("date", "booking_date") for f in filled) or asked in ("date", "agree", "fix")
    if not dated or any(f.slot == "time" for f in filled):
        return filled
    again = understand(text, "time", catalogue=catalogue, today=today).all("time")
    free = [t for t in again if all(t.span[1] <= f.span[0] or f.span[1] <= t.span[0] for f in filled)]
    return [*filled, *free[:1]]


def _with_diameter(text: str, filled: list[Filled], catalogue: Catalogue, today: date) -> list[Filled]:
    """The wheels of "перевзутися на шістнадцять", where no day or time is spoken of."""
    if any(f.slot in ("date", "booking_date", "time", "tyre_size", "days") for f in filled):
        return filled
    found = understand(text, "diameter", catalogue=catalogue, today=today).get("diameter")
    taken = found is not None and any(f.span[0] < found.span[1] and found.span[0] < f.span[1] for f in filled)
    return filled if found is None or not found.value or taken else [*filled, found]


def _times(text: str, filled: list[Filled], goal: str | None) -> list[Filled]:
    """Exact times stay, "після п'ятої" and parts of the day become ranges of minutes."""
    rest = [f for f in filled if f.slot not in ("time", "daypart")]
    times = [f for f in filled if f.slot == "time" and f.value]
    if goal == "fitting_cancel":
        return rest
    exact, window = [], window_in(text)
    for found in times:
        said, minutes = text[found.span[0] :], int(found.value[:2]) * 60 + int(found.value[3:])
        lead = text[max(0, found.span[0] - 12) : found.span[0]].rstrip().split(" ")[-1] + " "
        after = _AFTER.match(said) or _AFTER.fullmatch(lead)
        if after and goal == "fitting_move":
            continue  # the time moved away from
        if after:
            window = (minutes, 24 * 60)
        elif _BEFORE.match(said) or _BEFORE.fullmatch(lead):
            window = (0, minutes)
        else:
            exact.append(found)
    if exact:
        return [*rest, exact[-1]]
    if window is not None:
        rest.append(Filled("time_window", list(window), 0.9, (0, len(text))))
    return rest


def _place(heard: Utterance, view: DialogueView, asked: str) -> str | None:
    if asked not in _PLACING and not _MARKED.search(heard.text) and not heard.has("fitting"):
        return None
    if (
        view.value("station") is not None
        and asked not in ("agree", "fix", "station")
        and not _MARKED.search(heard.text)
    ):
        return None
    if heard.has("repeat") or heard.has("goodbye") or heard.has("thanks"):
        return None
    spans = [f.span for f in heard.filled if f.value is not None or f.candidates]
    text = "".join(" " if any(a <= i < b for a, b in spans) else ch for i, ch in enumerate(heard.text))
    said = tokens(text)
    counted = {said[i].text for atom in atoms(said) for i in range(atom.first, atom.last + 1)}
    words = [w for w in _WORD.findall(text) if not _STOP.match(w) and w not in counted]
    return " ".join(words)[:120] or None
