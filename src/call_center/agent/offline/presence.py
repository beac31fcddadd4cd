"""Whether anybody is there: silence, "алло?", and saying the last words again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from call_center.agent.brain import Finish, Output, Speak, Turn
from call_center.agent.flows.speech import ask
from call_center.agent.phrases import SESSION_PHRASES, line, split_sentences
from call_center.core.ports import Expected, Question


def silence(turn: Turn) -> Iterator[Output]:
    """The n-th silence prompt: whether the caller is there, the question once more, goodbye."""
    expected = turn.view.expected
    text = SESSION_PHRASES.silence(turn.silence, expected.slot)
    if turn.silence == 2 and expected.slot not in ("agree", "open"):
        question = _question(turn)
        if question:
            yield _ask_text(
                f"{SESSION_PHRASES.silence_again} {question}", "silence", expected.slot, expected.question
            )
            return
    if expected.slot == "agree" and turn.silence < 3:
        yield ask(turn, "agree_silence", expected.slot, expected.question)
        return
    if turn.silence >= 3:
        yield Speak(text, "silence_goodbye")
        yield Finish("silence")
        return
    yield _ask_text(text, "silence", expected.slot, expected.question)


def _ask_text(text: str, key: str, slot: str, question: Question) -> Output:
    return Speak(text, key, Expected(slot, question))


def say_again(turn: Turn) -> Iterator[Output]:
    """What was said last, word for word."""
    expected = turn.view.expected
    yield _ask_text(" ".join(turn.view.last_lines), "again", expected.slot, expected.question)


def hello(turn: Turn) -> Iterator[Output]:
    """An "алло, ви мене чуєте?": that the caller is heard, and the open question once more."""
    expected, question = turn.view.expected, _question(turn)
    if not question:
        yield from say_again(turn)
        return
    words = line("hello", turn.view.lines["hello"], question=question)
    yield _ask_text(words, "hello", expected.slot, expected.question)


def _question(turn: Turn) -> str:
    """The sentence with which the agent asked last, as it was spoken."""
    sentences = [s for text in turn.view.last_lines for s in split_sentences(text)]
    return next((s for s in reversed(sentences) if s.endswith("?")), "")
