"""Latin letters, words and codes as a Ukrainian says them.

Known names come from `pronunciation.json` (brands, makes and models of the catalogue, words of tyre names); unknown words are
transliterated by English-like rules, acronyms and codes are spelt. The result holds Ukrainian letters, spaces, hyphens, apostrophes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from call_center.tts.spoken.numerals import cardinal, group

LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            "ей",
            "бі",
            "сі",
            "ді",
            "і",
            "еф",
            "джі",
            "аш",
            "ай",
            "джей",
            "кей",
            "ель",
            "ем",
            "ен",
            "оу",
            "пі",
            "кю",
            "ер",
            "ес",
            "ті",
            "ю",
            "ві",
            "дабл-ю",
            "ікс",
            "вай",
            "зет",
        ],
        strict=True,
    )
)
CYRILLIC_LETTERS = dict(
    zip(
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        [
            "а",
            "бе",
            "ве",
            "ге",
            "ґе",
            "де",
            "е",
            "є",
            "же",
            "зе",
            "и",
            "і",
            "ї",
            "йот",
            "ка",
            "ель",
            "ем",
            "ен",
            "о",
            "пе",
            "ер",
            "ес",
            "те",
            "у",
            "еф",
            "ха",
            "це",
            "че",
            "ша",
            "ща",
            "знак",
            "ю",
            "я",
        ],
        strict=True,
    )
)
VOWELS = set("aeiouy")
CYRILLIC_VOWELS = set("аеєиіїоуюя")

# Read longest first, left to right. ^ and $ tie a rule to an end of the word.
_RULES: tuple[tuple[str, str], ...] = (
    ("^x", "кс"), ("^kn", "н"), ("^wr", "р"), ("^ps", "пс"), ("tion", "шн"), ("sion", "жн"), ("sch", "ш"), ("tch", "ч"), ("igh", "ай"),
    ("eau", "о"), ("oo", "у"), ("ee", "і"), ("ea", "і"), ("ou", "ау"), ("ow", "оу"), ("oa", "оу"), ("ai", "ей"), ("ay", "ей"),
    ("ey", "і"), ("eu", "ею"), ("ew", "ью"), ("au", "ау"), ("aw", "о"), ("ie", "і"), ("oi", "ой"), ("oy", "ой"), ("ui", "уї"),
    ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("th", "т"), ("ph", "ф"), ("gh", "г"), ("ck", "к"), ("qu", "кв"),
    ("ce", "се"), ("ci", "сі"), ("cy", "сі"), ("ge", "дже"), ("gi", "джі"), ("gy", "джі"), ("ya", "я"), ("yu", "ю"), ("yo", "йо"), ("ye", "є"),
    ("ia", "ія"), ("io", "іо"), ("iu", "іу"), ("yi", "ї"), ("ju", "дж" + "у"), ("ts", "ц"), ("ss", "сс"),
    ("ce$", "с"), ("ge$", "дж"), ("ne$", "н"), ("te$", "т"), ("re$", "р"), ("le$", "ль"), ("se$", "с"), ("ve$", "в"), ("de$", "д"), ("ke$", "к"),
    ("me$", "м"), ("ze$", "з"), ("y$", "і"), ("^y", "й"), ("er$", "ер"), ("l$", "ль"),
    *zip("abcdefghijklmnopqrstuvwxyz", ["а", "б", "к", "д", "е", "ф", "г", "х", "і", "дж", "к", "л", "м", "н", "о", "п", "к", "р", "с", "т", "у", "в", "в", "кс", "і", "з"], strict=True),
)  # fmt: skip


def _table() -> dict[str, str]:
    text = files("call_center.tts.spoken").joinpath("pronunciation.json").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in json.loads(text).items()}


PRONUNCIATION = _table()
LONGEST_NAME = max(len(key.split()) for key in PRONUNCIATION)


def spell(word: str) -> str:
    """Letter by letter, Latin or Cyrillic; other characters are left out."""
    names = (LETTERS.get(char) or CYRILLIC_LETTERS.get(char) for char in word.lower())
    return " ".join(name for name in names if name)


def fold(text: str) -> str:
    """Latin letters without their accents (Škoda, Citroën), Cyrillic й and ї untouched."""
    if text.isascii():
        return text
    return "".join(
        (unicodedata.normalize("NFKD", char)[0] if "LATIN" in unicodedata.name(char, "") else char)
        for char in text
    )


def transliterate(word: str) -> str:
    """An unknown Latin word in Ukrainian letters, pronounceable if not always right."""
    text, out, at = word.lower(), "", 0
    while at < len(text):
        for latin, cyrillic in _RULES:
            core = latin.strip("^$")
            if not text.startswith(core, at):
                continue
            if (latin[0] == "^" and at) or (latin[-1] == "$" and at + len(core) != len(text)):
                continue
            out += cyrillic
            at += len(core)
            break
        else:
            at += 1
    return re.sub(r"^([еі])(?=[аоу])", r"\1", out)


def is_spelt(word: str) -> bool:
    """Acronyms are spelt: short capitals, or no vowel at all."""
    lower = word.lower()
    return len(word) == 1 or not VOWELS & set(lower) or (word.isupper() and len(word) <= 3)


@lru_cache(maxsize=4096)
def latin(word: str) -> str:
    """One word of Latin letters in spoken form."""
    known = PRONUNCIATION.get(word.lower())
    if known:
        return known
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", word)
    if len(parts) > 1 and all(len(part) > 2 for part in parts):  # CamelCase of tyre names
        return " ".join(latin(part) for part in parts)
    return spell(word) if is_spelt(word) else transliterate(word)


@lru_cache(maxsize=4096)
def code(text: str) -> str:
    """A word of letters and digits: `LM005` is `ель ем нуль нуль п'ять`."""
    known = PRONUNCIATION.get(text.lower())
    if known:
        return known
    words: list[str] = []
    for part in re.findall(r"[A-Za-z]+|\d+|[^\W\d_]+", text):
        if part.isdecimal():
            words.append(cardinal(int(part)) if len(part) <= 3 and part[0] != "0" else digit_groups(part))
        elif part.isascii():
            words.append("а" if part in {"A", "a"} and len(text) > 1 else latin(part))
        else:
            words.append(spell(part) if len(part) <= 2 else part)
    return " ".join(words)


def digit_groups(text: str) -> str:
    """Digits in groups of three from the right, as an order number is dictated."""
    text = re.sub(r"\D", "", text)
    head = len(text) % 3
    groups = [text[:head], *(text[at : at + 3] for at in range(head, len(text), 3))]
    return ", ".join(group(part) for part in groups if part)
