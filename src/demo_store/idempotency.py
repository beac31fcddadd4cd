"""Exactly once: the same key gives the same answer and no second effect, also when two requests race.

The key is locked, looked up, the change made and its answer kept, all in one transaction: whoever comes second waits and
reads the first one's answer. A 409 is kept too (the same intent was refused); other refusals change nothing and are
worked out anew. A key is kept 24 hours of the store's clock; with another body it is 422.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from demo_store import tables as t
from demo_store.errors import ApiError
from demo_store.state import Current, Store

KEY_HEADER = "Idempotency-Key"
KEPT = dt.timedelta(hours=24)
Action = Callable[[AsyncConnection], Awaitable[BaseModel | None]]


class Once:
    """Runs one change for one request."""

    def __init__(self, store: Store, request: Request, key: str) -> None:
        self._store = store
        self._request = request
        self._key = key

    async def __call__(self, asked: BaseModel | None, action: Action, *, status: int = 200) -> Response:
        """Answer with `action`'s result under `status`, or with what this key was answered before."""
        digest = self._digest(asked)
        now = self._store.clock.now()
        async with self._store.engine.begin() as connection:
            await connection.execute(
                sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": self._key}
            )
            kept = (
                await connection.execute(
                    sa.select(t.idempotency).where(
                        t.idempotency.c.key == self._key, t.idempotency.c.created_at > now - KEPT
                    )
                )
            ).first()
            if kept is not None:
                if kept.request != digest:
                    raise ApiError(422, "key_reused", "this Idempotency-Key was used for another request")
                return _response(kept.status, kept.body, self._request)
            code, body = await self._perform(connection, action, status)
            row = {"key": self._key, "request": digest, "status": code, "body": body, "created_at": now}
            await connection.execute(
                insert(t.idempotency).values(row).on_conflict_do_update(index_elements=["key"], set_=row)
            )
        return _response(code, body, self._request)

    async def _perform(
        self, connection: AsyncConnection, action: Action, status: int
    ) -> tuple[int, dict[str, object] | None]:
        try:
            async with connection.begin_nested():
                result = await action(connection)
        except ApiError as error:
            if error.status != 409:
                raise
            return 409, {"error": {"code": error.code, "message": error.message} | error.extra}
        return status, None if result is None else {"data": result.model_dump(mode="json")}

    def _digest(self, asked: BaseModel | None) -> str:
        body = asked.model_dump(mode="json") if asked is not None else None
        text = json.dumps([self._request.method, self._request.url.path, body], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _response(status: int, body: dict[str, object] | None, request: Request) -> Response:
    if body is None:
        return Response(status_code=status)
    error = body.get("error")
    if isinstance(error, dict):
        body = {"error": error | {"request_id": request.scope["request_id"]}}
    return JSONResponse(body, status_code=status)


def _once(
    request: Request,
    store: Current,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias=KEY_HEADER,
            description="the same key has one effect, also when requests race",
            # Told as required; when it is missing the answer is 400, which FastAPI's own check would make 422.
            json_schema_extra={"format": "uuid"},
        ),
    ] = None,
) -> Once:
    if idempotency_key is None:
        raise ApiError(400, "bad_request", "send the header Idempotency-Key with a UUID")
    try:
        key = str(uuid.UUID(idempotency_key))
    except ValueError as error:
        raise ApiError(400, "bad_request", "Idempotency-Key is not a UUID") from error
    return Once(store, request, key)


Mutating = Annotated[Once, Depends(_once)]
