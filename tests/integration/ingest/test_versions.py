"""The rule of versions in the database: the same as in the domain, for rows at once and rows of a sync."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

from hypothesis import HealthCheck, given, settings

from shared.adapters.postgres.content_tables.content_writes import Written, object_row, put_rows, tombstone
from shared.adapters.postgres.pool import Pool
from shared.domain.content.pages import Page
from shared.domain.content.topics import DiscussionTopic
from shared.domain.content.version import Version, is_newer
from shared.domain.export import Context, ContextType
from shared.domain.kinds import Kind
from tests.support.content_streams import START, Change, streams

TIMES = (None, START, START + timedelta(seconds=1))
VERSIONS = [Version(*fields) for fields in product((None, 1, 2), TIMES, TIMES)]


def course(course_id: int) -> Context:
    return Context(ContextType.COURSE, course_id)


async def rows_of(pool: Pool, context: Context) -> list[tuple[Any, ...]]:
    sql = "SELECT kind, id, body, revision, changed_at, sent_at FROM content_objects WHERE context_id = $1 ORDER BY id"
    return [tuple(row) for row in await pool.fetch(sql, context.id)]


async def apply(pool: Pool, context: Context, stream: list[Change]) -> None:
    await pool.execute("DELETE FROM content_objects WHERE context_id = $1", context.id)
    for object_id, title, version in stream:
        page = None if title is None else object_row(Kind.PAGES, Page(id=object_id, title=title, url="p"), version)
        await put_rows(pool, context, Kind.PAGES, [page or tombstone(object_id, version)])  # type: ignore[arg-type]


async def test_the_function_of_the_database_is_the_rule_of_the_domain(pool: Pool) -> None:
    pairs = list(product(VERSIONS, VERSIONS))
    columns = zip(*((*new, *old) for new, old in pairs), strict=True)
    types = ("bigint[]", "timestamptz[]", "timestamptz[]") * 2
    arrays = ", ".join(f"${number}::{type_}" for number, type_ in enumerate(types, start=1))
    sql = f"SELECT content_is_newer(a, b, c, d, e, f) FROM unnest({arrays}) AS w (a, b, c, d, e, f)"
    found = [row[0] for row in await pool.fetch(sql, *columns)]
    assert found == [is_newer(new, old) for new, old in pairs]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(both=streams())
async def test_a_shuffled_and_doubled_stream_ends_in_the_same_rows_as_the_ordered_one(
    pool: Pool, both: tuple[list[Change], list[Change]]
) -> None:
    history, stream = both
    await apply(pool, course(7_700), history)
    await apply(pool, course(7_701), stream)
    assert await rows_of(pool, course(7_700)) == await rows_of(pool, course(7_701))


async def put(pool: Pool, context: Context, kind: Kind, title: str, version: Version, **more: Any) -> Written:
    row = object_row(kind, DiscussionTopic(id=1, title=title), version)
    return await put_rows(pool, context, kind, [row], **more)  # type: ignore[arg-type]


async def test_a_topic_becomes_an_announcement_only_by_a_newer_state(pool: Pool) -> None:
    context = course(7_702)
    topic, announcement = Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS
    await put(pool, context, topic, "two", Version(2))
    assert await put(pool, context, announcement, "one", Version(1)) == Written(older=frozenset({1}))
    assert [row[0] for row in await rows_of(pool, context)] == [topic]
    assert await put(pool, context, announcement, "three", Version(3)) == Written()
    assert [row[0] for row in await rows_of(pool, context)] == [announcement]


async def test_what_a_load_has_without_a_revision_wins_and_is_a_change_of_its_own_time(pool: Pool) -> None:
    context, topic = course(7_703), Kind.DISCUSSION_TOPICS
    await put(pool, context, topic, "sent", Version(5))
    assert await put(pool, context, topic, "loaded", Version(), is_load=True) == Written()
    assert await put(pool, context, topic, "loaded", Version(), is_load=True) == Written(unchanged=frozenset({1}))
    assert await put(pool, context, topic, "sent", Version(5)) == Written(older=frozenset({1}))
    assert await put(pool, context, topic, "old", Version(4), is_load=True) == Written(older=frozenset({1}))
    [(_, _, body, revision, _, _)] = await rows_of(pool, context)
    assert (body["title"], revision) == ("loaded", 5)
    assert await put(pool, context, topic, "sent", Version(6)) == Written()
