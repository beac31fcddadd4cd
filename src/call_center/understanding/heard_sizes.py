"""The size that garbled numbers sound like: "175,613" is "сто сімдесят п'ять, шістдесят, тринадцять". Pure.

A recogniser writes a dictated size as numbers that sound like it but are none. What it wrote is read aloud again and
compared, on sound keys, with every size of the catalogue as callers say it. Measured on 70 sizes spoken by the
synthetic caller over the telephone band: 10 were heard as written, for 37 the likeliest by sound was right, for 56 it
was among three. Never a value: what it sounds like is asked ("Ваш розмір — ...?") before anything follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.fuzz import ratio

from call_center.understanding.claims import Claim, Scene
from call_center.understanding.meaning import Filled
from call_center.understanding.phonetics import sound
from call_center.understanding.sizes import size_parts, sizes, width_fits
from call_center.understanding.spoken_numbers import spoken
from call_center.understanding.vocabulary import Size, size_text
from call_center.understanding.words import Token

SLOT: Final = "heard_size"
LEAST: Final = (
    88.0  # per cent of likeness; from here on the right size was among the first two for four of five
)
NEAR: Final = 5.0  # per cent behind the likeliest
COMMON: Final = 3.0  # per cent that a common size is given: it is likelier before a word is heard
MOST: Final = 2  # sizes worth asking about
_LEAST_DIGITS: Final = 6  # of the shortest size, "175 65 13" less a swallowed zero
_CONFIDENCE: Final = 0.6
_AFTER: Final = 1  # words after the last number that may be the garbled rest of it
_WAYS: Final = ("{} {} {}", "{} на {} {}", "{} на {} радіус {}")


def heard_sizes(scene: Scene, taken: set[int]) -> list[Claim]:
    """What a size that was not understood sounds like, likeliest first; nothing where its beginning was understood."""
    atoms = [a for run in scene.free(taken) for a in run]
    start = next((i for i, a in enumerate(atoms) if a.value >= 100 or len(a.digits) > 2), 0)
    if sum(len(a.digits) for a in atoms[start:]) < _LEAST_DIGITS or _begun(scene, taken):
        return []
    first, last = atoms[start].first, atoms[-1].last
    after = last + _AFTER
    last = after if after < len(scene.words) and scene.words[after].kind == "word" else last
    heard = "".join(
        sound(word)
        for token in _once(scene.words[first : last + 1])
        for word in (_aloud(token.low) if token.kind == "digits" else token.low).split()
    )
    likeliest = _likeliest(heard, scene.catalogue.sizes, scene.catalogue.common_sizes)
    if not likeliest:
        return []
    taken.update(range(first, last + 1))
    groups = tuple(group.digits for group, _, _ in scene.groups(atoms[start:]))
    return [
        Claim(first, last, groups, (Filled(SLOT, list(likeliest), _CONFIDENCE, scene.span(first, last)),))
    ]


def _once(words: Sequence[Token]) -> Iterator[Token]:
    """Words and numbers, a number that stands twice running only once: no size has one."""
    before = ""
    for token in words:
        if token.kind != "sign" and not (token.kind == "digits" and token.low == before):
            yield token
            before = token.low


def whole_sizes(scene: Scene, taken: set[int]) -> list[Claim]:
    """Sizes as they were written; one whose width is none ("211 на 40") gives way to what it sounds like."""
    before = set(taken)
    found = sizes(scene, taken)
    if any(f.value for c in found for f in c.filled) or all(width_fits(float(c.groups[0])) for c in found):
        return found
    sounds = heard_sizes(scene, before)
    if not sounds:
        return found
    taken.clear()
    taken.update(before)
    return sounds


def _begun(scene: Scene, taken: set[int]) -> bool:
    """Whether the parts make a size, or a width and a profile were understood: then only the rest is asked."""
    parts = {f.slot for claim in size_parts(scene, set(taken)) for f in claim.filled}
    return "tyre_size" in parts or {"width", "profile"} <= parts


def _likeliest(heard: str, known: frozenset[Size], common: frozenset[str]) -> tuple[str, ...]:
    forms = _forms(known)
    best: dict[str, float] = {}
    for key, score, _ in process.extract(
        heard, list(forms), scorer=ratio, score_cutoff=LEAST - NEAR, limit=None
    ):
        best[forms[key]] = max(score, best.get(forms[key], 0.0))
    if max(best.values(), default=0.0) < LEAST:
        return ()
    weighed = {size: score + COMMON * (size in common) for size, score in best.items()}
    ranked = sorted(weighed.items(), key=lambda item: (-item[1], item[0]))
    return tuple(size for size, score in ranked[:MOST] if score > ranked[0][1] - NEAR)


@lru_cache(maxsize=2)
def _forms(known: frozenset[Size]) -> dict[str, str]:
    """Sound keys of every size in the ways it is said; a commercial one only where there is no other."""
    plain = {size[:3] for size in known if not size[3]}
    found: dict[str, str] = {}
    for size in sorted(known):
        if size[3] and size[:3] in plain:
            continue
        for way in _WAYS:
            words = way.format(*(spoken(part) for part in size[:3]))
            found["".join(sound(word) for word in words.split())] = size_text(size)
    return found


def _aloud(digits: str) -> str:
    """How a run of digits would be read: four as two pairs, a longer one its hundreds first."""
    if len(digits) <= 3:
        return spoken(int(digits))
    cut = 2 if len(digits) == 4 else 3
    return f"{spoken(int(digits[:cut]))} {_aloud(digits[cut:])}"
