from __future__ import annotations

import zlib
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.content.files import ExternalViewer, File, Folder, MediaTrack, UsageRights
from shared.domain.kinds import Kind
from shared.domain.stored_file import StoredFile
from shared.formats.canvas import external_viewers, files, files_meta, media_tracks
from shared.formats.identifiers import Keys, as_id, hashed, key
from shared.formats.importing import Importing
from shared.formats.imscp.resource import LEARNING_APPLICATION, WEBCONTENT, Resource, ResourceRights
from shared.formats.packing import Packing
from tests.support.formats import a_packing, a_source, an_importing, children, packed, parsed

ROOT = Folder(id=1, name="course files")
WEEK = Folder(id=2, name="Week 1", parent_folder_id=1)
STORED = {"sha256": "ab" * 32, "size": 3, "crc32": 7, "compressible": True}
CANVAS = 'xmlns="http://canvas.instructure.com/xsd/cccv1p0"'


def a_file(file_id: int = 5, name: str = "a.pdf", **fields: Any) -> File:
    return File(**{"id": file_id, "display_name": name, "folder_id": 2, **STORED, **fields})


def packing_of(*found: File, folders: tuple[Folder, ...] = (ROOT, WEEK), **arguments: Any) -> Packing:
    tracks = arguments.pop("tracks", [])
    objects = {Kind.FOLDERS: list(folders), Kind.FILES: list(found), Kind.MEDIA_TRACKS: tracks}
    return a_packing(objects, **arguments)


def read(members: dict[str, Any], *resources: Resource) -> tuple[Importing, list[tuple[str, str | None]]]:
    importing = an_importing()
    files.read(a_source(members, resources), importing)
    return importing, [(warning.code, warning.place) for warning in importing.warnings]


def found_files(importing: Importing) -> dict[str, File]:
    return {file.migration_id or "": file for file in importing.all(Kind.FILES) if isinstance(file, File)}


def webcontent(identifier: str, *members: str, **fields: Any) -> Resource:
    return Resource(identifier, WEBCONTENT, href=members[0], files=members, **fields)


def test_a_file_is_a_member_below_web_resources_and_its_bytes_stay_where_they_are() -> None:
    members, resources = packed(files.write, packing_of(a_file()))
    path = "web_resources/Week 1/a.pdf"
    assert members == {path: StoredFile("ab" * 32, 3, 7, compressible=True)}
    assert list(resources) == [Resource(key(Kind.FILES, 5), WEBCONTENT, href=path, files=(path,))]


def test_a_locked_file_is_for_instructors_and_usage_rights_are_reported() -> None:
    rights = UsageRights(legal_copyright="(c) Ada", license="cc_by")
    _, resources = packed(files.write, packing_of(a_file(locked=True, usage_rights=rights)))
    (resource,) = resources
    assert resource.instructor_only
    assert resource.rights == ResourceRights(restricted=True, description="(c) Ada\\nCC Attribution")


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        (
            UsageRights(license="private", legal_copyright="(c) Ada"),
            ResourceRights(restricted=True, description="(c) Ada"),
        ),
        (UsageRights(license="public_domain"), ResourceRights(restricted=False, description="Public Domain")),
        (UsageRights(), ResourceRights(restricted=True, description="")),
        (UsageRights(license="odd", license_name="Odd"), ResourceRights(restricted=True, description="Odd")),
    ],
)
def test_only_public_domain_is_unrestricted_and_private_is_not_named(
    rights: UsageRights, expected: ResourceRights
) -> None:
    _, resources = packed(files.write, packing_of(a_file(usage_rights=rights)))
    assert next(iter(resources)).rights == expected


def test_a_file_whose_bytes_were_never_stored_is_skipped_with_a_reason_and_its_resource_lists_nothing() -> None:
    packing = packing_of(a_file(5, sha256=None), a_file(6, "b.pdf"))
    members, resources = packed(files.write, packing)
    assert list(members) == ["web_resources/Week 1/b.pdf"]
    first = next(iter(resources))
    assert (first.identifier, first.href, first.files) == (key(Kind.FILES, 5), "web_resources/Week 1/a.pdf", ())
    (warning,) = packing.report.warnings
    assert (warning.code, warning.item_id, warning.title) == ("file_missing", 5, "a.pdf")
    assert packing.report.skipped == {"files": 1}


