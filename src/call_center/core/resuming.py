"""How a call goes on in another process: what is said again, and which turn still waits for its answer.

`resumption(entries, epoch)` is pure: it looks at what the writers of former epochs left. `opening` makes of it the
acts of the first answer: the conversation's own first act (it sends half-sent intents before), the sentences that the
caller did not hear to their end, then the rest of an answer that was not whole, else whatever else the conversation
has to say, else the last question once more; and the end of the call where that had been decided. Keys that nobody
had taken are taken up. Nobody is greeted twice, but a call that had heard nothing whole is greeted as a new one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from call_center.core.journal import Journal
from call_center.core.journal import events as ev
from call_center.core.ports import (
    Act,
    Conversation,
    Expected,
    HangUp,
    Heard,
    Question,
    Say,
    Transfer,
    chained,
)
from call_center.core.speaking import closing
from call_center.core.waiting import KeyWatch


@dataclass(frozen=True, slots=True)
class Resumption:
    """`repeat` is spoken after the bridging phrase; then `unanswered` is answered, or the answer to it gone on with.

    `question` is put once more when there is nothing else to say; `then` ends the agent's part. `keys` were pressed at
    `keyed_at` (Unix seconds) and are part of an answer that goes on; `keyed` makes whole ones a turn.
    """

    repeat: tuple[Say, ...] = ()
    unanswered: Heard | None = None
    question: tuple[Say, ...] = ()
    then: Transfer | HangUp | None = None
    keys: str = ""
    keyed_at: float = 0.0
    keyed: ev.CallerSaid | None = None


@dataclass(slots=True)
class _Told:
    speaking: ev.Speaking
    complete: bool = False
    owed: bool = True  # nobody took the floor since: what is missing of it is still to be said


class _Keys:
    """Keys that nobody had taken."""

    def __init__(self) -> None:
        self.digits = ""
        self.at = 0.0
        self.ended = False  # with #
        self._asked = Question.OPEN

    def add(self, entry: ev.Entry) -> None:
        """Take the next entry."""
        match entry.event:
            case ev.KeyPressed(digit):
                self.ended = digit == "#" and self._asked is Question.DIGITS
                self.digits += "" if self.ended else digit
                self.at = entry.at
            case ev.CallerSaid(keys=keys) if keys:
                self.digits, self.ended = "", False
            case ev.Speaking(question=question) if question is not None:
                self._asked = Question(question)
                self.digits, self.ended = "", False
            case _:
                pass

    @property
    def whole(self) -> bool:
        """Whether they are an answer as they stand."""
        return bool(self.digits) and (self.ended or self._asked is not Question.DIGITS)


class _Past:
    """What happened on former connections, as far as it matters for going on."""

    def __init__(self) -> None:
        self.told: dict[tuple[int, int], _Told] = {}
        self.turn = 0
        self.waiting: Heard | None = None  # its answer is not whole
        self.since: list[str] = []  # what was told for it
        self.heard = False  # a whole sentence was played, or the caller spoke
        self.handed_over = False  # to a person
        self.then: Transfer | HangUp | None = None
        self.keys = _Keys()
        self._bridging = False  # the first sentence of a resumed connection: the next one has its own

    def add(self, entry: ev.Entry) -> None:
        """Take the next entry."""
        self.keys.add(entry)
        match entry.event:
            case ev.Connected(resumed=resumed):
                self._bridging, self.handed_over = resumed, False
            case ev.CallerSaid() as said:
                self.heard = True
                self._turn(Heard(said.turn, said.text, said.confidence, keys=said.keys))
                self._floor_taken()
            case ev.CallerSilent(count, turn) if turn:
                self._turn(Heard(turn, "", silence=count))
            case ev.Interrupted():
                self._floor_taken(all_of_it=True)
            case ev.KeyPressed():
                self.heard = True
                self._floor_taken()
            case ev.Speaking(filler=False) | ev.Spoken():
                self._told(entry.epoch, entry.event)
            case ev.Answered(turn, hang_up):
                if self.waiting is not None and turn >= self.waiting.turn:
                    self.waiting = None
                self.then = HangUp(hang_up) if hang_up else self.then
            case ev.TransferRequested(reason, summary):
                self.then = Transfer(reason, summary)
            case ev.Ended("transfer"):
                self.handed_over, self.then, self.waiting = True, None, None
            case ev.Ended("agent_hangup"):
                self.then = self.then or HangUp("agent_hangup")
            case _:
                pass

    def _turn(self, heard: Heard) -> None:
        self.turn, self.waiting, self.since, self.then = max(self.turn, heard.turn), heard, [], None

    def _told(self, epoch: int, event: ev.Speaking | ev.Spoken) -> None:
        if isinstance(event, ev.Spoken):
            self.heard = self.heard or event.complete
            if (epoch, event.sentence) in self.told:
                self.told[epoch, event.sentence].complete = event.complete
            return
        bridge = self._bridging and event.question is None and not event.rest
        self._bridging = False
        if bridge:
            return
        self.turn = max(self.turn, event.turn)
        self.told[epoch, event.sentence] = _Told(event)
        self.since.append(event.text)

    def _floor_taken(self, *, all_of_it: bool = False) -> None:
        if isinstance(self.then, HangUp):
            self.then = None  # the caller has more to say
        for sentence in self.told.values():
            sentence.owed = sentence.owed and sentence.speaking.interruptible and not all_of_it

    def owed(self) -> Resumption:
        """Cut sentences and what was to follow them, what was not answered, the last question."""
        told = list(self.told.values())
        # A repetition stands for what it repeats, and in its place.
        latest = {sentence.speaking.text: sentence for sentence in told if sentence.owed}
        cut = [sentence for sentence in latest.values() if not sentence.complete]
        rest = _rest(told[-1].speaking) if told and told[-1].owed else ()
        unsaid = [say for say in rest if say.text not in latest]
        asked = [s for s in told if s.speaking.question is not None]
        owed = Resumption(
            chained([*(_say(sentence.speaking) for sentence in cut), *unsaid]),
            self.waiting,
            tuple(_say(sentence.speaking) for sentence in (asked or told)[-1:]),
            self.then,
        )
        if owed.unanswered is not None:
            given = (*self.since, *(say.text for say in unsaid))
            owed = replace(owed, unanswered=replace(owed.unanswered, told=tuple(dict.fromkeys(given))))
        return self._with_keys(owed) if self.keys.digits else owed

    def _with_keys(self, owed: Resumption) -> Resumption:
        digits, turn = self.keys.digits, self.turn + 1
        if not self.keys.whole:
            return replace(owed, question=(), keys=digits, keyed_at=self.keys.at)
        said = ev.CallerSaid(turn, "", 1.0, 0, 0, keys=digits)
        return replace(owed, unanswered=Heard(turn, "", keys=digits), keyed=said, then=None)


def resumption(entries: Iterable[ev.Entry], epoch: int) -> Resumption | None:
    """What the call is owed after the entries of epochs before `epoch`; None when it has to begin anew.

    A call that a person did not take comes back with nothing owed: its conversation knows what to say.
    """
    past = _Past()
    former = {(e.epoch, e.seq): e for e in entries if e.epoch < epoch}
    for key in sorted(former):
        past.add(former[key])
    if not past.heard:
        return None
    return Resumption() if past.handed_over else past.owed()


def take_up(owed: Resumption, journal: Journal, keys: KeyWatch) -> int:
    """Take up keys that nobody had taken; returns the turn that the call is in."""
    if owed.keyed is not None:
        journal.append(owed.keyed)
    elif owed.keys:
        keys.restore(owed.keys, journal.entries[-1].at - owed.keyed_at)
    return journal.view.turn


def _say(speaking: ev.Speaking) -> Say:
    expected = None
    if speaking.question is not None:
        expected = Expected(speaking.slot or "open", Question(speaking.question))
    return Say(speaking.text, speaking.interruptible, expected=expected)


def _rest(speaking: ev.Speaking) -> tuple[Say, ...]:
    """What was to follow a sentence and had not reached the voice."""
    return tuple(
        Say(text, interruptible, expected=Expected(slot or "open", Question(question)) if question else None)
        for text, slot, question, interruptible in speaking.rest
    )


async def _bridged(conversation: Conversation, resumed: Resumption) -> AsyncIterator[tuple[Act, bool]]:
    """The conversation's first act, what is repeated, its other acts; whether each is one of these others."""
    bridged = False
    async with closing(conversation.greet(resumed=True)) as acts:
        async for act in acts:
            filler = isinstance(act, Say) and act.filler
            yield act, bridged and not filler
            if filler or bridged:
                continue
            bridged = True
            for say in resumed.repeat:
                yield say, False
    for say in () if bridged else resumed.repeat:  # a conversation without a bridging phrase
        yield say, False


async def opening(conversation: Conversation, resumed: Resumption | None) -> AsyncIterator[Act]:
    """The acts of a connection's first answer: a greeting, or how the call goes on."""
    if resumed is None:
        async with closing(conversation.greet(resumed=False)) as acts:
            async for act in acts:
                yield act
        return
    if resumed.then is not None and not resumed.repeat:
        yield resumed.then  # the last word had been heard
        return
    own = False
    async with closing(_bridged(conversation, resumed)) as acts:
        async for act, its_own in acts:
            yield act
            own = own or its_own
    # A conversation that went on by itself (a half-sent order was settled and told) has answered that turn.
    if resumed.unanswered is not None and not own:
        async with closing(conversation.respond(resumed.unanswered)) as acts:
            async for act in acts:
                yield act
                own = own or not isinstance(act, Say) or not act.filler
    if own:
        return
    for say in () if resumed.repeat else resumed.question:
        yield say
    if resumed.then is not None:
        yield resumed.then
