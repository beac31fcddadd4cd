"""Turn decisions, one class at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.ports import Question, Readiness
from call_center.core.turns import (
    Backchannel,
    EndOfTurn,
    FailureLadder,
    KeyCollector,
    LineQuality,
    Remedy,
    SilencePrompts,
    Speculation,
    StartOfTurn,
    Unrecognised,
    Verdict,
)

pytestmark = pytest.mark.unit

WORDS = Readiness(words=3)
DONE = Readiness(complete=True, words=1)
DANGLING = Readiness(dangling=True, words=2)


def run(start: StartOfTurn, pattern: str, need_ms: float = 96.0) -> list[bool]:
    """Feed windows of 32 ms: v is voice."""
    return [start.window(mark == "v", 32.0, need_ms) for mark in pattern]


def test_start_needs_voice_in_a_row() -> None:
    """Three windows start a turn."""
    assert run(StartOfTurn(), "vvv") == [False, False, True]


def test_start_fires_once() -> None:
    """One turn, one start."""
    assert sum(run(StartOfTurn(), "vvvvvvvvvv")) == 1


def test_start_survives_one_missed_window() -> None:
    """The detector may miss a window inside a word."""
    assert any(run(StartOfTurn(), "vvv.vvvv", 192.0))


def test_clicks_never_start() -> None:
    """Spikes with silence between them do not add up."""
    assert not any(run(StartOfTurn(), "v..v..v..v..v.." * 20))


def test_start_fires_as_soon_as_the_need_falls() -> None:
    """Voice over the agent's last word starts the turn when the agent is done."""
    start = StartOfTurn()
    assert not any(run(start, "vvvvv", 192.0))
    assert run(start, "v", 96.0) == [True]


@pytest.mark.parametrize(
    ("question", "readiness", "least", "most"),
    [
        (Question.YES_NO, DONE, 240, 300),
        (Question.CHOICE, DONE, 240, 300),
        (Question.YES_NO, WORDS, 500, 700),
        (Question.OPEN, WORDS, 550, 650),
        (Question.OPEN, DONE, 550, 650),
        (Question.DIGITS, DONE, 250, 500),
        (Question.DIGITS, WORDS, 1_200, 1_500),
        (Question.DIGITS, None, 1_200, 1_500),
        (Question.OPEN, None, 550, 650),
    ],
)
def test_pause_depends_on_the_question(
    question: Question, readiness: Readiness | None, least: float, most: float
) -> None:
    """How long a pause ends the turn."""
    assert least <= EndOfTurn().wait_ms(question, readiness) <= most


@pytest.mark.parametrize("question", list(Question))
def test_dangling_waits_longest(question: Question) -> None:
    """Whatever was asked, a preposition at the end is no end."""
    end = EndOfTurn()
    assert end.wait_ms(question, DANGLING) >= max(
        end.wait_ms(question, other) for other in (DONE, WORDS, None)
    )


@given(
    st.sampled_from(list(Question)),
    st.builds(
        Readiness,
        complete=st.booleans(),
        dangling=st.booleans(),
        words=st.integers(min_value=0, max_value=30),
    )
    | st.none(),
    st.floats(min_value=0, max_value=5_000),
)
def test_longer_silence_never_takes_an_end_back(
    question: Question, readiness: Readiness | None, silence_ms: float
) -> None:
    """An end of turn is monotone in silence and always comes."""
    end = EndOfTurn()
    assert end.ended(question, readiness, silence_ms + 2_000)
    if end.ended(question, readiness, silence_ms):
        assert end.ended(question, readiness, silence_ms + 1)


def test_one_decode_a_pause() -> None:
    """A pause is decoded once; voice after it asks for another decode."""
    speculation = Speculation()
    asked = [speculation.wants_decode(Question.OPEN, 500, ms, 8_000) for ms in (200, 260, 300, 600)]
    assert asked == [False, True, False, False]
    assert speculation.wants_decode(Question.OPEN, 900, 260, 16_000)
    assert speculation.wasted == 1


def test_little_voice_is_not_decoded() -> None:
    """Less than 150 ms of voice never reaches the recogniser, which would write text over it."""
    assert not Speculation().wants_decode(Question.OPEN, 120, 5_000, 8_000)


def test_hypothesis_of_less_than_the_voice_does_not_count() -> None:
    """Voice after the decoded audio makes a hypothesis late."""
    assert Speculation.covers(8_000, 8_000)
    assert not Speculation.covers(7_999, 8_000)


@pytest.mark.parametrize(
    ("ms", "readiness", "rejected", "decoding", "verdict"),
    [
        ((250, 0), None, False, False, Verdict.UNDECIDED),
        ((610, 0), None, False, False, Verdict.CLAIM),
        ((250, 300), WORDS, False, False, Verdict.CLAIM),
        ((250, 300), Readiness(backchannel=True, words=1), False, False, Verdict.YIELD),
        ((250, 300), None, True, False, Verdict.YIELD),
        ((700, 300), None, True, False, Verdict.YIELD),
        ((250, 300), None, False, True, Verdict.UNDECIDED),
        ((250, 1_500), None, False, True, Verdict.YIELD),
        ((120, 600), None, False, False, Verdict.YIELD),
    ],
)
def test_voice_over_the_agent(
    ms: tuple[float, float], readiness: Readiness | None, rejected: bool, decoding: bool, verdict: Verdict
) -> None:
    """What takes the floor and what gives it back; `ms` of voice and of silence after it."""
    assert Backchannel().judge(*ms, readiness, rejected=rejected, decoding=decoding) is verdict


