"""From an utterance to journal events: which slots it fills, and which earlier values fall with them. Pure.

A correction wins over what was said before; what depends on the corrected value is forgotten (another car: its year
and the size found for it). A brand that answers "which of these?" picks an option and narrows no search.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any, Final

from call_center.agent.corrections import HOUSE_WORDS, house_corrected
from call_center.agent.dictation import address_in, is_whole, name_in, plain
from call_center.agent.fitting_hearing import FITTING_FLOWS, fitting_read
from call_center.agent.offered_names import offered_named
from call_center.agent.rim_of_car import rim_of_car
from call_center.agent.scope import foreign
from call_center.agent.view import SLOT_CONFIDENCE, DialogueView
from call_center.core.journal.events import Event, Noted, Understood
from call_center.understanding import Catalogue, Filled, Utterance, understand
from call_center.understanding.people import spelt
from call_center.understanding.phones import accumulate
from call_center.understanding.vocabulary import Size, parse_size

MODEL_WORDS = 4
MAX_CARS = 3
_IGNORED = frozenset({"yes_no"})
_NAMES = frozenset({"brand", "make", "model", "city"})
BRIEF_QUESTION = 3  # words: "шиповані?" asks about the option being talked about, "хочу шиповані" wishes
_WISH = re.compile(r"хо[чт]|треба|потрібн|нужн|дава|надо|лише|тільки|только|краще|лучше", re.IGNORECASE)
SURE_NAME = 0.9  # while options are on the table a vaguely similar name is noise
_PIECES = ("width", "profile", "diameter")
_HEARD_AS: Final = {
    "agree": "yes_no", "size_is": "yes_no", "caller_number": "yes_no", "order_it": "yes_no", "pay_online": "yes_no", "go_on": "yes_no", "more": "yes_no",
    "point": "pickup_point", "fix": "open", "phone_on_order": "phone", "callback_number": "yes_no",
    "book_it": "yes_no", "booking_name": "name", "booking_date": "date",
}  # fmt: skip
_PERSONAL: Final = frozenset({"name", "address", "point", "phone", "branch", "phone_on_order"})
_CLOSED: Final = frozenset({"payment", "delivery", "branch", "season", "quantity", "yes_no", "city"})
_ABOUT_TYRES: Final = frozenset(
    {
        "make",
        "model",
        "brand",
        "year",
        "budget",
        "diameter",
        "width",
        "profile",
        "tyre_size",
        "season",
        "studded",
    }
)
_PLACES: Final = {"delivery": ("branch", "point", "address", "street"), "city": ("branch", "point", "address", "street", "station"),
                  "branch": ("point",)}  # fmt: skip
_PLACE: Final = re.compile(r"\b(?:перш|перв|друг|трет|середн|средн|останн|послед)\w*", re.IGNORECASE)
_CARD: Final = re.compile(r"\bкарт", re.IGNORECASE)
_ONLINE: Final = re.compile(
    r"онлайн|зараз|одразу|сразу|сейчас|на карт|передоплат|предоплат|інтернет|сайт", re.IGNORECASE
)
_DENIES: Final = re.compile(r"\s*(?:ні|нє|нет|ой|стоп|почекайте|точніше)\b", re.IGNORECASE)
_CLOSED_QUESTIONS: Final = frozenset({"delivery", "payment", "city", "caller_number", "pay_online"})
LEFT_OVER: Final = 2  # words beside the number and the yes or no
_INSTEAD: Final = re.compile(r"\bне\s+[\w']+,?\s+а\s", re.IGNORECASE)
BRIEF_CORRECTION: Final = 8  # words; in a longer sentence a number may mean anything
_OTHER_UNITS: Final = re.compile(
    r"відсот|процент|грив|грн|тисяч|рок[уи]|днів|дня|годин|хвилин|номер|телефон", re.IGNORECASE
)
UNSURE_NUMBER: Final = 0.5  # digits that are no order number
_NOT_TYRES: Final = re.compile(r"\s*(?:таке|такого|замовл|заказ|раз\b|хвилин)", re.IGNORECASE)
_OF_TYRES: Final = re.compile(r"шин|колес|колёс|штук|комплект|резин|гум", re.IGNORECASE)
_TAKEN_BACK: Final = re.compile(r"\bой\b|\bні,|\bнет,|тобто|точніше|вірніше|точнее|вернее", re.IGNORECASE)
_OF_SUBJECT: Final = ("select_tyres", "availability", "price_question")
UNSURE_SIZE: Final = 0.6  # confidence of the recogniser under which a size that is not the car's is doubted
MAX_PART: Final = 12  # digits


def heard_as(slot: str) -> str:
    """The name under which understanding knows what is being asked."""
    return _HEARD_AS.get(slot, slot)


def corrected(heard: Utterance, view: DialogueView, catalogue: Catalogue, today: date) -> Utterance:
    """A bare number besides a yes or no is the quantity: "ні, не чотири, а дві" says two."""
    heard = offered_named(fitting_read(heard, view, catalogue, today), view, catalogue)
    asked = view.expected.slot
    heard = _counted(heard, view, catalogue, today)
    if house_corrected(view, heard) is not None:
        return replace(heard, filled=tuple(f for f in heard.filled if f.slot != "quantity"))
    if asked == "order_number" and not any(f.confidence > UNSURE_NUMBER for f in heard.all("order_number")):
        other = understand(heard.text, "open", catalogue=catalogue, today=today)
        return other if other.value("tyre_size") else heard  # a size, not an order number
    denied = _DENIES.match(heard.text) is not None and view.value("quantity") is not None
    if asked not in ("agree", "fix", "order_it") and not (denied and asked in _CLOSED_QUESTIONS):
        return heard
    if asked in ("order_it", "agree") and _PLACE.search(heard.text) and not heard.intent("choose_option"):
        choice = understand(heard.text, "option", catalogue=catalogue, today=today).intent("choose_option")
        return replace(heard, intents=(*heard.intents, choice)) if choice is not None else heard
    if not heard.numbers or any(f.slot != "yes_no" for f in heard.filled) or heard.intent("choose_option"):
        return heard  # "ні, перший" picks an option
    courier = view.value("delivery") == "courier"
    if heard.words > BRIEF_CORRECTION or _OTHER_UNITS.search(heard.text):
        return heard
    if courier and is_street(plain(heard.text)):
        return heard
    reread = understand(heard.text, "quantity", catalogue=catalogue, today=today)
    spare = LEFT_OVER + (2 if _INSTEAD.search(heard.text) else 0)
    again = [f for f in reread.all("quantity") if f.value] if reread.unexplained <= spare else []
    return replace(heard, filled=(again[-1],)) if again else heard


def _counted(heard: Utterance, view: DialogueView, catalogue: Catalogue, today: date) -> Utterance:
    """A number beyond the offered options counts tyres: "чотири беру" after two of them."""
    choice = heard.intent("choose_option")
    beyond = choice is not None and isinstance(choice.value, int) and choice.value > len(view.offered)
    taken_back = _TAKEN_BACK.search(heard.text) and _OF_TYRES.search(heard.text)
    if (
        view.expected.slot != "option"
        or not view.offered
        or not (beyond or taken_back)
        or heard.value("quantity")
    ):
        return heard
    again = understand(heard.text, "quantity", catalogue=catalogue, today=today).get("quantity")
    if again is None or not again.value:
        return heard
    rest = tuple(i for i in heard.intents if i.name != "choose_option" or not beyond)
    return replace(heard, filled=(*heard.filled, again), intents=rest)


def _dictated(view: DialogueView, heard: Utterance) -> list[Filled]:
    """What is said in free words: name, address, parts of a phone."""
    asked, text = view.expected.slot, heard.text
    found: list[Filled] = []
    ordering = view.flow == "order" or heard.has("order")
    if not ordering and asked not in ("name", "phone", "phone_on_order"):
        return found
    phones = [f.span for f in heard.all("phone")]
    rest = "".join(" " if any(a <= i < b for a, b in phones) else ch for i, ch in enumerate(text))
    busy = heard.has("operator") or heard.has("cancel") or heard.has("dont_know") or heard.has("repeat")
    choosing = any(heard.has(i) for i in ("choose_option", "cheaper", "more_options", "select_tyres"))
    busy_name = busy or choosing or _OF_TYRES.search(text) is not None
    name = None if busy_name else name_in(rest, asked=asked == "name")
    if name is not None and not _means_else(heard, name[1]):
        found.append(Filled("name", spelt(name[0]), 0.9, name[1]))
    courier = "courier" in (heard.value("delivery"), view.value("delivery"))
    street = plain(text) if courier else text
    address = None if busy or asked in ("name", "phone") else address_in(street, asked=asked == "address")
    house = house_corrected(view, heard)
    if house is not None:
        found.append(house)
    elif address is not None and courier:
        found += _address(view, address, len(text))
    if asked in ("phone", "phone_on_order") and heard.value("phone") is None:
        found += _phone_part(view, heard)
    return found


def _means_else(heard: Utterance, span: tuple[int, int]) -> bool:
    """Whether these words answer another question: "онлайн" is nobody's name."""
    surer = [f.span for f in heard.filled if f.slot in _CLOSED and f.value is not None]
    return any(start < span[1] and span[0] < end for start, end in surer)


