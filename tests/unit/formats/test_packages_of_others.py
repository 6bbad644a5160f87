"""What comes of each shared package that Canvas did not write, or that is broken: judged by zipfile and lxml alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from lxml import etree

from shared.domain.kinds import Kind
from shared.formats.identifiers import hashed
from tests.support import roundtrip
from tests.support.package_checkers import faults
from tests.support.shared import needs_shared, package
from tests.support.source_package import SourcePackage

pytestmark = needs_shared


def of_kind(loaded: roundtrip.Loaded, kind: Kind) -> dict[str, Any]:
    return {item.migration_id or "": item for item in loaded.importing.objects.get(kind, [])}


def counts(loaded: roundtrip.Loaded) -> dict[str, int]:
    return {str(kind): len(found) for kind, found in loaded.importing.objects.items() if found}


def warnings_of(loaded: roundtrip.Loaded) -> Counter[tuple[str, str | None]]:
    """(code, place) of the warnings, those on single questions aside."""
    found = ((warning.code, warning.place) for warning in loaded.importing.warnings)
    return Counter(pair for pair in found if not pair[0].startswith("qti"))


def modules(loaded: roundtrip.Loaded) -> list[tuple[str, list[tuple[str, int]]]]:
    """(name, items) of the modules; an item is (title, indent)."""
    items: dict[int, list[tuple[str, int]]] = {}
    for item in loaded.importing.objects.get(Kind.MODULE_ITEMS, []):
        items.setdefault(item.module_id, []).append((item.title, item.indent))  # type: ignore[attr-defined]
    return [(m.label, items.get(m.id, [])) for m in loaded.importing.objects.get(Kind.MODULES, [])]


def as_listed(source: SourcePackage) -> list[tuple[str, list[tuple[str, int]]]]:
    return [(title, [(name, depth) for name, _, depth in items]) for title, items in source.modules()]


def again(loaded: roundtrip.Loaded, tmp_path: Path) -> tuple[SourcePackage, list[tuple[str, str]]]:
    """The export of what was loaded, and the errors of it."""
    out = tmp_path / "again.imscc"
    roundtrip.export(loaded, out)
    return SourcePackage(out), faults(out)


def but_for_names(errors: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Errors other than that something is called as XML allows no identifier to be: so its package calls it."""
    return [error for error in errors if "is not a valid value of the atomic type 'xs:ID'" not in error[1]]


def check_validation_cartridge(loaded: roundtrip.Loaded, source: SourcePackage) -> None:
    """The contents of the validation cartridge of 1EdTech, as far as the package holds them."""
    assert loaded.course.course.name == source.title == "Common Cartridge Test Data Set - Validation Cartridge 1"
    assert modules(loaded) == as_listed(source)
    topics = of_kind(loaded, Kind.DISCUSSION_TOPICS)
    assert {name: topic.title for name, topic in topics.items()} == {
        name: root.findtext("{*}title") for name, root in source.documents("imsdt").items()
    }
    urls = {item.external_url for item in loaded.importing.objects[Kind.MODULE_ITEMS] if item.type == "ExternalUrl"}  # type: ignore[attr-defined]
    links = {root.find("{*}url").get("href") for root in source.documents("imswl").values()}
    assert urls - {None} == links
    tools = of_kind(loaded, Kind.EXTERNAL_TOOLS)
    assert {name: tool.url for name, tool in tools.items()} == {
        name: root.findtext("{*}secure_launch_url") or root.findtext("{*}launch_url")
        for name, root in source.documents("imsbasiclti").items()
    }
    for name, root in source.documents("imsqti").items():
        kind = Kind.QUESTION_BANKS if root.find("{*}objectbank") is not None else Kind.QUIZZES
        questions = Kind.BANK_QUESTIONS if kind is Kind.QUESTION_BANKS else Kind.QUIZ_QUESTIONS
        assert name in of_kind(loaded, kind)
        assert len(loaded.importing.objects[questions]) == len(root.findall(".//{*}item"))