def test_a_selection_takes_its_files_and_those_it_drags_in() -> None:
    packing = packing_of(a_file(5), a_file(6, "b"), a_file(7, "c"), select={"files": ["6"]})
    packing.selection = packing.selection.completed({(Kind.FILES, 7): "referenced by pages 1"})
    members, _ = packed(files.write, packing)
    assert list(members) == ["web_resources/Week 1/b", "web_resources/Week 1/c"]


def test_a_plain_course_has_an_empty_files_meta() -> None:
    root = parsed(files_meta.document(packing_of(a_file(filename="a.pdf"), a_file(6, "b c.pdf", filename="b+c.pdf"))))
    assert (root.tag, len(root)) == ("{http://canvas.instructure.com/xsd/cccv1p0}fileMeta", 0)


def test_files_meta_states_what_differs() -> None:
    rights = UsageRights(use_justification="own_copyright", legal_copyright="(C) 2026", license="private")
    locked = a_file(5, "Nice.pdf", filename="x.pdf", locked=True, hidden=False, lock_at="2026-01-31T06:59:00Z")
    root = parsed(
        files_meta.document(packing_of(locked, a_file(6, "r", usage_rights=rights, category="uncategorized")))
    )
    first, second = root.findall(".//{*}file")
    assert first.get("identifier") == key(Kind.FILES, 5)
    assert children(first) == [
        ("locked", "true"),
        ("lock_at", "2026-01-31T06:59:00"),
        ("display_name", "Nice.pdf"),
        ("category", "uncategorized"),
    ]
    usage = second.find("{*}usage_rights")
    assert usage is not None
    assert usage.get("use_justification") == "own_copyright"
    assert children(usage) == [("legal_copyright", "(C) 2026"), ("license", "private")]


def test_files_meta_lists_hidden_and_locked_folders_and_no_others() -> None:
    private = Folder(id=3, name="private", parent_folder_id=2, hidden=True, unlock_at="2026-01-31T06:59:00Z")
    dated = Folder(id=4, name="dated", parent_folder_id=1, lock_at="2026-01-31T06:59:00Z")
    root = parsed(files_meta.document(packing_of(folders=(ROOT, WEEK, private, dated))))
    (folder,) = root.findall(".//{*}folder")
    assert folder.get("path") == "Week 1/private"
    assert children(folder) == [("hidden", "true"), ("unlock_at", "2026-01-31T06:59:00")]


@pytest.mark.parametrize(
    ("select", "listed"),
    [
        (None, ["", "Week 1", "Week 1/private", "other", "other/empty"]),
        ({"files": ["5"]}, ["", "Week 1"]),
        ({"files": ["6"]}, ["", "Week 1", "Week 1/private"]),
        ({"files": ["7"]}, [""]),
        ({"files": ["5", "8"]}, ["", "Week 1", "other"]),
        ({"pages": ["1"]}, []),  # no file is packed
    ],
)
def test_a_selection_lists_those_hidden_folders_alone_that_lead_to_a_file_of_it(select: Any, listed: list[str]) -> None:
    folders = (
        Folder(id=1, name="course files", hidden=True),
        Folder(id=2, name="Week 1", parent_folder_id=1, hidden=True),
        Folder(id=3, name="private", parent_folder_id=2, locked=True),
        Folder(id=4, name="other", parent_folder_id=1, hidden=True),
        Folder(id=9, name="empty", parent_folder_id=4, hidden=True),
    )
    found = [a_file(number, f"{number}.pdf", folder_id=place) for number, place in ((5, 2), (6, 3), (7, 1), (8, 4))]
    root = parsed(files_meta.document(packing_of(*found, folders=folders, select=select)))
    assert [folder.get("path") for folder in root.iter("{*}folder")] == listed


def test_files_meta_reports_the_files_that_the_manifest_lists_with_or_without_their_bytes() -> None:
    found = [a_file(5, locked=True), a_file(6, "b", locked=True, sha256=None)]
    root = parsed(files_meta.document(packing_of(*found, select={"files": ["6"]})))
    assert [file.get("identifier") for file in root.iter("{*}file")] == [key(Kind.FILES, 6)]


