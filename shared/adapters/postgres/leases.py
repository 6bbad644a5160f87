"""The writes of a worker to the export that it builds. Each names the attempt, and has no effect once that is over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from importlib.metadata import version
from itertools import islice
from typing import Any

from msgspec.structs import asdict

from shared.adapters.postgres.content_exports import export_columns, export_from
from shared.adapters.postgres.operator.paused import NOT_PAUSED, PAUSED
from shared.adapters.postgres.packages.package_entries import entry_columns, keep_entries, remove_entries
from shared.adapters.postgres.pool import Pool, check, translated
from shared.contracts.estimates import estimate_json
from shared.domain.attempts import NO_FACTS, NO_REASON, AttemptFacts, HandedBack
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import Fenced
from shared.domain.expected import ExpectedTimes
from shared.domain.export import ContentExport, ExportId, ExportType, PackedSoFar
from shared.domain.fairness.fair_turns import NO_LIMIT
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.report import Receipt

# Candidates in the order of their turns: small exports, large ones where one may begin, and those whose worker is lost.
# As many as there may be claims at one moment: each locks one export, and passes over what another has locked. They are
# looked up one by one until one is locked, whatever the tables held when the server planned this.
# `attempt` is the fencing token: every later write names it, and has no effect once another claim has raised it.
# The clock of the type is moved by one claim of several at a moment: none waits for another.
# What is paused is passed over, and a worker that drains gets none.
_CLAIM = f"""
WITH paused AS MATERIALIZED ({PAUSED}), closed AS MATERIALIZED (
    SELECT everything OR EXISTS (SELECT FROM worker_processes WHERE name = $3 AND draining_since IS NOT NULL) AS everything
      FROM paused
), room AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT FROM content_exports WHERE export_type = $1 AND large
                                AND workflow_state = 'created' AND held IS NOT TRUE)
                  OR EXISTS (SELECT FROM content_exports WHERE export_type = $1 AND large
                                AND workflow_state = 'exporting' AND lease_expires_at < now())
                THEN has_room_for_large_export($1) ELSE false END AS for_large
), candidate AS MATERIALIZED (
    (SELECT id, turn FROM content_exports
      WHERE export_type = $1 AND large = false AND workflow_state = 'created' AND held IS NOT TRUE
        AND NOT (SELECT everything FROM closed)
        AND {NOT_PAUSED}
      ORDER BY turn, id LIMIT 64)
    UNION ALL
    (SELECT id, turn FROM content_exports
      WHERE (SELECT for_large FROM room)
        AND export_type = $1 AND large = true AND workflow_state = 'created' AND held IS NOT TRUE
        AND NOT (SELECT everything FROM closed)
        AND {NOT_PAUSED}
      ORDER BY turn, id LIMIT 64)
    UNION ALL
    (SELECT id, turn FROM content_exports
      WHERE export_type = $1 AND workflow_state = 'exporting' AND lease_expires_at < now()
        AND attempt - stopped_attempts < $4 AND (NOT large OR (SELECT for_large FROM room))
        AND NOT (SELECT everything FROM closed)
        AND {NOT_PAUSED}
      ORDER BY turn, id LIMIT 64)
), next AS (
    SELECT e.id FROM (SELECT id FROM candidate ORDER BY turn, id) c
     CROSS JOIN LATERAL (SELECT id FROM content_exports
                          WHERE id = c.id AND (workflow_state = 'created'
                                               OR (workflow_state = 'exporting' AND lease_expires_at < now()))
                            FOR UPDATE SKIP LOCKED) e
     LIMIT 1
), claimed AS (
    UPDATE content_exports e
       SET workflow_state = 'exporting', attempt = attempt + 1, worker = $3, requeued_at = NULL, claimed_at = now(),
           lease_expires_at = now() + make_interval(secs => $2), started_at = coalesce(started_at, now()),
           updated_at = now()
      FROM next WHERE e.id = next.id
    RETURNING {export_columns("e")}
), clock AS (
    UPDATE export_clocks SET turn = claimed.turn FROM claimed
     WHERE export_clocks.export_type = (SELECT export_type FROM export_clocks WHERE export_type = $1 FOR UPDATE SKIP LOCKED)
       AND export_clocks.turn < claimed.turn
)
SELECT {export_columns("claimed")} FROM claimed
"""  # noqa: S608  (no value is put in)

_ANNOUNCE = """
INSERT INTO worker_processes (name, export_type, slots, seen_until, seen_at, version)
VALUES ($1, $2, $3, now() + make_interval(secs => $4), now(), $5)
ON CONFLICT (name) DO UPDATE SET seen_until = EXCLUDED.seen_until, seen_at = EXCLUDED.seen_at
RETURNING draining_since IS NOT NULL
"""
_IS_DRAINING = "SELECT EXISTS (SELECT FROM worker_processes WHERE name = $1 AND draining_since IS NOT NULL)"
_WITHDRAW = "DELETE FROM worker_processes WHERE name = $1 OR seen_until < now() - interval '1 day'"

# To renew the lease and to report completion is one write. An event is logged only if completion rises.
_REPORT = """
WITH mine AS (
    UPDATE content_exports
       SET lease_expires_at = now() + make_interval(secs => $3), updated_at = now()
     WHERE id = $1 AND attempt = $2 AND workflow_state = 'exporting'
    RETURNING id, progress_id
), moved AS (
    UPDATE progress SET completion = $4, updated_at = now()
      FROM mine WHERE progress.id = mine.progress_id AND progress.completion < $4
    RETURNING progress.id
)
SELECT mine.id, (SELECT log_export_progress(e, $4, $5) IS NULL FROM moved, content_exports e WHERE e.id = mine.id)
  FROM mine
