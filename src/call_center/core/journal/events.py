"""Every event of a call, one small frozen dataclass each.

An event says what happened, never what to do. Values are JSON types only (str, int, float, bool, None, list, dict), so
`to_json`/`from_json` in `codec` need no per-event code. Fields are only ever added, with a default; a rename is a new
event. `SCHEMA` rises with every addition and old journals stay readable (tests keep some).
Personal data may stand in events (the journal is the record); it never reaches logs or metrics.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SCHEMA = 4  # 2: Agreed, Playing; 3: CallerSaid.keys, Speaking.rest; 4: Answered, CallerSilent.turn


@dataclass(frozen=True, slots=True)
class Announced:
    """The PBX said that a call is coming."""

    caller: str | None
    name: str | None
    dialled: str | None
    sip_call_id: str | None
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Connected:
    """An AudioSocket connection of this call sent its ticket. `rate` in Hz."""

    worker: str
    rate: int
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """A finished caller turn, in words or keys. Times are ms since `Connected`."""

    turn: int
    text: str
    confidence: float
    started_ms: int
    ended_ms: int
    rejected: str | None = None
    keys: str = ""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A DTMF key."""

    digit: str


@dataclass(frozen=True, slots=True)
class CallerSilent:
    """The n-th running silence prompt was due. `turn` is the turn that it makes, 0 in old journals."""

    count: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Understood:
    """A slot filled from the caller's words of `turn`; `span` are character offsets into the text."""

    turn: int
    slot: str
    value: Any
    confidence: float
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Noted:
    """The dialogue changed its own state: a flow began or ended, a question failed, an option was chosen."""

    what: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agreed:
    """The caller said yes to a read-back; durable before the request that it allows leaves.

    `digest` binds the payload that was read back (and the draft as the store returned it), `words` are the yes.
    """

    turn: int
    tool: str
    digest: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class ToolIntended:
    """A tool is about to be called. `intent` numbers intents within the call; `key` is set for mutations."""

    intent: int
    tool: str
    args: dict[str, Any]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """The outcome of an intent. `result` is what the ledger is made of; `error` is a machine code."""

    intent: int
    tool: str
    ok: bool
    result: Any = None
    error: str | None = None
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule stopped a tool call or a sentence."""

    rule: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Speaking:
    """A sentence was handed to the voice. `sentence` numbers sentences within the call."""

    turn: int
    sentence: int
    text: str
    spoken: str
    slot: str | None = None  # what it asks for
    question: str | None = None
    filler: bool = False
    interruptible: bool = True
    rest: list[Any] = field(
        default_factory=list
    )  # what follows at once: [text, slot, question, interruptible]


@dataclass(frozen=True, slots=True)
class Spoken:
    """How much of a sentence the caller heard: frames of 20 ms. `complete` when to the end.

    `total_frames` is the length of the whole sentence, 0 when it was cut before its synthesis ended.
    """

    sentence: int
    frames: int
    complete: bool
    total_frames: int = 0


@dataclass(frozen=True, slots=True)
class Playing:
    """A checkpoint while a sentence plays, by clause and once a second: `frames` of 20 ms went out so far.

    It counts only when no `Spoken` followed: the process died in the middle of the sentence.
    """

    sentence: int
    frames: int
    total_frames: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to `turn` is whole: all of it was handed to the voice. `hang_up`: the call ends once it was played."""

    turn: int
    hang_up: str = ""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller took the floor from the agent in the middle of sentence `sentence`."""

    sentence: int
    heard_frames: int
    by: str  # words, voice, key


@dataclass(frozen=True, slots=True)
class Resumed:
    """The agent went on after a backchannel or noise."""

    sentence: int


@dataclass(frozen=True, slots=True)
class TurnTimed:
    """Where the time of one turn went, ms. `total_ms` is end of speech to first answer frame on the wire."""

    turn: int
    endpoint_ms: float
    stt_ms: float
    brain_ms: float
    tts_ms: float
    total_ms: float
    question: str = "open"


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """An exception inside a turn; the call went on."""

    turn: int
    error: str


@dataclass(frozen=True, slots=True)
class TransferRequested:
    """The call goes to a person. `summary` is what the operator reads."""

    reason: str
    summary: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection (not always the call) is over. `reason`: caller_hangup, agent_hangup, transfer, error, ..."""

    reason: str


Event = (
    Announced
    | Connected
    | CallerSaid
    | KeyPressed
    | CallerSilent
    | Understood
    | Noted
    | Agreed
    | ToolIntended
    | ToolAnswered
    | Refused
    | Speaking
    | Spoken
    | Playing
    | Answered
    | Interrupted
    | Resumed
    | TurnTimed
    | TurnFailed
    | TransferRequested
    | Ended
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in its place: ordered by (call_id, epoch, seq). `at` is Unix time in seconds."""

    call_id: str
    epoch: int
    seq: int
    at: float
    event: Event
