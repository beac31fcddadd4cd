"""The one tree of errors. Every failure path ends in speech, transfer or hang-up, plus a metric and a log line."""

from __future__ import annotations

from collections.abc import Mapping


class CallCenterError(Exception):
    """Base of every error this program raises on purpose; the message says what to do."""


class ConfigError(CallCenterError):
    """A setting, file or installed part is missing or wrong."""


class ProtocolError(CallCenterError):
    """A peer broke AudioSocket; the connection is closed, the dialplan decides what is next."""


class JournalError(CallCenterError):
    """A journal entry could not be read, written or kept."""


class EarsError(CallCenterError):
    """Speech recognition is not available."""


class VoiceError(CallCenterError):
    """Speech synthesis is not available."""


class StoreError(CallCenterError):
    """The shop's API failed or refused. `code` is its machine code, `status` the HTTP status (0: no answer).

    `details` is what else a refusal said (`split_stock`: what each warehouse has).
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "unavailable",
        status: int = 0,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.details: Mapping[str, object] = details or {}


class PromptError(CallCenterError):
    """A wish about prompts or experiments that cannot be met. `kind`: not_found, conflict, invalid, storage."""

    def __init__(self, message: str, *, kind: str = "invalid") -> None:
        super().__init__(message)
        self.kind = kind