def attached(loaded: roundtrip.Loaded, topic: str) -> list[str]:
    names = {file.id: file.label for file in loaded.importing.objects[Kind.FILES]}
    return [names[a.id] for a in of_kind(loaded, Kind.DISCUSSION_TOPICS)[topic].attachments]


def test_cc_full_test_is_taken_in_but_for_a_link_without_a_file_and_the_intended_use_of_two(tmp_path: Path) -> None:
    path = package("cc_full_test.zip")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    check_validation_cartridge(loaded, source)
    assert source.missing() == ["I_00008_R.xml"]
    assert warnings_of(loaded) == Counter(
        [
            ("metadata_not_mapped", "imsmanifest.xml"),
            ("member_missing", "I_00008_R.xml"),
            ("web_link_unreadable", "I_00008_R.xml"),
            ("element_unknown", "I_00010_R.xml"),
            ("element_unknown", "I_00010_R.xml"),
            ("intended_use_dropped", "f4/f4.jpg"),
            ("intended_use_dropped", "f5/f5.html"),
            ("member_not_mapped", "I_00003_R/.DS_Store"),
        ]
    )
    assert attached(loaded, "I_00006_R") == ["angry_person.jpg"]
    assert attached(loaded, "I_00009_R") == ["angry_person.jpg", "smiling_dog.jpg"]
    out, errors = again(loaded, tmp_path)
    assert errors == []
    files = {name for name in source.members if name.endswith((".jpg", ".png", ".html"))}
    assert {name: out.members[f"web_resources/{name}"] for name in files} == {n: source.members[n] for n in files}


def test_canvas_small_is_the_validation_cartridge_with_outcomes(tmp_path: Path) -> None:
    path = package("canvas_small_1.1.imscc")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    check_validation_cartridge(loaded, source)
    outcomes = source.xml("course_settings/learning_outcomes.xml")
    assert {name: o.title for name, o in of_kind(loaded, Kind.LEARNING_OUTCOMES).items()} == {
        element.get("identifier"): element.findtext("{*}title") for element in outcomes.iter("{*}learningOutcome")
    }
    assert set(of_kind(loaded, Kind.LEARNING_OUTCOME_GROUPS)) == {
        element.get("identifier") for element in outcomes.iter("{*}learningOutcomeGroup")
    }
    assert {code for code, _ in warnings_of(loaded)} == {
        "metadata_not_mapped",
        "member_missing",
        "web_link_unreadable",
        "element_unknown",
        "intended_use_dropped",
        "member_not_mapped",
    }
    assert again(loaded, tmp_path)[1] == []


def test_the_corrupt_canvas_small_keeps_what_is_there_and_states_every_file_that_is_not(tmp_path: Path) -> None:
    path = package("canvas_small_1.1.corrupt.imscc")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    check_validation_cartridge(loaded, source)
    warned = warnings_of(loaded)
    assert {place for code, place in warned if code == "member_missing"} == set(source.missing())
    assert len(source.missing()) == 16  # f3/f3.jpg is listed twice
    assert {
        code: n for code, n in Counter(code for code, _ in warned.elements()).items() if code != "member_missing"
    } == {
        "metadata_not_mapped": 1,
        "attachment_missing": 2,
        "element_unknown": 2,
        "intended_use_dropped": 2,
        "web_link_unreadable": 2,
        "item_without_content": 2,  # the quiz and the first topic
    }
    assert {w.place for w in loaded.importing.warnings if w.code == "qti_missing"} == {"I_00003_R", "I_00004_R"}
    assert again(loaded, tmp_path)[1] == []