def _address(view: DialogueView, address: str, length: int) -> list[Filled]:
    street = view.value("street")
    goes_on = street and any(ch.isdigit() for ch in address) and not is_street(address)
    house = re.search(r"\d.*", address, re.DOTALL)  # without "будинок", however it was heard
    whole = f"{street}, {house[0]}" if goes_on and house else address
    if not re.search(r"[^\W\d_]{3,}", whole):
        return []  # a house without a street
    if is_whole(whole):
        return [Filled("address", whole, 0.9, (0, length))]
    street = HOUSE_WORDS.split(whole)[0].rstrip(" ,")  # a house that was not understood comes again
    return [Filled("street", street or whole, 0.9, (0, length))]


def is_street(text: str) -> bool:
    """Whether the text names a street rather than only a house."""
    return address_in(text, asked=False) is not None


def _phone_part(view: DialogueView, heard: Utterance) -> list[Filled]:
    part = heard.get("phone")
    if part is None or not part.candidates:
        return []
    digits, whole = accumulate(str(view.value("phone_part") or ""), str(part.candidates[0]))
    found = [Filled("phone_part", "" if whole else digits[:MAX_PART], 0.9, part.span)]
    return [Filled("phone", whole, 0.85, part.span), *found] if whole else found


def track(
    view: DialogueView, heard: Utterance, turn: int, year_now: int, sizes: frozenset[Size]
) -> tuple[list[Event], frozenset[str]]:
    """Events to append and the names of the slots this utterance filled. `sizes` are those that exist."""
    filled = {f.slot: f for f in [*_usable(view, heard, year_now), *_dictated(view, heard)]}
    if "diameter" in filled:
        filled["diameter"] = rim_of_car(view, filled["diameter"])
    events: list[Event] = []
    car = heard.get("model")
    if car is not None and car.value is None and 2 <= len(car.candidates) <= MAX_CARS:
        events.append(Noted("ambiguous", {"candidates": [str(c) for c in car.candidates]}))
    elif view.ambiguous and "model" not in filled and "make" in filled:
        meant = [c for c in view.ambiguous if c.startswith(f"{filled['make'].value} ")]
        if len(meant) == 1:
            model = meant[0].removeprefix(f"{filled['make'].value} ")
            filled["model"] = Filled("model", model, filled["make"].confidence, filled["make"].span)
    if "model" in filled and view.ambiguous:
        events.append(Noted("ambiguous", {"candidates": []}))
    meant_size = _size_of_car(view, filled)
    if meant_size == "":
        del filled["tyre_size"]  # heard badly, and no size of the car: asked again
    cleared = _cleared(view, filled)
    if cleared:
        events.append(Noted("cleared", {"slots": sorted(cleared)}))
    events += [Understood(turn, f.slot, f.value, f.confidence, f.span) for f in filled.values()]
    if meant_size:
        events.append(Noted("filled", {"slot": "tyre_size", "value": meant_size, "origin": "tool"}))
    if "brand" in filled:
        events.append(_model_words(heard, filled["brand"]))
    events += [Noted("answered", {"slot": slot}) for slot in filled if view.failures[slot]]
    size = _assembled(view, filled)
    if size and parse_size(size) not in sizes:  # three numbers that are no size: asked again, never guessed
        events += [Noted("cleared", {"slots": list(_PIECES)}), Noted("failed", {"slot": "tyre_size"})]
        return events, frozenset(filled) - set(_PIECES)
    if size:
        events.append(Noted("filled", {"slot": "tyre_size", "value": size, "origin": "caller"}))
    new = frozenset(filled) | ({"tyre_size"} if size else frozenset())
    return events, new


