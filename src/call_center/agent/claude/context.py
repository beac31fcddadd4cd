"""The messages of a request, made anew from the folded journal each time; nothing is kept between requests.

The last exchanges as heard, then the state with the caller's words, then this turn's tool calls with their results.
`violations` is asked before every request: roles alternate, every tool_use has its tool_result, the last is the user's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from anthropic.types import MessageParam

from call_center.agent.brain import Turn
from call_center.agent.claude.plan import standing
from call_center.agent.view import DialogueView, ToolRecord

EXCHANGES: Final = 8
LISTED: Final = 6
MAX_TEXT: Final = 1_200  # characters of one utterance
_PERSONAL: Final = {"name": "recipient.name", "phone": "recipient.phone"}
_INNER: Final = frozenset({"phone_part", "other_phone", "street"})
_HIDDEN: Final = frozenset(
    {"product_id", "id", "order_id", "point_id", "phone", "name", "options", "key", "version", "place", "by", "number"}
)  # fmt: skip


def messages(turn: Turn, extra: Sequence[MessageParam] = ()) -> list[MessageParam]:
    """The conversation for one request; `extra` are this round's calls that were answered by code."""
    view = turn.view
    history = list(view.dialogue.exchanges)
    said = history.pop()[1] if history and history[-1][0] == "caller" else ""
    merged: list[tuple[str, list[str]]] = []
    for who, text in history[-EXCHANGES:]:
        role = "user" if who == "caller" else "assistant"
        shown = clean(view.dialogue.shown(text))
        if merged and merged[-1][0] == role:
            merged[-1][1].append(shown)
        else:
            merged.append((role, [shown]))
    if merged and merged[0][0] == "assistant":
        merged.insert(0, ("user", ["(call begins)"]))
    if merged and merged[-1][0] == "user":
        merged.append(("assistant", ["(not heard)"]))
    made = [_message(role, " ".join(texts)) for role, texts in merged]
    words = clean(view.dialogue.shown(said))[:MAX_TEXT]
    made.append({"role": "user", "content": f"{state(turn)}\n<caller>{words}</caller>"})
    for record in this_turn(view):
        made += _answered(view, record)
    return [*made, *extra]


def _message(role: str, text: str) -> MessageParam:
    return {"role": "user", "content": text} if role == "user" else {"role": "assistant", "content": text}


def this_turn(view: DialogueView) -> list[ToolRecord]:
    """Tool calls of the present turn that were answered, in order."""
    return [r for r in view.records.values() if r.turn == view.turn and r.ok is not None]


def _answered(view: DialogueView, record: ToolRecord) -> list[MessageParam]:
    args = {k: v for k, v in record.args.items() if k != "request"}
    result: Any = shown(record.result) if record.ok else {"error": record.error, "why": view.dialogue.refusal}
    if not record.ok and record.result is not None:
        result["said"] = shown(record.result)
    return pair(f"t{record.intent}", record.tool, args, result, failed=not record.ok)


def pair(call: str, tool: str, args: dict[str, Any], result: Any, *, failed: bool) -> list[MessageParam]:
    """A tool call and its answer."""
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)
    return [
        {"role": "assistant", "content": [{"type": "tool_use", "id": call, "name": tool, "input": args}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": call, "content": text[:4_000], "is_error": failed}
            ],
        },
    ]


def shown(value: Any) -> Any:
    """A result without what must not be spoken or seen."""
    if isinstance(value, dict):
        return {k: shown(v) for k, v in value.items() if k not in _HIDDEN}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return clean(value)[:300] if isinstance(value, str) else value


def clean(text: str) -> str:
    """Text that cannot close its own frame: what callers and the shop write is data."""
    return " ".join(text.replace("<", "‹").replace(">", "›").replace("[[", "[ [").split())


def state(turn: Turn) -> str:
    """The call as it stands, a line a subject; absence is said, never left open."""
    view = turn.view
    slots = {
        name: _PERSONAL.get(name) or found.value for name, found in view.slots.items() if name not in _INNER
    }
    asked = view.asked
    rows = {
        "flow": view.flow or "none",
        "paused": list(view.paused),
        "slots": shown_slots(slots),
        "new": sorted(turn.new - _INNER),
        "heard": sorted(turn.said),
        "asked": f"{asked.slot} ({asked.question.value})" if asked else "nothing",
        "not_understood": view.repairs,
        "offered": list(view.offered),
        "talked_about": view.focus,
        "chosen": view.chosen,
        "options": [_option(h, o) for h, o in list(view.options.items())[-6:]],
        "orders": [{"handle": h, **shown(o)} for h, o in view.orders.items()][-2:],
        "points": [{"handle": h, "address": p.get("address"), "city": p.get("city")} for h, p in view.points.items()][-4:],
        "statuses": [_row(h, s, ("status", "eta", "total", "items")) for h, s in view.statuses.items()][-3:],
        "stations": [_row(s["handle"], s, ("city", "address")) for s in _listed(view, "get_fitting_stations", "stations")],
        "times": [_row(t["handle"], t, ("date", "time")) for t in _listed(view, "get_fitting_slots", "times")],
        "bookings": [_row(h, b, ("status", "date", "time")) for h, b in view.bookings.items()],
        "spoken_this_turn": [view.dialogue.shown(text) for text in view.dialogue.now],
        "next": standing(turn).text(),
    }  # fmt: skip
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False, default=str)}" for name, value in rows.items()]
    return "\n".join(["<state>", *lines, "</state>"])


def _row(handle: str, facts: dict[str, Any], keep: tuple[str, ...]) -> dict[str, Any]:
    return {"handle": handle, **{name: shown(facts[name]) for name in keep if facts.get(name) is not None}}


def _listed(view: DialogueView, tool: str, rows: str) -> list[dict[str, Any]]:
    """The newest list of the shop, cut to what can be talked about."""
    found = view.latest(tool)
    return list(found.result[rows])[:LISTED] if found is not None and found.ok else []


def shown_slots(slots: dict[str, Any]) -> dict[str, Any]:
    """Slot values as data."""
    return {name: clean(value) if isinstance(value, str) else value for name, value in slots.items()}


def _option(handle: str, option: dict[str, Any]) -> dict[str, Any]:
    keep = ("brand", "model", "size", "season", "price", "stock", "total_quantity", "studded")
    return {"handle": handle, **{k: shown(option[k]) for k in keep if k in option}}


def violations(made: Sequence[MessageParam]) -> list[str]:
    """What the API would refuse or the dialogue forbids."""
    found: list[str] = []
    if not made or made[0]["role"] != "user" or made[-1]["role"] != "user":
        found.append("must begin and end with the user")
    open_calls: set[str] = set()
    for before, after in zip([None, *made], made, strict=False):
        if before is not None and before["role"] == after["role"]:
            found.append(f"two {after['role']} messages running")
        blocks: list[dict[str, Any]] = [dict(b) for b in after["content"] if isinstance(b, dict)]
        results = {str(b["tool_use_id"]) for b in blocks if b.get("type") == "tool_result"}
        if open_calls != results:
            found.append(f"tool_use {sorted(open_calls ^ results)} without its pair")
        open_calls = {str(b["id"]) for b in blocks if b.get("type") == "tool_use"}
    if open_calls:
        found.append(f"tool_use {sorted(open_calls)} without a result")
    return found
