"""What a session is told from outside: its fixed phrases (the agent's room words them) and its times."""

from __future__ import annotations

from dataclasses import dataclass, field

from call_center.core.turns import Backchannel, EndOfTurn, Unrecognised


@dataclass(frozen=True, slots=True)
class SessionPhrases:
    """What the session says without the conversation, because that is late or broken. Rendered at start."""

    wait: str  # nothing was heard for 1.5 s: covers a slow answer
    late: str  # the answer did not come in time: an apology and a choice
    failed: str  # an exception in the turn: an apology, and to say it again
    handover: str  # the session itself gives the call to a person

    def all(self) -> tuple[str, ...]:
        """Every phrase, to be rendered at start."""
        return (self.wait, self.late, self.failed, self.handover)


@dataclass(frozen=True, slots=True)
class SessionTiming:
    """Times of turn taking and deadlines; ms of audio, or seconds on the loop's clock where the name ends in _s."""

    pre_roll_ms: int = 500
    voice_in_silence_ms: float = 96.0  # starts a turn when nobody speaks: three windows of the detector
    resumed_voice_ms: float = 64.0  # less voice in a pause is a spike and does not spoil a hypothesis
    key_mute_ms: float = 300.0
    longest_piece_ms: float = 28_000.0  # what ears hold (30 s); a longer turn is decoded in pieces
    ears_patience_s: float = 5.0  # a decode that takes longer is given up
    first_sound_s: float = 1.5
    answer_s: float = 4.0
    answer_with_tools_s: float = 8.0
    voice_stall_s: float = 3.0  # no PCM for so long: the synthesiser is given up
    release_s: float = 0.4  # of the 500 ms in which a closed call is released
    failures_in_a_row: int = 3  # then a person takes over
    end: EndOfTurn = field(default_factory=EndOfTurn)
    backchannel: Backchannel = field(default_factory=Backchannel)
    unrecognised: Unrecognised = field(default_factory=Unrecognised)
