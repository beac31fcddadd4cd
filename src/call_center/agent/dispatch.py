"""Runs one tool call: policy, argument check, journal, shop, deadline, and a phrase that covers a slow answer.

Every call that reaches a tool is journalled as intended and answered, also when it failed, timed out or was cancelled
by the caller. A refusal is journalled as `Refused` and answered with `refused`, so the brain can say something else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from call_center.agent.brain import CallTool
from call_center.agent.journal import Journal
from call_center.agent.phrases import LINES, line
from call_center.agent.policy import Escalate, Limits, Refuse, Scene, check
from call_center.agent.tools import BadArguments, Toolbox, ToolContext
from call_center.agent.tools.shop import Shop
from call_center.agent.view import DialogueView
from call_center.core.journal.events import Refused, ToolAnswered, ToolIntended
from call_center.core.ports import Say
from call_center.errors import StoreError

if TYPE_CHECKING:
    from call_center.agent.runtime import AgentSettings


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a tool call; `escalate` names why an operator must take over."""

    ok: bool
    escalate: str = ""


class Dispatcher:
    """The tool side of one call."""

    def __init__(self, journal: Journal, shop: Shop, toolbox: Toolbox, limits: Limits) -> None:
        self._journal = journal
        self._shop = shop
        self._toolbox = toolbox
        self._limits = limits

    async def run(
        self, call: CallTool, view: DialogueView, now: datetime, settings: AgentSettings
    ) -> AsyncIterator[Say | Outcome]:
        """Yield at most one filler, then the outcome. Never raises for a fault of the shop."""
        verdict = check(Scene(view, now.timestamp(), self._toolbox.names, self._limits), call)
        if isinstance(verdict, Escalate):
            self._journal.append(Refused(verdict.rule, call.name, verdict.reason))
            yield Outcome(False, escalate=verdict.reason)
            return
        if isinstance(verdict, Refuse):
            self._refuse(view, call, verdict.rule, f"{verdict.reason}; {verdict.hint}")
            yield Outcome(False)
            return
        try:
            arguments = self._toolbox.parse(call.name, call.args)
        except BadArguments as error:
            self._refuse(view, call, "arguments", str(error))
            yield Outcome(False)
            return
        intent = view.next_intent
        self._journal.append(ToolIntended(intent, call.name, call.args))
        context = ToolContext(self._shop, view, now)
        task = asyncio.ensure_future(self._toolbox.get(call.name).run(context, arguments))
        started = time.monotonic()
        try:
            done, _ = await asyncio.wait({task}, timeout=settings.filler_after)
            if not done:
                yield Say(line(_filler(call.name), view.lines["filler"]), filler=True)
                await asyncio.wait({task}, timeout=settings.tool_timeout - settings.filler_after)
            self._answer(intent, call.name, task, started)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                ms = (time.monotonic() - started) * 1000
                self._journal.append(ToolAnswered(intent, call.name, False, error="cancelled", ms=ms))
        yield Outcome(task.done() and not task.cancelled() and task.exception() is None)

    def _answer(self, intent: int, tool: str, task: asyncio.Future[dict[str, Any]], started: float) -> None:
        ms = (time.monotonic() - started) * 1000
        if not task.done():
            return  # the deadline: cancelled and journalled by the caller's finally
        error = task.exception()
        if error is None:
            self._journal.append(ToolAnswered(intent, tool, True, result=task.result(), ms=ms))
            return
        code = error.code if isinstance(error, StoreError) else type(error).__name__
        self._journal.append(ToolAnswered(intent, tool, False, error=code, ms=ms))

    def _refuse(self, view: DialogueView, call: CallTool, rule: str, reason: str) -> None:
        self._journal.append(Refused(rule, call.name, reason))
        self._journal.append(ToolAnswered(view.next_intent, call.name, False, error="refused"))


def _filler(tool: str) -> str:
    key = f"wait_{tool}"
    return key if key in LINES else "hold"
