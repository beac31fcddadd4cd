"""What one recogniser of a slot claims: tokens, digit groups as said, and the slots they fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from call_center.understanding.meaning import Filled, Hours
from call_center.understanding.numerals import Atom, Group, atoms, groups
from call_center.understanding.repairs import repaired
from call_center.understanding.vocabulary import Catalogue
from call_center.understanding.words import Token, tokens


class Claim(NamedTuple):
    """Tokens first..last (inclusive) mean `filled`; `groups` are their digit groups in the order said."""

    first: int
    last: int
    groups: tuple[str, ...]
    filled: tuple[Filled, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """One utterance taken apart once, shared by all recognisers."""

    text: str
    words: Sequence[Token]
    atoms: Sequence[Atom]
    expected: str
    catalogue: Catalogue
    hours: Hours
    today: date
    idle: frozenset[int] = frozenset()  # words of a number that was taken back

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Character span of tokens first..last."""
        return self.words[first].start, self.words[last].end

    def fold(self, index: int) -> str:
        """Folded token at `index`, "" outside the utterance."""
        return self.words[index].fold.replace("'", "") if 0 <= index < len(self.words) else ""

    def free(self, taken: set[int]) -> list[list[Atom]]:
        """Runs of atoms not yet claimed."""
        runs: list[list[Atom]] = [[]]
        for atom in self.atoms:
            if any(i in taken for i in range(atom.first, atom.last + 1)):
                runs.append([])
            else:
                runs[-1].append(atom)
        return [run for run in runs if run]

    def inside(self) -> set[int]:
        """Tokens that go on a number begun before them: "другого" of "тридцять другого"."""
        return {i for _, first, last in self.groups(self.atoms) for i in range(first + 1, last + 1)}

    def groups(self, run: Sequence[Atom]) -> list[tuple[Group, int, int]]:
        """Default groups of a run with their first and last token."""
        return [(g, run[g.start].first, run[g.end - 1].last) for g in groups(run, self.words)]


def scene(text: str, expected: str, catalogue: Catalogue, hours: Hours, today: date) -> Scene:
    """Take an utterance apart."""
    words = tokens(text)
    items, idle = repaired(atoms(words), words)
    return Scene(text, words, items, expected, catalogue, hours, today, idle)
