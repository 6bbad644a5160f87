"""The messages of one export are found in an outbox of any length."""

from __future__ import annotations

import json

from shared.adapters.postgres.operator import explained_exports
from tests.support.school import School

_MANY = """
INSERT INTO outbox (exchange, routing_key, body)
SELECT 'e', 'zip', jsonb_build_object('type', 'export_requested', 'export_id', n) FROM generate_series(1, 5000) AS n
"""


async def test_the_messages_of_an_export_are_read_from_an_index(people: School) -> None:
    async with people.pool.acquire() as db:
        transaction = db.transaction()
        await transaction.start()
        await db.execute(_MANY)
        await db.execute("ANALYZE outbox")
        plan = await db.fetchval(f"EXPLAIN (FORMAT JSON) {explained_exports._MESSAGES}", 7, "export_requested")
        await transaction.rollback()
    assert "outbox_of_exports" in json.dumps(plan)
