"""Tolerant look-up of names: case, accents, apostrophes, spaces, и/і/ї/й, е/є/э/ё, and the aliases of the data. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LETTERS = str.maketrans({"ы": "и", "і": "и", "є": "е", "э": "е", "ґ": "г", "ь": "", "ъ": ""})


def fold(text: str) -> str:
    """Return the form in which two spellings of one name are equal ("CX-5" and "cx 5", "Škoda" and "skoda")."""
    decomposed = unicodedata.normalize(
        "NFKD", text.casefold()
    )  # ї -> і + dots, й -> и + breve, ё -> е + dots
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return re.sub(r"[^0-9a-zа-я]", "", plain.translate(_LETTERS))


def names_of(name: str, aliases: Iterable[str]) -> frozenset[str]:
    """Return the folded spellings of one thing."""
    return frozenset(filter(None, map(fold, (name, *aliases))))


@dataclass(frozen=True, slots=True)
class VehicleEntry:
    """One model as the look-up sees it; `row` is its table row."""

    make: str
    model: str
    make_names: frozenset[str]
    model_names: frozenset[str]
    row: Mapping[str, Any]

    def answers_to(self, make: str, model: str) -> bool:
        """Whether folded `make` and `model` mean this vehicle; the model may repeat the make."""
        if make not in self.make_names:
            return False
        return model in self.model_names or any(
            model.startswith(name) and model.removeprefix(name) in self.model_names
            for name in self.make_names
        )


class Vehicles:
    """All vehicles of the store, found by make and model in any spelling."""

    def __init__(self, makes: Iterable[Mapping[str, Any]], vehicles: Iterable[Mapping[str, Any]]) -> None:
        spellings = {m["make"]: names_of(m["make"], (m["spoken_uk"], *m["aliases"])) for m in makes}
        self._makes = frozenset().union(*spellings.values())
        self.entries = [
            VehicleEntry(v["make"], v["model"], spellings[v["make"]], names_of(v["model"], v["aliases"]), v)
            for v in vehicles
        ]

    def knows_make(self, make: str) -> bool:
        """Whether any vehicle is of this make."""
        return fold(make) in self._makes

    def find(self, make: str, model: str) -> list[VehicleEntry]:
        """Return every vehicle that fits, most driven first; several when an alias means several models."""
        wanted_make, wanted = fold(make), fold(model)
        found = [entry for entry in self.entries if entry.answers_to(wanted_make, wanted)]
        exact = [entry for entry in found if fold(entry.model) == wanted]
        return sorted(exact or found, key=lambda entry: -int(entry.row["popularity"]))


def generations_of(row: Mapping[str, Any], year: int, modification: str | None) -> list[Mapping[str, Any]]:
    """Return the generations made in `year`; narrowed by `modification` when that leaves any."""
    made = [
        g
        for g in row["generations"]
        if g["year_from"] <= year and (g["year_to"] is None or year <= g["year_to"])
    ]
    if modification:
        wanted = fold(modification)
        named = [g for g in made if wanted in fold(g["name"]) or fold(g["name"]) in wanted]
        return named or made
    return made


def sizes_of(generation: Mapping[str, Any]) -> list[str]:
    """Return every size of a generation once, the same-all-round ones first."""
    pairs = [size for pair in generation["staggered"] for size in (pair["front"], pair["rear"])]
    return list(dict.fromkeys([*generation["tyre_sizes"], *pairs]))


_SIZE = re.compile(r"(\d{3})/(\d{2,3})\s*R(\d{2})(C?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """A tyre size in mm, % and inches; `commercial` for C tyres, which are another product."""

    width: int
    profile: int
    diameter: int
    commercial: bool = False

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read "205/55R16", "205/55 R16" or "215/65R16C". Raises `ValueError`."""
        match = _SIZE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a tyre size")
        width, profile, diameter, commercial = match.groups()
        return cls(int(width), int(profile), int(diameter), bool(commercial))

    def __str__(self) -> str:
        return f"{self.width}/{self.profile} R{self.diameter}{'C' if self.commercial else ''}"
