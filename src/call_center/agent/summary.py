"""What the operator reads when a call is handed over: who, what for, what is known, why. Pure, Ukrainian.

Facts the caller stated are marked by their slot; nothing here is spoken.
"""

from __future__ import annotations

from typing import Any, Final

from call_center.agent.fitting_facts import SERVICES
from call_center.agent.flows import FLOWS
from call_center.agent.ledger import spaced
from call_center.agent.phrases import money, season_name
from call_center.agent.view import DialogueView

_REASONS: Final = {
    "customer_request": "просить оператора",
    "cannot_help": "помічниця не може виконати це сама",
    "complex_question": "складне запитання",
    "negative_emotion": "незадоволений, потрібна людина",
    "out_of_scope": "запитання не за темою магазину",
    "limit": "обмеження розмови (кількість, сума або час)",
}
_SLOTS: Final = {
    "tyre_size": "розмір",
    "season": "сезон",
    "brand": "бренд",
    "make": "марка авто",
    "model": "модель авто",
    "year": "рік авто",
    "budget": "бюджет",
    "quantity": "кількість",
    "studded": "шипи",
    "city": "місто",
    "order_number": "номер замовлення",
    "service": "послуга",
    "diameter": "діаметр",
    "place": "місце",
    "date": "день",
    "time": "час",
}
LAST_WORDS: Final = 3


def summary(view: DialogueView, reason: str) -> str:
    """A few lines: reason, subject, known values, chosen or offered tyres, the caller's last words."""
    lines = [f"Причина: {_REASONS.get(reason, reason)}."]
    subjects = [FLOWS[name].goal_uk for name in (*view.paused, view.flow) if name in FLOWS]
    lines.append(f"Тема: {'; '.join(subjects) if subjects else 'не встановлена'}.")
    known = [
        f"{title} — {_text(slot, view.value(slot))}" for slot, title in _SLOTS.items() if _has(view, slot)
    ]
    if known:
        lines.append(f"Відомо: {'; '.join(known)}.")
    handles = [view.chosen] if view.chosen else list(view.offered)
    tyres = [_tyre(view.options[h]) for h in handles if h in view.options]
    if tyres:
        lines.append(f"{'Обрано' if view.chosen else 'Запропоновано'}: {'; '.join(tyres)}.")
    lines += [_booking(view, b) for b in view.bookings.values()]
    said = [text for text in view.said[-LAST_WORDS:] if text.strip()]
    if said:
        lines.append(f"Останні слова: {' / '.join(text[:200] for text in said)}")
    return "\n".join(lines)


def _has(view: DialogueView, slot: str) -> bool:
    return view.value(slot) is not None


def _booking(view: DialogueView, booking: dict[str, Any]) -> str:
    """A booking of this call or proven to be the caller's, with its address."""
    state = "скасований" if booking["status"] == "cancelled" else "чинний"
    address = view.stations.get(str(booking.get("station")), {}).get("address", "")
    return f"Запис на шиномонтаж ({state}): {booking.get('date')} {booking.get('time')}, {address}."


def _tyre(option: dict[str, Any]) -> str:
    return f"{option['brand']} {option['model']} {option['size']}, {money(option['price'])}, арт. {option['product_id']}"


def _text(slot: str, value: Any) -> str:
    if slot == "season":
        return season_name(str(value))
    if slot == "tyre_size":
        return spaced(str(value))
    if slot == "service":
        return SERVICES.get(str(value), str(value))
    if slot == "studded":
        return "так" if value else "ні"
    if isinstance(value, dict):
        words = {"min": "від", "max": "до", "about": "близько"}
        return " ".join(f"{words.get(k, k)} {money(v)}" for k, v in value.items() if v)
    return str(value)
