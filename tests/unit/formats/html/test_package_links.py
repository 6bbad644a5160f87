from __future__ import annotations

import html as standard
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from shared.domain.kinds import Kind
from shared.formats.html.package_links import file_query
from shared.formats.identifiers import key, spelling_prefix
from tests.support.linked_course import HOST, Linked

FILE = "$IMS-CC-FILEBASE$/Week%201/name.pdf"
ITEM = key(Kind.MODULE_ITEMS, 9)
PAGE = key(Kind.PAGES, 30)

# The worked examples of Canvas's format: an address, and what it becomes.
EXAMPLES = [
    ("/courses/1/files/5", FILE),
    ("/courses/1/files/5/preview", FILE),
    ("/files/5/preview", FILE),
    ("/files/5", FILE),
    ("/courses/1/files/5/download?wrap=1", f"{FILE}?canvas_download=1&canvas_qs_wrap=1"),
    ("/courses/1/files/5?wrap=1", f"{FILE}?canvas_=1&canvas_qs_wrap=1"),
    ("/courses/1/files/5/download?verifier=abc&download_frd=1", f"{FILE}?canvas_download=1&canvas_qs_download_frd=1"),
    ("/courses/1/files/5/preview?verifier=abc", FILE),
    ("/courses/1/files/5/file_preview?annotate=0", f"{FILE}?canvas_file_preview=1&canvas_qs_annotate=0"),
    ("/courses/1/files/5#page=2", f"{FILE}#page=2"),
    ("/courses/1/files", "$CANVAS_COURSE_REFERENCE$/files"),
    ("/courses/1/files/folder/a/b", "$CANVAS_COURSE_REFERENCE$/files/folder/a/b"),
    ("/courses/1/file_contents/course%20files/Week%201/name.pdf", "$IMS-CC-FILEBASE$/Week%201/name.pdf"),
    ("/courses/1/pages/some-slug", f"$WIKI_REFERENCE$/pages/{PAGE}"),
    ("/courses/1/wiki/some-slug", f"$WIKI_REFERENCE$/wiki/{PAGE}"),
    ("/courses/1/pages/some-title", f"$WIKI_REFERENCE$/pages/{PAGE}"),
    ("/courses/1/pages/30", f"$WIKI_REFERENCE$/pages/{PAGE}"),
    ("/courses/1/pages/12", f"$WIKI_REFERENCE$/pages/{key(Kind.PAGES, 31)}"),
    ("/courses/1/pages/some-slug?module_item_id=9", f"$WIKI_REFERENCE$/pages/{PAGE}?module_item_id={ITEM}"),
    ("/courses/1/pages/some-slug?module_item_id=99", f"$WIKI_REFERENCE$/pages/{PAGE}?module_item_id=99"),
    ("/courses/1/pages/some-slug#part", f"$WIKI_REFERENCE$/pages/{PAGE}#part"),
    ("/courses/1/modules/items/9", f"$CANVAS_COURSE_REFERENCE$/modules/items/{ITEM}"),
    ("/courses/1/assignments/3/items/9?x=1", f"$CANVAS_COURSE_REFERENCE$/modules/items/{ITEM}?x=1"),
    ("/courses/1/assignments/3", f"$CANVAS_OBJECT_REFERENCE$/assignments/{key(Kind.ASSIGNMENTS, 3)}"),
    ("/courses/1/assignments/3/edit?x=1", f"$CANVAS_OBJECT_REFERENCE$/assignments/{key(Kind.ASSIGNMENTS, 3)}?x=1"),
    ("/courses/1/quizzes/3", f"$CANVAS_OBJECT_REFERENCE$/quizzes/{key(Kind.QUIZZES, 3)}"),
    ("/courses/1/modules/3", f"$CANVAS_OBJECT_REFERENCE$/modules/{key(Kind.MODULES, 3)}"),
    ("/courses/1/calendar_events/3", f"$CANVAS_OBJECT_REFERENCE$/calendar_events/{key(Kind.CALENDAR_EVENTS, 3)}"),
    ("/courses/1/announcements/4", f"$CANVAS_OBJECT_REFERENCE$/announcements/{key(Kind.DISCUSSION_TOPICS, 4)}"),
    ("/courses/1/discussion_topics/4", f"$CANVAS_OBJECT_REFERENCE$/discussion_topics/{key(Kind.DISCUSSION_TOPICS, 4)}"),
    ("/courses/1/grades", "$CANVAS_COURSE_REFERENCE$/grades"),
    ("/courses/1/modules", "$CANVAS_COURSE_REFERENCE$/modules"),
    ("/courses/1/assignments", "$CANVAS_COURSE_REFERENCE$/assignments"),
    ("/courses/1/assignments/syllabus", "$CANVAS_COURSE_REFERENCE$/assignments/syllabus"),
    ("/courses/1/users/8", "$CANVAS_COURSE_REFERENCE$/users/8"),
    (
        "/courses/1/external_tools/retrieve?display=borderless&url=https%3A%2F%2Fx.example%2Flti",
        "$CANVAS_COURSE_REFERENCE$/external_tools/retrieve?display=borderless&url=https%3A%2F%2Fx.example%2Flti",
    ),
    ("/courses/1", "$CANVAS_COURSE_REFERENCE$/"),
    ("/courses/1/", "$CANVAS_COURSE_REFERENCE$/"),
]


