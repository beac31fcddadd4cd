"""Another place than the one that was settled, named at the read-back or later in an order. Pure.

A shop of the city that is named takes the place of the held one. A place that cannot be told apart is asked for: what
was read back does not stand any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows import FLOWS
from call_center.agent.flows.order import listed_shops, shops_by_ear, street_of
from call_center.agent.flows.speech import ask
from call_center.agent.offline.asides import ASIDES
from call_center.agent.offline.executor import run
from call_center.agent.tools.names import best_named
from call_center.agent.tools.stations import as_street
from call_center.core.ports import Question

_DENIED: Final = re.compile(
    r"\bне\s+(?:на|в|у|з|із|до|с|из)?\s*[^\W\d_]{4,}(?:\s+[^\W\d_]+(?:ій|ої|ой|ом))?", re.IGNORECASE
)
_PLACE: Final = re.compile(
    r"\b(?:на|в|у|з|із|с|из|біля|возле|коло|около)\s+(?!ц(?:ей|ьому|ього)|це\b|мене|меня|мо[єїюй]|ваш|вас|отриман|получен|"
    r"відділен|отделен|завтра|ранок|вечір|вечер|утро|понеділ|вівтор|серед|четвер|субот|неділ|роботу|пошт|почт|номер|тел|картк|карт[уы])[^\W\d_]{4,}",
    re.IGNORECASE,
)
_INSTEAD: Final = re.compile(
    r"^\s*(?:ой|ай|ні|нє|нет|стоп|стривай\w*|зачекай\w*|почекай\w*|подожд\w+|чекай\w*)\b|\b(?:але|но|тільки|только)\b|\bкраще\b|\bлучше\b|\bінш\w+|\bдруг\w+|"
    r"\bпереду?ма\w+|\bвсе[- ]таки\b",
    re.IGNORECASE,
)
_SHOP: Final = re.compile(r"магазин|самовив|самовыв", re.IGNORECASE)
_PERSONAL: Final = frozenset({"name", "phone", "address", "point", "branch", "quantity"})
_HELD: Final = {
    "own_shop": ("point",),
    "nova_poshta_branch": ("branch", "point"),
    "courier": ("address", "street"),
}


def other_shop(turn: Turn) -> str | None:
    """The own shop that this turn names instead of the one that was settled."""
    view = turn.view
    held = view.value("point")
    if view.value("delivery") != "own_shop" or held is None or view.expected.slot in _PERSONAL:
        return None
    listed = {str(p["handle"]): as_street(street_of(str(p["address"]))) for p in listed_shops(view) or ()}
    named = best_named(as_street(_DENIED.sub(" ", turn.text)), listed)
    return named[0] if len(named) == 1 and named[0] != held else None


def other_place(turn: Turn) -> Iterator[Output]:
    """Words at the read-back that name a place: the place is found anew, or asked for."""
    view = turn.view
    if view.flow != "order" or not turn.text.strip():
        return
    shop = other_shop(turn)
    if shop is not None:
        yield Note("filled", {"slot": "point", "value": shop})
        yield from run(turn, FLOWS["order"])
        return
    method = str(view.value("delivery"))
    if (
        view.expected.slot not in ("agree", "fix")
        or view.moved
        or turn.said & ASIDES
        or "quantity" in turn.new
    ):
        return
    if method not in _HELD or not (_INSTEAD.search(turn.text) and _PLACE.search(turn.text)):
        return
    if method != "own_shop" and _SHOP.search(turn.text):
        yield Note("cleared", {"slots": ["delivery", "branch", "point", "address", "street"]})
        yield from run(turn, FLOWS["order"])
        return
    yield Note("cleared", {"slots": list(_HELD[method])})
    if method != "own_shop":
        yield from run(turn, FLOWS["order"])
        return
    fields = shops_by_ear(turn)
    one = len(listed_shops(view) or ()) == 1
    yield ask(
        turn,
        "no_such_shop_but_one" if one else "no_such_shop",
        "delivery" if one else "point",
        Question.CHOICE,
        fields,
    )
