"""What a tyre shop does not have: other parts of a car and other work on it. Pure.

A closed list of stems; words of tyres, wheels or fitting beside them mean the shop's own trade all the same.
"""

from __future__ import annotations

import re
from typing import Final

_FOREIGN: Final = re.compile(
    r"\b(?:скл[оаі]\b|стекл\w*|лобов\w*|дворник\w*|акумулятор\w*|аккумулятор\w*|масл[оаи]\b|фар[аиуы]?\b|гальм\w*|тормоз\w*|колодк\w*|"
    r"фільтр\w*|фильтр\w*|двигун\w*|двигател\w*|бампер\w*|капот\w*|амортизатор\w*|глушник\w*|глушител\w*|антифриз\w*|"
    r"автомийк\w*|автомойк\w*|помити|помыть|полірув\w*|полиров\w*|фарбув\w*|покрас\w*|тонув\w*|тониров\w*|страховк\w*|"
    r"автоцивілк\w*|осаго|килимк\w*|коврик\w*|чохл\w*|чехл\w*|магнітол\w*|магнитол\w*|свічк\w*|свечк\w*|стартер\w*|"
    r"генератор\w*|зчеплен\w*|сцеплен\w*|бензин\w*|солярк\w*|евакуатор\w*|эвакуатор\w*|дзеркал\w*|зеркал\w*)",
    re.IGNORECASE,
)
_OWN: Final = re.compile(
    r"шин|\bгум[ауиою]\b|резин|кол[её]с|покри?ш|скат\w*\b|перевз|переоб|балансув|балансир|замовл|заказ",
    re.IGNORECASE,
)


def foreign(text: str) -> bool:
    """Whether the caller asks for what this shop does not do."""
    return _FOREIGN.search(text) is not None and _OWN.search(text) is None
