"""Operators' commands over the database: for the machines that have its address and password."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from services.cli.operator.administration import PackageToLoad, Report
from services.cli.operator.database import run_on
from shared.adapters.open_store import open_store
from shared.adapters.postgres.access_tokens import AccessTokens
from shared.adapters.postgres.audit_log import AuditLog, record
from shared.adapters.postgres.people import People
from shared.adapters.postgres.pool import Connection, Pool
from shared.contracts.admin.administration import Fields, IssuedToken, NewEnrollment, NewToken, Table, TokenRow
from shared.domain.audit import OPERATOR, Action, AuditEntry, AuditFilter
from shared.domain.errors import InvalidContent
from shared.domain.export import ContextType

if TYPE_CHECKING:
    from shared.intake.load import Loaded


@dataclass(frozen=True, slots=True)
class DatabaseAdministration:
    """Each method opens the database, whose migrations must be applied. Satisfies Administration."""

    database_url: str

    def put(self, row_id: int | None, fields: Fields) -> int:
        """Add or change a row."""
        return run_on(self.database_url, lambda pool: People(pool).put(row_id, fields, OPERATOR))

    def delete(self, table: Table, row_id: int) -> None:
        """Mark a row as deleted."""
        run_on(self.database_url, lambda pool: People(pool).delete(table, row_id, OPERATOR))

    def enroll(self, new: NewEnrollment) -> None:
        """Give a user a role."""
        run_on(self.database_url, partial(_enroll, new))

    def issue(self, new: NewToken) -> IssuedToken:
        """A new token."""
        return run_on(self.database_url, lambda pool: AccessTokens(pool).issue(new, OPERATOR))

    def tokens(self, user_id: int | None, limit: int) -> list[TokenRow]:
        """Tokens."""
        return run_on(self.database_url, lambda pool: AccessTokens(pool).page(user_id, None, limit))

    def revoke(self, token: str | int) -> None:
        """Revoke a token."""
        run_on(self.database_url, partial(_revoke, token))

    def load(self, package: PackageToLoad, report: Report) -> dict[str, Any]:
        """Load into the database and the store."""
        return run_on(self.database_url, partial(_load, package, report))

    def audit(self, filters: AuditFilter, limit: int) -> list[AuditEntry]:
        """Rows, to the second as the API has them."""
        rows = run_on(self.database_url, lambda pool: AuditLog(pool).page(filters, limit))
        return [replace(entry, at=entry.at.replace(microsecond=0)) for _, entry in rows]


async def _enroll(new: NewEnrollment, pool: Pool) -> None:
    people, ids = People(pool), (new.user_id, new.course_id)
    await people.enroll(*ids, new.role, new.workflow_state, create=new.create, actor=OPERATOR)


async def _load(package: PackageToLoad, report: Report, pool: Pool) -> dict[str, Any]:
    # Here alone: the readers of packages take a third of a second, which the other commands need not wait for.
    from shared.intake.limits import read_limits  # noqa: PLC0415
    from shared.intake.load import Loader  # noqa: PLC0415

    if package.into is not None and package.into.type is ContextType.COURSE and not package.create:
        await People(pool).require("courses", package.into.id)
    store, site = open_store(package.store_url), package.canvas_url
    loader = Loader(pool, store, read_limits(), report, site=site, commit=_record)
    return (await loader.load(package.path, package.into)).to_json()


async def _record(db: Connection, loaded: Loaded) -> None:
    await record(db, Action.LOAD, OPERATOR, subject=loaded.subject)


async def _revoke(token: str | int, pool: Pool) -> None:
    if not await AccessTokens(pool).revoke(token, OPERATOR):
        raise InvalidContent("This token was never issued here.")