def _usable(view: DialogueView, heard: Utterance, year_now: int) -> list[Filled]:
    found = []
    for slot in dict.fromkeys(f.slot for f in heard.filled):
        best = heard.get(slot) if slot != "quantity" else _pieces_of(heard)
        if best is None or best.value is None or slot in _IGNORED or best.confidence < SLOT_CONFIDENCE:
            continue
        if (slot == "brand" and _picks(view, best.value)) or _asked_about(heard, slot):
            continue
        wished = (
            any(heard.has(i) for i in _OF_SUBJECT)
            and slot in ("season", "tyre_size")
            and best.confidence >= SURE_NAME
        )
        if view.expected.slot in _PERSONAL and slot in _ABOUT_TYRES and not wished:
            continue  # streets and people are called like cars and tyres
        free_words = view.expected.slot in ("name", "address", "point")
        if free_words and slot == "quantity" and not _OF_TYRES.search(heard.text):
            continue
        if slot == "quantity" and heard.has("callback"):
            continue  # "о шостій": the hour to call back
        if slot == "city" and _asks_stock(view, heard):
            continue  # where there is some, not where it goes
        if slot == "payment" and _means_terminal(view, heard, best):
            best = replace(best, value="card_on_delivery")
        if (
            slot == "delivery"
            and (best.value == "own_shop" or (best.value == "courier" and view.expected.slot == "payment"))
            and heard.value("payment")
            and view.value("delivery")
        ):
            continue  # "на місці, як заберу" says how it is paid
        make = heard.get("make")
        of_make = slot == "model" and make is not None and make.confidence >= SURE_NAME
        sent = slot == "city" and heard.value("delivery") is not None
        vague = best.confidence < SURE_NAME and not of_make and not sent
        if slot in _NAMES and view.expected.slot == "option" and vague:
            continue
        if slot == "studded" and view.focus is not None and _asks(heard):
            continue
        if slot == "year" and not (1960 <= int(best.value) <= year_now + 1):
            continue
        found.append(best)
    return found


