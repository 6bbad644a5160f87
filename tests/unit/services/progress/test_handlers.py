"""The decisions of the progress service's handlers: statuses, bodies, waiting, cancelling, and the frames of streams."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from shared.adapters.postgres.listener import Link
from shared.domain.audit import Action, Actor
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import ExportType, WorkflowState
from shared.domain.packages.package_load import NewLoad
from shared.domain.rights import Rights
from tests.support.events import a_state
from tests.support.fake_progress import ADMIN, OWNER, SITE_ADMIN, STRANGER, ProgressWorld, an_export, turns

IN_COURSE = "/api/v1/courses/12/content_exports/events"


@pytest.fixture
async def world() -> ProgressWorld:
    return ProgressWorld()


@pytest.mark.parametrize(
    ("path", "by", "status"),
    [
        ("/api/v1/progress/1", ADMIN, 200),
        ("/api/v1/progress/1", OWNER, 403),  # of a cartridge, whose owner is no admin of the course any more
        ("/api/v1/progress/1", STRANGER, 403),
        ("/api/v1/progress/1", None, 401),
        ("/api/v1/progress/2", OWNER, 200),  # a zip
        ("/api/v1/progress/2", ADMIN, 403),
        ("/api/v1/progress/2", SITE_ADMIN, 200),
        ("/api/v1/progress/9", ADMIN, 404),
        ("/api/v1/progress/frog", ADMIN, 404),
        ("/api/v1/progress/9/events", ADMIN, 404),
        ("/api/v1/progress/1/events", STRANGER, 403),
        ("/api/v1/progress/1/events", None, 401),
        (IN_COURSE, STRANGER, 403),
        (IN_COURSE, None, 401),
        (IN_COURSE.replace("12", "13"), ADMIN, 404),
    ],
)
async def test_only_those_who_may_read_the_export_or_the_context_get_more_than_an_error(
    world: ProgressWorld, path: str, by: int | None, status: int
) -> None:
    await world.started()
    world.exports.add(an_export(2, export_type=ExportType.ZIP))
    assert (await world.answer(path, by)).status == status


async def test_the_stream_of_a_public_course_is_refused_to_the_anonymous(world: ProgressWorld) -> None:
    world.callers.rights[None] = Rights(read=True)
    assert (await world.answer(IN_COURSE, None)).status == 401


async def test_progress_is_sent_with_its_state_and_completion(world: ProgressWorld) -> None:
    await world.started()
    await world.advances(2, 12.5)
    answer = await world.answer("/api/v1/progress/1", ADMIN)
    assert {"id": 1, "workflow_state": "running", "completion": 12.5}.items() <= answer.body.items()


async def test_unfinished_progress_has_a_time_to_ask_again_and_finished_progress_none(world: ProgressWorld) -> None:
    await world.started()
    world.queues.error = DatabaseUnavailable()  # nothing is expected
    assert (await world.answer("/api/v1/progress/1", ADMIN)).headers["Retry-After"] == "15"
    await world.ends(2)
    assert "Retry-After" not in (await world.answer("/api/v1/progress/1", ADMIN)).headers


async def test_what_the_client_has_already_is_answered_with_304_until_it_changes(world: ProgressWorld) -> None:
    await world.started()
    tag = {"If-None-Match": (await world.answer("/api/v1/progress/1", ADMIN)).headers["ETag"]}
    answer = await world.answer("/api/v1/progress/1", ADMIN, headers=tag)
    assert (answer.status, answer.headers["ETag"]) == (304, tag["If-None-Match"])
    await world.advances(2, 50.0)
    assert (await world.answer("/api/v1/progress/1", ADMIN, headers=tag)).status == 200


async def test_a_waiting_request_is_answered_at_the_end_and_not_before(world: ProgressWorld) -> None:
    await world.started()
    asked = await world.ask("/api/v1/progress/1?wait=30", ADMIN)
    await world.advances(2, 50.0)
    assert not asked.task.done()
    await world.ends(3)
    assert (await asked.answer()).body["workflow_state"] == "completed"


async def test_a_waiting_request_with_an_etag_is_answered_at_the_first_change(world: ProgressWorld) -> None:
    await world.started()
    tag = {"If-None-Match": (await world.answer("/api/v1/progress/1", ADMIN)).headers["ETag"]}
    asked = await world.ask("/api/v1/progress/1?wait=30", ADMIN, headers=tag)
    assert not asked.task.done()
    await world.advances(2, 50.0)
    assert (await asked.answer()).body["completion"] == 50.0


async def test_a_waiting_request_is_answered_when_its_time_is_over_or_the_service_stops(world: ProgressWorld) -> None:
    await world.started()
    assert (await world.answer("/api/v1/progress/1?wait=0.01", ADMIN)).body["workflow_state"] == "running"
    asked = await world.ask("/api/v1/progress/1?wait=30", ADMIN)
    await world.hub.close()
    assert (await asked.answer()).body["workflow_state"] == "running"


async def test_finished_progress_is_not_waited_for(world: ProgressWorld) -> None:
    await world.started()
    await world.ends(2)
    assert (await world.ask("/api/v1/progress/1?wait=30", ADMIN)).task.done()


async def test_its_user_cancels_an_export_and_a_reader_does_not_and_the_answer_shows_its_end(
    world: ProgressWorld,
) -> None:
    await world.started()
    for by, status in ((None, 401), (STRANGER, 403), (ADMIN, 403)):
        assert (await world.answer("/api/v1/progress/1/cancel", by, method="POST")).status == status
    assert world.exports.reasons == []
    answer = await world.answer("/api/v1/progress/1/cancel", method="POST")
    assert (answer.status, answer.body["workflow_state"], answer.body["completion"]) == (200, "failed", 100.0)
    assert answer.body["message"] == "The export was cancelled."


async def test_a_site_admin_follows_and_cancels_the_zip_of_another_person(world: ProgressWorld) -> None:
    await world.started(export_type=ExportType.ZIP)
    stream = await world.ask("/api/v1/progress/1/events", SITE_ADMIN)
    assert stream.ids() == [1]
    answer = await world.answer("/api/v1/progress/1/cancel", SITE_ADMIN, method="POST")
    assert (answer.status, answer.body["workflow_state"]) == (200, "failed")
    assert [actor.user_id for actor in world.exports.ended_by] == [SITE_ADMIN]
    stream.task.cancel()


async def test_a_site_admin_who_looks_at_another_persons_export_is_audited_once_for_a_request(
    world: ProgressWorld,
) -> None:
    await world.started()
    world.exports.add(an_export(2, user_id=SITE_ADMIN))
    for by, path in ((OWNER, "1"), (ADMIN, "1"), (SITE_ADMIN, "2"), (SITE_ADMIN, "9")):
        await world.answer(f"/api/v1/progress/{path}", by)
    assert world.audit.rows == []
    await world.answer("/api/v1/progress/1?wait=0.01", SITE_ADMIN)
    stream = await world.ask("/api/v1/progress/1/events", SITE_ADMIN)
    stream.task.cancel()
    assert [(action, export, who.user_id) for action, export, who, _ in world.audit.rows] == [
        (Action.SHOW, 101, SITE_ADMIN)
    ] * 2


async def test_cancelling_is_safe_to_repeat_and_leaves_what_has_finished(world: ProgressWorld) -> None:
    await world.started()
    await world.ends(2)
    for _ in range(2):
        answer = await world.answer("/api/v1/progress/1/cancel", method="POST")
        assert (answer.status, answer.body["workflow_state"]) == (200, "completed")
    assert world.exports.reasons == []
    assert (await world.answer("/api/v1/progress/9/cancel", method="POST")).status == 404


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Wrong course", "Wrong course"),
        (" a\0b\x1b\tc\nd ", "ab\tc\nd"),
        ("", "The export was cancelled."),
        (None, "The export was cancelled."),
        ("\0", "The export was cancelled."),
        ("é" * 1001, "é" * 1000),
    ],
)
async def test_the_reason_of_a_cancel_is_kept_as_far_as_a_database_can_and_people_read(
    world: ProgressWorld, message: Any, kept: str
) -> None:
    await world.started()
    await world.answer("/api/v1/progress/1/cancel", method="POST", json={"message": message})
    assert world.exports.reasons == [kept]


async def test_a_reason_that_is_no_text_is_refused_and_cancels_nothing(world: ProgressWorld) -> None:
    await world.started()
    answer = await world.answer("/api/v1/progress/1/cancel", method="POST", json={"message": ["no"]})
    assert (answer.status, answer.body["errors"][0]["message"]) == (400, "message must be a string")
    assert world.exports.reasons == []


async def test_a_new_stream_starts_with_the_state_under_the_newest_id_and_ends_with_the_export(
    world: ProgressWorld,
) -> None:
    await world.started()
    await world.advances(2, 50.0)
    asked = await world.ask("/api/v1/progress/1/events", ADMIN)
    assert [(event.id, event.name, event.data["completion"]) for event in asked.events()] == [
        ("2", "content_export.state", 50.0)
    ]
    await world.advances(3, 75.0)
    await world.ends(4)
    answer = await asked.answer()
    assert asked.ids() == [2, 3, 4]
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert re.fullmatch(r"\S+", answer.headers["X-Request-Id"])


async def test_a_stream_of_what_has_finished_is_its_last_state(world: ProgressWorld) -> None:
    await world.started()
    await world.ends(2)
    asked = await world.ask("/api/v1/progress/1/events", ADMIN)
    await asked.answer()
    assert asked.ids() == [2]


@pytest.mark.parametrize("as_header", [True, False])
async def test_a_stream_goes_on_after_the_id_that_its_client_has(world: ProgressWorld, as_header: bool) -> None:
    await world.started()
    await world.advances(2, 50.0)
    path = "/api/v1/progress/1/events" if as_header else "/api/v1/progress/1/events?last_event_id=1"
    asked = await world.ask(path, ADMIN, headers={"Last-Event-ID": "1"} if as_header else None)
    await world.ends(3)
    await asked.answer()
    assert asked.ids() == [2, 3]


async def test_an_id_that_was_never_assigned_starts_with_a_snapshot(world: ProgressWorld) -> None:
    await world.started()
    asked = await world.ask("/api/v1/progress/1/events", ADMIN, headers={"Last-Event-ID": "7"})
    assert asked.ids() == [1]
    asked.task.cancel()


async def test_a_client_that_has_the_end_is_answered_with_204_so_that_it_stays_away(world: ProgressWorld) -> None:
    await world.started()
    await world.ends(2)
    answer = await world.answer("/api/v1/progress/1/events", ADMIN, headers={"Last-Event-ID": "2"})
    assert (answer.status, answer.body) == (204, None)


async def test_the_newest_event_is_no_end_while_the_export_goes_on(world: ProgressWorld) -> None:
    await world.started()
    asked = await world.ask("/api/v1/progress/1/events", ADMIN, headers={"Last-Event-ID": "1"})
    assert not asked.task.done()
    assert asked.ids() == []
    await world.ends(2)
    await asked.answer()
    assert asked.ids() == [2]


async def test_head_gives_the_headers_of_a_stream_and_opens_none(world: ProgressWorld) -> None:
    await world.started()
    asked = await world.ask("/api/v1/progress/1/events", ADMIN, method="HEAD")
    answer = await asked.answer()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert asked.body.data == b""


async def test_a_stream_of_a_course_starts_with_what_is_under_way_and_does_not_end(world: ProgressWorld) -> None:
    await world.started(1, 1)
    await world.started(2, 2)
    await world.started(3, 3)
    await world.ends(4, progress_id=2)
    asked = await world.ask(IN_COURSE, ADMIN)
    assert [(event.id, event.data["progress_id"]) for event in asked.events()] == [("1", 1), ("4", 3)]
    await world.ends(5, progress_id=1)
    await world.ends(6, progress_id=3)
    assert asked.ids() == [1, 4, 5, 6]
    assert not asked.task.done()
    await world.hub.close()
    await asked.answer()


async def test_a_stream_of_a_course_shows_what_the_list_of_the_caller_shows(world: ProgressWorld) -> None:
    await world.started(1, 1)
    await world.happens(a_state(2, progress_id=2, user_id=OWNER, export_type=ExportType.ZIP))
    admin, owner = await world.ask(IN_COURSE, ADMIN), await world.ask(IN_COURSE, OWNER)
    assert (admin.ids(), owner.ids()) == ([2], [2])
    assert [each.events()[0].data["progress_id"] for each in (admin, owner)] == [1, 2]
    await world.ends(3, progress_id=1)
    await world.happens(a_state(4, WorkflowState.EXPORTED, progress_id=2, user_id=OWNER, export_type=ExportType.ZIP))
    assert (admin.ids(), owner.ids()) == ([2, 3], [2, 4])
    for asked in (admin, owner):
        asked.task.cancel()


async def test_a_stream_of_a_course_goes_on_after_an_id_with_what_it_missed(world: ProgressWorld) -> None:
    await world.started(1, 1)
    await world.ends(2)
    asked = await world.ask(IN_COURSE, ADMIN, headers={"Last-Event-ID": "1"})
    assert asked.ids() == [2]
    asked.task.cancel()


async def test_what_a_lost_connection_missed_is_read_from_the_log(world: ProgressWorld) -> None:
    await world.started()
    asked = await world.ask("/api/v1/progress/1/events", ADMIN)
    world.log.logged.append(a_state(2, WorkflowState.EXPORTED, user_id=OWNER))
    await turns()
    assert asked.ids() == [1]
    await world.hub._hear(Link.UP)
    await asked.answer()
    assert asked.ids() == [1, 2]


async def test_the_service_is_ready_while_it_hears_of_events(world: ProgressWorld) -> None:
    for link, status in ((Link.UP, 200), (Link.DOWN, 503), (Link.UP, 200)):
        await world.hub._hear(link)
        answer = await world.answer("/readyz", None)
        assert (answer.status, answer.body["checks"]["database"]) == (status, "ok")


async def test_the_load_of_a_package_is_shown_to_site_admins_alone_and_polled_like_an_export(
    world: ProgressWorld,
) -> None:
    load = await world.loads.create(NewLoad(None, "uploads/x", "c.imscc", 7, Actor(4)))
    world.loads.loads[0] = replace(load, workflow_state="running", completion=40.0)
    path = f"/api/v1/progress/{load.progress_id}"
    assert [(await world.answer(path, by)).status for by in (ADMIN, STRANGER, None)] == [403, 403, 401]
    world.callers.site_admins.add(ADMIN)
    shown = await world.answer(path, ADMIN)
    assert (shown.status, "Retry-After" in shown.headers) == (200, True)
    expected = {"context_type": "PackageLoad", "context_id": load.id, "tag": "package_load", "completion": 40.0}
    assert {**expected, "workflow_state": "running"}.items() <= shown.body.items()
    assert (await world.answer(path, ADMIN, headers={"If-None-Match": shown.headers["ETag"]})).status == 304
    world.loads.loads[0] = replace(load, workflow_state="failed", error_message="../x leads out", completion=100.0)
    ended = await world.answer(path, ADMIN)
    assert (ended.body["message"], "Retry-After" in ended.headers) == ("../x leads out", False)
    assert (await world.answer("/api/v1/progress/4242", ADMIN)).status == 404