"""

_FINISH = """
WITH mine AS (
    UPDATE content_exports
       SET workflow_state = 'exported', warnings_count = $3, finished_at = now(), updated_at = now(),
           lease_expires_at = NULL
     WHERE id = $1 AND attempt = $2 AND workflow_state = 'exporting'
    RETURNING id, attempt, worker, claimed_at
), ended AS (
    INSERT INTO export_attempts (content_export_id, attempt, worker, claimed_at, outcome, facts)
    SELECT id, attempt, worker, claimed_at, 'finished', $22 FROM mine
    ON CONFLICT DO NOTHING
), attached AS (
    INSERT INTO attachments (content_export_id, key, filename, content_type, size, sha256, entries, part, parts, expires_at)
    SELECT mine.id, p.key, p.filename, p.content_type, p.size, p.sha256, p.entries, p.part, cardinality($6::text[]),
           now() + make_interval(secs => $5)
      FROM mine, unnest($6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::integer[])
           WITH ORDINALITY AS p (key, filename, content_type, size, sha256, entries, part)
), reported AS (
    INSERT INTO export_reports (content_export_id, receipt) SELECT id, $4 FROM mine
), listed AS (
    INSERT INTO package_entries (content_export_id, place, path, size, compressed_size, crc32, header_offset, sha256, kind,
                                 item_id, title, part)
    SELECT mine.id, e.place - 1, e.path, e.size, e.compressed_size, e.crc32, e.header_offset, e.sha256, e.kind, e.item_id,
           e.title, e.part
      FROM mine, unnest($12::text[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::text[],
                        $19::bigint[], $20::text[], $21::integer[])
           WITH ORDINALITY AS e (path, size, compressed_size, crc32, header_offset, sha256, kind, item_id, title, part, place)
)
SELECT id FROM mine
"""

# Locks the export alone, so that no event log waits while thousands of rows are written.
_OWN = "SELECT true FROM content_exports WHERE id = $1 AND attempt = $2 AND workflow_state = 'exporting' FOR UPDATE"

_FAIL = """
WITH mine AS (
    UPDATE content_exports
       SET workflow_state = 'failed', error_code = $3, error_message = $4, finished_at = now(), updated_at = now(),
           lease_expires_at = NULL
     WHERE id = $1 AND attempt = $2 AND workflow_state = 'exporting'
    RETURNING id, attempt, worker, claimed_at
), ended AS (
    INSERT INTO export_attempts (content_export_id, attempt, worker, claimed_at, outcome, error_code, error_message, facts)
    SELECT id, attempt, worker, claimed_at, 'failed', $3, left($4, 1000), $6 FROM mine
    ON CONFLICT DO NOTHING
), reported AS (
    INSERT INTO export_reports (content_export_id, receipt) SELECT id, $5 FROM mine WHERE $5::jsonb IS NOT NULL
)
SELECT id FROM mine
"""

# The lease of an export that is handed back ends after the wait; then the janitor puts it on the queue again. An attempt
# that could not be handed back in time, because the database was away, is still none that counts.
_RELEASE = """
WITH released AS (
    UPDATE content_exports
       SET lease_expires_at = CASE WHEN attempt = $2 THEN now() + make_interval(secs => $3) ELSE lease_expires_at END,
           stopped_attempts = stopped_attempts + $4::boolean::integer,
           updated_at = now()
     WHERE id = $1 AND workflow_state = 'exporting' AND (attempt = $2 OR (attempt > $2 AND $4))
    RETURNING id, CASE WHEN attempt = $2 THEN claimed_at END AS claimed_at
)
INSERT INTO export_attempts AS a (content_export_id, attempt, worker, claimed_at, outcome, counts, error_code, error_message, facts)
SELECT id, $2, $5, claimed_at, $6, NOT $4, $7, left($8, 1000), $9 FROM released
ON CONFLICT (content_export_id, attempt) DO UPDATE
   SET outcome = EXCLUDED.outcome, counts = EXCLUDED.counts AND a.counts, error_code = EXCLUDED.error_code,
       error_message = EXCLUDED.error_message, facts = EXCLUDED.facts
"""


_LISTED_AT_ONCE = 1000  # members that go with the statement that finishes an export


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """A complete package in the object store."""

    key: str
    filename: str
    content_type: str
    size: int
    sha256: str
    entries: int


class Leases:
    """The exports that one worker builds."""

    def __init__(
        self, pool: Pool, worker: str, lease_s: float, keep_s: float | None = None, *, max_attempts: int = NO_LIMIT
    ) -> None:
        """`keep_s` is how many seconds packages are kept once they are finished; None: for ever.

        An export that has lost its worker `max_attempts` times is claimed no more: the janitor ends it.
        """
        self._pool = pool
        self._worker = worker
        self._lease_s = lease_s
        self._keep_s = keep_s
        self._max_attempts = max_attempts
        self._version = version("content-exports")  # read from a file: not at each heartbeat

    async def claim(self, export_type: ExportType) -> ContentExport | None:
        """Take the export of this type whose turn it is, as its next attempt; None if none may be built now."""
        with translated():
            row = await self._pool.fetchrow(_CLAIM, export_type.value, self._lease_s, self._worker, self._max_attempts)
        return export_from(row) if row else None

    async def announce(self, export_type: ExportType, slots: int) -> bool:
        """Announce so many slots of this process for exports of the type, until a lease is over or `withdraw`.

        Returns whether an operator drains it: then no claim gives it any.
        """
        place = (self._worker, export_type.value, slots, self._lease_s, self._version)
        with translated():
            return bool(await self._pool.fetchval(_ANNOUNCE, *place))

    async def is_draining(self) -> bool:
        """Whether an operator drains this process, as `announce` returns it."""
        with translated():
            return bool(await self._pool.fetchval(_IS_DRAINING, self._worker))

    async def withdraw(self) -> None:
        """Withdraw the slots: this process takes no exports any more."""
        with translated():
            await self._pool.execute(_WITHDRAW, self._worker)

    async def report(
        self,
        export_id: ExportId,
        attempt: int,
        completion: float,
        so_far: PackedSoFar | None = None,
        expected: ExpectedTimes | None = None,
    ) -> None:
        """Renew the lease and report completion in percent. Raises Fenced once the attempt does not own the export.

        The event of it has what is expected of the export now.
        """
        completion = min(completion, 99.0)  # 100 is for exports whose package can be downloaded
        details = _progress_details(so_far, expected)
        with translated():
            renewed = await self._pool.fetchval(_REPORT, export_id, attempt, self._lease_s, completion, details)
        if renewed is None:
            raise Fenced

    async def finish(
        self,
        export_id: ExportId,
        attempt: int,
        packages: Sequence[StoredPackage],
        receipt: Receipt,
        entries: Collection[PackageEntry] = (),
        *,
        facts: AttemptFacts = NO_FACTS,
    ) -> None:
        """Make the export exported, and the packages its attachments, by one statement.

        It locks the event log of the context, and ends by itself even if this process is frozen in the middle. Only the
        members of a large package, or of a later attempt, are written before: while the export is not exported, nobody
        reads them. Raises Fenced once the attempt does not own the export; nothing is attached then.
        """
        outcome = (len(receipt.warnings), receipt, self._keep_s)
        columns = zip(*(astuple(package) for package in packages), strict=True)
        listed = list(islice(entries, _LISTED_AT_ONCE + 1))
        with translated():
            if attempt > 1 or len(listed) > _LISTED_AT_ONCE:
                await self._list(export_id, attempt, entries)
                listed = []
            finished = await self._pool.fetchval(
                _FINISH, export_id, attempt, *outcome, *columns, *entry_columns(listed), facts
            )
        if finished is None:
            raise Fenced

    async def _list(self, export_id: ExportId, attempt: int, entries: Collection[PackageEntry]) -> None:
        """Write the members in the place of those that an earlier attempt has written. Raises Fenced."""
        async with self._pool.acquire() as db, db.transaction():
            if not await db.fetchval(_OWN, export_id, attempt):
                raise Fenced
            await remove_entries(db, export_id)
            await keep_entries(db, export_id, entries)

    async def fail(
        self,
        export_id: ExportId,
        attempt: int,
        code: ErrorCode,
        message: str,
        receipt: Receipt | None = None,
        *,
        facts: AttemptFacts = NO_FACTS,
    ) -> None:
        """End the export as failed, with a reason that a person can act on. Raises Fenced as `finish` does."""
        with translated():
            failed = await self._pool.fetchval(_FAIL, export_id, attempt, code, message, receipt, facts)
        if failed is None:
            raise Fenced

    async def release(
        self,
        export_id: ExportId,
        attempt: int,
        wait_s: float,
        *,
        stopped: bool = False,
        reason: HandedBack = NO_REASON,
    ) -> None:
        """Hand the export back: another attempt may take it after `wait_s` seconds.

        `stopped` says that the worker was shut down, or its infrastructure was at fault: then the attempt does not count
        towards the most that are made.
        """
        end = (reason.outcome, reason.code, reason.message, reason.facts)
        with translated():
            await self._pool.execute(_RELEASE, export_id, attempt, wait_s, stopped, self._worker, *end)

    async def check(self) -> None:
        """Return when the database answers, for readiness. Raises DatabaseUnavailable."""
        await check(self._pool)


def _progress_details(so_far: PackedSoFar | None, expected: ExpectedTimes | None) -> dict[str, Any]:
    """What the data of a progress event has beside that of all events."""
    details: dict[str, Any] = {} if so_far is None else asdict(so_far)
    return details if expected is None else {**details, "estimate": estimate_json(expected)}
