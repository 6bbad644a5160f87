"""The page of a package: the course as a person reads it, complete in itself, without the keys of its quizzes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.content.course import Course
from shared.domain.content.files import File, Folder
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.questions import QuizQuestion
from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.archive.package import archive
from shared.formats.archive.permissions import RequesterRights
from shared.formats.offline.links import FieldLinks, PageLinks
from shared.formats.packing import Packing
from tests.support import offline
from tests.support.memory_course import stored
from tests.support.offline import a_course, addresses, page_of
from tests.support.roundtrip import load, packing
from tests.support.shared import REPOSITORY

SAMPLE = REPOSITORY / "deploy" / "sample"
TEACHER = RequesterRights(datetime(2027, 1, 1, tzinfo=UTC), manages_files=True, reads_as_admin=True, reads_files=True)


@cache
def sample(export_type: str = "common_cartridge", version: str = "1.1", target: Target = Target.CANVAS) -> offline.Page:
    return page_of(packing(load(SAMPLE), version, export_type=export_type, target=target))


def in_zip(files: list[File], folders: list[Folder] | None = None) -> tuple[Packing, offline.Page]:
    work = a_course(
        {Kind.FOLDERS: folders or [Folder(id=1, name="course files")], Kind.FILES: files}, export_type="zip"
    )
    return work, page_of(work, entries=archive(work, TEACHER).entries)


def test_the_page_is_the_last_member_and_no_member_is_another_without_it() -> None:
    work = packing(load(SAMPLE))
    without = [entry.path for entry in offline.members(work)]
    assert sample().members == [*without, "index.html"]


@pytest.mark.parametrize(
    ("export_type", "version", "target"),
    [
        ("common_cartridge", "1.1", Target.CANVAS),
        ("common_cartridge", "1.3", Target.GENERIC),
        ("qti", "1.2", Target.CANVAS),
        ("qti", "2.1", Target.CANVAS),
    ],
)
def test_every_link_of_the_page_leads_to_a_member_or_a_place_of_the_page(
    export_type: str, version: str, target: Target
) -> None:
    page = sample(export_type, version, target)
    assert page.broken_links() == []
    assert any(each.startswith("web_resources/") for each in addresses(page.root))


def test_the_page_has_no_script_and_loads_nothing_from_elsewhere() -> None:
    root, body = sample().root, sample().body.decode()
    assert not root.findall(".//script")
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or name == "style"]
    loaded = [each.get("src") for each in root.iter("img", "audio", "video", "source", "track") if each.get("src")]
    assert [each for each in loaded if "//" in each] == []
    policy = root.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    style = re.search("<style>(.*?)</style>", body, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "url(" not in style[1]


def test_the_page_has_landmarks_a_skip_link_and_headings_in_order() -> None:
    root = sample().root
    assert [len(root.findall(f".//{name}")) for name in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    assert root.body[0].get("href") == "#main"
    levels = [int(each.tag[1]) for each in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert all(each.get("alt") is not None for each in root.iter("img"))


def test_the_page_has_what_a_person_reads_of_each_kind() -> None:
    page = sample()
    titles = [each.text_content() for each in page.root.iter("h2")]
    assert titles == [
        "Contents", "Syllabus", "Modules", "Pages", "Assignments", "Discussions", "Announcements", "Quizzes", "Files",
        "Report of the export",
    ]  # fmt: skip
    course = load(SAMPLE).course
    for kind in (Kind.MODULES, Kind.PAGES, Kind.ASSIGNMENTS, Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS, Kind.QUIZZES):
        for item in course.each(kind):
            name = "discussion_topics" if kind is Kind.ANNOUNCEMENTS else kind
            assert item.label in page.article(f"{name}-{item.id}").find("h3").text_content()


def keyless(objects: dict[Kind, list[Any]]) -> dict[Kind, list[Any]]:
    """The objects without all that decides what is right, and without any comment."""
    gone = {"weight": None, "comments": None, "comments_html": None, "order": None, "points": None, "coordinates": None}
    blank = {f"{which}_comments{form}": None for which in ("correct", "incorrect", "neutral") for form in ("", "_html")}
    changed: dict[Kind, list[Any]] = dict(objects)
    for kind in (Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS):
        changed[kind] = [
            QuizQuestion.from_json(
                {**each.to_json(), **blank, "answers": [{**answer.to_json(), **gone} for answer in each.answers]}
            )
            for each in objects.get(kind, [])
        ]
    return changed


def test_quizzes_are_the_same_whatever_is_right_and_whatever_is_commented() -> None:
    course = load(SAMPLE).course
    objects = {kind: [*course.each(kind)] for kind in Kind}
    pages = []
    for each in (objects, keyless(objects)):
        work = a_course({kind: found for kind, found in each.items() if found}, version="1.2", export_type="qti")
        pages.append(page_of(work))
    sections = [json.dumps([part.text_content() for part in page.root.iter("article")]) for page in pages]
    assert sections[0] == sections[1]
    assert len(sections[0]) > 4000


@pytest.mark.parametrize(
    ("question", "secret"),
    [
        ({"question_type": "short_answer_question", "answers": [{"text": "Selene", "weight": 100}]}, "Selene"),
        ({"question_type": "numerical_question", "answers": [{"exact": 4711, "weight": 100}]}, "4711"),
        ({"question_type": "fill_in_multiple_blanks_question", "answers": [{"text": "Selene", "blank_id": "a"}]}, "Selene"),
        ({"question_type": "of_tomorrow", "answers": [{"text": "Selene", "weight": 100}]}, "Selene"),
        ({"question_type": "essay_question", "correct_comments": "Selene"}, "Selene"),
        ({"question_type": "true_false_question", "answers": [{"text": "True", "comments_html": "Selene"}]}, "Selene"),
    ],
)  # fmt: skip
def test_a_key_and_a_comment_are_not_in_the_page(question: dict[str, Any], secret: str) -> None:
    objects: dict[Kind, list[Any]] = {
        Kind.QUIZZES: [Quiz(id=1, title="Check")],
        Kind.QUIZ_QUESTIONS: [QuizQuestion.from_json({"id": 2, "quiz_id": 1, "question_text": "Who?", **question})],
    }
    work = a_course(objects, version="1.2", export_type="qti")
    article = page_of(work).article("quizzes-1")
    assert "Who?" in article.text_content()
    assert secret not in article.text_content()


def test_pairs_and_orders_are_shown_by_their_words() -> None:
    answers = [{"left": "spring", "right": "z"}, {"left": "neap", "right": "a"}]
    objects: dict[Kind, list[Any]] = {
        Kind.QUIZZES: [Quiz(id=1)],
        Kind.QUIZ_QUESTIONS: [
            QuizQuestion.from_json({"id": 2, "quiz_id": 1, "question_type": "matching_question", "answers": answers}),
            QuizQuestion.from_json(
                {
                    "id": 3,
                    "quiz_id": 1,
                    "question_type": "ordering_question",
                    "answers": [{"text": "third"}, {"text": "first"}],
                }
            ),
        ],
    }
    work = a_course(objects, version="1.2", export_type="qti")
    page = page_of(work)
    lists = [
        [each.text_content() for each in found.iter("li")]
        for found in page.root.iter("ul")
        if "choices" in found.classes
    ]
    assert lists == [["spring", "neap"], ["a", "z"], ["first", "third"]]


def test_the_page_is_in_the_first_language_that_has_a_catalogue() -> None:
    course = Course(id=1, name="Gezeiten", locale="de-CH")
    work = a_course({Kind.PAGES: [Page(id=1, url="a", title="A", body="<p>x</p>")]}, course)
    page = page_of(work, "fr", "de-CH")
    assert page.root.get("lang") == "de-CH"
    assert "Zum Inhalt springen" in page.text
    assert page.root.find(".//h1").get("lang") == "de-CH"


def test_a_page_in_another_direction_keeps_its_own() -> None:
    work = a_course({Kind.PAGES: [Page(id=1, url="a", title="مرحبا", body='<p dir="rtl" lang="ar">x</p>')]})
    article = page_of(work).article("pages-1")
    assert article.find(".//p").get("dir") == "rtl"
    assert article.find("h3").get("dir") == "auto"


def test_an_item_of_a_module_leads_to_its_object() -> None:
    objects: dict[Kind, list[Any]] = {
        Kind.FOLDERS: [Folder(id=1, name="course files")],
        Kind.FILES: [File(id=5, display_name="a b.txt", folder_id=1, **stored(b"x"))],
        Kind.PAGES: [Page(id=2, url="tides", title="Tides")],
        Kind.MODULES: [Module(id=1, name="Unit")],
        Kind.MODULE_ITEMS: [
            ModuleItem(id=1, module_id=1, title="Read", type="Page", page_url="tides"),
            ModuleItem(id=2, module_id=1, title="File", type="File", content_id=5),
            ModuleItem(id=3, module_id=1, title="Web", type="ExternalUrl", external_url="https://x.example/"),
            ModuleItem(id=4, module_id=1, title="Evil", type="ExternalUrl", external_url="javascript:alert(1)"),
        ],
    }
    found = page_of(a_course(objects)).article("modules-1").findall(".//a")
    assert [each.get("href") for each in found] == ["#pages-2", "web_resources/a%20b.txt", "https://x.example/"]


_FILM = '<video controls preload="none" aria-label="Talk"><source src="web_resources/c.mp4"></video>'


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ('<iframe src="/media_objects_iframe/m-1" data-media-type="video" title="Talk">x</iframe>', _FILM),
        ('<iframe src="/media_objects_iframe/m-2" data-media-type="video" title="Talk"></iframe>', '<a href="https://canvas.example.edu/media_objects_iframe/m-2" rel="noreferrer">Talk</a>'),
        ('<a class="instructure_inline_media_comment" id="media_comment_m-1" href="">c</a>', '<a id="pages-2--media_comment_m-1" href="web_resources/c.mp4" rel="noreferrer">c</a>'),
        ('<img src="/courses/1/files/5/preview?x=1&amp;y=2">', '<img src="web_resources/c.mp4" alt="c.mp4" loading="lazy">'),
        ('<a href="/courses/1/pages/tides#low">c</a>', '<a href="#pages-2" rel="noreferrer">c</a>'),
        ('<a href="/login">c</a>', '<a href="https://canvas.example.edu/login" rel="noreferrer">c</a>'),
        ('<a href="$1EdTech-CC-FILEBASE$/c.mp4">c</a>', '<a href="web_resources/c.mp4" rel="noreferrer">c</a>'),
        ("<b>/courses/1/files/5</b> &lt; /courses/1/pages/tides", "<b>web_resources/c.mp4</b> &lt; https://canvas.example.edu/courses/1/pages/tides"),
    ],
)  # fmt: skip
def test_what_becomes_of_references(written: str, becomes: str) -> None:
    film = File(id=5, display_name="c.mp4", folder_id=1, media_entry_id="m-1", **stored(b"x"))
    objects: dict[Kind, list[Any]] = {
        Kind.FOLDERS: [Folder(id=1, name="course files")],
        Kind.FILES: [film],
        Kind.PAGES: [Page(id=2, url="tides", title="Tides", body=f"{written}<hr>")],
    }
    assert f"{becomes}<hr>" in page_of(a_course(objects)).body.decode()


def test_a_zip_has_a_page_with_its_tree_of_files() -> None:
    folders = [Folder(id=1, name="course files"), Folder(id=2, name="Week 1", parent_folder_id=1)]
    files = [
        File(id=3, display_name="b:c #1.txt", folder_id=2, **stored(b"x" * 2000)),
        File(id=4, display_name="a.txt", folder_id=1, **stored(b"")),
    ]
    _, page = in_zip(files, folders)
    assert page.broken_links() == []
    tree = page.root.find(".//ul[@class='tree']")
    assert tree.text_content().split() == ["a.txt", "0", "byte", "Week", "1/", "b_c", "#1.txt", "2", "kB"]


@pytest.mark.parametrize(
    ("names", "index"),
    [(["index.html"], "index-1.html"), (["INDEX.html", "index-1.html"], "index-2.html"), (["index.htm"], "index.html")],
)
def test_a_file_with_the_name_of_the_page_keeps_it_and_the_report_says_so(names: list[str], index: str) -> None:
    files = [File(id=number, display_name=name, folder_id=1, **stored(b"x")) for number, name in enumerate(names, 2)]
    work, page = in_zip(files)
    assert page.name == index
    assert set(names) < set(page.members)
    warned = [each.place for each in work.report.warnings if each.code == "renamed"]
    assert warned == ([] if index == "index.html" else [index])


def test_the_report_of_the_page_groups_warnings_by_what_to_do() -> None:
    files = [File(id=2, display_name="lost.txt", folder_id=1), File(id=3, display_name="gone.txt", folder_id=1)]
    work, page = in_zip(files)
    (group,) = page.root.find_class("warnings")
    assert [each.code for each in work.report.warnings] == ["file_missing"] * 2
    assert len(group.findall(".//li")) == 2
    assert "lost.txt" in group.text_content()
    assert "Something is missing in the package." in page.text


def test_a_package_in_parts_says_that_all_belong_into_one_folder() -> None:
    work = a_course({Kind.FOLDERS: [Folder(id=1, name="course files")], Kind.FILES: []}, export_type="zip")
    page = page_of(work, entries=archive(work, TEACHER).entries, max_part_size=1_000_000)
    assert "several parts" in page.text


def test_an_object_that_cannot_be_shown_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    work = a_course({Kind.PAGES: [Page(id=1, url="a", title="A", body="x"), Page(id=2, url="b", title="B", body="y")]})
    entries, of_field = [*offline.members(work)], PageLinks.of_field

    def failing(links: PageLinks, html: str, kind: Kind, object_id: int, place: str) -> FieldLinks:
        return of_field(links, html, kind, 1 // (object_id - 1), place)

    monkeypatch.setattr(PageLinks, "of_field", failing)
    page = page_of(work, entries=entries)
    assert "This cannot be shown." in page.article("pages-1").text_content()
    assert "y" in page.article("pages-2").text_content()


@settings(max_examples=60, deadline=None)
@given(title=st.text(max_size=20), body=st.text(max_size=60), name=st.text(min_size=1, max_size=12))
def test_names_of_any_characters_stay_text(title: str, body: str, name: str) -> None:
    objects: dict[Kind, list[Any]] = {
        Kind.FOLDERS: [Folder(id=1, name="course files")],
        Kind.FILES: [File(id=5, display_name=f"<b>{name}", folder_id=1, **stored(b"x"))],
        Kind.PAGES: [Page(id=2, url="p", title=f"<script>{title}", body=f'<a href="/courses/1/files/5">{body}</a>')],
    }
    page = page_of(a_course(objects))
    assert page.broken_links() == []
    assert not page.root.findall(".//script")
    assert not page.root.findall(".//b")
    assert page.article("pages-2").find("h3").text_content().startswith("<script>")
