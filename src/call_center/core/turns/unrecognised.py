"""Unrecognised: voice of which the recogniser made no text, which is noise or somebody who was not understood.

Noise is ignored, as nobody wants "I did not hear you" after a cough; a person who spoke gets an answer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """`speech_ms` of voice is too long for a cough; `certain_ms` is believed even if the recogniser says noise."""

    speech_ms: float = 600.0
    certain_ms: float = 2_500.0

    def is_speech(self, voiced_ms: float, rejected: str | None, *, took_floor: bool) -> bool:
        """Whether the voice was somebody speaking.

        `rejected` names the recogniser's gate (None: no answer in time). `took_floor`: the agent was cut for it, so
        something has to be said now in any case.
        """
        if took_floor or rejected in (None, "failed"):
            return True
        return voiced_ms >= (self.certain_ms if rejected == "no_speech" else self.speech_ms)
