"""Which case the words before a number ask for.

`cases` looks at the words right before a place in the text and returns the cases in order of preference; an empty tuple means
that nothing governs (the nominative then). Adverbs of measure (`приблизно`, `майже`) are looked through, and so is the first
half of a pair (`між 9 та 18`, `о 9:00 або 10:30`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from call_center.tts.spoken.grammar import Case

Cases = tuple[Case, ...]

_G, _D, _A, _I, _L = (Case.GEN,), (Case.DAT,), (Case.ACC,), (Case.INS,), (Case.LOC,)
GOVERNMENT: dict[str, Cases] = {
    **dict.fromkeys(
        ["від", "од", "до", "без", "для", "після", "біля", "коло", "близько", "замість", "крім", "окрім", "протягом", "упродовж", "впродовж", "серед", "навколо", "проти", "поблизу", "більше", "менше", "вище", "нижче", "щодо", "дорожче", "дешевше", "ближче", "довше", "раніше", "пізніше", "порядку"], _G,
    ),
    **dict.fromkeys(("з", "із", "зі"), (Case.GEN, Case.INS)),
    **dict.fromkeys(("на", "в", "у", "по"), (Case.ACC, Case.LOC)),
    **dict.fromkeys(("через", "про", "понад", "крізь", "поверх"), _A),
    **dict.fromkeys(("за", "під", "над"), (Case.ACC, Case.INS)),
    **dict.fromkeys(("між", "перед", "поміж"), _I),
    **dict.fromkeys(("о", "об", "при"), _L),
    **dict.fromkeys(("завдяки", "всупереч", "назустріч", "дорівнює"), _D),
    **dict.fromkeys(
        ["коштує", "коштують", "коштуватиме", "коштуватимуть", "коштувало", "коштувала", "сплатити", "заплатити", "сплатіть", "доплатити", "заощадите", "отримаєте", "візьмете", "замовити", "замовляєте", "купити", "беріть", "знайшла", "знайшов", "знайшли", "маємо", "має", "маю", "мають", "додати", "бере"], _A,
    ),
}  # fmt: skip
ADVERBS = frozenset(
    [
        "приблизно",
        "майже",
        "лише",
        "тільки",
        "аж",
        "ще",
        "всього",
        "усього",
        "рівно",
        "максимум",
        "мінімум",
        "десь",
        "хоча",
        "б",
        "би",
        "щонайменше",
        "щонайбільше",
        "орієнтовно",
        "ніж",
        "цілих",
        "точно",
        "саме",
        "вже",
        "буде",
    ]
)
LABELS = frozenset(
    [
        "номер",
        "номером",
        "номера",
        "замовлення",
        "відділення",
        "поштомат",
        "поштомату",
        "поштоматі",
        "індекс",
        "індексом",
        "будинок",
        "будинку",
        "квартира",
        "квартирі",
        "корпус",
        "корпусі",
        "офіс",
        "офісі",
        "код",
        "кодом",
        "телефон",
        "телефону",
        "артикул",
        "маршрут",
        "накладна",
        "накладної",
        "станція",
        "пункт",
        "під'їзд",
        "бокс",
        "пост",
    ]
)
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*\.?")
_JOINING = frozenset(("та", "і", "й", "чи", "або"))
_REACH = 60  # characters before a number that are looked at
_PAIR = re.compile(
    r"(?<![^\W\d_])(між|поміж|від|з|із|до|о|об|на|за|через|для|без|після)\s+[\d:., –-]+\s*(?:[^\W\d_]+\s+)?(?:та|і|й|чи|або|та й)\s+$",
    re.IGNORECASE,
)


# the clock times before in a row of them: `о 9:00, 12:30`
_TIMES = re.compile(
    r"(?<![^\W\d_])(о|об|на|до|після|з|від)\s+\d{1,2}:\d\d(?:,\s+\d{1,2}:\d\d)*,\s+$", re.IGNORECASE
)


def _words(tail: str) -> list[str]:
    """Up to three lower-case words at the end of `tail` with only spaces between, nearest last."""
    found: list[str] = []
    if tail[-1:] == " ":
        for token in reversed(tail.split()[-3:]):
            if not _WORD.fullmatch(token):
                break
            found.insert(0, token.lower().rstrip("."))
    return found


@lru_cache(maxsize=2048)
def _governing(tail: str) -> str:
    words = _words(tail)
    if words[-1:] == ["ніж"]:
        return ""
    while words and words[-1] in ADVERBS:
        words.pop()
    if words and words[-1] in _JOINING and (pair := _PAIR.search(tail)):
        return pair[1].lower()
    return words[-1] if words else ""


def governing_word(text: str, at: int) -> str:
    """The word that governs what stands at `at`, or ""."""
    return _governing(text[max(0, at - _REACH) : at])


def cases(text: str, at: int) -> Cases:
    """Cases that the words before `at` allow, in order of preference."""
    return GOVERNMENT.get(governing_word(text, at), ())


def clock_cases(text: str, at: int) -> Cases:
    """Cases for a clock time, which a preposition before the first of a row governs too: `о 9:00, 12:30`."""
    row = _TIMES.search(text[max(0, at - _REACH) : at])
    return GOVERNMENT[row[1].lower()] if row else cases(text, at)


def first(options: Cases, default: Case = Case.NOM) -> Case:
    """The preferred case, or the default when nothing governs."""
    return options[0] if options else default
