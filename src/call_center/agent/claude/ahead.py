"""A request that was sent before the turn was over, and whether the finished turn means the same.

The reply is read into memory by a task of its own; nobody hears of it until `parts` is asked for. `meaning` is what the
model would be shown, without the accents of writing: the same state and history, the same words but for case, signs and
spelling. Closing stops the stream; what it has cost until then is in `tally`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from anthropic import AsyncAnthropic
from anthropic.types.message_create_params import MessageCreateParamsStreaming

from call_center.agent.brain import Turn
from call_center.agent.claude.context import messages, state
from call_center.agent.claude.stream import Sentence, Tally, ToolCall, Unusable, read
from call_center.store_client.breaker import Outcome, Permit
from call_center.understanding.words import tokens

HELD = 64  # sentences and tool calls of one reply; then the stream waits


def meaning(turn: Turn) -> str:
    """What a request of this turn would ask, for comparison."""
    *before, _ = messages(turn)
    words = [t.fold for t in tokens(turn.text) if t.kind != "sign"]
    return json.dumps([before, state(turn), words], ensure_ascii=False, default=str)


class Request:
    """One request under way; `since` is loop time."""

    def __init__(
        self,
        turn: Turn,
        client: AsyncAnthropic,
        params: MessageCreateParamsStreaming,
        permit: Permit,
        *,
        first_token_s: float,
        round_s: float,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.meaning = meaning(turn)
        self.tally = Tally()
        self.permit = permit
        self.taken = False
        self._parts: asyncio.Queue[Sentence | ToolCall | Unusable | None] = asyncio.Queue(HELD)
        reply = read(client, params, self.tally, first_token_s=first_token_s, deadline=loop.time() + round_s)
        self._task = loop.create_task(self._pump(reply))

    @property
    def adopted(self) -> bool:
        """Whether the turn used it."""
        return self.taken

    @property
    def alive(self) -> bool:
        """Whether it may still be used."""
        return not self.taken and not self._task.cancelled() and not self._task.cancelling()

    def cancel(self) -> None:
        """Stop it; returns at once."""
        self._task.cancel()

    async def aclose(self) -> None:
        """Stop it and wait until the stream is closed."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.permit.settle(Outcome.ABANDONED)

    async def parts(self) -> AsyncGenerator[Sentence | ToolCall]:
        """The reply, from its beginning. Raises `Unusable` as `read` does."""
        self.taken = True
        try:
            while (part := await self._parts.get()) is not None:
                if isinstance(part, Unusable):
                    raise part
                yield part
        finally:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _pump(self, reply: AsyncGenerator[Sentence | ToolCall]) -> None:
        try:
            async with aclosing(reply) as parts:
                async for part in parts:
                    await self._parts.put(part)
        except Unusable as unusable:
            await self._parts.put(unusable)
        else:
            await self._parts.put(None)