def test_cc_pattern_match_has_its_quiz_and_its_bank(tmp_path: Path) -> None:
    path = package("cc_pattern_match.zip")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    check_validation_cartridge(loaded, source)
    assert source.missing() == []
    assert warnings_of(loaded) == Counter([("metadata_not_mapped", "imsmanifest.xml")])
    assert counts(loaded) == {
        "discussion_topics": 1,
        "question_banks": 1,
        "bank_questions": 11,
        "quizzes": 1,
        "quiz_questions": 11,
        "folders": 4,
        "files": 3,
        "module_items": 5,
        "modules": 1,
    }
    assert again(loaded, tmp_path)[1] == []


def test_cc_lti_combine_test_is_five_tools_with_their_addresses_and_custom_fields(tmp_path: Path) -> None:
    path = package("cc_lti_combine_test.zip")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    links = source.documents("imsbasiclti")
    tools = of_kind(loaded, Kind.EXTERNAL_TOOLS)
    assert len(links) == 5
    for name, root in links.items():
        assert tools[name].name == root.findtext("{*}title")
        assert tools[name].url == root.findtext("{*}secure_launch_url")
        assert [(p.name, p.value) for p in tools[name].custom_fields] == [
            (p.get("name"), p.text or "") for p in root.iterfind("{*}custom/{*}property")
        ]
    items = loaded.importing.objects[Kind.MODULE_ITEMS]
    assert [(i.title, i.type, i.content_id) for i in items] == [  # type: ignore[attr-defined]
        (title, "ExternalTool", tools[f"TOOL_{number}"].id) for number, (title, _) in enumerate(source.modules(), 1)
    ]
    assert [module for module, _ in modules(loaded)] == ["CC LTI test"]  # the items lie in no module
    assert warnings_of(loaded) == Counter(
        [("metadata_not_mapped", "imsmanifest.xml"), ("member_not_mapped", "res/.DS_Store")]
    )
    out, errors = again(loaded, tmp_path)
    assert errors == []
    assert {name: root.findtext("{*}secure_launch_url") for name, root in out.documents("imsbasiclti").items()} == {
        name: root.findtext("{*}secure_launch_url") for name, root in links.items()
    }


def test_intro_chem_has_every_web_link_though_each_has_a_faulty_namespace(tmp_path: Path) -> None:
    path = package("intro_chem.imscc")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    links = source.documents("imswl")
    assert len(links) == 163
    assert loaded.course.course.name == source.title
    assert modules(loaded) == as_listed(source)
    expected = [links[ref or ""].find("{*}url").get("href") for _, items in source.modules() for _, ref, _ in items]
    assert [item.external_url for item in loaded.importing.objects[Kind.MODULE_ITEMS]] == expected  # type: ignore[attr-defined]
    assert warnings_of(loaded) == Counter(("xml_repaired", files[0]) for files in source.resources("imswl").values())
    out, errors = again(loaded, tmp_path)
    assert errors == []
    assert [root.find("{*}url").get("href") for root in out.documents("imswl").values()] == expected


def test_canvas_cc_gem_course_is_read_as_canvas_though_its_syllabus_is_not_there(tmp_path: Path) -> None:
    path = package("canvas_cc_gem_course.imscc")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    settings = [name for name in source.members if name.endswith("assignment_settings.xml")]
    assert sorted(a.name for a in of_kind(loaded, Kind.ASSIGNMENTS).values()) == sorted(
        source.xml(name).findtext("{*}title") or "" for name in settings
    )
    assert counts(loaded) == {"grading_standards": 1, "assignment_groups": 1, "assignments": 3, "folders": 1}
    assert loaded.course.course.name == source.xml("course_settings/course_settings.xml").findtext("{*}title")
    assert source.missing() == ["course_settings/syllabus.html"]
    assert warnings_of(loaded) == Counter([("member_missing", "course_settings/syllabus.html")])
    assert but_for_names(again(loaded, tmp_path)[1]) == []


