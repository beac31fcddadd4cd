"""What the PBX's dialplan asks of the call processor, for a caller without a PBX: announce, what next, ended.

One object per call. Every dial attempt gets a fresh ticket; after a connection that broke, `next` says whether the
call is tried again, goes to an operator or is over. Raises `ConfigError` when the processor does not answer.
"""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx2

from call_center.errors import ConfigError
from call_center.testing.caller.announce import TIMEOUT_S, ticket_of

PATIENCE_S = 5.0
"""`next` waits for the worker's word and for a spare worker; Asterisk's CURL() is given as much."""


class Dialplan:
    """One call from `caller` ("" hides the number) at the processor behind `api`."""

    def __init__(self, api: str, secret: str, caller: str, dialled: str = "100") -> None:
        self.call_id: UUID = uuid4()
        self._base = f"{api}/api/v1/telephony"
        self._secret = secret
        self._caller, self._dialled = caller, dialled
        self._attempt = 0

    async def announce(self) -> tuple[UUID, tuple[str, int]]:
        """Ticket and worker address of the next attempt."""
        self._attempt += 1
        form = {"attempt": str(self._attempt), "caller": self._caller, "dialled": self._dialled}
        if self._attempt > 1:
            form["previous"] = "lost"
        return ticket_of(await self._post("announce", TIMEOUT_S if self._attempt == 1 else PATIENCE_S, form))

    async def next(self) -> str:
        """`again`, `operator` or `hangup`."""
        answer = await self._post("next", PATIENCE_S, {"status": "SUCCESS"})
        return (answer.text.split() or [""])[0]

    async def ended(self) -> None:
        """The caller's channel is gone for good."""
        await self._post("ended", PATIENCE_S, {})

    async def _post(self, path: str, timeout_s: float, form: dict[str, str]) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._secret}"}
        form = {"call_id": str(self.call_id), **form}
        try:
            async with httpx2.AsyncClient(timeout=timeout_s, trust_env=False) as client:
                answer = await client.post(f"{self._base}/{path}", data=form, headers=headers)
        except httpx2.HTTPError as error:
            raise ConfigError(f"the call processor does not answer {path} ({error})") from error
        if answer.status_code != 200:
            raise ConfigError(f"the call processor refused {path}: {answer.status_code} {answer.text[:80]}")
        return answer
