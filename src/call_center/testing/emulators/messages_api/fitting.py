"""How the emulated model goes about fitting: picks among what was offered, questions in its own words. Pure."""

from __future__ import annotations

import re
from typing import Final

from call_center.testing.emulators.messages_api.seen import ORDINALS, YES, Seen, go_on, set_slots, span
from call_center.testing.emulators.messages_api.wire import Reply
from call_center.testing.emulators.messages_api.wording import FITTING_QUESTIONS

ACTS: Final = ("fitting_move", "fitting_cancel", "fitting_price", "fitting")
_DECLINES: Final = re.compile(r"^\s*(?:н[іе]|нє|неа|нет)\b", re.IGNORECASE)


def fitting(seen: Seen) -> Reply | None:
    """A turn inside one of the fitting flows."""
    if not seen.flow.startswith("fitting"):
        return None
    if seen.asks("station", "time") and not seen.new - {"place"} and span(seen):
        listed = list(seen.get("stations" if seen.asks("station") else "times") or ())
        for pattern, place in ORDINALS:
            if re.search(pattern, seen.caller.lower()) and place < len(listed):
                slot = "station" if seen.asks("station") else "slot"
                return set_slots(seen, **{slot: listed[place]["handle"]})
    if seen.asks("book_it") and YES.match(seen.caller) and seen.flow == "fitting_price" and span(seen):
        return set_slots(seen, flow="fitting")
    if _DECLINES.match(seen.caller) or seen.heard & {
        "cancel",
        "not_needed",
        "price",
        "fitting_price",
        "repeat",
    }:
        return go_on()
    kind, _, rest = str(seen.get("next")).partition(" ")
    if kind == "ask" and rest in FITTING_QUESTIONS and seen.new and not seen.asks(rest):
        return Reply(FITTING_QUESTIONS[rest])
    return None if kind in ("tool", "read_back") and seen.new else go_on()


def subject(seen: Seen) -> str:
    """The fitting flow that the caller begins or turns to; empty when it is none or the one that is active."""
    act = next((act for act in ACTS if act in seen.heard), "")
    if not act or act == seen.flow:
        return ""
    if seen.flow.startswith("fitting") and act == "fitting":
        return ""
    if seen.flow == "fitting" and (act == "fitting_price" or not seen.get("bookings")):
        return ""  # about the booking that is being made
    return act
