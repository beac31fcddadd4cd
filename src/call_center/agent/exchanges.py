"""What a model may be shown of the dialogue: the last exchanges as they were heard, names and phones cut out.

Folded from the journal with the view. Of the agent only sentences that were played to their end are kept, so what the
caller did not hear is not in any history. Also kept here: who answers the present turn, what a rule refused in it, what
the call has cost, and which prompt version it was given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from call_center.agent.dictation import name_in, redact
from call_center.core.journal.events import CallerSaid, Event, Noted, Refused, Speaking, Spoken, Understood

KEPT: Final = 16
PRIVATE: Final = frozenset(
    {"name", "phone", "phone_on_order", "callback_number", "caller_number", "booking_name"}
)
"""Questions whose answers no model sees."""
_PRIVATE_SLOTS: Final = {
    "name": "recipient.name",
    "phone": "recipient.phone",
    "phone_part": "recipient.phone",
}
_PHONE = re.compile(r"\+?\d(?:[\s\-()]?\d){8,}")


@dataclass(slots=True)
class Dialogue:
    """The last exchanges, oldest first, as ("caller" or "agent", text)."""

    exchanges: list[tuple[str, str]] = field(default_factory=list)
    playing: dict[int, str] = field(default_factory=dict)
    now: list[str] = field(default_factory=list)  # sentences of the present turn, on their way to the caller
    refusal: str = ""  # of the present turn
    owner: str = ""  # who answers the present turn: claude, fast, offline, script
    cost: float = 0.0  # USD
    prompt: tuple[str, str] = ("", "")  # version and digest; empty: the built-in one
    asked: str = ""
    names: frozenset[str] = frozenset()

    def fold(self, event: Event) -> None:
        """Apply one event."""
        match event:
            case CallerSaid():
                self._heard(event.text)
            case Understood():
                self._mask(event)
            case Speaking() if not event.filler:
                self.playing[event.sentence] = event.text
                self.asked = event.slot or self.asked
            case Spoken():
                text = self.playing.pop(event.sentence, "")
                if text and event.complete:
                    self._keep("agent", text)
            case Refused():
                self.refusal = f"{event.rule}: {event.reason}"
            case Noted():
                self._note(event)
            case _:
                pass

    def _note(self, event: Noted) -> None:
        match event.what:
            case "turn":
                self.now, self.refusal, self.owner = [], "", ""
            case "line":
                self.now = [*self.now, str(event.data["text"])]
            case "brain":
                self.owner = str(event.data["name"])
            case "usage":
                self.cost += float(event.data["usd"])
            case "prompt":
                self.prompt = (str(event.data["version"]), str(event.data["digest"]))
            case _:
                pass

    def _heard(self, text: str) -> None:
        text = " ".join(redact(text).split())
        self.playing.clear()
        if not text:
            return
        if self.asked in PRIVATE:
            text = f"[{self.asked}]"
        named = name_in(text, asked=False)
        if named is not None:
            start, end = named[1]
            text = f"{text[:start]}[recipient.name]{text[end:]}"
            self.names |= frozenset(named[0].split())
        self._keep("caller", text)

    def _mask(self, event: Understood) -> None:
        handle = _PRIVATE_SLOTS.get(event.slot)
        if handle is None:
            return
        if event.slot == "name":
            self.names |= frozenset(str(event.value).split())
        if not self.exchanges or self.exchanges[-1][0] != "caller":
            return
        text = self.exchanges[-1][1]
        start, end = event.span
        if "[" not in text and end <= len(text):
            self.exchanges[-1] = ("caller", f"{text[:start]}[{handle}]{text[end:]}")
        elif f"[{handle}]" not in text:
            self.exchanges[-1] = (
                "caller",
                f"[{handle}]",
            )  # spans no longer fit: nothing is shown rather than a part

    def _keep(self, who: str, text: str) -> None:
        self.exchanges = [*self.exchanges, (who, text)][-KEPT:]

    def shown(self, text: str) -> str:
        """`text` without names and phones."""
        text = _PHONE.sub("[recipient.phone]", text)
        for name in self.names:
            if len(name) > 2:
                text = re.sub(rf"\b{re.escape(name)}\b", "[recipient.name]", text)
        return text
