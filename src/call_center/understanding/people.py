"""Common Ukrainian names: how they are spelt, for a recogniser that writes what it hears. Pure.

A name is never replaced by another one: only a word that sounds exactly like a common name takes its spelling
("Каваленко" is Коваленко), and one that is a letter or two away from a single long name ("Ковленко"). Everything
else stays as it was heard; a caller corrects it at the read-back.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from call_center.understanding.phonetics import sound

FIRST: Final = (
    "Олександр",
    "Андрій",
    "Іван",
    "Сергій",
    "Микола",
    "Володимир",
    "Дмитро",
    "Петро",
    "Василь",
    "Юрій",
    "Віктор",
    "Олег",
    "Ігор",
    "Богдан",
    "Тарас",
    "Максим",
    "Роман",
    "Євген",
    "Анатолій",
    "Михайло",
    "Павло",
    "Денис",
    "Артем",
    "Вадим",
    "Віталій",
    "Руслан",
    "Степан",
    "Григорій",
    "Ярослав",
    "Назар",
    "Валерій",
    "Олена",
    "Оксана",
    "Наталія",
    "Тетяна",
    "Ірина",
    "Світлана",
    "Людмила",
    "Марія",
    "Катерина",
    "Юлія",
    "Анна",
    "Ольга",
    "Галина",
    "Вікторія",
    "Надія",
    "Анастасія",
    "Любов",
    "Валентина",
    "Лариса",
    "Софія",
    "Дарина",
)
LAST: Final = (
    "Шевченко",
    "Коваленко",
    "Мельник",
    "Бондаренко",
    "Ткаченко",
    "Кравченко",
    "Поліщук",
    "Савченко",
    "Литвин",
    "Гончар",
    "Мороз",
    "Павленко",
    "Бойко",
    "Коваль",
    "Олійник",
    "Лисенко",
    "Марченко",
    "Руденко",
    "Петренко",
    "Клименко",
    "Кравчук",
    "Гриценко",
    "Іваненко",
    "Романенко",
    "Мартиненко",
    "Левченко",
    "Харченко",
    "Панченко",
    "Ткачук",
    "Шевчук",
    "Мазур",
    "Кузьменко",
    "Козак",
    "Пономаренко",
    "Василенко",
    "Гончаренко",
    "Сидоренко",
    "Захарченко",
    "Бондар",
    "Карпенко",
    "Гаврилюк",
    "Костенко",
    "Назаренко",
    "Тимошенко",
    "Дяченко",
    "Яценко",
    "Власенко",
    "Федоренко",
    "Кучеренко",
    "Мельничук",
    "Демченко",
    "Семенюк",
    "Приходько",
    "Зінченко",
    "Мироненко",
)
_LONG: Final = 6  # sounds; a shorter name a letter away may be anybody's
_SLIPS: Final = {6: 1, 7: 1}  # sounds apart; two in a longer name


def spelt(name: str) -> str:
    """The name with each of its words spelt as the common name it sounds like."""
    return " ".join(_word(word) for word in name.split())


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return {sound(name.lower()): name for name in (*LAST, *FIRST)}


def _word(word: str) -> str:
    known, key = _known(), sound(word.lower())
    if key in known:
        return known[key]
    if len(key) < _LONG:
        return word
    most = _SLIPS.get(len(key), 2)
    near = process.extract(key, list(known), scorer=OSA.distance, score_cutoff=most, limit=2)
    if not near or (len(near) > 1 and near[1][1] == near[0][1]) or near[0][0][0] != key[0]:
        return word
    return known[near[0][0]]
