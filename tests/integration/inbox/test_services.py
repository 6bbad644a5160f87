"""Services as operators set them up: added, replaced, listed, removed, and each change in the audit log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.cli.__main__ import app
from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.services import Services
from shared.domain.audit import AuditFilter
from shared.domain.services import Service

Cli = Callable[..., Awaitable[Result]]


@pytest.fixture
def cli(migrated_url: str) -> Cli:
    async def run(*words: str) -> Result:
        command = ["service", *words, "--json", "--database-url", migrated_url]
        return await asyncio.to_thread(CliRunner().invoke, app, command)

    return run


async def test_a_service_is_added_replaced_listed_and_removed_and_each_change_is_audited(cli: Cli, pool: Pool) -> None:
    services, log = Services(pool), AuditLog(pool)
    assert (await cli("archive", "--may", "export.request", "--may", "export.cancel", "--as-user", "7")).exit_code == 0
    added = Service(name="archive", may=frozenset({"export.request", "export.cancel"}), as_users=frozenset({7}))
    assert await services.find("archive") == added
    assert (await cli("archive", "--may", "export.request")).exit_code == 0
    assert await services.find("archive") == Service(name="archive", may=frozenset({"export.request"}))
    listed = json.loads((await cli()).stdout)
    assert {"name": "archive", "may": ["export.request"], "as_users": None} in listed
    assert (await cli("archive", "--remove")).exit_code == 0
    assert await services.find("archive") is None
    assert (await cli("archive", "--remove")).exit_code == 1
    rows = [entry for _, entry in await log.page(AuditFilter(), 20) if "service:archive" in (entry.subject or "")]
    assert [(row.action, row.subject, row.actor.token) for row in rows] == [
        ("delete_service", "service:archive", "database"),
        ("put_service", "service:archive may:export.request as:all", "database"),
        ("put_service", "service:archive may:export.cancel,export.request as:7", "database"),
    ]


@pytest.mark.parametrize("words", [["Archive", "--may", "export.request"], ["archive"], ["archive", "--may", "all"]])
async def test_a_name_or_a_right_that_does_not_exist_is_a_usage_error(cli: Cli, words: list[str]) -> None:
    assert (await cli(*words)).exit_code == 2
