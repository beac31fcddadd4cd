"""What the real-time core asks of the other rooms: ears, voice and conversation.

The core owns time and the sockets; the rooms own meaning. Every protocol here is called from the audio loop, so a
synchronous method may take at most 1 ms and must not block; slow work hides behind the async ones. PCM is signed
16-bit little-endian mono at the rate the call was opened with (8,000 Hz unless the frame kind says otherwise).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol


class Question(StrEnum):
    """The type of answer the last spoken question waits for; it decides how long a pause ends the turn."""

    OPEN = "open"
    YES_NO = "yes_no"
    CHOICE = "choice"
    DIGITS = "digits"  # sizes, phones, order numbers, addresses: anything dictated in pieces


@dataclass(frozen=True, slots=True)
class Expected:
    """What the caller is being asked right now, computed by code from the flow and the last question spoken."""

    slot: str = "open"  # a slot name of PRODUCT.md, or "open"
    question: Question = Question.OPEN


@dataclass(frozen=True, slots=True)
class Readiness:
    """How finished a (partial) transcript looks, judged against what is expected."""

    complete: bool = False  # it fills the expected slot entirely
    dangling: bool = False  # ends in a preposition, a conjunction or half a number
    backchannel: bool = False  # only "угу", "так-так", a cough: no claim to the floor
    words: int = 0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a recogniser believes was said in the audio fed since the last `reset`.

    `samples` is how much of that audio the text covers; `final` is the provider's own claim and is not needed: the
    core promotes a stable hypothesis by its own end of turn. `rejected` names the gate that threw the text away
    (no_speech, repetition, prompt_echo, empty, failed...), in which case `text` is "".
    """

    text: str
    samples: int
    confidence: float = 1.0
    final: bool = False
    decode_ms: float = 0.0
    rejected: str | None = None


class EarStream(Protocol):
    """One caller's recogniser. `on_hypothesis` given at `open` is called on the audio loop, in order."""

    def feed(self, pcm: bytes) -> None:
        """Take caller audio of this utterance (pre-roll first). Never blocks; drops oldest when 30 s are held."""

    def decode(self, expected: Expected) -> None:
        """Ask for a hypothesis of all audio fed so far. A streaming engine may ignore it; a batch engine decodes.

        A newer request replaces an older one that has not started (speculative decode at 250 ms of silence).
        """

    def reset(self) -> None:
        """Forget the audio and any pending decode: the turn is over or was noise."""

    def close(self) -> None:
        """Release everything at once; no callback afterwards."""


class Ears(Protocol):
    """A speech-to-text engine."""

    def open(self, rate: int, on_hypothesis: Callable[[Hypothesis], None]) -> EarStream:
        """Start a recogniser for one call; `rate` in Hz."""


class Voice(Protocol):
    """A text-to-speech engine behind its cache and spoken-form normaliser."""

    def spoken(self, text: str) -> str:
        """The words the synthesiser will get for `text`: no digit, no Latin letter."""

    def synthesise(self, text: str, rate: int) -> AsyncIterator[bytes]:
        """Stream PCM for one sentence, first chunk as soon as it exists. `aclose()` stops the work for real.

        Raises `call_center.errors.VoiceError` when no voice is left.
        """

    def ready(self, text: str, rate: int) -> bytes | None:
        """PCM at once when it is cached (fixed phrases are rendered at start), else None."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One finished caller turn as the conversation gets it."""

    turn: int
    text: str  # "" when speech was heard but nothing was understood
    confidence: float = 1.0
    keys: str = ""  # DTMF digits pressed in this turn
    silence: int = 0  # 1, 2, 3: this is the n-th silence prompt, nobody spoke
    poor_line: bool = False
    told: tuple[str, ...] = ()  # sentences of the answer that a dead process had handed to its voice


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence to speak, as text before the spoken form."""

    text: str
    interruptible: bool = True
    filler: bool = False
    expected: Expected | None = None  # set on the sentence that asks
    rest: tuple[Say, ...] = field(
        default=(), compare=False
    )  # known to follow: owed when the process dies here


def chained(says: Sequence[Say]) -> tuple[Say, ...]:
    """Sentences that belong together, each with what follows it."""
    return tuple(replace(say, rest=tuple(says[place + 1 :])) for place, say in enumerate(says))


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the call to a person once everything said so far was played."""

    reason: str  # customer_request, cannot_help, complex_question, negative_emotion, out_of_scope, limit
    summary: str = ""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call once everything said so far was played."""

    reason: str


Act = Say | Transfer | HangUp


class Conversation(Protocol):
    """The agent's side of one call. Everything it knows is folded from the call's journal."""

    def expected(self) -> Expected:
        """What the caller is being asked now."""

    def judge(self, text: str) -> Readiness:
        """Judge a transcript for turn taking; pure, at most 1 ms."""

    def foresee(self, heard: Heard | None) -> None:
        """The turn being spoken may be over with these words, so work may begin; None: the caller goes on.

        Returns at once and changes nothing that anybody can see or hear before `respond`. The words are not redacted.
        """

    def redact(self, text: str) -> str:
        """The transcript without what must never be kept (cards, CVV, tax ids), before it is journalled; pure."""

    def greet(self, *, resumed: bool) -> AsyncIterator[Act]:
        """The first words of a call, or the bridging phrase after a take-over or an operator who did not answer."""

    def respond(self, heard: Heard) -> AsyncIterator[Act]:
        """Answer one turn. Closing the iterator cancels the work (barge-in); the journal keeps what happened.

        After `greet(resumed=True)` it may be a turn whose answer a dead process had begun: it is gone on with, and what
        was `told` is not said again. Never raises for a fault of a provider or tool: those become speech, transfer or
        hang-up.
        """

    async def end(self, reason: str) -> None:
        """The caller's channel is gone for good: take back what nobody confirmed. May call tools."""


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What the PBX announced about a call. Never log `caller` or `name` unmasked."""

    call_id: str  # UUID text, stays the same over every dial attempt
    caller: str | None = None  # E.164, None when hidden
    name: str | None = None
    dialled: str | None = None
    sip_call_id: str | None = None
    attempt: int = 1
    resumed: bool = False  # not the first attempt of this call
    outcome: str | None = None  # what ended the attempt before: operator_busy, operator_noanswer, lost
    extra: Mapping[str, str] = field(default_factory=dict)