def test_the_cc2olx_fixture_keeps_each_of_its_kinds_and_states_what_stands_aside(tmp_path: Path) -> None:
    path = package("cc2olx-fixture-main.imscc")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    meta = source.xml("course_settings/module_meta.xml")
    assert [name for name, _ in modules(loaded)] == [m.findtext("{*}title") for m in meta.iterfind("{*}module")]
    assert len(of_kind(loaded, Kind.EXTERNAL_TOOLS)) == len(source.resources("imsbasiclti"))
    assert len(of_kind(loaded, Kind.ASSIGNMENTS)) == len(source.resources("assignment"))
    assert len(of_kind(loaded, Kind.QUIZZES)) == len(source.resources("imsqti"))
    assert len(of_kind(loaded, Kind.PAGES)) == sum(name.startswith("wiki_content/") for name in source.members)
    urls = {root.find("{*}url").get("href") for root in source.documents("imswl").values()}
    items = loaded.importing.objects[Kind.MODULE_ITEMS]
    assert urls <= {item.external_url for item in items}  # type: ignore[attr-defined]
    assert warnings_of(loaded) == Counter(
        [
            ("instructor_text", "assignments/assignment_2.xml"),
            ("file_unlisted", "web_resources/QuizImages/fractal.jpg"),
            ("member_not_mapped", "web_link_content.xml"),
        ]
    )
    assert but_for_names(again(loaded, tmp_path)[1]) == []


def test_a_course_without_anything_to_show_is_a_module_of_headers_and_links(tmp_path: Path) -> None:
    path = package("course-with-no-showable-resources.imscc")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    meta = source.xml("course_settings/module_meta.xml")
    assert [title for _, items in modules(loaded) for title, _ in items] == [
        item.findtext("{*}title") for item in meta.iter("{*}item")
    ]
    assert counts(loaded) == {"folders": 1, "modules": 1, "module_items": 5}
    assert warnings_of(loaded) == Counter(("member_missing", member) for member in source.missing())
    assert again(loaded, tmp_path)[1] == []


def test_whatthebackslash_keeps_two_files_that_its_manifest_does_not_list(tmp_path: Path) -> None:
    path = package("whatthebackslash.zip")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    unlisted = sorted(set(source.members) - {"imsmanifest.xml"})
    assert set(of_kind(loaded, Kind.FILES)) == {hashed(name) for name in unlisted}
    native = ("native_package", "imsmanifest.xml")
    assert warnings_of(loaded) == Counter([native, *(("file_unlisted", name) for name in unlisted)])
    out, errors = again(loaded, tmp_path)
    assert errors == []
    assert {name: out.members[f"web_resources/{name}"] for name in unlisted} == {n: source.members[n] for n in unlisted}


def test_test_quiz_is_a_content_package_of_one_page_and_schemas(tmp_path: Path) -> None:
    path = package("test_quiz.zip")
    source, loaded = SourcePackage(path), roundtrip.load(path)
    [(identifier, [file])] = source.resources("webcontent").items()
    assert {name: found.label for name, found in of_kind(loaded, Kind.FILES).items()} == {identifier: file}
    [item] = loaded.importing.objects[Kind.MODULE_ITEMS]
    assert (item.type, item.content_id) == ("File", of_kind(loaded, Kind.FILES)[identifier].id)  # type: ignore[attr-defined]
    schemas = [name for name in source.members if name.endswith(".xsd")]
    of_manifest = [(code, "imsmanifest.xml") for code in ("metadata_not_mapped", "element_unknown")]  # its scormtype
    assert warnings_of(loaded) == Counter([*of_manifest, *(("member_not_mapped", name) for name in schemas)])
    out, errors = again(loaded, tmp_path)
    assert errors == []
    assert out.members[f"web_resources/{file}"] == source.members[file]


def items_of(source: SourcePackage) -> int:
    """The questions of a package of quizzes: items of QTI 1.2 and of QTI 2, in every document."""
    documents = [source.xml(name) for name in source.members if name.endswith((".xml", ".qti"))]
    return sum(
        len(root.findall(".//{*}item[@ident]")) + (etree.QName(root).localname == "assessmentItem")
        for root in documents
    )


