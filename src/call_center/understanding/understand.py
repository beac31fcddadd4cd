"""One utterance in, everything understood out. Pure; at most 2 ms for what a caller says in one breath.

Recognisers claim tokens in turn: what is expected first, then the shapes that are hardest to mistake; claimed digits
are not read again. Everything is parsed whatever was asked: the caller may answer another question than the one put.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from call_center.understanding.answers import closed
from call_center.understanding.claims import Claim, Scene, scene
from call_center.understanding.clock import clocks
from call_center.understanding.counts import budgets, quantities, years
from call_center.understanding.dates import dates
from call_center.understanding.heard_sizes import heard_sizes, whole_sizes
from call_center.understanding.intents import intents
from call_center.understanding.meaning import Filled, Hours, Utterance
from call_center.understanding.naming import naming
from call_center.understanding.phones import orders, phones
from call_center.understanding.resembling import season_resembled
from call_center.understanding.sizes import SIZE_SLOTS, size_parts
from call_center.understanding.vocabulary import Catalogue

_GLUED_TYRES = re.compile(r"\b(?!маш|Маш)(\w{3,}?)(шин[иу]?)\b")  # "чотиришини"
_HOURS = Hours()
_Recogniser = Callable[[Scene, set[int]], list[Claim]]
_WITHOUT_SIZE = frozenset({"heard_size", "size_parts"})
_SURER = frozenset({"tyre_size", "phone", "date", "time"})
_CORRECTIONS = frozenset(
    {
        "ни",
        "нет",
        "не",
        "точнише",
        "вирнише",
        "вернее",
        "точнее",
        "тобто",
        "ои",
        "ой",
        "перепрошую",
        "звините",
        "краще",
    }
)
_LEADS = frozenset({"о", "об", "на", "в", "у", "до", "з", "по"})
_DIGIT_SLOTS = frozenset({"phone", "order_number"}) | SIZE_SLOTS
_CONNECTIVES = frozenset(
    [
        "а",
        "або",
        "в",
        "вас",
        "ви",
        "во",
        "все",
        "всого",
        "да",
        "де",
        "для",
        "до",
        "е",
        "ж",
        "же",
        "з",
        "за",
        "зи",
        "и",
        "из",
        "й",
        "к",
        "ми",
        "на",
        "не",
        "ну",
        "о",
        "об",
        "от",
        "по",
        "при",
        "про",
        "с",
        "со",
        "та",
        "там",
        "те",
        "то",
        "у",
        "цe",
        "це",
        "я",
        "ще",
        "мени",
        "мене",
        "мне",
        "меня",
        "ми",
        "потрибна",
        "потрибни",
        "потрибно",
        "потрибен",
        "треба",
        "надо",
        "нада",
        "нужно",
        "нужна",
        "нужни",
        "хочу",
        "бажано",
        "прошу",
        "будласка",
        "буд",
        "ласка",
        "пожалуйста",
        "вид",
        "будe",
        "буде",
        "ест",
        "маю",
        "шини",
        "шину",
        "шин",
        "гума",
        "гуму",
        "резина",
        "резину",
        "колеса",
        "шины",
        "авто",
        "машина",
        "машину",
        "машини",
        "розмир",
        "размер",
        "рок",
        "рока",
        "року",
        "рик",
        "год",
        "года",
        "дякую",
        "спасибо",
        "спасиби",
        "доброго",
        "дня",
        "добрии",
        "ден",
        "витаю",
        "здравствуите",
        "алло",
        "скажит",
        "скажите",
        "пидкажит",
        "тилки",
        "так",
    ]
)


def understand(
    text: str, expected: str = "open", *, catalogue: Catalogue, today: date, hours: Hours | None = None
) -> Utterance:
    """Understand `text` said while the slot `expected` was being asked ("open" when nothing special).

    `today` anchors relative dates, `hours` (shop hours) decides morning or evening. Never raises for any text.
    """
    text = _GLUED_TYRES.sub(r"\1 \2", text)
    view = scene(text, expected, catalogue, hours or _HOURS, today)
    names = naming(view)
    taken = _numbered_names(view, names)
    claims = [Claim(f, last, _said(view, f, last), ()) for f, last in _ranges(taken)]
    cars = any(n.slot in ("make", "model") for n, _, _ in names)
    brands = {i for n, first, last in names if n.slot == "brand" for i in range(first, last + 1)}
    recognisers: dict[str, _Recogniser] = {
        "phone": phones,
        "tyre_size": whole_sizes,
        "heard_size": heard_sizes,
        "size_parts": size_parts,
        "order_number": orders,
        "time": clocks,
        "date": dates,
        "year": lambda s, t: years(s, t, car=cars),
        "quantity": lambda s, t: quantities(s, t, brands),
        "budget": budgets,
    }
    for name in _order(expected):
        if name not in _WITHOUT_SIZE or not any(f.slot == "tyre_size" for c in claims for f in c.filled):
            claims += recognisers[name](view, taken)
    claims += closed(view, taken)
    names = [n for n in names if not _explained(n, claims)]
    rest = _rest(view, taken)
    numbers = sorted([*claims, *rest], key=lambda c: c.first)
    filled = [n for n, _, _ in names] + [f for c in claims for f in c.filled]
    filled += season_resembled(view, filled)
    filled = _corrected(view, sorted(filled, key=lambda f: f.span))
    wanted = intents(view, filled=bool(filled))
    words, unexplained = _unexplained(view, names, claims)
    return Utterance(
        text, tuple(filled), wanted, tuple(g for c in numbers for g in c.groups), words, unexplained
    )


def _explained(name: tuple[Filled, int, int], claims: list[Claim]) -> bool:
    """Whether the words mean something else: "вівторок" is no car, the "цешка" of a size no Mercedes."""
    surer = _SURER if name[0].confidence > 0.9 else None
    return any(
        c.filled and c.first <= name[2] and c.last >= name[1] and (surer is None or c.filled[0].slot in surer)
        for c in claims
    )


_OWNED = re.compile(
    r"\s*,?\s*(?:(?:шини|гума|резина|колеса)\s+)?(?:(?:вже|уже)\s+)?(?:[ву]\s+мене|у\s+меня|маю|имею)\s*(?:(?:вже|уже)\s+)?(?:є|есть)?\b"
    r"|\s+(?:вже|уже)\s+(?:є|есть)\b",
    re.IGNORECASE,
)


def _affirmed(view: Scene, filled: list[Filled]) -> list[Filled]:
    """Without what is denied beside what is meant: of "не дві, а чотири" and of "дві, а не чотири" one is left."""
    starts = {t.start: i for i, t in enumerate(view.words)}
    denied = []
    for item in filled:
        at = starts.get(item.span[0], 0) - 1
        at -= view.fold(at) in _LEADS
        if view.fold(at) == "не" and item.slot != "yes_no":
            denied.append(item)
        elif item.slot == "season" and _OWNED.match(view.text, item.span[1]):
            denied.append(item)  # "зимова в мене є, треба літню"
    meant = {f.slot for f in filled if f not in denied}
    return [f for f in filled if f not in denied or f.slot not in meant]


def _corrected(view: Scene, filled: list[Filled]) -> list[Filled]:
    """Of "чотири, ні, дві" only the last counts: a slot said again after a word of correction replaces the first."""
    filled = _affirmed(view, filled)
    places = [t.start for i, t in enumerate(view.words) if view.fold(i) in _CORRECTIONS]
    if not places:
        return filled
    return [
        f
        for f in filled
        if not any(
            later.slot == f.slot
            and f.slot not in ("brand", "yes_no")
            and any(f.span[1] <= p < later.span[0] for p in places)
            for later in filled
        )
    ]


def _order(expected: str) -> list[str]:
    """Which recogniser reads the digits first."""
    usual = ["phone", "tyre_size", "date", "time", "order_number", "size_parts", "year", "quantity", "budget"]
    if expected in SIZE_SLOTS:
        first = ["tyre_size", "heard_size", "size_parts"]
    elif expected in ("open", "yes_no"):
        first = ["phone", "tyre_size", "date", "time", "order_number", "heard_size"]
    elif expected in ("order_number", "phone"):
        first = ["phone", expected]
    else:
        first = ["phone", "tyre_size", expected] if expected in usual else []
    return list(dict.fromkeys([*first, *usual]))


def _numbered_names(view: Scene, names: list[tuple[Filled, int, int]]) -> set[int]:
    """Tokens of names that carry a number ("мазда шість"): no other recogniser may read it."""
    digits = {i for a in view.atoms for i in range(a.first, a.last + 1)}
    taken: set[int] = set()
    if view.expected in _DIGIT_SLOTS:
        return taken
    for name, first, last in names:
        covered = set(range(first, last + 1))
        if covered & digits and name.confidence >= 0.8:
            taken |= covered & digits
    return taken


def _ranges(taken: set[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for i in sorted(taken):
        if ranges and ranges[-1][1] == i - 1:
            ranges[-1] = (ranges[-1][0], i)
        else:
            ranges.append((i, i))
    return ranges


def _said(view: Scene, first: int, last: int) -> tuple[str, ...]:
    run = [a for a in view.atoms if first <= a.first and a.last <= last]
    return tuple(g.digits for g, _, _ in view.groups(run))


def _rest(view: Scene, taken: set[int]) -> list[Claim]:
    return [Claim(a, b, (g.digits,), ()) for run in view.free(taken) for g, a, b in view.groups(run)]


def _unexplained(view: Scene, names: list[tuple[Filled, int, int]], claims: list[Claim]) -> tuple[int, int]:
    covered = {i for _, first, last in names for i in range(first, last + 1)}
    covered |= {i for c in claims if c.filled for i in range(c.first, c.last + 1)}
    words = [i for i, t in enumerate(view.words) if t.kind != "sign"]
    left = [i for i in words if i not in covered and view.fold(i) not in _CONNECTIVES]
    return len(words), len(left)
