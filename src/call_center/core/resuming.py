"""How a call goes on in another process: what is said again, and which turn still waits for its answer.

`resumption(entries, epoch)` is pure: it looks at what the writers of former epochs left. `opening` makes of it the
acts of the first answer: the conversation's own first act (it sends half-sent intents before), the sentences that the
caller did not hear to their end, whatever else the conversation has to say, else the answer to an unanswered turn.
Nobody is greeted twice, but a call that had heard nothing whole is greeted as a new one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from call_center.core.journal import events as ev
from call_center.core.ports import Act, Conversation, Expected, Heard, Question, Say, chained
from call_center.core.speaking import closing


@dataclass(frozen=True, slots=True)
class Resumption:
    """`repeat` is spoken after the bridging phrase; then `unanswered` is answered."""

    repeat: tuple[Say, ...] = ()
    unanswered: Heard | None = None


@dataclass(slots=True)
class _Told:
    speaking: ev.Speaking
    complete: bool = False
    owed: bool = True  # nobody took the floor since: what is missing of it is still to be said


class _Past:
    """What happened on former connections, as far as it matters for going on."""

    def __init__(self) -> None:
        self.told: dict[tuple[int, int], _Told] = {}
        self.said: ev.CallerSaid | None = None
        self.answered = False  # at least the beginning of an answer to that was ready
        self.heard = False  # a whole sentence was played, or the caller spoke
        self.decided = False  # the agent had ended its part
        self._bridging = False  # the first sentence of a resumed connection: the next one has its own

    def add(self, entry: ev.Entry) -> None:
        """Take the next entry."""
        match entry.event:
            case ev.Connected(resumed=resumed):
                self._bridging, self.decided = resumed, False
            case ev.CallerSaid() as event:
                self.said, self.heard, self.answered = event, True, False
                self._floor_taken()
            case ev.Interrupted():
                self._floor_taken()
            case ev.KeyPressed():
                self.heard = True
            case ev.Speaking(filler=False) as event if self._bridging:
                self._bridging = False
            case ev.Speaking(filler=False) as event:
                self.told[entry.epoch, event.sentence] = _Told(event)
                self.answered = self.answered or (self.said is not None and event.turn >= self.said.turn)
            case ev.Spoken(sentence=number, complete=complete):
                self.heard = self.heard or complete
                if (entry.epoch, number) in self.told:
                    self.told[entry.epoch, number].complete = complete
            case ev.TransferRequested() | ev.Ended("agent_hangup"):
                self.decided = True
            case _:
                pass

    def _floor_taken(self) -> None:
        for sentence in self.told.values():
            sentence.owed = False

    def owed(self) -> Resumption:
        """Cut sentences, else the answer to an unanswered turn, else the last question once more."""
        told, said = list(self.told.values()), self.said
        latest = {
            sentence.speaking.text: sentence for sentence in told
        }  # a repetition stands for what it repeats
        cut = [s for s in told if s.owed and latest[s.speaking.text] is s and not s.complete]
        unsaid = _rest(told[-1].speaking) if told and told[-1].owed else ()
        if cut or unsaid:
            return Resumption(chained([*(_say(sentence.speaking) for sentence in cut), *unsaid]))
        if said is not None and (said.text or said.keys) and not self.answered:
            return Resumption((), Heard(said.turn, said.text, said.confidence, keys=said.keys))
        asked = [s for s in told if s.speaking.question is not None]
        last = (asked or told)[-1:]
        return Resumption(tuple(_say(sentence.speaking) for sentence in last))


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
    return Resumption() if past.decided else past.owed()


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


async def opening(conversation: Conversation, resumed: Resumption | None) -> AsyncIterator[Act]:
    """The acts of a connection's first answer: a greeting, or how the call goes on."""
    if resumed is None:
        async with closing(conversation.greet(resumed=False)) as acts:
            async for act in acts:
                yield act
        return
    repeat = list(resumed.repeat)
    spoken = 0
    async with closing(conversation.greet(resumed=True)) as acts:
        async for act in acts:
            yield act
            spoken += not isinstance(act, Say) or not act.filler
            while repeat and spoken == 1:
                yield repeat.pop(0)
    for say in repeat:
        yield say
    # A conversation that went on by itself (a half-sent order was settled and told) has answered that turn.
    if resumed.unanswered is not None and spoken <= 1:
        async with closing(conversation.respond(resumed.unanswered)) as acts:
            async for act in acts:
                yield act
