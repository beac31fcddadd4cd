"""The tools there are today, and the way to an operator."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

from call_center.agent.tools.callbacks import CALLBACK_TOOLS
from call_center.agent.tools.catalogue import CATALOGUE_TOOLS
from call_center.agent.tools.fitting import FITTING_TOOLS
from call_center.agent.tools.orders import ORDER_TOOLS
from call_center.agent.tools.registry import Arguments, ShopRefused, Tool, Toolbox, ToolContext
from call_center.agent.view import DialogueView

Reason = Literal[
    "customer_request", "cannot_help", "complex_question", "negative_emotion", "out_of_scope", "limit"
]  # fmt: skip


OUT_OF_HOURS: Final = "out_of_hours"


def on_duty(now: datetime, hours: tuple[int, int]) -> bool:
    """Whether operators are there at `now`, which is in the shop's time zone."""
    return hours[0] <= now.hour < hours[1]


class TransferArguments(Arguments):
    """Why a person is needed."""

    reason: Reason


async def transfer_to_operator(context: ToolContext, args: TransferArguments) -> dict[str, Any]:
    """Accept the transfer; the call moves once the line that announces it was played. Nobody is there: refused."""
    if not on_duty(context.now, context.operators):
        raise ShopRefused(OUT_OF_HOURS, {"operators": list(context.operators)})
    return {"status": "accepted", "reason": args.reason}


def request_for(view: DialogueView, tool: str, args: dict[str, Any]) -> dict[str, Any]:
    """What a change of the shop would send now. Raises BadArguments or LookupError."""
    box = default_toolbox()
    arguments = box.parse(tool, args)
    make = box.get(tool).request
    return make(view, arguments) if make is not None else {}


@lru_cache(maxsize=1)
def default_toolbox() -> Toolbox:
    """Every tool of this step."""
    transfer = Tool(
        "transfer_to_operator", TransferArguments, transfer_to_operator, "hand the call to a person"
    )
    return Toolbox([*CATALOGUE_TOOLS, *ORDER_TOOLS, *CALLBACK_TOOLS, *FITTING_TOOLS, transfer])
