"""Bookings of a scenario: exactly those listed were added, moved and cancelled, no other was touched. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

KINDS = {"bookings": "added", "moved_bookings": "moved", "cancelled_bookings": "cancelled"}
"""Expectation -> how the store's test port calls the change."""


def bookings(expect: dict[str, Any], changes: dict[str, Any]) -> list[str]:
    """Every check that failed; an expectation that is absent means none. A booking made and cancelled is no change."""
    rows = changes.get("bookings", ())
    failed = []
    for name, change in KINDS.items():
        got = [row for row in rows if row["change"] == change and not _undone(row)]
        failed += _compared(name, list(expect.get(name) or ()), got)
    return failed


def _undone(row: dict[str, Any]) -> bool:
    return bool(row["change"] == "added" and row["status"] == "cancelled")


def _compared(name: str, wanted: list[dict[str, Any]], got: list[dict[str, Any]]) -> list[str]:
    if len(wanted) != len(got):
        return [f"{len(got)} {name}, expected {len(wanted)}"]
    failed, left = [], list(got)
    for want in wanted:
        best = min(left, key=lambda row: len(differences(want, row)))
        failed += [f"{name}: {field} differs" for field in differences(want, best)]
        left.remove(best)
    return failed


def differences(want: dict[str, Any], row: dict[str, Any]) -> list[str]:
    """Fields listed that the booking does not have; a list means one of these, `name` is a pattern."""
    return [field for field, value in want.items() if not _met(field, value, row)]


def _met(field: str, want: Any, row: dict[str, Any]) -> bool:
    if field == "name":
        return re.search(str(want), str(_FIELDS["name"](row) or ""), re.IGNORECASE) is not None
    read = _FIELDS.get(field)
    if read is None:
        return False
    options: Sequence[Any] = want if isinstance(want, list) else [want]
    return str(read(row)) in {str(option) for option in options}


_FIELDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "status": lambda row: row["status"],
    "phone": lambda row: row["customer_phone"],
    "name": lambda row: row.get("customer_name"),
    "station": lambda row: row["station"]["id"],
    "date": lambda row: row["date"],
    "time": lambda row: str(row["time"])[:5],
    "service": lambda row: row["service_type"],
    "diameter": lambda row: row.get("tire_diameter"),
}
