from __future__ import annotations

import html as standard
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.content.course import Course
from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.formats.canvas import html_page
from shared.formats.html.import_links import ImportLinks, rewrite_tokens
from shared.formats.importing import Importing
from tests.support import roundtrip
from tests.support.linked_course import COURSE_ID, Linked, objects
from tests.support.shared import CORPORA, needs_shared

KEYS = {kind: f"g{number:032x}" for number, kind in enumerate(Kind)}  # one identifier for each kind's first object


def an_importing() -> Importing:
    """The linked course as a package gave it: the first object of each kind is called by KEYS."""
    importing = Importing(course_id=COURSE_ID, next_id=count(1000).__next__, course=Course(id=COURSE_ID))
    for kind, items in objects().items():
        named = [replace(items[0], migration_id=KEYS[kind]), *items[1:]]
        importing.objects[kind] = named
    importing.file_paths = {"Week 1/name.pdf": 5, "Week 1/Q & A/50% of #1, a+b (ü).pdf": 6, "my talk.mp4": 7}
    return importing


def rewritten(text: str) -> tuple[str, Importing]:
    importing = an_importing()
    return ImportLinks(importing).rewrite(Kind.PAGES, 30, text, "body"), importing


def href(token: str) -> str:
    page, _ = rewritten(f'<a href="{standard.escape(token)}">')
    return standard.unescape(page.removeprefix('<a href="').removesuffix('">'))


EXAMPLES = [
    ("$IMS-CC-FILEBASE$/Week%201/name.pdf", "/courses/1/files/5"),
    ("$IMS_CC_FILEBASE$/Week%201/name.pdf", "/courses/1/files/5"),
    ("%24IMS-CC-FILEBASE%24/Week%201/name.pdf", "/courses/1/files/5"),
    ("$IMS-CC-FILEBASE$/Week 1/name.pdf", "/courses/1/files/5"),
    ("$IMS-CC-FILEBASE$/web_resources/Week%201/name.pdf", "/courses/1/files/5"),
    ("$IMS-CC-FILEBASE$/name.pdf", "/courses/1/files/5"),  # any file whose path ends so
    ("$IMS-CC-FILEBASE$../Week%201/name.pdf", "/courses/1/files/5"),
    ("$IMS-CC-FILEBASE$/Week%201/Q%20&%20A/50%25%20of%20%231,%20a+b%20(%C3%BC).pdf", "/courses/1/files/6"),
    (
        "$IMS-CC-FILEBASE$/Week%201/name.pdf?canvas_download=1&canvas_qs_wrap=1",
        "/courses/1/files/5/download?wrap=1",
    ),
    ("$IMS-CC-FILEBASE$/Week%201/name.pdf?canvas_=1&canvas_qs_wrap=1", "/courses/1/files/5?wrap=1"),
    ("$IMS-CC-FILEBASE$/Week%201/name.pdf?canvas_qs_a=1", "/courses/1/files/5/preview?a=1"),
    ("$IMS-CC-FILEBASE$/Week%201/name.pdf#page=2", "/courses/1/files/5#page=2"),
    (
        "$IMS-CC-FILEBASE$/my%20talk.mp4?canvas_=1&canvas_qs_type=video&media_attachment=true",
        "/courses/1/media_attachments_iframe/7?type=video",
    ),
    (f"$WIKI_REFERENCE$/pages/{KEYS[Kind.PAGES]}", "/courses/1/pages/some-slug"),
    (f"$WIKI_REFERENCE$/wiki/{KEYS[Kind.PAGES]}#x", "/courses/1/wiki/some-slug#x"),
    ("$WIKI_REFERENCE$/pages/some-slug?a=1", "/courses/1/pages/some-slug?a=1"),
    (f"$CANVAS_OBJECT_REFERENCE$/assignments/{KEYS[Kind.ASSIGNMENTS]}", "/courses/1/assignments/3"),
    (f"%24CANVAS_OBJECT_REFERENCE%24/quizzes/{KEYS[Kind.QUIZZES]}?a=1&b=2", "/courses/1/quizzes/3?a=1&b=2"),
    (f"$CANVAS_OBJECT_REFERENCE$/discussion_topics/{KEYS[Kind.ANNOUNCEMENTS]}", "/courses/1/discussion_topics/4"),
    (f"$CANVAS_OBJECT_REFERENCE$/announcements/{KEYS[Kind.ANNOUNCEMENTS]}", "/courses/1/announcements/4"),
    (f"$CANVAS_COURSE_REFERENCE$/modules/items/{KEYS[Kind.MODULE_ITEMS]}?x=1", "/courses/1/modules/items/9?x=1"),
    (
        f"$CANVAS_OBJECT_REFERENCE$/assignments/{KEYS[Kind.ASSIGNMENTS]}?module_item_id={KEYS[Kind.MODULE_ITEMS]}",
        "/courses/1/assignments/3?module_item_id=9",
    ),
    ("$CANVAS_COURSE_REFERENCE$/assignments/syllabus", "/courses/1/assignments/syllabus"),
    ("$CANVAS_COURSE_REFERENCE$/grades", "/courses/1/grades"),
    ("$CANVAS_COURSE_REFERENCE$/", "/courses/1/"),
    (f"$CANVAS_COURSE_REFERENCE$/file_ref/{KEYS[Kind.FILES]}/download", "/courses/1/files/5/download"),
]