def test_a_file_without_bytes_comes_back_with_all_that_is_said_of_it() -> None:
    viewer = ExternalViewer(service="notorious", id="m-1")
    rights = UsageRights(use_justification="own_copyright", license="private")
    hidden = a_file(5, "b.mp4", sha256=None, hidden=True, usage_rights=rights, external_viewer=viewer)
    packing = packing_of(hidden)
    _, resources = packed(files.write, packing)
    documents = {
        files_meta.PATH: files_meta.document(packing),
        external_viewers.PATH: external_viewers.document(packing),
    }
    importing, _ = read(documents, *resources)
    (file,) = found_files(importing).values()
    assert (file.display_name, file.hidden, file.usage_rights) == ("b.mp4", True, rights)
    assert (file.external_viewer, file.stored) == (viewer, None)


def test_a_viewer_follows_its_file_and_is_no_document_without_one() -> None:
    shown = a_file(5, "talk.mp4", external_viewer=ExternalViewer(service="notorious", id="m-1"))
    (viewer,) = parsed(external_viewers.document(packing_of(shown, a_file(6, "b"))))
    assert dict(viewer.attrib) == {"path": "web_resources/Week 1/talk.mp4", "service": "notorious", "id": "m-1"}
    assert external_viewers.document(packing_of(shown, a_file(6, "b"), select={"files": ["6"]})) is None


def test_a_viewer_of_no_file_is_reported() -> None:
    viewers = f'<externalViewers {CANVAS}><externalViewer path="web_resources/x" service="s" id="1"/></externalViewers>'
    _, codes = read({external_viewers.PATH: viewers})
    assert codes == [("file_unknown", external_viewers.PATH)]


def test_files_are_read_with_their_folders() -> None:
    member = "web_resources/Week 1/private/a.pdf"
    importing, codes = read({member: b"abc"}, webcontent("g1", member))
    assert codes == []
    file = found_files(importing)["g1"]
    folders = {f.id: f for f in importing.all(Kind.FOLDERS) if isinstance(f, Folder)}
    chain = [folders[file.folder_id or 0]]
    while chain[-1].parent_folder_id:
        chain.append(folders[chain[-1].parent_folder_id])
    assert [folder.name for folder in chain] == ["private", "Week 1", "course files"]
    assert chain[0].full_name == "course files/Week 1/private"
    assert (file.display_name, file.content_type, file.size) == ("a.pdf", "application/pdf", 3)
    assert importing.files[file.id].name == member
    assert importing.file_paths == {"Week 1/private/a.pdf": file.id}


FILES_META = f"""<fileMeta {CANVAS}>
  <folders><folder path="Week 1"><hidden>true</hidden></folder><folder path="empty"><locked>true</locked></folder></folders>
  <files>
    <file identifier="g1"><locked>true</locked><unlock_at>2026-01-31T06:59:00</unlock_at>
      <display_name>a.pdf</display_name><category>icon_maker_icons</category>
      <usage_rights use_justification="fair_use"><license>cc_by</license></usage_rights></file>
    <file identifier="g404"><hidden>true</hidden></file>
  </files>
</fileMeta>"""


def test_what_files_meta_says_is_read_and_written_again() -> None:
    member = "web_resources/Week 1/a.pdf"
    importing, codes = read({member: b"abc", files_meta.PATH: FILES_META}, webcontent("g1", member))
    assert codes == [("file_unknown", files_meta.PATH)]
    file = found_files(importing)["g1"]
    assert (file.locked, file.unlock_at, file.category) == (True, "2026-01-31T06:59:00Z", "icon_maker_icons")
    assert file.usage_rights == UsageRights(use_justification="fair_use", license="cc_by")
    states = {f.name: (f.hidden, f.locked) for f in importing.all(Kind.FOLDERS) if isinstance(f, Folder)}
    assert states == {"course files": (None, None), "Week 1": (True, None), "empty": (None, True)}
    for name, value in STORED.items():
        setattr(file, name, value)
    again = parsed(files_meta.document(packing_of(file, folders=tuple(importing.all(Kind.FOLDERS)))))  # type: ignore[arg-type]
    (written,) = again.findall(".//{*}file")
    assert children(written)[:4] == [
        ("locked", "true"),
        ("unlock_at", "2026-01-31T06:59:00"),
        ("display_name", "a.pdf"),
        ("category", "icon_maker_icons"),
    ]


