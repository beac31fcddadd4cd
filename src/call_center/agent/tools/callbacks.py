"""The callback tool: the shop calls back, on the caller's number or on another one."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from call_center.agent.tools.orders import PhoneHandle, phone_of, refusal_of
from call_center.agent.tools.registry import Arguments, Tool, ToolContext
from call_center.agent.view import DialogueView
from call_center.errors import StoreError


class CallbackArguments(Arguments):
    """Whom to call, what about, when (free words of the caller)."""

    phone: PhoneHandle = "caller.phone"
    topic: Annotated[str, Field(max_length=120)] = "консультація"
    when: Annotated[str, Field(max_length=60)] | None = None


def callback_request(view: DialogueView, args: CallbackArguments) -> dict[str, Any]:
    """The number behind the handle."""
    return {"phone": phone_of(view, args.phone), "topic": args.topic, "when": args.when}


async def request_callback(context: ToolContext, args: CallbackArguments) -> dict[str, Any]:
    """Put the wish on the shop's list."""
    request = context.request
    try:
        await context.shop.callback(
            phone=request["phone"], topic=request["topic"], when=request["when"],
            call_id=context.view.call_id, key=context.key,
        )  # fmt: skip
    except StoreError as error:
        raise refusal_of(error) from error
    return {"callback": {"phone": request["phone"], "when": request["when"]}}


CALLBACK_TOOLS = (
    Tool(
        "request_callback", CallbackArguments, request_callback, "have the shop call back", callback_request
    ),
)
