"""How finished a (partial) transcript looks: the turn-taking side of understanding. Pure, at most 1 ms.

`complete` lets a turn end at once, `dangling` keeps it open, `backchannel` is no turn at all. The shipped catalogue is
enough to see whether a size is whole; what the words finally mean is decided by `understand` on the final transcript.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from call_center.core.ports import Question, Readiness
from call_center.understanding.answers import is_backchannel
from call_center.understanding.claims import scene
from call_center.understanding.lexicon import HUNDREDS, THOUSAND
from call_center.understanding.meaning import Hours, Utterance
from call_center.understanding.sizes import SIZE_SLOTS
from call_center.understanding.understand import understand
from call_center.understanding.vocabulary import load_catalogue
from call_center.understanding.words import Token, fold, tokens

_ANY_DAY = date(2026, 1, 1)  # completeness does not depend on what day it is
_SETTLED = 16  # words: a longer text is judged by its tail alone
_OPEN_ENDS = frozenset(
    fold(w.replace("'", ""))
    for w in [
        "на",
        "і",
        "й",
        "та",
        "з",
        "із",
        "зі",
        "до",
        "або",
        "чи",
        "в",
        "у",
        "по",
        "для",
        "від",
        "без",
        "при",
        "про",
        "а",
        "але",
        "що",
        "шо",
        "як",
        "який",
        "яка",
        "яке",
        "які",
        "це",
        "номер",
        "плюс",
        "радіус",
        "радиус",
        "ар",
        "ер",
        "дріб",
        "дробь",
        "через",
        "коли",
        "якщо",
        "бо",
        "ну",
        "е",
        "ее",
        "еее",
        "ем",
        "эм",
        "м",
        "мм",
        "и",
        "с",
        "со",
        "к",
        "от",
        "из",
        "за",
        "над",
        "під",
        "или",
        "но",
        "что",
        "как",
        "какой",
        "если",
        "потому",
        "у",
        "мене",
        "мені",
        "мне",
        "меня",
        "треба",
        "надо",
        "нужно",
        "хочу",
        "хотів",
        "би",
        "б",
        "бы",
        "хотіла",
        "потрібно",
        "потрібні",
        "потрібна",
        "потрібен",
        "нужна",
        "нужны",
        "розмір",
        "размер",
        "відділення",
        "отделение",
        "вулиця",
        "улица",
        "будинок",
        "дом",
        "мій",
        "моя",
        "моє",
        "мої",
        "мой",
        "мои",
        "ваш",
        "тобто",
        "значить",
        "значит",
        "такий",
        "такі",
        "так-от",
        "від",
        "ширина",
        "профіль",
        "півтори",
        "полтора",
        "пів",
        "десь",
        "приблизно",
        "близько",
        "около",
        "примерно",
        "рік",
        "року",
        "о",
        "об",
        "мене",
        "звати",
        "зовут",
        "місто",
        "город",
        "наступний",
        "наступну",
    ]
)


@lru_cache(maxsize=512)
def judge(text: str, expected_slot: str = "open", question: Question = Question.OPEN) -> Readiness:
    """Judge `text` against the slot being asked and the type of the question."""
    words = tokens(text)
    said = [w for w in words if w.kind != "sign"]
    if not said:
        return Readiness()
    if is_backchannel(words):
        return Readiness(backchannel=True, words=len(said))
    tail = text if len(said) <= _SETTLED else text[said[-_SETTLED].start :]
    heard = understand(tail, expected_slot, catalogue=load_catalogue(), today=_ANY_DAY)
    complete = _complete(heard, expected_slot, question)
    closed = _closes(heard, said[-1].end - (len(text) - len(tail)))
    if closed and expected_slot in SIZE_SLOTS and heard.get("diameter"):
        complete = True  # a diameter after its keyword is all that this caller knows
    dangling = (
        not complete
        and not closed
        and (said[-1].fold.replace("'", "") in _OPEN_ENDS or _half_number(heard, said, expected_slot))
    )
    if complete and not closed and said[-1].fold.replace("'", "") in _OPEN_ENDS:
        complete, dangling = False, True
    return Readiness(complete, dangling, False, len(said))


def _complete(heard: Utterance, slot: str, question: Question) -> bool:
    found = heard.get(slot)
    if slot in ("tyre_size", "size"):
        found = heard.get("tyre_size")
    if found is not None and (found.value is not None or found.candidates) and found.confidence >= 0.6:
        return slot != "phone" or found.value is not None
    if question is Question.YES_NO or slot == "yes_no":
        return heard.value("yes_no") is not None
    if question is Question.CHOICE:
        return heard.has("choose_option") or heard.value("yes_no") is not None or heard.has("dont_know")
    return slot not in ("open", "yes_no") and (heard.has("dont_know") or heard.has("operator"))


def _closes(heard: Utterance, end: int) -> bool:
    """Whether what was said ends, at character `end`, with something finished: "2015 року", "радіус шістнадцять"."""
    last = [f for f in heard.filled if f.span[1] >= end and f.value is not None and f.confidence >= 0.95]
    sized = heard.get("width") or heard.get("profile")
    return any(f.slot == "year" or (f.slot == "diameter" and not sized) for f in last)


def _half_number(heard: Utterance, said: list[Token], slot: str) -> bool:
    """A number of which more must come: a size or a phone in part, an open hundred or thousand."""
    if not heard.numbers:
        return False
    if slot in SIZE_SLOTS or slot in ("phone", "order_number"):
        return True
    if heard.get("width") or (heard.get("profile") and not heard.get("diameter")):
        return True
    last = scene(said[-1].text, slot, load_catalogue(), Hours(), _ANY_DAY).atoms
    return bool(last) and last[-1].rank == HUNDREDS and last[-1].rank != THOUSAND
