"""Free words that fill a slot: a recipient's name, a street address; and digits that must not be kept. Pure.

Names are letters only, at most three words; what is more or less is not taken. An address keeps the caller's words
with numerals written as digits; it counts as whole when it has a number in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.fuzz import ratio

from call_center.understanding.numerals import Atom, Group, atoms, groups
from call_center.understanding.phonetics import sound
from call_center.understanding.words import tokens

MAX_NAME_WORDS: Final = 3
MAX_ADDRESS: Final = 120  # characters
_LEAD = re.compile(
    r"^(?:так|да|ну|ні|нє|нет|а|ой|добре|мене|меня|мое|моє|моя|моє ім'я|ім'я|имя|звати|звуть|зовут|звать|це|это|я|"
    r"на|отримувач(?:ем|ка)?|одержувач|получатель|буде|будет|пишіть|запишіть|запиши|записуйте|оформіть|оформляйте|"
    r"прізвище|фамилия|зветься|ім'я й прізвище|пан|пані|дружин[аи]|отримає|забиратиме|забере|інше|краще|давайте|"
    r"правильно|точніше|виправте)$",
    re.IGNORECASE,
)
_NOT_NAME: Final = frozenset({
    "навіщо", "зачем", "вам", "ви", "вы", "моє", "мене", "ваше", "знаєте", "цей",
    "не", "знаю", "так", "ні", "ага", "угу", "алло", "що", "шо", "як", "чому", "який", "яка", "яке",
    "коли", "скільки", "де", "куди", "дякую", "спасибі", "доставка", "пошта", "оплата", "шини", "шин",
    "номер", "телефон", "оператор", "оператора", "людину", "повторіть", "зачекайте", "хвилинку",
    "секунду", "нет", "да", "можна", "треба", "хочу", "потім", "пізніше", "будь", "ласка", "пожалуйста",
    "передумав", "передумала", "скасуйте", "стоп", "той", "самий", "та", "сама", "інше", "імя",
    "замовлення", "перепрошую", "розчула", "розчув", "почула", "вибачте", "простите", "добрий", "день",
    "вітаю", "інший", "другий", "тут", "здесь", "там", "за", "до", "від", "для", "про", "при", "під", "над", "без", "из",
    "от", "по", "со", "із", "зі", "об", "вже", "уже", "ще", "ше", "еще", "ещё", "зараз", "щас", "сейчас", "просто", "тільки",
    "только", "дуже", "очень", "тоді", "тогда", "потом", "поки", "пока", "бо", "але", "когда", "как", "или", "або",
    "чи", "він", "вона", "воно", "вони", "они", "оно", "она", "ми", "мы", "ты", "ти", "мені", "мне", "нас", "вас", "кажу",
    "говорю", "слухаю", "слушаю", "чую", "слышу", "їду", "еду", "іду", "стою", "був", "була", "есть", "нема", "алё", "альо",
    "ало", "все", "всьо", "всё", "добре", "хорошо", "скажіть", "скажите", "чекайте", "почекайте", "подождите",
})  # fmt: skip
_POLITE: Final = frozenset(
    {"телефон", "номер", "дякую", "спасибі", "спасибо", "будь", "ласка", "пожалуйста", "прошу"}
)
_WORD = re.compile(r"[А-ЯЁІЇЄҐа-яёіїєґA-Za-z][А-ЯЁІЇЄҐа-яёіїєґA-Za-z'’ʼ-]*")
_NAMED = re.compile(
    r"(?:отримувач(?:ем)?|одержувач(?:ем)?|получател\w+|ім['’ʼ]?я|имя|прізвище|фамилия|звати|зовут|звуть)\s+"
    r"(?:буде |—|-|:)?\s*((?:[А-ЯЁІЇЄҐа-яёіїєґ'’ʼ-]+\s*){1,3})",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b(?:вул(?:иц\w+|\.)?|улиц\w+|просп(?:ект\w*|\.)?|бульвар\w*|бул(?:\.|ьв\.)|пров(?:улок|улку|\.)?|переулок|"
    r"площ\w+|набережн\w+|шосе|мікрорайон\w*|житловий масив)\s.*",
    re.IGNORECASE | re.DOTALL,
)
_END = re.compile(
    r"[,;.]?\s*(?:телефон|номер телефону|отримувач|оплата|оплачу|дякую|будь ласка).*$", re.IGNORECASE
)
RECIPIENT_ALIKE: Final = 75.0  # per cent of the sounds of "отримувач"
_LEAST_WORD = 5  # sounds
_STREET_SOUND, _HOUSE_SOUND = sound("вулиця"), sound("будинок")
_AVENUE_SOUND = sound("проспект")
_AS_STREET, _AS_HOUSE, _AS_AVENUE = 60.0, 74.0, 85.0  # per cent of likeness
_TORN_HOUSE: Final = re.compile(r"\b(\d*[2-9]0)\s+([1-9]|[^\W\d_]{3,7})$")
_UNITS: Final = [
    sound(unit) for unit in ("один", "два", "три", "чотири", "п'ять", "шість", "сім", "вісім", "дев'ять")
]
_AS_UNIT, _CLEARLY = 70.0, 10.0  # per cent of likeness
_SECRETS: Final = (
    ("cvv", 3, 4), ("cvc", 3, 4), ("цвв", 3, 4), ("свв", 3, 4), ("сівіві", 3, 4), ("сівісі", 3, 4), ("сіві", 3, 4),
    ("іпн", 8, 12), ("інн", 8, 12), ("инн", 8, 12), ("рнокпп", 8, 12), ("податков", 8, 12), ("ідентифікац", 8, 12),
    ("идентификац", 8, 12),
)  # fmt: skip
"""Words that announce a secret, and how many digits it has."""
CUT: Final = "[вилучено]"


def name_in(text: str, *, asked: bool) -> tuple[str, tuple[int, int]] | None:
    """The name and its span: the whole answer when it was asked, else only after a word such as "отримувач"."""
    if not asked:
        named = _NAMED.search(text)
        if named is None:
            return None
        start, text = named.start(1), named[1]
    else:
        start = 0
    words = [(m[0], m.start() + start, m.end() + start) for m in _WORD.finditer(text)]
    while words and (_LEAD.match(words[0][0]) or (len(words) > 1 and _sounds_like_recipient(words[0][0]))):
        words.pop(0)
    if not words or len(words) > MAX_NAME_WORDS + 1 or any(ch in "?0123456789" for ch in text):
        return None
    while words and words[-1][0].lower() in _POLITE:
        words.pop()
    words = words[:MAX_NAME_WORDS]
    if not words:
        return None
    plain = [w.lower().replace("'", "").replace("’", "") for w, _, _ in words]
    if any(w in _NOT_NAME for w in plain) or any(len(w) < 2 for w in plain):
        return None
    name = " ".join(w[:1].upper() + w[1:] for w, _, _ in words)
    return name[:60], (words[0][1], words[-1][2])


def _sounds_like_recipient(word: str) -> bool:
    """Whether it is "отримувач" as a recogniser garbles it ("потримувачила")."""
    return ratio(sound(word.lower()), sound("отримувач")) >= RECIPIENT_ALIKE


def address_in(text: str, *, asked: bool) -> str | None:
    """The street address in the caller's words; unasked, from a word such as "вулиця" on."""
    text = plain(text) if asked else text
    street = _STREET.search(text)
    found = street[0] if street else text if asked else ""
    found = _TORN_HOUSE.sub(_whole_number, _END.sub("", written(found)).strip(" ,.;"))
    if not found or len(found) > MAX_ADDRESS:
        return None
    if street is None and not any(ch.isdigit() for ch in found):
        return _bare_street(found) if asked else None
    return found


