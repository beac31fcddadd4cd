"""The sections of the Claude brain's system prompt and the parts that a version may vary. Pure.

The built-in text is a paragraph a section, in the order of `SECTIONS`; `tone` is empty in it. A part adds to a section
or replaces it. `facts` and `state` say how references and the state are written, which code depends on: they can only
be added to. What the flows and tools render is no section. No rule stands in any of them: policy, grounding and
evidence hold whatever a prompt says.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from call_center.errors import PromptError

Section = Literal["role", "facts", "state", "acting", "tone"]
Mode = Literal["add", "replace"]
BUILT_IN: Final[tuple[Section, ...]] = ("role", "facts", "state", "acting")
SECTIONS: Final[tuple[Section, ...]] = (*BUILT_IN, "tone")
REPLACEABLE: Final[frozenset[Section]] = frozenset({"role", "acting", "tone"})
MAX_CHARS: Final = 8_000  # of one part; the budget of the whole prompt is far below
_FRAME = re.compile(r"</?\s*(?:state|caller)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One change of one section. `{name}` and `{shop}` in the text stand for the agent and the shop."""

    section: Section
    mode: Mode
    text: str


Parts = tuple[Part, ...]


class Texts(Protocol):
    """Where the parts of a version are: the book, or what a worker has of it."""

    def parts(self, version: str, digest: str) -> Parts | None:
        """The parts of a version as a call was given it; None when exactly this text is not here."""


def checked(parts: Iterable[Part]) -> Parts:
    """The parts with trimmed texts, in the order of the sections. Raises `PromptError` naming what is wrong."""
    made: dict[str, Part] = {}
    for part in parts:
        text = part.text.strip()
        problem = _problem(part, text)
        if part.section in made:
            problem = "given twice: put both texts into one part"
        if problem:
            raise PromptError(f"section {part.section}: {problem}")
        made[part.section] = Part(part.section, part.mode, text)
    if not made:
        raise PromptError(f"no part is given: a version changes at least one of {', '.join(SECTIONS)}")
    return tuple(made[name] for name in SECTIONS if name in made)


def _problem(part: Part, text: str) -> str:
    if part.section not in SECTIONS:
        return f"there is none of that name, only {', '.join(SECTIONS)}"
    if part.mode not in ("add", "replace"):
        return f"mode {part.mode!r} is neither add nor replace"
    if part.mode == "replace" and part.section not in REPLACEABLE:
        return "code depends on its text, so it can only be added to"
    if not text:
        return "the text is empty"
    if len(text) > MAX_CHARS:
        return f"{len(text)} characters, at most {MAX_CHARS}"
    if any(not c.isprintable() and c != "\n" for c in text):
        return "control characters (also tabs) are not allowed"
    if _FRAME.search(text):
        return "<state> and <caller> frame what comes from the call and cannot be used"
    return ""


def digest(parts: Parts) -> str:
    """What identifies exactly these parts, wherever they are kept."""
    tree = [[part.section, part.mode, part.text] for part in parts]
    return hashlib.sha256(json.dumps(tree, ensure_ascii=False).encode()).hexdigest()[:16]


def composed(head: str, parts: Parts, name: str, shop: str) -> str:
    """The head of the prompt: the built-in paragraphs of `head` with the parts in place."""
    texts: dict[str, str] = dict(zip(BUILT_IN, head.strip().split("\n\n"), strict=True))
    for part in parts:
        text = part.text.replace("{name}", name).replace("{shop}", shop)
        before = texts.get(part.section, "")
        texts[part.section] = f"{before}\n{text}" if part.mode == "add" and before else text
    return "\n\n".join(texts.values()) + "\n"
