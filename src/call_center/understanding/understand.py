"""One utterance in, everything understood out. Pure; at most 2 ms for what a caller says in one breath.

Recognisers run in the order of `_order`: what is expected first, then the shapes that are hardest to mistake. Each
claims tokens; claimed digits are not read again. Everything is parsed whatever was asked: the caller may answer
another question than the one put.
"""

from __future__ import annotations

from datetime import date

from call_center.understanding.claims import scene
from call_center.understanding.naming import naming
from call_center.understanding.numerals import groups
from call_center.understanding.types import Filled, Hours, Utterance
from call_center.understanding.vocabulary import Catalogue

_HOURS = Hours()


def understand(
    text: str, expected: str = "open", *, catalogue: Catalogue, today: date, hours: Hours | None = None
) -> Utterance:
    """Understand `text` said while the slot `expected` was being asked ("open" when nothing special).

    `today` anchors relative dates, `hours` (shop hours) decides morning or evening. Never raises for any text.
    """
    view = scene(text, expected, catalogue, hours or _HOURS)
    filled: list[Filled] = [name for name, _, _ in naming(view)]
    numbers = tuple(g.digits for g in groups(view.atoms, view.words))
    words = sum(token.kind != "sign" for token in view.words)
    return Utterance(text, tuple(filled), (), numbers, words, words)
