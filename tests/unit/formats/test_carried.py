"""What nobody knows in Canvas's own documents comes back where it was, on the object that it belongs to."""

from __future__ import annotations

import io
import zipfile
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from deploy.stack.checkout import ROOT
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import files_meta
from shared.formats.carried import restore
from shared.formats.cartridge.read import read
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.known_names import CANVAS_ATTRIBUTES, CANVAS_ELEMENTS, OPEN, QTI_ATTRIBUTES, QTI_ELEMENTS
from shared.formats.xml import CANVAS, serialize
from tests.support.formats import a_source, an_importing
from tests.support.roundtrip import kept, load, members, packing

GOLDEN = ROOT / "tests" / "golden"


@cache
def sample() -> dict[str, bytes]:
    """The members of the exported sample course; files have a byte each."""
    found = members(packing(load(ROOT / "deploy" / "sample")))
    return {entry.path: entry.body if isinstance(entry.body, bytes) else b"x" for entry in found}


@cache
def documents() -> dict[str, bytes]:
    """Canvas's own documents among them."""
    own = {path: body for path, body in sample().items() if path.endswith((".xml", ".qti")) and is_own(path, body)}
    assert len(own) > 15
    return own


def is_own(path: str, body: bytes) -> bool:
    return CANVAS.encode() in body[:400] or path.startswith("non_cc_assessments/")


def again(changed: dict[str, bytes]) -> dict[str, bytes]:
    """The sample with these members in another form, loaded and exported."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, body in {**sample(), **changed}.items():
            archive.writestr(path, body)
    with PackageReader.open(buffer) as package:
        loaded = kept(read(package, an_importing()), package.read)
    return {entry.path: entry.body for entry in members(packing(loaded)) if isinstance(entry.body, bytes)}


def elements_of(body: bytes) -> tuple[etree._Element, list[etree._Element]]:
    root = etree.fromstring(body)
    return root, list(root.iter(etree.Element))


def test_the_sample_comes_back_as_it_was() -> None:
    assert {path: body for path, body in again({}).items() if path in documents()} == documents()


NAMES = st.sampled_from(["zz_new_setting", "nq_later", "x"])
WORDS = st.text('ab &<>"é', max_size=8)


@st.composite
def additions(draw: st.DrawFn) -> tuple[str, bytes]:
    """A document of the sample with some unknown elements and attributes anywhere in it."""
    path = draw(st.sampled_from(sorted(documents())))
    root, elements = elements_of(documents()[path])
    namespace = etree.QName(root).namespace
    for _ in range(draw(st.integers(1, 3))):
        parent = draw(st.sampled_from(elements))
        if draw(st.booleans()):
            parent.set(draw(NAMES), draw(WORDS))
            continue
        added = etree.Element(f"{{{namespace}}}{draw(NAMES)}", nsmap={None: namespace})
        added.text = draw(WORDS) or None
        if draw(st.booleans()):
            added.set("from", draw(WORDS))
        if draw(st.booleans()):
            etree.SubElement(added, f"{{{namespace}}}inner").text = "1"
            added.text = None
        parent.insert(draw(st.integers(0, len(parent))), added)
    return path, serialize(root)


@given(additions())
def test_any_unknown_element_and_attribute_comes_back_where_it_was_byte_for_byte(addition: tuple[str, bytes]) -> None:
    path, body = addition
    assert again({path: body})[path] == body


UNKNOWN_FILE = b"""    <file identifier="g404">
      <usage_rights use_justification="own_copyright">
        <license>private</license>
      </usage_rights>
    </file>
"""


@pytest.mark.parametrize("place", [b"  <files>\n", b"""    <file identifier="g0b24""", b"  </files>"])
def test_what_files_meta_says_of_a_file_that_the_package_lacks_comes_back(place: bytes) -> None:
    body = documents()[files_meta.PATH]
    assert body.count(place) == 1
    behind = place == b"  <files>\n"
    changed = body.replace(place, place + UNKNOWN_FILE if behind else UNKNOWN_FILE + place)
    assert again({files_meta.PATH: changed})[files_meta.PATH] == changed


def test_it_comes_back_in_its_container_where_no_other_file_stands_in_it() -> None:
    body = f'<fileMeta xmlns="{CANVAS}"><files>{UNKNOWN_FILE.decode()}</files></fileMeta>'
    importing = an_importing()
    files_meta.read(a_source({files_meta.PATH: body}), importing).keep_rest(importing.carried)
    [(_, piece)] = importing.carried.owned({}, (Kind.COURSES, 1, ""))
    root = xml.root("fileMeta")
    restore(root, [piece, piece])
    assert [child.get("identifier") for child in root.findall("{*}files/{*}file")] == ["g404"]


def test_what_is_carried_is_reported_once() -> None:
    path = "course_settings/module_meta.xml"
    body = documents()[path].replace(b"<position>", b"<zz>1</zz><position>")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, other in {**sample(), path: body}.items():
            archive.writestr(name, other)
    importing = read(PackageReader.open(buffer), an_importing())
    told = [(w.code, w.place, w.message) for w in importing.warnings if w.code == "carried_unknown"]
    assert told == [
        ("carried_unknown", path, "Of this member these are not known here; they are kept as they are: <zz>.")
    ]


@pytest.mark.parametrize("folder", sorted(folder.name for folder in GOLDEN.iterdir()))
def test_every_name_that_is_written_is_known(folder: str) -> None:
    for path in sorted((GOLDEN / folder).rglob("*")):
        name = path.relative_to(GOLDEN / folder).as_posix()
        if path.suffix not in (".xml", ".qti") or not is_own(name, path.read_bytes()):
            continue
        root, elements = elements_of(path.read_bytes())
        canvas = etree.QName(root).namespace == CANVAS
        known, attributes = (CANVAS_ELEMENTS, CANVAS_ATTRIBUTES) if canvas else (QTI_ELEMENTS, QTI_ATTRIBUTES)
        for element in elements:
            local = etree.QName(element).localname
            parent = element.getparent()
            if local in OPEN or (parent is not None and etree.QName(parent).localname in OPEN):
                continue
            assert local in known
            assert {str(a) for a in element.attrib if not str(a).startswith("{")} <= attributes.get(local, frozenset())
