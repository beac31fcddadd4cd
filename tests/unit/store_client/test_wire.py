"""Reading answers of the shop: whatever comes, it is a reply or a `StoreError`."""

from __future__ import annotations

import contextlib
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.errors import StoreError
from call_center.store_client.models import Availability, Tyre
from call_center.store_client.wire import BAD_ANSWER, read_reply, retry_after, typed

pytestmark = pytest.mark.unit
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def failure(status: int, body: bytes) -> StoreError:
    """Return the error that an answer becomes."""
    with pytest.raises(StoreError) as caught:
        read_reply(status, body)
    return caught.value


def test_data_and_pagination_are_taken_out() -> None:
    """The envelope is opened."""
    reply = read_reply(200, b'{"data": [1], "pagination": {"total": 7}}')
    assert (reply.data, reply.pagination["total"]) == ([1], 7)


def test_no_content_has_no_data() -> None:
    """204 carries nothing and is a success."""
    assert read_reply(204, b"").data is None


@pytest.mark.parametrize("body", [b"<html>hello</html>", b'{"data": [1, 2', b"", b"[]", b"{}", b"\xff\xfe"])
def test_success_that_is_no_envelope_is_a_bad_answer(body: bytes) -> None:
    """HTML, cut JSON and nothing at all are told apart from data."""
    assert failure(200, body).code == BAD_ANSWER


def test_refusal_keeps_code_message_and_details() -> None:
    """What the shop says about a refusal reaches the agent."""
    body = {"error": {"code": "split_stock", "message": "no", "request_id": "r", "locations": [{"q": 2}]}}
    error = failure(409, json.dumps(body).encode())
    assert (error.code, error.status, str(error)) == ("split_stock", 409, "no")
    assert error.details == {"locations": [{"q": 2}]}


def test_html_error_page_gives_its_status() -> None:
    """A proxy's page says nothing but its status, and nothing of it is shown."""
    error = failure(502, b"<html><h1>Bad gateway</h1></html>")
    assert (error.code, error.status) == ("unavailable", 502)
    assert "<" not in str(error)


@given(st.integers(100, 599), st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_reply_or_a_store_error(status: int, body: bytes) -> None:
    """No answer raises anything but `StoreError`."""
    with contextlib.suppress(StoreError):
        assert read_reply(status, body).pagination is not None
        assert 200 <= status < 300


@given(JSON)
def test_wrong_types_are_named_in_one_line(data: object) -> None:
    """A payload that breaks the contract is a bad answer, whatever it is."""
    with pytest.raises(StoreError) as caught:
        typed(Tyre, data)
    assert caught.value.code == BAD_ANSWER
    assert "\n" not in str(caught.value)


def test_unknown_fields_are_ignored() -> None:
    """A shop may answer more than the contract says."""
    data = {"product_id": "1", "total_quantity": 2, "in_stock": True, "new_field": {}}
    assert typed(Availability, data).total_quantity == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        (" 0 ", 0.0),
        ("soon", None),
        ("-1", None),
        ("Mon, 23 Nov 2026 12:00:07 GMT", 7.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """Both forms of RFC 9110 are read; what is neither asks for nothing."""
    assert retry_after(header, NOON) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_raises(header: str) -> None:
    """A header is outside text."""
    found = retry_after(header, NOON)
    assert found is None or found >= 0
