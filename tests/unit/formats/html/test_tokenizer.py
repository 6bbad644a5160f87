from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.html.tokenizer import Attribute, Rewriting, Tag, rewrite, tokens


def changing(values: Callable[[str], str], text: Callable[[str], str] = str) -> Rewriting:
    return Rewriting(attribute=lambda tag, attribute: values(attribute.raw) if tag else "", text=text)


NOTHING = changing(str)
SHOUT = changing(str.upper, str.upper)

# Pieces of which tags, comments and faults are made.
PIECES = (
    """< > / a p iframe script textarea !-- -- --> ![CDATA[ ? = ' " href SRC x &amp; & é </ </script> </iframe $ 1"""
)
SOUP = st.lists(st.sampled_from([*PIECES.split(), " ", "\n", "\r\n", "\x00"]), max_size=60).map("".join)


def attributes(page: str) -> list[tuple[str, str, str]]:
    return [(t.name, a.name, a.value) for t in tokens(page) if isinstance(t, Tag) for a in t.attributes]


@given(st.one_of(SOUP, st.text(max_size=200)))
def test_a_rewriting_that_changes_nothing_gives_the_same_page(page: str) -> None:
    assert rewrite(page, NOTHING) == page


@given(SOUP)
def test_tokens_come_in_page_order_and_never_overlap(page: str) -> None:
    last = 0
    for token in tokens(page):
        assert last <= token.start <= token.end <= len(page)
        last = token.end
        if isinstance(token, Tag):
            assert page[token.start] == "<"
            assert page[token.end - 1] == ">"


@given(SOUP)
def test_an_attribute_is_where_it_says(page: str) -> None:
    for token in tokens(page):
        for attribute in token.attributes if isinstance(token, Tag) else ():
            written = page[attribute.start : attribute.end]
            assert written == f"{attribute.quote}{attribute.raw}{attribute.quote}"
            assert page[attribute.name_start :].lower().startswith(attribute.name) or "\u0130" in page


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<a href="x">', [("a", "href", "x")]),
        ("<A HREF='x y'>", [("a", "href", "x y")]),
        ("<a href=x class=y>", [("a", "href", "x"), ("a", "class", "y")]),
        ('<a href = "x">', [("a", "href", "x")]),
        ('<img alt="a > b" src="x"/>', [("img", "alt", "a > b"), ("img", "src", "x")]),
        ('<a href="x?a=1&amp;b=2">', [("a", "href", "x?a=1&b=2")]),
        ("<br><input disabled>", []),
        ('<iframe src="x"></iframe>', [("iframe", "src", "x")]),
        ('<svg><use xlink:href="x"/></svg>', [("use", "xlink:href", "x")]),
        ('<!-- <a href="x"> --><a href="y">', [("a", "href", "y")]),
        ('<script>"<a href=\'x\'>"</script><a href="y">', [("a", "href", "y")]),
        ('<textarea><a href="x"></textarea>', []),
        ('<a href="x"', []),
        ('<a href="x><b>', []),
        ('a < b <a href="x">', [("a", "href", "x")]),
        ('</a href="x">', []),
    ],
)
def test_the_attributes_of_start_tags_are_found_and_no_others(page: str, found: list[tuple[str, str, str]]) -> None:
    assert attributes(page) == found


@pytest.mark.parametrize(
    ("page", "shouted"),
    [
        ("<a href='x'>", "<a href='X'>"),
        ('<a href="x">', '<a href="X">'),
        ("<a href=x>", '<a href="X">'),
        ("<p >a<!-- b -->c<script>d</script >e</p\n>", "<p >A<!-- b -->C<script>d</script >E</p\n>"),
    ],
)
def test_only_values_and_text_are_rewritten(page: str, shouted: str) -> None:
    assert rewrite(page, SHOUT) == shouted


@pytest.mark.parametrize(("quote", "safe"), [('"', "&quot;"), ("'", "&#39;"), ("", "&quot;")])
def test_a_new_value_cannot_break_out_of_its_quotes(quote: str, safe: str) -> None:
    evil = f"x{quote or chr(34)} onload=alert(1)"
    page = rewrite(f"<a href={quote}x{quote}>", changing(lambda raw: raw and evil))
    assert attributes(page) == [("a", "href", evil)]
    assert safe in page


def test_the_first_of_two_attributes_of_one_name_counts() -> None:
    tag = next(t for t in tokens('<a href="1" href="2">') if isinstance(t, Tag))
    found = tag.get("href")
    assert isinstance(found, Attribute)
    assert found.value == "1"
    assert tag.get("src") is None


ATTACKS = [
    "<a ",
    '<a b="',
    "<a b='",
    "<script",
    "<script>",
    "<!--",
    "<!--->",
    "<a =",
    "<a b=c/",
    "< ",
    "<a/",
    "&",
    "</a ",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_page_takes_more_than_linear_time(attack: str) -> None:
    def seconds(times: int) -> float:
        start = time.perf_counter()
        list(tokens(attack * times))
        return time.perf_counter() - start

    assert min(seconds(100_000) for _ in range(3)) < 1.0  # quadratic ones take minutes


def test_a_page_of_every_oddity_keeps_every_other_byte() -> None:
    page = (
        "<!DOCTYPE html>\r\n<P CLASS=x>a&nbsp;b<br/ ><img src='/a' alt=\"it's\" data-x='{\"u\":1}'>"
        "<a href=/a>t</A ><style>a{background:url(/a)}</style><![CDATA[ <a href='/a'> ]]><?php '/a' ?>&bogus; <"
    )
    rewritten = rewrite(page, changing(lambda raw: "/b" if raw == "/a" else raw))
    assert rewritten == page.replace("src='/a'", "src='/b'").replace("href=/a>", 'href="/b">').replace(
        "<![CDATA[ <a href='/b'>", "<![CDATA[ <a href='/a'>"
    )
    assert len(re.findall("/b", rewritten)) == 2
