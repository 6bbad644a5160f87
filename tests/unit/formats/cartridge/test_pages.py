from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import html as lxml_html

from shared.domain.content.assignments import Assignment, AssignmentOverride
from shared.domain.content.pages import BlockEditor, Page
from shared.domain.kinds import Kind
from shared.formats.cartridge import pages
from shared.formats.identifiers import hashed, key
from shared.formats.imscp.resource import WEBCONTENT, Resource
from tests.support.formats import a_packing, a_source, an_importing, packed

WRAPPER = "<html><head><title>{title}</title>{metas}</head><body>\n{body}\n</body></html>"


def written(*found: Page, **arguments: Any) -> dict[str, bytes]:
    return packed(pages.write, a_packing({Kind.PAGES: list(found)}, **arguments))[0]


def metas(data: bytes) -> list[tuple[str, str]]:
    """The named metas of a page, as an independent parser reads them."""
    return [
        (m.get("name", ""), m.get("content", ""))
        for m in lxml_html.document_fromstring(data).iterfind(".//meta[@name]")
    ]


def a_page(name: str = "wiki_content/a.html", *, title: str = "A", body: str = "x", **named: str) -> dict[str, str]:
    text = "".join(f'<meta name="{name}" content="{value}"/>' for name, value in named.items())
    return {name: WRAPPER.format(title=title, metas=text, body=body)}


def read(members: dict[str, str], *resources: Resource) -> tuple[list[Page], list[str]]:
    importing = an_importing()
    pages.read(a_source(members, resources), importing)
    return importing.objects.get(Kind.PAGES, []), [warning.code for warning in importing.warnings]  # type: ignore[return-value]


FULL = Page(
    id=5,
    url="week-1",
    title="Week 1",
    body='<a href="/courses/7/pages/x">',
    editing_roles="teachers,students",
    notify_of_update=True,
    published=True,
    front_page=True,
    module_locked=True,
    assignment_id=3,
    only_visible_to_overrides=True,
    assignment_overrides=[{"set_type": "Noop", "set_id": 1, "title": "Mastery"}],
    todo_date="2026-01-31T06:59:00Z",
    publish_at="2026-02-01T00:00:00Z",
    unlock_at="2026-02-02T00:00:00Z",
    lock_at="2026-02-03T00:00:00Z",
)


def test_every_meta_stands_in_canvas_order() -> None:
    assert metas(written(FULL)["wiki_content/week-1.html"]) == [
        ("identifier", key(Kind.PAGES, 5)),
        ("editing_roles", "teachers,students"),
        ("notify_of_update", "true"),
        ("workflow_state", "active"),
        ("front_page", "true"),
        ("module_locked", "true"),
        ("assignment_identifier", key(Kind.ASSIGNMENTS, 3)),
        ("only_visible_to_overrides", "true"),
        ("assignment_overrides", '[{"set_type":"Noop","set_id":1,"title":"Mastery"}]'),
        ("todo_date", "2026-01-31 06:59:00 UTC"),
        ("publish_at", "2026-02-01 00:00:00 UTC"),
        ("unlock_at", "2026-02-02 00:00:00 UTC"),
        ("lock_at", "2026-02-03 00:00:00 UTC"),
    ]


def test_a_page_states_the_mastery_paths_of_its_assignment_which_stands_nowhere_else() -> None:
    path = AssignmentOverride(noop_id=1, title="Above 90 %", due_at="2027-02-12T23:59:00Z")
    of_people = AssignmentOverride(title="Late", student_ids=[4])
    work = Assignment(id=3, name="W", overrides=[path, of_people], only_visible_to_overrides=True)
    page = Page(id=5, url="a", title="A", published=True, assignment_id=3)
    members, _ = packed(pages.write, a_packing({Kind.PAGES: [page], Kind.ASSIGNMENTS: [work]}))
    found = dict(metas(members["wiki_content/a.html"]))
    assert found["only_visible_to_overrides"] == "true"
    assert found["assignment_overrides"] == (
        '[{"set_type":"Noop","set_id":1,"title":"Above 90 %","due_at":"2027-02-12 23:59:00 UTC"}]'
    )


def test_what_a_page_says_of_its_assignment_itself_counts_and_has_one_order_of_keys() -> None:
    work = Assignment(id=3, name="W", overrides=[AssignmentOverride(noop_id=1)], only_visible_to_overrides=True)
    overrides = [{"title": "T", "set_id": 2, "due_at": "x", "set_type": "Noop"}]
    page = Page(id=5, url="a", assignment_id=3, only_visible_to_overrides=False, assignment_overrides=overrides)
    members, _ = packed(pages.write, a_packing({Kind.PAGES: [page], Kind.ASSIGNMENTS: [work]}))
    found = dict(metas(members["wiki_content/a.html"]))
    assert "only_visible_to_overrides" not in found
    assert found["assignment_overrides"] == '[{"set_type":"Noop","set_id":2,"title":"T","due_at":"x"}]'


