"""Writes content objects: inserted, replaced by newer ones, or deleted; at once, or staged for the end of a sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from shared.adapters.postgres.pool import Connection, Record, translated
from shared.domain.content.content_object import Content
from shared.domain.content.version import Version
from shared.domain.export import Context, ContextType
from shared.domain.kinds import Kind

_LAST = 2_147_483_647  # the largest `integer`

# The field of an object that holds the id of its parent.
PARENTS: Mapping[Kind, str] = {
    Kind.FOLDERS: "parent_folder_id",
    Kind.FILES: "folder_id",
    Kind.MODULE_ITEMS: "module_id",
    Kind.QUIZ_GROUPS: "quiz_id",
    Kind.QUIZ_QUESTIONS: "quiz_id",
    Kind.BANK_QUESTIONS: "question_bank_id",
}

# Two kinds share one set of ids, since an announcement is a topic in Canvas: an id moves from one kind to the other.
TWINS: Mapping[Kind, Kind] = {
    Kind.DISCUSSION_TOPICS: Kind.ANNOUNCEMENTS,
    Kind.ANNOUNCEMENTS: Kind.DISCUSSION_TOPICS,
}

# $11 is true for a load: what it holds without a revision replaces what is there, whose revision stays; it is a change of
# the time of the load.
_VERSION = ", ".join(
    f"{name} = CASE WHEN $11 AND EXCLUDED.revision IS NULL THEN {of_load} ELSE EXCLUDED.{name} END"
    for name, of_load in (
        ("revision", "o.revision"),
        ("changed_at", "greatest(o.changed_at, now())"),
        ("sent_at", "o.sent_at"),
    )
)
_SENT = "coalesce($13::timestamptz, now())"
_DIFFERS = "(o.body, o.parent_id, o.position) IS DISTINCT FROM (EXCLUDED.body, EXCLUDED.parent_id, EXCLUDED.position)"


def is_newer_sql(new: str, old: str) -> str:
    """The condition that the row `new` is newer than the row `old`, both aliases with the columns of a version."""
    versions = (f"{row}.revision, {row}.changed_at, {row}.sent_at" for row in (new, old))
    return f"content_is_newer({', '.join(versions)})"


def replaces_sql(new: str, old: str, sent_at: str) -> str:
    """The condition that `new`, which was sent then, replaces the row `old` of content_objects.

    It is newer; or a sync had deleted the old one before, and it is no older than what the sync deleted.
    """
    returns = f"{old}.deleted AND {old}.swept_at <= {sent_at}"
    as_new = f"coalesce({new}.revision, -1) >= coalesce({old}.revision, -1)"
    return f"({is_newer_sql(new, old)} OR ({returns} AND {as_new}))"


def _put_statement(*, staged: bool, twins: bool) -> str:
    """One statement for the objects of a kind, whose ids differ: they are written, and those that are not say why.

    A row that it inserts is not visible to its last part, which tells the others. $12 is the twin of the kind, or the
    kind itself; $13 the sync, or when the objects were sent. An announcement that is newer as a topic stays one, and one
    that was taken is a topic no more.
    """
    table = "content_staged" if staged else "content_objects"
    column, value = ("sync", "$13") if staged else ("updated_at", "clock_timestamp()")
    of_twin = "t.context_type = $1 AND t.context_id = $2 AND t.kind = $12" + (" AND t.sync = $13" if staged else "")
    newer_than_twin = is_newer_sql("w", "t") if staged else replaces_sql("w", "t", _SENT)
    newer = is_newer_sql("EXCLUDED", "o") if staged else replaces_sql("EXCLUDED", "o", _SENT)
    unless_newer = f"""
        WHERE NOT EXISTS (SELECT FROM {table} t WHERE {of_twin} AND t.id = w.id
                             AND NOT ($11 AND w.revision IS NULL) AND NOT {newer_than_twin})
    """
    drop = f", dropped AS (DELETE FROM {table} t USING put WHERE {of_twin} AND t.id = put.id)"  # noqa: S608  (no value is put in)
    return f"""
    WITH w AS (
        SELECT w.id, w.parent_id, w.position, w.body, w.revision, w.changed_at, w.sent_at
          FROM unnest($4::bigint[], $5::bigint[], $6::integer[], $7::jsonb[], $8::bigint[], $9::timestamptz[],
                      $10::timestamptz[]) AS w (id, parent_id, position, body, revision, changed_at, sent_at)
    ), put AS (
        INSERT INTO {table} AS o (context_type, context_id, {column}, kind,
                                  id, parent_id, position, body, revision, changed_at, sent_at)
        SELECT $1, $2, {value}, $3, w.id, w.parent_id, w.position, w.body, w.revision, w.changed_at, w.sent_at
          FROM w {unless_newer if twins else ""}
        ON CONFLICT (context_type, context_id, {"sync, " if staged else ""}kind, id) DO UPDATE
           SET parent_id = EXCLUDED.parent_id, position = EXCLUDED.position, body = EXCLUDED.body,
               {_VERSION}{"" if staged else ", swept_at = NULL, updated_at = clock_timestamp()"}
         WHERE CASE WHEN $11 AND EXCLUDED.revision IS NULL THEN {_DIFFERS} ELSE {newer} END
        RETURNING id
    ){drop if twins else ""}
    SELECT w.id, bool_or({is_newer_sql("t", "w")} AND NOT ($11 AND w.revision IS NULL)) AS older
      FROM w JOIN {table} t ON t.context_type = $1 AND t.context_id = $2 AND t.kind IN ($3, $12) AND t.id = w.id
       {"AND t.sync = $13" if staged else ""}
     WHERE NOT EXISTS (SELECT FROM put WHERE put.id = w.id)
     GROUP BY w.id
    """  # noqa: S608  (no value is put in)


_PUT = {
    (staged, twins): _put_statement(staged=staged, twins=twins) for staged in (False, True) for twins in (False, True)
}

_NAME = """
INSERT INTO content_identifiers (context_type, context_id, kind, id, prefix, migration_id)
SELECT $1, $2, w.kind, w.id, w.prefix, w.migration_id
  FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[]) AS w (kind, id, prefix, migration_id)