@pytest.mark.parametrize(
    ("voiced_ms", "confidence", "verdict"),
    [(260, 0.27, Verdict.YIELD), (260, 0.6, Verdict.CLAIM), (900, 0.27, Verdict.CLAIM)],
)
def test_short_doubtful_words_do_not_take_the_floor(
    voiced_ms: float, confidence: float, verdict: Verdict
) -> None:
    """A quarter of a second that the recogniser itself doubts is a backchannel; long voice claims whatever it was."""
    judged = Backchannel().judge(voiced_ms, 300, WORDS, rejected=False, decoding=True, confidence=confidence)
    assert judged is verdict


def test_agent_that_was_paused_for_nothing_is_paused_later() -> None:
    """Two false alarms are free, then more voice is needed, never as much as takes the floor."""
    backchannel = Backchannel()
    needs = [backchannel.pause_after_ms(yields) for yields in range(10)]
    assert needs[:2] == [192.0, 192.0]
    assert needs == sorted(needs)
    assert needs[-1] < backchannel.claim_ms


def test_silence_ladder_has_three_steps() -> None:
    """1, 2, 3, each 8 s after the agent was heard."""
    prompts = SilencePrompts()
    steps = []
    for start in (0.0, 10.0, 20.0):
        assert prompts.watch(start) == start + 8.0
        steps.append(prompts.step())
        prompts.played()
    assert steps == [1, 2, 3]


def test_noise_puts_a_prompt_off_by_two_seconds_at_most() -> None:
    """A second `watch` without anything played keeps the date, or comes 2 s after the noise."""
    prompts = SilencePrompts()
    prompts.watch(0.0)
    assert prompts.watch(3.0) == 8.0
    assert prompts.watch(7.5) == 9.5


def test_speech_starts_the_ladder_over() -> None:
    """Any speech resets the count."""
    prompts = SilencePrompts()
    prompts.watch(0.0)
    prompts.step()
    prompts.speech()
    assert prompts.count == 0
    assert prompts.watch(20.0) == 28.0


def test_key_outside_a_dictation_is_complete() -> None:
    """One key, one answer, also # itself."""
    assert KeyCollector().press("1", Question.YES_NO, 0.0)
    keys = KeyCollector()
    assert keys.press("#", Question.OPEN, 0.0)
    assert keys.take() == "#"


def test_dictated_keys_end_on_hash() -> None:
    """# ends a dictation and is not part of it."""
    keys = KeyCollector()
    assert [keys.press(digit, Question.DIGITS, 0.0) for digit in "05#"] == [False, False, True]
    assert keys.take() == "05"
    assert keys.take() == ""


def test_every_dictated_key_renews_the_pause() -> None:
    """The answer is due 2 s after the last key."""
    keys = KeyCollector()
    keys.press("0", Question.DIGITS, 1.0)
    keys.press("5", Question.DIGITS, 2.5)
    assert keys.due_at == 4.5


@given(st.text("0123456789*", max_size=200))
def test_keys_are_bounded(digits: str) -> None:
    """A stuck key fills no memory; the first digits count."""
    keys = KeyCollector()
    for digit in digits:
        keys.press(digit, Question.DIGITS, 0.0)
    assert keys.take() == digits[: keys.limit]


@pytest.mark.parametrize(
    ("voiced", "rejected", "took_floor", "speech"),
    [
        (300, "no_speech", False, False),
        (2_000, "no_speech", False, False),
        (3_000, "no_speech", False, True),
        (300, "repetition", False, False),
        (900, "repetition", False, True),
        (300, "failed", False, True),
        (300, None, False, True),
        (300, "no_speech", True, True),
    ],
)
def test_noise_or_not_understood(voiced: float, rejected: str | None, took_floor: bool, speech: bool) -> None:
    """Who gets an answer and what is ignored."""
    assert Unrecognised().is_speech(voiced, rejected, took_floor=took_floor) is speech


def test_one_unsure_turn_is_not_a_poor_line() -> None:
    """Two bad turns in a row make the line poor, one good one does not mend it at once."""
    quality = LineQuality()
    assert [quality.turn(confidence) for confidence in (0.2, 0.2, 0.2)] == [False, True, True]


def test_a_good_line_recovers() -> None:
    """Good turns mend the line."""
    quality = LineQuality()
    for confidence in (0.1, 0.1, 0.1):
        quality.turn(confidence)
    assert [quality.turn(0.95) for _ in range(2)][-1] is False


def test_caller_who_pauses_often_is_decoded_later() -> None:
    """With more than 30 % of decodes made useless by voice, the pause before a decode doubles."""
    speculation = Speculation()
    for voice_end in range(1, 12):
        speculation.wants_decode(Question.OPEN, 500, 260, voice_end)
    assert speculation.is_wasteful
    assert not speculation.wants_decode(Question.OPEN, 500, 260, 100)
    assert speculation.wants_decode(Question.OPEN, 500, 500, 100)


def test_failure_ladder_ends_at_a_person() -> None:
    """Two apologies, then a person; a good answer starts over."""
    ladder = FailureLadder()
    remedies = [ladder.failed(mute=False, can_apologise=True) for _ in range(3)]
    assert remedies == [Remedy.APOLOGY, Remedy.APOLOGY, Remedy.HANDOVER]
    assert ladder.failed(mute=False, can_apologise=True) is Remedy.SILENT_HANDOVER  # even that line failed
    ladder.worked()
    assert ladder.failed(mute=False, can_apologise=False) is Remedy.APOLOGY


def test_no_voice_and_nothing_recorded_is_a_person_at_once() -> None:
    """Nobody is left in silence."""
    assert FailureLadder().failed(mute=True, can_apologise=False) is Remedy.SILENT_HANDOVER
