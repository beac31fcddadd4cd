"""One request to the shop, with time-out, retries and breaker; the only place that does I/O.

At most 5 s a request and never past the turn's deadline (on `clock`). At most 2 retries, only when the shop surely did
nothing: no connection, 429, 503; they wait as long as Retry-After says, and if that would pass the deadline the error
comes at once. 500 and a lost answer are not retried here: the intent's key makes it safe for the caller to ask again.
A cancelled request (barge-in) is neither success nor failure to the breaker.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from call_center.errors import ConfigError, StoreError
from call_center.store_client.breaker import Breaker, Outcome
from call_center.store_client.wire import BAD_ANSWER, Reply, bad_answer, read_reply, retry_after

TIMEOUT_S = 5.0
RETRIES = 2
BACKOFF_S = 0.2  # doubled each time, when the shop names no time
MAX_WAIT_S = 5.0  # a caller is on the line: a longer Retry-After is an error now
MAX_BODY = 4_000_000  # bytes; 50 tyres are about 25,000
BASE = "/api/v1"
CONNECTIONS = 100  # calls of one process that may ask at the same time
RETRIED = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Observation:
    """One finished request for the metrics. `route` carries no id; `status` 0: no answer."""

    method: str
    route: str
    status: int
    seconds: float
    attempts: int


class Transport:
    """Connections to one shop. `aclose` when done."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        timeout_s: float = TIMEOUT_S,
        observe: Callable[[Observation], None] = lambda observation: None,
    ) -> None:
        self.base, host = _split(base_url)
        self._clock = clock
        self._sleep = sleep
        self._timeout_s = timeout_s
        self._observe = observe
        self.breaker = breaker or Breaker(clock)
        if not key.isascii() or not key.isprintable():
            raise ConfigError("STORE_API_KEY has signs that cannot stand in a header")
        self._http = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=timeout_s,
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            trust_env=host not in {"127.0.0.1", "::1", "localhost"},  # no proxy on the way to ourselves
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        route: str = "",
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        key: str | None = None,
        deadline: float | None = None,
    ) -> Reply:
        """Send one request; `key` is its Idempotency-Key, `deadline` a time of `clock`. Raises `StoreError`."""
        permit = self.breaker.permit()
        if permit is None:
            wait = self.breaker.retry_in()
            raise StoreError(f"the store has been failing; next try in {wait:.0f} s", code="breaker_open")
        headers = {"Idempotency-Key": key} if key else {}
        request = self._http.build_request(
            method, self.base + path, params=params or None, json=json, headers=headers
        )
        started = self._clock()
        exchange = _Exchange()
        outcome = Outcome.ABANDONED
        try:
            answer = await self._exchange(request, deadline, exchange)
            outcome = Outcome.FAILED if answer.failed else Outcome.SUCCEEDED
            if answer.failure is not None:
                raise answer.failure
            try:
                return read_reply(answer.status, answer.body)
            except StoreError as error:
                if error.code == BAD_ANSWER:
                    outcome = Outcome.FAILED
                raise
        finally:
            permit.settle(outcome)
            seconds = self._clock() - started
            self._observe(Observation(method, route or path, exchange.status, seconds, exchange.attempts))

    async def _exchange(
        self, request: httpx2.Request, deadline: float | None, exchange: _Exchange
    ) -> _Answer:
        while True:
            answer = await self._attempt(request, deadline)
            exchange.attempts += 1
            exchange.status = answer.status
            wait = answer.retry_after
            if wait is None:
                wait = BACKOFF_S * 2 ** (exchange.attempts - 1)
            late = deadline is not None and self._clock() + wait >= deadline
            if not answer.retryable or exchange.attempts > RETRIES or wait > MAX_WAIT_S or late:
                return answer
            await self._sleep(wait)

    async def _attempt(self, request: httpx2.Request, deadline: float | None) -> _Answer:
        limit = self._timeout_s
        if deadline is not None:
            limit = min(limit, deadline - self._clock())
        if limit <= 0:
            return _Answer(failure=StoreError("no time is left in this turn", code="timeout"))
        try:
            async with asyncio.timeout(limit):
                return await self._receive(request)
        except (TimeoutError, httpx2.TimeoutException) as error:
            # A connection that was not made in time did nothing at the shop; a lost answer may have.
            connecting = isinstance(error, httpx2.ConnectTimeout)
            failure = StoreError(f"the store did not answer within {limit:.1f} s", code="timeout")
            return _Answer(failure=failure, retryable=connecting)
        except httpx2.ConnectError as error:
            return _Answer(failure=StoreError(f"cannot reach the store: {error}"), retryable=True)
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            text = str(error) or type(error).__name__
            return _Answer(
                failure=StoreError(f"the connection to the store broke: {text}", code="connection_lost")
            )

    async def _receive(self, request: httpx2.Request) -> _Answer:
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_BODY:
                    return _Answer(
                        response.status_code, failure=bad_answer("it is too long", response.status_code)
                    )
        finally:
            await response.aclose()
        asked = retry_after(response.headers.get("Retry-After"), dt.datetime.now(dt.UTC))
        status = response.status_code
        return _Answer(status, bytes(body), retry_after=asked, retryable=status in RETRIED)


@dataclass(slots=True)
class _Exchange:
    """What the metrics hear of a request, also of one that was cancelled."""

    status: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    """One attempt: what was received, or why nothing usable was."""

    status: int = 0
    body: bytes = b""
    retry_after: float | None = None
    retryable: bool = False
    failure: StoreError | None = None

    @property
    def failed(self) -> bool:
        """Whether the breaker counts it; a refusal (4xx) is an answer."""
        return self.failure is not None or self.status >= 500 or 300 <= self.status < 400


def _split(base_url: str) -> tuple[str, str]:
    """Return the URL with its base path, and its host. Takes it with and without `/api/v1`."""
    text = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port  # raises for a port that is no number
    except ValueError as error:
        raise ConfigError(f"STORE_API_URL is not a URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigError("STORE_API_URL must be a URL like https://shop.example/api/v1")
    return (text if parts.path.endswith(BASE) else text + BASE), host