ON CONFLICT (context_type, context_id, kind, id, prefix) DO UPDATE SET migration_id = EXCLUDED.migration_id
"""
_REPLACED = {
    kind: f"UPDATE {table} SET content_generation = content_generation + 1 WHERE id = $1"  # noqa: S608
    for kind, table in (
        (ContextType.COURSE, "courses"),
        (ContextType.GROUP, "groups"),
        (ContextType.USER, "users"),
    )
}


class ObjectRow(NamedTuple):
    """A row of content: an object with its place and its version."""

    id: int
    parent_id: int | None
    position: int | None
    body: dict[str, Any]
    version: Version


class Written(NamedTuple):
    """What became of objects: the ids of those that were not written, since they are unchanged, or older: never both."""

    unchanged: frozenset[int] = frozenset()
    older: frozenset[int] = frozenset()

    @classmethod
    def of(cls, unwritten: Sequence[Record]) -> Self:
        """From the rows (id, older) of what was not written."""
        return cls(
            frozenset(row["id"] for row in unwritten if not row["older"]),
            frozenset(row["id"] for row in unwritten if row["older"]),
        )


def object_row(kind: Kind, item: Content, version: Version = Version()) -> ObjectRow:  # noqa: B008  (immutable)
    """The row of an object of a kind."""
    parent = PARENTS.get(kind)
    return ObjectRow(item.id, getattr(item, parent) if parent else None, _place(item.position), item.to_json(), version)


def tombstone(object_id: int, version: Version) -> ObjectRow:
    """The row of a deleted object, which an older upsert does not bring back. It has nothing of the object but its id."""
    return ObjectRow(object_id, None, None, {"id": object_id, "workflow_state": "deleted"}, version)


def _place(position: int | None) -> int | None:
    """A position that fits the column; one outside of its range counts as none, and the object comes last."""
    return position if position is None or -_LAST <= position < _LAST else None


async def put_rows(
    db: Connection,
    context: Context,
    kind: Kind,
    rows: Sequence[ObjectRow],
    *,
    is_load: bool = False,
    sync: str = "",
    sent_at: datetime | None = None,
) -> Written:
    """Write objects of a kind, whose ids differ; `sync` stages them. `is_load`: those without a revision are the newest.

    `sent_at` is when they were sent; None: now.
    """
    ids, parents, places, bodies, versions = zip(*rows, strict=True)
    revisions, changed, sent = zip(*versions, strict=True)
    twin = TWINS.get(kind)
    columns = (ids, parents, places, bodies, revisions, changed, sent)
    values = [is_load, (twin or kind).value, sync or sent_at]
    with translated():
        unwritten = await db.fetch(
            _PUT[bool(sync), twin is not None], context.type.value, context.id, kind.value, *columns, *values
        )
    return Written.of(unwritten)


async def put_identifiers(db: Connection, context: Context, names: Mapping[tuple[Kind, int, str], str]) -> None:
    """Store the identifiers that a package gives its objects: (kind, id, prefix) -> identifier."""
    if not names:
        return
    columns: tuple[list[Any], ...] = ([], [], [], [])
    for (kind, object_id, prefix), name in names.items():
        for column, value in zip(columns, (kind.value, object_id, prefix, name), strict=True):
            column.append(value)
    with translated():
        await db.execute(_NAME, context.type.value, context.id, *columns)


async def note_replaced(db: Connection, context: Context) -> None:
    """Let exports of a context that have begun begin again: its content is replaced in this transaction."""
    with translated():
        await db.execute(_REPLACED[context.type], context.id)
