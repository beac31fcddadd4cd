"""Prompts of dialogue steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from call_center.core.ports import Expected, Question
from call_center.stt.client import WhisperEars
from call_center.stt.gates import is_echo, words
from call_center.stt.prompts import MOST_WORDS, SECOND_LOOK, step_prompts

pytestmark = pytest.mark.unit


def ears() -> WhisperEars:
    """Ears with a small vocabulary; never connected."""
    return WhisperEars(Path("unused"), step_prompts(brands=["Перша", "Друга"], cities=["Київ"]))


def test_prompt_follows_the_slot_then_the_question() -> None:
    """The slot's own words win; a yes/no question about anything else gets the yes/no words."""
    assert "Перша" in ears().prompt_for(Expected("brand", Question.CHOICE))
    assert "Так" in ears().prompt_for(Expected("total_agreed", Question.YES_NO))


def test_dictated_numbers_get_no_prompt() -> None:
    """Sizes and numbers are recognised worse with one: a size question has one for the second look only."""
    assert ears().prompt_for(Expected("tyre_size", Question.DIGITS)).startswith(SECOND_LOOK)
    assert ears().prompt_for(Expected("phone", Question.DIGITS)) == ""
    assert ears().prompt_for(Expected("brand", Question.DIGITS)) == ""
    assert ears().prompt_for(Expected()) == ""


def test_long_vocabulary_is_cut_to_the_first_names() -> None:
    """The most asked-for names stay."""
    prompt = step_prompts(brands=[f"Назва{number}" for number in range(100)])["brand"]
    assert len(words(prompt)) == MOST_WORDS
    assert "Назва0" in prompt


def test_every_prompt_read_back_is_an_echo() -> None:
    """The gate knows each prompt that this module makes."""
    names = [f"Назва{number}" for number in range(6)]
    for prompt in step_prompts(brands=names, makes=names, models=names, cities=names).values():
        assert is_echo(words(prompt), prompt, 0.0)
