"""Announcing a call as the dialplan does, before the AudioSocket connection is made."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx2

from call_center.errors import ConfigError
from call_center.testing.caller.connection import parse_address

TIMEOUT_S = 2.0


async def announce(
    url: str, secret: str, caller: str, dialled: str = "100", call_id: UUID | None = None
) -> tuple[UUID, tuple[str, int]]:
    """POST the announcement; returns ticket and worker address. Raises `ConfigError` when no agent takes the call."""
    form = {"call_id": str(call_id or uuid4()), "attempt": "1", "caller": caller, "dialled": dialled}
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S) as client:
            answer = await client.post(url, data=form, headers={"Authorization": f"Bearer {secret}"})
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ConfigError(
            f"The announcement to {url} failed ({error}); start the server or check --announce"
        ) from error
    return ticket_of(answer)


def ticket_of(answer: httpx2.Response) -> tuple[UUID, tuple[str, int]]:
    """Ticket and worker address of an answered announcement. Raises `ConfigError` when no agent takes the call."""
    words = answer.text.split()
    if answer.status_code != 200:
        raise ConfigError(
            f"The announcement was refused ({answer.status_code}: {answer.text[:80]}); check --secret"
        )
    if len(words) != 3 or words[0] != "agent":
        raise ConfigError(f"No agent takes the call: the server answered {answer.text[:80]!r}")
    try:
        return UUID(words[1]), parse_address(words[2])
    except ValueError as error:
        raise ConfigError(f"The server answered a ticket that is no UUID: {words[1]!r}") from error
