"""Spoken and written numbers as atoms, and the default way to join atoms into numbers.

An atom is the smallest thing said: a numeral word, a run of digits, a run of zeros ("три нулі"). What atoms mean
together depends on what is being asked ("сорок п'ять" is 45, or 40 and 5 of a phone), so recognisers of slots regroup
them; `groups` is the reading when nothing is known. A comma keeps numbers apart. Leading zeros are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from call_center.understanding.lexicon import (
    DIGIT_NOUNS,
    HALF,
    HUNDREDS,
    MILLION,
    NUMERALS,
    ONE_AND_HALF,
    SHORT_HALVES,
    TEEN,
    TENS,
    THOUSAND,
    UNIT,
    ZERO_WORDS,
)
from call_center.understanding.near_numerals import near_numeral
from call_center.understanding.words import Token

DIGITS = 0  # an atom written in digits
ZERO = -1  # a run of zeros
FRACTION = -2  # півтори

_PLURAL_ZERO = frozenset({"нули", "нулив", "нуля", "ноля", "ноли", "нулеи", "нулики", "нолики"})
_ENDINGS = frozenset(
    [
        "го",
        "ого",
        "й",
        "ій",
        "ий",
        "ї",
        "ої",
        "а",
        "я",
        "та",
        "тя",
        "у",
        "ту",
        "ю",
        "тю",
        "те",
        "є",
        "ше",
        "ме",
        "ті",
        "ти",
        "их",
        "ими",
        "му",
        "ому",
        "м",
        "м'я",
    ]
)
_TORN = ("надцят", "нацят", "дцят")  # a numeral that the recogniser wrote as two words goes on like this
_TORN_WHOLE = frozenset({"десят", "сот", "ста", "сті", "сти"})
_ZEROS_GLUED = re.compile(r"(?:н[уо]л[иея]?){2,4}")
_TIMES = {"двичи": 2, "дважди": 2, "тричи": 3, "трижди": 3}
_JOINERS = frozenset({"з", "из", "зи", "с", "со", "и", "та"})


class Atom(NamedTuple):
    """One spoken or written piece of a number; `first` and `last` are token indices, `digits` its plain writing."""

    value: float
    rank: int
    ordinal: bool
    digits: str
    first: int
    last: int


class Group(NamedTuple):
    """Atoms read as one number: atoms[start:end] with `digits` as it would be written."""

    digits: str
    value: float
    ordinal: bool
    start: int
    end: int


@lru_cache(maxsize=4096)
def numeral(folded: str) -> tuple[tuple[int, int, bool], ...]:
    """The numerals in one folded word: one, several when glued together, none when it is another word."""
    plain = folded.replace("'", "")
    found = NUMERALS.get(plain)
    if found:
        return (found,)
    if not 6 <= len(plain) <= 45:
        return ()
    glued = _unglue(plain, 3)
    if glued:
        return glued
    near = near_numeral(plain)
    return (near,) if near else ()


def _unglue(word: str, parts: int) -> tuple[tuple[int, int, bool], ...]:
    whole = NUMERALS.get(word)
    if whole:
        return (whole,)
    if parts == 1:
        return ()
    for cut in range(len(word) - 2, 2, -1):
        head = NUMERALS.get(word[:cut])
        if head and not head[2]:
            tail = _unglue(word[cut:], parts - 1)
            if tail and tail[0][1] < head[1]:
                return (head, *tail)
    return ()


def atoms(words: Sequence[Token]) -> list[Atom]:
    """Every atom of the utterance in order."""
    found: list[Atom] = []
    index = 0
    while index < len(words):
        token = words[index]
        if token.kind == "digits":
            if not _decimal(found, words, index):
                last = _suffix(words, index)
                found.append(Atom(float(token.low[:15]), DIGITS, last > index, token.low, index, last))
                index = last
        elif token.kind == "word":
            _word_atoms(found, words, index)
        index += 1
    return _inverted(found, words)


def _inverted(found: list[Atom], words: Sequence[Token]) -> list[Atom]:
    """A plural thousand without a count takes the count after it: "тисячі три" is about three thousand."""
    result: list[Atom] = []
    for atom in found:
        last = result[-1] if result else None
        lone = len(result) < 2 or not adjacent(words, result[-2], result[-1])
        counts = atom.rank in (UNIT, TEEN, FRACTION)
        if last and lone and last.rank == THOUSAND and counts and not atom.ordinal:
            plural = words[last.first].fold.endswith(("ячи", "яч", "щи", "ищ", "ыщ"))
            if plural and adjacent(words, last, atom):
                value = int(atom.value * 1000)
                result[-1] = Atom(value, DIGITS, False, str(value), last.first, atom.last)
                continue
        result.append(atom)
    return result


def _word_atoms(found: list[Atom], words: Sequence[Token], index: int) -> None:
    """Add what the word at `index` means; a count before zeros or digit names is taken back."""
    folded = words[index].fold.replace("'", "")
    if _ZEROS_GLUED.fullmatch(folded):
        count = len(re.findall("н[уо]л", folded))
        found.append(Atom(0, ZERO, False, "0" * count, index, index))
        return
    if folded in ZERO_WORDS or folded in DIGIT_NOUNS:
        _repeated(found, folded, index)
        _times(found, words, index)
        return
    torn = _torn(words, index)
    if torn:
        if found and found[-1].last == index - 1:
            found.pop()
        found.append(Atom(torn[0], torn[1], torn[2], str(torn[0]), index - 1, index))
        return
    half = _half(found, words, index)
    if half:
        found.append(half)
        return
    plural = words[index].low.endswith("ті")  # "п'ятнадцяті" is folded like "п'ятнадцяти"
    for value, rank, ordinal in numeral(folded):
        found.append(Atom(value, rank, ordinal or (plural and rank < HUNDREDS), str(value), index, index))
    _times(found, words, index)


def _torn(words: Sequence[Token], index: int) -> tuple[int, int, bool] | None:
    """A numeral in two words: "сім десят", "дев'ять сот", "п'ят надцять"."""
    low = words[index].low
    if not index or not (low in _TORN_WHOLE or low.startswith(_TORN)) or words[index - 1].kind != "word":
        return None
    return NUMERALS.get((words[index - 1].fold + words[index].fold).replace("'", ""))


def _times(found: list[Atom], words: Sequence[Token], index: int) -> None:
    """A digit said once for several: "двічі нуль", "тричі сім"."""
    times = _TIMES.get(words[index - 1].fold, 0) if index else 0
    atom = found[-1] if found else None
    if times and atom and atom.first == index and atom.rank in (ZERO, UNIT) and len(atom.digits) == 1:
        digits, rank = atom.digits * times, ZERO if atom.rank == ZERO else DIGITS
        found[-1] = Atom(int(digits), rank, False, digits, index - 1, index)


def _repeated(found: list[Atom], folded: str, index: int) -> None:
    """ноль, "три нулі", "дві сімки": a counted digit is that many digits."""
    previous = found[-1] if found and found[-1].last == index - 1 else None
    counted = previous if previous and previous.rank in (UNIT, DIGITS) and 2 <= previous.value <= 9 else None
    if folded in DIGIT_NOUNS:
        if counted:
            digits = DIGIT_NOUNS[folded] * int(counted.value)
            found[-1] = Atom(int(digits), DIGITS, False, digits, counted.first, index)
    elif counted and folded in _PLURAL_ZERO:
        found[-1] = Atom(0, ZERO, False, "0" * int(counted.value), counted.first, index)
    else:
        found.append(Atom(0, ZERO, False, "0", index, index))


def _half(found: list[Atom], words: Sequence[Token], index: int) -> Atom | None:
    """півтори, пів тисячі, півсотні, "три з половиною" (takes the whole back), "тисяча з половиною"."""
    folded = words[index].fold.replace("'", "")
    if folded in ONE_AND_HALF:
        return Atom(1.5, FRACTION, False, "1.5", index, index)
    if folded in ("пив", "пол") and index + 1 < len(words) and _is_thousand(words[index + 1]):
        return Atom(0.5, FRACTION, False, "0.5", index, index)
    if folded in SHORT_HALVES:
        return Atom(SHORT_HALVES[folded], DIGITS, False, str(SHORT_HALVES[folded]), index, index)
    if folded in HALF and folded.startswith("полов") and _half_after(found, words, index):
        if found[-1].rank == THOUSAND:
            return Atom(500, DIGITS, False, "500", index - 1, index)
        whole = found.pop()
        return Atom(whole.value + 0.5, FRACTION, False, f"{whole.value + 0.5:g}", whole.first, index)
    return None


def _suffix(words: Sequence[Token], index: int) -> int:
    """The last token of digits with an ordinal's ending ("25-го", "16ті"); `index` itself when there is none."""
    end = words[index].end
    for at in range(index + 1, min(index + 3, len(words))):
        token = words[at]
        if token.start != end:
            break
        if token.kind == "word":
            return at if token.low in _ENDINGS else index
        if token.text not in "-‐‑–":
            break
        end = token.end
    return index