def _asks_stock(view: DialogueView, heard: Utterance) -> bool:
    """Whether a city is named in a question about stock while an order already has its place."""
    placed = view.flow == "order" and view.chosen is not None and view.value("city") is not None
    return placed and heard.has("availability") and not heard.value("delivery")


def _means_terminal(view: DialogueView, heard: Utterance, payment: Filled) -> bool:
    """Whether "карткою" after "карткою при отриманні чи онлайн?" means the first of these two."""
    offered = any("карткою при отриманні" in text for text in view.last_lines)
    asked = view.expected.slot == "payment" and payment.value == "online"
    return asked and offered and _CARD.search(heard.text) is not None and _ONLINE.search(heard.text) is None


def _pieces_of(heard: Utterance) -> Filled | None:
    """The surest number of tyres: "ще одне замовлення" counts none."""
    found = [f for f in heard.all("quantity") if not _NOT_TYRES.match(heard.text[f.span[1] :])]
    return max(found, key=lambda f: f.confidence) if found else None


def _asked_about(heard: Utterance, slot: str) -> bool:
    """Whether the value is talked about and not wished for: a car with a part not sold here, a question of advice."""
    if slot in _ABOUT_TYRES and foreign(heard.text):
        return True
    return slot in ("studded", "season") and heard.has("consultation") and _compared(heard, slot)


