"""Finding names of a closed vocabulary in an utterance: exact, by sound, by stem, and by likeness.

A window of 1-4 units (words, or whole numbers: "мазда шість" and "мазда 6" are one) is joined and looked up. Names
shorter than five letters must be exact: "Toyo" or "Sava" by likeness match anything. Weak names (everyday words such
as "калина") are reported as weak; the caller of this module decides by context. Everyday words are never looked up by
likeness. At most `FUZZY_LIMIT` windows of one utterance are compared by likeness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import ratio

from call_center.understanding.numerals import atoms, groups
from call_center.understanding.phonetics import sound, stem
from call_center.understanding.words import Token, fold, tokens

FUZZY_LIMIT = 40
LONGEST = 4
_LIKELIEST = 64.0  # per cent; the make in the same breath leaves a dozen models to choose from
_LONGEST_WORD = 30  # letters
_ENDINGS = ("", "а", "у", "и", "ом", "ив", "е", "ам", "ах", "ами", "ем", "ю", "я", "ою", "ови")

Name = tuple[str, ...]


class Unit(NamedTuple):
    """A word or a whole number of the utterance: `light` its spelling key, `key` its sound key."""

    light: str
    key: str
    first: int
    last: int
    number: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """Lookup tables of one vocabulary; values are the names that the key may mean."""

    exact: Mapping[str, tuple[Name, ...]]
    sounds: Mapping[str, tuple[Name, ...]]
    stems: Mapping[str, tuple[Name, ...]]
    fuzzy: tuple[str, ...]
    weak: frozenset[str]
    near: dict[str, tuple[str, float] | None]  # memo of likeness searches, bounded


class Match(NamedTuple):
    """A window that means one of `names`; token indices inclusive."""

    names: tuple[Name, ...]
    confidence: float
    first: int
    last: int
    units: int
    weak: bool


@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    """Spelling keys of everyday words: no name is heard in them by likeness."""
    text = (resources.files("call_center.understanding") / "data" / "everyday.txt").read_text("utf-8")
    return frozenset(fold(word.replace("'", "")) for word in text.split())


@lru_cache(maxsize=1)
def _everyday_stems() -> frozenset[str]:
    return frozenset(stem(sound(word)) for word in everyday() if len(word) >= 5)


def warm_up() -> None:
    """Read the list of everyday words now, so that no utterance pays for it."""
    _everyday_stems()


def units(words: Sequence[Token]) -> list[Unit]:
    """The utterance as words and whole numbers; signs are dropped."""
    items = atoms(words)
    found: list[Unit] = []
    covered: set[int] = set()
    for group in groups(items, words):
        first, last = items[group.start].first, items[group.end - 1].last
        if any(i in covered for i in range(first, last + 1)):
            continue
        covered.update(range(first, last + 1))
        found.append(Unit(group.digits, group.digits, first, last, True))
    for i, token in enumerate(words):
        if i not in covered and token.kind == "word":
            found.append(Unit(token.fold.replace("'", ""), sound(token.low), i, i))
    return sorted(found, key=lambda u: u.first)


def build_index(entries: Mapping[Name, Iterable[str]], weak: frozenset[str], likeness: int = 99) -> Index:
    """Index names by every alias; `weak` are aliases (lower case) that are everyday words too.

    Only the first `likeness` aliases of a name take part in the search by likeness: slang must be exact.
    """
    exact: dict[str, set[Name]] = {}
    sounds: dict[str, set[Name]] = {}
    stems: dict[str, set[Name]] = {}
    strong: set[str] = set()
    weak_keys: set[str] = set()
    weak_stems: set[str] = set()
    firm: set[str] = set()  # stems of aliases that are not weak
    for name, aliases in entries.items():
        for place, alias in enumerate(aliases):
            parts = units(tokens(alias))
            light = "".join(p.light for p in parts)
            key = "".join(p.key for p in parts)
            letters = "".join(p.light for p in parts if not p.number)
            if not light or (len(light) < 2 and not light.isdigit()):
                continue
            is_weak = alias in weak or len(light) < 3 or not letters
            for form in _short_forms(light) if len(letters) == len(light) < 6 else (light,):
                exact.setdefault(form, set()).add(name)
                if is_weak:
                    weak_keys.add(form)
            if len(letters) < 5:
                continue
            sounds.setdefault(key, set()).add(name)
            stems.setdefault(stem(key), set()).add(name)
            if is_weak:
                weak_keys.add(key)
                weak_stems.add(stem(key))
                continue
            firm.add(stem(key))
            if place < likeness:
                strong.add(key)
    return Index(
        {k: tuple(sorted(v)) for k, v in exact.items()},
        {k: tuple(sorted(v)) for k, v in sounds.items()},
        {k: tuple(sorted(v)) for k, v in stems.items()},
        tuple(sorted(k for k in strong if len(k) >= 5 and k.isalpha())),
        frozenset(weak_keys | (weak_stems - firm)),
        {},
    )


def _short_forms(light: str) -> Iterable[str]:
    """Case forms of a short name, which is only ever matched exactly."""
    yield light
    if len(light) < 3:
        return
    base = light[:-1] if light[-1] in "ая" else light
    if base[-1] in "еиоую" or (base == light and len(light) < 4):
        return
    for ending in _ENDINGS[1:]:
        yield base + ending


_PARTICLES = frozenset(
    {
        "та",
        "до",
        "у",
        "в",
        "на",
        "з",
        "за",
        "а",
        "и",
        "й",
        "по",
        "же",
        "ж",
        "не",
        "чи",
        "як",
        "що",
        "шо",
        "той",
        "тот",
    }
)


def find(index: Index, parts: Sequence[Unit], budget: list[int]) -> list[Match]:
    """Non-overlapping matches in the order said, surest and longest first where they compete."""
    found: list[Match] = []
    for start in range(len(parts)):
        light = key = ""
        for end in range(start, min(start + LONGEST, len(parts))):
            if end > start and parts[end].first > parts[end - 1].last + 2:
                break
            if len(parts[end].light) > _LONGEST_WORD:
                break
            light += parts[end].light
            key += parts[end].key
            match = _lookup(index, light, key, parts[start : end + 1], budget)
            if match:
                found.append(match)
    found.sort(
        key=lambda m: (-m.units * (not m.weak and m.confidence > 0.9), -m.confidence, -m.units, m.first)
    )
    kept: list[Match] = []
    for match in found:
        if all(match.last < k.first or match.first > k.last for k in kept):
            kept.append(match)
    return sorted(kept, key=lambda m: m.first)


def _lookup(index: Index, light: str, key: str, window: Sequence[Unit], budget: list[int]) -> Match | None:
    names, confidence, hit = index.exact.get(light), 1.0, light
    if not names and len(light) >= 5 and not window[-1].number:
        plain = len(window) == 1 and light in everyday()
        if plain:
            return None
        if len(window) > 1 and any(u.light in _PARTICLES for u in window):
            return None  # "скати у", "до той": by sound such words make up a name of their own
        names, confidence, hit = index.sounds.get(key), 0.95, key
        if not names and len(key) >= 5:
            hit = stem(key)
            names, confidence = index.stems.get(hit), 0.92
        if not names and len(window) <= 2:
            near = _near(index, key, window, budget)
            if near:
                hit, score = near
                names, confidence = index.sounds.get(hit), round(score * 0.0095, 3)
    if not names:
        return None
    weak = hit in index.weak
    return Match(names, confidence, window[0].first, window[-1].last, len(window), weak)


def _near(index: Index, key: str, window: Sequence[Unit], budget: list[int]) -> tuple[str, float] | None:
    """The likest strong name: 0.6 Indel ratio + 0.4 Jaro-Winkler on sound keys, in per cent."""
    if len(key) < 5 or any(
        u.number or u.light in everyday() or stem(u.key) in _everyday_stems() for u in window
    ):
        return None
    if len(window) > 1 and any(len(u.key) < 2 for u in window):
        return None
    if key in index.near:
        return index.near[key]
    if budget[0] <= 0:
        return None
    budget[0] -= 1
    best: tuple[str, float] | None = None
    for candidate, score, _ in process.extract(key, index.fuzzy, scorer=ratio, score_cutoff=70, limit=6):
        whole = 0.6 * score + 40 * JaroWinkler.similarity(key, candidate)
        if best is None or whole > best[1]:
            best = (candidate, whole)
    if best and (
        best[1] < _threshold(min(len(key), len(best[0])), len(window)) or abs(len(key) - len(best[0])) > 2
    ):
        best = None
    if len(index.near) > 20_000:  # a memo, not a store: forget everything rather than grow
        index.near.clear()
    index.near[key] = best
    return best


def likeliest(index: Index, make: str, key: str) -> tuple[str, float] | None:
    """The one model of `make` that a word with this sound key may be, with the likeness in per cent.

    At least 64 % alike, beginning with the same sound and clearly before any other model of the make.
    """
    said = stem(key)
    scores: dict[str, float] = {}
    for alias, names in index.sounds.items():
        of_make = [name for name in names if name[0] == make]
        if not of_make or alias[0] != key[0] or not alias.isalpha() or abs(len(alias) - len(key)) > 2:
            continue
        bare = stem(alias)
        score = 0.6 * ratio(said, bare) + 40 * JaroWinkler.similarity(said, bare)
        for name in of_make:
            scores[name[1]] = max(score, scores.get(name[1], 0.0))
    ranked = sorted(scores.items(), key=lambda s: -s[1])
    if not ranked or ranked[0][1] < _LIKELIEST or (len(ranked) > 1 and ranked[1][1] > ranked[0][1] - 6):
        return None
    return ranked[0]


def _threshold(length: int, words: int) -> float:
    base = 86.0 if length <= 5 else 84.0 if length == 6 else 80.5
    return base + (5.0 if words > 1 else 0.0)
