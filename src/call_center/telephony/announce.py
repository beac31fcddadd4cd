"""What the PBX announces before each dial attempt, cleaned at the edge.

Caller id, display name and SIP Call-ID are the words of strangers: they may hold quotes, CR/LF, hundreds of characters
or broken UTF-8. Every field is cleaned to something safe to store and show, or becomes None; only `call_id` and
`attempt`, which our own dialplan makes, refuse the announcement (pydantic `ValidationError`). Nothing here raises
anything else and nothing is ever evaluated. Caller and name are personal data and are left out of `repr`.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from call_center.core.ports import CallInfo

MAX_ATTEMPTS = 20
NAME_CHARACTERS = 64
CALL_ID_CHARACTERS = 256

_HIDDEN = frozenset(
    {"anonymous", "unknown", "private", "restricted", "unavailable", "withheld", "hidden", "asterisk"}
)
_SEPARATORS = re.compile(r"[\s().\-/]+")
_DIGITS = re.compile(r"\+?[0-9]+", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_UKRAINE = re.compile(r"\+380[3-9][0-9]{8}", re.ASCII)
_DIALLED = re.compile(r"\+?[0-9A-Za-z*#_.\-]{1,32}", re.ASCII)


class Previous(StrEnum):
    """How the attempt before this one ended."""

    NOTHING = ""  # this is the first attempt
    OPERATOR_BUSY = "operator_busy"
    OPERATOR_NOANSWER = "operator_noanswer"
    LOST = "lost"  # the processor went away in the middle


def normalise_number(text: str | None) -> str | None:
    """E.164 of a caller number as trunks write it, or None when hidden, internal or not a number.

    Ukrainian numbers come as +380.., 380.., 00380.., 0.. (trunk prefix), 80.. (old trunk prefix) and as the bare nine
    digits (ITU-T E.164, national numbering plan of Ukraine: nine digits, the first 3-9). Other countries are kept
    when they come with `+`, `00` or at least eleven digits.
    """
    raw = _without_uri((text or "")[:80].strip())
    if not raw or raw.casefold() in _HIDDEN:
        return None
    digits = _SEPARATORS.sub("", raw)
    if not _DIGITS.fullmatch(digits):
        return None
    number = _international(digits)
    if number is None or not _E164.fullmatch(number):
        return None
    if number.startswith("+380") and not _UKRAINE.fullmatch(number):
        return None
    return number


def _without_uri(raw: str) -> str:
    """The user part of a `sip:`/`tel:` URI, or the text itself."""
    scheme, colon, rest = raw.partition(":")
    if colon and scheme.casefold() in {"sip", "sips", "tel"}:
        raw = rest
    return re.split(r"[@;]", raw, maxsplit=1)[0].strip()


def _international(digits: str) -> str | None:
    """Put the country code in front of dialled digits, or None when that would be a guess."""
    if digits.startswith("+"):
        return digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    if len(digits) == 11 and digits.startswith("80"):
        return "+3" + digits
    if len(digits) == 10 and digits.startswith("0"):
        return "+38" + digits
    if len(digits) == 9 and digits[0] in "3456789":
        return "+380" + digits
    if len(digits) >= 11 and not digits.startswith("0"):
        return "+" + digits
    return None


def clean_name(text: str | None) -> str | None:
    """A display name as one line of at most 64 visible characters, or None.

    Control, format (bidi overrides), surrogate and private characters go, as does U+FFFD of broken UTF-8; runs of
    white space become one space; the rest is NFC.
    """
    if not text:
        return None
    composed = unicodedata.normalize("NFC", text[:1024])
    spaced = "".join(" " if character.isspace() else character for character in composed)
    visible = "".join(
        c for c in spaced if unicodedata.category(c)[0] != "C" and c != "\N{REPLACEMENT CHARACTER}"
    )
    name = " ".join(visible.split())[:NAME_CHARACTERS].strip()
    return None if not name or name.casefold() in _HIDDEN else name


def clean_dialled(text: str | None) -> str | None:
    """The dialled extension, or None when it is not one (letters, digits, `+*#_.-`, at most 32)."""
    dialled = (text or "").strip()
    return dialled if _DIALLED.fullmatch(dialled) else None


def clean_sip_call_id(text: str | None) -> str | None:
    """The SIP Call-ID in its visible ASCII characters (RFC 3261 `word`), cut at 256, or None."""
    visible = "".join(c for c in (text or "")[:1024] if "!" <= c <= "~")
    return visible[:CALL_ID_CHARACTERS] or None


def _previous(value: object) -> object:
    """An outcome that this version does not know is treated as a lost connection."""
    if value is None:
        return Previous.NOTHING
    return value if value in {member.value for member in Previous} else Previous.LOST


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


Caller = Annotated[str | None, BeforeValidator(lambda value: normalise_number(_text(value)))]
Name = Annotated[str | None, BeforeValidator(lambda value: clean_name(_text(value)))]
Dialled = Annotated[str | None, BeforeValidator(lambda value: clean_dialled(_text(value)))]
SipCallId = Annotated[str | None, BeforeValidator(lambda value: clean_sip_call_id(_text(value)))]


class Announcement(BaseModel):
    """One dial attempt of one call. Build it with `model_validate` from the form fields; unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    call_id: UUID
    attempt: int = Field(default=1, ge=1, le=MAX_ATTEMPTS)
    caller: Caller = Field(default=None, repr=False)
    name: Name = Field(default=None, repr=False)
    dialled: Dialled = None
    sip_call_id: SipCallId = None
    previous: Annotated[Previous, BeforeValidator(_previous)] = Previous.NOTHING

    def call_info(self) -> CallInfo:
        """The same as the core wants it."""
        return CallInfo(
            call_id=str(self.call_id),
            caller=self.caller,
            name=self.name,
            dialled=self.dialled,
            sip_call_id=self.sip_call_id,
            attempt=self.attempt,
            resumed=self.attempt > 1,
            outcome=self.previous.value or None,
        )
