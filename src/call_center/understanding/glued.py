"""Cars in words that the recogniser ran together or tore apart: "ренологан", "нісанка шкай", "той оду камрі".

A last resort for utterances in which no model was found: 1-5 neighbouring words are joined and compared, as sounds,
with make and model said together. The window starts after "на", "для" and the like, at a car word, or anywhere in a
short answer to the question about the car. Long keys only (8 letters or more), a clear winner only.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import ratio

from call_center.understanding.names import everyday
from call_center.understanding.numerals import numeral
from call_center.understanding.phonetics import sound, stem
from call_center.understanding.vocabulary import Catalogue
from call_center.understanding.words import Token, fold, tokens

LONGEST = 5  # words
MOST_STARTS = 6
_SHORTEST_KEY = 8
_LEAST = 76.0  # per cent, where a car is the answer
_LEAST_AFTER = 80.0  # after a preposition or a car word
_LEAST_ANYWHERE = 89.0
_CLEAR_BY = 4.5
_EVERYDAY_COSTS = 5.0  # a long everyday word in the window is probably just that word
_BEFORE = frozenset(
    fold(word) for word in ("на", "для", "до", "під", "под", "машина", "авто", "автомобіль", "маю")
)
_TYRES = ("шин", "гум", "резин", "покриш", "колес")
_ALIASES = 3


@dataclass(frozen=True, slots=True)
class GluedCar:
    """A car heard in joined words; token indices inclusive."""

    make: str
    model: str
    confidence: float
    first: int
    last: int


class _Holder:
    """Make a catalogue a hashable argument of the memo by identity."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.catalogue is self.catalogue


@lru_cache(maxsize=2)
def _keys(holder: _Holder) -> tuple[tuple[str, ...], dict[str, tuple[str, str]]]:
    owners: dict[str, tuple[str, str]] = {}
    clash: set[str] = set()
    for (make, name), model in holder.catalogue.models.items():
        makes = [alias for alias in holder.catalogue.makes.get(make, ()) if len(alias) >= 3][:_ALIASES]
        models = [alias for alias in model.aliases if len(alias) >= 3 and not _numbered(alias)][:_ALIASES]
        for said in models:
            model_key = _sound(said)
            for key in {model_key, *(_sound(other) + model_key for other in makes)}:
                if len(key) < _SHORTEST_KEY:
                    continue
                if owners.setdefault(key, (make, name)) != (make, name):
                    clash.add(key)
    for key in clash:
        del owners[key]
    return tuple(owners), owners


def _numbered(alias: str) -> bool:
    """Whether a name holds a number, said or written: numbers are never heard as cars by likeness."""
    return any(word.kind == "digits" or numeral(word.fold) for word in tokens(alias))


def _sound(text: str) -> str:
    return "".join(sound(word) for word in text.lower().replace("-", " ").split())


def find_glued(
    words: Sequence[Token], catalogue: Catalogue, *, car_asked: bool, explained: Set[int] = frozenset()
) -> GluedCar | None:
    """The car in `words`, or None. `car_asked`: the question was about the car; `explained`: tokens with a meaning."""
    holder = _Holder(catalogue)
    keys, owners = _keys(holder)
    best: tuple[float, GluedCar] | None = None
    runner_up = 0.0
    for start in _starts(words, car_asked=car_asked)[:MOST_STARTS]:
        for key, last, doubt in _windows(words, start, explained):
            least = _LEAST if car_asked else _LEAST_AFTER if _introduced(words, start) else _LEAST_ANYWHERE
            for hit, score, _ in process.extract(key, keys, scorer=ratio, score_cutoff=_LEAST - 6, limit=4):
                whole = 0.7 * score + 30 * JaroWinkler.similarity(key, hit) - doubt
                if whole < least:
                    continue
                make, model = owners[hit]
                found = GluedCar(make, model, round(min(0.9, whole / 100), 2), start, last)
                if best is None or whole > best[0]:
                    if best is not None and (best[1].make, best[1].model) != (make, model):
                        runner_up = max(runner_up, best[0])
                    best = (whole, found)
                elif (best[1].make, best[1].model) != (make, model):
                    runner_up = max(runner_up, whole)
    if best is None or best[0] - runner_up < _CLEAR_BY:
        return None
    return best[1]


def _introduced(words: Sequence[Token], index: int) -> bool:
    return index > 0 and words[index - 1].fold in _BEFORE


def _starts(words: Sequence[Token], *, car_asked: bool) -> list[int]:
    places = [i for i, word in enumerate(words) if word.kind == "word"]
    after = [i for i in places if _introduced(words, i)]
    if car_asked or len(places) <= 4:
        return after + [i for i in places if i not in after]
    glued = [i for i in places if words[i].fold.startswith("на") and len(words[i].fold) > 4]
    tyres = [
        i + 1 for i in places if words[i].fold.startswith(("зимов", "литн", *_TYRES)) and i + 1 in places
    ]
    return list(dict.fromkeys([*after, *glued, *tyres]))


def _windows(words: Sequence[Token], start: int, explained: Set[int]) -> list[tuple[str, int, float]]:
    found: list[tuple[str, int, float]] = []
    key, plain, doubt = "", True, 0.0
    for last in range(start, min(start + LONGEST, len(words))):
        if words[last].kind != "word" or last in explained:
            break
        key += sound(words[last].low)
        if _is_everyday(words[last]):
            doubt += _EVERYDAY_COSTS * (len(words[last].fold) >= 5)
        else:
            plain = False
        if len(key) > 26:
            break
        if len(key) >= _SHORTEST_KEY - 1 and not plain:
            found.append((key, last, doubt))
            if key.startswith("на") and len(key) >= _SHORTEST_KEY + 1:
                found.append((key[2:], last, doubt))
    return found


@lru_cache(maxsize=1)
def _everyday_stems() -> frozenset[str]:
    return frozenset(stem(sound(word)) for word in everyday())


def _is_everyday(word: Token) -> bool:
    return word.fold.replace("'", "") in everyday() or stem(sound(word.low)) in _everyday_stems()
