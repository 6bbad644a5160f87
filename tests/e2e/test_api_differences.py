"""Where this differs from Canvas on purpose, as services/gateway/README.md lists it: what happens instead of what Canvas's tests demand."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aio_pika
import pytest

from shared.contracts.topology import EVENTS
from tests.support.campus import Campus, members, write_folder
from tests.support.client import Client
from tests.support.small_course import small_course

TEACHER = 3951


@dataclass
class Course:
    id: int
    teacher: Client

    @property
    def path(self) -> str:
        return f"/api/v1/courses/{self.id}/content_exports"

    def pages(self, **select: Any) -> set[str]:
        """The pages in a cartridge of this selection."""
        names = members(self.teacher.exported(self.id, "common_cartridge", select=select))
        return {name.rpartition("/")[2] for name in names if name.startswith("wiki_content/")}


@pytest.fixture(scope="module")
def course(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> Course:
    documents = {"course": {"id": 9, "name": "Differs"}, **small_course()}
    folder = write_folder(tmp_path_factory.mktemp("differs"), documents, {"one.txt": b"one", "two.txt": b"two"})
    course_id = campus.load(folder)
    campus.enroll(course_id, TEACHER, "teacher")
    return Course(course_id, campus.client(TEACHER))


def test_the_completion_of_a_failed_export_is_100(course: Course) -> None:
    failed = course.teacher.finished(course.teacher.create(course.id, "zip", select={"files": [999]}))
    assert (failed["workflow_state"], failed["error"]["code"]) == ("failed", "nothing_selected")
    progress = course.teacher.progress(failed)
    assert (progress["workflow_state"], progress["completion"]) == ("failed", 100)
    assert progress["message"] == failed["error"]["message"]


def test_an_export_that_was_cancelled_while_it_waited_is_not_built(campus: Campus, course: Course) -> None:
    campus.stack.stop("qti")
    try:
        export = course.teacher.create(course.id, "qti")
        course.teacher.http.post(f"{export['progress_url']}/cancel", json={"message": "The wrong one."})
    finally:
        campus.stack.start("qti")
    course.teacher.exported(course.id, "qti")  # asked for later: the worker has come past the other
    shown = course.teacher.show(course.id, export["id"])
    assert (shown["workflow_state"], shown["error"]["message"]) == ("failed", "The wrong one.")


def test_fail_leaves_a_finished_export_as_it_is(admin: Client, course: Course) -> None:
    done = course.teacher.exported(course.id, "qti")
    answer = admin.http.put(f"{course.path}/{done['id']}/fail")
    assert (answer.status_code, answer.json()["workflow_state"]) == (200, "exported")
    assert members(done)


def test_a_type_under_two_names_counts_under_both(course: Course) -> None:
    assert course.pages(pages=[1], wiki_pages=[2]) == {"linked.html", "other.html"}


def test_an_id_in_the_place_of_a_flag_selects_its_object(course: Course) -> None:
    assert course.pages(pages="2") == {"other.html"}


def test_a_module_has_its_items_also_where_they_are_refused(course: Course) -> None:
    assert course.pages(modules=[1], module_items={"content_tag_1": "0"}) == {"linked.html"}


def test_identifiers_are_those_of_global_ids_in_every_export(course: Course) -> None:
    keys = {"g" + hashlib.md5(f"wiki_page_{10**13 + page}".encode()).hexdigest() for page in (1, 2)}
    for _ in range(2):
        manifest = members(course.teacher.exported(course.id, "common_cartridge"))["imsmanifest.xml"].decode()
        assert keys <= set(re.findall(r'<resource identifier="(\w+)"', manifest))


@pytest.mark.parametrize("export_type", ["quizzes2", "user_data", "course_copy", "master_course_copy"])
def test_types_of_canvass_own_features_are_not_offered(course: Course, export_type: str) -> None:
    answer = course.teacher.http.post(course.path, json={"export_type": export_type, "quiz_id": 1})
    assert (answer.status_code, answer.json()) == (400, {"message": "invalid export_type"})


def test_no_export_waits_for_an_external_tool(admin: Client, course: Course) -> None:
    export = course.teacher.create(course.id, "common_cartridge")
    body = {"content_export": {"new_quizzes_export_state": "completed", "new_quizzes_export_url": "https://x.example"}}
    answer = admin.http.put(f"{course.path}/{export['id']}", json=body)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "DELETE,GET,HEAD")
    schemas = admin.http.get("/openapi.json").json()["components"]["schemas"]
    states = ["created", "deleted", "exported", "exporting", "failed"]
    assert sorted(schemas["WorkflowState"]["enum"]) == states


async def heard(url: str, ask: Callable[[], dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages of the events exchange about an export that the block creates, up to its end."""
    connection = await aio_pika.connect(url)
    async with connection, asyncio.timeout(60):
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(EVENTS, "content_export.#")
        export, reported = await asyncio.to_thread(ask), []
        async with queue.iterator() as messages:
            async for message in messages:
                await message.ack()
                event = json.loads(message.body)
                if event["data"]["id"] == export["id"] and "progress" not in event["type"]:
                    what = event["type"].split(".")[1]
                    key = f"content_export.{what}.{export['export_type']}.course.{export['course_id']}"
                    assert message.routing_key == key
                    reported.append(event)
                    if what in ("exported", "failed"):
                        return reported
    raise EOFError


