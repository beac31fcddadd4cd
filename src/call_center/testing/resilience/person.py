"""The person who orders tyres by telephone: what they answer to which question, and how they listen.

Pure but for the clock of the entries. The agent's question is the newest sentence of its journal that asks something;
it is answered once it was played to its end and nothing else is being said. A question that comes again (a new
sentence) is answered again, as people do. Answers are keys where the agent takes keys, short plain words elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from call_center.core.journal import events as ev

MOST_ANSWERS = 4  # to one question; then the person gives up


@dataclass(frozen=True, slots=True)
class Reply:
    """Words or keys."""

    words: str = ""
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person wants, and what the store must have in the end."""

    quantity: int = 4
    branch: int = 1
    name: str = "Марія Коваленко"
    size: str = "205/65 R16C"
    city: str = "Дніпро"

    def replies(self) -> Mapping[str, Reply]:
        """Answers by the slot that is asked for; words that the recogniser gets right from a synthetic voice."""
        place = f"Доставте Новою поштою у {self.city}."
        return {
            "open": Reply("Потрібні зимові шини."),
            "season": Reply("Зимові."),
            "tyre_size": Reply(keys="2056516#"),
            "option": Reply(keys="1"),
            "order_it": Reply(keys="1"),
            "quantity": Reply(keys=f"{self.quantity}#"),
            "delivery": Reply(place),
            "city": Reply(place),
            "branch": Reply(keys=f"{self.branch}#"),
            "name": Reply(f"{self.name}."),
            "caller_number": Reply(keys="1"),
            "payment": Reply("Оплата при отриманні."),
            "agree": Reply(keys="1"),
            "more": Reply("Дякую, до побачення."),
        }


@dataclass(slots=True)
class Attention:
    """What the agent is saying and asking, as its journal tells it. `at` are Unix seconds."""

    question: tuple[int, int] | None = None  # (epoch, sentence) of the newest question
    slot: str = ""
    asked_at: float = 0.0
    answered: set[tuple[int, int]] = field(default_factory=set)
    times: Counter[str] = field(default_factory=Counter)
    epoch: int = 0
    spoke_at: float = 0.0  # the first sentence of this connection was handed to the voice
    ended: str | None = None
    _open: dict[tuple[int, int], bool] = field(default_factory=dict)  # sentences not played to their end
    _heard: set[tuple[int, int]] = field(default_factory=set)

    def take(self, entry: ev.Entry) -> None:
        """Take the next entry of the call."""
        match entry.event:
            case ev.Connected():
                self.epoch, self.spoke_at, self.ended = entry.epoch, 0.0, None
                self._open.clear()
            case ev.Speaking() as told:
                place = (entry.epoch, told.sentence)
                self._open[place] = True
                self.spoke_at = self.spoke_at or entry.at
                if told.question is not None and not told.filler:
                    self.question, self.slot, self.asked_at = place, told.slot or "open", entry.at
            case ev.Spoken(sentence=number, complete=complete):
                self._open.pop((entry.epoch, number), None)
                if complete:
                    self._heard.add((entry.epoch, number))
            case ev.Ended(reason):
                self.ended = reason
            case _:
                pass

    @property
    def due(self) -> bool:
        """Whether the agent waits for an answer that was not given."""
        return (
            self.question is not None
            and self.question[0] == self.epoch
            and self.question in self._heard
            and self.question not in self.answered
            and not self._open
        )

    def answer(self) -> str:
        """Note that the question is being answered; returns its slot. Raises `LookupError` at too many repeats."""
        if self.question is not None:
            self.answered.add(self.question)
        self.times[self.slot] += 1
        if self.times[self.slot] > MOST_ANSWERS:
            raise LookupError(f"asked for {self.slot} {self.times[self.slot]} times")
        return self.slot
