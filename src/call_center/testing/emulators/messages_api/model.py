"""The rule-driven model: decides from the request alone, as a small model would from the same text. Pure.

It reads the `<state>` lines, the caller's words and this turn's tool results. It words questions and offers itself,
calls tools with arguments it finds in the state, corrects the state with evidence, and lets the flow continue where the
prompt tells it to. Nothing here imports the agent.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from call_center.testing.emulators.messages_api.fitting import ACTS as FITTING_ACTS
from call_center.testing.emulators.messages_api.fitting import fitting
from call_center.testing.emulators.messages_api.fitting import subject as fitting_subject
from call_center.testing.emulators.messages_api.seen import ORDINALS, YES, Seen, go_on, read, set_slots, span
from call_center.testing.emulators.messages_api.sounds import alike, latin
from call_center.testing.emulators.messages_api.wire import Reply
from call_center.testing.emulators.messages_api.wording import (
    COST_LATER,
    FACTS,
    FITS,
    HERE,
    MORE,
    NO_DISCOUNT,
    ONLY_TYRES,
    ORDER_COSTS,
    ORDER_HOLDS,
    PERSON,
    QUESTIONS,
    SORRY,
    UNKNOWN,
    WHAT_NEEDED,
    WHICH,
)

_TAKE: Final = re.compile(r"\bбер[уе]|візьм|возьм|замов|заказ|оформ|купл|куп[іи]т", re.IGNORECASE)
_TYRE: Final = frozenset({"tyre_size", "season", "brand", "make", "model", "budget", "studded"})
_BUYING: Final = frozenset({"tyre_size", "season", "brand", "budget", "studded"})
_ADDS: Final = re.compile(r"\bдодай|\bдобав|\bще\b|\bещ[её]\b|\bтакож\b", re.IGNORECASE)
_SHOP: Final = re.compile(r"магазин|шоурум|точк[аи]\b", re.IGNORECASE)
_CONTENT: Final = re.compile(r"\b(?:що|шо|что|які|яка|какие|какая)\b", re.IGNORECASE)
_SUBJECTS: Final = (
    ("callback", "callback"),
    ("order_status", "order_status"),
    ("consult", "consult"),
)
_FACTS: Final = (
    ("country", "country"),
    ("made", "year"),
    ("studs", "studs"),
    ("index", "index"),
    ("price", "price"),
)


def reply(request: dict[str, Any]) -> Reply:
    """The model's answer to a request."""
    seen = read(request)
    for rule in (
        _after_result,
        _person,
        _boundaries,
        _greeted,
        _subject,
        _told_order,
        fitting,
        _agreeing,
        _shop,
        _point,
        _aside,
        _wishes,
        _choice,
        _about_option,
        _corrected,
    ):
        found = rule(seen)
        if found is not None:
            return found
    return _next(seen)


def _after_result(seen: Seen) -> Reply | None:
    """Tells a search in its own words; everything else that was answered is the script's to tell."""
    if not seen.results:
        return None
    name, _, result, failed = seen.results[-1]
    if failed:
        return go_on()
    if name == "set_slots":
        return _next(seen) if not seen.called("check_availability") else go_on()
    if (
        name == "search_tires"
        and isinstance(result, dict)
        and result.get("options")
        and not result.get("relaxed")
    ):
        return _offer([o["handle"] for o in result["options"]])
    if name == "get_vehicle_tire_sizes":
        return _next(seen)
    return go_on()


def _offer(handles: list[str]) -> Reply:
    listed = [f"[[{h}.brand]] по [[{h}.price]]" for h in handles[:3]]
    text = ", ".join(listed[:-1]) + (f" та {listed[-1]}" if len(listed) > 1 else listed[-1])
    return Reply(f"Можу запропонувати {text}. {WHICH if len(listed) > 1 else FITS}")


def _person(seen: Seen) -> Reply | None:
    asked = str(seen.get("asked"))
    if asked.startswith("to_operator") and (YES.match(seen.caller) or "with_person" in seen.heard):
        return Reply(tools=(("transfer_to_operator", {"reason": "cannot_help"}),))
    if "operator" in seen.heard:
        return Reply(tools=(("transfer_to_operator", {"reason": "customer_request"}),))
    return None


