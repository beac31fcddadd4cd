"""Which of the agent's words the caller really heard: its journal's sentences, allowed by the audio that arrived. Pure.

`Speaking` brings the words, `Spoken` how many frames of them were sent. A sentence counts only when it was played to
the end, and when the loud frames received at the caller's socket account for it: a text without sound is not heard.
"""

from __future__ import annotations

from collections.abc import Callable

from call_center.core.journal.events import Event, Speaking, Spoken

LOUD_SHARE = 0.4
"""Least part of a sentence's frames that is loud: synthetic speech has 60-80 %, the rest are pauses and soft sounds."""


class HeardText:
    """The seam between an agent's journal and a `SyntheticCaller`: pass `take` as its `what_was_heard`.

    `loud_frames` gives the loud frames received so far in the whole call (`leg.ear.loud_frames`).
    """

    def __init__(self, loud_frames: Callable[[], int]) -> None:
        self._loud_frames = loud_frames
        self._texts: dict[int, str] = {}
        self._waiting: list[tuple[str, float]] = []
        self._needed = 0.0

    def on_event(self, event: Event) -> None:
        """Take one event of the call's journal, in order; others than the two are ignored."""
        if isinstance(event, Speaking):
            self._texts[event.sentence] = event.text
        elif isinstance(event, Spoken):
            text = self._texts.pop(event.sentence, "")
            self._waiting.append((text if event.complete else "", event.frames * LOUD_SHARE))

    def take(self) -> str:
        """The sentences heard since the last call, in order, joined by spaces."""
        heard: list[str] = []
        while self._waiting and self._loud_frames() >= self._needed + self._waiting[0][1]:
            text, loud = self._waiting.pop(0)
            self._needed += loud
            if text:
                heard.append(text)
        return " ".join(heard)
