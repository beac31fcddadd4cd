"""Prompts of dialogue steps: words likely in the answer, shown to the recogniser before it decodes. Pure.

Measured: they help names, brands, cities and yes/no, and hurt sizes, seasons and digits, so those have none. Words are
listed, never put into sentences: the echo gate refuses a transcript that walks through the list. The vocabulary comes
from the catalogue at composition, the most asked-for first, because the model reads only the end of a long prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SECOND_LOOK = "?"
"""A prompt that begins with this is tried only when the reading without it holds no dictated number."""
WISH_WORDS = "Підкажіть, будь ласка, потрібні шини, гума, літні, зимові."
RIM_WORDS = "Радіус тринадцять, чотирнадцять, п'ятнадцять, шістнадцять, сімнадцять, вісімнадцять, дев'ятнадцять дюймів."
"""For a size question that was answered with less than a size: measured, 37 of 54 diameters right instead of 20."""
QUANTITY_WORDS = "Дві шини, чотири шини, одна, три, шість, вісім, комплект, чотири колеса."
DELIVERY_WORDS = (
    "Магазин, самовивіз, заберу з вашого, на адресу, кур'єром, відділення, Новою поштою, Нова пошта."
)
PAYMENT_WORDS = "Онлайн, при отриманні, карткою, готівкою, післяплата, передоплата."
BRANCH_WORDS = "Перше, п'яте відділення, номер один, два, три, чотири, п'ять, шість, сім, вісім, дев'ять."
OPTION_WORDS = "Варіант третій, другий, перший, найдешевші, шини, візьму, беру, давайте."
POINT_WORDS = "Магазин перший, другий, третій, на вулиці, на проспекті."
ADDRESS_WORDS = "Вулиця Центральна, проспект Незалежності, будинок."
"""How the closed answers of an order sound; the order of the words is not that of an answer, for the echo gate."""
MOST_WORDS = 24
"""More does not help (the model's memory for it is short) and costs 1 ms of decoding each."""


def step_prompts(
    *,
    brands: Sequence[str] = (),
    makes: Sequence[str] = (),
    models: Sequence[str] = (),
    cities: Sequence[str] = (),
    wishes: Sequence[str] = (),
    people: Sequence[str] = (),
) -> Mapping[str, str]:
    """Slot or question name -> prompt, from spoken Ukrainian names. Empty lists give no entry.

    `wishes` are cars as people name them, make and model, for the open question; `people` common names, first and last.
    """
    cars = [*makes[: MOST_WORDS // 2], *models[: MOST_WORDS // 2]]
    lists = {
        "brand": brands,
        "make": cars,
        "model": cars,
        "city": cities,
        "station": cities,
        "yes_no": ("Так", "Ні", "Добре", "Звичайно", "Не треба"),
    }
    found = {slot: _listed(names) for slot, names in lists.items() if names}
    found["tyre_size"] = SECOND_LOOK + RIM_WORDS
    found |= {"quantity": SECOND_LOOK + QUANTITY_WORDS, "branch": SECOND_LOOK + BRANCH_WORDS}
    found |= {"delivery": DELIVERY_WORDS, "payment": PAYMENT_WORDS}
    found["address"] = SECOND_LOOK + ADDRESS_WORDS
    found["pickup_point"] = SECOND_LOOK + POINT_WORDS
    found["option"] = (_listed(brands) + " " if brands else "") + OPTION_WORDS
    if people:
        found["name"] = _listed(people)
    if wishes:
        found["open"] = SECOND_LOOK + _listed(wishes) + " " + WISH_WORDS
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_WORDS]) + "."
