"""Runs one tool call: policy, argument check, journal, shop, deadline, and a phrase that covers a slow answer.

Every call that reaches a tool is journalled as intended and answered, also when it failed, timed out or was cancelled
by the caller. What changes the shop is journalled durably with its key before it is sent; when its outcome stays
unknown it is sent once more with the same key. A refusal is journalled as `Refused` and answered with `refused`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from call_center.agent.brain import CallTool
from call_center.agent.commits import CONFIRM
from call_center.agent.journal import Journal
from call_center.agent.lookups import DayLookups
from call_center.agent.mutations import REQUEST, equal_intent, key_of, unknown
from call_center.agent.phrases import LINES, line
from call_center.agent.policy import DRAFT, LOOKUPS, Escalate, Limits, Refuse, Scene, check
from call_center.agent.tools import BadArguments, ShopRefused, Tool, Toolbox, ToolContext
from call_center.agent.tools.orders import confirmed_today
from call_center.agent.tools.registry import Arguments
from call_center.agent.tools.shop import Shop
from call_center.agent.view import DialogueView, ToolRecord
from call_center.core.journal.events import Noted, Refused, ToolAnswered, ToolIntended
from call_center.core.ports import Say
from call_center.errors import StoreError

if TYPE_CHECKING:
    from call_center.agent.settings import AgentSettings

CANCEL_DRAFT = "cancel_order_draft"
COUNT_TIMEOUT = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a tool call; `escalate` names why an operator must take over."""

    ok: bool
    escalate: str = ""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A call that may be made. `earlier` is the intent that stands for it, if there is one."""

    call: CallTool
    tool: Tool
    arguments: Arguments
    request: dict[str, Any] | None = None
    earlier: ToolRecord | None = None


class Dispatcher:
    """The tool side of one call. `look` gives the call as it stands, folded up to now."""

    def __init__(
        self,
        journal: Journal,
        shop: Shop,
        toolbox: Toolbox,
        limits: Limits,
        look: Callable[[], DialogueView],
        *,
        lookups: DayLookups | None = None,
    ) -> None:
        self._lookups = lookups or DayLookups()
        self._journal = journal
        self._look = look
        self._shop = shop
        self._toolbox = toolbox
        self._limits = limits

    def request_of(self, tool_name: str, args: dict[str, Any]) -> dict[str, Any]:
        """What a change of the shop would send. Raises BadArguments or LookupError."""
        tool = self._toolbox.get(tool_name)
        arguments = self._toolbox.parse(tool_name, args)
        return tool.request(self._look(), arguments) if tool.request is not None else {}

    async def run(
        self, call: CallTool, now: datetime, settings: AgentSettings
    ) -> AsyncIterator[Say | Outcome]:
        """Yield at most one filler, then the outcome. Never raises for a fault of the shop."""
        view = self._look()
        prepared, problem = self._prepare(call, view)
        if prepared is not None and prepared.earlier is None and call.name in (DRAFT, CONFIRM):
            failure = await self._count_orders(prepared, view, now)
            view = self._look()
            if failure:
                self._journal.append(
                    ToolAnswered(view.next_intent(self._journal.epoch), call.name, False, error=failure)
                )
                yield Outcome(False)
                return
        request = prepared.request if prepared is not None else None
        repeated = prepared is not None and prepared.earlier is not None
        failures = self._lookups.failed(view.caller, now.date()) if call.name in LOOKUPS else 0
        scene = Scene(view, now.timestamp(), self._toolbox.names, self._limits, request, repeated, failures)
        verdict = check(scene, call)
        if isinstance(verdict, Escalate):
            self._journal.append(Refused(verdict.rule, call.name, verdict.reason))
            yield Outcome(False, escalate=verdict.reason)
            return
        if isinstance(verdict, Refuse):
            self._refuse(view, call, verdict.rule, f"{verdict.reason}; {verdict.hint}")
            yield Outcome(False)
            return
        if prepared is None:
            self._refuse(view, call, "arguments", problem)
            yield Outcome(False)
            return
        if call.name == DRAFT and view.draft is not None and not repeated:
            await self.cancel_draft(now, settings, "items_changed")
        async for step in self._perform(prepared, now, settings):
            yield step

    async def cancel_draft(self, now: datetime, settings: AgentSettings, reason: str) -> None:
        """Take back the draft that nobody confirmed. A failure leaves it: it binds nobody.

        While it is not known whether its confirmation arrived, it is left alone: it may bind the shop by now.
        """
        view = self._look()
        half_sent = any(r.tool == CONFIRM and r.args.get("order") == view.draft for r in pending(view))
        if view.draft is None or half_sent:
            return
        call = CallTool(CANCEL_DRAFT, {"order": view.draft, "reason": reason})
        prepared, _ = self._prepare(call, view)
        if prepared is not None:
            async for _ in self._perform(prepared, now, settings, silent=True):
                pass

    async def settle(self, record: ToolRecord, now: datetime, settings: AgentSettings) -> None:
        """Send an intent whose outcome is not known once more, with its key."""
        args = {name: value for name, value in record.args.items() if name != REQUEST}
        tool = self._toolbox.get(record.tool)
        arguments = self._toolbox.parse(record.tool, args)
        prepared = _Prepared(CallTool(record.tool, args), tool, arguments, record.args[REQUEST], record)
        async for _ in self._perform(prepared, now, settings, silent=True):
            pass

    def _prepare(self, call: CallTool, view: DialogueView) -> tuple[_Prepared | None, str]:
        try:
            tool = self._toolbox.get(call.name)
            arguments = self._toolbox.parse(call.name, call.args)
            if tool.request is None:
                return _Prepared(call, tool, arguments), ""
            request = tool.request(view, arguments)
        except BadArguments as error:
            return None, str(error)
        except LookupError as error:
            return None, f"{call.name}: {error.args[0] if error.args else error}"
        return _Prepared(call, tool, arguments, request, equal_intent(view, call.name, request)), ""

    async def _count_orders(self, prepared: _Prepared, view: DialogueView, now: datetime) -> str:
        """Ask the shop how many orders of today the recipient and the caller have; the error code when it fails."""
        order = view.orders.get(str(prepared.call.args.get("order")), {})
        phones = [(prepared.request or {}).get("phone") or order.get("phone"), view.caller]
        try:
            async with asyncio.timeout(COUNT_TIMEOUT):
                counts = await confirmed_today(
                    ToolContext(self._shop, view, now), [p for p in dict.fromkeys(phones) if p]
                )
        except TimeoutError:
            return "timeout"
        except StoreError as error:
            return error.code
        self._journal.append(Noted("day_orders", {"counts": counts}))
        return ""

    async def _perform(
        self,
        prepared: _Prepared,
        now: datetime,
        settings: AgentSettings,
        *,
        silent: bool = False,
    ) -> AsyncIterator[Say | Outcome]:
        call, earlier, view = prepared.call, prepared.earlier, self._look()
        if earlier is not None and earlier.ok:  # an equal intent succeeded: its result, without a request
            self._journal.append(ToolAnswered(earlier.intent, call.name, True, result=earlier.result))
            yield Outcome(True)
            return
        intent, key = await self._intend(prepared, view)
        context = ToolContext(self._shop, view, now, prepared.request or {}, key, settings.operators)
        task = asyncio.ensure_future(_send(prepared, context))
        started = time.monotonic()
        try:
            done, _ = await asyncio.wait({task}, timeout=settings.filler_after)
            if not done:
                if not silent:
                    yield Say(line(_filler(call.name), view.lines["filler"]), filler=True)
                await asyncio.wait({task}, timeout=settings.tool_timeout - settings.filler_after)
            self._answer(intent, call.name, task, started, now)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                ms = (time.monotonic() - started) * 1000
                self._journal.append(ToolAnswered(intent, call.name, False, error="cancelled", ms=ms))
        yield Outcome(task.done() and not task.cancelled() and task.exception() is None)

    async def _intend(self, prepared: _Prepared, view: DialogueView) -> tuple[int, str]:
        """The intent's number and key, journalled before anything is sent; an unknown one keeps its own."""
        if prepared.earlier is not None and prepared.earlier.key is not None:
            # Durably, because that asks whether the call is still ours: a stale process must not send it again.
            await self._journal.append(Noted("sent_again", {"intent": prepared.earlier.intent}), durable=True)
            return prepared.earlier.intent, prepared.earlier.key
        call, intent = prepared.call, view.next_intent(self._journal.epoch)
        if prepared.request is None:
            self._journal.append(ToolIntended(intent, call.name, call.args))
            return intent, ""
        key = key_of(view.call_id, intent)
        args = {**call.args, REQUEST: prepared.request}
        await self._journal.append(ToolIntended(intent, call.name, args, key), durable=True)
        return intent, key

    def _answer(
        self, intent: int, tool: str, task: asyncio.Future[dict[str, Any]], started: float, now: datetime
    ) -> None:
        ms = (time.monotonic() - started) * 1000
        if not task.done():
            return  # the deadline: cancelled and journalled by the caller's finally
        error = task.exception()
        if error is None:
            result = task.result()
            self._journal.append(ToolAnswered(intent, tool, True, result=result, ms=ms))
            if tool in LOOKUPS and not result["found"]:
                self._lookups.fail(self._look().caller, now.date())
            return
        if isinstance(error, ShopRefused):
            self._journal.append(
                ToolAnswered(intent, tool, False, result=error.result, error=error.code, ms=ms)
            )
            return
        code = error.code if isinstance(error, StoreError) else type(error).__name__
        self._journal.append(ToolAnswered(intent, tool, False, error=code, ms=ms))

    def _refuse(self, view: DialogueView, call: CallTool, rule: str, reason: str) -> None:
        self._journal.append(Refused(rule, call.name, reason))
        self._journal.append(
            ToolAnswered(view.next_intent(self._journal.epoch), call.name, False, error="refused")
        )


async def _send(prepared: _Prepared, context: ToolContext) -> dict[str, Any]:
    """Run the tool; a change whose outcome is not known is sent a second time with its key."""
    try:
        return await prepared.tool.run(context, prepared.arguments)
    except StoreError as error:
        if prepared.request is None or error.code == "breaker_open":
            raise
    return await prepared.tool.run(context, prepared.arguments)


def pending(view: DialogueView) -> list[ToolRecord]:
    """Changes of the shop whose outcome is not known, in the order of their intents."""
    return sorted((r for r in view.records.values() if unknown(r)), key=lambda r: r.intent)


def _filler(tool: str) -> str:
    key = f"wait_{tool}"
    return key if key in LINES else "hold"
