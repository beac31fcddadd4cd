"""What is said: lines and read-backs grounded, noted in the journal, chained into sentences for the voice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from call_center.agent.brain import Recite, Speak
from call_center.agent.commits import Readback, readback
from call_center.agent.grounding import ground
from call_center.agent.journal import Journal
from call_center.agent.ledger import build
from call_center.agent.phrases import line, split_sentences
from call_center.agent.tools import BadArguments
from call_center.agent.view import DialogueView
from call_center.core.journal.events import Noted, Refused
from call_center.core.ports import Expected, Question, Say, chained

RequestOf = Callable[[str, dict[str, Any]], dict[str, Any]]


class Teller:
    """The speaking side of one call. `look` gives the call as it stands; `request_of` what a tool would send."""

    def __init__(self, journal: Journal, look: Callable[[], DialogueView], request_of: RequestOf) -> None:
        self.spoke = False  # in this answer
        self.again = False  # this answer is that of a dead process, gone on with
        self._journal = journal
        self._look = look
        self._request_of = request_of

    def begin(self, *, spoke: bool = False, again: bool = False) -> None:
        """A new answer."""
        self.spoke, self.again = spoke, again

    def note(self, what: str, data: dict[str, object]) -> None:
        """Journal a change of the dialogue's state."""
        self._journal.append(Noted(what, data))
        self._look()  # keep the live view in step: a brain looks at it between its outputs

    def say(self, speak: Speak, *, vouched: bool = False) -> list[Say]:
        """Ground every sentence; `vouched` marks lines that were grounded when first spoken or state nothing."""
        ledger = build(self._look())
        sentences: list[str] = []
        for sentence in split_sentences(speak.text):
            found = ground(sentence, ledger)
            if not found.ok and not vouched:
                self._journal.append(Refused("grounding", found.text or sentence, found.reason))
                continue
            sentences.append(found.text or sentence)
        if not sentences:
            return []
        data: dict[str, object] = {"key": speak.key, "text": " ".join(sentences), "first": not self.spoke}
        if speak.expected is not None:
            data |= {"slot": speak.expected.slot, "question": speak.expected.question.value}
        self.note("line", data)
        self.spoke = True
        last = len(sentences) - 1
        asked = [speak.expected if index == last else None for index in range(len(sentences))]
        return [
            *chained([Say(t, speak.interruptible, expected=e) for t, e in zip(sentences, asked, strict=True)])
        ]

    def recite(self, wanted: Recite) -> list[Say]:
        """The read-back of a commit, rendered from exactly what would be sent."""
        try:
            request = self._request_of(wanted.name, wanted.args)
        except (BadArguments, LookupError) as error:
            self._journal.append(Refused("read_back", wanted.name, str(error)))
            return self._offer_operator()
        told = readback(self._look(), wanted.name, wanted.args, request)
        ledger = build(self._look())
        facts = [ground(fact, ledger) for fact in told.facts]
        wrong = [f for f in facts if not f.ok]
        if wrong:
            self._journal.append(Refused("grounding", wrong[0].text, wrong[0].reason))
            return self._offer_operator()
        texts = [f.text for f in facts]
        self._open(wanted, told, texts)
        says = [*(Say(text) for text in texts), Say(told.question, expected=told.expected)]
        return [*chained(says)]

    def _open(self, wanted: Recite, told: Readback, texts: list[str]) -> None:
        open_now = self._look().read_back
        known = open_now is not None and (open_now.digest, open_now.facts) == (told.digest, tuple(texts))
        if not (self.again and known):  # what was heard of one that is gone on with counts
            data: dict[str, object] = {
                "tool": wanted.name,
                "args": wanted.args,
                "digest": told.digest,
                "facts": texts,
            }
            self.note("read_back", data)
        asked = {"slot": told.expected.slot, "question": told.expected.question.value}
        text = " ".join([*texts, told.question])
        self.note("line", {"key": "read_back", "text": text, "first": not self.spoke, **asked})
        self.spoke = True

    def _offer_operator(self) -> list[Say]:
        asked = Expected("to_operator", Question.YES_NO)
        return self.say(Speak(line("offer_operator"), "offer_operator", asked))
