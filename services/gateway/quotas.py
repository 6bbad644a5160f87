"""Refuses exports over a quota: of exports that have not ended, and of bytes that are kept, by owner and by context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.domain.export import Context, ExportRequest
from shared.domain.fairness.quotas import NO_QUOTAS, Quotas, Usage, excess
from shared.http.answers import ApiError, over_quota, storage_exhausted
from shared.runtime.settings import Settings

_TRY_AGAIN_S = 30  # exports of a full queue end all the time


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
        return storage_exhausted(over.sentence) if over.of_bytes else over_quota(over.sentence, _TRY_AGAIN_S)


def quotas_of(settings: Settings) -> Quotas:
    """The quotas of the settings."""
    return Quotas(
        settings.waiting_per_owner,
        settings.waiting_per_context,
        settings.kept_bytes_per_owner,
        settings.kept_bytes_per_context,
    )
