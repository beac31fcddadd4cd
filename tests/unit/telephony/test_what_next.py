"""What the dialplan does next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.telephony.what_next import Next, Outcome, Step, decide_next

pytestmark = pytest.mark.unit

OUTCOMES = st.one_of(st.none(), st.sampled_from(list(Outcome)), st.text(max_size=10))
STATUSES = st.one_of(st.sampled_from(["SUCCESS", "FAILED", "NOAPP", ""]), st.text(max_size=10))


def test_transfer_goes_to_the_operator_with_the_summary() -> None:
    """A transfer names the summary that the operator reads."""
    assert decide_next(Outcome.TRANSFER, "SUCCESS", 0, summary_id="s1").line() == "operator s1"


def test_goodbye_hangs_up() -> None:
    """After the agent's goodbye the line is closed."""
    assert decide_next(Outcome.AGENT_HANGUP, "SUCCESS", 0) == Next(Step.HANGUP)


@pytest.mark.parametrize(
    "outcome", [None, Outcome.LOST, Outcome.ERROR, Outcome.CALLER_HANGUP, Outcome.REFUSED, "new word"]
)
def test_what_nobody_decided_is_tried_again(outcome: Outcome | str | None) -> None:
    """The caller is still there: a crash, an error or a dropped socket is repeated."""
    assert decide_next(outcome, "SUCCESS", 0).line() == "again"


def test_overload_and_missing_application_go_to_people() -> None:
    """Another attempt would end the same way."""
    assert decide_next(Outcome.OVERLOAD, "SUCCESS", 0).step is Step.OPERATOR
    assert decide_next(None, "NOAPP", 0).step is Step.OPERATOR


@given(OUTCOMES, STATUSES, st.integers(3, 100))
def test_repeats_end(outcome: Outcome | str | None, status: str, repeats: int) -> None:
    """Past the limit nothing is tried again, whatever happened."""
    assert decide_next(outcome, status, repeats, limit=3).step is not Step.AGAIN


@given(OUTCOMES, STATUSES, st.integers(0, 10))
def test_answer_is_one_line_the_dialplan_knows(
    outcome: Outcome | str | None, status: str, repeats: int
) -> None:
    """Every answer is one of the three words, with a summary after `operator` only."""
    words = decide_next(outcome, status, repeats, summary_id="s1").line().split(" ")
    assert words in (["operator", "s1"], ["again"], ["hangup"])
