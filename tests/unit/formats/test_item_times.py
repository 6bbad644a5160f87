"""A text that is no moment is no time: it is left out, and named."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.assignments import Assignment, AssignmentOverride
from shared.domain.content.course import Course
from shared.domain.content.registry import TYPES
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import times
from shared.formats.item_times import impossible_times, without_impossible_times
from tests.support.formats import an_importing
from tests.support.memory_course import MemoryCourse
from tests.support.roundtrip import Loaded, export

NO_MOMENTS = (
    "2026-02-30T10:00:00Z",
    "2026-13-01T00:00:00Z",
    "0000-00-00",
    "Mar 29 2026 at 11:59pm",
    "2026-03-29T24:00:00Z",
    "2026-03-29T02:30:60Z",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00+01:00",
    "tomorrow",
    "29.03.2026",
    "1774751400",
)
MOMENTS = {
    "2026-03-29T02:30:00": "2026-03-29T02:30:00",
    "2026-03-29T02:30:00+0200": "2026-03-29T00:30:00",
    "2026-03-29 02:30:00 -0700": "2026-03-29T09:30:00",
    "2026-03-29T02:30Z": "2026-03-29T02:30:00",
    "20260329T023000Z": "2026-03-29T02:30:00",
    "2026-03-29T02:30:00.999999999Z": "2026-03-29T02:30:00",
    "9999-12-31T23:59:59Z": "9999-12-31T23:59:59",
    "0999-01-01T00:00:00Z": "0999-01-01T00:00:00",
    "2026-03-29": "2026-03-29T00:00:00",
}
TIMES = [
    (each, name)
    for each in (*dict.fromkeys(TYPES.values()), Course)
    for name in each.__struct_fields__
    if (name.endswith("_at") or name in ("todo_date", "all_day_date", "start_date", "end_date"))
]


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_what_is_no_moment_is_written_nowhere(text: str) -> None:
    written = (times.parse(text), times.rest(text), times.cartridge(text), times.raw(text), times.date(text))
    assert written == (None, None, "", "", "")


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_a_moment_in_any_form_is_written_in_that_of_a_cartridge(text: str, moment: str) -> None:
    assert (times.cartridge(text), times.rest(text)) == (moment, f"{moment}Z")
    assert times.raw(text) == f"{moment.replace('T', ' ')} UTC"
    assert times.date(text) == moment[:10]


@given(st.text(alphabet="0123456789-:TZ+. UTC", max_size=30))
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    moment = times.parse(text)
    assert times.parse(times.cartridge(text)) == (moment and moment.replace(microsecond=0))


@pytest.mark.parametrize(("content", "name"), TIMES, ids=lambda value: getattr(value, "__name__", value))
def test_every_time_of_every_kind_is_left_out_where_it_is_invalid(content: Any, name: str) -> None:
    item = content.from_json({"id": 1, name: "2026-02-30"})
    assert [time.place for time in impossible_times(item)] == [name]
    assert getattr(without_impossible_times(item), name) is None
    whole = content.from_json({"id": 1, name: "2026-02-28T10:00:00Z"})
    assert without_impossible_times(whole) is whole


def test_the_times_of_overrides_and_checkpoints_are_looked_at_too() -> None:
    override = AssignmentOverride(title="O", due_at="never", lock_at="2026-02-28T10:00:00Z")
    item = Assignment(id=1, overrides=[override], sub_assignments=[Assignment(id=2, overrides=[override])])
    places = ["overrides[0].due_at", "sub_assignments[0].overrides[0].due_at"]
    assert [time.place for time in impossible_times(item)] == places
    cleaned = without_impossible_times(item)
    assert impossible_times(cleaned) == []
    assert cleaned.overrides == [AssignmentOverride(title="O", lock_at="2026-02-28T10:00:00Z")]
    assert item.overrides == [override], "what was given is not changed"


@pytest.mark.parametrize("export_type", ["common_cartridge", "qti"])
def test_an_export_of_such_times_warns_of_each_and_is_not_complete(tmp_path: Path, export_type: str) -> None:
    quiz = TYPES[Kind.QUIZZES].from_json({"id": 1, "title": "Q", "due_at": "2026-02-30", "unlock_at": "2026-02-28"})
    course = MemoryCourse(Course(id=1, name="C", start_at="soon"), {Kind.QUIZZES: [quiz]}, {})
    report = export(Loaded(an_importing(), course), tmp_path / "p.zip", export_type=export_type)
    warned = [(w.kind, w.item_id, w.place) for w in report.warnings if w.code == WarningCode.VALUE_UNREADABLE]
    assert warned == [(Kind.COURSES, 1, "start_at"), (Kind.QUIZZES, 1, "due_at")]
    assert not report.receipt().complete
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        assert "2026-02-30" not in "".join(package.read(name).decode() for name in package.namelist())


def test_days_are_moments_too() -> None:
    assert times.parse("2026-03-29") == datetime.fromisoformat("2026-03-29T00:00:00+00:00")