def _boundaries(seen: Seen) -> Reply | None:
    """No other role; calm with anger, a person when it comes back."""
    if "role" in seen.heard:
        return Reply(f"{ONLY_TYRES} {_question(seen)}")
    if "anger" in seen.heard:
        if SORRY in seen.said:
            return Reply(tools=(("transfer_to_operator", {"reason": "negative_emotion"}),))
        return Reply(f"{SORRY} {WHAT_NEEDED}")
    if (
        re.search(r"знижк|скидк|подешевше зроб|безкоштовн\w* достав", seen.caller, re.IGNORECASE)
        and seen.options
    ):
        return Reply(f"{NO_DISCOUNT} {_question(seen)}")
    if (
        ("cancel" in seen.heard or re.search(r"\bпередума", seen.caller))
        and not seen.new
        and seen.get("orders")
        and seen.flow in ("order", "none")
    ):
        return Reply(tools=(("call_off_order", {}),))
    if "goodbye" in seen.heard and not seen.new:
        return Reply("Дякую за дзвінок, на все добре!", (("end_call", {}),))
    return None


def _greeted(seen: Seen) -> Reply | None:
    """The line is tried: the open question comes again."""
    if "hello" in seen.heard and not seen.new:
        question = _question(seen)
        return Reply(f"{HERE} {question}") if question != MORE else go_on()
    return None


def _subject(seen: Seen) -> Reply | None:
    """Another subject than the active one."""
    if seen.called("set_slots") or not span(seen):
        return None
    buys = seen.new & (_BUYING if seen.flow.startswith("fitting") else _TYRE)
    wants = seen.heard & {"select", "order", "tyres", "availability"} or not seen.flow.startswith("fitting")
    if seen.flow in ("order_status", "callback", "consult", *FITTING_ACTS) and buys and wants:
        return set_slots(seen, flow="select_tyres")
    turned = fitting_subject(seen)
    if turned and seen.flow == "order" and seen.get("chosen"):
        return go_on()  # the script keeps it for after the order
    if turned and not seen.new & _BUYING:
        return set_slots(seen, flow=turned)
    for act, flow in _SUBJECTS:
        busy = flow == "consult" and (seen.get("flow") != "none" or seen.new)
        if act in seen.heard and seen.flow != flow and not seen.new & _TYRE and not busy:
            return set_slots(seen, flow=flow)
    if "order" in seen.heard and seen.flow not in ("order", *FITTING_ACTS) and not seen.get("offered"):
        return set_slots(seen, flow="order")
    return None


def _told_order(seen: Seen) -> Reply | None:
    """What is in an order that was looked up, or what it costs."""
    statuses = seen.get("statuses") or []
    if not statuses or seen.flow != "none" or seen.new:
        return None
    told = statuses[-1]
    if "price" in seen.heard and told.get("total"):
        return Reply(f"{ORDER_COSTS.format(f'[[{told["handle"]}.total]]')} {MORE}")
    if "tyres" in seen.heard and _CONTENT.search(seen.caller) and told.get("items"):
        return Reply(f"{ORDER_HOLDS.format(f'[[{told["handle"]}.items]]')} {MORE}")
    return go_on() if seen.heard & {"price", "tyres"} else None


def _agreeing(seen: Seen) -> Reply | None:
    """After a read-back: given up, something added, or what only the script may judge."""
    if not seen.asks("agree") or seen.called("set_slots"):
        return None
    if seen.heard & {"think", "not_needed"} or re.search(r"\bне (?:оформл|замовл|бронюй)", seen.caller):
        return Reply(tools=(("call_off_order", {}),)) if seen.flow == "order" else go_on()
    return None if not seen.new and seen.heard & {"delivery", "price", "consult", "when"} else go_on()


def _shop(seen: Seen) -> Reply | None:
    """Whether there is a shop in a city: looked up."""
    city = (seen.get("slots") or {}).get("city")
    if "city" in seen.new and not seen.new - {"city", "delivery"} and _SHOP.search(seen.caller) and city:
        return (
            None
            if seen.results
            else Reply(tools=(("get_pickup_points", {"city": city, "kind": "own_shop"}),))
        )
    return None


