"""Builds outputs from lines: a line's next variant with its fields, what it asks, and the list of offered options.

Pure. Texts hold references for everything the shop vouches for; fields are wording made by code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from call_center.agent.brain import Speak, Turn
from call_center.agent.ledger import spaced
from call_center.agent.phrases import join_list, line, season_name, split_sentences
from call_center.agent.phrases.render import hour_genitive
from call_center.agent.tools.step import on_duty
from call_center.core.ports import Expected, Question


def say(turn: Turn, key: str, **fields: str) -> Speak:
    """A line that asks nothing."""
    return Speak(_text(turn, key, fields), key)


def ask(
    turn: Turn, key: str, slot: str, question: Question, fields: Mapping[str, str] | None = None
) -> Speak:
    """A line that asks for `slot`."""
    return Speak(_text(turn, key, fields or {}), key, Expected(slot, question))


def more(turn: Turn, key: str = "more", **fields: str) -> Speak:
    """Whether there is anything else."""
    return ask(turn, key, "more", Question.YES_NO, fields)


def operator_offer(turn: Turn, key: str) -> Speak:
    """A line that offers a person; while nobody is there, that they call back."""
    if on_duty(turn.now, turn.operators):
        return ask(turn, key, "to_operator", Question.YES_NO)
    told = [s for s in split_sentences(_text(turn, key, {})) if not s.endswith("?")]
    return Speak(
        " ".join([*told[:1], line("offer_callback", turn.view.lines[key])]),
        key,
        Expected("to_operator", Question.YES_NO),
    )


def hours_of(turn: Turn) -> dict[str, str]:
    """When operators are there, as words."""
    opens, closes = turn.operators
    return {"opens": hour_genitive(opens), "closes": hour_genitive(closes)}


def _text(turn: Turn, key: str, fields: Mapping[str, str]) -> str:
    standard = {"name": turn.agent_name, "shop": turn.shop}
    return line(key, turn.view.lines[key], **{**standard, **fields})


def item(option: Mapping[str, Any], *, with_model: bool) -> str:
    """`Sava за 2 100 грн`, by reference."""
    handle = option["handle"]
    name = f"[[{handle}.name]]" if with_model else f"[[{handle}.brand]]"
    return f"{name} за [[{handle}.price]]"


def items(options: Sequence[Mapping[str, Any]], last: str = "і") -> str:
    """The options as one list (`last` joins the last of it); model names only where they are few or a brand stands twice."""
    brands = [o["brand"] for o in options]
    with_model = len(options) < 3 or len(set(brands)) < len(brands)
    return join_list([item(o, with_model=with_model) for o in options], last)


def closing(turn: Turn, count: int) -> str:
    """The one closed question after an offer."""
    return line("which" if count > 1 else "fits", len(turn.view.told))


def wanted(turn: Turn, *, size: bool = True) -> str:
    """What the caller asked for, as it stands after a negation: `зимових Matador 205/55 R16`."""
    view = turn.view
    parts = [season_name(str(view.value("season")), genitive=True)]
    if view.value("studded") is not None:
        parts.insert(0, "шипованих" if view.value("studded") else "нешипованих")
    parts += [str(view.value("brand"))] if view.value("brand") else ["шин"]
    if view.value("run_flat"):
        parts.append("RunFlat")
    if size:
        parts.append(spaced(str(view.value("tyre_size") or "")))
    return " ".join(filter(None, parts))
