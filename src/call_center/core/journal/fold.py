"""The state of a call: a pure fold over its journal.

`fold(entries)` gives the `CallView` that resuming, the live page, the transcript and the summary read. The transcript
shows what was really heard: an agent's sentence that was cut is cut in the text too, one that was never played is not
there. Entries may come in any order and twice (spool and Redis overlap); order is (epoch, seq).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from call_center.core.journal import events as ev

_CHARS_A_FRAME = 0.28  # 14 characters of Ukrainian a second: only where the sentence's length is not known
_UNKNOWN_OUTCOMES = frozenset(
    {"cancelled", "timeout", "unavailable"}
)  # the request may have arrived all the same
_NO_SLOTS: Mapping[str, ev.Understood] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of the transcript. `who` is caller or agent; `complete` is False where the caller cut the agent."""

    who: str
    text: str
    turn: int
    at: float
    complete: bool = True
    keys: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The last question that the agent spoke; `heard` when it was played to its end."""

    text: str
    slot: str
    question: str
    heard: bool


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A tool call; `ok` is None while its outcome is not known (to be re-sent with its key on resuming)."""

    intent: int
    tool: str
    args: Mapping[str, Any]
    key: str | None = None
    ok: bool | None = None
    result: Any = None
    error: str | None = None
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class CallView:
    """Everything known of a call, frozen. Times are Unix seconds."""

    call_id: str = ""
    epoch: int = 0
    seq: int = 0
    announced: ev.Announced | None = None
    started_at: float | None = None
    last_at: float | None = None
    connections: int = 0
    turn: int = 0  # highest turn number so far
    sentence: int = 0  # highest sentence number so far
    transcript: tuple[Utterance, ...] = ()
    asked: Asked | None = None
    slots: Mapping[str, ev.Understood] = field(default=_NO_SLOTS)
    tools: tuple[ToolRun, ...] = ()
    notes: tuple[ev.Noted, ...] = ()
    agreed: tuple[ev.Agreed, ...] = ()
    timings: tuple[ev.TurnTimed, ...] = ()
    silences: int = 0
    interruptions: int = 0
    backchannels: int = 0
    failures: int = 0
    refusals: int = 0
    transfer: ev.TransferRequested | None = None
    ended: str | None = None  # None while a connection is alive

    @property
    def open_intents(self) -> tuple[ToolRun, ...]:
        """Intents without an outcome."""
        return tuple(run for run in self.tools if run.ok is None)


def pending_intents(view: CallView) -> tuple[ToolRun, ...]:
    """Mutations whose outcome is not known, in the order of their intents: to be sent again with the same key.

    A mutation that was cancelled or got no answer counts: its request may have reached the shop.
    """
    runs = (run for run in view.tools if run.key is not None)
    pending = (run for run in runs if run.ok is None or (not run.ok and run.error in _UNKNOWN_OUTCOMES))
    return tuple(sorted(pending, key=lambda run: run.intent))


@dataclass(slots=True)
class _Tally:
    """The scalars of `CallView` while they change; the names are the same."""

    call_id: str = ""
    epoch: int = 0
    seq: int = 0
    announced: ev.Announced | None = None
    started_at: float | None = None
    last_at: float | None = None
    connections: int = 0
    turn: int = 0
    sentence: int = 0
    silences: int = 0
    interruptions: int = 0
    backchannels: int = 0
    failures: int = 0
    refusals: int = 0
    transfer: ev.TransferRequested | None = None
    ended: str | None = None


@dataclass(slots=True)
class _Sentence:
    speaking: ev.Speaking
    at: float
    epoch: int
    spoken: ev.Spoken | None = None
    playing: ev.Playing | None = None

    def heard(self, epoch: int) -> ev.Spoken | None:
        """How much was heard, as known in `epoch`: what a former writer left unfinished ended at its checkpoint."""
        if self.spoken is not None or self.epoch >= epoch:
            return self.spoken
        last = self.playing
        number = self.speaking.sentence
        return ev.Spoken(number, last.frames if last else 0, False, last.total_frames if last else 0)


@dataclass(slots=True)
class _Keys:
    digits: str
    at: float
    turn: int


