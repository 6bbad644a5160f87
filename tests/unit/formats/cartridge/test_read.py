from __future__ import annotations

import io
import zipfile

import pytest

from shared.domain.content.modules import ModuleItem
from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.formats.cartridge.read import Flavour, read, recognise
from shared.formats.importing import Importing
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.imscp.package_source import PackageManifest, PackageSource
from shared.formats.imscp.resource import LEARNING_APPLICATION, WEBCONTENT, Resource
from tests.support.formats import COURSE_ID, a_source, an_importing

MANIFEST = """<manifest identifier="man"><metadata><schema>{schema}</schema><schemaversion>1.1.0</schemaversion>
<lom><general><title><string>Biology</string></title></general><rights><description>
<string>Public Domain - http://en.wikipedia.org/wiki/Public_domain</string></description></rights></lom></metadata>
<organizations><organization><item identifier="LearningModules"><item identifier="m"><title>Week 1</title>{items}</item>
</item></organization></organizations><resources>{resources}</resources></manifest>"""
PAGE = '<html><head><title>Welcome</title><meta name="identifier" content="p"/></head><body>{}</body></html>'


def load(
    members: dict[str, str], resources: str = "", items: str = "", schema: str = "IMS Common Cartridge"
) -> Importing:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("imsmanifest.xml", MANIFEST.format(schema=schema, items=items, resources=resources))
        for path, body in members.items():
            archive.writestr(path, body)
    with PackageReader.open(buffer) as package:
        return read(package, an_importing())


def codes(importing: Importing) -> list[tuple[str, str | None]]:
    return [(warning.code, warning.place) for warning in importing.warnings]


@pytest.mark.parametrize(
    ("schema", "resource", "members", "flavour"),
    [
        (
            "IMS Common Cartridge",
            Resource("c", LEARNING_APPLICATION, href="course_settings/canvas_export.txt"),
            {},
            Flavour.CANVAS,
        ),
        (
            "IMS Common Cartridge",
            Resource("c_syllabus", LEARNING_APPLICATION, href="course_settings/syllabus.html"),
            {"course_settings/course_settings.xml": "<course/>"},
            Flavour.CANVAS,
        ),
        (
            "IMS Common Cartridge",
            Resource("q", "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"),
            {},
            Flavour.COMMON_CARTRIDGE,
        ),
        ("IMS Thin Common Cartridge", Resource("w", "imswl_xmlv1p3"), {}, Flavour.COMMON_CARTRIDGE),
        ("IMS Content", Resource("q", "imsqti_xmlv1p2"), {}, Flavour.QTI),
        ("ADL SCORM", Resource("w", WEBCONTENT, href="a.html"), {}, Flavour.CONTENT_PACKAGE),
    ],
)
def test_a_package_is_known_by_its_marker_its_schema_or_its_resources(
    schema: str, resource: Resource, members: dict[str, str], flavour: Flavour
) -> None:
    manifest = PackageManifest("m", schema, "1.1.0", "T", {resource.identifier: resource})
    assert recognise(PackageSource(a_source(members).package, manifest)) is flavour


def test_the_course_takes_from_the_manifest_what_no_settings_state() -> None:
    importing = load({})
    assert importing.course is not None
    assert (importing.course.id, importing.course.name, importing.course.license) == (
        COURSE_ID,
        "Biology",
        "public_domain",
    )


def test_what_the_package_calls_itself_and_the_course_is_kept() -> None:
    marker = "course_settings/canvas_export.txt"
    resource = (
        f'<resource identifier="c" type="{LEARNING_APPLICATION}" href="{marker}"><file href="{marker}"/></resource>'
    )
    importing = load({marker: "Ha."}, resource)
    assert importing.identifiers[Kind.COURSES, COURSE_ID, "common_cartridge_"] == "man"
    assert importing.identifiers[Kind.COURSES, COURSE_ID, ""] == "c"
    assert importing.course is not None
    assert importing.course.canvas_export == "Ha."
    assert codes(importing) == []


def test_a_member_that_no_reader_took_is_reported_by_name() -> None:
    strange = {"strange/thing.bin": "x", "course_settings/new_thing.xml": "<new/>", "x/.DS_Store": "", "a.xsd": "<s/>"}
    importing = load({**strange, "course_settings/course_settings.xml": "<course/>"})
    assert codes(importing) == [("member_not_mapped", member) for member in strange]
    assert importing.all(Kind.FILES) == []


def test_what_another_tool_s_package_holds_besides_becomes_files_but_litter_and_schemas() -> None:
    members = {"strange/thing.bin": "x", "x/.DS_Store": "", "x/Thumbs.db": "", "a.xsd": "<s/>"}
    importing = load(members)
    assert codes(importing) == [
        ("file_unlisted", "strange/thing.bin"),
        ("member_not_mapped", "x/.DS_Store"),
        ("member_not_mapped", "x/Thumbs.db"),
        ("member_not_mapped", "a.xsd"),
    ]
    assert [file.label for file in importing.all(Kind.FILES)] == ["thing.bin"]
    assert set(importing.file_paths) == {"strange/thing.bin"}


def test_a_missing_member_is_reported_once() -> None:
    importing = load({}, '<resource identifier="t" type="imsbasiclti_xmlv1p0"><file href="t.xml"/></resource>')
    assert codes(importing) == [("member_missing", "t.xml")]


def test_links_lead_to_the_objects_of_the_course_and_items_know_their_pages() -> None:
    importing = load(
        {"wiki_content/welcome.html": PAGE.format('<a href="$WIKI_REFERENCE$/pages/p">me</a>')},
        '<resource identifier="p" type="webcontent" href="wiki_content/welcome.html">'
        '<file href="wiki_content/welcome.html"/></resource>',
        '<item identifier="i" identifierref="p"><title>Go</title></item>',
    )
    [page], [item] = importing.all(Kind.PAGES), importing.all(Kind.MODULE_ITEMS)
    assert isinstance(page, Page)
    assert isinstance(item, ModuleItem)
    assert page.body == f'<a href="/courses/{COURSE_ID}/pages/welcome">me</a>'
    assert (item.type, item.content_id, item.page_url) == ("Page", page.id, "welcome")
    assert codes(importing) == []


def test_a_package_of_quizzes_has_no_modules() -> None:
    importing = load(
        {},
        '<resource identifier="q" type="imsqti_xmlv1p2"/>',
        '<item identifier="i" identifierref="q"/>',
        schema="IMS Content",
    )
    assert importing.all(Kind.MODULES) == []
    assert importing.identifiers[Kind.COURSES, COURSE_ID, "qti_export_"] == "man"


def test_a_field_that_could_be_stored_and_never_read_again_is_left_out_and_its_object_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def faulty(source: PackageSource, importing: Importing) -> None:
        importing.add(Kind.PAGES, Page(id=1, migration_id="p", title=7))  # type: ignore[arg-type]
        importing.add(Kind.PAGES, Page(id=2, migration_id="q", title="Q", position="first"))  # type: ignore[arg-type]
        importing.add(Kind.PAGES, Page(id="x", migration_id="r"))  # type: ignore[arg-type]

    monkeypatch.setattr("shared.formats.cartridge.read._READERS", (faulty,))
    importing = load({})
    pages = [(page.migration_id, page.label, page.position) for page in importing.all(Kind.PAGES)]
    assert pages == [("p", "7", None), ("q", "Q", None)]
    assert [(code, place) for code, place in codes(importing) if code == "invalid_content"] == [
        ("invalid_content", "q"),
        ("invalid_content", "r"),
    ]
