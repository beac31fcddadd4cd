"""Reading the system's apt sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.tts.debs import Source, os_release, parse_deb822, parse_list, release_sources

pytestmark = pytest.mark.unit

DEB822 = """Types: deb deb-src
# a comment
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: https://other.example/apt
Suites: bookworm
Enabled: no

Types: deb-src
URIs: https://mirror.example/debian
Suites: bookworm
"""


def test_deb822_gives_each_suite_of_each_archive() -> None:
    """Disabled stanzas and source-only ones are left out, comments too."""
    key = "/usr/share/keyrings/archive.gpg"
    assert parse_deb822(DEB822) == [
        Source("https://mirror.example/debian", "bookworm", key),
        Source("https://mirror.example/debian", "bookworm-updates", key),
    ]


def test_one_line_format_keeps_the_key() -> None:
    """Options in brackets are understood."""
    text = (
        "# deb x y z\ndeb [arch=amd64 signed-by=/k.gpg] https://mirror.example/ubuntu noble main universe\n"
    )
    assert parse_list(text) == [Source("https://mirror.example/ubuntu", "noble", "/k.gpg")]


def test_only_the_release_itself_is_used() -> None:
    """Archives of third parties do not serve the voice."""
    sources = [
        Source("u", "bookworm"),
        Source("v", "nodistro"),
        Source("u", "bookworm-updates"),
        Source("u", "bookworm"),
    ]
    assert release_sources(sources, "bookworm") == [Source("u", "bookworm"), Source("u", "bookworm-updates")]


def test_os_release_drops_quotes() -> None:
    """Values may be quoted."""
    assert os_release('ID=debian\nVERSION_CODENAME="bookworm"\n#X=1\n') == {
        "ID": "debian",
        "VERSION_CODENAME": "bookworm",
    }


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    """A strange file of sources never raises."""
    assert isinstance([*parse_deb822(text), *parse_list(text)], list)
