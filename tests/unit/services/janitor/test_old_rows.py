"""How the janitor shortens logs."""

from __future__ import annotations

import pytest

from services.janitor.old_rows import AUDIT_ROWS, prune_rows


class Log:
    """Rows of which all are old; `calls` are the ages that were asked for."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.calls: list[float] = []

    async def prune(self, older_than_s: float, limit: int) -> int:
        self.calls.append(older_than_s)
        pruned = min(limit, self.rows)
        self.rows -= pruned
        return pruned


@pytest.mark.parametrize(("days", "left"), [(2, 0), (0, 12_000)])
async def test_all_old_rows_go_in_batches_and_with_zero_days_none_does(days: float, left: int) -> None:
    log = Log(12_000)
    await prune_rows(log, days, AUDIT_ROWS)
    assert log.rows == left
    assert set(log.calls) == ({2 * 86_400} if days else set())
    assert len(log.calls) != 1, "one statement does not take them all"