@pytest.mark.parametrize(("address", "token"), EXAMPLES)
def test_an_address_becomes_the_token_of_the_worked_example(address: str, token: str) -> None:
    linked = Linked()
    assert linked.export(f'<a href="{standard.escape(address)}">x</a>') == f'<a href="{standard.escape(token)}">x</a>'
    assert linked.missing == []


@pytest.mark.parametrize("host", [HOST, "http://school.instructure.com", "//cdn.example", "https://lms.example:8443"])
def test_any_host_in_front_of_a_course_is_swallowed(host: str) -> None:
    assert (
        Linked().export(f'<a href="{host}/courses/1/pages/some-slug">') == f'<a href="$WIKI_REFERENCE$/pages/{PAGE}">'
    )


def test_an_address_of_the_api_keeps_its_beginning() -> None:
    page = '<img data-api-endpoint="https://h.example/api/v1/courses/1/files/5" src="/courses/1/files/5/preview">'
    assert Linked().export(page) == f'<img data-api-endpoint="https://h.example/api/v1{FILE}" src="{FILE}">'


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://x.example/courses/2/files/5">',
        '<a href="https://x.example/files/5">',  # another site's file, unless it is this instance
        '<a href="https://x.example/users/2/files/5/preview">',
        '<a href="https://x.example/courses/1/pages/absent">',
        '<a href="https://x.example/courses/1/settings">',
        '<a href="https://x.example/courses/11/files/5">',
        '<a href="https://x.example/my/courses/1/files/5">',
        "<!-- /courses/1/files/5 --><script>'/courses/1/files/5'</script>",
        '<a href="mailto:a@x.example">, <a href="#top"> and <a href="page.html">',
        "   ",
    ],
)
def test_what_is_not_of_this_course_stays_byte_for_byte(page: str) -> None:
    linked = Linked()
    assert linked.export(page) == page
    assert linked.files(page) == []


def test_a_file_of_this_instance_is_found_without_its_course() -> None:
    assert Linked().export(f'<a href="{HOST}/files/5/download">') == f'<a href="{FILE}?canvas_download=1">'


@pytest.mark.parametrize(
    ("page", "exported"),
    [
        ('<a href="/courses/2/pages/x">', f'<a href="{HOST}/courses/2/pages/x">'),
        ("<img src='/images/x.png'>", f"<img src='{HOST}/images/x.png'>"),
        ("<video poster=/x.png></video>", f'<video poster="{HOST}/x.png"></video>'),
        ('<object data="/x.swf"></object>', f'<object data="{HOST}/x.swf"></object>'),
        ('<a href="//cdn.example/x">', '<a href="//cdn.example/x">'),
        ('<p title="/x">/x</p>', '<p title="/x">/x</p>'),
    ],
)
def test_what_is_still_relative_gets_the_host(page: str, exported: str) -> None:
    assert Linked().export(page) == exported


