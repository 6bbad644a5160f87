"""Paths in the HTML of a package lead to its members."""

from __future__ import annotations

import pytest

from shared.formats.imscp.relative_links import RelativeLinks


@pytest.mark.parametrize("space", ["", " ", "\n", "&#32;"])
def test_white_space_around_a_path_does_not_matter(space: str) -> None:
    links = RelativeLinks("a", {"a/b.html"})
    page = f'<a href="{space}b.html{space}">'
    assert links.resolved(page, "body") == '<a href="$IMS-CC-FILEBASE$/a/b.html">'


@pytest.mark.parametrize("address", [" https://example.org/b.html", " /b.html", " #b", " ", " gone.html"])
def test_what_leads_to_no_member_stays_as_it_is(address: str) -> None:
    page = f'<a href="{address}">'
    assert RelativeLinks("a", {"a/b.html"}).resolved(page, "body") == page
