"""The registry: a tool is a name, an argument model and a coroutine. Bad arguments become a clear refusal."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
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


class ShopRefused(CallCenterError):
    """The shop answered that it will not; `result` is what it said, with the HTTP `status`."""

    def __init__(self, code: str, result: dict[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.result = result


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may use: the shop, the call as it stands, the time of the call.

    A change of the shop also gets its `request`, journalled before, and its idempotency `key`.
    """

    shop: Shop
    view: DialogueView
    now: datetime
    request: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    operators: tuple[int, int] = (0, 24)  # hours from and to which they are there


Run = Callable[[ToolContext, Any], Coroutine[Any, Any, dict[str, Any]]]
Request = Callable[[DialogueView, Any], dict[str, Any]]
"""Handles resolved: the exact values that will be sent. Raises LookupError naming what is not known."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One typed action. `request` makes of the arguments what is sent; only what changes the shop has one.

    `internal` actions are taken by code alone and do not exist for a brain.
    """

    name: str
    arguments: type[Arguments]
    run: Run
    description: str
    request: Request | None = None
    internal: bool = False

    @property
    def mutating(self) -> bool:
        """Whether it changes the shop: numbered, keyed, journalled before it is sent."""
        return self.request is not None


class Toolbox:
    """The tools that exist."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    @property
    def names(self) -> frozenset[str]:
        """Canonical names of what a brain may ask for."""
        return frozenset(name for name, tool in self._tools.items() if not tool.internal)

    def get(self, name: str) -> Tool:
        """The tool of that name; KeyError when there is none (policy refuses it before)."""
        return self._tools[name]

    def running(self, make: Callable[[Tool], Run]) -> Toolbox:
        """The same tools, run otherwise: names, arguments and requests stay."""
        return Toolbox(replace(tool, run=make(tool)) for tool in self._tools.values())

    def parse(self, name: str, args: dict[str, Any]) -> Arguments:
        """Validated arguments; raises `BadArguments` naming every wrong field."""
        try:
            return self._tools[name].arguments.model_validate(args)
        except ValidationError as error:
            problems = [
                f"{'.'.join(str(p) for p in e['loc']) or 'arguments'}: {e['msg']}" for e in error.errors()
            ]
            raise BadArguments(f"{name}: {'; '.join(problems)}") from None
