"""The first words of a call: the greeting with its legal notice, and the way back into a call that broke off. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from call_center.agent.brain import Speak
from call_center.agent.phrases import line
from call_center.core.ports import Expected, Question


def greeting(now: datetime, name: str, shop: str, earlier: Mapping[str, Any]) -> tuple[Speak, Speak]:
    """By the time of day: who is speaking and that the call is processed (not interruptible), then the open question.

    `earlier` is what a call from this number broke off, empty when there is none: then whether to go on with that.
    """
    key = "greet_morning" if 4 <= now.hour < 9 else "greet_day" if 9 <= now.hour < 18 else "greet_evening"
    hello = Speak(line(key, 0, shop=shop, name=name), key, interruptible=False)
    if earlier:
        key = "go_on_order" if earlier["flow"] == "order" else "go_on_tyres"
        return hello, Speak(line(key), key, Expected("go_on", Question.YES_NO))
    return hello, Speak(line("greet_question"), "greet_question", Expected("open", Question.OPEN))
