"""Words of an utterance with their place in the text.

A token is a run of digits, a run of letters (apostrophes inside kept out of the folded form) or one sign. Hyphenated
words become several tokens: callers' letters are written "сі-ер-ві" as well as "сі ер ві". At most `LIMIT` words are
looked at, so that a recogniser gone wild costs no more than a long sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LIMIT = 200  # tokens; more than a minute of fast speech

_PAUSE = re.compile(r"\.{2,}|…")  # how recognisers write a hesitation: it parts nothing
_TOKEN = re.compile(r"\d+|[rR](?=[а-яіїєґ])|[^\W\d_]+(?:['’ʼ`´ʹ″\"][^\W\d_]+)*|[^\w\s]")
_SIGNS = re.compile("['’ʼ`´ʹ″\"ьъ]")
_LATIN_LOOKALIKE = str.maketrans("aceiopxykmthb", "асеіорхукмтнв")
_VOWELS = str.maketrans({"ї": "и", "і": "и", "ы": "и", "є": "е", "ё": "е", "э": "е", "ґ": "г"})
_DOUBLE = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign; `low` is lower case without apostrophes, `fold` joins spellings of uk and ru."""

    text: str
    low: str
    fold: str
    start: int
    end: int
    kind: str  # "word", "digits" or "sign"


@lru_cache(maxsize=8192)
def fold(low: str) -> str:
    """Spelling-blind form: і=и=ы=ї, е=є=э=ё, ґ=г, single letters for doubled, no ь and no apostrophe."""
    return _DOUBLE.sub(r"\1", _SIGNS.sub("", low).translate(_VOWELS))


def lower(word: str) -> str:
    """Lower case, one kind of apostrophe, Latin look-alikes inside a Cyrillic word made Cyrillic."""
    low = word.lower()
    if not low.isascii() and any("a" <= ch <= "z" for ch in low):
        low = low.translate(_LATIN_LOOKALIKE)
    for sign in '’ʼ`´ʹ″"':
        low = low.replace(sign, "'")
    return low


@lru_cache(maxsize=256)  # a turn looks at its own words a dozen times
def tokens(text: str) -> tuple[Token, ...]:
    """Split `text`, at most `LIMIT` tokens."""
    found: list[Token] = []
    text = _PAUSE.sub(lambda pause: " " * len(pause.group()), text)
    for match in _TOKEN.finditer(text):
        raw = match.group()
        if raw.isdigit():
            # other scripts' digits are digits too; the shop wants 0-9
            plain = "".join(str(int(ch)) if ch.isdecimal() else "" for ch in raw)
            if not plain:
                continue
            found.append(Token(raw, plain, plain, match.start(), match.end(), "digits"))
        elif raw[0].isalpha():
            low = lower(raw)
            found.append(Token(raw, low, fold(low), match.start(), match.end(), "word"))
        else:
            found.append(Token(raw, raw, raw, match.start(), match.end(), "sign"))
        if len(found) >= LIMIT:
            break
    return tuple(found)
