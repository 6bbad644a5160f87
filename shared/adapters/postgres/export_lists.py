"""Lists of exports, newest first: those of a context as a caller sees them, and those of all contexts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.postgres.content_exports import BY_ID, exports_from
from shared.adapters.postgres.pool import Pool, translated
from shared.domain.export import ContentExport, Context, ContextType, ExportId, ExportType
from shared.domain.export_filter import ExportFilter

# A page of a context is merged, too, from what anyone requested of some types and what one user requested of others.
# `below` is the id that it begins below.
_OF_CONTEXT = """
SELECT e.id
  FROM unnest($3::text[]) AS s (state) CROSS JOIN unnest($4::text[]) AS t (type)
 CROSS JOIN LATERAL (
       SELECT id FROM content_exports
        WHERE context_type = $1 AND context_id = $2 AND workflow_state = s.state AND export_type = t.type AND id < {below}
          AND created_at >= coalesce($7::timestamptz, '-infinity') AND created_at < coalesce($8::timestamptz, 'infinity')
        ORDER BY id DESC LIMIT $9) e
 UNION ALL
SELECT e.id
  FROM unnest($3::text[]) AS s (state) CROSS JOIN unnest($6::text[]) AS t (type)
 CROSS JOIN LATERAL (
       SELECT id FROM content_exports
        WHERE user_id = $5 AND workflow_state = s.state AND export_type = t.type
          AND context_type = $1 AND context_id = $2 AND id < {below}
          AND created_at >= coalesce($7::timestamptz, '-infinity') AND created_at < coalesce($8::timestamptz, 'infinity')
        ORDER BY id DESC LIMIT $9) e
"""
OF_CONTEXT = f"""
{_OF_CONTEXT.format(below="coalesce($10::bigint, 9223372036854775807)")} ORDER BY id DESC LIMIT $11 OFFSET $12
"""
COUNT = f"SELECT count(*) FROM ({_OF_CONTEXT.format(below='9223372036854775807')} LIMIT $9) e"  # noqa: S608

# A page is merged from the newest of each state and type: each is the beginning of a range of the index, so that a page
# costs the same in a table of any size, whatever the filters and however rare the matches. Of two upper bounds PostgreSQL would
# begin at one and pass over what the other excludes: there is one, the place of the page or the end of the time.
_MERGED = """
SELECT e.id, e.created_at
  FROM unnest($1::text[]) AS s (state) CROSS JOIN unnest($2::text[]) AS t (type)
 CROSS JOIN LATERAL (
       SELECT id, created_at FROM content_exports
        WHERE {user} workflow_state = s.state AND export_type = t.type
          AND created_at >= coalesce($3::timestamptz, '-infinity')
          AND (created_at, id) < (coalesce($4::timestamptz, 'infinity'), coalesce($5::bigint, 0))
        ORDER BY created_at DESC, id DESC LIMIT $6) e
 ORDER BY e.created_at DESC, e.id DESC LIMIT $6
"""
OF_ACCOUNT = _MERGED.format(user="")  # content_exports_by_state
OF_USER = _MERGED.format(user="user_id = $7 AND")  # content_exports_by_user

Place = tuple[datetime, int]  # the time and the id of an export, after which a page begins

MOST_COUNTED = 1000  # exports of a list


class ExportLists:
    """The lists of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of_context(
        self,
        context: Context,
        user_id: int | None,
        filters: ExportFilter,
        *,
        reads_as_admin: bool,
        limit: int,
        offset: int = 0,
        before_id: int | None = None,
    ) -> tuple[list[ContentExport], int | None]:
        """One page of the list that this caller sees, by falling id, and how many there are on all pages: None for many.

        In courses, admins see every cartridge and QTI export and their own zips, others their own zips; in groups and
        for users, everyone sees what they started themselves. The page begins below `before_id`, if that is given.
        """
        of_all, user, own = _parts(context, user_id, filters, reads_as_admin=reads_as_admin)
        where = (context.type.value, context.id, filters.states, of_all, user, own)
        times = (filters.created_after, filters.created_before)
        with translated():
            page = await self._pool.fetch(OF_CONTEXT, *where, *times, limit + offset, before_id, limit, offset)
            exports = await self._in_order([row["id"] for row in page])
            total: int = await self._pool.fetchval(COUNT, *where, *times, MOST_COUNTED + 1)
        return exports, total if total <= MOST_COUNTED else None

    async def of_account(
        self, filters: ExportFilter, *, limit: int, before: Place | None = None
    ) -> list[ContentExport]:
        """Up to `limit` exports of all contexts, newest first, after the one with this time and id."""
        with translated():
            page = await places_of_account(self._pool, filters, limit, before)
            return await self._in_order([export_id for _, export_id in page])

    async def _in_order(self, ids: Sequence[int]) -> list[ContentExport]:
        """The exports with these ids."""
        rows = await self._pool.fetch(BY_ID, ids)
        exports = {each.id: each for each in await exports_from(self._pool, rows)}
        return [exports[ExportId(each)] for each in ids if each in exports]  # else removed meanwhile


async def places_of_account(pool: Pool, filters: ExportFilter, limit: int, before: Place | None) -> list[Place]:
    """The places of up to `limit` exports of all contexts, newest first, after this one."""
    end = None if filters.created_before is None else (filters.created_before, 0)
    time, export_id = min((each for each in (before, end) if each is not None), default=(None, None))
    values = (filters.states, filters.types, filters.created_after, time, export_id, limit)
    user = () if filters.user_id is None else (filters.user_id,)
    rows = await pool.fetch(OF_USER if user else OF_ACCOUNT, *values, *user)
    return [(row["created_at"], row["id"]) for row in rows]


def _parts(
    context: Context, user_id: int | None, filters: ExportFilter, *, reads_as_admin: bool
) -> tuple[list[ExportType], int | None, list[ExportType]]:
    """(types that are listed for all who requested them, a user, types that are listed where that user requested them).

    This must agree with `in_list` of shared/domain/rights.py.
    """
    in_course = context.type is ContextType.COURSE
    of_all: list[ExportType] = [
        each for each in filters.types if reads_as_admin and in_course and each is not ExportType.ZIP
    ]
    own = [each for each in filters.types if reads_as_admin or not in_course or each is ExportType.ZIP]
    if filters.user_id is None:
        return of_all, user_id, [each for each in own if each not in of_all]
    if filters.user_id == user_id:
        return [], user_id, [each for each in filters.types if each in own or each in of_all]
    return [], filters.user_id, of_all
