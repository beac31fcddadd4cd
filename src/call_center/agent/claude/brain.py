"""`ClaudeBrain`: asks Claude for the turns that need it, and is the built-in brain for all others.

Stateless as every brain: the request is made from the folded journal. A reply that cannot be used is asked for once more
if the round's time allows, then the built-in brain takes the turn, in the middle of the call. Once something was spoken
the turn is only finished. The breaker spares a provider that is down; one trial at a time brings it back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

from anthropic import AsyncAnthropic
from anthropic.types import MessageParam
from anthropic.types.message_create_params import MessageCreateParamsStreaming

from call_center.agent.brain import CallTool, Finish, Note, Output, Turn
from call_center.agent.claude.ahead import Request, meaning
from call_center.agent.claude.calls import call_of, problems_of
from call_center.agent.claude.context import messages, pair, violations
from call_center.agent.claude.evidence import verified
from call_center.agent.claude.fastpath import owner
from call_center.agent.claude.plan import silent_steps
from call_center.agent.claude.prices import cost
from call_center.agent.claude.prompt import CALL_OFF, CONTINUE, END_CALL, SET_SLOTS, SetSlots, static_prefix
from call_center.agent.claude.script import begin, go_on, off
from call_center.agent.claude.settings import BrainOptions
from call_center.agent.claude.spending import DaySpending
from call_center.agent.claude.spoken import Spoken, problem, speak
from call_center.agent.claude.stream import Sentence, Tally, ToolCall, Unusable, read
from call_center.agent.claude.wording import Wording
from call_center.agent.flows.speech import say
from call_center.agent.offline.brain import decide
from call_center.agent.offline.executor import exhausted
from call_center.monitoring import metrics
from call_center.store_client.breaker import Breaker, Outcome, State
from call_center.understanding import Catalogue

MAX_REQUESTS = 5  # of one round
CORRECTION_S = 2.0  # a refused sentence is told to the model only while this much time remains
_SCRIPTED = frozenset(
    {"create_order_draft", "update_order_delivery", "confirm_order", "cancel_order_draft", "request_callback",
     "transfer_to_operator", "book_fitting", "cancel_fitting"}
)  # fmt: skip
"""Their results are told by the script: it vouches for what is done."""


@dataclass(slots=True)
class _Round:
    """One round of a turn: what was spoken, what the model was told back, the time it has."""

    deadline: float
    spoken: Spoken = field(default_factory=Spoken)
    extra: list[MessageParam] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    refused: str = ""
    paid: dict[str, object] = field(default_factory=dict)
    corrected: bool = False
    set_anew: bool = False  # the model corrected the state: what was understood is not the last word
    retried: bool = False
    done: bool = False
    ahead: Request | None = None  # begun before the turn was over, not yet read


class ClaudeBrain:
    """A brain over `client`, shared by the calls of a process as `breaker` and `spending` are."""

    def __init__(
        self,
        client: AsyncAnthropic,
        catalogue: Catalogue,
        options: BrainOptions | None = None,
        *,
        breaker: Breaker,
        spending: DaySpending | None = None,
        wording: Wording | None = None,
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._options = options or BrainOptions()
        self._breaker = breaker
        self._spending = spending or DaySpending(self._options.day_cap)
        self._wording = wording or Wording()

    async def respond(self, turn: Turn) -> AsyncIterator[Output]:
        """One round of the turn."""
        view, options = turn.view, self._options
        if turn.round == 0:
            for note in self._wording.missing(view):
                yield note
            found = owner(
                turn,
                fast_path=options.fast_path,
                call_cap=options.call_cap,
                day_open=self._spending.open(turn.now.date()),
            )
            metrics.BRAIN_TURNS.labels(by=found.name).inc()
            yield Note("brain", {"name": found.name, "why": found.why})
            if view.dialogue.cost >= options.call_cap and not view.handed_back:
                yield CallTool("transfer_to_operator", {"reason": "limit"})
                return
        last = view.last_answer
        scripted = (
            turn.round > 0 and last is not None and last.tool in _SCRIPTED and bool(last.ok or last.refused)
        )
        if view.dialogue.owner != "claude" or scripted:
            for output in self._wasted(turn, None):
                yield output
            for output in decide(turn):
                yield output
            return
        if (
            turn.told
        ):  # by a process that died: a model would say it again in other words, so the script goes on
            for output in _finish(turn, _Round(0.0)):
                yield output
            return
        async with aclosing(self._think(turn)) as outputs:
            async for output in outputs:
                if exhausted(turn, output):  # a model may go round in circles as well
                    yield CallTool("transfer_to_operator", {"reason": "cannot_help"})
                    return
                yield output

    async def _think(self, turn: Turn) -> AsyncGenerator[Output]:
        loop = asyncio.get_running_loop()
        now = _Round(loop.time() + self._options.round_s)
        for output in self._open(turn, now):
            yield output
        for _ in range(MAX_REQUESTS):
            why = ""
            try:
                async with aclosing(self._request(turn, now)) as outputs:
                    async for output in outputs:
                        yield output
            except Unusable as unusable:
                why = unusable.why
            if now.paid:
                yield Note("usage", now.paid)
            if why and self._again(now, why):
                continue
            if why:
                for output in _instead(turn, now, why):
                    yield output
                return
            for output in self._conclude(turn, now):
                yield output
            if now.done:
                return
            if loop.time() >= now.deadline:
                break
        for output in _instead(turn, now, "rounds"):
            yield output

    def _open(self, turn: Turn, now: _Round) -> Iterator[Output]:
        yield from begin(turn)
        now.ahead = _foreseen(turn)
        yield from self._wasted(turn, now.ahead)

    def _again(self, now: _Round, why: str) -> bool:
        """Whether the same is asked once more: nothing was spoken, it may help, and there is time."""
        enough = asyncio.get_running_loop().time() + self._options.first_token_s <= now.deadline
        again = (
            enough
            and not now.spoken.sentences
            and not now.retried
            and why not in ("refusal", "open", "history")
        )
        now.retried = now.retried or again
        return again

    async def _request(self, turn: Turn, now: _Round) -> AsyncGenerator[Output]:
        """One reply: sentences as they come; tool calls are kept for `_conclude`."""
        request = self._params(turn, now)
        if violations(list(request["messages"])):
            raise Unusable("history")
        ahead, now.ahead = now.ahead, None
        permit = ahead.permit if ahead is not None else self._breaker.permit()
        if permit is None:
            raise Unusable("open")
        now.calls, now.refused, now.paid = [], "", {}
        tally = ahead.tally if ahead is not None else Tally()
        outcome = Outcome.ABANDONED
        try:
            reply = ahead.parts() if ahead is not None else self._read(request, tally, now.deadline)
            async with aclosing(reply) as parts:
                async for part in parts:
                    if isinstance(part, ToolCall):
                        now.calls.append(part)
                        continue
                    for output in _say(turn, now, part):
                        yield output
                    if now.refused or now.spoken.asked:
                        break  # closes the stream: nothing after a question is spoken
            outcome = Outcome.SUCCEEDED
        except Unusable as unusable:
            outcome = Outcome.SUCCEEDED if unusable.why == "refusal" else Outcome.FAILED
            raise
        finally:
            permit.settle(outcome)
            now.paid = self._account(turn, tally)

    def _read(
        self, request: MessageCreateParamsStreaming, tally: Tally, deadline: float
    ) -> AsyncGenerator[Sentence | ToolCall]:
        first = self._options.first_token_s
        return read(self._client, request, tally, first_token_s=first, deadline=deadline)

    def foresee(self, turn: Turn, note: Callable[[Note], None]) -> Request | None:
        """Send the request of a turn that may be over; None when no model would be asked or the provider is ailing."""
        options = self._options
        found = owner(
            turn,
            fast_path=options.fast_path,
            call_cap=options.call_cap,
            day_open=self._spending.open(turn.now.date()),
        )
        if found.name != "claude" or not options.speculate or self._breaker.state is not State.CLOSED:
            return None
        for output in begin(turn):
            if isinstance(output, Note):
                note(output)
        params = self._params(turn, _Round(0.0))
        permit = None if violations(list(params["messages"])) else self._breaker.permit()
        if permit is None:
            return None
        first, whole = options.first_token_s, options.round_s
        return Request(turn, self._client, params, permit, first_token_s=first, round_s=whole)

    def _wasted(self, turn: Turn, used: Request | None) -> Iterator[Output]:
        """What was begun in vain is stopped and paid for."""
        for ahead in turn.ahead if turn.round == 0 else ():
            if ahead is used or not isinstance(ahead, Request):
                continue
            ahead.cancel()
            if ahead.tally.input or ahead.tally.cache_read:
                yield Note("usage", self._account(turn, ahead.tally))

    def _account(self, turn: Turn, tally: Tally) -> dict[str, object]:
        usage, model = tally.usage, self._options.model
        usd = cost(model, usage)
        self._spending.add(usd, turn.now.date())
        kinds = {"input": usage.input, "cache_write": usage.cache_write, "cache_read": usage.cache_read, "output": usage.output}  # fmt: skip
        for kind, tokens in kinds.items():
            metrics.MODEL_TOKENS.labels(kind=kind).inc(tokens)
        metrics.MODEL_COST.inc(usd)
        if tally.first_token_s is not None:
            metrics.MODEL_FIRST_TOKEN.observe(tally.first_token_s)
        return {"model": model, **kinds, "usd": usd}

    def _params(self, turn: Turn, now: _Round) -> MessageCreateParamsStreaming:
        options = self._options
        system, tools = static_prefix(
            turn.agent_name, turn.shop, options.strict_tools, self._wording.parts(turn.view)
        )
        request: MessageCreateParamsStreaming = {
            "model": options.model,
            "max_tokens": options.max_tokens,
            "system": list(system),
            "tools": list(tools),
            "tool_choice": {"type": "auto"},
            "messages": messages(turn, now.extra),
            "thinking": {"type": "disabled"},
            "stream": True,
        }
        if options.effort is not None:
            request["output_config"] = {"effort": options.effort}
        return request

    def _conclude(self, turn: Turn, now: _Round) -> Iterator[Output]:
        """What follows from a whole reply; `done` ends the round, else the model is asked again with `extra`."""
        if now.refused:
            yield from _refused(turn, now)
            return
        if now.spoken.asked:
            now.done = True
            return
        told: list[str] = []
        for call in now.calls:
            if call.name == SET_SLOTS:
                yield from self._set_slots(turn, now, call, told)
        rest = [c for c in now.calls if c.name != SET_SLOTS]
        if told or (not rest and now.calls):
            if now.spoken.sentences:
                yield from _finish(turn, now)
            return
        if not rest:
            yield from _finish(turn, now)
            return
        yield from self._act(turn, now, rest[0])

    def _set_slots(self, turn: Turn, now: _Round, call: ToolCall, told: list[str]) -> Iterator[Output]:
        try:
            changes = SetSlots.model_validate(call.args).changes
        except ValueError as error:
            problems: tuple[str, ...] = (f"arguments: {type(error).__name__}",)
        else:
            verdict = verified(turn.view, changes, self._catalogue, turn.now.date())
            now.set_anew = now.set_anew or bool(verdict.notes)
            yield from verdict.notes
            yield from silent_steps(turn)
            problems = verdict.refused
        if problems:
            told += problems
            metrics.MODEL_REFUSALS.labels(what="slots").inc()
            yield Note("model_refused", {"tool": call.name, "why": list(problems)})
        text = "; ".join(problems) or "done, see the state"
        now.extra += pair(call.id, call.name, call.args, text, failed=bool(problems))

    def _act(self, turn: Turn, now: _Round, call: ToolCall) -> Iterator[Output]:
        now.done = True
        if call.name == CONTINUE:
            yield from _finish(turn, now)
        elif call.name == CALL_OFF:
            yield from off(turn)
        elif call.name == END_CALL:
            if not now.spoken.sentences:
                yield say(turn, "goodbye")
            yield Finish("goodbye")
        else:
            problems = problems_of(turn, call)
            if problems:
                now.done = False
                metrics.MODEL_REFUSALS.labels(what="arguments").inc()
                yield Note("model_refused", {"tool": call.name, "why": problems})
                now.extra += pair(call.id, call.name, call.args, "; ".join(problems), failed=True)
            else:
                yield call_of(turn, call)


def _say(turn: Turn, now: _Round, part: Sentence) -> Iterator[Output]:
    wrong = problem(turn, part.text, now.spoken)
    if not wrong:
        yield from speak(turn, part.text, now.spoken)
        return
    metrics.MODEL_REFUSALS.labels(what="sentence").inc()
    yield Note("model_refused", {"sentence": part.text[:200], "why": [wrong]})
    now.refused = f"{wrong}: {part.text}"


def _refused(turn: Turn, now: _Round) -> Iterator[Output]:
    """A sentence that may not be spoken: told to the model once while nothing was spoken, else the script's facts."""
    remains = now.deadline - asyncio.get_running_loop().time()
    if now.spoken.sentences or now.corrected or remains < CORRECTION_S:
        yield from _finish(turn, now)
        return
    now.corrected = True
    reason, sentence = now.refused.split(": ", 1)[0], now.refused.rsplit(": ", 1)[-1]
    now.extra += [
        {"role": "assistant", "content": sentence},
        {"role": "user", "content": f"(not spoken, {reason}; say it by reference or let the flow continue)"},
    ]


def _finish(turn: Turn, now: _Round) -> Iterator[Output]:
    """The script takes the rest of the turn."""
    now.done = True
    yield from go_on(turn, spoken=bool(now.spoken.sentences), corrected=now.set_anew)


def _instead(turn: Turn, now: _Round, why: str) -> Iterator[Output]:
    """No usable reply: the built-in brain takes the turn, or finishes what was begun."""
    metrics.BRAIN_FALLBACKS.labels(why=why).inc()
    if now.spoken.asked:
        return
    if now.spoken.sentences:
        yield from _finish(turn, now)
        return
    yield Note("brain", {"name": "offline", "why": why})
    yield from decide(turn)


def _foreseen(turn: Turn) -> Request | None:
    """The request that was begun for what the turn turned out to mean."""
    last = turn.ahead[-1] if turn.ahead and turn.round == 0 else None
    fits = isinstance(last, Request) and last.alive and last.meaning == meaning(turn)
    return last if fits and isinstance(last, Request) else None
