"""What a request of the Messages API says, as the emulated model reads it, and its usual answers. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from call_center.testing.emulators.messages_api.wire import Reply

_STATE = re.compile(r"<state>\n(.*)\n</state>", re.DOTALL)
_CALLER = re.compile(r"<caller>(.*)</caller>", re.DOTALL)
ORDINALS: Final = ((r"\bперш", 0), (r"\bдруг(?:ий|у|ого|ої|і)|\bвтор", 1), (r"\bтрет", 2))
YES: Final = re.compile(
    r"^\s*(?:так|да|добре|хорошо|угу|давайте|підходить|подходит|звісно|ага)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the request says."""

    state: dict[str, Any]
    caller: str
    said: str = ""  # by the agent before
    results: list[tuple[str, dict[str, Any], Any, bool]] = field(default_factory=list)

    def get(self, name: str) -> Any:
        """A line of the state."""
        return self.state.get(name)

    @property
    def heard(self) -> set[str]:
        """Dialogue acts that code heard."""
        return set(self.get("heard") or ())

    @property
    def new(self) -> set[str]:
        """Slots that the caller has just filled."""
        return set(self.get("new") or ())

    @property
    def options(self) -> dict[str, dict[str, Any]]:
        """Offered tyres by handle."""
        known = {o["handle"]: o for o in self.get("options") or ()}
        return {h: known[h] for h in self.get("offered") or () if h in known}

    @property
    def flow(self) -> str:
        """The active flow, or none."""
        return str(self.get("flow"))

    def asks(self, *slots: str) -> bool:
        """Whether the open question is for one of these slots."""
        return str(self.get("asked")).split(" ", 1)[0] in slots

    def called(self, tool: str) -> bool:
        """Whether this turn already called the tool."""
        return any(name == tool for name, *_ in self.results)


def read(request: dict[str, Any]) -> Seen:
    """Parse a request."""
    state: dict[str, Any] = {}
    caller = ""
    calls: dict[str, tuple[str, dict[str, Any]]] = {}
    results = []
    history = []
    for message in request["messages"]:
        content = message["content"]
        if message["role"] == "assistant" and isinstance(content, str):
            history.append(content)
        for block in content if isinstance(content, list) else ():
            if block["type"] == "tool_use":
                calls[block["id"]] = (block["name"], block["input"])
            elif block["type"] == "tool_result":
                name, args = calls[block["tool_use_id"]]
                results.append((name, args, _json(block["content"]), bool(block.get("is_error"))))
        found = _STATE.search(content) if isinstance(content, str) else None
        if found is not None:
            state = {k: _json(v) for k, v in (line.split(": ", 1) for line in found[1].split("\n"))}
            said = _CALLER.search(content)
            caller = said[1] if said else ""
    return Seen(state, caller, " ".join(history), results)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def go_on() -> Reply:
    """Let the shop's script take the step."""
    return Reply(tools=(("continue_flow", {}),))


def span(seen: Seen) -> str:
    """The longest part of the caller's words that holds no handle."""
    return max(re.split(r"\[[^\]]*\]", seen.caller), key=len).strip(" .,!?")


def set_slots(seen: Seen, **slots: str) -> Reply:
    """Correct the state with the caller's own words."""
    evidence = span(seen)
    changes = [{"slot": slot, "value": value, "evidence": evidence} for slot, value in slots.items()]
    return Reply(tools=(("set_slots", {"changes": changes}),))
