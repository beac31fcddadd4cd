"""What the proof is worth: with one guarantee taken out it must fail. Each sabotage is a context manager.

`agreed_commit`: the policy lets commits through without a yes. `key`: every request gets a fresh idempotency key.
`fence`: a process never finds out that the call was taken from it.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from call_center.agent import policy
from call_center.core.journal import Journal
from call_center.processes.lease import Lease
from call_center.store_client.transport import Transport


@contextlib.contextmanager
def without_agreed_commit() -> Iterator[None]:
    """A brain that wants to commit may."""
    rules = tuple(rule for rule in policy.RULES if rule is not policy.agreed_commit)
    assert len(rules) == len(policy.RULES) - 1
    with mock.patch.object(policy, "RULES", rules):
        yield


@contextlib.contextmanager
def without_key() -> Iterator[None]:
    """The shop cannot tell a repetition from a new wish."""
    whole = Transport.request

    async def request(self: Transport, method: str, path: str, **what: Any) -> Any:
        if what.get("key"):
            what["key"] = str(uuid.uuid4())
        return await whole(self, method, path, **what)

    with mock.patch.object(Transport, "request", request):
        yield


@contextlib.contextmanager
def without_fence() -> Iterator[None]:
    """Whoever had the call once goes on writing and sending."""

    def lose(self: Lease) -> None:
        """Not to be told."""

    def written(self: Journal, event: Any) -> Any:
        return self._written(event)

    with (
        mock.patch.object(Lease, "lose", lose),
        mock.patch.object(Lease, "sure", property(lambda self: True)),
        mock.patch.object(Journal, "_append_durably", written),
    ):
        yield


SABOTAGES: dict[str, Callable[[], contextlib.AbstractContextManager[None]]] = {
    "agreed_commit": without_agreed_commit,
    "key": without_key,
    "fence": without_fence,
}
EXPECTED = {"agreed_commit": "unagreed", "key": "duplicate", "fence": "stale"}
"""Which kind of break each must bring to light."""
