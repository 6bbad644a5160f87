"""HTML in QTI 2.1 bodies: all text is there, in elements that bodies allow, and a warning names what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.formats import xml
from shared.formats.qti21.markup import Blanks, Markup
from shared.formats.qti21.reading.read_markup import as_html
from shared.formats.qti21.vocabulary import MATHML, QTI
from tests.support.qti21_grammar import BLOCK, INLINE, faults
from tests.support.qti_builders import canonical


def put(markup: str, context: str = "flow", blanks: Blanks | None = None) -> tuple[etree._Element, set[str]]:
    """(a <div>, a <p> or a <blockquote> that holds the HTML, what was left out)"""
    made = Markup(blanks=blanks or {})
    holder = xml.element({"flow": "div", "inline": "p", "block": "blockquote"}[context], QTI)
    made.append(holder, markup, inline=context == "inline", text_allowed=context != "block")
    return holder, made.lost


def inner(holder: etree._Element) -> str:
    text = canonical(holder).replace(f' xmlns="{QTI}"', "")
    return text[text.index(">") + 1 : text.rindex("</")] if "</" in text else ""


@pytest.mark.parametrize(
    ("markup", "written"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("<p>One<br>two</p>", "<p>One<br></br>two</p>"),
        ("<section><p>x</p></section>", "<div><p>x</p></div>"),
        ("<u>x</u><s>y</s>", '<span class="underline">x</span><span class="strikethrough">y</span>'),
        ('<img src="a.png">', '<img alt="" src="a.png"></img>'),
        ("<a name='x'>there</a>", '<a href="">there</a>'),
        (
            '<video src="f.webm" width="40" height="3em"></video>',
            '<object data="f.webm" type="video/webm" width="40"></object>',
        ),
        ('<object data="f.pdf">x</object>', '<object data="f.pdf" type="application/pdf">x</object>'),
        ('<object data="f" type="text/plain"></object>', '<object data="f" type="text/plain"></object>'),
        (
            '<iframe src="https://x.test/v" title="A film"></iframe>',
            '<object data="https://x.test/v" type="text/html">A film</object>',
        ),
        ("<p>a</p><ul>x<li>1</li></ul>", "<p>a</p><ul><li>x</li><li>1</li></ul>"),
        ("<dl><dt>t</dt><dd>d</dd>stray</dl>", "<dl><dt>t</dt><dd>d</dd><dd>stray</dd></dl>"),
        (
            "<blockquote>said <b>so</b><p>x</p>then</blockquote>",
            '<blockquote><p class="text">said <b>so</b></p><p>x</p><p class="text">then</p></blockquote>',
        ),
        ("<table><tr><td>1</td></tr></table>", "<table><tbody><tr><td>1</td></tr></tbody></table>"),
        (
            "<table><thead><tr><th colspan='2'>h</th></tr></thead></table>",
            '<table><thead><tr><th colspan="2">h</th></tr></thead><tbody><tr><td></td></tr></tbody></table>',
        ),
        ('<p lang="de">x</p>', '<p xml:lang="de">x</p>'),
        ("<custom-tag>x</custom-tag>", "<span>x</span>"),
        ("<span><p>x</p></span>", "<span><span>x</span></span>"),
    ],
)
def test_html_becomes_the_nearest_that_a_body_has(markup: str, written: str) -> None:
    assert inner(put(markup)[0]) == written


@pytest.mark.parametrize(
    ("markup", "lost"),
    [
        ('<p style="color: red" data-x="1" data-y="2">x</p>', {"style", "data-*"}),
        ("<script>x</script><p>y</p>", {"<script>"}),
        ("<p onclick='x'>y</p>", {"onclick"}),
        ("<marquee>x</marquee>", {"<marquee>"}),
        ('<p id="a" class="b" title="c" dir="ltr">x</p>', set()),
        ("<section>x</section>", set()),
    ],
)
def test_what_has_no_place_is_reported_unless_it_shows_nothing(markup: str, lost: set[str]) -> None:
    assert put(markup)[1] == lost


def test_blocks_where_only_a_line_may_stand_are_lines() -> None:
    assert inner(put("<p>One</p><p>Two</p>", "inline")[0]) == "<span>One</span><br></br><span>Two</span>"
    assert inner(put("<table><tr><td>a</td><td>b</td></tr></table>", "inline")[0]) == (
        "<span>a</span><br></br><span>b</span>"
    )


def test_a_formula_stands_in_the_namespace_of_its_own() -> None:
    holder, lost = put('<p>x <math xmlns="http://www.w3.org/1998/Math/MathML"><mi>a</mi>+<mi>b</mi></math></p>')
    formula = holder.find(f".//{{{MATHML}}}math")
    assert formula is not None
    assert [etree.QName(e).namespace for e in formula] == [MATHML, MATHML]
    assert (formula[0].tail, lost) == ("+", set())


def blank(name: str) -> Blanks:
    return {name: lambda: xml.element("textEntryInteraction", QTI, responseIdentifier=name)}


def test_a_blank_stands_where_the_text_has_its_name_and_only_once() -> None:
    markup = Markup(blanks={**blank("a"), **blank("b c"), **blank("z")})
    holder = xml.element("div", QTI)
    markup.append(holder, "<p>[b c] and [a] and [a]</p><p>[A]</p>")
    assert inner(holder) == (
        '<p><textEntryInteraction responseIdentifier="b c"></textEntryInteraction> and '
        '<textEntryInteraction responseIdentifier="a"></textEntryInteraction> and [a]</p><p>[A]</p>'
    )
    assert list(markup.blanks) == ["z"]


OTHERS = ["li", "td", "tr", "section", "video", "iframe", "custom", "script", "thead", "dt", "figure", "form"]
names = st.sampled_from([*INLINE, *BLOCK, *OTHERS])
attributes = st.sampled_from(
    ["", ' style="x"', ' src="a b.png"', ' class=" "', ' width="1e3"', ' lang="\x7f"', ' x:y="1"']
)
pieces = st.recursive(
    st.text(max_size=6).map(lambda t: t.replace("<", "&lt;")) | st.just("[a]"),
    lambda inside: st.builds(
        lambda name, more, parts: f"<{name}{more}>{''.join(parts)}</{name}>",
        names,
        attributes,
        st.lists(inside, max_size=3),
    ),
    max_leaves=12,
)


@given(markup=pieces | st.text(max_size=40), context=st.sampled_from(["flow", "inline", "block"]))
def test_any_html_is_in_elements_that_may_stand_where_they_do(markup: str, context: str) -> None:
    """lxml parses HTML as browsers do not quite; whatever it makes of it, the outcome fits."""
    holder, _ = put(markup, context, blank("a"))
    warnings = [
        fault for fault in faults(etree.fromstring(etree.tostring(holder))) if not fault.startswith("not declared")
    ]
    assert warnings == []


words = st.lists(st.text("abcdé", min_size=1, max_size=8), min_size=1, max_size=4)
around = st.lists(st.sampled_from(["p", "div", "section", "u", "td", "custom"]), min_size=4, max_size=4)


@given(words=words, around=around)
def test_every_word_is_still_there_and_is_read_again(words: list[str], around: list[str]) -> None:
    page = "".join(f"<{name}>{word}</{name}>" for name, word in zip(around, words, strict=False))
    holder, _ = put(page)
    back = etree.HTML(as_html(holder))
    assert "".join(holder.itertext()) == "".join(back.itertext()) == "".join(words)
