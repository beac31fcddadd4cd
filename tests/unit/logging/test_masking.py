"""Nothing personal leaves the process in a log line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.logging.masking import mask, mask_text

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        ("дзвінок від +380990001234 прийнято", "0990001234"),
        ("номер 099 000 12 34", "000 12 34"),
        ("номер (099) 000-12-34", "000-12-34"),
        ("картка 4111 1111 1111 1111", "1111"),
        ("пошта olena.k@example.com", "example"),
        ("номерний знак AA1234BB", "1234"),
    ],
)
def test_personal_data_is_masked_in_free_text(text: str, leak: str) -> None:
    """Phones, cards, e-mails and plates are recognised by their shape."""
    assert leak not in mask_text(text)


@pytest.mark.parametrize(
    "text", ["215/55 R17", "3 200 грн", "замовлення 2045678", "0.123 s", "127.0.0.1:9092"]
)
def test_shop_numbers_stay_readable(text: str) -> None:
    """Sizes, prices, order numbers and addresses of servers are no personal data."""
    assert mask_text(text) == text


@given(st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_every_ukrainian_mobile_is_masked(digits: str) -> None:
    """Any number in E.164 form is replaced, whatever its digits."""
    assert digits not in mask_text(f"caller=+380{digits} ok") or not digits


@pytest.mark.parametrize("key", ["caller", "phone", "name", "ticket", "secret", "text"])
def test_named_fields_are_masked_whole(key: str) -> None:
    """A field that holds personal data or a key is masked whatever it looks like, at any depth."""
    assert mask({"outer": {key: "Тарас"}}) == {"outer": {key: f"[{key}]"}}


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8)
)
def test_masking_never_raises(value: object) -> None:
    """Whatever is logged, logging does not fail."""
    mask(value)
