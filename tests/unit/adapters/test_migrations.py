"""Migrations expand: processes of an earlier release run on, unless a migration says from which version of code on."""

from __future__ import annotations

import re

import pytest

from shared.adapters.postgres.schema import migrations, serves_from, version_of

FIRST = 29  # those before it were applied before services waited for a version
# What ends statements of earlier code: a name that is gone, a type that is another, a value that it does not write.
CONTRACTS = re.compile(
    r"\bDROP (TABLE|COLUMN|FUNCTION|VIEW)\b|\bRENAME (TO|COLUMN)\b|\bALTER COLUMN \w+ (SET NOT NULL|(SET DATA )?TYPE)\b"
    r"|\bADD COLUMN (?=[^,;]*\bNOT NULL\b)(?![^,;]*\b(DEFAULT|GENERATED)\b)",
    re.IGNORECASE,
)


def taken_away(sql: str) -> list[str]:
    """The words of a migration that take something away from earlier code."""
    return [found[0] for found in CONTRACTS.finditer(re.sub(r"--.*", "", sql))]


@pytest.mark.parametrize(("name", "sql"), migrations(), ids=lambda each: each[:4])
def test_a_migration_that_takes_something_away_says_which_code_it_still_serves(name: str, sql: str) -> None:
    lowest = serves_from(sql)
    if version_of(name) < FIRST:
        assert lowest is None, "no column has it before 0029"
    else:
        assert lowest is not None or taken_away(sql) == []
        assert lowest is None or FIRST <= lowest <= version_of(name)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("ALTER TABLE t DROP COLUMN a;", ["DROP COLUMN"]),
        ("-- DROP TABLE a\nDROP INDEX i;", []),
        ("ALTER TABLE t RENAME a TO b;", []),
        ("ALTER TABLE t RENAME COLUMN a TO b;", ["RENAME COLUMN"]),
        ("ALTER TABLE t ALTER COLUMN a SET NOT NULL;", ["ALTER COLUMN a SET NOT NULL"]),
        ("ALTER TABLE t ADD COLUMN a text NOT NULL;", ["ADD COLUMN "]),
        ("ALTER TABLE t ADD COLUMN a text NOT NULL DEFAULT '', ADD COLUMN b integer;", []),
    ],
)
def test_what_takes_something_away_is_recognised(sql: str, words: list[str]) -> None:
    assert taken_away(sql) == words


def test_the_line_of_a_migration_is_read() -> None:
    assert serves_from("-- no transaction\n-- A sentence.\n-- serves from 0031\nDROP INDEX i;\n") == 31
    assert serves_from("-- It serves from 0031 on.\n") is None
