"""What an export would hold, without making it: planned by a process of its own, so that no other request feels it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.contracts.plans import PlanRequest, worker_module
from shared.domain.export import ExportRequest
from shared.http.answers import ApiError, unavailable
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_AT_A_TIME = 2


class DryRuns:
    """The dry runs of this process: a few at a time, each within its time."""

    def __init__(self, settings: Settings) -> None:
        self._longest_s = settings.dry_run_s
        self._environment = {
            **os.environ,
            "DATABASE_URL": settings.database_url,
            "STORE_URL": settings.store_url,
            "CANVAS_URL": settings.canvas_url,
            "SECRET_KEY": ",".join(settings.secret_key),
            "LOG_LEVEL": "WARNING",
        }
        self._turns = asyncio.Semaphore(_AT_A_TIME)

    async def run(self, new: ExportRequest) -> dict[str, Any]:
        """The plan as JSON data. Raises 503 where it takes too long or cannot be made now."""
        request = PlanRequest(new.context.type, new.context.id, new.user_id, new.export_type, new.settings)
        try:
            async with asyncio.timeout(self._longest_s), self._turns:
                return await _planned(request, self._environment)
        except TimeoutError as error:
            raise _too_long(self._longest_s) from error


async def _planned(request: PlanRequest, environment: Mapping[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", worker_module(request.export_type), "plan"]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=environment)
    try:
        told, _ = await child.communicate(msgspec.json.encode(request))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        get_logger().error("dry_run_failed", code=child.returncode)
        raise unavailable("The dry run could not be made.")
    plan: dict[str, Any] = msgspec.json.decode(told)
    return plan


def _too_long(seconds: float) -> ApiError:
    return unavailable(f"The dry run took longer than {seconds:g} seconds; ask for the export itself.")
