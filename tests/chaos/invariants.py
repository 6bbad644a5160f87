"""What holds whatever is killed: pure functions of the rows, objects and events of a run. Each gives its violations.

Those of `always` hold in every snapshot of the database; those of `at_the_end` once every export has ended.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

STATE = "content_export.state"
UNFINISHED = frozenset({"created", "exporting"})
ENDS = frozenset({"exported", "failed"})
STUCK_S = 90.0  # an export that is not finished so long after its creation is stuck; no fault lasts half as long
PATHS = frozenset(  # the states that an export may have gone through
    {
        ("created",),
        ("created", "exporting"),
        ("created", "failed"),
        ("created", "failed", "deleted"),
        ("created", "exporting", "exported"),
        ("created", "exporting", "failed"),
        ("created", "exporting", "exported", "deleted"),
        ("created", "exporting", "failed", "deleted"),
    }
)


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold, of one export if one is at fault."""

    invariant: str
    export_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Requested:
    """A request under one key, with the exports that its answers have named. `fate`: kept, cancelled or deleted."""

    key: str
    export_ids: frozenset[int]
    fate: str = "kept"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A row of content_exports; `age_s` is the time since its creation."""

    id: int
    context_id: int
    export_type: str
    workflow_state: str
    error_code: str | None = None
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A row of attachments. The bytes of a purged one have been given up."""

    export_id: int
    part: int
    key: str
    size: int
    sha256: str
    purged: bool = False


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of the event log. `sequence` is that of a state, else None."""

    id: int
    export_id: int
    context_id: int
    name: str
    workflow_state: str
    sequence: int | None = None
    attempt: int = 0
    completion: float = 0.0


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of the store below packages/, with the digest of its bytes."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a run. The fields after `events` are known at its end alone."""

    exports: Sequence[ExportRow]
    packages: Sequence[PackageRow] = ()
    events: Sequence[EventRow] = ()
    requests: Sequence[Requested] = ()
    objects: Sequence[StoredObject] = ()
    streams: Mapping[int, Sequence[int]] = field(default_factory=dict)  # by context: ids of events, as they came
    delivered: Sequence[int] = ()  # ids of the states that the broker has delivered, as they came
    cleaned: bool = True  # objects that belong to no package have been removed


def always(facts: Facts) -> list[Violation]:
    """The violations in a snapshot of the database."""
    return [*legal_states(facts), *whole_log(facts), *packages_of_states(facts), *nothing_stuck(facts)]


def at_the_end(facts: Facts) -> list[Violation]:
    """The violations once all requests are answered and all exports have ended."""
    return [
        *always(facts),
        *created_once(facts),
        *expected_ends(facts),
        *same_bytes(facts),
        *whole_store(facts),
        *whole_streams(facts),
        *completion_delivered(facts),
    ]


def legal_states(facts: Facts) -> Iterator[Violation]:
    """An export has one end: its states in the log are a path, which ends in the state of its row."""
    states = defaultdict(list)
    for event in _state_events(facts):
        states[event.export_id].append(event.workflow_state)
    for export in facts.exports:
        path = tuple(states[export.id])
        if path not in PATHS or path[-1] != export.workflow_state:
            yield Violation("one end", export.id, f"is {export.workflow_state} by {' '.join(path)}")


def whole_log(facts: Facts) -> Iterator[Violation]:
    """States are numbered from 1 without gap or repeat; completion never falls within an attempt."""
    of_export = defaultdict(list)
    for event in facts.events:
        of_export[event.export_id].append(event)
    for export_id, events in of_export.items():
        numbers = [event.sequence for event in events if event.name == STATE]
        if numbers != list(range(1, len(numbers) + 1)):
            yield Violation("event log", export_id, f"states are numbered {numbers}")
        for before, after in pairwise(events):
            if after.attempt < before.attempt:
                yield Violation("event log", export_id, f"event {after.id} is of an earlier attempt")
            elif after.attempt == before.attempt and after.completion < before.completion:
                yield Violation("event log", export_id, f"completion falls at event {after.id}")


def packages_of_states(facts: Facts) -> Iterator[Violation]:
    """An exported export has one set of packages, numbered from 1; another has none whose bytes are kept."""
    parts = defaultdict(list)
    for package in facts.packages:
        if not package.purged:
            parts[package.export_id].append(package.part)
    for export in facts.exports:
        numbers, exported = sorted(parts[export.id]), export.workflow_state == "exported"
        if (exported and not numbers) or (not exported and numbers) or numbers != list(range(1, len(numbers) + 1)):
            yield Violation("one attachment", export.id, f"is {export.workflow_state} with packages {numbers}")


def nothing_stuck(facts: Facts) -> Iterator[Violation]:
    """No export waits or runs longer than the stated time."""
    for export in facts.exports:
        if export.workflow_state in UNFINISHED and export.age_s > STUCK_S:
            yield Violation("nothing stuck", export.id, f"{export.workflow_state} after {export.age_s:.0f} s")