class Fold:
    """The accumulator behind `fold`, for those who append one entry at a time (in order)."""

    def __init__(self) -> None:
        self._tally = _Tally()
        self._fresh: CallView | None = None
        self._lines: list[Utterance | _Sentence | _Keys] = []
        self._sentences: dict[tuple[int, int], _Sentence] = {}
        self._said: dict[int, int] = {}  # turn -> index of the caller's line: a merged turn replaces it
        self._slots: dict[str, ev.Understood] = {}
        self._tools: dict[int, ToolRun] = {}
        self._notes: list[ev.Noted] = []
        self._agreed: list[ev.Agreed] = []
        self._timings: list[ev.TurnTimed] = []

    def add(self, entry: ev.Entry) -> None:
        """Take the next entry."""
        tally = self._tally
        tally.call_id, tally.epoch, tally.seq, tally.last_at = entry.call_id, entry.epoch, entry.seq, entry.at
        self._fresh = None
        self._apply(entry)

    def view(self) -> CallView:
        """Return the state so far; the same object until the next `add`."""
        if self._fresh is None:
            self._fresh = CallView(
                **{name: getattr(self._tally, name) for name in _Tally.__slots__},
                transcript=self._transcript(),
                asked=self._asked(),
                slots=MappingProxyType(dict(self._slots)),
                tools=tuple(self._tools.values()),
                notes=tuple(self._notes),
                agreed=tuple(self._agreed),
                timings=tuple(self._timings),
            )
        return self._fresh

    def _apply(self, entry: ev.Entry) -> None:
        match entry.event:
            case ev.Announced() as event:
                self._tally.announced = event
            case ev.Connected():
                self._connected(entry.at)
            case ev.CallerSaid() as event:
                self._caller_said(event, entry.at)
            case ev.KeyPressed(digit):
                self._key(digit, entry.at)
            case ev.Understood() as event:
                self._slots[event.slot] = event
            case ev.Noted() as event:
                self._notes.append(event)
            case ev.ToolIntended(intent, tool, args, key):
                self._tools[intent] = ToolRun(intent, tool, args, key)
            case ev.ToolAnswered() as event:
                run = self._tools.get(event.intent, ToolRun(event.intent, event.tool, {}))
                self._tools[event.intent] = replace(
                    run, ok=event.ok, result=event.result, error=event.error, ms=event.ms
                )
            case ev.TurnTimed() as event:
                self._timings.append(event)
            case ev.TransferRequested() as event:
                self._tally.transfer = event
            case ev.Ended(reason):
                self._tally.ended = reason
            case _:
                self._apply_rest(entry)

    def _apply_rest(self, entry: ev.Entry) -> None:
        match entry.event:
            case ev.Speaking() as event:
                line = _Sentence(event, entry.at, entry.epoch)
                self._sentences[entry.epoch, event.sentence] = line
                self._lines.append(line)
                self._tally.sentence = max(self._tally.sentence, event.sentence)
                self._tally.turn = max(self._tally.turn, event.turn)
            case ev.Spoken() as event if (entry.epoch, event.sentence) in self._sentences:
                self._sentences[entry.epoch, event.sentence].spoken = event
            case ev.Playing() as event if (entry.epoch, event.sentence) in self._sentences:
                self._sentences[entry.epoch, event.sentence].playing = event
            case ev.Agreed() as event:
                self._agreed.append(event)
            case ev.CallerSilent(turn=turn):
                self._tally.silences += 1
                self._tally.turn = max(self._tally.turn, turn)
            case ev.Interrupted():
                self._tally.interruptions += 1
            case ev.Resumed():
                self._tally.backchannels += 1
            case ev.TurnFailed():
                self._tally.failures += 1
            case ev.Refused():
                self._tally.refusals += 1
            case _:
                pass

    def _connected(self, at: float) -> None:
        tally = self._tally
        if not tally.connections:
            tally.started_at = at
        tally.connections += 1
        tally.ended = None
        tally.transfer = None

    def _caller_said(self, event: ev.CallerSaid, at: float) -> None:
        self._tally.turn = max(self._tally.turn, event.turn)
        if not event.text:
            return
        line = Utterance("caller", event.text, event.turn, at)
        if event.turn in self._said:
            self._lines[self._said[event.turn]] = line
        else:
            self._said[event.turn] = len(self._lines)
            self._lines.append(line)

    def _key(self, digit: str, at: float) -> None:
        last = self._lines[-1] if self._lines else None
        if isinstance(last, _Keys):
            last.digits += digit
        else:
            self._lines.append(_Keys(digit, at, self._tally.turn + 1))

    def _transcript(self) -> tuple[Utterance, ...]:
        lines: list[Utterance] = []
        for line in self._lines:
            if isinstance(line, Utterance):
                lines.append(line)
            elif isinstance(line, _Keys):
                lines.append(Utterance("caller", line.digits, line.turn, line.at, keys=True))
            else:
                spoken = line.heard(self._tally.epoch)
                text = heard_text(line.speaking.text, spoken)
                if text:
                    whole = spoken is None or spoken.complete
                    lines.append(Utterance("agent", text, line.speaking.turn, line.at, complete=whole))
        return tuple(lines)

    def _asked(self) -> Asked | None:
        for line in reversed(self._sentences.values()):
            speaking = line.speaking
            if speaking.question is not None:
                heard = line.spoken is not None and line.spoken.complete
                return Asked(speaking.text, speaking.slot or "open", speaking.question, heard)
        return None


def heard_text(text: str, spoken: ev.Spoken | None) -> str:
    """Return the part of a sentence that was played: whole words, "…" where it was cut, "" when nothing was.

    A sentence still being played (no `Spoken` yet) counts as whole.
    """
    if spoken is None or spoken.complete:
        return text
    share = spoken.frames / spoken.total_frames if spoken.total_frames > 0 else None
    chars = int(len(text) * share) if share is not None else int(spoken.frames * _CHARS_A_FRAME)
    if chars <= 0:
        return ""
    if chars >= len(text):
        return text
    cut = text[:chars] if text[chars].isspace() else text[:chars].rpartition(" ")[0]
    return f"{cut.rstrip(' ,;:')}…" if cut.strip() else ""


def fold(entries: Iterable[ev.Entry]) -> CallView:
    """Return the state after `entries` of one call, whatever their order; repeats count once."""
    unique = {(entry.epoch, entry.seq): entry for entry in entries}
    accumulator = Fold()
    for key in sorted(unique):
        accumulator.add(unique[key])
    return accumulator.view()
