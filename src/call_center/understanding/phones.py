"""Phones and order numbers: digits dictated in any portions, never merged against what a phone can be.

"п'ятдесят один один один" is 50-1-1-1 when ten digits must come out and 51-1-1 when they must not: every regrouping is
weighed by the length wanted, fewest cuts first. Phones come out as +380XXXXXXXXX; an order number has 7 digits.
"""

from __future__ import annotations

from collections.abc import Sequence

from call_center.understanding.claims import Claim, Scene
from call_center.understanding.lexicon import HUNDREDS, TEEN, TENS, THOUSAND, UNIT
from call_center.understanding.meaning import Filled
from call_center.understanding.numerals import FRACTION, ZERO, Atom, adjacent, compose, groups

ORDER_DIGITS = 7
_MOBILE = frozenset(
    [
        "039",
        "050",
        "063",
        "066",
        "067",
        "068",
        "073",
        "075",
        "077",
        "089",
        "091",
        "092",
        "093",
        "094",
        "095",
        "096",
        "097",
        "098",
        "099",
    ]
)
_FILLERS = frozenset(
    [
        ",",
        ".",
        "-",
        "(",
        ")",
        "+",
        ";",
        ":",
        "…",
        "плюс",
        "код",
        "потим",
        "потом",
        "дали",
        "далше",
        "далше",
        "и",
        "та",
        "так",
        "ну",
        "номер",
        "ее",
        "е",
        "там",
        "значит",
        "значит",
    ]
)
_ORDER_WORDS = ("замовлен", "заказ", "номер", "накладн", "ордер")
_LONGEST = 26  # atoms of one dictation looked at
_KEPT = 8

_Piece = tuple[int, str, int]  # end atom, digits, cuts against custom


def phones(scene: Scene, taken: set[int]) -> list[Claim]:
    """Complete phones; when a phone is asked, also the part of one (value None, digits as candidate)."""
    claims: list[Claim] = []
    asked = scene.expected == "phone"
    for run in _dictations(scene, taken):
        claim = _whole_phone(scene, run, asked=asked)
        if claim is None and asked:
            claim = _part_phone(scene, run)
        if claim:
            claims.append(claim)
            taken.update(range(claim.first, claim.last + 1))
    return claims


def orders(scene: Scene, taken: set[int]) -> list[Claim]:
    """Order numbers: asked for, named by a word before them, or seven digits that are nothing else."""
    claims: list[Claim] = []
    asked = scene.expected == "order_number"
    for run in _dictations(scene, taken):
        named = any(
            scene.fold(i).startswith(_ORDER_WORDS) for i in range(max(0, run[0].first - 3), run[0].first)
        )
        parts = groups(run, scene.words)
        said = "".join(g.digits for g in parts if g.digits.isdigit())
        exact = _regroup(scene, run, ORDER_DIGITS)
        bare = len(said) == ORDER_DIGITS or (len(parts) >= 5 and len(parts) == len(said))
        if not (asked or named or bare) or len(said) < (1 if asked else 4) or len(said) > 12:
            continue
        if asked and _followed_by_pieces(scene, run):
            continue
        value, sure = (exact[0], 0.95) if exact else (said, 0.5)
        if not asked and not named:
            sure = min(sure, 0.7)
        first, last = run[0].first, run[-1].last
        digits = tuple(g.digits for g in parts)
        filled = Filled("order_number", value, sure, scene.span(first, last))
        claims.append(Claim(first, last, digits, (filled,)))
        taken.update(range(first, last + 1))
    return claims


def _followed_by_pieces(scene: Scene, run: Sequence[Atom]) -> bool:
    return scene.fold(run[-1].last + 1).startswith(("шт", "колес", "шин", "грив", "грн", "рок", "год"))


def normalise(digits: str) -> str | None:
    """A complete Ukrainian number as +380XXXXXXXXX, or None. Takes 0XX..., 80XX..., 380XX..., XX... of 9 digits."""
    for prefix, length in (("380", 12), ("80", 11), ("0", 10)):
        if len(digits) == length and digits.startswith(prefix):
            national = "0" + digits[len(prefix) :]
            return "+38" + national if national[1] in "3456789" else None
    if len(digits) == 9 and "0" + digits[:2] in _MOBILE:
        return "+380" + digits
    return None


def accumulate(held: str, piece: str) -> tuple[str, str | None]:
    """Add a dictated piece to the digits held so far: the new digits and the phone when complete.

    A whole number starts over; a piece that would overflow starts over too when it begins like a number.
    """
    if normalise(piece) and (len(piece) > 9 or not held):
        return piece, normalise(piece)
    joined = held + piece
    limit = 12 if joined.startswith("38") else 11 if joined.startswith("80") else 10
    if len(joined) > limit:
        joined = piece if piece[:1] == "0" or piece[:2] in ("38", "80") else held
    phone = normalise(joined) if len(joined) >= 10 else None
    return joined, phone


def _dictations(scene: Scene, taken: set[int]) -> list[list[Atom]]:
    """Runs of atoms with nothing but fillers between them."""
    found: list[list[Atom]] = []
    for run in scene.free(taken):
        part: list[Atom] = []
        for atom in run:
            gap = range(part[-1].last + 1, atom.first) if part else range(0)
            between = [i for i in gap if i not in scene.idle]
            if part and (len(between) > 3 or any(scene.fold(i) not in _FILLERS for i in between)):
                found.append(part)
                part = []
            if atom.rank == FRACTION:
                if part:
                    found.append(part)
                part = []
                continue
            part.append(atom)
        if part:
            found.append(part)
    return [run[:_LONGEST] for run in found]


