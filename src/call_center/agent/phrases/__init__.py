"""Every Ukrainian line the caller hears, in one place.

A line is a key with variants; the n-th use within a call takes the n-th variant, so repeats differ. Lines may hold
references (`[[o1.price]]`, rendered and vouched for by code) and `{fields}` that code fills with words of its own.
Feminine persona, formal «ви», at most 2 sentences and 35 spoken words a turn, one question at a time.
"""

from __future__ import annotations

import re

from call_center.agent.phrases.lines import LINES
from call_center.agent.phrases.render import count, join_list, join_or, money, season_name
from call_center.agent.phrases.session import SESSION_PHRASES, SessionPhrases

__all__ = [
    "LINES",
    "SESSION_PHRASES",
    "SessionPhrases",
    "count",
    "fixed_lines",
    "join_list",
    "join_or",
    "line",
    "money",
    "season_name",
    "split_sentences",
]


_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!вул\.)(?<!просп\.)(?<!бульв\.)(?<!пров\.)(?<!пл\.)\s+(?=[A-ZА-ЯІЇЄҐ«\[])"
)


def line(key: str, used: int = 0, **fields: str) -> str:
    """The text of `key` for its `used`-th repetition (0 is the first); unknown keys raise KeyError."""
    variants = LINES[key]
    return variants[used % len(variants)].format(**fields)


def fixed_lines(name: str, shop: str) -> tuple[str, ...]:
    """Every sentence that holds no reference and no field but the persona: rendered once, at start."""
    found: list[str] = []
    for variants in LINES.values():
        for text in variants:
            filled = text.replace("{name}", name).replace("{shop}", shop)
            if "{" not in filled and "[[" not in filled:
                found += split_sentences(filled)
    return tuple(dict.fromkeys(found))


def split_sentences(text: str) -> list[str]:
    """Sentences of a line as they are handed to the voice, one by one."""
    return _SENTENCE.split(text)
