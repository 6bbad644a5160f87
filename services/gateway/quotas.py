"""Refuses exports over a quota: of exports that have not ended, and of bytes that are kept, by owner and by context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from shared.domain.export import Context, ExportRequest
from shared.domain.fairness.quotas import NO_QUOTAS, Excess, Quotas, Usage, excess
from shared.http.answers import ApiError, over_quota, storage_exhausted
from shared.runtime.settings import Settings

_TRY_AGAIN_S = 30.0  # where it is unknown when exports end
_LATEST_S = 300.0


class QuotaUsage(Protocol):
    """What is in use."""

    async def usage(self, owner: int, context: Context, quotas: Quotas) -> Usage:
        """Of an owner and of a context; nothing is counted for which there is no quota."""
        ...


@dataclass(frozen=True, slots=True)
class QuotaCheck:
    """The quotas of this process. Of creates at one moment, a few may pass that together are over one."""

    quotas: Quotas
    rows: QuotaUsage

    async def refusal(self, request: ExportRequest) -> ApiError | None:
        """Why the export is refused, as 429 or 507; None where it is not."""
        if self.quotas == NO_QUOTAS:
            return None
        usage = await self.rows.usage(request.user_id, request.context, self.quotas)
        over = excess(self.quotas, usage)
        if over is None:
            return None
        return (
            storage_exhausted(over.sentence) if over.of_bytes else over_quota(over.sentence, _next_end_s(request, over))
        )


def _next_end_s(request: ExportRequest, over: Excess) -> float:
    """When one of the exports that count has ended: all of them have when the next one would end."""
    expected = request.expected
    if expected is None or expected.ends is None:
        return _TRY_AGAIN_S
    until = (expected.ends.expected - datetime.now(UTC)).total_seconds()
    return min(max(1.0, until / (over.used + 1)), _LATEST_S)


def quotas_of(settings: Settings) -> Quotas:
    """The quotas of the settings."""
    return Quotas(
        settings.waiting_per_owner,
        settings.waiting_per_context,
        settings.kept_bytes_per_owner,
        settings.kept_bytes_per_context,
    )