def _whole_phone(scene: Scene, run: Sequence[Atom], *, asked: bool) -> Claim | None:
    best: tuple[tuple[int, int, int, int], str, int, int] | None = None
    table = _table(scene, run)
    if sum(max(len(digits) for _, digits, _ in pieces) for pieces in table) < 9:
        return None
    for start, atom in enumerate(run):
        opens = (
            atom.rank == ZERO
            or atom.digits.startswith(("0", "38", "80"))
            or atom.digits in ("30", "3", "8", "300")
        )
        if not opens and not (asked and start == 0):
            continue
        for length in (10, 12, 11, 9) if asked else (10, 12, 11):
            for end, digits, cuts in _ends(table, start, length):
                phone = normalise(digits)
                if phone is None:
                    continue
                odd = "0" + phone[4:6] not in _MOBILE
                tail = len(run) - end
                if tail and (cuts or adjacent(scene.words, run[end - 1], run[end])):
                    continue  # digits left over: the number was heard wrong, not to be guessed
                rank = (-tail if not asked else -(tail + start), -odd, -cuts, length)
                if best is None or rank > best[0]:
                    best = (rank, digits, start, end)
        if best and best[0][0] == 0:
            break
    if best is None:
        return None
    rank, digits, start, end = best
    first, last = run[start].first, run[end - 1].last
    while first > 0 and scene.fold(first - 1) in ("плюс", "+", "("):
        first -= 1
    sure = 0.6 if rank[1] else 0.95 if rank[2] == 0 else 0.85
    filled = Filled("phone", normalise(digits), sure, scene.span(first, last))
    return Claim(first, last, (digits,), (filled,))


def _part_phone(scene: Scene, run: Sequence[Atom]) -> Claim:
    digits = "".join(g.digits for g in groups(run, scene.words))
    first, last = run[0].first, run[-1].last
    filled = Filled("phone", None, 0.7, scene.span(first, last), (digits,) if len(digits) <= 12 else ())
    return Claim(first, last, (digits,), (filled,))


def _regroup(scene: Scene, run: Sequence[Atom], length: int) -> tuple[str, int] | None:
    """The digits of the whole run when they can come to `length`, with the number of cuts against custom."""
    table = _table(scene, run)
    ends = [(digits, cuts) for end, digits, cuts in _ends(table, 0, length) if end == len(run)]
    return min(ends, key=lambda e: e[1]) if ends else None


def _ends(table: list[list[_Piece]], start: int, length: int) -> list[_Piece]:
    """Ends of the readings from `start` that have exactly `length` digits: (end, digits, cuts).

    `table` holds the pieces that may begin at each atom. At most `_KEPT` readings an atom survive, least cuts first.
    """
    states: dict[int, list[tuple[str, int]]] = {start: [("", 0)]}
    found: list[_Piece] = []
    for index in range(start, len(table)):
        held = states.pop(index, ())
        for digits, cuts in sorted(held, key=lambda s: s[1])[:_KEPT]:
            for end, piece, cost in table[index]:
                longer = digits + piece
                if len(longer) == length:
                    found.append((end, longer, cuts + cost))
                elif len(longer) < length:
                    states.setdefault(end, []).append((longer, cuts + cost))
        if not states:
            break
    return found


def _table(scene: Scene, run: Sequence[Atom]) -> list[list[_Piece]]:
    """Pieces by their first atom; tens and units are taken apart only in digit-by-digit dictation."""
    thousands = any(atom.rank >= THOUSAND for atom in run)
    table = [_pieces(scene, run, index, thousands=thousands) for index in range(len(run))]
    return [_unforced(run, i, pieces) for i, pieces in enumerate(table)]


def _unforced(run: Sequence[Atom], index: int, pieces: list[_Piece]) -> list[_Piece]:
    """Pieces without the cuts nobody makes: "тридцять чотири" is 34 unless more single digits follow."""
    singles = index + 2 < len(run) and run[index].rank == TENS and run[index + 2].rank == UNIT
    return [p for p in pieces if not p[2] or singles]


def _pieces(scene: Scene, run: Sequence[Atom], index: int, *, thousands: bool) -> list[_Piece]:
    """Numbers that may begin at `index`: (end, digits, cost of reading it shorter than usual)."""
    atom = run[index]
    pieces = [(index + 1, atom.digits)]
    value, rank, end = atom.value, atom.rank, index + 1
    while end < len(run) and rank in (HUNDREDS, TENS) and adjacent(scene.words, run[end - 1], run[end]):
        after = run[end]
        if after.rank not in ((UNIT,) if rank == TENS else (UNIT, TEEN, TENS)) or after.ordinal:
            break
        value += after.value
        rank = UNIT if after.rank == TEEN else after.rank
        end += 1
        pieces.append((end, f"{value:.0f}"))
    if thousands:
        whole = compose(run, index, scene.words)
        if whole.end > end and whole.digits.isdigit() and whole.value >= 1000:
            pieces.append((whole.end, whole.digits))
    longest = max(stop for stop, _ in pieces)
    return [(stop, digits, 0 if stop == longest else 1) for stop, digits in pieces]
