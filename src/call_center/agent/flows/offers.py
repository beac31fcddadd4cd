"""What is said about options: the offer after a search, stock and price of one, details that callers ask. Pure."""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import Note, Output, Speak, Turn
from call_center.agent.flows.speech import ask, closing, items, more, operator_offer, say, wanted
from call_center.agent.ledger import spaced
from call_center.agent.phrases import count, join_list, line, season_name
from call_center.agent.phrases.places import in_city
from call_center.agent.phrases.render import day_month
from call_center.core.ports import Expected, Question

OPTION = "option"
COMPARED = frozenset({"country", "year", "studs"})  # facts short enough to be told of all offered options


def tell_options(turn: Turn) -> list[Output]:
    """The newest search: the offer with its closed question, the nearest there is, or that there is none."""
    record = turn.view.latest("search_tires")
    if record is None or not record.ok:
        return []
    result = record.result
    told = Note("told", {"intent": record.intent})
    options = result["options"]
    if not options:
        return [told, *_none(turn, result, record.args)]
    offered = Note("offered", {"handles": [o["handle"] for o in options]})
    offer = _offer(turn, result, options)
    size = Note("announced", {"size": str(turn.view.value("tyre_size"))})
    return [told, offered, offer, size]


def _offer(turn: Turn, result: dict[str, Any], options: list[dict[str, Any]]) -> Speak:
    question = closing(turn, len(options))
    fields = {"items": items(options), "question": question, "season": _kind(options)}
    expected = Expected(OPTION, Question.CHOICE if len(options) > 1 else Question.YES_NO)
    key = {
        "studded": "none_studded",
        "budget": "none_budget",
        "brand": "none_brand",
        "season": "none_season",
        None: "offer_many" if len(options) > 1 else "offer_one",
    }[result["relaxed"]]
    size = turn.view.slots.get("tyre_size")
    if result["relaxed"]:
        fields["what"] = _capital(wanted(turn, size=result["relaxed"] != "brand"))
    elif size is not None and size.origin != "caller" and str(size.value) not in turn.view.announced:
        key = "offer_car" if size.origin == "tool" else "offer_assumed"
        fields |= {
            "size": spaced(str(size.value)),
            "question": line("which_short" if len(options) > 1 else "fits"),
        }
    text = line(key, turn.view.lines[key], **fields)
    return Speak(" ".join(text.split()), key, expected)


def _kind(options: list[dict[str, Any]]) -> str:
    season = season_name(str(options[0]["season"]))
    return f"{season} шиповані" if all(o["studded"] for o in options) else season


def _none(turn: Turn, result: dict[str, Any], args: dict[str, Any]) -> list[Output]:
    if turn.view.offered:  # a wish about what was offered: others, cheaper, dearer
        held = [turn.view.options[h] for h in turn.view.offered]
        if args.get("min_price"):
            return [_again(turn, "no_dearer", held[-1:])]
        if args.get("exclude"):
            return [ask(turn, "no_others", OPTION, Question.CHOICE)]
        return [_again(turn, "no_cheaper", held[:1])]
    fields = {"what": wanted(turn)}
    if result.get("next_delivery"):
        fields["date"] = day_month(result["next_delivery"])
        return [ask(turn, "none_next", "other", Question.YES_NO, fields)]
    return [ask(turn, "none_at_all", "other", Question.YES_NO, fields)]


def _again(turn: Turn, key: str, held: list[dict[str, Any]]) -> Speak:
    fields = {"items": items(held), "question": closing(turn, 1)}
    return ask(turn, key, OPTION, Question.YES_NO, fields)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def name_of(handle: str) -> str:
    """The option's name by reference."""
    return f"[[{handle}.name]]"


def tell_stock(turn: Turn) -> list[Output]:
    """The newest availability answer: price, quantity, where, when."""
    record = turn.view.latest("check_availability")
    if record is None or not record.ok:
        return []
    result = record.result
    handle = str(result["handle"])
    out: list[Output] = [Note("told", {"intent": record.intent})]
    search = turn.view.latest("search_tires")
    if search is not None and search.intent not in turn.view.told:
        out.append(Note("told", {"intent": search.intent}))
    if turn.view.offered != (handle,) and handle not in turn.view.offered:
        out.append(Note("offered", {"handles": [handle]}))
    out.append(Note("focus", {"handle": handle}))
    fields = {"h": handle, "name": name_of(handle)}
    if not result["total_quantity"]:
        key = "stock_none_next" if result.get("next_delivery") else "stock_none"
        return [*out, say(turn, key, **fields), more(turn)]
    if not result["enough"]:
        return [*out, say(turn, "stock_short", **fields), _continue(turn)]
    city = turn.view.value("city")
    fields["city"] = in_city(str(city)) if city else ""
    said = turn.said
    if "where" in said or ("city" in turn.new and turn.view.lines["chosen"] + turn.view.lines["chosen_sum"]):
        key = (
            "where"
            if not city or "city_quantity" not in result
            else "city_yes"
            if result["city_quantity"]
            else "city_no"
        )
        fields["city"] = _capital(fields["city"])
        return [*out, say(turn, key, **fields), _continue(turn)]
    fields["stock"] = _stock_words(turn, result, handle)
    quantity = turn.view.value("quantity")
    if turn.view.chosen == handle:
        key = "chosen_sum" if quantity else "chosen"
        fields["size"] = f"[[{handle}.size]]"
        return [*out, say(turn, key, **fields), ask(turn, "order_it", "order_it", Question.YES_NO)]
    if isinstance(quantity, int) and quantity > 1:
        if not city:  # with a sum there is no room for places
            fields["stock"] = line("stock_total", 0, h=handle)
        return [*out, say(turn, "stock_sum", sum_words=count(quantity, "шина"), **fields), _continue(turn)]
    return [*out, say(turn, "stock_yes", **fields), _continue(turn)]


def _continue(turn: Turn) -> Speak:
    return ask(turn, "shall_continue", OPTION, Question.YES_NO)


def _stock_words(turn: Turn, result: dict[str, Any], handle: str) -> str:
    if turn.view.value("city") and "city_quantity" in result:
        key = "stock_city" if result["city_quantity"] else "stock_not_city"
        if not result["city_quantity"] and (turn.view.value("quantity") or turn.view.chosen == handle):
            key = "stock_elsewhere"  # beside a sum there is no room for places
    elif turn.view.chosen == handle:
        key = "stock_total"
    else:
        key = "stock_places" if result["places"] else "stock_total"
    city = turn.view.value("city")
    return line(key, 0, h=handle, city=in_city(str(city)) if city else "")


def describe(turn: Turn, handle: str, facts: tuple[str, ...]) -> list[Output]:
    """Details of one option, at most two, then the open question about it again."""
    lines: list[Output] = [
        say(turn, f"fact_{fact}", h=handle, name=name_of(handle))
        for fact in facts[:1]
        if _known(turn, handle, fact)
    ]
    return [*lines, _continue(turn)] if lines else [operator_offer(turn, "cannot_consult")]


def compare(turn: Turn, fact: str) -> Speak:
    """One fact of every offered option, then the question which one."""
    facts = join_list([f"[[{h}.brand]] — [[{h}.{fact}]]" for h in turn.view.offered])
    fields = {"items": facts, "question": closing(turn, len(turn.view.offered))}
    return ask(turn, "facts_of_all", OPTION, Question.CHOICE, fields)


def _known(turn: Turn, handle: str, fact: str) -> bool:
    option = turn.view.options.get(handle, {})
    needs = {"studs": "studded", "index": "load_index", "sum": "price"}.get(fact, fact)
    return option.get(needs) not in (None, "")
