"""Objects as messages: what is taken, what is refused and where, and in which order it counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.adapters.postgres.services import Services
from shared.domain.audit import OPERATOR
from shared.domain.services import Right, Service
from tests.integration.ingest.conftest import CourseOfMessages

COUNTS = ("taken", "unchanged", "older")


def counts(reply: dict[str, Any]) -> tuple[int, ...]:
    return tuple(reply[name] for name in COUNTS)


async def test_good_objects_are_taken_and_a_bad_one_is_refused_alone(course: CourseOfMessages) -> None:
    pages = [{"page_id": n, "title": f"P{n}", "body": "<p>x</p>"} for n in (1, 2, 3)]
    reply = await course.taken(
        "pages", *pages, {"page_id": 4, "title": {"no": "text"}}, {"title": "a\0b", "page_id": 5}
    )
    assert counts(reply) == (3, 0, 0)
    refused = {each["path"] for each in reply["refused"]}
    assert refused == {"data.objects[3].title", "data.objects[4].title"}
    assert [body["title"] for body in (await course.objects("pages")).values()] == ["P1", "P2", "P3"]


async def test_what_objects_hold_is_taken_apart_and_nothing_is_lost(course: CourseOfMessages) -> None:
    criteria = [{"id": "_1", "description": "Depth", "points": 5, "ratings": [{"id": "r", "points": 5}]}]
    await course.taken("modules", {"id": 1, "name": "Unit", "items": [{"id": 11, "title": "a", "type": "SubHeader"}]})
    assignment = {"id": 21, "name": "Essay", "rubric": criteria}
    await course.taken("assignment_groups", {"id": 2, "name": "Papers", "assignments": [assignment]})
    checkpoints = [{"tag": "reply_to_topic", "points_possible": 3}, {"tag": "reply_to_entry", "points_possible": 4}]
    topic = {"id": 3, "title": "Talk", "assignment": {"id": 31, "name": "Talk"}, "checkpoints": checkpoints}
    await course.taken("discussion_topics", topic)
    outcomes = [{"id": 41, "title": "Knows"}]
    await course.taken("learning_outcome_groups", {"id": 4, "title": "All", "outcomes": outcomes})
    assert (await course.objects("module_items"))[11]["module_id"] == 1
    essay, talk = (await course.objects("assignments")).values()
    assert (essay["assignment_group_id"], talk["discussion_topic_id"]) == (2, 3)
    assert [each["sub_assignment_tag"] for each in talk["sub_assignments"]] == ["reply_to_topic", "reply_to_entry"]
    [(rubric_id, rubric)] = (await course.objects("rubrics")).items()  # it has no id in REST: here it gets one
    assert essay["rubric_settings"]["id"] == rubric_id
    assert rubric["data"][0]["description"] == "Depth"
    assert (await course.objects("learning_outcomes"))[41]["outcome_group_id"] == 4
    await course.taken("assignment_groups", {"id": 2, "name": "Papers", "assignments": [assignment]})
    assert list(await course.objects("rubrics")) == [rubric_id]


async def test_an_older_state_changes_nothing_whenever_it_comes(course: CourseOfMessages) -> None:
    async def send(revision: int) -> tuple[int, ...]:
        return counts(await course.taken("pages", {"id": 1, "title": f"state {revision}", "revision": revision}))

    assert [await send(2), await send(1), await send(2), await send(3)] == [(1, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)]
    assert counts(await course.deleted("pages", 1, revision=5)) == (1, 0, 0)
    assert [await send(4), await send(5)] == [(0, 0, 1), (0, 1, 0)]
    assert await course.objects("pages") == {}
    assert await send(6) == (1, 0, 0)
    assert counts(await course.deleted("pages", 1, 77, revision=4)) == (1, 0, 1)  # 77 is remembered as deleted
    assert counts(await course.taken("pages", {"id": 77, "title": "late", "revision": 3})) == (0, 0, 1)
    assert list(await course.objects("pages")) == [1]


async def test_without_a_revision_the_time_of_the_object_counts_else_that_of_the_event(
    course: CourseOfMessages,
) -> None:
    async def send(title: str, sent: str, **fields: Any) -> tuple[int, ...]:
        attributes = {"subject": course.subject, "time": f"2026-11-27T12:00:{sent}Z"}
        data = {"objects": [{"id": 1, "title": title, **fields}]}
        return counts((await course.ask("content.pages.upsert.v1", data, attributes=attributes))["data"])

    assert await send("one", "10") == (1, 0, 0)
    assert await send("late", "09") == (0, 0, 1)
    assert await send("one", "10") == (0, 1, 0)
    assert await send("own time", "30", updated_at="2026-11-27T12:00:20Z") == (1, 0, 0)
    assert await send("later sent, older", "40", updated_at="2026-11-27T12:00:19Z") == (0, 0, 1)
    assert (await course.objects("pages"))[1]["title"] == "own time"


@pytest.mark.parametrize(
    ("data", "attributes", "status", "parameter"),
    [
        ({"objects": [{"id": 1}]}, {"subject": "courses/999999999"}, 404, "data.context"),
        ({"objects": [{"id": 1}], "context": "courses/sis_course_id:NOWHERE"}, {}, 404, "data.context"),
        ({"objects": [{"id": 1}], "context": "somewhere"}, {}, 422, "data.context"),
        ({"objects": [{"id": 1}], "context": "users/self"}, {}, 404, "data.context"),
        ({"objects": [{"id": 1}]}, {}, 400, "data.context"),
        ({"objects": []}, {"subject": "courses/1"}, 400, "data.objects"),
        ({"objects": [{"id": 1}], "sync": "never-begun"}, {}, 409, "data.sync"),
    ],
)
async def test_a_message_that_cannot_be_carried_out_is_refused_with_what_is_wrong(
    course: CourseOfMessages, data: dict[str, Any], attributes: dict[str, str], status: int, parameter: str
) -> None:
    given = {"subject": course.subject} if "sync" in data else attributes
    reply = await course.ask("content.pages.upsert.v1", data, attributes=given)
    assert reply["type"] == "content.refused.v1"
    assert (reply["data"]["status"], reply["data"]["parameter"]) == (status, parameter)
    assert await course.objects("pages") == {}


async def test_a_context_goes_by_any_of_its_names(course: CourseOfMessages) -> None:
    await course.pool.execute(
        "UPDATE courses SET body = body || $2 WHERE id = $1", course.id, {"sis_course_id": f"TIDES/{course.id}"}
    )
    name = f"courses/sis_course_id:TIDES/{course.id}"
    reply = await course.ask("content.pages.upsert.v1", {"objects": [{"id": 1, "title": "x"}], "context": name})
    assert reply["subject"] == course.subject
    assert list(await course.objects("pages")) == [1]


async def test_a_service_without_the_right_may_not_write(
    course: CourseOfMessages, services: Services, sender: str
) -> None:
    await services.put(Service(name=sender, may=frozenset({Right.EXPORT_REQUEST})), OPERATOR)
    reply = await course.ask("content.pages.upsert.v1", {"objects": [{"id": 1, "title": "x"}]})
    assert (reply["data"]["status"], reply["data"]["code"]) == (403, "right_missing")


async def test_a_message_larger_than_the_limit_is_refused_whole(course: CourseOfMessages) -> None:
    event = {"specversion": "1.0", "id": "large", "source": "/s", "type": "content.pages.upsert.v1"}
    data = {"objects": [{"id": 1, "body": "x" * 1_100_000}]}
    await course.client.publish(json.dumps({**event, "data": data}).encode(), "content.pages.upsert", message_id="l")
    assert (await course.client.reply("l"))["data"]["status"] == 413


async def test_messages_are_carried_out_in_the_order_in_which_they_came(course: CourseOfMessages) -> None:
    attributes = {"subject": course.subject}
    ids = [
        await course.client.send(
            "content.pages.upsert.v1", {"objects": [{"id": 1, "title": f"{n}"}]}, attributes=attributes
        )
        for n in range(40)  # of no version and no time: each one is the newest
    ]
    replies = [await course.client.reply(each) for each in ids]
    assert {reply["type"] for reply in replies} == {"content.accepted.v1"}
    assert (await course.objects("pages"))[1]["title"] == "39"


async def test_a_fault_of_one_message_costs_that_one_alone(
    course: CourseOfMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.ingest import content_commands

    real = content_commands.resolved

    async def resolved(db: Any, name: str) -> Any:
        if name == "courses/1313":
            await db.execute("SELECT 1 / 0")
        return await real(db, name)

    monkeypatch.setattr(content_commands, "resolved", resolved)
    subjects = [course.subject, "courses/1313", course.subject]
    ids = [
        await course.client.send(
            "content.pages.upsert.v1", {"objects": [{"id": n, "title": "x"}]}, attributes={"subject": subject}
        )
        for n, subject in enumerate(subjects, start=1)
    ]
    replies = [await course.client.reply(each) for each in ids]
    assert [reply["type"].split(".")[1] for reply in replies] == ["accepted", "refused", "accepted"]
    assert replies[1]["data"]["status"] == 500
    assert list(await course.objects("pages")) == [1, 3]


async def test_what_is_no_object_is_refused_alone_in_each_kind(course: CourseOfMessages) -> None:
    for kind, good in (
        ("pages", {"id": 1}),
        ("users", {"id": 2**40}),
        ("enrollments", {"user_id": 2**40, "type": "ta"}),
    ):
        reply = await course.ask(f"content.{kind}.upsert.v1", {"objects": [good, 5]})
        assert reply["type"] == "content.accepted.v1"
        assert [each["path"] for each in reply["data"]["refused"]] == ["data.objects[1]"]
        assert reply["data"]["taken"] == 1
    course.client.undescribed.clear()  # the description has objects alone


async def test_a_message_has_any_number_of_objects_without_an_id_and_finds_them_again(
    course: CourseOfMessages,
) -> None:
    rubric = [{"id": "_1", "description": "x", "points": 1}]
    assignments = [{"id": n, "name": "a", "rubric": rubric} for n in range(1, 2_002)]
    assert (await course.taken("assignments", *assignments))["taken"] == 4_002
    rubrics = await course.objects("rubrics")
    assert len(rubrics) == 2_001
    await course.taken("assignments", {**assignments[7], "name": "b"}, {"id": 3_000, "name": "c", "rubric": rubric})
    assert list(await course.objects("rubrics"))[:-1] == list(rubrics)