def created_once(facts: Facts) -> Iterator[Violation]:
    """Each request has one export, and each export a request."""
    known = {export.id for export in facts.exports}
    of_requests = Counter(export_id for request in facts.requests for export_id in request.export_ids)
    for request in facts.requests:
        if len(request.export_ids) > 1:
            yield Violation("created once", None, f"{request.key} is exports {sorted(request.export_ids)}")
    for export_id, times in of_requests.items():
        if times > 1:
            yield Violation("created once", export_id, f"is of {times} requests")
        if export_id not in known:
            yield Violation("created once", export_id, "is lost")
    for export_id in sorted(known - set(of_requests)):
        yield Violation("created once", export_id, "was requested by nobody, or twice")


def expected_ends(facts: Facts) -> Iterator[Violation]:
    """An export that was kept is exported; one that was cancelled may be too; one that was deleted is deleted."""
    rows = {export.id: export for export in facts.exports}
    for request in facts.requests:
        for export in (rows[export_id] for export_id in request.export_ids if export_id in rows):
            cancelled = (export.workflow_state, export.error_code) == ("failed", "cancelled")
            if not (
                (request.fate == "deleted" and export.workflow_state == "deleted")
                or (request.fate != "deleted" and export.workflow_state == "exported")
                or (request.fate == "cancelled" and cancelled)
            ):
                text = f"{request.fate}, and is {export.workflow_state} ({export.error_code})"
                yield Violation("expected end", export.id, text)


def same_bytes(facts: Facts) -> Iterator[Violation]:
    """The same content has the same bytes: one digest for each context and type."""
    rows, digests = {export.id: export for export in facts.exports}, defaultdict(set)
    for package in facts.packages:
        export = rows[package.export_id]
        digests[export.context_id, export.export_type, package.part].add(package.sha256)
    for (context_id, export_type, part), found in digests.items():
        if len(found) > 1:
            yield Violation("sha256", None, f"{export_type} of context {context_id}, part {part}: {len(found)} digests")


def whole_store(facts: Facts) -> Iterator[Violation]:
    """Each kept package is in the store, with its size and digest; and nothing else is, once that has been removed."""
    objects = {each.key: each for each in facts.objects}
    for package in facts.packages:
        stored = objects.pop(package.key, None)
        if stored is not None and package.purged:
            yield Violation("store", package.export_id, f"{package.key} is kept though it was given up")
        elif stored is None and not package.purged:
            yield Violation("store", package.export_id, f"{package.key} is missing")
        elif stored is not None and (stored.size, stored.sha256) != (package.size, package.sha256):
            yield Violation("sha256", package.export_id, f"{package.key} has other bytes than its row says")
    if facts.cleaned:
        for key in sorted(objects):
            yield Violation("store", None, f"{key} belongs to no package")


def whole_streams(facts: Facts) -> Iterator[Violation]:
    """A stream has each state of its context from its first event on, once, in the order of the log.

    Its reader is not the owner of the exports: zips, which their owners alone are shown, are not in it.
    """
    logged, shown = defaultdict(set), {export.id for export in facts.exports if export.export_type != "zip"}
    for event in _state_events(facts):
        if event.export_id in shown:
            logged[event.context_id].add(event.id)
    for context_id, ids in facts.streams.items():
        if any(after <= before for before, after in pairwise(ids)):
            yield Violation("streams", None, f"events of context {context_id} came twice or out of order")
        missing = {each for each in logged[context_id] if ids and each >= ids[0]} - set(ids)
        if missing or (logged[context_id] and not ids):
            yield Violation("streams", None, f"of context {context_id} {len(missing)} states never came")


def completion_delivered(facts: Facts) -> Iterator[Violation]:
    """The broker has delivered each state, those of an export in their order; copies have the same id."""
    position = {event_id: place for place, event_id in reversed(list(enumerate(facts.delivered)))}  # of the first copy
    of_export = defaultdict(list)
    for event in _state_events(facts):
        of_export[event.export_id].append(event.id)
    for export_id, ids in of_export.items():
        if missing := [each for each in ids if each not in position]:
            yield Violation("completion messages", export_id, f"events {missing} were not delivered")
        elif any(position[after] < position[before] for before, after in pairwise(ids)):
            yield Violation("completion messages", export_id, "states were delivered out of order")


def lost_and_doubled(facts: Facts) -> tuple[int, int]:
    """How many exports were lost (no row, no end, or no package that should be there), and how many exist twice."""
    rows = {export.id: export for export in facts.exports}
    packaged = {package.export_id for package in facts.packages if not package.purged}
    lost = doubled = 0
    for request in facts.requests:
        doubled += max(0, len(request.export_ids) - 1)
        for export_id in request.export_ids:
            state = rows[export_id].workflow_state if export_id in rows else ""
            lost += not state or state in UNFINISHED or (state == "exported" and export_id not in packaged)
    named = {export_id for request in facts.requests for export_id in request.export_ids}
    return lost, doubled + len(set(rows) - named)


def by_invariant(violations: Iterable[Violation]) -> str:
    """The violations as lines of text, a few of each invariant."""
    of_each = defaultdict(list)
    for each in violations:
        of_each[each.invariant].append(each)
    lines = []
    for invariant, found in of_each.items():
        lines.append(f"{invariant}: {len(found)} violations")
        lines += [f"    export {each.export_id}: {each.text}" for each in found[:5]]
    return "\n".join(lines)


def _state_events(facts: Facts) -> Iterator[EventRow]:
    return (event for event in facts.events if event.name == STATE)
