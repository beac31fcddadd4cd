"""Who may speak: the floor of one call as a table, `TABLE[state, event] -> (next state, actions)`.

Pure and synchronous: `Floor.handle` moves the state and returns what the session has to do, in order. A pair that is
not in the table changes nothing. Two rules stand above the table: while a sentence that must not be interrupted is
playing (`guarded`), voice, keys and claims do not take the floor (what was said is kept); and after `ENDING` only
closing counts. `mermaid()` draws the table; doc/technical/floor.md is made from it (python -m
call_center.core.floor_diagram).
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Who has the floor."""

    LISTENING = "listening"  # nobody speaks, the caller may
    CALLER_SPEAKING = "caller_speaking"
    THINKING = "thinking"  # the caller's turn is over, no answer is heard yet
    AGENT_SPEAKING = "agent_speaking"
    OVERLAP = "overlap"  # voice over the agent, whose output is paused until it is clear what it was
    HANDOVER = "handover"  # to a person, once everything said was played
    ENDING = "ending"


class Event(StrEnum):
    """What moves the floor."""

    VOICE = "voice"  # enough voice to be somebody speaking
    CLAIMED = "claimed"  # the voice over the agent are words, or long
    YIELDED = "yielded"  # it was a backchannel or noise
    TURN_ENDED = "turn_ended"  # the caller's turn is complete
    TURN_EMPTY = "turn_empty"  # the voice was nothing: noise
    KEY = "key"  # a key, more of them to come
    KEYS_ENDED = "keys_ended"
    SILENCE_DUE = "silence_due"  # nobody said anything for too long
    ANSWER_HEARD = "answer_heard"  # the first frame of a sentence went out
    FELL_SILENT = "fell_silent"  # a filler was played, the answer is still being made
    PLAYED = "played"  # the whole answer was played, or there was none
    TRANSFER = "transfer"
    HANG_UP = "hang_up"
    CLOSED = "closed"


class Action(StrEnum):
    """What the session does about it."""

    OPEN_EARS = "open_ears"  # pre-roll first
    FORGET = "forget"  # drop what the ears hold
    PAUSE = "pause"
    RESUME = "resume"
    CUT = "cut"  # stop speech and answer, record what was heard
    MERGE = "merge"  # stop the answer, what comes belongs to the same turn
    RESPOND = "respond"
    WATCH_SILENCE = "watch_silence"
    STOP_SILENCE = "stop_silence"
    HANG_UP = "hang_up"
    RELEASE = "release"


_S, _E, _A = State, Event, Action
_Row = tuple[State, tuple[Action, ...]]

