"""When the recogniser looks twice, and which reading it believes."""

from __future__ import annotations

import pytest

from call_center.stt.gates import is_dictation, is_same_speech

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text", ["225 на 45 на 18", "сто дев'яносто п'ять на шістдесят", "099 000 12 34", "радіус 16"]
)
def test_dictated_numbers_are_left_as_they_were_read(text: str) -> None:
    """A prompt of names makes numbers worse, so a reading that holds some is final."""
    assert is_dictation(text)


@pytest.mark.parametrize("text", ["шини на шкоду", "авто 2014 року", "", "мені потрібна гума, дякую"])
def test_other_speech_gets_the_second_look(text: str) -> None:
    """Names and wishes may be read again; a year alone is no dictation."""
    assert not is_dictation(text)


def test_leaking_prompt_is_not_believed() -> None:
    """A second reading that is much longer than the first has read the prompt back."""
    assert is_same_speech("зимові на ренологан", "зимові шини на Рено Логан")
    assert not is_same_speech("зимові на гольф", "зимові на Гольф, Ланос, Меган, Логан, Дастер, Камрі")
