"""Operators' commands over HTTP: with the token of a site admin, and without the database's password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from services.cli.api import Api, Json
from services.cli.errors import CommandError, Refused
from services.cli.operator.administration import PackageToLoad, Report
from shared.contracts.admin.administration import (
    Fields,
    IssuedToken,
    NewEnrollment,
    NewToken,
    Table,
    TokenRow,
    set_fields,
)
from shared.domain.audit import Actor, AuditEntry, AuditFilter

_ADMIN = "/api/v1/admin"
_PAGE = 100  # rows of a page, the most that the API gives
_ABOUT_THE_REQUEST = frozenset({400, 404, 422})  # errors whose message says what was wrong with the request


@dataclass(frozen=True, slots=True)
class HttpAdministration:
    """The admin API of a server. Satisfies Administration, with the errors that the database gives too."""

    api: Api

    def put(self, row_id: int | None, fields: Fields) -> int:
        """Add or change a row."""
        place, body = f"{_ADMIN}/{fields.table}", set_fields(fields)
        with _errors_of_the_database():
            if row_id is None:
                return int(self.api.send_once("POST", place, body)["id"])
            return int(self.api.send("PUT", f"{place}/{row_id}", body)["id"])

    def delete(self, table: Table, row_id: int) -> None:
        """Mark a row as deleted."""
        with _errors_of_the_database():
            self.api.send("DELETE", f"{_ADMIN}/{table}/{row_id}")

    def enroll(self, new: NewEnrollment) -> None:
        """Give a user a role."""
        with _errors_of_the_database():
            self.api.send("POST", f"{_ADMIN}/enrollments", set_fields(new))

    def issue(self, new: NewToken) -> IssuedToken:
        """A new token. Not repeated where the answer was lost: a token that nobody has would stay valid."""
        with _errors_of_the_database():
            return msgspec.convert(self.api.send_once("POST", f"{_ADMIN}/tokens", set_fields(new)), IssuedToken)

    def tokens(self, user_id: int | None, limit: int) -> list[TokenRow]:
        """Tokens."""
        return msgspec.convert(self._rows("tokens", {"user_id": user_id}, limit), list[TokenRow])

    def revoke(self, token: str | int) -> None:
        """Revoke a token. Its text is sent in the body: paths and queries are logged."""
        with _errors_of_the_database():
            if isinstance(token, int):
                self.api.send("DELETE", f"{_ADMIN}/tokens/{token}")
            else:
                self.api.send("POST", f"{_ADMIN}/tokens/revoke", {"token": token})

    def load(self, package: PackageToLoad, report: Report) -> dict[str, Any]:
        """Upload a package, and wait for the end of its load."""
        from services.cli.operator.load_over_http import load_over_http  # noqa: PLC0415  (here alone: it reads folders)

        with _errors_of_the_database():
            return load_over_http(self.api, package, report)

    def audit(self, filters: AuditFilter, limit: int) -> list[AuditEntry]:
        """Rows."""
        since = filters.since and filters.since.isoformat()
        query = {"export_id": filters.export_id, "user_id": filters.user_id, "since": since}
        return [_entry(row) for row in self._rows("audit", query, limit)]

    def _rows(self, name: str, query: Mapping[str, Any], limit: int) -> list[Json]:
        """Up to `limit` rows, page by page: each begins after the id of the last row of the page before."""
        rows: list[Json] = []
        while len(rows) < limit:
            size = min(_PAGE, limit - len(rows))
            before = rows[-1]["id"] if rows else None
            parameters = {**query, "before_id": before, "per_page": size}
            present = {key: value for key, value in parameters.items() if value is not None}
            page = self.api.array(f"{_ADMIN}/{name}?{urlencode(present)}")
            rows += page
            if len(page) < size:
                break
        return rows


@contextmanager
def _errors_of_the_database() -> Iterator[None]:
    """The message of a refused request as the command gives it that reaches the database itself."""
    try:
        yield
    except Refused as error:
        if error.status not in _ABOUT_THE_REQUEST or not error.code:
            raise
        names_parameter = error.parameter and error.parameter != "body" and error.parameter not in error.reason
        reason = f"{error.parameter}: {error.reason}" if names_parameter else error.reason
        raise CommandError(reason, code=error.code) from error


def _entry(row: Json) -> AuditEntry:
    actor = msgspec.convert({name: row[name] for name in Actor.__struct_fields__}, Actor)
    fields = {
        "at": row["at"],
        "action": row["action"],
        "export_id": row["content_export_id"],
        "subject": row["subject"],
    }
    return msgspec.convert({**fields, "actor": actor}, AuditEntry)
