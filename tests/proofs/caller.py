"""What random brains want and random callers say; and what really is a yes, judged by nothing of the agent's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from call_center.agent.brain import CallTool, DropDraft, Note, Output, Recite, Speak, Turn
from call_center.agent.offline import OfflineBrain
from call_center.agent.phrases import line

PLAIN_YES = ("так", "так, все правильно", "ага, так", "вірно", "добре")
NO_YES = (
    "ні",
    "угу, а скільки це",
    "так, але кур'єром",
    "алло",
    "так а ні",
    "повторіть",
    "не знаю",
    "дякую, ні",
    "",
)
FLOW = (
    "хочу замовити чотири зимові шини двісті п'ять на п'ятдесят п'ять, шістнадцять", "найдешевший",
    "Новою поштою, Львів, відділення чотири", "Андрій Ковальчук", "так", "післяплата", "так", "ні, не чотири, а дві",
    "у відділення п'ятнадцять", "онлайн", "отримувач Петро Бойко", "хочу ще одне таке саме замовлення", "скасуйте",
    "передзвоніть мені", "на цей номер",
)  # fmt: skip
NAMES = ("Андрій Ковальчук", "Петро Бойко")
PAYMENTS = ("cod", "online")
STREETS = ("вулиця Наукова, будинок п'ять", "вулиця Садова, будинок сім")
CITY = "Львів"
POINTS = ("search_points",)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing a brain wants; `a` and `b` choose among what there is."""

    what: str
    a: int = 0
    b: int = 0


KINDS = (
    "draft", "draft", "deliver", "deliver", "recite", "recite", "recite", "confirm", "confirm", "confirm", "again",
    "read_callback", "read_callback", "callback", "callback", "callback_own", "drop", "phone", "name", "status", "say",
)  # fmt: skip


@dataclass(slots=True)
class RandomBrain:
    """Does what `wishes` say, one after another; with `offline` the built-in brain takes the turn."""

    size: tuple[str, str]
    phones: tuple[str, str, str]
    wishes: list[Wish] = field(default_factory=list)
    offline: bool = False
    last: CallTool | None = None
    _built_in: OfflineBrain = field(default_factory=OfflineBrain)

    async def respond(self, turn: Turn) -> AsyncIterator[Output]:
        """See `Brain`."""
        if self.offline:
            async for output in self._built_in.respond(turn):
                yield output
            return
        while self.wishes:
            output = self._output(self.wishes.pop(0), turn)
            yield output
            if isinstance(output, CallTool):
                self.last = output
                return

    def _output(self, wish: Wish, turn: Turn) -> Output:  # noqa: PLR0912  one case a wish
        view, a, b = turn.view, wish.a, wish.b
        order = (view.draft or "d1") if a < 3 else f"d{a - 2}"
        match wish.what:
            case "search":
                return CallTool("search_tires", {"size": self.size[0], "season": self.size[1]})
            case "points":
                return CallTool("get_pickup_points", {"city": CITY, "kind": "nova_poshta"})
            case "draft":
                items = [{"option": f"o{1 + a % 3}", "quantity": 1 + b % 4}]
                items += [{"option": f"o{1 + (a + 1) % 3}", "quantity": 2}] if b == 4 else []
                return CallTool("create_order_draft", {"items": items})
            case "deliver":
                return CallTool("update_order_delivery", {"order": view.draft or "d1", **_place(a)})
            case "recite":
                return Recite("confirm_order", {"order": order, "payment": PAYMENTS[b % 2]})
            case "confirm":
                return CallTool("confirm_order", {"order": order, "payment": PAYMENTS[b % 2]})
            case "read_callback":
                return Recite("request_callback", {"phone": "recipient.phone", "topic": f"тема {b % 2}"})
            case "callback":
                return CallTool("request_callback", {"phone": "recipient.phone", "topic": f"тема {b % 2}"})
            case "callback_own":
                return CallTool("request_callback", {"phone": "caller.phone", "topic": f"тема {b % 2}"})
            case "again":
                return self.last or DropDraft("caller_changed_mind")
            case "drop":
                return DropDraft("caller_changed_mind")
            case "phone":
                return _filled("phone", self.phones[a % 3])
            case "name":
                return _filled("name", NAMES[a % 2])
            case "status":
                return CallTool("get_order_status", {"phone": "caller.phone"})
        return Speak(line("hold"), "hold")


def _place(number: int) -> dict[str, Any]:
    if number % 4 < 2:
        return {"method": "nova_poshta_branch", "city": CITY, "point": f"p{1 + number % 4}"}
    return {"method": "courier", "city": CITY, "address": STREETS[number % 2]}


def _filled(slot: str, value: str) -> Note:
    return Note("filled", {"slot": slot, "value": value, "origin": "caller"})
