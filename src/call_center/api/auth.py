"""How callers of the API show who they are."""

from __future__ import annotations

from fastapi import Request


def bearer(request: Request) -> str:
    """The bearer token of the request, "" when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
