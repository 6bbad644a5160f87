"""Tokens are found however they are written down, and lead to something that is in the package."""

from __future__ import annotations

import html
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.verification import references
from shared.formats.verification.references import References

PATHS = {
    "web_resources/a.pdf": None,
    "web_resources/Week 1/Ünïcode & more.pdf": None,
    "web_resources/100%.txt": None,
    "web_resources/what?.txt": None,
    "wiki_content/old-slug.html": None,
}
GOOD = [
    "$IMS-CC-FILEBASE$/a.pdf",
    "$IMS-CC-FILEBASE$a.pdf",
    "$IMS_CC_FILEBASE$/a.pdf?canvas_download=1",
    "%24IMS-CC-FILEBASE%24/a.pdf",
    "$IMS-CC-FILEBASE$/Week%201/%C3%9Cn%C3%AFcode%20&%20more.pdf",
    "$IMS-CC-FILEBASE$/Week 1/Ünïcode & more.pdf",
    "$IMS-CC-FILEBASE$/100%25.txt?canvas_=1&canvas_qs_wrap=1",
    "$IMS-CC-FILEBASE$/what?.txt",
    "$WIKI_REFERENCE$/pages/gpage",
    "$WIKI_REFERENCE$/pages/old-slug",
    "$WIKI_REFERENCE$/wiki/gpage?module_item_id=1#top",
    "$CANVAS_OBJECT_REFERENCE$/assignments/gassignment",
    "$CANVAS_COURSE_REFERENCE$/modules/items/gitem",
    "$CANVAS_COURSE_REFERENCE$/grades",
    "$CANVAS_COURSE_REFERENCE$",
]
BAD = [
    "$IMS-CC-FILEBASE$/b.pdf",
    "%24IMS-CC-FILEBASE%24/b%20c.pdf?canvas_download=1",
    "$WIKI_REFERENCE$/pages/new-slug",
    "$CANVAS_OBJECT_REFERENCE$/assignments/gother",
    "%24CANVAS_OBJECT_REFERENCE%24/quizzes/gother?x=1",
    "$CANVAS_COURSE_REFERENCE$/modules/items/gother",
]


def looked_at(path: str, text: str) -> References:
    references = References(PATHS, {"gpage"})
    references.add("course_settings/module_meta.xml", b'<modules><item identifier="gitem"/></modules>')
    references.add(path, text.encode())
    references.add("q/assessment_meta.xml", b'<quiz><assignment identifier="gassignment"></assignment></quiz>')
    return references


def dangling(path: str, text: str, *reported: str) -> list[str]:
    return [found.path for found in looked_at(path, text).dangling(reported)]


def test_an_identifier_is_no_target_in_a_document_that_has_none_of_objects() -> None:
    found = {}
    for names_objects in (True, False):
        looked = References(PATHS)
        looked.add("item.xml", b'<simpleChoice identifier="g1"/>', names_objects=names_objects)
        looked.add("p.html", b'<a href="$CANVAS_OBJECT_REFERENCE$/quizzes/g1">')
        found[names_objects] = len(list(looked.dangling(())))
    assert found == {True: 0, False: 1}


FORMS = {
    "an attribute": ("p.html", lambda token: f'<p><a href="{html.escape(token)}">x</a></p>'),
    "an attribute in apostrophes": ("p.html", lambda token: f"<a href='{html.escape(token)}'>x</a>"),
    "HTML in XML": (
        "t.xml",
        lambda token: f"<text>{html.escape(f'<a href={chr(34)}{html.escape(token)}{chr(34)}>')}</text>",
    ),
    "HTML in QTI": (
        "q.xml.qti",
        lambda token: f"<mattext>{html.escape(f'<img src={chr(34)}{html.escape(token)}{chr(34)}>')}</mattext>",
    ),
    "an XML attribute": ("t.xml", lambda token: f'<attachment href="{html.escape(token)}"/>'),
    "HTML in JSON": (
        "p.json",
        lambda token: json.dumps({"html": f'<a href="{html.escape(token)}">'}, ensure_ascii=False),
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("token", GOOD)
def test_a_token_of_something_in_the_package_is_found(form: str, token: str) -> None:
    path, written = FORMS[form]
    assert dangling(path, written(token)) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("token", BAD)
def test_a_token_that_leads_nowhere_is_reported_with_its_member(form: str, token: str) -> None:
    path, written = FORMS[form]
    assert dangling(path, written(token)) == [path]
    assert dangling(path, written(token), token) == [], "unless the report names it"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See $IMS-CC-FILEBASE$/a.pdf.", 0),
        ("(see $WIKI_REFERENCE$/pages/gpage)", 0),
        ("See $IMS-CC-FILEBASE$/b.pdf, or not.", 1),
        ("See $IMS-CC-FILEBASE$/a.pdf and more", 0),
        ("See $WIKI_REFERENCE$/pages/x and more", 1),
        ("A REFERENCE, and $REFERENCE$, and $MY_WIKI_REFERENCE$/pages/x", 0),
        ("$WIKI_REFERENCE$/pages/x$WIKI_REFERENCE$/pages/y", 2),
        ("<p>" + '<a href="$WIKI_REFERENCE$/pages/x">' * 9, 1),
        ('<a href="$WIKI_REFERENCE$/pages/' + "x" * 100_000, 1),
    ],
)
def test_tokens_in_running_text(text: str, found: int) -> None:
    assert len(dangling("p.html", text)) == found


PIECES = st.sampled_from(
    [
        *(b'"', b"'", b"\\", b'\\"', b"&quot;", b"&amp;quot;", b"$", b"%24", b"<a href=", b">", b" ", b"?x=1", b"/"),
        *(b"WIKI_REFERENCE", b"IMS-CC-FILEBASE", b"IMS_CC_FILEBASE", b"CANVAS_OBJECT_REFERENCE", b"REFERENCE"),
        *(b"$WIKI_REFERENCE$/pages/g1", b'"$CANVAS_OBJECT_REFERENCE$/quizzes/g2"', b'"$IMS-CC-FILEBASE$/a%20b.pdf"'),
    ]
)


@given(st.lists(PIECES, max_size=12).map(b"".join), st.booleans())
def test_the_common_spelling_is_found_as_any_other_is(data: bytes, in_xml: bool) -> None:
    quick = list(references.references(data, in_xml=in_xml))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(references, "_common", lambda *_: None)
        assert list(references.references(data, in_xml=in_xml)) == quick


@given(st.lists(st.sampled_from([*GOOD, *BAD]), max_size=8), st.lists(st.integers(0, 900), max_size=6))
def test_a_member_in_pieces_has_the_references_of_the_whole(written: list[str], cuts: list[int]) -> None:
    data = "".join(f'<p><a href="{html.escape(one)}">x</a>\n{one} </p>\n' for one in written).encode()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    whole, pieced = References(PATHS), References(PATHS)
    whole.add("a.html", data)
    pieced.add_pieces("a.html", (data[start:stop] for start, stop in pairwise(places)))
    assert set(pieced.dangling(())) == set(whole.dangling(()))