def _whole_number(torn: re.Match[str]) -> str:
    """Tens and a garbled unit after them as one number ("20 чист" is 26); as it was when the word is like no unit."""
    if torn[2].isdigit():
        return str(int(torn[1]) + int(torn[2]))
    key = sound(torn[2].lower())
    ranked = sorted(((ratio(key, unit), value) for value, unit in enumerate(_UNITS, 1)), reverse=True)
    (best, value), (second, _) = ranked[:2]
    return str(int(torn[1]) + value) if best >= _AS_UNIT and best - second >= _CLEARLY else torn[0]


def _bare_street(text: str) -> str | None:
    """A street's name said alone ("Соборності"), when the address was asked and the words are no answer of another kind."""
    words = [w.lower().replace("'", "").replace("’", "") for w in _WORD.findall(text)]
    while words and words[0] in ("ну", "на", "по", "це", "в", "у"):
        words.pop(0)
    plain = 1 <= len(words) <= MAX_NAME_WORDS and not any(w in _NOT_NAME or len(w) < 4 for w in words[:1])
    return text if plain and "?" not in text and not any(w in _NOT_NAME for w in words) else None


def is_whole(address: str) -> bool:
    """Whether an address has a street and a house number."""
    return any(ch.isdigit() for ch in address) and re.search(r"[^\W\d_]{3,}", address) is not None


