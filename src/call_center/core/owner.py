"""The owner of a call's tasks: nothing runs for a call that its session does not hold and end.

Unlike `asyncio.TaskGroup` one failing task does not cancel the others: its exception goes to `on_error` and the call
goes on. Tasks start eagerly: what a coroutine can do without waiting is done before `start` returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

_LAST_S = 0.05  # after the second cancellation

OnError = Callable[[BaseException], None]


class TaskOwner:
    """Tasks of one call."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_error: OnError) -> None:
        self._loop = loop
        self._on_error = on_error
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None] | None:
        """Run `coroutine` as a task of the call; None when the call is closed already."""
        if self._closed:
            coroutine.close()
            return None
        task = asyncio.Task(coroutine, loop=self._loop, name=name, eager_start=True)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(error)

    async def close(self, within_s: float) -> int:
        """Cancel everything and wait for it about `within_s` seconds; return how many tasks did not stop."""
        self._closed = True
        waiting = {task for task in self._tasks if task is not asyncio.current_task()}
        # A task that is being cancelled already may be finishing a write: it is not disturbed until the time is up.
        for task in waiting:
            if not task.cancelling():
                task.cancel()
        for grace_s in (within_s, _LAST_S):
            if not waiting:
                break
            _, waiting = await asyncio.wait(waiting, timeout=grace_s)
            for task in waiting:
                task.cancel()
        return len(waiting)
