"""The gateway in this process, and finished exports for it to hand out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from services.gateway.app import open_app
from services.gateway.description import routes_of
from shared.adapters.object_store import package_key
from shared.adapters.open_store import open_store
from shared.adapters.postgres.leases import StoredPackage
from shared.domain.export import ContentExport, Context, ExportType
from shared.domain.report import Receipt
from shared.http.server import serving
from shared.runtime.settings import Settings
from tests.support.school import Person, School

NO_REMARKS = Receipt(expected={}, packed={}, skipped={}, warnings=[], included_because={}, complete=True)


@dataclass
class Gateway:
    """A running gateway and the people who use it."""

    url: str
    http: httpx2.AsyncClient
    school: School
    settings: Settings
    routes: set[tuple[str, str]]

    async def exported(
        self, context: Context, by: Person, data: bytes, name: str = "files_export.zip"
    ) -> ContentExport:
        """A zip export whose package is `data`."""
        return await self.packed(await self.school.export(context, by, ExportType.ZIP), data, name)

    async def packed(self, export: ContentExport, data: bytes, name: str = "files_export.zip") -> ContentExport:
        """The export, once its package is `data`."""
        attempt = await self.school.start(export)
        key, store = package_key(export.id, attempt, name), open_store(self.settings.store_url)
        await asyncio.to_thread(_put, store, key, data)
        package = StoredPackage(key, name, "application/zip", len(data), hashlib.sha256(data).hexdigest(), 1)
        await self.school.leases.finish(export.id, attempt, [package], NO_REMARKS)
        found = await self.school.exports.find(export.id)
        assert found is not None
        return found

    def path(self, export: ContentExport) -> str:
        return f"{self.url}/api/v1/{export.context.type.route}/{export.context.id}/content_exports/{export.id}"

    async def show(self, export: ContentExport, by: Person) -> dict[str, Any]:
        answer = await self.http.get(self.path(export), headers=bearer(by))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def link(self, export: ContentExport, by: Person) -> str:
        return str((await self.show(export, by))["attachment"]["url"])


def bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def _put(store: Any, key: str, data: bytes) -> None:
    with store.create(key) as writer:
        writer.write(data)


@asynccontextmanager
async def running_gateway(settings: Settings, school: School) -> AsyncIterator[Gateway]:
    """A gateway on a free port while the block lasts."""
    async with (
        open_app(settings) as app,
        serving(app, settings, settings.http_port) as port,
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        yield Gateway(f"http://127.0.0.1:{port}", http, school, settings, routes_of(app))
