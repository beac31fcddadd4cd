"""A whole call in memory: a session on a `MemoryLine` with scripted engines and a journal that is kept in a list."""

from __future__ import annotations

from dataclasses import dataclass, field

from call_center.core.call_settings import SessionPhrases, SessionTiming
from call_center.core.floor import Event as FloorEvent
from call_center.core.floor import State
from call_center.core.journal import Journal
from call_center.core.journal.events import Entry, Event, TurnTimed
from call_center.core.journal.spool import Written
from call_center.core.observer import Outcome
from call_center.core.ports import CallInfo, Conversation, Ears, Voice
from call_center.core.session import Session
from call_center.testing.memory_line import MemoryLine
from call_center.testing.scripted import ScriptedConversation, ScriptedEars, ScriptedVoice

PHRASES = SessionPhrases(
    wait="Секунду, будь ласка.",
    late="Перепрошую, відповідь затримується.",
    failed="Перепрошую, сталася помилка. Повторіть, будь ласка.",
    handover="З'єдную вас з оператором.",
)


class MemorySink:
    """A journal's sink that keeps entries; durable at once."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def put(self, entry: Entry, written: Written | None = None) -> None:
        """Keep `entry`."""
        self.entries.append(entry)
        if written is not None:
            written(None)


@dataclass(slots=True)
class KeepingObserver:
    """An `Observer` that keeps everything."""

    floors: list[tuple[State, FloorEvent, State]] = field(default_factory=list)
    timings: list[TurnTimed] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    adopted: list[bool] = field(default_factory=list)
    first_audio_s: list[float] = field(default_factory=list)
    outcomes: list[tuple[Outcome, int]] = field(default_factory=list)

    def floor_moved(self, before: State, event: FloorEvent, after: State) -> None:
        """Keep."""
        self.floors.append((before, event, after))

    def first_audio(self, seconds: float) -> None:
        """Keep."""
        self.first_audio_s.append(seconds)

    def turn_timed(self, timing: TurnTimed) -> None:
        """Keep."""
        self.timings.append(timing)

    def turn_failed(self, error: BaseException) -> None:
        """Keep."""
        self.errors.append(error)

    def decoded(self, decode_ms: float, *, adopted: bool) -> None:
        """Keep."""
        self.adopted.append(adopted)

    def ended(self, outcome: Outcome, *, unreleased: int) -> None:
        """Keep."""
        self.outcomes.append((outcome, unreleased))


class MemoryCall:
    """Start a call. To be made on a running loop; `line` plays the caller."""

    def __init__(
        self,
        conversation: Conversation | None = None,
        *,
        ears: Ears | None = None,
        voice: Voice | None = None,
        timing: SessionTiming | None = None,
        rate: int = 8_000,
    ) -> None:
        self.line = MemoryLine(rate)
        self.sink = MemorySink()
        self.journal = Journal("call-1", 1, self.sink, now=self.line.loop.time)
        self.observer = KeepingObserver()
        self.conversation = conversation or ScriptedConversation()
        self.session = Session(
            self.line,
            CallInfo("call-1"),
            ears=ears or ScriptedEars(),
            voice=voice or ScriptedVoice(),
            conversation=self.conversation,
            journal=self.journal,
            phrases=PHRASES,
            observer=self.observer,
            timing=timing,
        )
        self.session.start()
        self.line.attach(self.session)

    @property
    def state(self) -> State:
        """Who has the floor."""
        return self.session.floor.state

    def events[E](self, kind: type[E]) -> list[E]:
        """Return the journal's events of `kind`."""
        return [entry.event for entry in self.sink.entries if isinstance(entry.event, kind)]

    def last_event(self) -> Event:
        """Return the newest event."""
        return self.sink.entries[-1].event

    async def hang_up(self) -> Outcome:
        """The caller hangs up; returns when everything is released."""
        self.line.close()
        return await self.session.wait_closed()