def _is_thousand(token: Token) -> bool:
    found = NUMERALS.get(token.fold.replace("'", ""))
    return found is not None and found[1] == THOUSAND


def _decimal(found: list[Atom], words: Sequence[Token], index: int) -> bool:
    """Whether the digit at `index` is the fraction of "2,5 тисячі"; the atom before becomes the whole of it."""
    before = found[-1] if found else None
    if before is None or before.rank != DIGITS or before.last != index - 2 or len(words[index].low) != 1:
        return False
    if words[index - 1].text not in ",." or index + 1 >= len(words) or not _is_thousand(words[index + 1]):
        return False
    text = f"{before.digits}.{words[index].low}"
    found[-1] = Atom(float(text), FRACTION, False, text, before.first, index)
    return True


def _half_after(found: list[Atom], words: Sequence[Token], index: int) -> bool:
    """Whether "половиною" closes a count: a cardinal, a joiner, the half."""
    if not found or found[-1].ordinal or found[-1].rank in (ZERO, FRACTION):
        return False
    last = found[-1].last
    return last == index - 2 and words[index - 1].fold in _JOINERS


def adjacent(words: Sequence[Token], left: Atom, right: Atom) -> bool:
    """Whether nothing was said or written between two atoms."""
    return right.first <= left.last + 1 or (
        right.first == left.last + 2 and words[left.last + 1].text == "-" and left.rank != DIGITS
    )


