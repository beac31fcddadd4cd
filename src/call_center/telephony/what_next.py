"""What the dialplan does when an AudioSocket connection is over: operator, again or hang up.

Pure. The PBX cannot tell a crash from a wish (a closed socket is SUCCESS either way), so the API process answers from
the last thing it knows of the session. Whoever asks still has the caller on the line: the dialplan never asks after a
hang-up. So everything that is not a decision of the agent is tried again, at most `limit` times, and then people ring.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

REPEATS = 3


class Outcome(StrEnum):
    """How the last session of a call ended, as its worker reported it (`Ended.reason`) or failed to."""

    TRANSFER = "transfer"  # the agent spoke the line and released the call to a person
    AGENT_HANGUP = "agent_hangup"  # the agent said goodbye
    CALLER_HANGUP = "caller_hangup"  # the socket ended at the PBX's side
    ERROR = "error"  # the session failed and said so
    LOST = "lost"  # the worker went away without a word
    REFUSED = "refused"  # the ticket did not open
    OVERLOAD = "overload"  # the worker would not take the call


class Step(StrEnum):
    """What the dialplan is told."""

    OPERATOR = "operator"
    AGAIN = "again"
    HANGUP = "hangup"


@dataclass(frozen=True, slots=True)
class Next:
    """The answer and, for an operator, the id of the summary that the operator may read."""

    step: Step
    summary_id: str | None = None

    def line(self) -> str:
        """The one line of text/plain that the dialplan reads."""
        return (
            f"{self.step} {self.summary_id}"
            if self.step is Step.OPERATOR and self.summary_id
            else str(self.step)
        )


def decide_next(
    outcome: Outcome | str | None,
    status: str,
    repeats: int,
    *,
    summary_id: str | None = None,
    limit: int = REPEATS,
) -> Next:
    """Decide after a session.

    `outcome` is that of the last session (None: it never connected; an unknown word counts as lost), `status` the
    dialplan's TRYSTATUS (SUCCESS, FAILED, NOAPP), `repeats` how many sessions of this call were already repeated.
    """
    if outcome == Outcome.TRANSFER:
        return Next(Step.OPERATOR, summary_id)
    if outcome == Outcome.AGENT_HANGUP:
        return Next(Step.HANGUP)
    # No such application at the PBX, or no room here: another attempt would end the same way.
    if status.strip().upper() == "NOAPP" or outcome == Outcome.OVERLOAD:
        return Next(Step.OPERATOR, summary_id)
    if repeats < limit:
        return Next(Step.AGAIN)
    return Next(Step.OPERATOR, summary_id)
