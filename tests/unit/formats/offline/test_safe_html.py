"""HTML that people wrote becomes a harmless part of the page, and stays readable."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from shared.formats.html.tokenizer import Tag
from shared.formats.offline.safe_html import SafeHtml, Words

WORDS = Words(embedded="Embedded content", picture="Picture on another site", table="Table")
MEMBERS = {"web_resources/a.png", "web_resources/b.mp4"}


class Addresses:
    """Links to the web are kept; two files are in the package."""

    def address(self, tag: Tag, name: str) -> str:
        attribute = tag.get(name)
        return "" if attribute is None else attribute.value

    def player(self, _tag: Tag) -> None:
        return None

    def link(self, value: str) -> str | None:
        return value if value.startswith("https://") else self.member(value)

    def member(self, value: str) -> str | None:
        return value if value in MEMBERS else None

    def text(self, run: str) -> str:
        return run


def safe(written: str, level: int = 3) -> str:
    return SafeHtml(Addresses(), WORDS, "pages-1", level).of(written)


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("plain < text", "plain &lt; text"),
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ("<p onclick='x()' style='color:red' class=y>a</p>", "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a>', "<span>a</span>"),
        ('<a href="https://x.example/?a=1&amp;b=2">a</a>', '<a href="https://x.example/?a=1&amp;b=2" rel="noreferrer">a</a>'),
        ('<a href="#part 1">a</a><h2 id="part 1">b</h2>', '<a href="#pages-1--part-1" rel="noreferrer">a</a><h4 id="pages-1--part-1">b</h4>'),
        ('<img src="web_resources/a.png" alt="A map" width="20" height="9em">', '<img src="web_resources/a.png" alt="A map" width="20" loading="lazy">'),
        ('<img src="web_resources/a.png">', '<img src="web_resources/a.png" alt="a.png" loading="lazy">'),
        ('<img src="https://x.example/t.gif" alt="Chart">', '<a href="https://x.example/t.gif" rel="noreferrer">Chart</a>'),
        ('<img src="x:y" data-equation-content="x^2">', "<code>x^2</code>"),
        ('<iframe src="https://x.example/v" title="Talk">no</iframe>', '<a href="https://x.example/v" rel="noreferrer">Talk</a>'),
        ("<ul>text<p>b</p><li>c</ul>", "<ul><li>text</li><li><p>b</p></li><li>c</li></ul>"),
        ("<li>a</li><td>b</td>", "<div>a</div><div>b</div>"),
        ("<h2></h2><h3>a</h3><a href='https://x.example/'> </a>", "<h5>a</h5>"),
        ("</div></article></main>a<p>b", "a<p>b</p>"),
        ("<video><source src='web_resources/b.mp4'></video>", '<video controls preload="none" aria-label="Embedded content"><source src="web_resources/b.mp4"></video>'),
        ("<form action=x><input name=a><button>go</button></form>", "<div>go</div>"),
        ("<p dir=rtl lang=ar>x</p>", '<p dir="rtl" lang="ar">x</p>'),
    ],
)  # fmt: skip
def test_what_becomes_of_html(written: str, becomes: str) -> None:
    assert re.sub(r"^<p>(.*)</p>$", r"\1", safe(written)) == re.sub(r"^<p>(.*)</p>$", r"\1", becomes)


def test_headings_stand_below_their_objects_and_leave_no_level_out() -> None:
    found = [each.tag for each in html.fragment_fromstring(safe("<h1>a</h1><h4>b</h4><h6>c</h6><h2>d</h2>"), "div")]
    assert found == ["h4", "h5", "h6", "h5"]


_PIECES = st.sampled_from(
    [
        "<script>",
        "</script>",
        "<svg>",
        "<style>",
        "</style>",
        "<math>",
        "<a",
        "<img",
        "<p",
        "<h1>",
        "<table>",
        "<tr>",
        "<td>",
        "<li>",
        "</li>",
        "<select>",
        "<template>",
        "<title>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        ">",
        "/",
        "=",
        "'",
        '"',
        "`",
        "&",
        "&lt;",
        "&#60;",
        "&amp;",
        "javascript:",
        "data:text/html",
        "src=",
        "href=",
        "onerror=",
        "onload=",
        "style=",
        "srcset=",
        "alert(1)",
        "x",
        "<iframe",
        "<object",
        "<noscript>",
        "<textarea>",
        "</p>",
        "</article>",
        "<plaintext>",
        "<a/href=x",
        "\x00",
        "\n",
        "<b",
        "<frameset>",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=25).map(" ".join))
def test_nothing_that_runs_or_loads_survives_and_every_tag_is_closed(written: str) -> None:
    found = safe(written)
    page = html.document_fromstring(
        f"<html><body><article><i id='in'></i>{found}</article><i id='behind'></i></body></html>"
    )
    for element in page.iter():
        assert element.tag not in (
            "script",
            "style",
            "svg",
            "iframe",
            "object",
            "embed",
            "link",
            "meta",
            "base",
            "form",
        )
        for name, value in element.items():
            assert not name.startswith("on")
            assert name not in ("style", "srcset", "action", "formaction", "class") or value == "wide"
            if name in ("href", "src"):
                assert value.startswith(("https://", "#pages-1--", "data:image/")) or value in MEMBERS
    assert page.get_element_by_id("behind").getparent().tag == "body"
    assert safe(written) == found
