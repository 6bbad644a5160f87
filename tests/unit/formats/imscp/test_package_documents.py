"""The XML documents of a package: read leniently where they are faulty, refused where they are dangerous."""

from __future__ import annotations

import pytest

from shared.domain.errors import HostilePackage
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.limits import Limits
from tests.support.formats import an_importing
from tests.unit.formats.imscp.test_package_reader import opened


def test_faulty_xml_is_read_leniently_with_a_warning() -> None:
    importing = an_importing()
    reader = opened(("a.xml", b'<a xmlns:xsi="http://x y"><b>1</b></a'), ("b.xml", b"nothing"), ("c.xml", b"<c/>"))
    root = reader.xml("a.xml", importing)
    assert root is not None
    assert root.findtext("b") == "1"
    assert reader.xml("b.xml", importing) is None
    assert reader.xml("c.xml", importing) is not None
    assert reader.xml("d.xml", importing) is None
    assert [(w.code, w.place) for w in importing.warnings] == [
        ("xml_faulty", "a.xml"),
        ("xml_unreadable", "b.xml"),
        ("member_missing", "d.xml"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_xml_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<a>Größe</a>'
    root = opened(("a.xml", text.encode(encoding))).xml("a.xml", an_importing())
    assert root is not None
    assert root.text == "Größe"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("“é”".encode("cp1252"), "“é”"),
        ("日本 ".encode() + "“é".encode("cp1252"), "日本 “é"),
        ("é".encode() + "“é”".encode("cp1252"), "Ã©“é”"),
    ],
)
def test_bytes_that_are_no_utf_8_are_windows_1252_each_or_all(body: bytes, text: str) -> None:
    root = opened(("a.xml", b"<a>" + body + b"</a>")).xml("a.xml", an_importing())
    assert root is not None
    assert root.text == text


@pytest.mark.parametrize("declared", ["UTF-16", "utf-16le", "UTF-32", "ISO-10646-UCS-2"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("behind", ["", " ", "  ", "   "])  # any bytes are characters of UTF-16 if their number is even
def test_a_declaration_of_wide_characters_in_single_bytes_is_not_believed(
    declared: str, encoding: str, behind: str
) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?><a>Größe</a>{behind}'.encode(encoding)
    root = opened(("a.xml", document)).xml("a.xml", an_importing())
    assert root is not None
    assert root.text == "Größe"


@pytest.mark.parametrize("declared", ["ISO-8859-1", "iso8859-1", "latin1"])
def test_quotes_of_windows_1252_in_a_document_of_iso_8859_1_are_quotes(declared: str) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?><a>“é” – €</a>'.encode("cp1252")
    root = opened(("a.xml", document)).xml("a.xml", an_importing())
    assert root is not None
    assert root.text == "“é” – €"


@pytest.mark.parametrize(("declared", "codes"), [("", ["xml_repaired"]), (' encoding="cp1251"', [])])
def test_a_document_in_an_encoding_that_it_does_not_declare_is_named(declared: str, codes: list[str]) -> None:
    document, importing = f'<?xml version="1.0"{declared}?><a>Привет</a>'.encode("cp1251"), an_importing()
    assert opened(("a.xml", document)).xml("a.xml", importing) is not None
    assert [warning.code for warning in importing.warnings] == codes


BOMB = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a b="&y;">&y;</a>'


@pytest.mark.parametrize(
    "document",
    [
        BOMB.encode(),
        b'<?xml version="1.0"?>\n<!-- <a> --><?pi?>' + BOMB.encode(),
        BOMB.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>' + BOMB.encode("utf-7").replace(b"<", b"+ADw-"),
        b'<!DOCTYPE a SYSTEM "x.dtd" [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ],
    ids=["plain", "after comments", "utf-16", "utf-7", "parameter entity", "external entity"],
)
def test_a_document_that_declares_entities_is_refused(document: bytes) -> None:
    with pytest.raises(HostilePackage) as refused:
        opened(("a.xml", document)).xml("a.xml", an_importing())
    assert refused.value.item == "a.xml"


@pytest.mark.parametrize(
    "document",
    [
        b'<?xml version="1.0"encoding="UTF-7"?>' + BOMB.encode("utf-7").replace(b"<", b"+ADw-"),
        b'<?xml version="1.0"' + b" " * 500 + b'encoding="UTF-7"?>' + BOMB.encode("utf-7").replace(b"<", b"+ADw-"),
        BOMB.encode("utf-32-be"),
        BOMB.encode("utf-32-le"),
        ('<?xml version="1.0" encoding="cp037"?>' + BOMB).encode("cp037"),
    ],
    ids=["utf-7 declared faultily", "utf-7 declared late", "ucs-4", "ucs-4 reversed", "ebcdic"],
)
def test_an_encoding_that_only_the_parser_would_see_hides_no_entities(document: bytes) -> None:
    importing = an_importing()
    assert opened(("a.xml", document)).xml("a.xml", importing) is None
    assert [warning.code for warning in importing.warnings] == ["xml_unreadable"]


def test_an_external_document_type_is_not_fetched() -> None:
    importing = an_importing()
    root = opened(("a.xml", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>b</a>')).xml("a.xml", importing)
    assert root is not None
    assert root.text == "b"


@pytest.mark.parametrize(
    "body", [b"<a>" + b"<b/>" * 60 + b"</a>", b"<a " + b" ".join(b"x%d=''" % n for n in range(101)) + b"/>"]
)
def test_a_document_of_too_many_tags_or_attributes_is_refused(body: bytes) -> None:
    assert opened(("a.xml", body), limits=Limits(document_nodes=200)).xml("a.xml", an_importing()) is not None
    with pytest.raises(HostilePackage) as refused:
        opened(("a.xml", body), limits=Limits(document_nodes=60)).xml("a.xml", an_importing())
    assert refused.value.item == "a.xml"


def test_elements_within_elements_are_refused_where_no_document_has_them() -> None:
    def nested(depth: int) -> PackageReader:
        return opened(("a.xml", b"<a>" * depth + b"</a>" * depth))

    assert nested(150).xml("a.xml", an_importing()) is not None
    for depth in (151, 3_000, 100_000):
        with pytest.raises(HostilePackage, match="within 150"):
            nested(depth).xml("a.xml", an_importing())


def test_blanks_before_a_document_cost_no_more_than_their_length() -> None:
    body = b'<?xml version="1.0"' + b" " * 3_000_000 + b"?>" + b"\n" * 3_000_000 + b"<a/>"
    assert opened(("a.xml", body)).xml("a.xml", an_importing()) is not None


def test_a_page_that_speaks_of_entities_is_no_danger() -> None:
    text = b"<a><![CDATA[<!DOCTYPE a [<!ENTITY x 'ha'>]>]]></a>"
    root = opened(("a.xml", text)).xml("a.xml", an_importing())
    assert root is not None
    assert "ENTITY" in (root.text or "")