def test_a_meta_without_a_value_and_a_false_one_are_left_out() -> None:
    plain = Page(id=5, url="a", title="A", front_page=False, editing_roles="", published=False, assignment_overrides=[])
    assert metas(written(plain)["wiki_content/a.html"]) == [
        ("identifier", key(Kind.PAGES, 5)),
        ("workflow_state", "unpublished"),
    ]


def test_the_body_is_rewritten_and_stands_on_lines_of_its_own() -> None:
    assert b'<body>\n<a href="$COURSE$/pages/x">\n</body>' in written(FULL)["wiki_content/week-1.html"]


def test_each_page_has_a_resource_that_names_it() -> None:
    _, resources = packed(pages.write, a_packing({Kind.PAGES: [FULL]}))
    path = "wiki_content/week-1.html"
    assert list(resources) == [Resource(key(Kind.PAGES, 5), WEBCONTENT, href=path, files=(path,))]


def test_only_selected_pages_are_written() -> None:
    members = written(FULL, Page(id=6, url="b"), select={"pages": ["6"]})
    assert list(members) == ["wiki_content/b.html"]


def test_pages_of_one_url_get_members_of_their_own() -> None:
    members = written(Page(id=1, url="a"), Page(id=2, url="a"), Page(id=3, url="x/y"), Page(id=4, url="é" * 300))
    assert list(members)[:3] == ["wiki_content/a.html", "wiki_content/a-2.html", "wiki_content/x_y.html"]
    assert len(list(members)[3].encode()) < 280


def test_a_page_that_cannot_be_written_is_skipped_and_the_others_are_not() -> None:
    packing = a_packing({Kind.PAGES: [Page(id=1, url="a", title=object()), Page(id=2, url="b")]})  # type: ignore[arg-type]
    members, _ = packed(pages.write, packing)
    assert list(members) == ["wiki_content/b.html"]
    assert (packing.report.expected["pages"], packing.report.packed["pages"], packing.report.failed["pages"]) == (
        2,
        1,
        1,
    )


def test_a_page_comes_back_with_everything_it_had() -> None:
    path = "wiki_content/week-1.html"
    found, codes = read({path: written(FULL)[path].decode().replace("$COURSE$", "/courses/7")})
    assert codes == []
    (page,) = found
    assert page.to_json() == {
        **FULL.to_json(),
        "id": page.id,
        "assignment_id": page.assignment_id,
        "migration_id": key(Kind.PAGES, 5),
    }


def test_a_page_of_the_block_editor_is_json_both_ways() -> None:
    blocks = {"ROOT": {"text": '<a href="/courses/7/x">', "nodes": [1, None]}}
    editor = Page(
        id=5, url="b", title="B", published=True, block_editor_attributes=BlockEditor(blocks=blocks, version="2")
    )
    (member,) = written(editor).items()
    assert member[0] == "wiki_content/b.json"
    assert json.loads(member[1]) == {
        "title": "B",
        "meta": {"identifier": key(Kind.PAGES, 5), "workflow_state": "active"},
        "block_editor": {
            "blocks": {"ROOT": {"text": '<a href="$COURSE$/x">', "nodes": [1, None]}},
            "editor_version": "2",
        },
    }
    found, codes = read({"wiki_content/b.json": member[1].decode().replace("$COURSE$", "/courses/7")})
    assert codes == []
    assert (found[0].title, found[0].published, found[0].body) == ("B", True, None)
    assert found[0].block_editor_attributes == editor.block_editor_attributes


def test_the_url_is_the_files_name_and_the_identifier_a_meta() -> None:
    found, codes = read(
        a_page("wiki_content/iii.5-a.html", title="III &amp; 5", identifier="g1", editing_roles="teachers")
    )
    assert codes == []
    assert (found[0].url, found[0].title, found[0].migration_id, found[0].published) == (
        "iii.5-a",
        "III & 5",
        "g1",
        None,
    )


def test_a_page_without_an_identifier_is_called_as_its_resource() -> None:
    members = {**a_page("wiki_content/a.html"), **a_page("wiki_content/b.html")}
    found, _ = read(members, Resource("g7", WEBCONTENT, "wiki_content/a.html", ("wiki_content/a.html",)))
    assert [page.migration_id for page in found] == ["g7", hashed("wiki_content/b.html")]


@pytest.mark.parametrize(
    ("named", "published"),
    [
        ({"workflow_state": "active"}, True),
        ({"workflow_state": "unpublished"}, False),
        ({"hide_from_students": "true"}, False),
        ({}, None),
    ],
)
def test_whether_a_page_is_published_is_read_in_old_and_new_words(
    named: dict[str, str], published: bool | None
) -> None:
    found, _ = read(a_page(**named))
    assert found[0].published is published


def test_what_has_no_place_in_a_page_is_reported() -> None:
    found, codes = read(
        {
            **a_page(colour="red", todo_date="", assignment_overrides="{"),
            "wiki_content/x.png": "",
            "wiki_content/y.json": "[",
        }
    )
    assert len(found) == 1
    assert sorted(codes) == ["meta_unknown", "page_unreadable", "page_unreadable", "value_unreadable"]