def _point(seen: Seen) -> Reply | None:
    """A shop picked by its place in the list."""
    if not str(seen.get("asked")).startswith("point") or seen.new or not span(seen):
        return None
    points = [p["handle"] for p in seen.get("points") or ()]
    for pattern, place in ORDINALS:
        if re.search(pattern, seen.caller.lower()) and place < len(points):
            return set_slots(seen, point=points[place])
    return None


def _aside(seen: Seen) -> Reply | None:
    """A question about delivery in the middle of an order, then the open question again."""
    asking = seen.heard & {"delivery", "price", "consult", "when"} and not seen.new and seen.get("chosen")
    if (
        not asking
        or seen.get("flow") != "order"
        or str(seen.get("asked")).startswith(("to_operator", "more"))
    ):
        return None
    if "consult" in seen.heard and not seen.heard & {"delivery", "price", "when"}:
        about = next((fact for act, fact in _FACTS if act in seen.heard and fact != "price"), "")
        told = FACTS[about].format(f"[[{seen.get('chosen')}.{about}]]") if about else ""
        return Reply(f"{told[:1].upper()}{told[1:]}. {_due(seen)}" if told else f"{UNKNOWN} {_due(seen)}")
    slot = str(seen.get("asked")).split()[0]
    question = "Підтверджуєте замовлення?" if slot == "agree" else QUESTIONS.get(slot, "")
    placed = [o for o in seen.get("orders") or () if (o.get("delivery") or {}).get("days_max") is not None]
    if not question:
        return None
    if not placed:
        return Reply(f"{COST_LATER} {question}")
    order = placed[-1]
    days = f"термін — [[{order['handle']}.days]]"
    if "when" in seen.heard:
        return Reply(f"Термін доставки — [[{order['handle']}.days]]. {question}")
    cost = (
        f"Доставка — [[{order['handle']}.delivery_cost]]"
        if order["delivery"].get("cost")
        else "Доставка безкоштовна"
    )
    return Reply(f"{cost}, {days}. {question}")


def _due(seen: Seen) -> str:
    """The open question again, or a person."""
    return QUESTIONS.get(str(seen.get("asked")).split()[0], PERSON)


def _wishes(seen: Seen) -> Reply | None:
    """Cheaper, dearer, other ones than those offered."""
    held = seen.options
    slots = seen.get("slots") or {}
    if not held or seen.new & _TYRE or not slots.get("tyre_size") or not slots.get("season"):
        return None
    prices = [o["price"] for o in held.values()]
    args: dict[str, Any] = {"size": _spaced(slots["tyre_size"]), "season": slots["season"], "exact": True}
    if _TAKE.search(seen.caller):
        return None  # "беру дешевші": one of those offered
    if "cheaper" in seen.heard:
        args |= {"max_price": max(1, round(min(prices)) - 1), "order": "dearest"}
    elif "dearer" in seen.heard:
        args |= {"min_price": round(max(prices)) + 1, "order": "cheapest"}
    elif seen.heard & {"others", "other_brands"}:
        args |= {"exclude": [o["handle"] for o in seen.get("options")]}
    else:
        return None
    return Reply(tools=(("search_tires", args),))


def _spaced(size: str) -> str:
    return re.sub(r"\s*R", " R", size)


def _choice(seen: Seen) -> Reply | None:
    """The caller points at an offered tyre."""
    held = seen.options
    if not held or seen.heard & {"think", "not_needed"} or not span(seen):
        return None
    if seen.get("chosen") and not str(seen.get("asked")).startswith(("option", "order_it", "agree")):
        return None
    handle = _pointed(seen, held)
    if handle is None and (YES.match(seen.caller) or "order" in seen.heard):
        handle = seen.get("talked_about") or (next(iter(held)) if len(held) == 1 else None)
    if handle is None or handle == seen.get("chosen"):
        return None
    taking = bool(
        "order" in seen.heard or _TAKE.search(seen.caller) or seen.new & {"delivery", "branch", "payment"}
    )
    if seen.get("flow") == "order" or taking:
        return set_slots(seen, option=handle, flow="order")
    reply_set = set_slots(seen, option=handle)
    return Reply(tools=(*reply_set.tools, ("check_availability", _stock(seen, handle))))


