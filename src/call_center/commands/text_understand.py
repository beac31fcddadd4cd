"""`call-center text parse` and `text match`: understanding as a filter, one JSON object a line.

Lines on stdin, lines on stdout, in order. Bad options end with one line on stderr and exit code 2.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, TextIO

import typer

from call_center.understanding import Catalogue, Utterance, load_catalogue, understand

SLOTS = (
    "tyre_size", "width", "profile", "diameter", "season", "quantity", "brand", "make", "model", "year", "city", "budget",
    "studded", "run_flat", "commercial", "date", "time", "phone", "order_number", "yes_no", "payment", "delivery", "branch",
)  # fmt: skip
ALIASES = {
    "size": "tyre_size",
    "diam": "diameter",
    "qty": "quantity",
    "price": "budget",
    "order": "order_number",
    "clock": "time",
}
_GUESS = (
    "phone", "tyre_size", "order_number", "date", "time", "year", "budget", "quantity", "diameter", "width", "profile",
    "branch", "yes_no", "season", "payment", "delivery", "studded", "brand", "model", "make", "city",
)  # fmt: skip
_SIZE = re.compile(r"(\d+)/(\d+)R(\d+)(C?)")


def parse(
    slot: Annotated[
        str | None, typer.Option(help="the slot being asked, e.g. tyre_size, phone, date")
    ] = None,
    today: Annotated[str | None, typer.Option(help="the day that relative dates start from, ISO")] = None,
) -> None:
    """Spoken numbers and slots: lines in, {"text", "numbers", "value"} out."""
    wanted = ALIASES.get(slot or "", slot)
    if wanted is not None and wanted != "open" and wanted not in SLOTS:
        _fail(f'unknown slot "{slot}": use one of {", ".join(SLOTS)}')
    try:
        day = date.fromisoformat(today) if today else date.today()
    except ValueError:
        _fail(f'"{today}" is not a date: use YYYY-MM-DD')
    catalogue = load_catalogue()
    for line in _lines(sys.stdin):
        _write(parsed(line, wanted, catalogue, day))


def match() -> None:
    """Brands, cars and cities: lines in, {"text", "brand", "make", "model", "city"} out."""
    catalogue = load_catalogue()
    for line in _lines(sys.stdin):
        _write(matched(line, catalogue))


def parsed(text: str, slot: str | None, catalogue: Catalogue, today: date) -> dict[str, Any]:
    """The answer line of `text parse` for one utterance."""
    heard = understand(text, slot or "open", catalogue=catalogue, today=today)
    value = slot_value(heard, slot) if slot and slot != "open" else _guess(heard)
    return {"text": text, "numbers": list(heard.numbers), "value": value}


def matched(text: str, catalogue: Catalogue) -> dict[str, Any]:
    """The answer line of `text match`; a model is given by its everyday name ("5" for "5 Series")."""
    heard = understand(text, catalogue=catalogue, today=date.today())
    make, name = heard.value("make"), heard.value("model")
    known = catalogue.models.get((make, name)) if make and name else None
    model = known.short if known else name
    return {
        "text": text,
        "brand": heard.value("brand"),
        "make": make,
        "model": model,
        "city": heard.value("city"),
    }


def slot_value(heard: Utterance, slot: str) -> Any:
    """The typed value of a slot, sizes as their parts; None when it was not said or must not be guessed."""
    if slot == "tyre_size":
        size = heard.value("tyre_size")
        found = _SIZE.fullmatch(size) if size else None
        if found:
            width, profile, diameter, van = found.groups()
            parts: dict[str, Any] = {"width": int(width), "profile": int(profile), "diameter": int(diameter)}
            return {**parts, "commercial": True} if van else parts
        if heard.get("tyre_size"):
            return None
        parts = {name: heard.value(name) for name in ("width", "profile", "diameter")}
        return {k: v for k, v in parts.items() if v is not None} or None
    if slot in ("width", "profile", "diameter") and heard.value("tyre_size"):
        return slot_value(heard, "tyre_size")[slot]
    return heard.value(slot)


def _guess(heard: Utterance) -> Any:
    for slot in _GUESS:
        if slot in ("diameter", "width", "profile") and heard.get(slot):
            return slot_value(heard, "tyre_size")
        value = slot_value(heard, slot) if slot not in ("width", "profile", "diameter") else None
        if value is not None and slot != "tyre_size":
            return value
        if slot == "tyre_size" and heard.value("tyre_size"):
            return value
    return None


def _lines(stream: TextIO) -> Iterator[str]:
    for line in stream:
        yield line.rstrip("\r\n")


def _write(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _fail(message: str) -> None:
    sys.stderr.write(message + "\n")
    raise typer.Exit(2)
