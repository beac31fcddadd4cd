"""Facts to speech: typed values in, spoken Ukrainian out, for flows, read-backs and the normaliser alike.

Everything here is exact: a value outside what can be spoken raises ValueError or KeyError with its reason. Money is in
hryvnias (int or Decimal with kopiykas). Cases default to what a plain statement needs.
"""

from __future__ import annotations

import re
from decimal import Decimal

from call_center.tts.spoken.calendar import clock, date, day, hour, on_date
from call_center.tts.spoken.grammar import Case, Gender
from call_center.tts.spoken.letters import LETTERS, PRONUNCIATION, code, digit_groups, fold
from call_center.tts.spoken.nouns import NOUNS, counted, form
from call_center.tts.spoken.numerals import cardinal, group, ordinal

__all__ = [
    "Case",
    "Gender",
    "address",
    "brand",
    "car",
    "cardinal",
    "clock",
    "count",
    "date",
    "day",
    "hour",
    "load_index",
    "model",
    "money",
    "on_date",
    "order_number",
    "ordinal",
    "percent",
    "phone",
    "price_range",
    "quantity_range",
    "size",
]  # fmt: skip

_SIZE = re.compile(r"(\d{3})/(\d{2})\s*Z?R?\s*(\d{2}(?:[.,]5)?)(C?)", re.IGNORECASE)


def money(amount: int | Decimal, case: Case = Case.NOM) -> str:
    """`money(3200)` is `три тисячі двісті гривень`; kopiykas follow when there are any."""
    kopiykas = int(Decimal(amount).quantize(Decimal("0.01")) * 100)
    hryvnias, rest = divmod(kopiykas, 100)
    words = counted(hryvnias, "гривня", case)
    return f"{words} {counted(rest, 'копійка', case)}" if rest else words


def count(number: int, lemma: str, case: Case = Case.NOM) -> str:
    """`count(2, "шина")` is `дві шини`. KeyError for a noun that is not in `nouns`."""
    if lemma not in NOUNS:
        raise KeyError(f"{lemma}: add it to call_center.tts.spoken.nouns")
    return counted(number, lemma, case)


def quantity_range(low: int, high: int, lemma: str) -> str:
    """`quantity_range(2, 4, "шина")` is `від двох до чотирьох шин`."""
    gender = NOUNS[lemma].gender
    return f"від {cardinal(low, Case.GEN, gender)} до {counted(high, lemma, Case.GEN)}"


def price_range(low: int, high: int) -> str:
    """`від двох тисяч до трьох тисяч п'ятисот гривень`."""
    return quantity_range(low, high, "гривня")


def percent(number: int, case: Case = Case.NOM) -> str:
    """`percent(5)` is `п'ять відсотків`."""
    return counted(number, "відсоток", case)


def with_half(text: str) -> str:
    """A dimension: `10.5` and `10,50` are `десять з половиною`; other fractions digit group after `кома`."""
    whole, _, part = text.replace(",", ".").partition(".")
    part = part.rstrip("0")
    words = cardinal(int(whole))
    if not part:
        return words
    return f"{words} з половиною" if part == "5" else f"{words} кома {group(part)}"


def size(text: str, pause: str = ", ") -> str:
    """`size("205/55 R16")` is `двісті п'ять на п'ятдесят п'ять, радіус шістнадцять`."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no tyre size: write it as 205/55 R16")
    return metric_size(match[1], match[2], match[3], commercial=bool(match[4]), pause=pause)


def metric_size(width: str, profile: str, rim: str, *, commercial: bool = False, pause: str = ", ") -> str:
    """The size from its three numbers; `commercial` adds the C of van tyres."""
    words = f"{cardinal(int(width))} на {cardinal(int(profile))}{pause}радіус {with_half(rim)}"
    return f"{words} {LETTERS['c']}" if commercial else words


def load_index(text: str) -> str:
    """`load_index("91V")` is `дев'яносто один ві`; double indexes are read one after the other."""
    match = re.fullmatch(r"(\d{2,3})(?:/(\d{2,3}))?\s*([A-Z]?)", text.strip().upper())
    if match is None:
        raise ValueError(f"{text!r} is no load and speed index: write it as 91V")
    numbers = [cardinal(int(part)) for part in match.group(1, 2) if part]
    return " ".join([*numbers, *([LETTERS[match[3].lower()]] if match[3] else [])])


def phone(text: str) -> str:
    """Groups of a Ukrainian number: `плюс триста вісімдесят, дев'яносто дев'ять, ...` or `нуль дев'яносто дев'ять, ...`."""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 12 and digits.startswith("380"):
        head = (
            ["плюс триста вісімдесят", group(digits[3:5])]
            if text.strip().startswith("+")
            else ["триста вісімдесят", group(digits[3:5])]
        )
        rest = digits[5:]
    elif len(digits) == 10 and digits.startswith("0800"):
        return ", ".join((f"нуль {group('800')}", group(digits[4:7]), group(digits[7:])))
    elif len(digits) == 10 and digits.startswith("0"):
        head, rest = [group(digits[:3])], digits[3:]
    else:
        return digit_groups(digits)
    return ", ".join([*head, group(rest[:3]), group(rest[3:5]), group(rest[5:])])


def order_number(text: str) -> str:
    """An order number in groups of three digits from the right; up to five digits as one number."""
    digits = re.sub(r"\D", "", text)
    if not digits:
        raise ValueError(f"{text!r} holds no digits of an order number")
    return cardinal(int(digits)) if len(digits) <= 5 and digits[0] != "0" else digit_groups(digits)


def brand(name: str) -> str:
    """A brand of tyres or cars; unknown ones are transliterated."""
    return model(name)


def model(name: str) -> str:
    """A model name, word by word where the whole is not known."""
    folded = fold(name).strip()
    known = PRONUNCIATION.get(folded.lower())
    return known or " ".join(code(part) for part in re.split(r"[\s/-]+", folded) if part)


def car(make: str, name: str) -> str:
    """Make and model: `car("Skoda", "Octavia")` is `Шкода Октавія`."""
    return f"{brand(make)} {model(name)}"


def address(street: str, house: str, kind: str = "вулиця") -> str:
    """`address("Сирецька", "12/4")` is `вулиця Сирецька, дванадцять дріб чотири`."""
    return f"{kind} {street}, {house_number(house)}"


def house_number(text: str) -> str:
    """A house number with its letter or fraction."""
    words = []
    for part in re.findall(r"\d+|/|[^\W\d_]+", text):
        if part.isdecimal():
            words.append(cardinal(int(part)) if len(part) < 6 else digit_groups(part))
        else:
            words.append("дріб" if part == "/" else code(part))
    return " ".join(words)


def unit(number: int, lemma: str, tail: str, case: Case = Case.NOM) -> str:
    """A number with a unit and its fixed tail: `сто двадцять кілометрів на годину`."""
    return f"{cardinal(number, case, NOUNS[lemma].gender)} {form(number, lemma, case)}{tail}"
