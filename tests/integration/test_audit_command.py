"""`content-exports audit` on a real database: which rows it prints, as lines for people and as JSON."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from services.cli.__main__ import app
from shared.adapters.postgres.audit_log import copy
from shared.adapters.postgres.pool import open_connection
from shared.domain.audit import Action, Actor, AuditEntry

EXPORT, OTHER, READER, ADMIN = 930_001, 930_002, 931_001, 931_002  # of this file alone
NOON = datetime(2027, 1, 31, 12, tzinfo=UTC)
ENTRIES = [
    AuditEntry(NOON.replace(day=29), Action.CREATE, Actor(READER, None, "token:5", "192.0.2.7", "r1"), EXPORT),
    AuditEntry(NOON.replace(day=30), Action.DOWNLOAD, Actor(READER, None, "link", None, "r2"), EXPORT, "a\nb\x1b[31m"),
    AuditEntry(NOON, Action.DELETE, Actor(READER, ADMIN, "token:6", "2001:db8::1", "r3"), OTHER),
]


@pytest.fixture(scope="module")
def database_with_rows(migrated_url: str) -> str:
    async def add() -> None:
        async with open_connection(migrated_url) as db:
            await copy(db, ENTRIES)

    asyncio.run(add())
    return migrated_url


def audit(url: str, *words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words, "--database-url", url])


def test_rows_are_lines_with_what_is_known_newest_first(database_with_rows: str) -> None:
    done = audit(database_with_rows, "--user", str(READER))
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            (
                f"2027-01-31T12:00:00Z delete       export={OTHER} user={READER} real_user={ADMIN} token=token:6 "
                "from=2001:db8::1 request=r3"
            ),
            f"2027-01-30T12:00:00Z download     export={EXPORT} subject=a\\nb\\x1b[31m user={READER} token=link request=r2",
            f"2027-01-29T12:00:00Z create       export={EXPORT} user={READER} token=token:5 from=192.0.2.7 request=r1",
        ],
    )


@pytest.mark.parametrize(
    ("words", "actions"),
    [
        (["--export", str(EXPORT)], ["download", "create"]),
        (["--user", str(ADMIN)], ["delete"]),
        (["--user", str(READER), "--since", "2027-01-30"], ["delete", "download"]),
        (["--user", str(READER), "--since", "2027-01-30T12:00:01"], ["delete"]),
        (["--user", str(READER), "--limit", "1"], ["delete"]),
        (["--export", str(EXPORT), "--user", str(ADMIN)], []),
    ],
)
def test_options_choose_the_rows(database_with_rows: str, words: list[str], actions: list[str]) -> None:
    done = audit(database_with_rows, *words, "--json")
    assert (done.exit_code, [row["action"] for row in json.loads(done.stdout)]) == (0, actions)


def test_json_has_every_field_of_a_row(database_with_rows: str) -> None:
    (row,) = json.loads(audit(database_with_rows, "--user", str(ADMIN), "--json").stdout)
    assert row == {
        "at": "2027-01-31T12:00:00Z",
        "action": "delete",
        "export_id": OTHER,
        "subject": None,
        "actor": {
            "user_id": READER,
            "real_user_id": ADMIN,
            "token": "token:6",
            "address": "2001:db8::1",
            "request_id": "r3",
        },
    }


@pytest.mark.parametrize("words", [["--since", "yesterday"], ["--limit", "0"], ["--export", "x"]])
def test_a_wrong_value_is_a_usage_error_that_names_the_option(migrated_url: str, words: list[str]) -> None:
    done = audit(migrated_url, *words)
    assert done.exit_code == 2
    assert words[0] in re.sub(r"\x1b\[[0-9;]*m", "", done.output)


def test_a_database_that_does_not_answer_is_one_line_on_stderr() -> None:
    done = audit("postgresql://someone:secret@127.0.0.1:9/nowhere")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "secret" not in done.stderr
