"""Each invariant of a chaos run is seen to fail on facts that break it, and holds on those that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.invariants import (
    STATE,
    STUCK_S,
    EventRow,
    ExportRow,
    Facts,
    PackageRow,
    Requested,
    StoredObject,
    always,
    at_the_end,
    by_invariant,
    lost_and_doubled,
)

PROGRESS = "content_export.progress"
EVENTS = (
    EventRow(10, 1, 7, STATE, "created", 1),
    EventRow(11, 1, 7, STATE, "exporting", 2, attempt=1),
    EventRow(12, 1, 7, PROGRESS, "exporting", None, attempt=1, completion=40.0),
    EventRow(13, 1, 7, STATE, "exported", 3, attempt=1, completion=100.0),
    EventRow(14, 2, 7, STATE, "created", 1),
    EventRow(15, 2, 7, STATE, "failed", 2, completion=100.0),
)
PACKAGE = PackageRow(1, 1, "packages/1/1/a.imscc", 3, "ab")
GOOD = Facts(
    exports=(ExportRow(1, 7, "qti", "exported"), ExportRow(2, 7, "qti", "failed", "cancelled")),
    packages=(PACKAGE,),
    events=EVENTS,
    requests=(Requested("a", frozenset({1})), Requested("b", frozenset({2}), "cancelled")),
    objects=(StoredObject("packages/1/1/a.imscc", 3, "ab"),),
    streams={7: (10, 11, 13, 14, 15)},
    delivered=(10, 11, 11, 10, 13, 14, 15),
)


def with_events(*events: EventRow) -> Facts:
    return replace(GOOD, events=events)


def broken_by(facts: Facts) -> set[str]:
    return {each.invariant for each in at_the_end(facts)}


def test_facts_of_a_whole_run_break_nothing() -> None:
    assert at_the_end(GOOD) == []
    assert lost_and_doubled(GOOD) == (0, 0)


SECOND_END = (*EVENTS[:4], EventRow(16, 1, 7, STATE, "failed", 4, attempt=1, completion=100.0), *EVENTS[4:])
WAITING = ExportRow(1, 7, "qti", "exporting", age_s=STUCK_S + 1)


@pytest.mark.parametrize(
    ("facts", "invariant"),
    [
        (with_events(*SECOND_END), "one end"),
        (with_events(*EVENTS[:3], *EVENTS[4:]), "one end"),
        (with_events(EVENTS[0], EVENTS[3], *EVENTS[4:]), "one end"),
        (replace(GOOD, exports=(WAITING, GOOD.exports[1])), "nothing stuck"),
        (with_events(EVENTS[0], EVENTS[1], replace(EVENTS[3], sequence=4), *EVENTS[4:]), "event log"),
        (with_events(EVENTS[0], EVENTS[1], replace(EVENTS[3], sequence=2), *EVENTS[4:]), "event log"),
        (with_events(*EVENTS[:3], replace(EVENTS[2], id=12, completion=20.0), *EVENTS[3:]), "event log"),
        (with_events(*EVENTS[:3], replace(EVENTS[3], attempt=0), *EVENTS[4:]), "event log"),
        (replace(GOOD, packages=()), "one attachment"),
        (replace(GOOD, packages=(PACKAGE, PACKAGE)), "one attachment"),
        (replace(GOOD, packages=(PACKAGE, replace(PACKAGE, export_id=2))), "one attachment"),
        (replace(GOOD, requests=GOOD.requests[:1]), "created once"),
        (replace(GOOD, requests=(Requested("a", frozenset({1, 2})),)), "created once"),
        (replace(GOOD, requests=(*GOOD.requests, Requested("c", frozenset({1})))), "created once"),
        (replace(GOOD, requests=(*GOOD.requests, Requested("c", frozenset({3})))), "created once"),
        (replace(GOOD, requests=(GOOD.requests[0], Requested("b", frozenset({2})))), "expected end"),
        (replace(GOOD, requests=(Requested("a", frozenset({1}), "deleted"), GOOD.requests[1])), "expected end"),
        (
            replace(GOOD, exports=(GOOD.exports[0], replace(GOOD.exports[1], error_code="internal_error"))),
            "expected end",
        ),
        (replace(GOOD, packages=(PACKAGE, replace(PACKAGE, sha256="cd", purged=True))), "sha256"),
        (replace(GOOD, objects=(StoredObject(PACKAGE.key, 3, "cd"),)), "sha256"),
        (replace(GOOD, objects=(StoredObject(PACKAGE.key, 2, "ab"),)), "sha256"),
        (replace(GOOD, objects=()), "store"),
        (replace(GOOD, objects=(*GOOD.objects, StoredObject("packages/1/2/a.imscc", 3, "ab"))), "store"),
        (replace(GOOD, packages=(replace(PACKAGE, purged=True),)), "store"),
        (replace(GOOD, streams={7: (10, 11, 14, 15)}), "streams"),
        (replace(GOOD, streams={7: (10, 11, 11, 13, 14, 15)}), "streams"),
        (replace(GOOD, streams={7: (10, 13, 11, 14, 15)}), "streams"),
        (replace(GOOD, streams={7: ()}), "streams"),
        (replace(GOOD, delivered=(10, 11, 14, 15)), "completion messages"),
        (replace(GOOD, delivered=(10, 13, 11, 14, 15)), "completion messages"),
    ],
)
def test_an_invariant_that_is_broken_is_named(facts: Facts, invariant: str) -> None:
    assert invariant in broken_by(facts)


def test_objects_without_a_package_are_no_violation_before_the_janitor_has_been_there() -> None:
    left = (*GOOD.objects, StoredObject("packages/1/2/a.imscc", 3, "ab"))
    assert at_the_end(replace(GOOD, objects=left, cleaned=False)) == []


def test_a_stream_of_another_reader_lacks_the_zips_of_their_owners() -> None:
    zips = tuple(replace(export, export_type="zip") for export in GOOD.exports)
    assert at_the_end(replace(GOOD, exports=zips, streams={7: ()})) == []


def test_a_snapshot_while_exports_wait_breaks_nothing() -> None:
    waiting = Facts(exports=(ExportRow(1, 7, "qti", "exporting", age_s=STUCK_S),), events=EVENTS[:3])
    assert always(waiting) == []


def test_lost_and_doubled_exports_are_counted() -> None:
    lost = replace(GOOD, requests=(*GOOD.requests, Requested("c", frozenset({3}))))
    unpacked = replace(GOOD, packages=())
    twice = replace(GOOD, exports=(*GOOD.exports, ExportRow(4, 7, "qti", "exported")))
    two_names = replace(GOOD, requests=(Requested("a", frozenset({1, 2})),))
    counts = [lost_and_doubled(facts) for facts in (lost, unpacked, twice, two_names)]
    assert counts == [(1, 0), (1, 0), (0, 1), (0, 1)]


def test_violations_are_printed_a_few_of_each_invariant() -> None:
    text = by_invariant(at_the_end(replace(GOOD, objects=(), delivered=())))
    assert "store: 1 violations" in text
    assert "completion messages: 2 violations" in text
    assert "export 1: packages/1/1/a.imscc is missing" in text
