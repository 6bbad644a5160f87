from __future__ import annotations

import html as standard
import time
import unicodedata
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from shared.domain.kinds import Kind
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


@pytest.mark.parametrize("host", [HOST, HOST.upper().replace("HTTPS", "https"), HOST.removeprefix("https:")])
def test_the_host_of_the_course_is_swallowed(host: str) -> None:
    assert (
        Linked().export(f'<a href="{host}/courses/1/pages/some-slug">') == f'<a href="$WIKI_REFERENCE$/pages/{PAGE}">'
    )


OTHER_HOSTS = ["http://school.instructure.com", "//cdn.example", "https://lms.example:8443", f"{HOST}:8443"]


@pytest.mark.parametrize("host", OTHER_HOSTS)
@pytest.mark.parametrize("rest", [address for address, _ in EXAMPLES])
def test_an_address_on_another_host_leads_to_another_course_and_stays(host: str, rest: str) -> None:
    linked, address = Linked(), standard.escape(f"{host}{rest}")
    page = f'<p style="background: url({host}/courses/1/files/5)"><a href="{address}">{address}</a> see {address}.</p>'
    assert linked.export(page) == page
    assert linked.files(page) == []
    assert linked.missing == []


@pytest.mark.parametrize(
    "named", [{"context_info": {"canvas_domain": "School.Example.org"}}, {"own_hosts": ["school.example.org"]}]
)
def test_the_host_that_the_package_of_origin_names_is_the_courses_too(named: dict[str, Any]) -> None:
    linked = Linked(course=named)
    page = '<a href="https://school.example.org/courses/1/pages/some-slug">'
    assert linked.export(page) == f'<a href="$WIKI_REFERENCE$/pages/{PAGE}">'
    assert linked.export('<a href="https://x.example/courses/1">') == '<a href="https://x.example/courses/1">'


def test_relative_addresses_lead_to_the_site_that_the_package_of_origin_names() -> None:
    linked = Linked(course={"context_info": {"canvas_domain": "canvas.asu.edu"}})
    page = '<a href="/courses/5/external_tools/9"> <video><source src="/media/x.mp4"></video> <a href="/login">'
    assert linked.export(page) == page.replace('href="/', 'href="https://canvas.asu.edu/')
    assert linked.report.warnings == []


def test_without_any_site_a_relative_address_stays_and_is_a_warning() -> None:
    linked = Linked(host="")
    page = '<a href="/courses/5/external_tools/9"> <source src="/media/x.mp4"> <a href="/login">'
    assert linked.export(page) == page
    assert [warning.code for warning in linked.report.warnings] == ["link_stays_relative"] * 2
    assert linked.missing == ["/courses/5/external_tools/9", "/login"]
    assert linked.export('<a href="/courses/1/pages/some-slug">') == f'<a href="$WIKI_REFERENCE$/pages/{PAGE}">'


@pytest.mark.parametrize("domain", ["", "not a host", "x/y", 'evil.example"><script>'])
def test_what_is_no_host_names_no_site(domain: str) -> None:
    assert Linked(course={"context_info": {"canvas_domain": domain}}).export('<a href="/x">') == f'<a href="{HOST}/x">'


def test_an_address_of_the_api_keeps_its_beginning() -> None:
    page = f'<img data-api-endpoint="{HOST}/api/v1/courses/1/files/5" src="/courses/1/files/5/preview">'
    assert Linked().export(page) == f'<img data-api-endpoint="{HOST}/api/v1{FILE}" src="{FILE}">'


@pytest.mark.parametrize("space", [" ", "\n", " \t"])
def test_white_space_in_front_of_an_address_does_not_matter(space: str) -> None:
    linked = Linked()
    assert linked.export(f'<a href="{space}/courses/1/files/5">') == f'<a href="{space}{FILE}">'
    assert linked.export(f'<a href="{space}/login">') == f'<a href="{HOST}/login">'
    assert linked.missing == []


@pytest.mark.parametrize("url", ["url({});}}", "url( '{}' )", 'url("{}")'])
def test_a_token_in_the_text_of_a_style_is_a_warning_only_where_its_file_is_missing(url: str) -> None:
    linked = Linked()
    page = f"<style>p{{background: {url.format('$IMS-CC-FILEBASE$/Week%201/name.pdf')}</style>"
    assert linked.export(page) == page
    assert linked.files(page) == [5]
    assert linked.missing == []
    assert linked.report.dangling
    linked.export(page.replace("name.pdf", "gone.pdf"))
    assert [warning.code for warning in linked.report.warnings] == ["link_target_missing"]


