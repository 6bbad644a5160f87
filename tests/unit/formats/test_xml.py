from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from shared.formats import xml
from shared.formats.xml_stream import XmlStream


def test_a_stream_writes_what_an_independent_parser_reads() -> None:
    out = XmlStream()
    with out.root("urn:a", "root", {None: "urn:a", "b": "urn:b"}, identifier="<&\"'>"):
        with out.element("{urn:b}inner", left_out=None, empty=""):
            out.leaf("leaf", "a < b & \x00c", href="ä b")
        out.leaf("none")
    root = etree.fromstring(out.close(["one -- two -", "--->"]))
    assert dict(root.attrib) == {"identifier": "<&\"'>"}
    [inner, none] = root
    assert (inner.tag, dict(inner.attrib)) == ("{urn:b}inner", {"empty": ""})
    [leaf] = inner
    assert (leaf.tag, leaf.text, leaf.get("href")) == ("{urn:a}leaf", "a < b & c", "ä b")
    assert none.text is None
    assert len(list(root.itersiblings())) == 2


def test_a_stream_repeats_no_namespace() -> None:
    out = XmlStream()
    with out.root("urn:a", "root", {None: "urn:a", "b": "urn:b"}):
        for _ in range(3):
            out.leaf("{urn:b}leaf")
    assert out.close().count(b"xmlns") == 2


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_root_with_children_that_come_one_by_one_is_written_like_one_that_holds_them(count: int) -> None:
    def children() -> Iterator[xml.Element]:
        for number in range(count):
            child = xml.element("module", identifier=f'"{number}"&')
            xml.add(xml.add(child, "items"), "title", f' xmlns="{xml.CANVAS}"')
            xml.add(child, "empty")
            yield child

    whole = xml.root("modules")
    whole.extend(children())
    assert xml.serialize_all(xml.root("modules"), children()) == xml.serialize(whole)
