"""Faulty XML as tools write it: repaired and read whole; what cannot be repaired is counted."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.xml import local
from shared.formats.xml_reading.parse import parse


def texts(source: str) -> list[str]:
    """All text of a document, element by element."""
    root = parse(source.encode()).root
    assert root is not None
    return [text for element in root.iter() for text in (element.text, element.tail) if text and text.strip()]


@pytest.mark.parametrize(
    ("source", "expected", "faults"),
    [
        ("\n  <?xml version='1.0'?><a>&lt;p&gt;</a>", ["<p>"], []),
        ("\ufeff \ufeff<?xml version='1.0' encoding='utf-8'?><a>1</a>", ["1"], []),
        ("<!-- made by -- a tool --><?xml version='1.0'?><a>1</a>", ["1"], []),
        (
            "<a>AT&T &lt;p&gt; &amp; &nbsp;&eacute;&hellip;</a>",
            ["AT&T <p> & \xa0é…"],
            ["entities of HTML", "unescaped &"],
        ),
        ("<a>x &copy= 1 &#0; &#x1f; &#55296; &#233;</a>", ["x &copy= 1    é"], None),
        ("<a>one\x01\x0btwo\x00</a>", ["onetwo"], ["illegal characters"]),
        ("<a b='x?y=1&z=2'>&lt;</a>", ["<"], ["unescaped &"]),
        ("<a>x ]]> &lt; & y</a>", ["x ]]> < & y"], ["unescaped &"]),
        ("<a>R&D <![CDATA[<b>&nbsp;]]></a>", ["R&D <b>&nbsp;"], ["unescaped &"]),
        ("<a xmlns:xsi='http: //x' xmlns='u v' xsi:b='1'>&lt;</a>", ["<"], ["names of namespaces"]),
        ('<a b="1 < 2" c=\'<p class="x">&lt;</p>\'><d/>&lt;</a>', ["<"], ["unescaped < in attributes"]),
        ("<a>&#xD83D;&#xDE00; &lt;</a>", ["\U0001f600 <"], ["references to halves of characters"]),
        (
            "<br />\n<b>Notice</b>: x<br />\n<?xml version='1.0'?><a>&lt;</a>",
            ["<"],
            ["text in front of the document"],
        ),
        ("<!DOCTYPE a PUBLIC 'x' 'http://x/y.dtd'><a>a&nbsp;b</a>", ["a\xa0b"], ["entities of HTML"]),
    ],
)
def test_faulty_characters_are_repaired_and_everything_else_stays(
    source: str, expected: list[str], faults: list[str] | None
) -> None:
    parsed = parse(source.encode())
    assert texts(source) == expected
    assert parsed.whole
    assert parsed.sure
    if faults:
        assert sorted(parsed.sure) == faults


@pytest.mark.parametrize("source", ["<a><b c=d>x</b></a>", "<a><o:b>x</o:b></a>", '<a b="c "d" e">x</a>'])
def test_a_repair_of_tags_alone_is_named(source: str) -> None:
    parsed = parse(source.encode())
    assert texts(source) == ["x"]
    assert list(parsed.guessed) == ["tags that are not well-formed"]


def test_an_angle_bracket_in_an_attribute_is_a_part_of_its_value() -> None:
    root = parse(b'<a><item title="Is 1 < 2?"><m x="y">&lt;</m></item></a>').root
    assert root is not None
    assert root[0].get("title") == "Is 1 < 2?"
    assert [local(element) for element in root.iter()] == ["a", "item", "m"]


def test_a_quote_that_is_missing_makes_no_value_of_the_tags_behind_it() -> None:
    root = parse(b"""<a><m x="1>one</m><n y='2'>two</n><n y="3">three</n></a>""").root
    assert root is not None
    assert [element.text for element in root.iter("n")][-1] == "three"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<a><m>Error<br>Done</m><m>&lt;2&gt;</m></a>", ["Error", "Done", "<2>"]),
        ('<a><m>x<br></br>y<img src=p.png alt="">z</m><n>2</n></a>', ["x", "y", "z", "2"]),
        ("<a><m>if a < b && c</m><n>2</n></a>", ["if a < b && c", "2"]),
        ("<a><m>vector<int> v; a <b and c> d</m><n>2</n></a>", ["vector<int> v; a <b and c> d", "2"]),
        ("<a><m><b>bold<i>both</b></i></m><n>2</n></a>", ["bold", "both", "2"]),
        ("<a><m>1</x></m><n>2</n></a>", ["1", "2"]),
        ("<a><m>1</m><n>2</n>", ["1", "2"]),
        ("<a><M>1</m><n>2</n></a>", ["1", "2"]),
        ("<a><m x='1' x='2'>&lt;</m></a>", ["<"]),
        ("<a><input checked disabled=1><m>&lt;</m></a>", ["<"]),
        ("<a><x:b y:c='1'>&lt;</x:b></a>", ["<"]),
        ("<a>1</a> & more", ["1"]),
        ("junk & <a>&lt;</a>", ["<"]),
    ],
)
def test_faulty_tags_cost_no_element_and_no_entity(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


def test_an_item_of_qti_that_does_not_end_is_no_parent_of_the_next() -> None:
    items = "".join(f"<item ident='{n}'><t>{n}</t>" for n in range(3))
    root = parse(f"<questestinterop><section>{items}</section></questestinterop>".encode()).root
    assert root is not None
    assert [local(item) for item in root[0]] == ["item"] * 3


def test_an_undeclared_prefix_leaves_the_name_as_it_is() -> None:
    parsed = parse(b"<a><none:b>1</none:b><!-- c --></a>")
    assert parsed.root is not None
    assert [local(child) for child in parsed.root] == ["b"]


def test_what_lies_behind_the_root_is_counted_as_lost() -> None:
    parsed = parse(b"<a><b/></a><c><item/><item/></c>")
    assert parsed.lost == Counter(item=2, c=1)
    assert not parsed.whole


@pytest.mark.parametrize("source", [b"", b"nothing", b"<", b"<>", b"&", b"\x00", b"<?xml version='1.0'?>"])
def test_what_is_no_xml_has_no_root(source: bytes) -> None:
    assert parse(source).root is None


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<\ufffe\uffff\ufeff"), max_size=20)


@given(TEXT, TEXT)
def test_a_text_whose_ampersands_were_not_escaped_is_read_as_it_was_meant(first: str, second: str) -> None:
    meant = [f"{text}& " for text in (first, second)]
    document = f"<a><b>{meant[0]}</b><b>{meant[1]}</b></a>".encode()
    root = parse(document).root
    assert root is not None
    references = re.compile(r"&(#\d+|#[xX][0-9a-fA-F]+|\w+);")
    if not any(references.search(text) for text in meant):
        assert [child.text for child in root] == meant


ELEMENTS = st.recursive(
    st.just("<leaf>&lt;</leaf>"),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda i: f"<n>{''.join(i)}</n>"),
)


@given(ELEMENTS, st.data())
def test_a_tag_that_is_missing_costs_no_other_element(inside: str, data: st.DataObject) -> None:
    document = f"<a><b>{inside}</b></a>"
    tags = list(re.finditer(r"</\w+>", document))
    dropped = data.draw(st.sampled_from(tags))
    parsed = parse((document[: dropped.start()] + document[dropped.end() :]).encode())
    assert parsed.root is not None
    assert not parsed.lost
    assert Counter(parsed.root.itertext())["<"] == document.count("<leaf>")


@given(st.text("<>/=&;! \"'ab[]-?", max_size=60))
def test_no_document_is_too_faulty_to_be_read_or_refused(source: str) -> None:
    parse(f"<r>{source}</r>".encode())
    parse(source.encode())
