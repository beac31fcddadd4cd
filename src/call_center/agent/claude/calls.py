"""A shop tool that a model wants: whether it may be called so, and what becomes of it. Pure."""

from __future__ import annotations

from call_center.agent.brain import CallTool, Output, Recite, Turn
from call_center.agent.claude.evidence import unknown_arguments
from call_center.agent.claude.stream import ToolCall
from call_center.agent.commits import agreed, binds, digest
from call_center.agent.tools import BadArguments, default_toolbox
from call_center.agent.tools.step import request_for


def problems_of(turn: Turn, call: ToolCall) -> list[str]:
    """Why a shop tool may not be called so, before policy is asked."""
    box = default_toolbox()
    if call.name not in box.names:
        return [f"no tool {call.name!r}"]
    args = {k: v for k, v in call.args.items() if v is not None}
    try:
        box.parse(call.name, args)
        request_for(turn.view, call.name, args)
    except BadArguments as error:
        return [str(error)]
    except LookupError as error:
        return [str(error.args[0] if error.args else error)]
    return unknown_arguments(turn.view, call.name, args)


def call_of(turn: Turn, call: ToolCall) -> Output:
    """The call, or its read-back while the caller has not agreed to exactly this."""
    args = {k: v for k, v in call.args.items() if v is not None}
    request = request_for(turn.view, call.name, args)
    bound = bool(request) and binds(turn.view, call.name, request)
    if bound and not agreed(turn.view, call.name, digest(turn.view, call.name, args, request)):
        return Recite(call.name, args)
    return CallTool(call.name, args)
