"""Lists of exports, newest first: those of a context as a caller sees them, and those of all contexts."""

from __future__ import annotations

from datetime import datetime

from shared.adapters.postgres.content_exports import BY_ID, FIRST, exports_from
from shared.adapters.postgres.pool import Pool, translated
from shared.domain.export import ContentExport, Context
from shared.domain.export_filter import ExportFilter

# This must agree with `in_list` of shared/domain/rights.py.
_VISIBLE = """
 WHERE e.context_type = $1 AND e.context_id = $2
   AND (e.user_id = $3 AND ($4 OR e.export_type = 'zip' OR $1 <> 'Course') OR ($4 AND $1 = 'Course' AND e.export_type <> 'zip'))
   AND e.workflow_state = ANY($5::text[]) AND e.export_type = ANY($6::text[])
   AND ($7::bigint IS NULL OR e.user_id = $7)
   AND e.created_at >= coalesce($8::timestamptz, '-infinity') AND e.created_at < coalesce($9::timestamptz, 'infinity')
"""
OF_CONTEXT = f"""
{FIRST} {_VISIBLE} AND e.id < coalesce($10::bigint, 9223372036854775807) ORDER BY e.id DESC LIMIT $11 OFFSET $12
"""
_COUNT = f"SELECT count(*) FROM content_exports e {_VISIBLE}"  # noqa: S608  (no value is put in)

# A page is merged from the newest of each state and type: each is the beginning of a range of the index, so that a page
# costs the same in a table of any size, whatever is asked for and however rare it is. Of two upper bounds PostgreSQL would
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


class ExportLists:
    """The lists of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of_context(
        self,
        context: Context,
        user_id: int | None,
        wanted: ExportFilter,
        *,
        reads_as_admin: bool,
        limit: int,
        offset: int = 0,
        before_id: int | None = None,
    ) -> tuple[list[ContentExport], int]:
        """One page of the list that this caller sees, by falling id, and how many there are on all pages.

        In courses, admins see every cartridge and QTI export and their own zips, others their own zips; in groups and
        for users, everyone sees what they started themselves. The page begins below `before_id`, if that is given.
        """
        where = (
            *(context.type.value, context.id, user_id, reads_as_admin, wanted.states, wanted.types),
            *(wanted.user_id, wanted.created_after, wanted.created_before),
        )
        with translated():
            rows = await self._pool.fetch(OF_CONTEXT, *where, before_id, limit, offset)
            total: int = await self._pool.fetchval(_COUNT, *where)
            return await exports_from(self._pool, rows), total

    async def of_account(
        self, wanted: ExportFilter, *, limit: int, before: tuple[datetime, int] | None = None
    ) -> list[ContentExport]:
        """Up to `limit` exports of all contexts, newest first, after the one with this time and id."""
        end = None if wanted.created_before is None else (wanted.created_before, 0)
        time, export_id = min((each for each in (before, end) if each is not None), default=(None, None))
        values = (wanted.states, wanted.types, wanted.created_after, time, export_id, limit)
        user = () if wanted.user_id is None else (wanted.user_id,)
        with translated():
            page = await self._pool.fetch(OF_USER if user else OF_ACCOUNT, *values, *user)
            rows = await self._pool.fetch(BY_ID, [row["id"] for row in page])
            exports = {each.id: each for each in await exports_from(self._pool, rows)}
        return [exports[row["id"]] for row in page]