@pytest.mark.parametrize(
    "address", ["/courses/1/assignments/99", "/courses/1/files/99/preview", "/courses/1/modules/items/99", "/files/99"]
)
def test_an_object_that_is_missing_keeps_its_address_and_is_reported(address: str) -> None:
    linked = Linked()
    assert linked.export(f'<a href="{address}">') == f'<a href="{HOST}{address}">'
    (warning,) = linked.report.warnings
    assert (warning.code, warning.kind, warning.item_id, warning.place) == ("link_target_missing", "pages", 30, "body")
    assert address in warning.message


def test_a_page_that_is_missing_keeps_its_slug_in_the_token_and_is_reported() -> None:
    linked = Linked()
    exported = linked.export('<a href="/courses/1/pages/absent?x=1">')
    assert exported == '<a href="$WIKI_REFERENCE$/pages/absent?x=1">'
    linked.export('<a href="/courses/1/pages/absent?x=1">')
    assert linked.missing == ["/courses/1/pages/absent?x=1"]  # reported once, however often the page is written


def test_text_is_rewritten_like_attributes() -> None:
    quiz = f"$CANVAS_OBJECT_REFERENCE$/quizzes/{key(Kind.QUIZZES, 3)}"
    assert Linked().export("<p>see /courses/1/quizzes/3</p>") == f"<p>see {quiz}</p>"
    assert Linked().export("<p>(see /courses/1/quizzes/3.)</p>") == f"<p>(see {quiz}.)</p>"
    assert Linked().export("https://h.example/courses/1/quizzes/3") == quiz


def test_several_addresses_in_one_attribute_are_all_rewritten() -> None:
    exported = Linked().export('<img srcset="/courses/1/files/5/preview 1x, /courses/1/files/5/download 2x">')
    assert exported == f'<img srcset="{FILE} 1x, {FILE}?canvas_download=1 2x">'


def test_an_address_inside_json_ends_at_its_quote() -> None:
    page = '<div data-x="{&quot;u&quot;:&quot;/courses/1/files/5/preview&quot;}">'
    assert Linked().export(page) == f'<div data-x="{{&quot;u&quot;:&quot;{FILE}&quot;}}">'


def test_a_path_is_encoded_where_an_address_needs_it_and_escaped_for_html() -> None:
    path = "Week%201/Q%20&amp;%20A/50%25%20of%20%231,%20a+b%20(%C3%BC).pdf"
    assert Linked().export('<a href="/files/6">') == f'<a href="$IMS-CC-FILEBASE$/{path}">'


def test_every_file_that_html_names_is_known_without_a_word_in_the_report() -> None:
    linked = Linked()
    assert linked.files('<a href="/files/5"><a href="/courses/1/pages/nowhere">') == [5]
    assert linked.files('<a href="/courses/1/file_contents/course%20files/my%20talk.mp4"><a href="/files/5">') == [7, 5]
    assert (linked.report.warnings, linked.report.dangling) == ([], set())


def test_a_token_that_no_import_could_resolve_goes_out_as_it_came_and_is_reported() -> None:
    linked = Linked()
    page = '<a href="%24WIKI_REFERENCE%24/pages/x"> <a href="$CANVAS_COURSE_REFERENCE$/settings">'
    assert linked.export(page) == page
    assert linked.missing == ["%24WIKI_REFERENCE%24/pages/x"]


