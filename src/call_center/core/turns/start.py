"""Start of turn: when voice is somebody speaking and not a click.

Voice counts up, silence counts down, so windows that the detector misses inside a word do not start it
anew and single spikes die out. Fires once per run; `reset` arms it again.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class StartOfTurn:
    """Voice of `need_ms` starts a turn; the need depends on who has the floor and is given with every window."""

    voiced_ms: float = 0.0
    started: bool = False

    def window(self, speech: bool, ms: float, need_ms: float) -> bool:
        """Take one detector window of `ms`; True exactly once, when the need is met."""
        if speech:
            self.voiced_ms += ms
        elif self.voiced_ms:
            self.voiced_ms = max(0.0, self.voiced_ms - ms)
        if not self.started and speech and self.voiced_ms >= need_ms:
            self.started = True
            return True
        return False

    def reset(self) -> None:
        """Nobody speaks."""
        self.voiced_ms = 0.0
        self.started = False