STYLES = [
    ("url({})", "url({})"),
    ("url( {} )", "url( {} )"),
    ("url('{}')", "url('{}')"),
    ("url(&quot;{}&quot;)", "url(&quot;{}&quot;)"),
    ("url(&#39;{}&#39;)", "url(&#39;{}&#39;)"),
    ("red URL({}) no-repeat, url({});color:red", "red URL({}) no-repeat, url({});color:red"),
]


@pytest.mark.parametrize(("style", "exported"), STYLES)
def test_every_url_of_a_style_is_an_address(style: str, exported: str) -> None:
    linked = Linked()
    page = f'<p style="background: {style.replace("{}", "/courses/1/files/5/preview")}; top: 0">'
    assert linked.export(page) == f'<p style="background: {exported.replace("{}", FILE)}; top: 0">'
    assert set(linked.files(page)) == {5}
    assert linked.missing == []


def test_a_bracket_in_the_path_of_a_file_does_not_end_the_url_of_a_style() -> None:
    exported = Linked().export('<p style="background: url(/files/6)">')
    assert exported.count("(") == exported.count(")") == 1
    assert Linked().export('<p style="background: url(/x.png)">') == f'<p style="background: url({HOST}/x.png)">'


@pytest.mark.parametrize("name", ["srcset", "imagesrcset"])
@pytest.mark.parametrize(
    ("written", "exported"),
    [
        ("/files/5 1x, /files/5/download 2x", f"{FILE} 1x, {FILE}?canvas_download=1 2x"),
        ("/files/5,/files/5/download 2x", f"{FILE}, {FILE}?canvas_download=1 2x"),
        ("/files/5, /files/5/download", f"{FILE}, {FILE}?canvas_download=1"),
        (" /files/5 100w,\n /files/5 200w", f" {FILE} 100w,\n {FILE} 200w"),
        ("/x.png 1x, https://x.example/a,b.png 2x", f"{HOST}/x.png 1x, https://x.example/a,b.png 2x"),
        ("data:image/png;base64,/9j/4A== 1x, /files/5 2x", f"data:image/png;base64,/9j/4A== 1x, {FILE} 2x"),
    ],
)
def test_every_candidate_of_a_srcset_is_an_address(name: str, written: str, exported: str) -> None:
    assert Linked().export(f'<img {name}="{written}">') == f'<img {name}="{exported}">'


@pytest.mark.parametrize("name", ["copy", "reg", "times", "para", "not", "lang"])
def test_a_parameter_that_begins_like_a_character_reference_is_a_parameter(name: str) -> None:
    exported = Linked().export(f'<a href="/courses/1/files/5/download?a=1&{name}=2">x</a>')
    assert exported == f'<a href="{FILE}?canvas_download=1&amp;canvas_qs_a=1&amp;canvas_qs_{name}=2">x</a>'


@pytest.mark.parametrize(
    "address",
    [
        "/courses/1/pages/Some%20Title",
        "/courses/1/pages/Some Title",
        "/courses/1/pages/some:-title",
        "/courses/1/pages/\nsome-slug",
        "/courses/1/wiki/SOME-SLUG",
        "&#47;courses&#x2f;1&#47;pages&#47;some-slug",
    ],
)
def test_a_page_is_found_by_what_an_author_made_of_its_title(address: str) -> None:
    kind = "wiki" if "wiki" in address else "pages"
    linked = Linked()
    assert linked.export(f'<a href="{address}#top">x</a>') == f'<a href="$WIKI_REFERENCE$/{kind}/{PAGE}#top">x</a>'
    assert linked.missing == []


def test_a_file_is_found_however_the_accents_of_its_path_are_written() -> None:
    for form in ("NFC", "NFD"):
        name = quote(unicodedata.normalize(form, "50% of #1, a+b (ü).pdf"))
        linked = Linked()
        page = f'<a href="/courses/1/file_contents/course%20files/Week%201/Q%20%26%20A/{name}">'
        assert linked.files(page) == [6]


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://x.example/courses/2/files/5">',
        '<a href="https://x.example/files/5">',  # another site's file, unless it is this instance
        '<a href="https://x.example/users/2/files/5/preview">',
        '<a href="https://x.example/courses/1/pages/absent">',
        '<a href="https://x.example/api/v1/courses/1/files/5">',
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
    assert Linked().export(f"{HOST}/courses/1/quizzes/3") == quiz


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