_ROWS: dict[tuple[State, Event], _Row] = {
    (_S.LISTENING, _E.VOICE): (_S.CALLER_SPEAKING, (_A.STOP_SILENCE, _A.OPEN_EARS)),
    (_S.LISTENING, _E.KEY): (_S.LISTENING, (_A.STOP_SILENCE,)),
    (_S.LISTENING, _E.KEYS_ENDED): (_S.THINKING, (_A.STOP_SILENCE, _A.RESPOND)),
    (_S.LISTENING, _E.SILENCE_DUE): (_S.THINKING, (_A.RESPOND,)),
    (_S.LISTENING, _E.ANSWER_HEARD): (_S.AGENT_SPEAKING, (_A.STOP_SILENCE,)),
    (_S.CALLER_SPEAKING, _E.TURN_ENDED): (_S.THINKING, (_A.FORGET, _A.RESPOND)),
    (_S.CALLER_SPEAKING, _E.TURN_EMPTY): (_S.LISTENING, (_A.FORGET, _A.WATCH_SILENCE)),
    (_S.CALLER_SPEAKING, _E.KEY): (_S.LISTENING, (_A.FORGET,)),
    (_S.CALLER_SPEAKING, _E.KEYS_ENDED): (_S.THINKING, (_A.FORGET, _A.RESPOND)),
    (_S.THINKING, _E.VOICE): (_S.CALLER_SPEAKING, (_A.MERGE, _A.OPEN_EARS)),
    (_S.THINKING, _E.KEY): (_S.LISTENING, (_A.CUT,)),
    (_S.THINKING, _E.KEYS_ENDED): (_S.THINKING, (_A.CUT, _A.RESPOND)),
    (_S.THINKING, _E.YIELDED): (_S.THINKING, (_A.FORGET,)),
    (_S.THINKING, _E.ANSWER_HEARD): (_S.AGENT_SPEAKING, ()),
    (_S.THINKING, _E.PLAYED): (_S.LISTENING, (_A.WATCH_SILENCE,)),
    (_S.AGENT_SPEAKING, _E.VOICE): (_S.OVERLAP, (_A.PAUSE, _A.OPEN_EARS)),
    (_S.AGENT_SPEAKING, _E.FELL_SILENT): (_S.THINKING, ()),
    (_S.AGENT_SPEAKING, _E.PLAYED): (_S.LISTENING, (_A.WATCH_SILENCE,)),
    (_S.AGENT_SPEAKING, _E.KEY): (_S.LISTENING, (_A.CUT,)),
    (_S.AGENT_SPEAKING, _E.KEYS_ENDED): (_S.THINKING, (_A.CUT, _A.RESPOND)),
    (_S.AGENT_SPEAKING, _E.YIELDED): (_S.AGENT_SPEAKING, (_A.FORGET,)),
    (_S.OVERLAP, _E.CLAIMED): (_S.CALLER_SPEAKING, (_A.CUT,)),
    (_S.OVERLAP, _E.YIELDED): (_S.AGENT_SPEAKING, (_A.FORGET, _A.RESUME)),
    (_S.OVERLAP, _E.KEY): (_S.LISTENING, (_A.CUT, _A.FORGET)),
    (_S.OVERLAP, _E.KEYS_ENDED): (_S.THINKING, (_A.CUT, _A.FORGET, _A.RESPOND)),
    (_S.HANDOVER, _E.PLAYED): (_S.HANDOVER, (_A.HANG_UP,)),
}

for _state in (_S.LISTENING, _S.CALLER_SPEAKING, _S.THINKING, _S.AGENT_SPEAKING, _S.OVERLAP):
    _ROWS[_state, _E.TRANSFER] = (_S.HANDOVER, (_A.STOP_SILENCE, _A.FORGET))
    _ROWS[_state, _E.HANG_UP] = (_S.ENDING, (_A.STOP_SILENCE, _A.FORGET, _A.HANG_UP))
_ROWS[_S.OVERLAP, _E.TRANSFER] = (_S.HANDOVER, (_A.FORGET, _A.RESUME))
_ROWS[_S.HANDOVER, _E.HANG_UP] = (_S.ENDING, (_A.HANG_UP,))
for _state in State:
    _ROWS[_state, _E.CLOSED] = (_S.ENDING, (_A.RELEASE,))

TABLE = MappingProxyType(_ROWS)

_GUARDED: MappingProxyType[Event, tuple[Action, ...]] = MappingProxyType(
    {_E.VOICE: (_A.OPEN_EARS,), _E.KEY: (), _E.KEYS_ENDED: (), _E.CLAIMED: ()}
)


class Floor:
    """The floor of one call; starts as if the caller had just been silent and the greeting were being made."""

    def __init__(self) -> None:
        self.state = State.THINKING
        self.guarded = (
            True  # a sentence that must not be interrupted is playing or, as the greeting, about to
        )

    def handle(self, event: Event) -> tuple[Action, ...]:
        """Move by `event` and return the actions, in the order in which they are to be done."""
        if self.guarded and event in _GUARDED and self.state in (State.THINKING, State.AGENT_SPEAKING):
            return _GUARDED[event]
        row = TABLE.get((self.state, event))
        if row is None:
            return ()
        self.state, actions = row
        return actions


def mermaid() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> thinking: connected, greeting"]
    for (state, event), (target, actions) in TABLE.items():
        if event is not Event.CLOSED:
            doing = f" / {', '.join(actions)}" if actions else ""
            lines.append(f"    {state} --> {target}: {event}{doing}")
    lines.append("    ending --> [*]: closed / release (from every state)")
    return "\n".join(lines) + "\n"