def compose(items: Sequence[Atom], start: int, words: Sequence[Token]) -> Group:
    """The longest single number that begins at atom `start`."""
    total, current, rank = 0.0, 0.0, 9
    zeros = ""
    thousands = False
    index = start
    ordinal = False
    while index < len(items):
        atom = items[index]
        if index > start and (not adjacent(words, items[index - 1], atom) or ordinal):
            break
        if atom.rank == ZERO:
            if index > start and (total or current):
                break
            zeros += atom.digits
            index += 1
            continue
        if atom.rank in (THOUSAND, MILLION):
            if (thousands and atom.rank == THOUSAND and current == 0) or zeros or rank == THOUSAND:
                break
            if atom.value > 1000 and atom.rank == THOUSAND and index > start:
                break
            total += (current or 1) * atom.value
            current, rank, thousands = 0.0, 9, True
        elif not _fits(atom, rank, thousands, first=index == start or bool(zeros and not current)):
            break
        else:
            current += atom.value
            rank = _next_rank(atom)
        ordinal = atom.ordinal
        index += 1
        if zeros and atom.rank == DIGITS:
            break
    value = total + current
    if not value and zeros:
        return Group(zeros, 0, False, start, index)
    only = items[start] if index == start + 1 else None
    digits = only.digits if only and only.rank == DIGITS else zeros + _plain(value, items, start, index)
    return Group(digits, value, ordinal, start, index)


def _plain(value: float, items: Sequence[Atom], start: int, end: int) -> str:
    last = items[end - 1]
    if last.rank == DIGITS and items[start].rank == ZERO:
        return last.digits
    return f"{value:.0f}" if value == int(value) else f"{value:g}"


def _next_rank(atom: Atom) -> int:
    if atom.rank in (DIGITS, FRACTION):
        return 1
    return UNIT if atom.rank == TEEN else atom.rank


def _fits(atom: Atom, rank: int, thousands: bool, *, first: bool) -> bool:
    if atom.rank in (DIGITS, FRACTION):
        return first or (thousands and rank == 9 and atom.rank == DIGITS and len(atom.digits) == 3)
    if rank == TENS:
        return atom.rank == UNIT
    if rank == HUNDREDS:
        return atom.rank in (UNIT, TEEN, TENS)
    return rank == 9


def groups(items: Sequence[Atom], words: Sequence[Token]) -> list[Group]:
    """The default reading: every atom belongs to exactly one group.

    Zeros lead the number after them, except in digit-by-digit dictation, where every digit stays apart.
    """
    found: list[Group] = []
    index = 0
    while index < len(items):
        run = _single_digits(items, index, words)
        if run - index >= 3:
            found += [
                Group(a.digits, a.value, a.ordinal, i, i + 1) for i, a in enumerate(items[index:run], index)
            ]
            index = run
            continue
        group = compose(items, index, words)
        if group.end == index:  # nothing composable begins here: stand alone
            atom = items[index]
            group = Group(atom.digits, atom.value, atom.ordinal, index, index + 1)
        found.append(group)
        index = group.end
    return found


def _single_digits(items: Sequence[Atom], start: int, words: Sequence[Token]) -> int:
    """End of the run of atoms from `start` that are all single digits said one by one."""
    index = start
    while (
        index < len(items)
        and items[index].rank in (ZERO, UNIT)
        and not items[index].ordinal
        and (index == start or adjacent(words, items[index - 1], items[index]))
    ):
        index += 1
    if index < len(items) and items[index].rank in (THOUSAND, MILLION) and index > start:
        return index - 1
    return index
