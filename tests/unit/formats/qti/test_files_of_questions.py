"""Pictures and media of every HTML that a quiz has are in its package, and named by it, whatever its form."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import etree

from shared.domain.content.course import Course
from shared.domain.content.registry import from_json
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.importing import Importing
from tests.support import roundtrip
from tests.support.memory_course import MemoryCourse, stored

PICTURE = b"\x89PNG\r\n\x1a\n"
AT = "/courses/4711/files/7"
IMAGE = f'<p>Look: <img src="{AT}/preview" alt="it"></p>'
SPELLINGS = {
    "a picture": IMAGE,
    "a picture of a bank question": '<p><img src="/assessment_questions/9/files/7/download?verifier=x"></p>',
    "a link": f'<p><a href="{AT}?wrap=1">the plan</a></p>',
    "an absolute address": f'<p><img src="https://canvas.example.edu{AT}/preview"></p>',
    "a media comment": '<p><a class="instructure_inline_media_comment" id="media_comment_m-1" href="/x">film</a></p>',
    "a media player": '<iframe data-media-type="video" src="/media_objects_iframe/m-1?type=video"></iframe>',
}
CHOICE = {"id": 1, "text": "Yes", "weight": 100}
PLACES: dict[str, dict[str, Any]] = {
    "question_text": {"question_text": IMAGE},
    "correct_comments_html": {"correct_comments_html": IMAGE},
    "incorrect_comments_html": {"incorrect_comments_html": IMAGE},
    "neutral_comments_html": {"neutral_comments_html": IMAGE},
    "answers.html": {"answers": [{**CHOICE, "html": IMAGE}]},
    "answers.comments_html": {"answers": [{**CHOICE, "comments_html": IMAGE}]},
    "answers.left_html": {
        "question_type": "matching_question",
        "answers": [{"id": 1, "left_html": IMAGE, "match_id": 2}],
        "matches": [{"match_id": 2, "text": "b"}],
    },
    "text_after_answers": {"question_type": "missing_word_question", "text_after_answers": IMAGE},
    "matches.html": {
        "question_type": "categorization_question",
        "answers": [{"id": "c", "text": "c", "match_ids": ["m"]}],
        "matches": [{"match_id": "m", "html": IMAGE}],
    },
}
HOT_SPOT = {"question_type": "hot_spot_question", "new_quiz": {"image_url": AT}}
FORMS: dict[str, dict[str, Any]] = {
    "canvas": {"version": "1.2"},
    "generic": {"version": "1.2", "target": Target.GENERIC},
    "2.1": {"version": "2.1"},
    "cartridge": {"version": "1.1", "export_type": "common_cartridge"},
}


def package(form: str, question: dict[str, Any], **quiz: Any) -> dict[str, bytes]:
    """The members of a package with one quiz of one question, with the only file of the course packed if it is named."""
    place = {"id": 7, "folder_id": 1, "display_name": "a b & c.mp4", "media_entry_id": "m-1", "published": True}
    asked = {"id": 7, "quiz_id": 5, "question_type": "multiple_choice_question", "answers": [CHOICE]}
    objects = {
        Kind.FOLDERS: [{"id": 1, "name": "course files", "full_name": "course files"}],
        Kind.FILES: [{**place, **stored(PICTURE)}],
        Kind.QUIZZES: [{"id": 5, "title": "Optics", **quiz}],
        Kind.QUIZ_QUESTIONS: [{**asked, **question}],
    }
    found = {kind: [from_json(kind, one) for one in all_] for kind, all_ in objects.items()}
    course = MemoryCourse(Course(id=roundtrip.COURSE_ID, name="Physics"), found, {})
    loaded = roundtrip.Loaded(Importing(course_id=roundtrip.COURSE_ID, next_id=lambda: 0), course)
    select = {"quizzes": ["5"]} if form == "cartridge" else None  # all of a cartridge has all files
    work = roundtrip.packing(loaded, select=select, **{"export_type": "qti", **FORMS[form]})
    return {e.path: e.body if isinstance(e.body, bytes) else PICTURE for e in roundtrip.members(work)}


def assert_packed_and_named(members: dict[str, bytes], form: str) -> None:
    path = "web_resources/a b & c.mp4"
    assert path in members
    documents = {name: etree.fromstring(body) for name, body in members.items() if name.endswith((".xml", ".qti"))}
    assert _addresses(documents, form) >= {path}
    manifest = documents["imsmanifest.xml"]
    files = {r.get("identifier"): unquote(r.get("href") or "") for r in manifest.iter("{*}resource")}
    identifier = next(name for name, href in files.items() if href == path)
    if form in ("generic", "2.1"):
        assert manifest.find(f".//{{*}}dependency[@identifierref='{identifier}']") is not None


def _addresses(documents: dict[str, etree._Element], form: str) -> set[str]:
    """The members that the documents lead to: by token, or by paths beside them."""
    found = set()
    for name, root in documents.items():
        texts = [text for element in root.iter() for text in (element.text or "", *map(str, element.attrib.values()))]
        for text in texts:
            for part in unquote(text).replace("&amp;", "&").replace('"', "\n").split("\n"):
                address = part.partition("?")[0]
                if form in ("canvas", "cartridge") and address.startswith("$IMS-CC-FILEBASE$/"):
                    found.add("web_resources/" + address.removeprefix("$IMS-CC-FILEBASE$/"))
                elif address.startswith("../"):
                    found.add(posixpath.normpath(posixpath.join(posixpath.dirname(name), address)))
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_a_picture_in_any_html_of_a_question_is_packed(place: str, form: str) -> None:
    assert_packed_and_named(package(form, PLACES[place]), form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_file_is_packed_however_it_is_named(spelling: str, form: str) -> None:
    assert_packed_and_named(package(form, {"question_text": SPELLINGS[spelling]}), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_in_the_description_of_a_quiz_is_packed(form: str) -> None:
    assert_packed_and_named(package(form, {}, description=IMAGE), form)


@pytest.mark.parametrize("form", ["canvas", "cartridge"])
def test_the_picture_of_a_hot_spot_is_packed(form: str) -> None:
    assert_packed_and_named(package(form, HOT_SPOT), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_nothing_names_is_not_packed(form: str) -> None:
    assert not [name for name in package(form, {"question_text": "<p>?</p>"}) if name.startswith("web_resources")]
