from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from shared.formats.canvas.html_page import HtmlPage, read, warn_of_head, warn_of_metas, write
from tests.support.formats import an_importing

TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=80)


def test_a_page_has_the_lines_that_canvas_writes() -> None:
    assert write("A & <B>", "<p>x</p>", [("identifier", "g1"), ("note", 'say "x"')]) == (
        b"<html>\n<head>\n"
        b'<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>\n'
        b"<title>A &amp; &lt;B&gt;</title>\n"
        b'<meta name="identifier" content="g1"/>\n'
        b'<meta name="note" content="say &quot;x&quot;"/>\n'
        b"</head>\n<body>\n<p>x</p>\n</body>\n</html>"
    )


@given(TEXT, TEXT, st.dictionaries(st.from_regex(r"\A[a-z_]{1,12}\Z"), TEXT, max_size=4))
def test_title_metas_and_body_come_back_as_they_were(title: str, body: str, metas: dict[str, str]) -> None:
    page = read(write(title, body, metas.items()))
    assert (page.title, page.metas) == (title, metas)
    assert page.body == body


@pytest.mark.parametrize(
    "body", ["", "\n", "\r\n<p>\r\n", "a</body>b", "<!-- </body> -->", "<body>", "é 実験 \U0001f600"]
)
def test_a_body_keeps_its_own_line_breaks_and_odd_tags(body: str) -> None:
    assert read(write("t", body)).body == body


@given(TEXT)
def test_an_independent_parser_reads_the_title(title: str) -> None:
    page = lxml_html.document_fromstring(write(title, "<p>x</p>"))
    assert (page.findtext(".//title") or "") == title


@pytest.mark.parametrize(
    ("data", "page"),
    [
        (b"<p>no wrapper</p>", HtmlPage("", "<p>no wrapper</p>")),
        (b"<html><head><title>T</title></head><p>x</p>", HtmlPage("T", "<p>x</p>")),
        (b"<HTML><HEAD><TITLE>T</TITLE></HEAD><BODY class='a>b'>x</BODY></HTML>", HtmlPage("T", "x")),
        (b"<title>T</title><!-- <body> --><body>\r\nx\r\n</body>", HtmlPage("T", "x")),
        (b"<body>never closed", HtmlPage("", "never closed")),
        ("<title>Größe</title><body>ü</body>".encode("utf-16"), HtmlPage("Größe", "ü")),
        ("<title>Größe</title><body>ü</body>".encode("cp1252"), HtmlPage("Größe", "ü")),
        ("\ufeff<body>ü</body>".encode(), HtmlPage("", "ü")),
        (b"", HtmlPage("", "")),
    ],
)
def test_pages_of_other_tools_are_read(data: bytes, page: HtmlPage) -> None:
    assert read(data) == page


@pytest.mark.parametrize(
    ("page", "head"),
    [
        (
            "<html><head><style>a</style><script>b</script><link href=x><style></style></head><body>c</body>",
            {"style": 2, "script": 1, "link": 1},
        ),
        ("<head><base href=x></head>text without a body tag <style>kept</style>", {"base": 1}),
        ("<html><head><title>T</title><meta name=a content=b></head><body><style>kept</style></body>", {}),
        ("<style>kept</style> text alone", {}),
    ],
)
def test_what_a_head_holds_beyond_title_and_metas_is_counted(page: str, head: dict[str, int]) -> None:
    found = read(page.encode())
    assert found.head == head
    importing = an_importing()
    warn_of_head(found, "wiki_content/p.html", importing)
    assert [(w.code, w.place) for w in importing.warnings] == [("head_dropped", "wiki_content/p.html")] * bool(head)


def test_each_meta_with_a_content_is_named_by_name_property_or_header() -> None:
    head = (
        '<meta charset="utf-8"><meta http-equiv="content-type" content="text/html"><meta property="og:a" content="1">'
        '<meta http-equiv="refresh" content="2"><meta name="author" content="3"><meta name="empty" content="">'
        '<meta property="author" content="4">'
    )
    page, importing = read(f"<html><head>{head}</head><body></body></html>".encode()), an_importing()
    assert page.metas == {"author": "3", "empty": "", "og:a": "1", "refresh": "2"}
    warn_of_metas(page.metas.items(), "a.html", importing)
    assert [(warning.code, warning.message.split()[2]) for warning in importing.warnings] == [
        ("meta_unknown", "author"),
        ("meta_unknown", "og:a"),
        ("meta_unknown", "refresh"),
    ]
