"""Numbers as words in Ukrainian, Russian and careless speech: written for the tests, independent of the parser."""

from __future__ import annotations

import random

UK = {
    "ones": "нуль один два три чотири п'ять шість сім вісім дев'ять десять одинадцять дванадцять тринадцять чотирнадцять "
    "п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять",
    "tens": "_ _ двадцять тридцять сорок п'ятдесят шістдесят сімдесят вісімдесят дев'яносто",
    "hundreds": "_ сто двісті триста чотириста п'ятсот шістсот сімсот вісімсот дев'ятсот",
    "thousands": "тисяча тисячі тисяч",
}
RU = {
    "ones": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
    "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
    "tens": "_ _ двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    "hundreds": "_ сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот",
    "thousands": "тысяча тысячи тысяч",
}
SLIPS = {
    "п'ять": "пять", "п'ятнадцять": "пятнадцать", "п'ятдесят": "пісят", "шістнадцять": "шіснадцять", "шістдесят": "шісят",
    "дев'ять": "девять", "дев'яносто": "дев'яноста", "чотири": "четирі", "двісті": "двєсті", "триста": "тристо",
    "одинадцять": "одинацять", "сімнадцять": "семнадцять", "вісімнадцять": "восімнадцять", "сім": "сєм", "вісім": "восєм",
    "нуль": "ноль", "тисячі": "тищі", "тисяч": "тищ", "двадцять": "двацять", "тридцять": "трицять", "сорок": "сорок",
    "дванадцять": "двенадцять", "чотирнадцять": "чотирнацять", "вісімдесят": "восімдесят", "сімдесят": "семдесят",
}  # fmt: skip
UK_ORDINAL = [
    "_",
    "перш",
    "друг",
    "трет",
    "четверт",
    "п'ят",
    "шост",
    "сьом",
    "восьм",
    "дев'ят",
    "десят",
    "одинадцят",
    "дванадцят",
    "тринадцят",
    "чотирнадцят",
    "п'ятнадцят",
    "шістнадцят",
    "сімнадцят",
    "вісімнадцят",
    "дев'ятнадцят",
]
RU_ORDINAL = [
    "_",
    "перв",
    "втор",
    "трет",
    "четверт",
    "пят",
    "шест",
    "седьм",
    "восьм",
    "девят",
    "десят",
    "одиннадцат",
    "двенадцат",
    "тринадцат",
    "четырнадцат",
    "пятнадцат",
    "шестнадцат",
    "семнадцат",
    "восемнадцат",
    "девятнадцат",
]


def cardinal(number: int, words: dict[str, str] = UK, *, feminine: bool = False) -> str:
    """A whole number below a million in the nominative."""
    ones, tens, hundreds = (words[k].split() for k in ("ones", "tens", "hundreds"))
    if number == 0:
        return ones[0]
    said: list[str] = []
    thousands, rest = divmod(number, 1000)
    if thousands:
        form = words["thousands"].split()
        last, teen = thousands % 10, 10 < thousands % 100 < 20
        kind = form[2] if teen or last == 0 or last > 4 else form[0] if last == 1 else form[1]
        said += [*([cardinal(thousands, words, feminine=True)] if thousands > 1 else []), kind]
    if rest >= 100:
        said.append(hundreds[rest // 100])
        rest %= 100
    if rest >= 20:
        said.append(tens[rest // 10])
        rest %= 10
    if rest:
        word = ones[rest]
        if feminine and rest in (1, 2):
            word = {"один": "одна", "два": "дві" if words is UK else "две"}[word]
        said.append(word)
    return " ".join(said)


def ordinal(number: int, ending: str, words: dict[str, str] = UK) -> str:
    """An ordinal below 100 with the case `ending` of hard stems ("ого", "у", "ий"); third takes the soft one."""
    stems = UK_ORDINAL if words is UK else RU_ORDINAL
    soft = {
        "ого": "ього" if words is UK else "ьего",
        "у": "ю" if words is UK else "ью",
        "ій": "ій",
        "а": "я",
        "ий": "ій",
        "е": "є",
    }
    if number < 20:
        return stems[number] + (soft.get(ending, ending) if number == 3 else ending)
    tens, rest = divmod(number, 10)
    if rest:
        return f"{cardinal(tens * 10, words)} {ordinal(rest, ending, words)}"
    stem = {20: "двадцят", 30: "тридцят"}[number] if words is UK else {20: "двадцат", 30: "тридцат"}[number]
    return stem + ending


def careless(text: str, rng: random.Random) -> str:
    """Replace some words by how they are carelessly said or written."""
    return " ".join(SLIPS.get(w, w) if rng.random() < 0.5 else w for w in text.split())