def check_quizzes(name: str, titles: set[str], codes: set[str]) -> None:
    """A package of quizzes: its quizzes by their titles, and every item a question, or a warning."""
    source, loaded = SourcePackage(package(name)), roundtrip.load(package(name))
    assert {quiz.label for quiz in loaded.importing.objects.get(Kind.QUIZZES, [])} == titles
    asked = counts(loaded).get("quiz_questions", 0) + counts(loaded).get("bank_questions", 0)
    assert asked == items_of(source) > 0
    assert Kind.MODULES not in loaded.importing.objects or not loaded.importing.objects[Kind.MODULES]
    assert {code for code, _ in warnings_of(loaded)} == codes


def titles_of(name: str) -> set[str]:
    source = SourcePackage(package(name))
    roots = [source.xml(member) for member in source.members if member.endswith(".xml")]
    return {a.get("title") for root in roots for a in root.findall("{*}assessment")}


def test_two_essay_quizzes_in_one_zip_are_two_quizzes_with_their_assignments() -> None:
    name = "qti-gem-test_qti_1.2_multi.zip"
    check_quizzes(name, titles_of(name), set())
    assert counts(roundtrip.load(package(name)))["assignments"] == 2


def test_a_quiz_of_four_types_is_one_quiz_with_its_assignment() -> None:
    name = "qti-gem-test_qti_1.2_canvas.zip"
    check_quizzes(name, titles_of(name), set())
    assert counts(roundtrip.load(package(name)))["assignments"] == 1


def test_a_quiz_by_text2qti_has_its_seven_questions() -> None:
    check_quizzes("quiz.zip", titles_of("quiz.zip"), set())


def test_quizzes_of_respondus_bring_their_pictures(tmp_path: Path) -> None:
    name = "spec-canvas-1.zip"
    check_quizzes(name, titles_of(name), {"metadata_not_mapped"})
    loaded, source = roundtrip.load(package(name)), SourcePackage(package(name))
    assert {file.label for file in loaded.importing.objects[Kind.FILES]} == {"header-logo.png", "smiley.jpg"}
    assert {"header-logo.png", "smiley.jpg"} <= set(source.members)
    assert again(loaded, tmp_path)[1] == []


def test_new_quizzes_are_read_though_their_settings_declare_a_namespace_that_is_invalid() -> None:
    for name in ("newquiz-question-matching-history.zip", "newquiz-question-upload-history.zip"):
        check_quizzes(name, titles_of(name), {"xml_repaired"})


def test_a_quiz_that_draws_from_a_bank_elsewhere_is_empty_and_names_the_bank() -> None:
    loaded = roundtrip.load(package("qti-gem-test_qti_1.2_bank_entry_item.zip"))
    source = SourcePackage(package("qti-gem-test_qti_1.2_bank_entry_item.zip"))
    [asked] = source.xml("quiz.xml").iterfind(".//{*}bankentry_item")
    assert counts(loaded) == {"quizzes": 1, "folders": 1}
    [warning] = [w for w in loaded.importing.warnings if w.code.startswith("qti")]
    assert (warning.place, (asked.get("item_ref") or "?") in warning.message) == ("quiz.xml", True)


def test_every_item_of_the_conformance_packages_of_qti_2_is_a_question_or_reported() -> None:
    for name in ("VE_IP_01.zip", "VE_TP_01.zip"):
        source, loaded = SourcePackage(package(name)), roundtrip.load(package(name))
        asked = counts(loaded).get("quiz_questions", 0) + counts(loaded).get("bank_questions", 0)
        left_out = [w for w in loaded.importing.warnings if w.code == "qti2_not_mapped" and "Item" in (w.place or "")]
        assert asked + len(left_out) == items_of(source) == 1
