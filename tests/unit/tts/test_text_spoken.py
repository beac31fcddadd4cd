"""The command `call-center text spoken`."""

from __future__ import annotations

import io
import json

import pytest

from call_center.commands.text_spoken import run

pytestmark = pytest.mark.unit


def test_one_json_object_a_line() -> None:
    """Every line in gives one line out, in order, with the text and its spoken form; an empty line too."""
    out = io.StringIO()
    run(["2 шини\n", "\n", "R16\r\n"], out)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"text": "2 шини", "spoken": "дві шини"},
        {"text": "", "spoken": ""},
        {"text": "R16", "spoken": "радіус шістнадцять"},
    ]
