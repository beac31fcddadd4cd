"""Experiments: which callers hear which version. Pure.

A caller always gets the same variant of an experiment: the choice is a keyed hash of the experiment's name and the
caller's number, and nothing of it is stored. A hidden number is replaced by the call id, so such a call is sticky only
to itself. An experiment is never changed: another split is another experiment, with another name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from call_center.errors import PromptError

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")
MAX_WEIGHT: Final = 1_000
MAX_VARIANTS: Final = 8


@dataclass(frozen=True, slots=True)
class Variant:
    """A version and its share, relative to the other weights."""

    version: str
    weight: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """Running until `stopped_at`; times are Unix seconds. The first variant is what the others are compared with."""

    name: str
    variants: tuple[Variant, ...]
    started_at: float
    stopped_at: float | None = None
    by: str = ""

    @property
    def running(self) -> bool:
        """Whether it decides about new calls."""
        return self.stopped_at is None

    def choose(self, caller: str | None, call_id: str, key: bytes) -> str:
        """The version for a call; the same for every call of a number that is not hidden."""
        who = f"caller\0{caller}" if caller else f"call\0{call_id}"
        made = hmac.digest(key, f"{self.name}\0{who}".encode(), hashlib.sha256)
        at = int.from_bytes(made[:8], "big") * sum(v.weight for v in self.variants) >> 64
        for variant in self.variants:
            at -= variant.weight
            if at < 0:
                return variant.version
        raise AssertionError("the weights do not add up")


def check_name(name: str, what: str) -> str:
    """The name, or `PromptError`."""
    if not NAME.fullmatch(name):
        raise PromptError(
            f"{what} name {name!r}: use 1 to 40 lower-case letters, digits, '.', '_' or '-', no sign at the ends"
        )
    return name


def checked_variants(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """Two or more different versions with whole positive weights, or `PromptError`."""
    made = tuple(variants)
    names = [variant.version for variant in made]
    if len(set(names)) != len(names):
        raise PromptError("a version is given twice: give each variant once, with its weight")
    if not 2 <= len(made) <= MAX_VARIANTS:
        raise PromptError(f"{len(made)} variants: an experiment compares 2 to {MAX_VARIANTS} versions")
    wrong = [v for v in made if type(v.weight) is not int or not 1 <= v.weight <= MAX_WEIGHT]
    if wrong:
        raise PromptError(
            f"weight of {wrong[0].version}: {wrong[0].weight!r} is no whole number from 1 to {MAX_WEIGHT}"
        )
    return made
