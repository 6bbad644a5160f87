"""Spans of the database. Source: OpenTelemetry, "Semantic conventions for PostgreSQL client operations"."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from shared.adapters.postgres.traced_connection import TracedConnection, connection_options, place_of
from shared.runtime.batch_spans import BatchSpans
from shared.runtime.database_spans import copy_span, statement_span, summary_of
from shared.runtime.traces import recording, span
from tests.support.spans import attribute, by_name, id_of, parent_of, recorded

PLACE = place_of("postgresql://someone:secret@database.school.edu:5433/exports?sslmode=require")


@pytest.mark.parametrize(
    ("statement", "summary"),
    [
        ("SELECT 1", "SELECT"),
        ("BEGIN;", "BEGIN"),
        ("LISTEN relay", "LISTEN"),
        ("SELECT a FROM exports e JOIN progress p ON p.id = e.id", "SELECT exports progress"),
        ("SELECT a FROM exports WHERE a = 'x FROM y' -- FROM z", "SELECT exports"),
        ("SELECT n FROM unnest($1::int[]) AS n", "SELECT"),
        ("SELECT extract(epoch FROM at) FROM exports WHERE a IS DISTINCT FROM b", "SELECT exports"),
        ("INSERT INTO outbox (body) VALUES ($1) ON CONFLICT DO UPDATE SET body = $1", "INSERT outbox"),
        ("SELECT id FROM exports FOR NO KEY UPDATE SKIP LOCKED", "SELECT exports"),
        (
            "WITH next (id) AS MATERIALIZED (SELECT id FROM exports), n AS (SELECT 1) UPDATE exports SET a = 1 FROM next, n",
            "SELECT exports UPDATE exports",
        ),
        ("SELECT a FROM exports JOIN LATERAL (SELECT 1) x ON true", "SELECT exports"),
        ("delete from ONLY public.exports using attachments", "DELETE public.exports SELECT attachments"),
    ],
)
def test_a_summary_has_the_operations_of_a_statement_and_their_tables(statement: str, summary: str) -> None:
    assert summary_of(statement) == summary


def test_a_long_summary_ends_at_a_word_within_255_characters() -> None:
    summary = summary_of(" ".join(f"JOIN a_table_with_a_long_name_{number}" for number in range(20)))
    assert 220 < len(summary) <= 255
    assert summary.rpartition(" ")[2].startswith("a_table_with_a_long_name_")


def test_a_statement_is_a_client_with_server_database_and_summary_and_without_the_user() -> None:
    with recorded() as spans, span("request"), statement_span("SELECT a FROM exports", PLACE):
        pass
    kept = by_name(spans)["SELECT exports"]
    assert (kept.kind.name, parent_of(kept)) == ("CLIENT", id_of(by_name(spans)["request"]))
    assert dict(kept.attributes or {}) == {
        "db.system.name": "postgresql",
        "db.namespace": "exports",
        "db.query.summary": "SELECT exports",
        "server.address": "database.school.edu",
        "server.port": 5433,
    }


def test_a_batch_has_its_size_and_a_copy_its_table() -> None:
    with recorded() as spans, span("request"):
        with statement_span("UPDATE exports SET a = $1", PLACE, 3), copy_span("outbox", PLACE):
            pass
        with statement_span("DELETE FROM exports", PLACE, 1):  # by the conventions, one is no batch
            pass
    kept = by_name(spans)
    assert attribute(kept["UPDATE exports"], "db.operation.batch.size") == 3
    assert "db.operation.batch.size" not in (kept["DELETE exports"].attributes or {})
    assert attribute(kept["COPY outbox"], "db.operation.name") == "COPY"
    assert attribute(kept["COPY outbox"], "db.collection.name") == "outbox"


@pytest.mark.parametrize(
    ("error", "type_", "code"),
    [(asyncpg.UniqueViolationError("(mail)=(a@b)"), "23505", "23505"), (TimeoutError("a@b"), "TimeoutError", None)],
)
def test_a_failed_statement_has_the_code_of_the_server_or_the_class_of_its_error_and_no_text(
    error: Exception, type_: str, code: str | None
) -> None:
    with (
        recorded() as spans,
        pytest.raises(type(error)),
        span("request"),
        statement_span("SELECT a FROM people", PLACE),
    ):
        raise error
    kept = by_name(spans)["SELECT people"]
    assert kept.status.status_code.name == "ERROR"
    assert (attribute(kept, "error.type"), (kept.attributes or {}).get("db.response.status_code")) == (type_, code)
    assert "a@b" not in kept.to_json()


def test_a_statement_outside_of_any_span_begins_no_trace() -> None:
    with recorded() as spans, statement_span("SELECT a FROM exports", PLACE), copy_span("outbox", PLACE):
        pass
    assert spans.get_finished_spans() == ()


def test_connections_are_plain_ones_while_nothing_records() -> None:
    assert not recording()
    assert connection_options() == {}
    with recorded():
        assert connection_options() == {"connection_class": TracedConnection}


async def test_a_batch_lies_below_its_first_caller_with_a_span_and_is_in_no_trace_of_an_earlier_one() -> None:
    batches, loop = BatchSpans(), asyncio.get_running_loop()
    with recorded() as spans:
        answers = [loop.create_future() for _ in range(3)]
        batches.called(answers[0])
        for name, answer in zip(("first", "second"), answers[1:], strict=True):
            with span(name):
                batches.called(answer)

        async def serve() -> None:
            with batches.span(answers), statement_span("SELECT a FROM exports", PLACE):
                pass
            with batches.span(answers[:1]), statement_span("SELECT b FROM others", PLACE):
                pass

        with span("earlier"):
            await loop.create_task(serve(), context=batches.context())
    kept = by_name(spans)
    assert parent_of(kept["batch"]) == id_of(kept["first"])
    assert attribute(kept["batch"], "callers") == 3
    assert parent_of(kept["SELECT exports"]) == id_of(kept["batch"])
    assert set(kept) == {"first", "second", "batch", "SELECT exports", "earlier"}