@pytest.mark.parametrize(
    ("asked", "end"),
    [({"export_type": "qti", "skip_notifications": True}, "exported"), ({"export_type": "zip"}, "failed")],
)
def test_a_message_reports_every_state_instead_of_mail(
    campus: Campus, course: Course, asked: dict[str, Any], end: str
) -> None:
    select = {"files": [999]} if end == "failed" else {}
    reported = asyncio.run(
        heard(campus.stack.servers.amqp_url, lambda: course.teacher.create(course.id, **asked, select=select))
    )
    assert [event["type"] for event in reported] == [
        f"content_export.{what}.v1" for what in ("requested", "exporting", end)
    ]
    assert [event["sequence"] for event in reported] == ["1", "2", "3"]
    data = reported[-1]["data"]
    assert data["skip_notifications"] == asked.get("skip_notifications", False)
    assert data.get("error", {}).get("code") == ("nothing_selected" if end == "failed" else None)
    assert (data["user_id"], data["course_id"], data["completion"]) == (TEACHER, course.id, 100)


# Expiry: counted from the end of the export, not from the request; the rest is as in Canvas (behaviours 7 and 63).


def test_an_exported_export_35_days_old_has_no_attachment(campus: Campus, course: Course) -> None:
    old, new = (course.teacher.exported(course.id, "qti") for _ in range(2))
    assert new["expires_at"] > new["created_at"]
    campus.query(
        "UPDATE attachments SET created_at = created_at - interval '35 days', expires_at = expires_at - interval '35 days'"
        " WHERE content_export_id = $1",
        old["id"],
    )
    listed = {each["id"]: each for each in course.teacher.http.get(course.path).json()}
    assert (listed[old["id"]]["workflow_state"], "attachment" in listed[old["id"]]) == ("exported", False)
    assert "attachment" not in course.teacher.show(course.id, old["id"])
    gone = course.teacher.http.get(old["attachment"]["url"])
    assert (gone.status_code, gone.json()["export_again"]["body"]) == (410, {"export_type": "qti"})
    assert members(course.teacher.show(course.id, new["id"]))


def test_with_a_setting_of_0_days_a_package_never_expires(campus: Campus, course: Course) -> None:
    env = campus.stack.system.processes.env
    campus.stack.stop("qti")
    env["EXPIRE_AFTER_DAYS"] = "0"
    try:
        campus.stack.start("qti")
        done = course.teacher.exported(course.id, "qti")
        assert "expires_at" not in done
        assert campus.query("SELECT expires_at FROM attachments WHERE content_export_id = $1", done["id"]) is None
    finally:
        del env["EXPIRE_AFTER_DAYS"]
        campus.stack.stop("qti")
        campus.stack.start("qti")