def plain(text: str) -> str:
    """The text with the words for street and house spelt, which a recogniser garbles more than names."""

    def word(match: re.Match[str]) -> str:
        key = sound(match[0].lower())
        if len(key) >= _LEAST_WORD and ratio(key, _STREET_SOUND) >= _AS_STREET:
            return "вулиця"
        if ratio(key, _AVENUE_SOUND) >= _AS_AVENUE:
            return "проспект"
        return "будинок" if len(key) >= _LEAST_WORD and ratio(key, _HOUSE_SOUND) >= _AS_HOUSE else match[0]

    return _WORD.sub(word, text)


def written(text: str) -> str:
    """Numerals of the text as digits, everything else as it is."""
    words = tokens(text)
    items = atoms(words)
    out, at = "", 0
    for group in groups(items, words):
        first, last = words[items[group.start].first].start, words[items[group.end - 1].last].end
        if first < at or not group.digits.isdigit():
            continue
        out += text[at:first] + group.digits
        at = last
    return out + text[at:]


@lru_cache(maxsize=64)  # a turn asks several times
def redact(text: str) -> str:
    """The transcript without card numbers, CVV and tax ids, whether said in words or in digits."""
    words = tokens(text)
    items = atoms(words)
    cuts: list[tuple[int, int]] = []
    for run in _runs(items):
        first, last = run[0].first, run[-1].last
        parts = [g for g in groups(run, words) if g.digits.isdigit()]
        digits = "".join(g.digits for g in parts)
        before = "".join(token.low.replace("'", "") for token in words[max(0, first - 5) : first])
        if any(w in before and low <= len(digits) <= high for w, low, high in _SECRETS):
            cuts.append((words[first].start, words[last].end))
            continue
        card = _card_in(parts)
        if card is not None:
            cuts.append((words[run[card[0]].first].start, words[run[card[1] - 1].last].end))
    for start, end in reversed(cuts):
        text = f"{text[:start]}{CUT}{text[end:]}"
    return text


def _card_in(parts: Sequence[Group]) -> tuple[int, int] | None:
    """The atoms that make a card number among the numbers of one run."""
    for start in range(len(parts)):
        digits = ""
        for part in parts[start:]:
            digits += part.digits
            if is_card(digits):
                return parts[start].start, part.end
    return None


def _runs(items: Sequence[Atom]) -> list[list[Atom]]:
    """Numerals with at most one other word or sign between neighbours."""
    runs: list[list[Atom]] = []
    for atom in items:
        if runs and atom.first - runs[-1][-1].last <= 2:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    return runs


def is_card(digits: str) -> bool:
    """Whether these digits are a payment card: right by Luhn's check, or of its length and first digit."""
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [int(d) * (1 + index % 2) for index, d in enumerate(reversed(digits))]
    if sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0 and digits[0] in "23456":
        return True
    return len(digits) in (15, 16) and digits[0] in "3456"