DOLLARS = ["$", "&#36;", "&#036;", "&#x24;", "&dollar;"]


@pytest.mark.parametrize("dollar", DOLLARS)
@pytest.mark.parametrize("path", ["name.pdf", "Week 1/name.pdf"])
@pytest.mark.parametrize(("before", "behind"), [("", ""), (" ", ""), ("\n\t", "\n")])
def test_white_space_around_a_token_and_its_character_references_do_not_matter(
    dollar: str, path: str, before: str, behind: str
) -> None:
    page, importing = rewritten(f'<a href="{before}{dollar}IMS-CC-FILEBASE{dollar}/{path}{behind}">')
    assert page == f'<a href="{before}/courses/1/files/5{behind}">'
    assert importing.warnings == []


def test_a_token_of_character_references_that_names_nothing_stays_as_it_is_with_a_warning() -> None:
    page, importing = rewritten('<a href="&#36;IMS-CC-FILEBASE&#36;/gone.pdf">')
    assert page == '<a href="&#36;IMS-CC-FILEBASE&#36;/gone.pdf">'
    assert [warning.code for warning in importing.warnings] == ["link_target_missing"]


@pytest.mark.parametrize(("token", "address"), EXAMPLES)
def test_a_token_becomes_the_address_of_what_it_names(token: str, address: str) -> None:
    assert href(token) == address


@pytest.mark.parametrize(
    "token",
    [
        "$IMS-CC-FILEBASE$/absent.pdf?canvas_download=1",
        "%24IMS-CC-FILEBASE%24/absent%20file.pdf",
        "$WIKI_REFERENCE$/pages/absent",
        "%24CANVAS_OBJECT_REFERENCE%24/assignments/g0",
        "$CANVAS_OBJECT_REFERENCE$/unheard_of/g0",
        "$CANVAS_COURSE_REFERENCE$/modules/items/g0",
    ],
)
def test_a_token_that_names_nothing_stays_byte_for_byte_with_a_warning(token: str) -> None:
    page = f"<p>a &amp; b<A HREF='{token}' >"
    result, importing = rewritten(page)
    assert result == page
    assert [(warning.code, warning.place) for warning in importing.warnings] == [
        ("link_target_missing", "pages 30 body")
    ]
    assert token in importing.warnings[0].message


@pytest.mark.parametrize("token", ["$CANVAS_COURSE_REFERENCE$/settings", "$CANVAS_COURSE_REFERENCE$/assignments/3"])
def test_a_page_of_the_course_that_an_export_could_not_write_again_stays(token: str) -> None:
    result, importing = rewritten(f'<a href="{token}">')
    assert result == f'<a href="{token}">'
    assert importing.warnings == []


@pytest.mark.parametrize(
    "token",
    [
        "$IMS-CC-FILEBASE$",
        "$IMS_CC_FILEBASE$",
        "%24IMS-CC-FILEBASE%24",
        "$1EdTech-CC-FILEBASE$",
        "%241EDTECH_CC_FILEBASE%24",
    ],
)
def test_the_files_of_the_package_have_had_several_names(token: str) -> None:
    page, importing = rewritten(f'<img src="{token}/Week%201/name.pdf"> see {token}/Week%201/name.pdf')
    assert page == '<img src="/courses/1/files/5/preview"> see /courses/1/files/5'
    assert importing.warnings == []


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ('<p style="background: url({}/Week%201/name.pdf); top: 0">', "/courses/1/files/5"),
        ("<p style=\"background: url('{}/Week 1/name.pdf')\">", "/courses/1/files/5"),
        ('<p style="background: url(&quot;{}/Week%201/name.pdf&quot;)">', "/courses/1/files/5"),
        ('<img srcset="{}/Week%201/name.pdf, {}/Week%201/name.pdf 2x">', "/courses/1/files/5"),
    ],
)
def test_a_token_in_a_style_or_a_set_of_pictures_becomes_an_address(page: str, address: str) -> None:
    result, importing = rewritten(page.replace("{}", "$IMS-CC-FILEBASE$"))
    assert importing.warnings == []
    assert "FILEBASE" not in result
    assert result.count(address) == page.count("{}")


@pytest.mark.parametrize("name", ["some:-title", "Some%20Title", "SOME_SLUG"])
def test_a_page_that_a_package_names_by_its_title_is_found(name: str) -> None:
    page, importing = rewritten(f'<a href="$WIKI_REFERENCE$/pages/{name}#x">')
    assert page == '<a href="/courses/1/pages/some-slug#x">'
    assert importing.warnings == []


