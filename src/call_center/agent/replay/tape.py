"""The tool results of a recorded call, given out again: what the journal has no result for is never made up.

A call is answered by a result that was recorded for the same tool and arguments: in the same turn, else before, else
later in the call (a change of the shop: never one from before, the dispatcher knows those). Everything else is
`missing`: the tool does not answer, and whoever drives the turn ends it there. There is no shop behind it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from call_center.agent.mutations import REQUEST
from call_center.agent.tools import BadArguments, ShopRefused, Tool, Toolbox, ToolContext, default_toolbox
from call_center.agent.tools.registry import Arguments, Run
from call_center.agent.tools.shop import Row, Shop
from call_center.core.journal.events import Entry, Noted, ToolAnswered, ToolIntended
from call_center.errors import StoreError

TRANSFER: Final = "transfer_to_operator"
_NO_RESULT: Final = frozenset({"cancelled", "refused"})


class Tape:
    """The results of one call; `turn` says which turn of it is being played."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._box = default_toolbox()
        self._results: list[tuple[int, str, ToolAnswered]] = []
        self._counts: dict[str, int] = {}
        self._first, self._last, self._at = 0, 0, 0.0
        self.missing: tuple[str, dict[str, Any]] | None = None
        self.stopped = asyncio.Event()
        wanted: dict[int, str] = {}
        for place, entry in enumerate(entries):
            event = entry.event
            if isinstance(event, ToolIntended):
                args = {k: v for k, v in event.args.items() if k != REQUEST}
                wanted[event.intent] = self._name(event.tool, args)
            elif isinstance(event, ToolAnswered) and event.error not in _NO_RESULT and event.intent in wanted:
                self._results.append((place, wanted[event.intent], event))
            elif isinstance(event, Noted) and event.what == "day_orders":
                self._counts |= {str(k): int(v) for k, v in event.data["counts"].items()}

    def turn(self, first: int, last: int, at: float) -> Toolbox:
        """The tools for a turn whose entries are `first` to `last` and which was at Unix time `at`."""
        self._first, self._last, self._at = first, last, at
        self.missing = None
        self.stopped = asyncio.Event()
        return self._box.running(self._player)

    @property
    def shop(self) -> Shop:
        """All that is asked of a shop besides its tools: how many orders of today a number has, as it was counted."""
        return cast(Shop, _Counted(self._counts, self._at))

    def _name(self, tool: str, args: dict[str, Any]) -> str:
        """A call by what it means: arguments that say nothing are left out."""
        try:
            parsed = self._box.parse(tool, args)
        except (BadArguments, KeyError):
            return f"{tool} of another program"
        return _key(tool, parsed)

    def _player(self, tool: Tool) -> Run:
        async def run(context: ToolContext, arguments: Arguments) -> dict[str, Any]:
            found = self._find(tool, _key(tool.name, arguments))
            if found is None and tool.name == TRANSFER:
                return await tool.run(context, arguments)  # decided by the clock, not by the shop
            if found is None:
                self.missing = (tool.name, arguments.model_dump(mode="json", exclude_defaults=True))
                self.stopped.set()
                await asyncio.Event().wait()
                raise AssertionError("whoever drives the turn ends it")
            return _given(found)

        return run

    def _find(self, tool: Tool, wanted: str) -> ToolAnswered | None:
        same = [(place, answer) for place, key, answer in self._results if key == wanted]
        now = [answer for place, answer in same if self._first <= place < self._last]
        before = [answer for place, answer in same if place < self._first]
        later = [answer for place, answer in same if place >= self._last]
        return next(iter([*now, *([] if tool.mutating else reversed(before)), *later]), None)


def _key(tool: str, arguments: Arguments) -> str:
    said = arguments.model_dump(mode="json", exclude_defaults=True)
    return f"{tool} {json.dumps(said, ensure_ascii=False, sort_keys=True)}"


def _given(answer: ToolAnswered) -> dict[str, Any]:
    if answer.ok:
        return dict(answer.result)
    if isinstance(answer.result, dict):
        raise ShopRefused(str(answer.error), answer.result)
    raise StoreError("as recorded", code=str(answer.error))


class _Counted:
    """Orders of today, made of a count."""

    def __init__(self, counts: dict[str, int], at: float) -> None:
        self._counts, self._at = counts, at

    async def orders(self, *, phone: str | None = None, number: str | None = None) -> list[Row]:
        """As many confirmed orders as were counted, made at the time of the turn."""
        row = {"status": "confirmed", "created_at": datetime.fromtimestamp(self._at, UTC).isoformat()}
        return [row] * self._counts.get(str(phone), 0)
