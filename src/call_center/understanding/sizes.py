"""Tyre sizes: three numbers in a row that exist together, or the parts that were said.

Every way of reading the atoms as width, profile and diameter is tried ("два п'ятнадцять шістдесят п'ять шістнадцять",
"2055516", "275 45 двадцять чотири штуки" with R20 and four pieces) and the catalogue decides. A triple that does not
exist is never corrected silently: value None, the nearest real sizes as candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from call_center.understanding.claims import Claim, Scene
from call_center.understanding.meaning import Filled
from call_center.understanding.near_sizes import nearest
from call_center.understanding.numerals import DIGITS, Atom, adjacent, compose
from call_center.understanding.vocabulary import Size, size_text

SIZE_SLOTS = frozenset({"tyre_size", "size", "width", "profile", "diameter"})
_LINKS = frozenset([
    "на", "дриб", "дроб", "черес", "через", "слеш", "слэш", "/", "ер", "ар", "р", "r", "эр", "и", "х", "x", ":", ".", ",", "-",
    ";", "радиус", "радиуса", "радиусом", "радиуси", "диаметр", "диаметром", "ширина", "шириной", "шириною", "висота",
    "висотою", "профил", "профилем", "профили", "а", "то", "ест", "тобто", "розмир", "размер", "посадка", "диск", "диски", "rr",
    "zr",
])  # fmt: skip
_RIM_BEFORE = frozenset([
    "радиус", "радиуса", "радиусом", "радиуси", "радиусе", "диаметр", "диаметра", "диаметром", "диаметри", "ер", "ар", "р", "r",
    "эр", "ерка", "посадка", "посадкою", "zr",
])  # fmt: skip
_RIM_AFTER = ("радиус", "диаметр", "диск", "дюйм", "посадк", "титан", "литв")
_ON = frozenset({"на", "в", "у", "для", "пид", "под"})
_WHEELS = ("колес", "колис", "шин", "гум", "резин", "диск", "скат", "покришк", "перевзу", "переобу", "монтаж")
_COMMERCIAL = frozenset({"ц", "c", "с", "си", "це", "цешка", "цешку", "цешки", "коммерческая"})
RADIUS_EDITS = 3  # letters of "радіус" that may be wrong or missing before a number, when it begins well
RIM_REACH = 5  # tokens between a rim and the width after it
_PARTS = {"width": 0, "profile": 1, "diameter": 2}


@dataclass(frozen=True, slots=True)
class _Reading:
    size: tuple[int, int, int]
    start: int
    end: int
    natural: bool
    rank: int  # 3 exists as said, 2 exists when digits are strung together, 1 plausible but does not exist


def width_fits(value: float) -> bool:
    """Whether a number can be a tyre width in mm."""
    return 125 <= value <= 355 and value % 10 == 5


def profile_fits(value: float) -> bool:
    """Whether a number can be a profile in per cent."""
    return 25 <= value <= 90 and value % 5 == 0


def diameter_fits(value: float) -> bool:
    """Whether a number can be a rim diameter in inches."""
    return 12 <= value <= 24 and value == int(value)


def _width_heard(value: float) -> bool:
    """Whether a number may be a width misheard: it still makes a triple a size, though no real one."""
    return 105 <= value <= 395 and value == int(value)


_FITS = (width_fits, profile_fits, diameter_fits)


def sizes(scene: Scene, taken: set[int]) -> list[Claim]:
    """Claims of whole sizes, also of those that do not exist."""
    claims: list[Claim] = []
    for run in scene.free(taken):
        items = _split_glued(run)
        index = 0
        while index < len(items):
            best = _best(scene, items, index)
            if best is None:
                index += 1
                continue
            claims.append(_claim(scene, items, best))
            index = best.end
    if not any(f.value for c in claims for f in c.filled):
        claims = _rim_first(scene, taken) or claims
    for claim in claims:
        taken.update(range(claim.first, claim.last + 1))
    return claims


def size_parts(scene: Scene, taken: set[int]) -> list[Claim]:
    """Claims of parts of a size; for utterances without a whole one."""
    parts = _whole(scene, _undoubted(_parts(scene, taken)))
    for claim in parts:
        taken.update(range(claim.first, claim.last + 1))
    return parts


def _rim_first(scene: Scene, taken: set[int]) -> list[Claim]:
    """A size said rim first, as "на п'ятнадцять, сто дев'яносто п'ять шістдесят п'ять"; only one that exists."""
    groups = [found for run in scene.free(taken) for found in scene.groups(run)]
    for (rim, r1, r2), (width, w1, w2), (profile, p1, p2) in zip(
        groups, groups[1:], groups[2:], strict=False
    ):
        marked = scene.fold(r1 - 1) in _ON or rim_marked(scene, r1, r2)
        near = w1 - r2 <= RIM_REACH and p1 - w2 <= 2
        size = (int(width.value), int(profile.value), int(rim.value))
        if not (marked and near) or not all(fits(v) for fits, v in zip(_FITS, size, strict=True)):
            continue
        van = (*size, True) in scene.catalogue.sizes and (*size, False) not in scene.catalogue.sizes
        if van or (*size, False) in scene.catalogue.sizes:
            filled = Filled("tyre_size", size_text((*size, van)), 0.9, scene.span(r1, p2))
            return [
                Claim(r1, r2, (rim.digits,), (filled,)),
                Claim(w1, w2, (width.digits,), ()),
                Claim(p1, p2, (profile.digits,), ()),
            ]
    return []


def _undoubted(parts: list[Claim]) -> list[Claim]:
    """Parts without those said twice with different values: "25-55" of a poor line is two profiles, none believed."""
    values: dict[str, set[int]] = {}
    for filled in (f for c in parts for f in c.filled):
        values.setdefault(filled.slot, set()).add(filled.value)
    doubted = {slot for slot, seen in values.items() if len(seen) > 1}
    return [c if c.filled[0].slot not in doubted else Claim(c.first, c.last, c.groups, ()) for c in parts]


def _split_glued(run: Sequence[Atom]) -> list[Atom]:
    """Digits run together by a recogniser ("2055516", "20555 16") taken apart where only a size fits."""
    items: list[Atom] = []
    for atom in run:
        text = atom.digits
        cuts: tuple[str, ...] = (text,)
        if (
            atom.rank == DIGITS
            and len(text) in (5, 7)
            and width_fits(int(text[:3]))
            and profile_fits(int(text[3:5]))
        ):
            cuts = (text[:3], text[3:5], text[5:]) if len(text) == 7 else (text[:3], text[3:])
        elif atom.rank == DIGITS and len(text) == 4 and items and width_fits(items[-1].value):
            tail = (text[:2], text[2:])
            cuts = tail if profile_fits(int(tail[0])) and diameter_fits(int(tail[1])) else cuts
        items += (
            [Atom(int(c), DIGITS, False, c, atom.first, atom.last) for c in cuts] if len(cuts) > 1 else [atom]
        )
    return items


def _options(
    scene: Scene, items: Sequence[Atom], start: int, part: int, *, loose: bool = False
) -> Iterator[tuple[int, int, bool]]:
    """Ways to read `part` at atom `start`: value, end, whether it is one number as said."""
    if part == 0 and (torn := _torn_width(scene, items, start)):
        yield torn
    joined = ""
    for end in range(start + 1, min(start + 4, len(items)) + 1):
        atom = items[end - 1]
        if end > start + 1 and not adjacent(scene.words, items[end - 2], atom):
            return
        group = compose(items[:end], start, scene.words)
        whole = compose(items, start, scene.words).end == end  # a misheard width is not cut short
        fits = _width_heard if part == 0 and loose and whole else _FITS[part]
        if group.end == end and fits(group.value) and not group.digits.startswith("0"):
            yield int(group.value), end, True
        joined += atom.digits
        strung = end > start + 1 and len(joined) == (3 if part == 0 else 2) and joined.isdigit()
        if strung and joined[0] != "0" and _FITS[part](int(joined)):
            yield int(joined), end, False


def _torn_width(scene: Scene, items: Sequence[Atom], start: int) -> tuple[int, int, bool] | None:
    """A width in two pieces: "два двадцять п'ять", and half in digits: "двісті 5", "сто 95"."""
    head = items[start]
    if start + 1 >= len(items) or not adjacent(scene.words, head, items[start + 1]):
        return None
    tail = compose(items, start + 1, scene.words)
    mixed = DIGITS in (head.rank, items[start + 1].rank) and len(head.digits) == 3
    if mixed and head.value % 100 == 0 and 0 < tail.value < 100 and width_fits(head.value + tail.value):
        return int(head.value + tail.value), tail.end, True
    strung = head.value in (1, 2, 3) and len(head.digits) == 1 and len(tail.digits) == 2
    if strung and width_fits(head.value * 100 + tail.value):
        return int(head.value * 100 + tail.value), tail.end, False
    return None


def _linked(scene: Scene, left: Atom, right: Atom) -> bool:
    between = range(left.last + 1, right.first - _radius_before(scene, right.first))
    return len(between) <= 4 and all(scene.fold(i) in _LINKS for i in between)


def _best(scene: Scene, items: Sequence[Atom], start: int) -> _Reading | None:
    best: _Reading | None = None
    loose = scene.expected in SIZE_SLOTS or scene.expected == "open"
    for width, a, first in _options(scene, items, start, 0, loose=loose):
        if a >= len(items) or not _linked(scene, items[a - 1], items[a]):
            continue
        for profile, b, second in _options(scene, items, a, 1):
            if b >= len(items) or not _linked(scene, items[b - 1], items[b]):
                continue
            for diameter, c, third in _options(scene, items, b, 2):
                natural = first and second and third
                known = (width, profile, diameter, False) in scene.catalogue.sizes
                known = known or (width, profile, diameter, True) in scene.catalogue.sizes
                rank = (2 + natural) if known else int(width_fits(width))
                reading = _Reading((width, profile, diameter), start, c, natural, rank)
                if reading.rank < 2 and not natural:
                    continue
                if best is None or (reading.rank, reading.end) > (best.rank, best.end):
                    best = reading
    return best


def _claim(scene: Scene, items: Sequence[Atom], reading: _Reading) -> Claim:
    first, last = items[reading.start].first, items[reading.end - 1].last
    marked, last = _commercial(scene, last)
    plain: Size = (*reading.size, False)
    van: Size = (*reading.size, True)
    known = scene.catalogue.sizes
    span = scene.span(first, last)
    groups = tuple(str(n) for n in reading.size)
    if marked and van in known:
        value, confidence = size_text(van), 0.95
    elif plain in known:
        value, confidence = size_text(plain), 0.95 if reading.natural else 0.85
    elif van in known:
        value, confidence = size_text(van), 0.85
    else:
        candidates = nearest(scene.catalogue.sizes, reading.size)
        return Claim(first, last, groups, (Filled("tyre_size", None, 0.9, span, candidates),))
    filled = [Filled("tyre_size", value, confidence, span)]
    if value.endswith("C"):
        filled.append(Filled("commercial", True, confidence, span))
    return Claim(first, last, groups, tuple(filled))


def _commercial(scene: Scene, last: int) -> tuple[bool, int]:
    """Whether the letter C follows the diameter; "це" before more words is the pronoun."""
    mark = scene.fold(last + 1)
    if mark not in _COMMERCIAL:
        return False, last
    following = scene.words[last + 2].kind if last + 2 < len(scene.words) else ""
    if (
        mark in ("це", "с", "си")
        and following == "word"
        and not scene.fold(last + 2).startswith(("зим", "лит", "лет", "всесез"))
    ):
        return False, last
    return True, last + 1


def _whole(scene: Scene, parts: list[Claim]) -> list[Claim]:
    """One size from a width, a profile and a diameter said in any order."""
    said = {f.slot: (f.value, f.span) for c in parts for f in c.filled if f.value is not None}
    if len(parts) != 3 or len(said) != 3:
        return parts
    size = (said["width"][0], said["profile"][0], said["diameter"][0])
    van = (*size, True) in scene.catalogue.sizes and (*size, False) not in scene.catalogue.sizes
    known = van or (*size, False) in scene.catalogue.sizes
    span = (parts[0].filled[0].span[0], parts[-1].filled[0].span[1])
    filled = Filled(
        "tyre_size",
        size_text((*size, van)) if known else None,
        0.9,
        span,
        () if known else nearest(scene.catalogue.sizes, size),
    )
    return [
        Claim(parts[0].first, parts[0].last, parts[0].groups, (filled,)),
        *(Claim(c.first, c.last, c.groups, ()) for c in parts[1:]),
    ]


def _parts(scene: Scene, taken: set[int]) -> list[Claim]:
    """Width, profile, diameter said alone or in pairs."""
    asked = scene.expected in SIZE_SLOTS
    claims: list[Claim] = []
    for run in scene.free(taken):
        items = _split_glued(run)
        index = 0
        while index < len(items):
            claim, index = _part(scene, items, index, asked=asked, claims=claims)
            if claim:
                claims.append(claim)
    return claims


def _part(
    scene: Scene, items: Sequence[Atom], index: int, *, asked: bool, claims: list[Claim]
) -> tuple[Claim | None, int]:
    group = compose(items, index, scene.words)
    end = max(group.end, index + 1)
    first, last = items[index].first, items[end - 1].last
    value = group.value
    span = scene.span(first, last)
    if diameter_fits(value) and rim_marked(scene, first, last):
        if scene.fold(last + 1).startswith(_RIM_AFTER):
            last += 1
        return Claim(first, last, (group.digits,), (Filled("diameter", int(value), 0.95, span),)), end
    named = _named_part(scene, first)
    if named and _FITS[_PARTS[named]](value):
        return Claim(first, last, (group.digits,), (Filled(named, int(value), 0.95, span),)), end
    widths = any(f.slot == "width" for c in claims for f in c.filled)
    if width_fits(value) and not group.ordinal and (asked or _part_follows(scene, items, end)):
        return Claim(first, last, (group.digits,), (Filled("width", int(value), 0.85, span),)), end
    if profile_fits(value) and (scene.expected == "profile" or widths or asked) and not group.ordinal:
        if claims and not _linked(scene, items[index - 1], items[index]) and not asked:
            return None, end
        return Claim(first, last, (group.digits,), (Filled("profile", int(value), 0.85, span),)), end
    pair = bool(claims) and claims[-1].filled[0].slot == "width" and claims[-1].last >= first - 3
    if diameter_fits(value) and (asked or pair):
        return Claim(first, last, (group.digits,), (Filled("diameter", int(value), 0.85, span),)), end
    if asked and scene.expected in _PARTS and len(scene.atoms) == end - index:
        return Claim(first, last, (group.digits,), (Filled(scene.expected, None, 0.8, span),)), end
    return None, end


def _named_part(scene: Scene, first: int) -> str | None:
    """Width or profile when its name stands before the number."""
    before = [scene.fold(first - 1), scene.fold(first - 2)]
    if any(w.startswith(("ширин", "шырин")) for w in before):
        return "width"
    return "profile" if any(w.startswith(("профил", "висот")) for w in before) else None


def _part_follows(scene: Scene, items: Sequence[Atom], index: int) -> bool:
    """Whether a profile, or a rim and nothing more, comes next."""
    if index >= len(items):
        return False
    rest = compose(items, index, scene.words)
    rim = (
        rest.end == len(items)
        and diameter_fits(rest.value)
        and _linked(scene, items[index - 1], items[index])
    )
    unit = scene.fold(items[-1].last + 1)
    return _profile_follows(scene, items, index) or (
        rim and not unit.startswith(("шт", "грив", "грн", "годин", "комплект"))
    )


def _profile_follows(scene: Scene, items: Sequence[Atom], index: int) -> bool:
    """Whether a written or spoken link and a profile come next: "двісті п'ять на п'ятдесят п'ять"."""
    if index >= len(items):
        return False
    gap = items[index].first - items[index - 1].last
    linked = _linked(scene, items[index - 1], items[index])
    tyres = any(
        word.fold.startswith(("шин", "гум", "резин", "розмир", "размер", "ширин")) for word in scene.words
    )
    if not linked or (gap == 1 and not tyres):
        return False
    return profile_fits(compose(items, index, scene.words).value)


def _radius_before(scene: Scene, first: int) -> int:
    """Tokens before `first` that are the word "радіус" as a poor line leaves it ("ради у", "радю"); 0 when none are."""
    said = ""
    for count in (1, 2):
        said = scene.fold(first - count) + said
        if said.startswith("рад") and OSA.distance(said, "радиус") <= RADIUS_EDITS:
            return count
    return 0


def rim_marked(scene: Scene, first: int, last: int) -> bool:
    """Whether the words beside the number of tokens first..last say that it is a rim."""
    before, after = scene.fold(first - 1), scene.fold(last + 1)
    low = scene.words[last].low
    if "нашк" in low or (low.endswith("ті") and (before in _ON or after.startswith(_WHEELS))):
        return True
    if before in _RIM_BEFORE or _radius_before(scene, first) or after.startswith(_RIM_AFTER):
        return not (after.startswith("титан") and before not in _RIM_BEFORE and before not in _ON)
    return before in _ON and any(scene.fold(first - i).startswith(_WHEELS) for i in (2, 3))