def test_the_hosts_in_front_of_tokens_are_kept_as_the_courses_own() -> None:
    importing = an_importing()
    importing.course = Course(id=COURSE_ID)
    page = importing.objects[Kind.PAGES][0]
    body = '<a data-api-endpoint="https://H.example/api/v1$WIKI_REFERENCE$/pages/some-slug">'
    importing.objects[Kind.PAGES][0] = replace(page, body=body)
    rewrite_tokens(importing)
    assert importing.course.own_hosts == ["h.example"]


def test_a_picture_shows_the_bytes_of_its_file() -> None:
    assert rewritten('<img src="$IMS-CC-FILEBASE$/my%20talk.mp4">')[0] == '<img src="/courses/1/files/7/preview">'


def test_an_address_of_the_api_keeps_its_beginning() -> None:
    page, _ = rewritten('<a data-api-endpoint="https://h.example/api/v1$WIKI_REFERENCE$/pages/some-slug">')
    assert page == '<a data-api-endpoint="https://h.example/api/v1/courses/1/pages/some-slug">'


def test_tokens_in_text_become_addresses_too() -> None:
    page, _ = rewritten(f"<p>see $CANVAS_OBJECT_REFERENCE$/quizzes/{KEYS[Kind.QUIZZES]}.</p>")
    assert page == "<p>see /courses/1/quizzes/3.</p>"


def test_every_html_field_of_every_object_and_of_the_course_is_rewritten() -> None:
    importing = an_importing()
    importing.course = Course(id=COURSE_ID, syllabus_body='<a href="$WIKI_REFERENCE$/pages/some-slug">')
    page = importing.objects[Kind.PAGES][0]
    importing.objects[Kind.PAGES][0] = replace(page, body='<a href="$IMS-CC-FILEBASE$/name.pdf">')
    rewrite_tokens(importing)
    assert importing.course.syllabus_body == '<a href="/courses/1/pages/some-slug">'
    found = importing.objects[Kind.PAGES][0]
    assert isinstance(found, Page)
    assert found.body == '<a href="/courses/1/files/5">'


def there_and_back(page: str) -> str:
    """A page of a package, read into the course and exported again, with the identifiers of that package."""
    importing = an_importing()
    identifiers: dict[Any, str] = {(Kind.PAGES, 30, ""): KEYS[Kind.PAGES]}
    for kind, items in importing.objects.items():
        family = Kind.DISCUSSION_TOPICS if kind is Kind.ANNOUNCEMENTS else kind
        identifiers[family, items[0].id, ""] = KEYS[kind]
    text = ImportLinks(importing).rewrite(Kind.PAGES, 30, page, "body")
    return Linked({**identifiers, **importing.identifiers}).export(text)


NORMALISED = ("IMS_CC", "web_resources", "/name.pdf?canvas_qs_a", "../", "$/name.pdf", "file_ref", "Week 1/name")
EXACT = [token for token, _ in EXAMPLES if not any(oddity in token for oddity in NORMALISED)]


@pytest.mark.parametrize("token", EXACT)
def test_a_reference_comes_back_as_it_was_spelled(token: str) -> None:
    page = f'<a href="{standard.escape(token)}">x</a>'
    assert there_and_back(page) == page


def test_a_page_of_mixed_spellings_keeps_that_of_today() -> None:
    page = '<a href="%24WIKI_REFERENCE%24/pages/some-slug"><a href="$WIKI_REFERENCE$/pages/some-slug">'
    assert there_and_back(page) == '<a href="$WIKI_REFERENCE$/pages/some-slug">' * 2


@given(st.lists(st.sampled_from(EXACT), max_size=6), st.text(max_size=40))
def test_pages_of_any_references_name_the_same_things_after_a_round_trip(tokens: list[str], text: str) -> None:
    page = text.replace("<", "").replace("/", "") + "".join(f'<a href="{standard.escape(t)}">x</a>' for t in tokens)
    once = there_and_back(page)
    assert there_and_back(once) == once


@given(st.text(max_size=60), st.sampled_from([token for token, _ in EXAMPLES]), st.text(max_size=30))
def test_any_text_around_a_token_is_read_without_an_error(before: str, token: str, after: str) -> None:
    rewritten(f'{before}{token}{after}<a href="{token}{after}">{before}')


@needs_shared
@pytest.mark.parametrize("path", sorted(CORPORA.glob("*/*.imscc")), ids=lambda path: path.name)
def test_the_pages_of_real_packages_come_back_byte_for_byte(path: Any) -> None:
    loaded = roundtrip.load(path)
    work = roundtrip.packing(loaded)
    exported = {page.id: work.html(Kind.PAGES, page).body for page in loaded.course.each(Kind.PAGES)}
    with roundtrip.PackageReader.open(path) as package:
        originals = {
            html_page.read(package.read(name)).body for name in package.names if name.startswith("wiki_content/")
        }
    assert set(exported.values()) == originals
