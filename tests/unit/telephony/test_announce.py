"""The announcement of a call: strangers' words become safe values."""

from __future__ import annotations

import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from call_center.telephony.announce import (
    Announcement,
    Previous,
    clean_dialled,
    clean_name,
    clean_sip_call_id,
    normalise_number,
)

pytestmark = pytest.mark.unit

CALL_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
UKRAINIAN = "+380990001234"


@pytest.mark.parametrize(
    "written",
    [
        "+380990001234",
        "380990001234",
        "00380990001234",
        "0990001234",
        "80990001234",
        "990001234",
        " +38 (099) 000-12-34 ",
        "sip:+380990001234@trunk.example;user=phone",
        "tel:+380990001234",
    ],
)
def test_ukrainian_number_in_every_writing_is_one_number(written: str) -> None:
    """However a trunk writes a Ukrainian number, it becomes the same E.164."""
    assert normalise_number(written) == UKRAINIAN


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "unavailable",
        "101",
        "+380",
        "+38099000123",
        "abc",
        "099x001234",
    ],
)
def test_hidden_or_impossible_number_is_none(written: str | None) -> None:
    """A hidden, internal, short or lettered caller id is no number; nothing is guessed."""
    assert normalise_number(written) is None


def test_foreign_number_is_kept() -> None:
    """A number of another country is not bent into a Ukrainian one."""
    assert normalise_number("0048500000123") == "+48500000123"


@given(st.text(max_size=400))
def test_any_caller_id_is_e164_or_none(text: str) -> None:
    """No text makes the number parser fail or let through anything but E.164."""
    number = normalise_number(text)
    assert number is None or (
        number[0] == "+" and number[1:].isascii() and number[1:].isdigit() and len(number) <= 16
    )


@given(st.text(alphabet=st.characters(), max_size=400))
def test_any_name_is_one_visible_line(text: str) -> None:
    """A cleaned name has no control character, no line break, at most 64 characters, and cleaning is idempotent."""
    name = clean_name(text)
    if name is not None:
        assert len(name) <= 64
        assert not [c for c in name if unicodedata.category(c)[0] == "C" or c in "\r\n"]
        assert clean_name(name) == name


def test_name_keeps_ukrainian_and_quotes() -> None:
    """Letters and quotes of a name survive; line breaks and bidi overrides do not."""
    assert clean_name('Пан\r\n «О\'Кей»\u202e "x"') == 'Пан «О\'Кей» "x"'


@given(st.text(max_size=400))
def test_any_call_id_is_visible_ascii(text: str) -> None:
    """A cleaned SIP Call-ID can stand in a log line and in a header."""
    call_id = clean_sip_call_id(text)
    assert call_id is None or (all("!" <= c <= "~" for c in call_id) and len(call_id) <= 256)


@pytest.mark.parametrize("dialled", ["1;rm -rf", "a b", "x" * 33, "700\r\nX: y", "${EXTEN}"])
def test_strange_extension_is_none(dialled: str) -> None:
    """What cannot be an extension is dropped."""
    assert clean_dialled(dialled) is None


def test_hostile_announcement_is_accepted_and_clean() -> None:
    """Quotes, CR/LF, 300 characters and UTF-8 neither crash nor pass through; the call is still announced."""
    announced = Announcement.model_validate(
        {
            "secret": "ignored",
            "call_id": CALL_ID,
            "attempt": "2",
            "caller": '"; DROP TABLE\r\nX-Evil: 1' + "9" * 300,
            "name": "ї" * 300 + "\r\nX-Evil: 1",
            "dialled": "700",
            "sip_call_id": "a\r\nb@host",
            "previous": "operator_busy",
        }
    )
    assert announced.call_id == UUID(CALL_ID)
    assert announced.caller is None
    assert announced.name == "ї" * 64
    assert announced.sip_call_id == "ab@host"
    assert announced.previous is Previous.OPERATOR_BUSY


@given(st.dictionaries(st.sampled_from(["caller", "name", "dialled", "sip_call_id", "previous"]), st.text()))
def test_no_form_of_strangers_words_is_refused(fields: dict[str, str]) -> None:
    """Whatever a stranger puts in, the call is announced: only our own dialplan's fields can refuse it."""
    assert Announcement.model_validate({"call_id": CALL_ID, **fields}).call_info().call_id == CALL_ID


@pytest.mark.parametrize(
    "fields",
    [{}, {"call_id": "700"}, {"call_id": CALL_ID, "attempt": "0"}, {"call_id": CALL_ID, "attempt": "1e9"}],
)
def test_announcement_without_call_id_or_with_absurd_attempt_is_refused(fields: dict[str, str]) -> None:
    """A form that our dialplan cannot have made is refused."""
    with pytest.raises(ValidationError):
        Announcement.model_validate(fields)


def test_repr_and_errors_hold_no_personal_data() -> None:
    """Neither repr nor a validation error shows caller or name."""
    announced = Announcement.model_validate({"call_id": CALL_ID, "caller": UKRAINIAN, "name": "Марія"})
    assert UKRAINIAN not in repr(announced)
    assert "Марія" not in repr(announced)
    with pytest.raises(ValidationError) as caught:
        Announcement.model_validate({"call_id": UKRAINIAN})
    assert UKRAINIAN not in str(caught.value)


def test_unknown_previous_counts_as_lost() -> None:
    """An outcome of a newer dialplan is a lost connection, not a refusal."""
    assert Announcement.model_validate({"call_id": CALL_ID, "previous": "eaten"}).previous is Previous.LOST


def test_call_info_is_resumed_after_first_attempt() -> None:
    """The second attempt tells the core that the conversation goes on, and why."""
    info = Announcement.model_validate({"call_id": CALL_ID, "attempt": 2, "previous": "lost"}).call_info()
    assert (info.resumed, info.outcome, info.attempt) == (True, "lost", 2)
