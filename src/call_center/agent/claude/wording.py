"""Which prompt version a call has: the one its journal records, also after a take-over in another process.

A version that this machine does not hold with exactly that text (a book that was not copied) is replaced by the
built-in prompt, and the journal says so: figures per version leave such a call out.
"""

from __future__ import annotations

from collections.abc import Iterator

from call_center.agent.brain import Note
from call_center.agent.prompts.book import BUILTIN, BUILTIN_VERSION
from call_center.agent.prompts.parts import Parts, Texts
from call_center.agent.view import DialogueView
from call_center.logging import get_logger

log = get_logger(__name__)


class Wording:
    """The prompt of a call; without `texts` only the built-in one exists."""

    def __init__(self, texts: Texts | None = None) -> None:
        self._texts = texts

    def parts(self, view: DialogueView) -> Parts:
        """What the call's version changes of the built-in prompt."""
        return self._found(view) or ()

    def missing(self, view: DialogueView) -> Iterator[Note]:
        """The note that the call goes on with the built-in prompt because its own is not here."""
        if self._found(view) is None:
            version = view.dialogue.prompt[0]
            log.error("a call's prompt version is not here, the built-in one is used", version=version)
            made = BUILTIN_VERSION.record(instead_of=version)
            yield Note(made.what, made.data)

    def _found(self, view: DialogueView) -> Parts | None:
        version, digest = view.dialogue.prompt
        if version in ("", BUILTIN):
            return ()
        return self._texts.parts(version, digest) if self._texts is not None else None
