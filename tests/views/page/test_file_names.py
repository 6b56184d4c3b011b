"""The file names of the pages of each domain."""

from pathlib import PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsrpt_analysis.views.page.file_names import INDEX, page_name

RESERVED = ["con", "prn", "aux", "nul", "com1", "lpt9", "conin", "clock"]


@pytest.mark.parametrize("name", [*RESERVED, *(f"{name}.example" for name in RESERVED), "index"])
def test_a_name_that_a_system_keeps_for_itself_is_not_used(name: str) -> None:
    """Windows opens a device for con.html, and for con.example.html."""
    assert page_name(name).startswith("domain-")
    assert not PureWindowsPath(page_name(name)).is_reserved()


DOMAINS = st.text("ab.-_\u0131iIB/\\ \0", max_size=6) | st.text(max_size=4)


@given(DOMAINS, DOMAINS)
def test_no_two_domains_share_a_file(first: str, second: str) -> None:
    """Not even where the file system ignores case, or one domain is the file name of another."""
    names = [page_name(first), page_name(second), page_name(page_name(first)[: -len(".html")])]

    assert (names[0].casefold() == names[1].casefold()) == (first == second)
    assert (names[0] == names[2]) == (not names[0].startswith("domain-"))
    assert INDEX not in names
    assert all("/" not in name and "\\" not in name and len(name) < 120 for name in names)