def test_a_package_without_files_meta_states_locks_and_rights_in_its_manifest() -> None:
    rights = ResourceRights(restricted=True, description="(c) Ada\\nCC Attribution")
    members = {"web_resources/a": b"", "web_resources/b": b""}
    importing, _ = read(
        members,
        webcontent("g1", "web_resources/a", instructor_only=True, rights=rights),
        webcontent("g2", "web_resources/b"),
    )
    found = found_files(importing)
    assert (found["g1"].locked, found["g2"].locked) == (True, None)
    assert found["g1"].usage_rights == UsageRights(legal_copyright="(c) Ada", license="cc_by")


def test_a_file_that_no_resource_lists_is_taken_in_with_a_warning() -> None:
    importing, codes = read({"web_resources/x/a.txt": b"a"})
    assert codes == [("file_unlisted", "web_resources/x/a.txt")]
    assert list(found_files(importing)) == [hashed("web_resources/x/a.txt")]


def test_a_listed_file_that_is_not_there_is_a_file_without_bytes() -> None:
    importing, _ = read({}, webcontent("g1", "web_resources/a.mp3"))
    assert found_files(importing)["g1"].size is None
    assert importing.files == {}


def test_a_file_listed_twice_is_one_file_under_two_identifiers() -> None:
    member = "web_resources/a.jpg"
    importing, codes = read({member: b"x"}, webcontent("g1", member), webcontent("g2", member))
    assert codes == [("file_repeated", member)]
    assert list(found_files(importing)) == ["g1"]
    assert importing.id_of(Kind.FILES, "g2") == found_files(importing)["g1"].id


def test_all_resources_of_a_file_come_back_and_the_file_is_packed_once() -> None:
    member = "web_resources/a.jpg"
    importing, _ = read({member: b"x"}, *(webcontent(name, member) for name in ("g1", "g2", "3_of_them")))
    (file,) = found_files(importing).values()
    packing = packing_of(replace(file, **STORED), folders=(Folder(id=file.folder_id or 0, name="course files"),))
    packing.keys = Keys({(Kind.FILES, file.id, ""): "g1"})
    members, resources = packed(files.write, packing)
    assert list(members) == [member]
    expected = [webcontent(name, member) for name in ("g1", "g2", as_id("3_of_them"))]
    assert list(resources) == expected


def test_every_file_of_a_foreign_resource_is_taken_in() -> None:
    members = {"R/a.png": b"a", "R/b.png": b"b", "D/x.xml": b"<x/>", "D/c.gif": b"c", "wiki_content/p.html": b""}
    importing, codes = read(
        members,
        Resource("R", WEBCONTENT, files=("R/a.png", "R/b.png")),
        Resource("D", LEARNING_APPLICATION, files=("D/x.xml", "D/c.gif")),
        Resource("P", WEBCONTENT, href="wiki_content/p.html", files=("wiki_content/p.html",)),
        Resource("V", WEBCONTENT, files=("fallback.html",), variant_of="g9"),
    )
    assert codes == []
    assert {identifier: file.display_name for identifier, file in found_files(importing).items()} == {
        "R": "a.png",
        hashed("R/b.png"): "b.png",
        "D": "x.xml",
        hashed("D/c.gif"): "c.gif",
    }


SRT = "1\n00:00:00,000 --> 00:00:02,000\nHello & <b>"


def test_captions_go_into_the_document_and_beside_their_file() -> None:
    track = MediaTrack(id=1, file_id=5, kind="subtitles", locale="en", content=SRT)
    of_another = MediaTrack(id=2, file_id=99, kind="subtitles", locale="en", content="x")
    packing = packing_of(a_file(5, "v.mp4"), tracks=[track, of_another], select={"files": ["5"]})
    members, resources = packed(files.write, packing)
    path = "web_resources/Week 1/v.mp4.en.subtitles"
    assert members[path] == SRT.encode()  # type: ignore[comparison-overlap]
    assert Resource(hashed(SRT), WEBCONTENT, href=path, files=(path,)) in list(resources)
    (media,) = parsed(media_tracks.document(packing))
    assert media.get("identifierref") == key(Kind.FILES, 5)
    assert dict(media[0].attrib) == {"kind": "subtitles", "locale": "en", "identifierref": hashed(SRT)}
    assert media[0].text == SRT


