"""Brands, makes, models and cities of an utterance, decided by context.

A weak name (an everyday word) counts only where a car, a tyre brand or a city is plausible: it was asked, the make is
in the utterance, a word like "машина" or "для" stands before it, or the utterance is nothing but the name. A name heard
exactly silences likenesses over the same words in the other vocabularies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from call_center.understanding.asked_city import asked_city
from call_center.understanding.claims import Scene
from call_center.understanding.glued import find_glued
from call_center.understanding.meaning import Filled
from call_center.understanding.names import FUZZY_LIMIT, Match, Unit, everyday, find, likeliest, units

_CLEAR = 0.855  # a likeness below 90 % needs a context where such a name is plausible
_SURE = 0.9  # a likeness below it may be half of a car in torn words
_GUESSED = 80.0  # per cent of likeness to a model of the make said; below it the caller is asked
KINDS = ("brand", "make", "model", "city")
_NOT_HERE = frozenset({"name", "recipient"})  # people are called Lanos and Vitara too
_OTHER_SLOTS = frozenset(
    [
        "payment",
        "delivery",
        "yes_no",
        "date",
        "time",
        "phone",
        "order_number",
        "quantity",
        "season",
        "branch",
        "option",
    ]
)
_CAR_SLOTS = frozenset({"car", "make", "model", "vehicle"})
_CAR_WORDS = re.compile(
    r"^(машин|авто|автомобил|тачк|мен[еия]|под|пид|дл[яь]|седан|универсал|хетчбек|кросовер|мою|мо[йяе]$|мого|моей|моеи|моеи)"
)
_BRAND_WORDS = re.compile(
    r"^(шин|гум|резин|покришк|брeнд|бренд|фирм|марк|виробник|зимов|литн|зимн|летн|зим|скат|колес|вариант)"
)
_CITY_WORDS = frozenset(
    [
        "в",
        "у",
        "во",
        "из",
        "з",
        "зи",
        "с",
        "до",
        "м",
        "мисто",
        "мисти",
        "город",
        "городе",
        "городи",
        "пид",
        "биля",
        "по",
        "доставка",
        "доставити",
    ]
)
_PERSON = ("зват", "зову", "призвищ", "фамили", "отримувач", "получател")
_STREET = re.compile(r"^(вул|улиц|проспект|бульвар|богдан|площ|пров|метро|буд)")
_FILLERS = frozenset(
    [
        "на",
        "у",
        "в",
        "мене",
        "мини",
        "мое",
        "мои",
        "моя",
        "е",
        "це",
        "эта",
        "ето",
        "ну",
        "а",
        "и",
        "та",
        "для",
        "мени",
        "потрибна",
        "потрибни",
        "нужна",
        "шини",
        "шина",
    ]
)


def naming(scene: Scene) -> list[tuple[Filled, int, int]]:
    """Every name with its first and last token."""
    if scene.expected in _NOT_HERE:
        return []
    parts = units(scene.words)
    budget = [FUZZY_LIMIT]
    found: dict[str, list[Match]] = {}
    for kind in KINDS:
        own = [FUZZY_LIMIT] if scene.expected == kind else budget
        found[kind] = find(scene.catalogue.names[kind], parts, own)
    makes = {
        name[0]
        for m in found["make"]
        for name in m.names
        if not m.weak or _plausible(scene, "make", m, parts)
    }
    result: list[tuple[Filled, int, int]] = []
    for kind in KINDS:
        for match in found[kind]:
            if scene.expected in _OTHER_SLOTS and match.confidence < 0.9:
                continue
            if _silenced(kind, match, found) or (
                (match.weak or match.confidence < _CLEAR) and not _supported(scene, kind, match, parts, found)
            ):
                continue
            if kind == "brand" and match.confidence < 0.95 and _after_make(match, found["make"]):
                continue  # what follows a make is a model, known or not
            if any(scene.fold(match.first - i).startswith(_PERSON) for i in (1, 2)):
                continue
            if kind == "city" and _STREET.match(scene.fold(match.first - 1)):
                continue
            result += _filled(scene, kind, match, makes)
    if scene.expected == "city" and not any(n.slot == "city" for n, _, _ in result):
        result += asked_city(scene)
    if not any(n.slot == "model" for n, _, _ in result):
        result += _beside_make(scene, parts, result)
    joined = _glued(scene, result)
    torn = {i for _, first, last in joined for i in range(first, last + 1)}
    result = [r for r in result if r[0].slot == "make" or torn.isdisjoint(range(r[1], r[2] + 1))] + joined
    if not any(n.slot == "model" and n.confidence > 0.9 for n, _, _ in result):
        return result
    owners = {name[0] for match in found["model"] for name in match.names}
    return [
        r
        for r in result
        if r[0].slot not in ("model", "make") or r[0].confidence > 0.86 or r[0].value in owners
    ]


def _beside_make(
    scene: Scene, parts: Sequence[Unit], named: Sequence[tuple[Filled, int, int]]
) -> list[tuple[Filled, int, int]]:
    """A model too far from its name to be heard alone, among the few models of a make said right before it."""
    cars = [(n.value, last) for n, _, last in named if n.slot == "make" and n.value]
    taken = {i for _, first, last in named for i in range(first, last + 1)}
    if len(cars) != 1:
        return []
    make, end = cars[0]
    after = next((u for u in parts if u.first > end and u.light not in _FILLERS), None)
    if after is None or after.number or after.first > end + 2 or after.first in taken:
        return []
    if len(after.key) < 5 or after.light in everyday():
        return []
    model = likeliest(scene.catalogue.names["model"], make, after.key)
    if model is None:
        return []
    name, score = model
    span = scene.span(after.first, after.last)
    if score >= _GUESSED:
        return [(Filled("model", name, 0.7, span), after.first, after.last)]
    return [(Filled("model", None, 0.5, span, (f"{make} {name}",)), after.first, after.last)]


def _glued(scene: Scene, result: Sequence[tuple[Filled, int, int]]) -> list[tuple[Filled, int, int]]:
    """A car in words that were run together or torn apart, when no model was found otherwise."""
    if scene.expected in _OTHER_SLOTS or any(n.slot == "model" for n, _, _ in result):
        return []
    makes = [n.value for n, _, _ in result if n.slot == "make"]
    explained = {
        i
        for n, first, last in result
        if n.slot != "make" and n.confidence >= _SURE
        for i in range(first, last + 1)
    }
    explained |= {i for a in scene.atoms for i in range(a.first, a.last + 1)}
    asked = scene.expected in _CAR_SLOTS
    car = find_glued(scene.words, scene.catalogue, car_asked=asked, explained=explained)
    if car is None or (makes and car.make not in makes):
        return []
    span = scene.span(car.first, car.last)
    model = (Filled("model", car.model, car.confidence, span), car.first, car.last)
    return (
        [model] if makes else [(Filled("make", car.make, car.confidence, span), car.first, car.last), model]
    )


def _after_make(match: Match, cars: Sequence[Match]) -> bool:
    return any(car.confidence >= 0.9 and car.last in (match.first - 1, match.first - 2) for car in cars)


def _silenced(kind: str, match: Match, found: dict[str, list[Match]]) -> bool:
    """Whether a surer reading of the same words exists in another vocabulary."""
    for other, matches in found.items():
        for rival in matches:
            if other == kind or rival.last < match.first or rival.first > match.last:
                continue
            own = match.names[0][0] in {name[0] for name in rival.names}
            if kind == "make" and other == "model" and (own or match.confidence > 0.9):
                continue  # "лада калина": a model's alias may contain its make
            if kind == "model" and other == "make" and match.units > rival.units:
                continue
            better = rival.confidence - match.confidence + 0.05 * (match.weak - rival.weak)
            if better > 0.02 or (rival.units > match.units and better >= 0 and not rival.weak):
                return True
    return False


def _plausible(scene: Scene, kind: str, match: Match, parts: Sequence[Unit]) -> bool:
    alone = all(match.first <= u.first <= match.last or (not u.number and u.light in _FILLERS) for u in parts)
    if alone:
        return True
    near = [scene.fold(i) for i in range(max(0, match.first - 3), match.first)]
    if kind == "city":
        return scene.expected == "city" or scene.fold(match.first - 1) in _CITY_WORDS
    if kind == "brand":
        return scene.expected == "brand" or any(_BRAND_WORDS.match(w) for w in near)
    around = [*near, *(scene.fold(i) for i in range(match.last + 1, match.last + 3))]
    return scene.expected in _CAR_SLOTS or any(_CAR_WORDS.match(w) for w in around)


def _supported(
    scene: Scene, kind: str, match: Match, parts: Sequence[Unit], found: dict[str, list[Match]]
) -> bool:
    cars = found["make"]
    if kind == "make" and not match.weak:
        owners = {name[0] for model in found["model"] if not model.weak for name in model.names}
        if match.names[0][0] in owners:
            return True
    if kind == "model" and _is_number(scene, match):
        return any(
            match.first == car.last + 1 and name[0] == car.names[0][0] for car in cars for name in match.names
        )  # "п'ять" alone is a number, not a BMW
    if kind == "model" and any(name[0] == car.names[0][0] for name in match.names for car in cars):
        return True
    return _plausible(scene, kind, match, parts)


def _is_number(scene: Scene, match: Match) -> bool:
    digits = {i for a in scene.atoms for i in range(a.first, a.last + 1)}
    places = range(match.first, match.last + 1)
    return all(i in digits or scene.words[i].kind == "sign" for i in places)


def _filled(scene: Scene, kind: str, match: Match, makes: set[str]) -> list[tuple[Filled, int, int]]:
    span = scene.span(match.first, match.last)
    names = match.names
    confidence = match.confidence if not match.weak else min(match.confidence, 0.85)
    if kind != "model":
        if len(names) == 1:
            return [(Filled(kind, names[0][0], confidence, span), match.first, match.last)]
        return [(Filled(kind, None, 0.5, span, tuple(n[0] for n in names)), match.first, match.last)]
    if makes & {n[0] for n in names}:
        names = tuple(n for n in names if n[0] in makes)
    elif makes and match.confidence < 0.9:
        return []
    best = sorted(names, key=lambda n: -scene.catalogue.models[(n[0], n[1])].popularity)
    if len(best) > 1:
        options = tuple(f"{m} {n}" for m, n in best)
        leads = scene.catalogue.models[(best[0][0], best[0][1])].popularity >= 2 * max(
            1, scene.catalogue.models[(best[1][0], best[1][1])].popularity
        )
        make, model = best[0]
        if not leads:
            shared = {n[0] for n in best}
            result = [(Filled("model", None, 0.5, span, options), match.first, match.last)]
            if len(shared) == 1 and make not in makes:
                result.append((Filled("make", make, confidence, span), match.first, match.last))
            return result
        confidence = min(confidence, 0.8)
    make, model = best[0]
    result = [(Filled("model", model, confidence, span), match.first, match.last)]
    if make not in makes:
        result.append((Filled("make", make, round(confidence * 0.95, 3), span), match.first, match.last))
    return result
