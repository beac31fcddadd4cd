"""What a turn of the built-in brain costs: understanding, brain, policy and grounding, without shop and voice.

`python -m bench.turns` prints the time of every turn of some whole orders in text against a shop in memory that
answers at once, ms: CPU time (p50, p95, the worst), wall time, and CPU time of grounding one sentence. The stand-in of
the shop and the starting of an event loop are taken out. Not asserted by a unit test: a busy machine makes any figure.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import time
from typing import Any

from tests.unit.agent.dialogue import Dialogue
from tests.unit.agent.shelf import ShelfShop

from call_center.agent.grounding import ground
from call_center.agent.ledger import build

SIZE = "двісті п'ять на п'ятдесят п'ять, шістнадцять"
CALLS = (
    (
        f"хочу замовити чотири зимові шини {SIZE}", "найдешевший", "Новою поштою, Львів, відділення чотири",
        "Андрій Ковальчук", "так", "післяплата", "ні, не чотири, а дві", "а коли доставлять?", "так", "ні, дякую",
    ),
    (
        f"скільки коштують літні шини {SIZE}", "а дешевші є?", "перший", "а де вони є?", "беру дві", "кур'єром у Київ",
        "вулиця Хрещатик, будинок п'ять", "Петро Бойко", "так", "онлайн", "так", "ні",
    ),
    ("у мене Шкода Октавія дві тисячі вісімнадцятого року", "зимові", "другий", "а шиповані?", "дайте оператора"),
    ("де моє замовлення", "ні", "передзвоніть мені", "так", "дякую, до побачення"),
)  # fmt: skip
ROUNDS = 12
SENTENCE = "Є зимові [[o1.name]] за [[o1.price]], а разом 4 шини — [[o1.sum]]."


class Shop(ShelfShop):
    """The stand-in of the shop, with what it cost so far: `cpu` and `wall`, s."""

    def __init__(self) -> None:
        super().__init__()
        self.cpu = self.wall = 0.0
        self._inside = False
        for name, method in inspect.getmembers(self, inspect.iscoroutinefunction):
            setattr(self, name, self._timed(method))

    def _timed(self, method: Any) -> Any:
        async def timed(*args: Any, **named: Any) -> Any:
            if self._inside:
                return await method(*args, **named)
            self._inside, cpu, wall = True, time.process_time(), time.perf_counter()
            try:
                return await method(*args, **named)
            finally:
                self._inside = False
                self.cpu += time.process_time() - cpu
                self.wall += time.perf_counter() - wall

        return timed


def run() -> dict[str, Any]:
    """Milliseconds of a turn and of a sentence."""
    with asyncio.Runner() as runner:
        return _measure(runner.get_loop())


def _measure(loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    took: list[float] = []
    wall: list[float] = []
    sentence: list[float] = []
    for number in range(ROUNDS):
        for said in CALLS:
            shop = Shop()
            call = Dialogue(shop=shop, run=loop.run_until_complete)
            call.greet()
            for words in said:
                began, at = time.process_time() - shop.cpu, time.perf_counter() - shop.wall
                reply = call.say(words)
                if number:  # the first round fills caches
                    took.append(1000 * (time.process_time() - shop.cpu - began))
                    wall.append(1000 * (time.perf_counter() - shop.wall - at))
                if reply.hang_up or reply.transfer:
                    break
            book = build(call.agent.view)
            if book.options:
                began = time.process_time()
                ground(SENTENCE, book)
                sentence.append(1000 * (time.process_time() - began))
    return {
        "turns": len(took), "p50": _share(took, 0.5), "p95": _share(took, 0.95), "most": round(max(took), 2),
        "wall_p50": _share(wall, 0.5), "wall_p95": _share(wall, 0.95),
        "sentence_p95": _share(sentence, 0.95), "at_most_p95": 5.0,
    }  # fmt: skip


def _share(values: list[float], share: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 2)


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=1)