def test_a_course_without_captions_has_an_empty_document() -> None:
    assert len(parsed(media_tracks.document(packing_of(a_file())))) == 0


def test_captions_of_a_file_that_is_not_there_are_in_the_document_alone() -> None:
    tracks = f'<media_tracks {CANVAS}><media identifierref="g9"><track locale="en">Hi</track></media></media_tracks>'
    importing, codes = read({media_tracks.PATH: tracks})
    assert codes == [("file_unknown", media_tracks.PATH)]
    packing = a_packing(importing.objects)
    assert packed(files.write, packing)[0] == {}
    assert parsed(media_tracks.document(packing))[0][0].text == "Hi"


@pytest.mark.parametrize("inline", [True, False])
def test_captions_are_read_from_the_document_or_from_their_member_which_is_no_file(inline: bool) -> None:
    member, captions = "web_resources/v.mp4", "web_resources/v.mp4.en.subtitles"
    tracks = (
        f'<media_tracks {CANVAS}><media identifierref="g1">'
        f'<track kind="subtitles" locale="en" identifierref="t1">{"inline" if inline else ""}</track></media></media_tracks>'
    )
    importing, codes = read(
        {member: b"v", captions: b"beside", media_tracks.PATH: tracks},
        webcontent("g1", member),
        webcontent("t1", captions),
    )
    assert codes == []
    assert list(found_files(importing)) == ["g1"]
    (track,) = importing.all(Kind.MEDIA_TRACKS)
    assert isinstance(track, MediaTrack)
    assert (track.file_id, track.kind, track.locale, track.migration_id) == (
        found_files(importing)["g1"].id,
        "subtitles",
        "en",
        "t1",
    )
    assert track.content == ("inline" if inline else "beside")


def test_a_rest_file_spells_its_content_type_with_a_hyphen() -> None:
    rest = {"id": 5, "display_name": "a.pdf", "content-type": "application/pdf", "url": "https://x", "size": 3}
    file = File.from_json(rest)
    assert (file.content_type, file.extra) == ("application/pdf", {"url": "https://x"})
    assert file.to_json() == rest
    assert File.from_json({"id": 5, "filename": "my+file.pdf"}).display_name == "my file.pdf"


def test_a_file_is_stored_once_all_of_its_record_is_known() -> None:
    assert a_file(crc32=zlib.crc32(b"abc")).stored == StoredFile("ab" * 32, 3, zlib.crc32(b"abc"), compressible=True)
    assert a_file(crc32=None).stored is None


def test_files_come_back_in_the_order_of_the_manifest_whatever_was_named_first() -> None:
    importing = an_importing()
    importing.id_of(Kind.FILES, "g2")  # the picture of the course, before any file is read
    resources = [Resource(f"g{n}", "webcontent", files=(f"web_resources/{n}.txt",)) for n in (1, 2, 3)]
    files.read(a_source({f"web_resources/{n}.txt": b"." for n in (1, 2, 3)}, resources), importing)
    course = a_packing(importing.objects).course
    assert [file.display_name for file in course.each(Kind.FILES)] == ["1.txt", "2.txt", "3.txt"]


@pytest.mark.parametrize(("name", "step"), [("a/b", "a_b"), ("..", "_"), ("x" * 300, "x" * 255)])
def test_a_folder_whose_name_is_no_step_of_a_path_is_reported_where_it_holds_a_packed_file(
    name: str, step: str
) -> None:
    renamed, empty = Folder(id=2, name=name, parent_folder_id=1), Folder(id=3, name="c/d", parent_folder_id=1)
    packing = packing_of(a_file(5, folder_id=2), folders=(ROOT, renamed, empty))
    members, _ = packed(files.write, packing)
    assert [path.split("/")[1] for path in members] == [step]
    assert [(w.code, w.item_id, w.place) for w in packing.report.warnings] == [("renamed", 2, f"web_resources/{step}/")]


def test_a_name_that_is_no_step_of_a_path_stands_in_the_document_on_files() -> None:
    packing = packing_of(a_file(5, "a/b.txt"), a_file(6, "a_b.txt"), a_file(7, "plain.txt"))
    root = parsed(files_meta.document(packing))
    assert [element.findtext("{*}display_name") for element in root.iter("{*}file")] == ["a/b.txt", "a_b.txt"]
