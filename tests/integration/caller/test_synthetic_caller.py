"""The synthetic caller against the real audio plane: server, pacer, Silero, floor and journal, scripted words."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest

from call_center.core.call_settings import SessionPhrases
from call_center.core.journal import Journal, Spool
from call_center.core.line import CallHandler, Line
from call_center.core.ports import CallInfo, HangUp, Say
from call_center.core.server import AudioSocketServer
from call_center.core.session import Session
from call_center.core.vad import Vad
from call_center.errors import ConfigError
from call_center.testing.caller.heard import HeardText
from call_center.testing.caller.line import alaw_decode
from call_center.testing.caller.synthetic import CallReport, Manner, SyntheticCaller
from call_center.testing.scripted import ScriptedConversation, ScriptedEars, ScriptedVoice

pytestmark = pytest.mark.integration

SPEECH = Path(__file__).parents[2] / "data" / "speech" / "u12_natalia.alaw"
GREETING = "Вітаю, чим допомогти?"
ANSWER = "Є три варіанти."
PHRASES = SessionPhrases(wait="Хвилинку.", late="Вибачте.", failed="Вибачте, повторіть.", handover="З'єдную.")
MANNER = Manner(quiet_s=(0.4, 0.5), pause_s=(0.1, 0.2), patience_s=6.0)


class Agent:
    """One worker's audio plane with scripted engines; `journals` are those of its calls."""

    def __init__(self, folder: Path, conversation: Callable[[], ScriptedConversation]) -> None:
        self._conversation = conversation
        self._spool = Spool(folder / "spool.jsonl")
        self.journals: list[Journal] = []
        self.server = AudioSocketServer(admit=self._admit, vad=Vad())

    def _admit(self, ticket: UUID) -> Callable[[Line], CallHandler]:
        def open_call(line: Line) -> CallHandler:
            journal = Journal(str(ticket), 1, self._spool)
            self.journals.append(journal)
            session = Session(
                line,
                CallInfo(str(ticket)),
                ears=ScriptedEars(),
                voice=ScriptedVoice(0.8, cached=True),
                conversation=self._conversation(),
                journal=journal,
                phrases=PHRASES,
            )
            session.start()
            return session

        return open_call

    async def close(self) -> None:
        """End the server and its spool."""
        await self.server.close()
        await asyncio.sleep(0.5)
        await asyncio.to_thread(self._spool.close)


def ring(
    folder: Path,
    conversation: Callable[[], ScriptedConversation],
    words: list[str],
    record: Path | None = None,
) -> tuple[CallReport, SyntheticCaller]:
    """One call in which the caller says `words` in order, hearing through the agent's journal."""

    async def speak(text: str) -> bytes:
        return alaw_decode(SPEECH.read_bytes())

    async def main() -> tuple[CallReport, SyntheticCaller]:
        agent = Agent(folder, conversation)
        await agent.server.start()
        remaining = iter(words)
        caller = SyntheticCaller(
            ("127.0.0.1", agent.server.port),
            uuid4(),
            speak,
            lambda heard: next(remaining, None),
            manner=MANNER,
        )
        heard = HeardText(lambda: caller.leg.ear.loud_frames)
        seen = 0

        def what_was_heard() -> str:
            nonlocal seen
            for entry in agent.journals[0].entries[seen:]:
                heard.on_event(entry.event)
            seen = len(agent.journals[0].entries)
            return heard.take()

        caller.what_was_heard = what_was_heard
        try:
            return await caller.run(record), caller
        finally:
            await agent.close()

    return asyncio.run(main())


def greeting() -> ScriptedConversation:
    """An agent who greets and answers."""
    return ScriptedConversation(greeting=(Say(GREETING),), answer=(Say(ANSWER),))


def test_caller_answers_what_was_played(tmp_path: Path) -> None:
    """Greeting and answer are heard as text only after their sound; each turn has its latency; the wav has both."""
    record = tmp_path / "call.wav"
    report, caller = ring(tmp_path, greeting, ["чотири шини"], record)
    assert report.heard == [GREETING, ANSWER]
    assert report.ended == "hangup"
    (turn,) = report.turns
    assert turn.latency_ms is not None
    assert 100 < turn.latency_ms < 4_000
    with wave.open(str(record)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8_000)
        sides = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    assert len(sides) >= 160 * len(caller.leg.sent)
    assert np.abs(sides).max(axis=0).min() > 3_000


def test_caller_never_starts_while_the_agent_speaks(tmp_path: Path) -> None:
    """The first loud frame of the caller comes after the greeting and its silence."""
    _, caller = ring(tmp_path, greeting, ["чотири шини"])
    agent_done = max(
        at for at, pcm in caller.leg.heard[:100] if np.abs(np.frombuffer(pcm, "<i2")).max() > 1_000
    )
    levels = [np.abs(np.frombuffer(pcm, "<i2")).max() for pcm in caller.leg.sent]
    first_word = next(index for index, level in enumerate(levels) if level > 1_000)
    assert first_word * 160 >= agent_done + 0.3 * 8_000


def test_hang_up_of_the_agent_ends_the_call(tmp_path: Path) -> None:
    """A goodbye is heard, then the call is over by the agent, without waiting for patience to run out."""

    def goodbye() -> ScriptedConversation:
        return ScriptedConversation(greeting=(Say(GREETING), HangUp("done")))

    report, _ = ring(tmp_path, goodbye, ["чотири шини"])
    assert report.ended in {"agent_hangup", "closed"}


def test_silent_agent_is_asked_after_patience(tmp_path: Path) -> None:
    """Without a greeting the caller speaks up by itself and still gets an answer."""

    def silent() -> ScriptedConversation:
        return ScriptedConversation(answer=(Say(ANSWER),))

    report, _ = ring(tmp_path, silent, ["алло, чотири шини"])
    assert report.heard[0] == ""
    assert ANSWER in report.heard[-1]


def test_nobody_there_is_one_line() -> None:
    """A closed port says where nobody answered."""

    async def speak(text: str) -> bytes:
        return b""

    caller = SyntheticCaller(("127.0.0.1", 1), uuid4(), speak, lambda heard: None)
    with pytest.raises(ConfigError, match=r"No AudioSocket server at 127\.0\.0\.1:1"):
        asyncio.run(caller.run())
