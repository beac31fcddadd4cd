"""Answers about offered options: choosing one, cheaper, dearer, others, details, stock in a city.

Each handler returns None when the turn is not about that. A choice needs a position, a name, a price or a plain yes to
a single option; anything less is asked again, never guessed.
"""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import CallTool, Note, Output, Turn
from call_center.agent.flows.catalogue import search_args
from call_center.agent.flows.offers import OPTION, describe
from call_center.agent.flows.speech import ask, items, more
from call_center.agent.offline.acts import acts, extreme, ordinal
from call_center.agent.tools.names import best_named
from call_center.core.ports import Question

_DETAILS = {"country": "country", "made": "year", "studs": "studs", "index": "index", "price": "price"}


def follow_up(turn: Turn) -> list[Output] | None:
    """What to do when options are on the table; None when the turn is about something else."""
    if not turn.view.offered:
        return None
    said = acts(turn.heard)
    picked = chosen_option(turn)
    for handler in (_wishes, _details, _stock):
        found = handler(turn, said, picked)
        if found:
            return found
    if picked and not said & {"think", "not_needed"} and _affirms(turn, picked):
        return [Note("chosen", {"handle": picked}), CallTool("check_availability", _stock_args(turn, picked))]
    if turn.view.expected.slot != OPTION:
        return None
    if said & {"think", "thanks"} or ("not_needed" in said and not turn.new):
        return [more(turn, "think_over")]
    if turn.heard.value("yes_no") == "no" and not turn.new:
        return [more(turn, "think_over")]
    return None


def chosen_option(turn: Turn) -> str | None:
    """The handle that the caller points at, if it is one."""
    offered = turn.view.offered
    held = {h: turn.view.options[h] for h in offered}
    place = ordinal(turn.text)
    if turn.keys[-1:] in tuple(str(i + 1) for i in range(len(offered))):
        return offered[int(turn.keys[-1]) - 1]
    intent = turn.heard.intent("choose_option")
    if intent is not None and isinstance(intent.value, int) and 1 <= intent.value <= len(offered):
        return offered[intent.value - 1]
    by_brand = [h for h, o in held.items() if o["brand"] in {f.value for f in turn.heard.all("brand")}]
    if len(by_brand) == 1:
        return by_brand[0]
    named = best_named(turn.text, {h: f"{held[h]['brand']} {held[h]['model']}" for h in (by_brand or held)})
    if len(named) == 1 and len(held) > 1:
        return named[0]
    if place is not None and place < len(offered):
        return offered[place]
    if extreme(turn.text):
        ranked = sorted(offered, key=lambda h: held[h]["price"])
        return ranked[0] if extreme(turn.text) == "cheapest" else ranked[-1]
    if len(offered) == 1 or turn.view.focus in offered:
        return turn.view.focus or offered[0]
    return None


def _affirms(turn: Turn, picked: str) -> bool:
    """Whether pointing at `picked` is a choice: more than the only one standing there, or a yes to it."""
    if turn.view.focus == picked and not _pointed(turn):
        yes = (
            bool(turn.heard.value("yes_no") == "yes") or turn.keys[-1:] == "1" or "order" in acts(turn.heard)
        )
        return yes and turn.view.expected.slot in (OPTION, "more")
    return bool(turn.heard.value("yes_no") != "no")


def _pointed(turn: Turn) -> bool:
    named = best_named(turn.text, {h: str(turn.view.options[h]["brand"]) for h in turn.view.offered})
    return ordinal(turn.text) is not None or bool(named) or bool(extreme(turn.text))


def _wishes(turn: Turn, said: frozenset[str], picked: str | None) -> list[Output] | None:
    if turn.new & {"tyre_size", "season", "make", "model", "budget", "studded"}:
        return None
    prices = [turn.view.options[h]["price"] for h in turn.view.offered]
    base = search_args(turn)
    if "cheaper" in said and not extreme(turn.text):
        return [
            CallTool(
                "search_tires", {**base, "max_price": max(1, round(min(prices)) - 1), "order": "dearest"}
            )
        ]
    if "dearer" in said and not extreme(turn.text):
        wish = {k: v for k, v in base.items() if k != "max_price"}
        return [CallTool("search_tires", {**wish, "min_price": round(max(prices)) + 1, "order": "cheapest"})]
    if "others" in said:
        shown = [h for h in turn.view.options if turn.view.options[h]["size"] == base["size"]]
        return [CallTool("search_tires", {**base, "exclude": shown})]
    return None


def _details(turn: Turn, said: frozenset[str], picked: str | None) -> list[Output] | None:
    asked = tuple(fact for act, fact in _DETAILS.items() if act in said)
    if not asked or turn.new & {"tyre_size", "season", "make", "model"}:
        return None
    if "studs" in said and "studded" in turn.new:
        return None  # a wish, not a question: the search runs again
    handle = picked or turn.view.focus
    if handle is None:
        return [ask(turn, "rephrase_option", OPTION, Question.CHOICE, {"items": _items(turn)})]
    if "set_price" in said and "price" in said:
        asked = ("sum",)
    focus: list[Output] = [] if turn.view.focus == handle else [Note("focus", {"handle": handle})]
    return [*focus, *describe(turn, handle, asked)]


def _items(turn: Turn) -> str:
    return items([turn.view.options[h] for h in turn.view.offered])


def _stock(turn: Turn, said: frozenset[str], picked: str | None) -> list[Output] | None:
    about_stock = said & {"where", "when", "availability"} or ("city" in turn.new and not turn.new - {"city"})
    quantity = "quantity" in turn.new and not turn.new - {"quantity", "city"}
    if not (about_stock or quantity) or turn.new & {"tyre_size", "season", "make", "model", "brand"}:
        return None
    handle = picked or turn.view.focus or turn.view.offered[0]
    return [CallTool("check_availability", _stock_args(turn, handle))]


def _stock_args(turn: Turn, handle: str) -> dict[str, Any]:
    args: dict[str, Any] = {"option": handle}
    for slot in ("quantity", "city"):
        if turn.view.value(slot) is not None:
            args[slot] = turn.view.value(slot)
    return args
