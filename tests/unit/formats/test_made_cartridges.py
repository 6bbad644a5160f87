"""Cartridges of other tools and of every version, made here: what is loaded, which warnings there are, and a whole export again."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from shared.domain.kinds import Kind
from tests.support import cartridges, roundtrip
from tests.support.cartridges import item, manifest, resource, tool_link, topic, web_link, zipped
from tests.support.package_checkers import faults
from tests.support.shared import needs_shared

pytestmark = needs_shared  # the judge of what comes out lies there
URL = "https://example.org/?a=1&amp;b=2"


class Course:
    """A package that was loaded, and its export, which is whole."""

    def __init__(self, path: Path, tmp_path: Path) -> None:
        self.loaded = roundtrip.load(path)
        out = tmp_path / "again.imscc"
        roundtrip.export(self.loaded, out)
        assert faults(out) == []
        with zipfile.ZipFile(out) as archive:
            self.out = {name: archive.read(name) for name in archive.namelist()}
        self.manifest = etree.fromstring(self.out["imsmanifest.xml"])

    def all(self, kind: Kind) -> list[Any]:
        return self.loaded.importing.objects.get(kind, [])

    @property
    def warnings(self) -> Counter[tuple[str, str | None]]:
        return Counter((warning.code, warning.place) for warning in self.loaded.importing.warnings)

    @property
    def items(self) -> list[tuple[str, str, int]]:
        """(title, type, indent)"""
        return [(i.title, i.type, i.indent) for i in self.all(Kind.MODULE_ITEMS)]

    def written(self, kind: str) -> list[etree._Element]:
        """The documents of a type in the export, found by its manifest."""
        found = self.manifest.iterfind("{*}resources/{*}resource")
        return [
            etree.fromstring(self.out[r.find("{*}file").get("href")]) for r in found if r.get("type").startswith(kind)
        ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "package.imscc"


def thin(version: str) -> str:
    """A thin cartridge: two links and a tool, all inside the manifest."""
    short = version.replace(".", "p")
    tool = tool_link("Lab", "https://tool.example/launch", {"chapter": "7", "mode": "a b"})
    return manifest(
        resource("w1", f"imswl_xmlv{short}", inside=web_link(URL, "Reading", short))
        + resource("w2", f"imswl_xmlv{short}", inside=web_link("https://example.org/2", "More", short))
        + resource("t1", "imsbasiclti_xmlv1p0", inside=tool),
        item("m", "Unit 1", inside=item("i1", "Read this", "w1") + item("i2", "The lab", "t1") + item("i3", "", "w2")),
        version=version,
        schema="IMS Thin Common Cartridge",
    )


def check_thin(course: Course) -> None:
    assert [module.name for module in course.all(Kind.MODULES)] == ["Unit 1"]
    assert course.items == [("Read this", "ExternalUrl", 0), ("The lab", "ExternalTool", 0), ("More", "ExternalUrl", 0)]
    [tool] = course.all(Kind.EXTERNAL_TOOLS)
    assert (tool.name, tool.url) == ("Lab", "https://tool.example/launch")
    assert [(p.name, p.value) for p in tool.custom_fields] == [("chapter", "7"), ("mode", "a b")]
    assert course.warnings == Counter()
    urls = [root.find("{*}url").get("href") for root in course.written("imswl")]
    assert urls == ["https://example.org/?a=1&b=2", "https://example.org/2"]
    [link] = course.written("imsbasiclti")
    assert link.findtext("{*}secure_launch_url") == "https://tool.example/launch"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_thin_cartridge_holds_its_links_and_tools_in_its_manifest(version: str, path: Path, tmp_path: Path) -> None:
    check_thin(Course(zipped({"imsmanifest.xml": thin(version)}, path), tmp_path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_thin_cartridge_may_be_a_single_xml_file(encoding: str, tmp_path: Path) -> None:
    single = tmp_path / "course.xml"
    single.write_bytes(thin("1.3").replace("UTF-8", encoding.removesuffix("-sig")).encode(encoding))
    check_thin(Course(single, tmp_path))


def every_kind(version: str, short: str) -> dict[str, str]:
    """A cartridge with one of each: page, picture, link, topic with attachments, quiz, tool."""
    resources = [
        resource("page", "webcontent", "pages/one.html", "pages/pic.png", href="pages/one.html"),
        resource("link", f"imswl_xmlv{short}", "links/l.xml"),
        resource("talk", f"imsdt_xmlv{short}", "talk/t.xml", inside='<dependency identifierref="extra"/>'),
        resource("extra", f"associatedcontent/imscc_xmlv{short}/learning-application-resource", "talk/ä.pdf"),
        resource("test", f"imsqti_xmlv1p2/imscc_xmlv{short}/assessment", "quiz/q.xml"),
        resource("tool", "imsbasiclti_xmlv1p0", "lti/tool.xml"),
        resource("loose", "webcontent", "unnamed/in/no.item.txt"),
        resource("odd", "vnd.example/thing", "odd/thing.bin"),
    ]
    names = (("page", "Page"), ("link", "Link"), ("talk", "Talk"), ("test", "Test"), ("tool", "Tool"), ("odd", "Odd"))
    items = "".join(item(f"i_{name}", title, name) for name, title in names)
    return {
        "imsmanifest.xml": manifest("".join(resources), item("m", "Unit", inside=items), version=version),
        "pages/one.html": '<html><body><img src="pic.png"></body></html>',
        "pages/pic.png": "png",
        "links/l.xml": web_link(URL, version=short),
        "talk/t.xml": topic("Faces", "&lt;p&gt;Look&lt;/p&gt;", ["%C3%A4.pdf", "../pages/pic.png"], short),
        "talk/ä.pdf": "pdf",
        "quiz/q.xml": cartridges.quiz("Pretest", 3),
        "lti/tool.xml": tool_link("Lab", "https://tool.example/", {"k": "v"}),
        "unnamed/in/no.item.txt": "kept",
        "odd/thing.bin": "odd",
    }


def check_every_kind(course: Course) -> None:
    types = ["File", "ExternalUrl", "Discussion", "Quiz", "ExternalTool", "File"]
    assert [kind for _, kind, _ in course.items] == types
    [talk] = course.all(Kind.DISCUSSION_TOPICS)
    names = {file.id: file.label for file in course.all(Kind.FILES)}
    assert (talk.title, talk.message, talk.published) == ("Faces", "<p>Look</p>", True)
    assert [names[attachment.id] for attachment in talk.attachments] == ["ä.pdf", "pic.png"]
    assert len(course.all(Kind.QUIZ_QUESTIONS)) == 3
    assert set(names.values()) == {"one.html", "pic.png", "ä.pdf", "no.item.txt", "thing.bin"}
    assert course.out["web_resources/unnamed/in/no.item.txt"] == b"kept"
    assert course.out["web_resources/odd/thing.bin"] == b"odd"
    assert [len(root.findall(".//{*}item")) for root in course.written("imsqti")] == [3]


@pytest.mark.parametrize(("version", "short"), [("1.0", "1p0"), ("1.1", "1p1"), ("1.2", "1p2"), ("1.3", "1p3")])
def test_a_cartridge_of_any_version_keeps_one_of_each(version: str, short: str, path: Path, tmp_path: Path) -> None:
    course = Course(zipped(every_kind(version, short), path), tmp_path)
    check_every_kind(course)
    assert course.warnings == Counter()


def test_a_manifest_may_lie_in_a_folder_with_everything_around_it(path: Path, tmp_path: Path) -> None:
    members = {f"export of 2024/{name}": body for name, body in every_kind("1.1", "1p1").items()}
    check_every_kind(Course(zipped(members, path), tmp_path))


def test_documents_in_utf_16_and_with_byte_order_marks_are_read(path: Path, tmp_path: Path) -> None:
    members: dict[str, str | bytes] = dict(every_kind("1.1", "1p1"))
    for name in ("imsmanifest.xml", "talk/t.xml", "lti/tool.xml"):
        text = str(members[name]).replace("UTF-8", "UTF-16")
        members[name] = (text if text.startswith("<?xml") else f'<?xml version="1.0" encoding="UTF-16"?>{text}').encode(
            "utf-16"
        )
    members["quiz/q.xml"] = str(members["quiz/q.xml"]).encode("utf-8-sig")
    members["links/l.xml"] = str(members["links/l.xml"]).encode("utf-16-be")  # neither a mark nor a declaration
    course = Course(zipped(members, path), tmp_path)
    check_every_kind(course)
    assert course.warnings == Counter()


def test_references_with_escapes_backslashes_and_other_cases_find_their_members(path: Path, tmp_path: Path) -> None:
    members = every_kind("1.1", "1p1")
    spelled = members["imsmanifest.xml"]
    for name, written in [
        ("pages/one.html", "pages\\one.html"),
        ("talk/ä.pdf", "talk/%C3%A4.pdf"),
        ("quiz/q.xml", "./Quiz/Q.XML"),
        ("lti/tool.xml", "x/../lti/tool.xml"),
    ]:
        spelled = spelled.replace(f'"{name}"', f'"{written}"')
    assert spelled.count("\\") == 2
    course = Course(zipped({**members, "imsmanifest.xml": spelled}, path), tmp_path)
    check_every_kind(course)
    assert course.warnings == Counter()


def test_members_whose_names_are_cp437_or_unflagged_utf_8_are_found(path: Path, tmp_path: Path) -> None:
    listed = resource("a", "webcontent", "Übung.txt") + resource("b", "webcontent", "M%C3%A4rz.txt")
    body = manifest(listed, item("m", "Unit", inside=item("i", "A", "a") + item("j", "B", "b")))
    cartridges.unflagged(
        {b"imsmanifest.xml": body.encode(), "Übung.txt".encode("cp437"): b"one", "März.txt".encode(): b"two"}, path
    )
    course = Course(path, tmp_path)
    assert course.warnings == Counter()
    assert course.out["web_resources/Übung.txt"] == b"one"
    assert course.out["web_resources/März.txt"] == b"two"


def test_identifiers_that_are_used_twice_lose_neither_resource_nor_item(path: Path, tmp_path: Path) -> None:
    listed = (
        resource("r", "webcontent", "a.txt")
        + resource("r", "webcontent", "b.txt")
        + resource("l", "imswl_xmlv1p1", "l.xml")
    )
    inside = item("i", "A", "r") + item("i", "L", "l") + item("i", "L again", "l")
    modules = item("m", "Unit", inside=inside) + item("m", "Unit again", inside=item("j", "A too", "r"))
    members = {"imsmanifest.xml": manifest(listed, modules), "a.txt": "a", "b.txt": "b", "l.xml": web_link(URL)}
    course = Course(zipped(members, path), tmp_path)
    assert course.warnings == Counter([("identifier_repeated", "imsmanifest.xml")])
    assert sorted(file.label for file in course.all(Kind.FILES)) == ["a.txt", "b.txt"]
    assert [title for title, _, _ in course.items] == ["A", "L", "L again", "A too"]
    assert len({i.id for i in course.all(Kind.MODULE_ITEMS)}) == 4
    titles = [t.text for t in course.manifest.iterfind("{*}organizations/{*}organization/{*}item/{*}item//{*}title")]
    assert titles == ["Unit", "A", "L", "L again", "A too"]


def test_missing_files_are_reported_by_name_and_cost_no_more_than_themselves(path: Path, tmp_path: Path) -> None:
    members = every_kind("1.1", "1p1")
    missing = ["pages/one.html", "links/l.xml", "talk/t.xml", "quiz/q.xml", "lti/tool.xml"]
    course = Course(zipped({n: b for n, b in members.items() if n not in missing}, path), tmp_path)
    assert {place for code, place in course.warnings if code == "member_missing"} == set(missing)
    assert [title for title, _, _ in course.items] == ["Page", "Link", "Talk", "Test", "Tool", "Odd"]
    assert {code for code, _ in course.warnings} == {
        "member_missing",
        "web_link_unreadable",
        "qti_missing",
        "item_without_content",
    }
    assert course.out["web_resources/unnamed/in/no.item.txt"] == b"kept"


def test_folders_inside_folders_become_headers_and_indents(path: Path, tmp_path: Path) -> None:
    deep = item("f1", "Folder", inside=item("a", "A", "r") + item("f2", "Inner", inside=item("b", "B", "r")))
    body = manifest(resource("r", "webcontent", "r.txt"), item("m", "Unit", inside=deep + item("c", "C", "r")))
    course = Course(zipped({"imsmanifest.xml": body, "r.txt": "r"}, path), tmp_path)
    assert course.items == [
        ("Folder", "SubHeader", 0),
        ("A", "File", 1),
        ("Inner", "SubHeader", 1),
        ("B", "File", 2),
        ("C", "File", 0),
    ]
    meta = etree.fromstring(course.out["course_settings/module_meta.xml"])
    assert [e.text for e in meta.iter("{*}indent")] == ["0", "1", "1", "2", "0"]


def test_namespaces_that_are_invalid_are_reported_and_cost_nothing(path: Path, tmp_path: Path) -> None:
    members = every_kind("1.1", "1p1")
    for name in ("links/l.xml", "talk/t.xml", "lti/tool.xml"):
        members[name] = members[name].replace(" xmlns=", ' xmlns:xsi="http: //no such place" xmlns=', 1)
    course = Course(zipped(members, path), tmp_path)
    check_every_kind(course)
    assert {code for code, _ in course.warnings} == {"xml_repaired"}
    assert {place for _, place in course.warnings} == {"links/l.xml", "talk/t.xml", "lti/tool.xml"}


def test_plain_text_of_a_topic_is_shown_as_it_is(path: Path, tmp_path: Path) -> None:
    body = manifest(
        resource("t", "imsdt_xmlv1p2", "t.xml"), item("m", "Unit", inside=item("i", "T", "t")), version="1.2"
    )
    text = topic("Plain", "a &lt; b\nnext", version="1p2", texttype="text/plain")
    course = Course(zipped({"imsmanifest.xml": body, "t.xml": text}, path), tmp_path)
    assert course.all(Kind.DISCUSSION_TOPICS)[0].message == "a &lt; b<br>\nnext"


def test_paths_in_a_topic_lead_to_the_files_of_the_course(path: Path, tmp_path: Path) -> None:
    listed = resource("t", "imsdt_xmlv1p1", "talk/t.xml") + resource("p", "webcontent", "talk/pic 1.png")
    text = topic("T", '&lt;img src="pic%201.png"&gt;&lt;a href="$IMS-CC-FILEBASE$../talk/pic%201.png"&gt;')
    members = {"imsmanifest.xml": manifest(listed), "talk/t.xml": text, "talk/pic 1.png": "png"}
    course = Course(zipped(members, path), tmp_path)
    [file] = course.all(Kind.FILES)
    base = f"/courses/{roundtrip.COURSE_ID}/files/{file.id}"
    assert course.all(Kind.DISCUSSION_TOPICS)[0].message == f'<img src="{base}/preview"><a href="{base}">'


def test_an_assignment_of_another_tool_keeps_its_points_its_text_and_links_to_its_files(
    path: Path, tmp_path: Path
) -> None:
    document = (
        '<assignment xmlns="http://www.imsglobal.org/xsd/imscc_extensions/assignment" identifier="own">'
        '<title>Sketch</title><text texttype="text/html">&lt;p&gt;Draw&lt;/p&gt;</text><attachments>'
        '<attachment href="a b.pdf" role="All"/><attachment href="lost.pdf"/></attachments>'
        '<gradable points_possible="7.5">true</gradable><submission_formats><format type="file"/><format type="url"/>'
        '</submission_formats><extensions platform="else.example"><x/></extensions></assignment>'
    )
    listed = resource("r", "assignment_xmlv1p0", "as/a.xml") + resource("f", "webcontent", "as/a b.pdf")
    body = manifest(listed, item("m", "Unit", inside=item("i", "Do it", "r")), version="1.3")
    course = Course(zipped({"imsmanifest.xml": body, "as/a.xml": document, "as/a b.pdf": "pdf"}, path), tmp_path)
    [assignment], [file] = course.all(Kind.ASSIGNMENTS), course.all(Kind.FILES)
    assert (assignment.name, assignment.points_possible) == ("Sketch", 7.5)
    assert assignment.submission_types == ["online_upload", "online_url"]
    link = f'<p><a href="/courses/{roundtrip.COURSE_ID}/files/{file.id}">a b.pdf</a></p>'
    assert assignment.description == f"<p>Draw</p>\n{link}"
    [shown] = course.all(Kind.MODULE_ITEMS)
    assert (shown.type, shown.content_id) == ("Assignment", assignment.id)
    assert course.warnings == Counter([("attachment_missing", "as/a.xml"), ("element_unknown", "as/a.xml")])


def test_links_of_lti_1_3_from_other_tools_are_tools_with_their_custom_fields(path: Path, tmp_path: Path) -> None:
    document = tool_link("Sim", "https://sim.example/lti", {"id": "42", "Empty": ""}, "imslticc_v1p3")
    body = manifest(
        resource("t", "imsbasiclti_xmlv1p3", "t.xml"),
        item("m", "Unit", inside=item("i", "First", "t") + item("j", "Second", "t")),
        version="1.3",
    )
    course = Course(zipped({"imsmanifest.xml": body, "t.xml": document}, path), tmp_path)
    [tool] = course.all(Kind.EXTERNAL_TOOLS)
    assert [(p.name, p.value) for p in tool.custom_fields] == [("id", "42"), ("Empty", "")]
    assert [(i.content_id, i.external_url) for i in course.all(Kind.MODULE_ITEMS)] == [(tool.id, tool.url)] * 2
    assert tool.url == "https://sim.example/lti"
    assert course.warnings == Counter()


def test_curriculum_standards_and_other_metadata_are_reported_at_the_member_they_are_of(
    path: Path, tmp_path: Path
) -> None:
    standards = (
        '<metadata><curriculumStandardsMetadataSet xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imscsmd_v1p0">'
        '<curriculumStandardsMetadata providerId="AB"><setOfGUIDs><labelledGUID><GUID>1</GUID></labelledGUID></setOfGUIDs>'
        "</curriculumStandardsMetadata></curriculumStandardsMetadataSet></metadata>"
    )
    about = "<metadata><lom><general><description><string>Why</string></description></general></lom></metadata>"
    listed = resource("r", "webcontent", "r.txt", inside=standards)
    shown = item("i", "I", "r").replace("</title>", f"</title>{about}")
    body = manifest(listed, item("m", "Unit", inside=shown), version="1.3")
    course = Course(zipped({"imsmanifest.xml": body, "r.txt": "r"}, path), tmp_path)
    messages = {w.place: w.message for w in course.loaded.importing.warnings}
    assert [w.code for w in course.loaded.importing.warnings] == ["metadata_not_mapped"] * 2
    assert "curriculumStandardsMetadataSet" in messages["r.txt"]
    assert "item i" in messages["imsmanifest.xml"]
    assert "general/description" in messages["imsmanifest.xml"]


def test_a_content_package_keeps_its_pages_links_and_scripts_and_states_its_sequencing(
    path: Path, tmp_path: Path
) -> None:
    listed = (
        resource("page", "webcontent", "sco/index.html", href="sco/index.html")
        + resource("far", "webcontent", href="https://example.org/far.html")
        + resource("key", "webcontent", "key.html", href="key.html", inside=_FOR_TEACHERS)
    )
    body = f"""<manifest identifier="m" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:s="urn:sequencing">
      <organizations default="o"><organization identifier="o"><title>Safety</title><item identifier="i" identifierref="page"
      isvisible="false" parameters="?x=1"><title>Start</title><s:sequencing/></item>{item("j", "Far", "far")}
      {item("k", "Key", "key")}</organization></organizations><resources>{listed}</resources></manifest>"""
    members = {
        "imsmanifest.xml": body,
        "sco/index.html": "<p>",
        "sco/api.js": "js",
        "key.html": "<p>",
        "cp.xsd": "<s/>",
    }
    course = Course(zipped(members, path), tmp_path)
    assert course.loaded.course.course.name == "Safety"
    assert [(i.title, i.type, i.published) for i in course.all(Kind.MODULE_ITEMS)] == [
        ("Start", "File", False),
        ("Far", "ExternalUrl", None),
        ("Key", "File", False),
    ]
    assert course.all(Kind.MODULE_ITEMS)[1].external_url == "https://example.org/far.html"
    assert course.out["web_resources/sco/api.js"] == b"js"
    assert course.warnings == Counter(
        [
            ("parameters_dropped", "imsmanifest.xml"),
            ("element_unknown", "imsmanifest.xml"),
            ("file_unlisted", "sco/api.js"),
            ("member_not_mapped", "cp.xsd"),
        ]
    )


_FOR_TEACHERS = (
    "<metadata><lom><educational><intendedEndUserRole><source>IMSGLC_CC_Rolesv1p1</source><value>Instructor</value>"
    "</intendedEndUserRole></educational></lom></metadata>"
)


def test_a_package_inside_a_package_is_a_file_and_is_not_opened(path: Path, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("../evil", "x")
    members = {"imsmanifest.xml": manifest(resource("z", "webcontent", "z.zip")), "z.zip": inner.getvalue()}
    course = Course(zipped(members, path), tmp_path)
    assert course.out["web_resources/z.zip"] == inner.getvalue()
