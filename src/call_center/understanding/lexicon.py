"""Numeral words of Ukrainian, Russian and surzhyk in all cases, in the folded spelling of `words.fold`.

`NUMERALS` maps a folded word to (value, rank, ordinal). Forms are generated from stems and endings once at import;
slips of the ear and of the keyboard ("пісят", "шіснадцять", "тристо", "тищу") are stems of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from call_center.understanding.words import fold

UNIT, TEEN, TENS, HUNDREDS, THOUSAND, MILLION = 1, 2, 3, 4, 5, 6

_UNITS: Final = {
    1: "один одна одне одно одну одного одному одним одній однієї одної однією одною одні одных одной адин адна",
    2: "два дві двоє двох двом двома две двух двум двумя двое двi дви двя двійко",
    3: "три троє трьох трьом трьома трох трем тремя трех трём трёх трое",
    4: "чотири четверо чотирьох чотирьом чотирма четыре четырех четырём четырьмя чатири чотирi штири шотири чотыре чотире четирі четыри четире четире чєтирі чтири четирьох четирьом",
    5: "п'ять пять пйать пйять пь'ять п'яти пяти п'ятьох п'ятьом п'ятьма пятью п'ятеро пятеро пьять п'ят пят",
    6: "шість шесь шесть шести шістьох шістьом шістьма шестью шестеро шість шіст шєсть шісті",
    7: "сім семь семи сімох сімом сімома семью семеро сєм сем сьом",
    8: "вісім вісєм восемь восьми восьмьох вісьмома восьмом восемью восьмеро вісем восім восем вісьом вісьмох вісьма",
    9: "дев'ять девять дев'яти девяти дев'ятьох дев'ятьом дев'ятьма девятью девьять дев'ят дівять",
}
_ORDINAL_STEMS: Final = {
    1: "перш перв",
    2: "друг втор",
    4: "четверт",
    5: "пят пьят",
    6: "шост шест",
    7: "сьом седьм",
    8: "восьм",
    9: "девят девьят",
    10: "десят",
    40: "сороков",
    90: "девяност девяностов",
    100: "сот",
    200: "двохсот двухсот",
    300: "трьохсот трёхсот",
    500: "пятисот",
    600: "шестисот",
    1000: "тисячн тысячн",
    2000: "двотисячн двухтысячн двохтисячн",
}
_TEEN_STEMS: Final = {
    11: "один оди адин адинн",
    12: "два дван две двен",
    13: "три трин",
    14: "чотир чотири четыр чатир штир четир чотыр",
    15: "пят пьят пет",
    16: "шіст шіс шест шес шист шиш",
    17: "сім сем сім'",
    18: "вісім восем вісем восім",
    19: "девят девьят дивят",
}
_TEEN_TAILS: Final = ("надцят", "нацят", "надцат", "нацат", "надсят", "надцит", "натцят", "нацит")
_RIM_SLANG: Final = {
    13: "тринашк тринашк",
    14: "чотирнашк четырнашк",
    15: "п'ятнашк пятнашк",
    16: "шістнашк шіснашк шестнашк",
    17: "сімнашк семнашк",
    18: "вісімнашк восемнашк",
    19: "дев'ятнашк девятнашк",
}
_TENS_STEMS: Final = {
    20: "двадцят двацят двадцат двацат двадсят двадцет двайцят двайсят",
    30: "тридцят трицят тридцат трицат тридсят",
    50: "пятдесят пятидесят пядесят пидесят пятдисят пісят пісьят п'ісят пиисят пийсят пядисят педесят пятдесят пітдесят пьятдесят",
    60: "шістдесят шестидесят шісдесят шестдесят шесдесят шісят шіздесят шіссят шістдисят шейсят шестдисят",
    70: "сімдесят семидесят семдесят сімдисят семдисят сімсят сімісят семсят",
    80: "вісімдесят восьмидесят восемдесят вісімдисят восемдисят вісімсят вісемдесят восімдесят восемсят",
}
_CARDINAL_TAILS: Final = ("", "ь", "и", "ьох", "ьом", "ьма", "ью", "ю", "ма", "ка")
_TENS_MORE: Final = {
    10: "десять десяти десятьох десятьома десятью дєсять десят десіть",
    40: "сорок сорока сорак",
    90: "дев'яносто дев'яноста девяносто девяноста дівяносто дев'яноста дев'яности девяносту дев'яносте дев'яносто дев'яноста",
}
_HUNDREDS: Final = {
    100: "сто ста стам сотня сотню сотні",
    200: "двісті двести двохсот двухсот двомстам двумстам двохстах двустах двєсті двісьті двесті двісти",
    300: "триста тристо трьохсот трёхсот трохсот трьомстам трёмстам трьохстах тріста",
    400: "чотириста чотирста четыреста четирєста четиреста четириста чатыреста чотирьохсот четырёхсот чотиристо четыресто чатириста чотирьомстам штириста",
    500: "п'ятсот пятьсот п'ятисот пятисот пятсто п'ятьсот п'ятьомстам пятистам п'яцот пятцот",
    600: "шістсот шестьсот шестисот шістисот шісот шіссот шессот шістьсот шестистам шіцот",
    700: "сімсот семьсот семисот сімисот семистам сємсот",
    800: "вісімсот восемьсот восьмисот вісімисот восьмистам вісемсот восімсот",
    900: "дев'ятсот девятьсот дев'ятисот девятисот девятистам дев'ятьсот",
}
_THOUSAND: Final = (
    "тис тисяча тисячі тисяч тисячу тисячею тисячам тисячами тисячах тысяча тысячи тысяч тысячу тысячей тысячам тысячами "
    "тысячах тища тищу тищі тищ тыща тыщу тыщи тыщ тищах тищами тысяча тисячов тісяч тісячі тіщі косар косаря косарі косарів"
)
_MILLION: Final = "мільйон мільйона мільйони мільйонів міліон міліона міліонів миллион миллиона миллионов"
_ADJECTIVE: Final = [
    "ий",
    "ій",
    "ой",
    "ый",
    "а",
    "я",
    "е",
    "є",
    "ое",
    "ая",
    "і",
    "ї",
    "ы",
    "ие",
    "ые",
    "у",
    "ю",
    "ую",
    "ого",
    "ього",
    "ої",
    "ьої",
    "ей",
    "ой",
    "ому",
    "ьому",
    "им",
    "ім",
    "ым",
    "ою",
    "ьою",
    "их",
    "іх",
    "ых",
    "ими",
    "іми",
    "ыми",
    "ом",
]
_THIRD: Final = (
    "третій третя третє треті третю третього третьої третьому третім третьою третіх третий третья третье третьи третью "
    "третьего третьей третьему третьим третьем третьих трет'я"
)

ZERO_WORDS: Final = frozenset(
    fold(w)
    for w in [
        "нуль",
        "ноль",
        "нуля",
        "ноля",
        "нулі",
        "нули",
        "ноли",
        "нулів",
        "нулей",
        "нулем",
        "нолик",
        "нулик",
        "зеро",
        "ноліки",
    ]
)
ONE_AND_HALF: Final = frozenset(
    fold(w) for w in ["півтори", "півтора", "полтора", "полторы", "полутора", "півтарa", "півтор", "пувтори"]
)
SHORT_HALVES: Final = {
    fold(word): value
    for value, words in {
        50: "півсотні полсотни",
        150: "півтораста полтораста півторасотні",
        500: "півтисячі полтисячі полтысячи півтищі полтыщи пітисячі",
    }.items()
    for word in words.split()
}
HALF: Final = frozenset(
    fold(w)
    for w in [
        "половиною",
        "половиной",
        "половина",
        "половину",
        "половинкою",
        "половинкой",
        "палавіной",
        "пів",
    ]
)


def _plain_forms() -> Iterator[tuple[str, int, int]]:
    """Words listed as they are: (word, value, rank)."""
    for value, words in _UNITS.items():
        yield from ((word, value, UNIT) for word in words.split())
    for value, words in _TENS_MORE.items():
        yield from ((word, value, TEEN if value == 10 else TENS) for word in words.split())
    for value, words in _HUNDREDS.items():
        yield from ((word, value, HUNDREDS) for word in words.split())
    yield from ((word, 1000, THOUSAND) for word in _THOUSAND.split())
    yield from ((word, 1_000_000, MILLION) for word in _MILLION.split())


def _stems() -> Iterator[tuple[str, int, int]]:
    """Stems that take endings: teens and tens."""
    for value, group in _TEEN_STEMS.items():
        yield from ((stem + tail, value, TEEN) for stem in group.split() for tail in _TEEN_TAILS)
    for value, group in _TENS_STEMS.items():
        yield from ((stem, value, TENS) for stem in group.split())


def _build() -> dict[str, tuple[int, int, bool]]:
    table: dict[str, tuple[int, int, bool]] = {}

    def add(word: str, value: int, rank: int, *, ordinal: bool = False) -> None:
        table.setdefault(fold(word.replace("'", "")), (value, rank, ordinal))

    for word, value, rank in _plain_forms():
        add(word, value, rank)
    for stem, value, rank in _stems():
        for tail in _CARDINAL_TAILS:
            add(stem + tail, value, rank)
        for tail in _ADJECTIVE:
            add(stem + tail, value, rank, ordinal=True)
    for value, group in _ORDINAL_STEMS.items():
        for stem in group.split():
            for tail in _ADJECTIVE:
                add(stem + tail, value, _rank(value), ordinal=True)
    for word in _THIRD.split():
        add(word, 3, UNIT, ordinal=True)
    for value, group in _RIM_SLANG.items():
        for stem in group.split():
            for tail in ("а", "у", "и", "і", "ою", "ах", "ами"):
                add(stem + tail, value, TEEN, ordinal=True)
    for word in ("сот", "сота", "вторник"):
        table.pop(fold(word), None)
    return table


def _rank(value: int) -> int:
    if value < 10:
        return UNIT
    if value == 10:
        return TEEN
    if value < 100:
        return TENS
    return HUNDREDS if value < 1000 else THOUSAND


NUMERALS: Final = _build()

_DIGIT_NOUNS: Final = {
    1: "одиниці одиниць единицы единиц одинички",
    2: "двійки двійок двойки двоек",
    3: "трійки трійок тройки троек",
    4: "четвірки четвірок четверки четверок",
    5: "п'ятірки п'ятірок пятерки пятерок",
    6: "шістки шісток шестерки шестерок",
    7: "сімки сімок семерки семерок",
    8: "вісімки вісімок восьмерки восьмерок",
    9: "дев'ятки дев'яток девятки девяток",
}
DIGIT_NOUNS: Final = {
    fold(w.replace("'", "")): str(v) for v, group in _DIGIT_NOUNS.items() for w in group.split()
}
