"""Errors of the demo store: `ApiError` becomes the error envelope of a response, `StartError` one line on stderr."""

from __future__ import annotations

from typing import Any


class StartError(Exception):
    """The store cannot start; the message says what to do."""


class ApiError(Exception):
    """An answer other than success. `extra` goes beside code and message (for instance what each warehouse has)."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra


def not_found(what: str) -> ApiError:
    """404 for a thing that does not exist."""
    return ApiError(404, "not_found", f"{what} not found")


def invalid(message: str) -> ApiError:
    """422 for a value that is well-formed but wrong."""
    return ApiError(422, "invalid", message)
