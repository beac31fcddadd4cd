"""The rendered Asterisk configuration."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.errors import ConfigError
from call_center.telephony.configuration import (
    PRODUCTION,
    SECRET_FILE,
    NoAnswer,
    Private,
    Settings,
    read_secret,
    render,
    write,
)

pytestmark = pytest.mark.unit

API = "http://127.0.0.1:8080"
PRIVATE = Private(15060, 20000, 20999, Path("/usr/lib/asterisk/modules"), Path("/usr/share/asterisk"))


def dialplan(**changes: object) -> str:
    """The rendered dialplan with some settings changed."""
    values: dict[str, object] = {"api": API, "operators": ("sip:desk@10.0.0.7",), **changes}
    return render(Settings(**values))["call_center_extensions.conf"]  # type: ignore[arg-type]


def test_production_is_only_what_a_shop_includes() -> None:
    """Production writes three files to include and nothing that would replace the shop's own."""
    assert set(render(Settings(API, ("PJSIP/101",)))) == set(PRODUCTION)


def test_test_profile_is_a_whole_tree_on_loopback() -> None:
    """The private tree has its own asterisk.conf and modules.conf, and its only transport is on 127.0.0.1."""
    files = render(Settings(API, ("sip:operator@127.0.0.1:15070",), etc=Path("/srv/pbx"), private=PRIVATE))
    assert {"asterisk.conf", "modules.conf", "extensions.conf", "pjsip.conf", "rtp.conf"} <= set(files)
    assert "autoload = no" in files["modules.conf"]
    assert re.findall(r"^bind = (.*)$", files["pjsip.conf"], re.M) == ["127.0.0.1:15060"]


def test_no_placeholder_is_left() -> None:
    """Every placeholder of every template gets a value."""
    files = render(Settings(API, ("sip:operator@127.0.0.1:15070",), etc=Path("/srv/pbx"), private=PRIVATE))
    assert not [name for name, text in files.items() if re.search(r"@[a-z_]+@", text)]


def test_nothing_reaches_a_shell() -> None:
    """The dialplan has no application or function that runs a program."""
    assert not re.search(r"\b(System|TrySystem|SHELL|AGI|EAGI|ExternalIVR|EVAL)\s*\(", dialplan())


def test_words_of_the_caller_are_encoded_and_kept_nowhere() -> None:
    """Caller number, name and Call-ID stand only inside URIENCODE(), and each is cut."""
    text = dialplan()
    for function in ("CALLERID(num)", "CALLERID(name)", "CHANNEL(pjsip,call-id)"):
        uses = re.findall(rf"(\S{{0,12}}){re.escape('${' + function)}:0:\d+", text)
        assert uses
        assert all(use.endswith("URIENCODE(") for use in uses)
        assert text.count("${" + function + "}") == 0


def test_dialplan_names_the_secret_file_and_not_the_secret(tmp_path: Path) -> None:
    """The secret is in its own file of mode 0640 and in no other."""
    secret = "f" * 32
    write(render(Settings(API, ("PJSIP/101",), etc=tmp_path)), secret, tmp_path)
    holders = [path.name for path in tmp_path.iterdir() if secret in path.read_text()]
    assert holders == [SECRET_FILE]
    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o640
    assert f"FILE({tmp_path}/{SECRET_FILE})" in (tmp_path / "call_center_extensions.conf").read_text()


def test_no_failure_of_the_processor_ends_the_call() -> None:
    """AudioSocket runs under TryExec only: bare, its failure would hang up the caller."""
    text = dialplan()
    assert text.count("AudioSocket(") == text.count("TryExec(AudioSocket(") == 1


def test_every_operator_rings() -> None:
    """URIs become endpoints of ours, existing endpoints are used as they are, all ring and all are in the queue."""
    files = render(Settings(API, ("sip:desk@10.0.0.7:5080", "PJSIP/102")))
    assert "Dial(PJSIP/call-center-operator-1&PJSIP/102,20," in files["call_center_extensions.conf"]
    assert "contact = sip:desk@10.0.0.7:5080" in files["call_center_pjsip.conf"]
    assert re.findall(r"^member => (.*)$", files["call_center_queues.conf"], re.M) == [
        "PJSIP/call-center-operator-1",
        "PJSIP/102",
    ]


@pytest.mark.parametrize(
    ("no_answer", "label"),
    [(NoAnswer.AGAIN, "announce"), (NoAnswer.QUEUE, "queue"), (NoAnswer.HANGUP, "done")],
)
def test_unanswered_operator_leads_where_the_shop_wants(no_answer: NoAnswer, label: str) -> None:
    """The three choices are three labels that exist in the dialplan."""
    text = dialplan(no_answer=no_answer)
    assert f"same => n,Goto({label})\n" in text
    assert f"({label})," in text


def test_every_jump_has_its_label() -> None:
    """No GotoIf or Goto names a label that is not there."""
    text = dialplan()
    jumps = set(re.findall(r"\?([a-z]+)\)$", text, re.M)) | set(re.findall(r"n,Goto\(([a-z]+)\)", text))
    assert jumps
    assert jumps <= set(re.findall(r"n\(([a-z]+)\),", text))


@pytest.mark.parametrize(
    "changes",
    [
        {"api": "ftp://x"},
        {"api": "http://h:1/x,y"},
        {"api": "http://h\nexten => 1,1,System(id)"},
        {"operators": ()},
        {"operators": ("sip:a@b\n[general]",)},
        {"operators": ("desk",)},
        {"queue": "a]b"},
        {"etc": Path("/srv/a b;c")},
        {"ring_seconds": 0},
        {"queue_seconds": 999_999},
    ],
)
def test_impossible_setting_is_one_line(changes: dict[str, object]) -> None:
    """What must not stand in a configuration file is refused in one line that names the option."""
    with pytest.raises(ConfigError, match=r"^--[a-z-]+: .*give ") as caught:
        dialplan(**changes)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=60))
def test_no_operator_adds_a_line(operator: str) -> None:
    """Whatever is given as an operator is refused or stands as one value of one line."""
    try:
        settings = Settings(API, (operator,))
    except ConfigError:
        return
    plain = render(Settings(API, ("sip:x@y" if operator.startswith("sip:") else "PJSIP/x",)))
    assert {name: text.count("\n") for name, text in render(settings).items()} == {
        name: text.count("\n") for name, text in plain.items()
    }


@pytest.mark.parametrize(
    "content", ["", "short", "has space in the middle of it", "кирилиця-кирилиця", "a" * 129]
)
def test_poor_secret_is_refused(content: str, tmp_path: Path) -> None:
    """A secret that is short, long or not one plain word is refused with what to do."""
    path = tmp_path / "secret"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="secret"):
        read_secret(path)


def test_missing_secret_says_how_to_make_one(tmp_path: Path) -> None:
    """Without a secret file the message holds the command that makes it."""
    with pytest.raises(ConfigError, match="openssl rand"):
        read_secret(tmp_path / "none")


def test_secret_file_may_end_in_a_newline(tmp_path: Path) -> None:
    """What an editor leaves at the end of the file is not part of the secret."""
    path = tmp_path / "secret"
    path.write_text("a" * 16 + "\n", encoding="utf-8")
    assert read_secret(path) == "a" * 16