def test_a_package_of_old_keeps_its_spelling() -> None:
    linked = Linked({(Kind.PAGES, 30, spelling_prefix("body")): "escaped slugs"})
    page = '<a href="/courses/1/pages/some-slug" data-x="/courses/1/pages/some-slug">'
    assert linked.export(page) == (
        '<a href="%24WIKI_REFERENCE%24/pages/some-slug" data-x="$WIKI_REFERENCE$/pages/some-slug">'
    )
    assert linked.export(page, "description") == page.replace(
        "/courses/1/pages/some-slug", f"$WIKI_REFERENCE$/pages/{PAGE}"
    )


MEDIA = "$IMS-CC-FILEBASE$/my talk.mp4"
SOURCE = f'<source src="{MEDIA}" data-media-id="m-abc" data-media-type="video">'


@pytest.mark.parametrize(
    ("page", "exported"),
    [
        (
            '<a id="media_comment_m-abc" class="x instructure_inline_media_comment" href="/media_objects/m-abc">v</a>',
            f'<a id="media_comment_m-abc" class="x instructure_inline_media_comment" href="{MEDIA}">v</a>',
        ),
        (
            '<iframe src="/media_objects_iframe/m-abc?type=video" width="5"></iframe>',
            f'<iframe src="{MEDIA}" width="5"></iframe>',
        ),
        (
            '<iframe width="5" data-media-type="video" src="/media_objects_iframe/m-abc" data-media-id="m-abc"></iframe>',
            f'<video width="5" data-media-type="video" data-media-id="m-abc">{SOURCE}</video>',
        ),
        (
            '<IFRAME data-media-type="audio" src="/media_attachments_iframe/7?type=audio"></IFRAME>',
            f'<audio data-media-type="audio"><source src="{MEDIA}" data-media-type="audio"></audio>',
        ),
        (
            '<iframe src="/media_objects_iframe/m-unknown"></iframe>',
            f'<iframe src="{HOST}/media_objects_iframe/m-unknown"></iframe>',
        ),
    ],
)
def test_media_comments_and_players_name_the_media_file_without_encoding(page: str, exported: str) -> None:
    assert Linked().export(page) == exported


@pytest.mark.parametrize(
    ("rest", "query"),
    [
        ("", ""),
        ("/", ""),
        ("/preview", ""),
        ("/download", "?canvas_download=1"),
        ("/download?wrap=1", "?canvas_download=1&canvas_qs_wrap=1"),
        ("?wrap=1", "?canvas_=1&canvas_qs_wrap=1"),
        ("/preview?verifier=x", ""),
        ("/preview?a=", ""),
        ("/download?name=a b&ü=1", "?canvas_download=1&canvas_qs_name=a+b&canvas_qs_%C3%BC=1"),
        ("/preview?a=1#t=5", "?canvas_qs_a=1#t=5"),
    ],
)
def test_what_follows_a_files_id_becomes_the_query_of_its_reference(rest: str, query: str) -> None:
    assert file_query(rest) == query


@given(st.text(max_size=150), st.sampled_from([address for address, _ in EXAMPLES]), st.text(max_size=50))
def test_any_text_around_an_address_is_rewritten_without_an_error(before: str, address: str, after: str) -> None:
    Linked().export(f'{before}<a href="{address}{after}">{before}{address}{after}')


@given(st.sampled_from(EXAMPLES), st.sampled_from(["'", '"', ""]))
def test_an_independent_parser_finds_the_token(example: tuple[str, str], quote: str) -> None:
    address, token = example
    exported = Linked().export(f"<a href={quote}{standard.escape(address)}{quote}>x</a>")
    assert lxml_html.fragment_fromstring(exported).get("href") == token


@pytest.mark.parametrize(
    "attack", ["/courses/1", "/courses/1/pages/a&quot;", "https://", "//a/api/v1", "/items/1", "&"]
)
def test_no_text_takes_more_than_linear_time(attack: str) -> None:
    linked, page = Linked(), attack * (200_000 // len(attack))
    start = time.perf_counter()
    linked.export(f'{page}<a href="{page}">')
    assert time.perf_counter() - start < 10  # quadratic ones take hours
