"""Grammatical categories and the endings of adjectives, shared by numerals, nouns and the normaliser."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Case(IntEnum):
    """The six cases numerals agree in (the vocative does not count things)."""

    NOM = 0
    GEN = 1
    DAT = 2
    ACC = 3
    INS = 4
    LOC = 5


class Gender(StrEnum):
    """Gender of the counted noun; PL only where an adjective stands in the plural."""

    M = "m"
    F = "f"
    N = "n"
    PL = "pl"


HARD = {
    Gender.M: ("ий", "ого", "ому", "ий", "им", "ому"),
    Gender.F: ("а", "ої", "ій", "у", "ою", "ій"),
    Gender.N: ("е", "ого", "ому", "е", "им", "ому"),
    Gender.PL: ("і", "их", "им", "і", "ими", "их"),
}
SOFT = {
    Gender.M: ("ій", "ього", "ьому", "ій", "ім", "ьому"),
    Gender.F: ("я", "ьої", "ій", "ю", "ьою", "ій"),
    Gender.N: ("є", "ього", "ьому", "є", "ім", "ьому"),
    Gender.PL: ("і", "іх", "ім", "і", "іми", "іх"),
}


def adjective(stem: str, gender: Gender, case: Case, *, soft: bool = False) -> str:
    """`стем` with the ending of an adjective; the accusative is that of things, not of living beings."""
    return stem + (SOFT if soft else HARD)[gender][case]
