"""What callers want and answer in the calls that are killed: by the slot that is asked for, in the order of asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.unit.agent.shelf import ShelfShop
from tests.unit.resilience.killed import CALLER, FAST, Death, KilledCall, Pace, Record

from call_center.testing.resilience.person import Reply, Wish

Replies = Mapping[str, Reply | Sequence[Reply]]


def _as_it_is(shop: ShelfShop) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Answers, and what the shop had before."""

    replies: Replies
    prepare: Callable[[ShelfShop], None] = _as_it_is

    def play(self, *deaths: Death, pace: Pace = FAST) -> Record:
        """The call, with these deaths."""
        return KilledCall(self.replies, deaths, self.prepare, pace=pace).run()


def _order(shop: ShelfShop) -> None:
    shop.book["id9"] = {
        "id": "id9", "order_number": "2700001", "status": "confirmed", "items": [], "subtotal": 1000, "total": 1000,
        "version": 1, "phone": CALLER, "created_at": "2026-11-22T10:30:00+02:00", "estimated_delivery": "2026-11-27",
        "items_summary": "",
    }  # fmt: skip


def _booking(shop: ShelfShop) -> None:
    when = {"station_id": "004247", "date": "2026-11-28", "time": "09:00"}
    shop.hold(**when, customer_phone=CALLER, customer_name="Віталій Мельник")


YES, NO, BYE = Reply("так"), Reply("ні, дякую"), Reply("Дякую, до побачення.")

KEYED_ORDER = Dialogue(Wish().replies())
SPOKEN_ORDER = Dialogue({
    "open": Reply("Хочу замовити чотири зимові шини двісті п'ять на п'ятдесят п'ять, шістнадцять."),
    "option": Reply("Найдешевший."), "delivery": Reply("Кур'єром у Київ."),
    "address": Reply("вулиця Наукова, будинок п'ять"), "name": Reply("Андрій Ковальчук"), "caller_number": Reply("ні"),
    "phone": Reply(keys="0990000777#"), "payment": Reply("Карткою при отриманні."), "agree": YES, "more": BYE,
})  # fmt: skip
FITTING = Dialogue({
    "open": Reply("запишіть на комплекс у Києві на Позняках завтра на десяту"), "diameter": Reply("шістнадцятий"),
    "model": Reply("Форд Фокус"), "name": Reply("Микола Дорош"), "caller_number": YES, "agree": YES, "more": NO,
})  # fmt: skip
MOVE = Dialogue({
    "open": Reply("перенесіть мій запис на неділю на одинадцяту"), "booking_name": Reply("Віталій Мельник"),
    "agree": YES, "more": NO,
}, _booking)  # fmt: skip
CANCEL = Dialogue({**MOVE.replies, "open": Reply("скасуйте мій запис на шиномонтаж")}, _booking)
STATUS = Dialogue({"open": Reply("де моє замовлення"), "more": NO}, _order)
SELECTION = Dialogue({
    "open": Reply("чи є Мішлен двісті п'ять на п'ятдесят п'ять шістнадцять зимові"),
    "option": [Reply("а де він є?"), Reply("другий")], "order_it": Reply("ні"), "more": BYE,
})  # fmt: skip
CALLBACK = Dialogue({"open": Reply("передзвоніть мені, будь ласка"), "caller_number": YES, "more": NO})
OPERATOR = Dialogue({"open": Reply("з'єднайте з оператором")})
MISUNDERSTOOD = Dialogue({
    "open": [Reply("бурмур шмур"), Reply("трам пам пам")], "to_operator": YES,
})  # fmt: skip
