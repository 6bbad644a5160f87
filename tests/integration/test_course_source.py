"""Content of a course through a real database, as a packaging thread reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from shared.adapters.course_source import CourseSource
from shared.adapters.postgres.content_tables.content import ContentRows
from shared.adapters.postgres.content_tables.content_writes import object_row, put_identifiers, put_rows
from shared.adapters.postgres.pool import Pool
from shared.domain.content.course import Course
from shared.domain.content.files import File
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.topics import DiscussionTopic
from shared.domain.export import Context, ContextType
from shared.domain.kinds import Kind
from tests.support.school import School

# The courses of this file have ids that no sequence reaches.

# More objects than a context has that is read by one query.
MANY = [Page(id=n, title=f"p{n}", url=f"p{n}") for n in range(1001, 1202)]


async def source_of(pool: Pool, course_id: int) -> CourseSource:
    context = Context(ContextType.COURSE, course_id)
    return CourseSource(ContentRows(pool), context, Course(id=course_id), asyncio.get_running_loop())


async def put(pool: Pool, course_id: int, kind: Kind, items: list[Any]) -> None:
    rows = [object_row(kind, item) for item in items]
    await put_rows(pool, Context(ContextType.COURSE, course_id), kind, rows, is_load=True)  # type: ignore[arg-type]


async def test_objects_come_by_position_then_id_over_batches_with_those_without_position_last(pool: Pool) -> None:
    pages = [Page(id=n, title=f"p{n}", url=f"p{n}", position=None if n % 7 == 0 else n // 3) for n in range(1, 451)]
    await put(pool, 9_000_901, Kind.PAGES, list(reversed(pages)))
    source = await source_of(pool, 9_000_901)
    found = await asyncio.to_thread(lambda: [page.id for page in source.each(Kind.PAGES)])
    expected = sorted(pages, key=lambda page: (page.position is None, page.position or 0, page.id))
    assert found == [page.id for page in expected]


async def test_children_of_a_batch_come_with_one_query(pool: Pool) -> None:
    await put(pool, 9_000_902, Kind.MODULES, [Module(id=n, name=f"m{n}", position=n) for n in range(1, 6)])
    items = [
        ModuleItem(id=10 * m + i, module_id=m, title=f"{m}.{i}", position=3 - i) for m in range(1, 6) for i in (1, 2)
    ]
    await put(pool, 9_000_902, Kind.MODULE_ITEMS, items)  # type: ignore[arg-type]
    await put(pool, 9_000_902, Kind.PAGES, MANY)
    source = await source_of(pool, 9_000_902)
    queries: list[Kind] = []
    original = source._rows.children

    async def counted(context: Context, kind: Kind, parents: list[int]) -> list[tuple[int, dict[str, object]]]:
        queries.append(kind)
        return await original(context, kind, parents)

    source._rows.children = counted  # type: ignore[method-assign, assignment]

    def read() -> dict[int, list[int]]:
        return {m.id: [i.id for i in source.children(Kind.MODULE_ITEMS, m.id)] for m in source.each(Kind.MODULES)}

    assert await asyncio.to_thread(read) == {m: [10 * m + 2, 10 * m + 1] for m in range(1, 6)}
    assert queries == [Kind.MODULE_ITEMS]


async def test_deleted_objects_are_not_there(pool: Pool) -> None:
    gone = Page.from_json({"id": 1, "title": "gone", "workflow_state": "deleted"})
    await put(pool, 9_000_903, Kind.PAGES, [gone, Page(id=2, title="here", url="here")])
    source = await source_of(pool, 9_000_903)
    assert [page.id for page in await asyncio.to_thread(lambda: list(source.each(Kind.PAGES)))] == [2]
    assert await asyncio.to_thread(source.get, Kind.PAGES, 1) is None
    assert await asyncio.to_thread(source.count, Kind.PAGES) == 1
    assert [ref.id for ref in await asyncio.to_thread(lambda: list(source.refs()))] == [2]


async def test_unknown_fields_and_the_written_form_of_numbers_are_kept(pool: Pool) -> None:
    body = {"id": 5, "title": "t", "url": "t", "from_the_future": {"a": [1, 10.0, "x"]}}
    await put(pool, 9_000_904, Kind.PAGES, [Page.from_json(body)])
    source = await source_of(pool, 9_000_904)
    page = await asyncio.to_thread(source.get, Kind.PAGES, 5)
    assert page is not None
    assert repr(page.to_json()["from_the_future"]) == "{'a': [1, 10.0, 'x']}"


async def test_names_of_the_package_of_origin_are_remembered_and_renamed(pool: Pool) -> None:
    context = Context(ContextType.COURSE, 9_000_905)
    await put_identifiers(pool, context, {(Kind.PAGES, 1, ""): "g1", (Kind.QUIZZES, 2, "canvas_"): "g2"})
    await put_identifiers(pool, context, {(Kind.PAGES, 1, ""): "g3"})
    source = await source_of(pool, 9_000_905)
    names = await asyncio.to_thread(source.identifiers)
    assert names == {(Kind.PAGES, 1, ""): "g3", (Kind.QUIZZES, 2, "canvas_"): "g2"}


async def test_kinds_of_which_there_is_nothing_cost_no_query(pool: Pool) -> None:
    await put(pool, 9_000_906, Kind.PAGES, [Page(id=1, title="alone", url="alone")])
    source, asked = await source_of(pool, 9_000_906), []
    original = source._wait

    def counted(query: Coroutine[Any, Any, Any]) -> Any:
        asked.append(query.__name__)
        return original(query)

    source._wait = counted  # type: ignore[method-assign]

    def read() -> tuple[list[int], list[int]]:
        of_all = [item.id for kind in Kind for item in (*source.each(kind), *source.children(kind, 1))]
        return of_all, [ref.id for ref in source.refs()]

    assert await asyncio.to_thread(read) == ([1], [1])
    assert asked == ["whole"], "the whole content of a context of few objects comes at once"
    await put(pool, 9_000_906, Kind.PAGES, MANY)
    source, asked = await source_of(pool, 9_000_906), []
    original, source._wait = source._wait, counted  # type: ignore[method-assign]
    assert len((await asyncio.to_thread(read))[1]) == 202
    assert asked == ["whole", "counts", "batch", "batch", "children", "refs"]


async def test_a_context_of_few_objects_reads_as_one_of_many(pool: Pool) -> None:
    few = {
        Kind.PAGES: [Page(id=n, title=f"p{n}", url=f"u{n}", position=9 - n if n % 2 else None) for n in range(1, 5)],
        Kind.MODULES: [Module(id=n, name=f"m{n}", position=3 - n) for n in (1, 2)],
        Kind.MODULE_ITEMS: [ModuleItem(id=n, module_id=1 + n % 2, title=f"i{n}", position=9 - n) for n in range(1, 6)],
    }
    for course_id in (9_000_907, 9_000_908):
        for kind, items in few.items():
            await put(pool, course_id, kind, items)
    await put(pool, 9_000_908, Kind.ANNOUNCEMENTS, [DiscussionTopic(id=page.id, title="t") for page in MANY])
    small, large = await source_of(pool, 9_000_907), await source_of(pool, 9_000_908)

    def read(source: CourseSource) -> list[object]:
        each = [list(source.each(kind)) for kind in few]
        children = [source.children(Kind.MODULE_ITEMS, parent) for parent in (1, 2, 3)]
        single = [source.get(Kind.PAGES, 3), source.get(Kind.PAGES, 99), source.get(Kind.QUIZZES, 1)]
        return [each, list(map(list, children)), single, list(source.refs(*few)), [source.count(kind) for kind in few]]

    assert await asyncio.to_thread(read, small) == await asyncio.to_thread(read, large)
    assert (small._small is not None, large._small is None) == (True, True)


async def test_the_summary_of_a_context_counts_what_is_packed_and_has_the_number_of_its_content(people: School) -> None:
    course = await people.course(name="Tides")
    await put(people.pool, course.id, Kind.PAGES, [Page(id=1, title="p", url="p"), Page(id=2, title="q", url="q")])
    await put(people.pool, course.id, Kind.FILES, [File(id=3, display_name="f", filename="f", size=40)])
    rows = ContentRows(people.pool)
    summary = await rows.summary(course, None)
    assert summary is not None
    assert (summary.course.id, summary.course.name) == (course.id, "Tides")
    assert (summary.objects, summary.bytes) == (3, 40) == await rows.volume(course, None)
    assert summary.generation == await rows.generation(course)
    only_pages = await rows.summary(course, [Kind.PAGES])
    assert only_pages is not None
    assert (only_pages.objects, only_pages.bytes) == (2, 0)


async def test_groups_and_users_have_a_summary_and_deleted_contexts_have_none(people: School) -> None:
    person = await people.person()
    rows = ContentRows(people.pool)
    for context in (await people.group(person), Context(ContextType.USER, person.id)):
        summary = await rows.summary(context, None)
        assert summary is not None
        assert (summary.course.id, summary.objects, summary.bytes) == (context.id, 0, 0)
    await people.pool.execute("UPDATE users SET workflow_state = 'deleted' WHERE id = $1", person.id)
    assert await rows.summary(Context(ContextType.USER, person.id), None) is None
