"""Answers about offered options: choosing one, cheaper, dearer, others, details, stock in a city.

Each handler returns None when the turn is not about that. A choice needs a position, a name, a price or a plain yes to
a single option; anything less is asked again, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from call_center.agent.brain import CallTool, Note, Output, Turn
from call_center.agent.flows.catalogue import search_args
from call_center.agent.flows.offers import COMPARED, OPTION, compare, describe
from call_center.agent.flows.speech import ask, items
from call_center.agent.tools.names import best_named
from call_center.core.ports import Question

TYRE_SLOTS = frozenset({"tyre_size", "diameter", "season", "make", "model", "budget", "studded", "brand"})
_NARROWING = frozenset({"tyre_size", "season", "make", "model", "brand", "studded", "budget"})
_SETTLING = frozenset({"delivery", "branch", "payment"})
_OTHER_WISHES = frozenset(
    {"cheaper", "dearer", "others", "other_brands", "availability", "where", "when", "price", "think", "not_needed", "refuse",
     "consult", "country", "made", "studs", "index"}
)  # fmt: skip
_STOCK_WORDS = re.compile(
    r"наявн|налич|\bє\b|\bесть\b|склад|місті|городе|\b[ув] [А-ЯІЇЄҐ]\w{3,}|забрати|забрать"
)
GO_ON = Note("go_on")
"""The flow goes on from here: what follows from the choice."""
_BRING = re.compile(
    r"\s*(?:ну |а |і |и |тоді |тогда )*(?:з |с )?(?:доставк\w+|доставте|відправте|отправьте|привезіть|пришліть)\b"
)
_DETAILS = {"country": "country", "made": "year", "studs": "studs", "index": "index", "price": "price"}


def follow_up(turn: Turn) -> list[Output] | None:
    """What to do when options are on the table; None when the turn is about something else."""
    if not turn.view.offered or (turn.view.flow == "order" and turn.view.chosen is not None):
        return None
    said = turn.said
    picked = chosen_option(turn)
    if turn.new & _SETTLING and picked and not turn.new & _NARROWING:
        into: list[Output] = [] if turn.view.flow == "order" else [Note("flow", {"name": "order"})]
        return [*into, Note("chosen", {"handle": picked}), GO_ON]  # who says how it gets there takes it
    if picked and brings(turn) and turn.view.expected.slot == OPTION:
        return [Note("flow", {"name": "order"}), Note("chosen", {"handle": picked}), GO_ON]
    orders = "order" in said and picked and not said & {"where", "when", "think", "not_needed"}
    if orders and turn.new & {"quantity"} and not turn.new & _NARROWING and "?" not in turn.text:
        go: list[Output] = [] if turn.view.flow == "order" else [Note("flow", {"name": "order"})]
        return [*go, Note("chosen", {"handle": picked}), GO_ON]
    for handler in (_wishes, _details, _stock):
        found = handler(turn, said, picked)
        if found:
            return found
    if picked and not said & {"think", "not_needed"} and _affirms(turn):
        chosen = Note("chosen", {"handle": picked})
        if turn.view.flow == "order" or "order" in said:
            switch: list[Output] = [] if turn.view.flow == "order" else [Note("flow", {"name": "order"})]
            return [*switch, chosen, GO_ON]
        return [chosen, CallTool("check_availability", _stock_args(turn, picked))]
    return None


def brings(turn: Turn) -> bool:
    """Whether the caller says where it is to be brought, which settles that it is wanted."""
    asks = "?" in turn.text or bool(turn.said & {"price", "consult", "when"})
    return _BRING.match(turn.text) is not None and not asks


def stock_of_offered(turn: Turn) -> CallTool | None:
    """A question about stock or a city that was misheard: the stock of what is offered, once."""
    if not turn.view.offered or turn.view.expected.slot != OPTION or not _STOCK_WORDS.search(turn.text):
        return None
    call = CallTool("check_availability", _stock_args(turn, turn.view.focus or turn.view.offered[0]))
    told = turn.view.latest("check_availability")
    return None if told is not None and told.args == call.args else call


def declines(turn: Turn) -> bool:
    """Whether the caller wants none of what was offered, or not now."""
    if not turn.view.offered or turn.view.expected.slot != OPTION or turn.new:
        return False
    no = turn.heard.value("yes_no") == "no"
    return no or bool(turn.said & {"think", "thanks", "not_needed", "refuse"})


def chosen_option(turn: Turn) -> str | None:
    """The handle that the caller points at, if it is one."""
    return pointed_at(turn) or _standing(turn)


def pointed_at(turn: Turn) -> str | None:
    """The option named by key, brand, model, place or price in this very turn."""
    offered = turn.view.offered
    held = {h: turn.view.options[h] for h in offered}
    if len(offered) > 1 and turn.keys[-1:] in tuple(str(i + 1) for i in range(len(offered))):
        return offered[int(turn.keys[-1]) - 1]
    by_brand = [h for h, o in held.items() if o["brand"] in {f.value for f in turn.heard.all("brand")}]
    if len(by_brand) == 1:
        return by_brand[0]
    rest = by_brand or list(offered)
    named = best_named(turn.text, {h: f"{held[h]['brand']} {held[h]['model']}" for h in rest})
    if len(named) == 1:
        return named[0]
    intent = turn.heard.intent("choose_option")
    extreme = turn.said & {"cheapest", "dearest"}
    value = intent.value if intent is not None else next(iter(extreme), None)
    if value is None and _leaves_the_choice(turn):
        value = "cheapest"
    return _by_value(value, rest, held)


def _leaves_the_choice(turn: Turn) -> bool:
    """Whether any of the options will do, and nothing else is said."""
    asked = turn.view.expected.slot == OPTION and not turn.new and "?" not in turn.text
    return asked and "any" in turn.said and not turn.said & _OTHER_WISHES


def unchoose(turn: Turn) -> Iterator[Output]:
    """Another size, season or brand than that of the chosen tyre: it is chosen anew."""
    view = turn.view
    chosen = view.options.get(view.chosen or "")
    if chosen is None or not turn.new & TYRE_SLOTS:
        return
    size = str(view.value("tyre_size") or "").replace(" ", "")
    same = (
        ("tyre_size" not in turn.new or chosen["size"].replace(" ", "") == size)
        and ("season" not in turn.new or view.value("season") == chosen["season"])
        and ("brand" not in turn.new or view.value("brand") == chosen["brand"])
        and ("diameter" not in turn.new or chosen["size"].rstrip("C").endswith(f"R{view.value('diameter')}"))
        and not turn.new & {"budget", "studded"}
    )
    if not same:
        yield Note("chosen", {"handle": None})


def _by_value(value: int | str | None, rest: list[str], held: dict[str, dict[str, Any]]) -> str | None:
    if isinstance(value, int):
        return rest[value - 1] if 1 <= value <= len(rest) else None
    ranked = sorted(rest, key=lambda h: float(held[h]["price"]))
    place = {"cheapest": 0, "dearest": -1, "middle": len(ranked) // 2}.get(str(value))
    if place is not None:
        return ranked[place]
    return rest[-1] if value == "last" else None


def _standing(turn: Turn) -> str | None:
    """The only option there is, or the one being talked about."""
    offered = turn.view.offered
    if len(offered) == 1:
        return offered[0]
    return turn.view.focus if turn.view.focus in offered else None


def _affirms(turn: Turn) -> bool:
    """Whether the turn settles on an option: it names one, or says yes to the one that stands there."""
    if pointed_at(turn) is not None:
        return bool(turn.heard.value("yes_no") != "no")
    yes = turn.heard.value("yes_no") == "yes" or turn.keys[-1:] == "1" or "order" in turn.said
    return bool(yes and turn.view.expected.slot in (OPTION, "more"))


def _wishes(turn: Turn, said: frozenset[str], picked: str | None) -> list[Output] | None:
    if turn.new & {"tyre_size", "season", "make", "model", "budget", "studded"}:
        return None
    prices = [turn.view.options[h]["price"] for h in turn.view.offered]
    base = {**search_args(turn), "exact": True}
    settled = turn.view.value("tyre_size") and turn.view.value("season")
    if turn.heard.has("choose_option") or not settled:
        return None
    if "cheaper" in said:
        return [
            CallTool(
                "search_tires", {**base, "max_price": max(1, round(min(prices)) - 1), "order": "dearest"}
            )
        ]
    if "dearer" in said:
        wish = {k: v for k, v in base.items() if k != "max_price"}
        return [CallTool("search_tires", {**wish, "min_price": round(max(prices)) + 1, "order": "cheapest"})]
    if "other_brands" in said:
        base = {k: v for k, v in base.items() if k not in ("brand", "model")}
    if said & {"others", "other_brands"}:
        shown = [h for h in turn.view.options if turn.view.options[h]["size"] == base["size"]]
        return [CallTool("search_tires", {**base, "exclude": shown})]
    return None


def _details(turn: Turn, said: frozenset[str], picked: str | None) -> list[Output] | None:
    asked = tuple(fact for act, fact in _DETAILS.items() if act in said)
    if not asked or turn.new & {"tyre_size", "season", "make", "model"}:
        return None
    if "studded" in turn.new:
        return None  # a wish, not a question about the option: the search runs again
    handle = picked or turn.view.focus
    if handle is None and asked[0] in COMPARED:
        return [compare(turn, asked[0])]
    if handle is None:
        return [ask(turn, "rephrase_option", OPTION, Question.CHOICE, {"items": _items(turn)})]
    if "set_price" in said and "price" in said:
        asked = ("sum",)
    focus: list[Output] = [] if turn.view.focus == handle else [Note("focus", {"handle": handle})]
    return [*focus, *describe(turn, handle, asked)]


def _items(turn: Turn) -> str:
    return items([turn.view.options[h] for h in turn.view.offered], "чи")


def _stock(turn: Turn, said: frozenset[str], picked: str | None) -> list[Output] | None:
    about_stock = said & {"where", "when", "availability"} or ("city" in turn.new and not turn.new - {"city"})
    quantity = "quantity" in turn.new and not turn.new - {"quantity", "city"}
    if not (about_stock or quantity) or turn.new & _NARROWING:
        return None
    if "order" in said and picked is None and not about_stock:
        return None  # "чотири беру": which of them is asked
    handle = picked or turn.view.focus or turn.view.offered[0]
    return [CallTool("check_availability", _stock_args(turn, handle))]


def _stock_args(turn: Turn, handle: str) -> dict[str, Any]:
    args: dict[str, Any] = {"option": handle}
    for slot in ("quantity", "city"):
        if turn.view.value(slot) is not None:
            args[slot] = turn.view.value(slot)
    return args