def _pointed(seen: Seen, held: dict[str, dict[str, Any]]) -> str | None:
    text = seen.caller.lower()
    order = list(held)
    brand = (seen.get("slots") or {}).get("brand")
    by_brand = [h for h, o in held.items() if o["brand"] == brand]
    if "brand" in seen.new and len(by_brand) == 1:
        return by_brand[0]
    words = [latin(w) for w in re.findall(r"\w{3,}", text)]
    named = [h for h, o in held.items() if any(alike(latin(o["brand"]), w) for w in words)]
    if len(named) == 1:
        return named[0]
    for pattern, place in ORDINALS:
        if re.search(pattern, text) and place < len(order):
            return order[place]
    ranked = sorted(order, key=lambda h: float(held[h]["price"]))
    if "cheapest" in seen.heard or ("cheaper" in seen.heard and _TAKE.search(seen.caller)):
        return ranked[0]
    return ranked[-1] if "dearest" in seen.heard else None


def _stock(seen: Seen, handle: str) -> dict[str, Any]:
    slots = seen.get("slots") or {}
    args: dict[str, Any] = {"option": handle}
    args |= {name: slots[name] for name in ("quantity", "city") if slots.get(name) is not None}
    return args


def _about_option(seen: Seen) -> Reply | None:
    """A question about what was offered: answered by reference, or looked up."""
    held = seen.options
    if not held or seen.new & _TYRE or seen.get("chosen"):
        return None
    handle = (
        _pointed(seen, held) or seen.get("talked_about") or (next(iter(held)) if len(held) == 1 else None)
    )
    asked = [fact for act, fact in _FACTS if act in seen.heard]
    if asked and handle:
        return Reply(f"[[{handle}.name]]: {FACTS[asked[0]].format(f'[[{handle}.{asked[0]}]]')}. {FITS}")
    if asked and asked[0] in ("country", "year", "studs"):
        listed = "; ".join(f"[[{h}.brand]] — [[{h}.{asked[0]}]]" for h in held)
        return Reply(f"{listed}. {WHICH}")
    about_stock = bool(seen.heard & {"where", "when", "availability"}) or (
        seen.new and seen.new <= {"city", "quantity"}
    )
    if about_stock and len(held) > 1 and "order" in seen.heard and _pointed(seen, held) is None:
        return Reply(WHICH)
    if about_stock:
        return Reply(tools=(("check_availability", _stock(seen, handle or next(iter(held)))),))
    return None


def _corrected(seen: Seen) -> Reply | None:
    """Another size, season or brand than that of the tyre already chosen: it is chosen anew."""
    if not seen.get("chosen") or not seen.new & _TYRE or not span(seen):
        return None
    chosen: dict[str, Any] = next(
        (o for o in seen.get("options") or () if o["handle"] == seen.get("chosen")), {}
    )
    wanted = {("size" if s == "tyre_size" else s): (seen.get("slots") or {}).get(s) for s in seen.new & _TYRE}
    if all(str(chosen.get(name)).replace(" ", "") == str(value) for name, value in wanted.items()):
        return None  # the same once more
    return go_on() if _ADDS.search(seen.caller) else set_slots(seen, option="")


def _question(seen: Seen) -> str:
    kind, _, slot = str(seen.get("next")).partition(" ")
    if slot == "tyre_size" and (seen.get("slots") or {}).get("make"):
        return MORE
    if kind == "ask":
        return QUESTIONS.get(slot.split()[0], MORE)
    if seen.options:
        return WHICH if len(seen.options) > 1 else FITS
    return QUESTIONS["tyre_size"] if kind == "nothing" and not seen.get("flow") else MORE


def _next(seen: Seen) -> Reply:
    """What the flow needs: its question in own words, its tool, or the script."""
    kind, _, rest = str(seen.get("next")).partition(" ")
    if rest == "tyre_size" and (seen.get("slots") or {}).get("make"):
        return go_on()  # the script knows which sizes the car has
    if kind == "ask" and rest in QUESTIONS and (seen.new or not str(seen.get("asked")).startswith(rest)):
        return Reply(QUESTIONS[rest])
    if kind in ("tool", "read_back"):
        name, _, args = rest.partition(" ")
        made = {k: v for k, v in json.loads(args).items() if v is not None}
        return Reply(tools=((name, made),))
    return go_on()
