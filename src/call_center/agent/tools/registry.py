"""The registry: a tool is a name, an argument model and a coroutine. Bad arguments become a clear refusal."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from call_center.agent.tools.shop import Shop
from call_center.agent.view import DialogueView
from call_center.errors import CallCenterError


class BadArguments(CallCenterError):
    """A brain called a tool with arguments that it does not take; the message says which and why."""


class Arguments(BaseModel):
    """Base of argument models: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may use: the shop, the call as it stands, the time of the call."""

    shop: Shop
    view: DialogueView
    now: datetime


Run = Callable[[ToolContext, Any], Coroutine[Any, Any, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Tool:
    """One typed action. `mutating` tools get an idempotency key and are never repeated blindly."""

    name: str
    arguments: type[Arguments]
    run: Run
    description: str
    mutating: bool = False


class Toolbox:
    """The tools that exist."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    @property
    def names(self) -> frozenset[str]:
        """Canonical names."""
        return frozenset(self._tools)

    def get(self, name: str) -> Tool:
        """The tool of that name; KeyError when there is none (policy refuses it before)."""
        return self._tools[name]

    def parse(self, name: str, args: dict[str, Any]) -> Arguments:
        """Validated arguments; raises `BadArguments` naming every wrong field."""
        try:
            return self._tools[name].arguments.model_validate(args)
        except ValidationError as error:
            problems = [
                f"{'.'.join(str(p) for p in e['loc']) or 'arguments'}: {e['msg']}" for e in error.errors()
            ]
            raise BadArguments(f"{name}: {'; '.join(problems)}") from None