def _compared(heard: Utterance, slot: str) -> bool:
    """Whether a question of advice names several values, or nothing but this: "що краще, шипи чи липучка"."""
    values = {f.value for f in heard.all(slot)}
    of_advice = {"season", "studded"}
    return (
        len(values) > 1
        or (slot == "season" and len({f.value for f in heard.all("studded")}) > 1)
        or (
            slot == "studded" and {f.slot for f in heard.filled} <= of_advice and not _WISH.search(heard.text)
        )
    )


def _asks(heard: Utterance) -> bool:
    return heard.words <= BRIEF_QUESTION and not _WISH.search(heard.text)


def _picks(view: DialogueView, brand: Any) -> bool:
    offered = {view.options[h]["brand"] for h in view.offered if h in view.options}
    return view.expected.slot == "option" and brand in offered


def _cleared(view: DialogueView, filled: dict[str, Filled]) -> set[str]:
    changed = {s for s, f in filled.items() if view.value(s) not in (None, f.value)}
    cleared: set[str] = set()
    if changed & {"make", "model"}:
        cleared |= {"model", "year", "tyre_size"}
    if (
        "model" in filled
        and view.value("model") is None
        and view.value("tyre_size")
        and view.flow not in FITTING_FLOWS
    ):
        cleared.add("tyre_size")
    size = view.slots.get("tyre_size")
    if "year" in changed and size is not None and size.origin != "caller":
        cleared.add("tyre_size")
    rim = filled.get("diameter")
    if rim is not None and size is not None and size.origin != "caller":
        found = parse_size(str(size.value))
        cleared |= {"tyre_size"} if found is not None and str(found[2]) != str(rim.value) else set()
    if "brand" in changed:
        cleared.add("tyre_model")
    if "tyre_size" in filled:
        cleared |= {*_PIECES, "heard_size"}
    if "heard_size" in filled:
        cleared |= set(_PIECES)
    for slot, dependent in _PLACES.items():
        if slot in changed:
            cleared |= set(dependent)
    return {s for s in cleared - set(filled) if s in view.slots}


def _model_words(heard: Utterance, brand: Filled) -> Event:
    after = heard.text[brand.span[1] :].split()[:MODEL_WORDS]
    return Noted("filled", {"slot": "tyre_model", "value": " ".join(after)[:80], "origin": "caller"})


def _size_of_car(view: DialogueView, filled: dict[str, Filled]) -> str | None:
    """The car's only size of the rim that was said, when the rest of an unsure size fits none of the car's.

    It is named with the offer, so the caller hears what was taken.
    """
    said, found = filled.get("tyre_size"), view.latest("get_vehicle_tire_sizes")
    asked = view.asked is not None and view.asked.slot == "tyre_size"
    if said is None or not asked or found is None or not found.ok or view.confidence >= UNSURE_SIZE:
        return None
    sizes = [str(size).replace(" ", "") for size in found.result["sizes"]]
    rim = str(said.value).rpartition("R")[2]
    fitting = [size for size in sizes if size.rpartition("R")[2] == rim]
    if said.value in sizes or not sizes or not {"make", "model"}.isdisjoint(filled):
        return None
    return fitting[0] if len(fitting) == 1 else ""


def _assembled(view: DialogueView, filled: dict[str, Filled]) -> str | None:
    """A size dictated number by number over several turns."""
    if "tyre_size" in filled or not set(filled) & set(_PIECES):
        return None
    pieces = [filled[p].value if p in filled else view.value(p) for p in _PIECES]
    if any(p is None for p in pieces):
        return None
    return "{}/{}R{}".format(*pieces)
