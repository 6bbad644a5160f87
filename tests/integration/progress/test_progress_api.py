"""GET /progress/:id, POST /progress/:id/cancel, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shared.domain.export import ContentExport, Context, ExportType, WorkflowState
from tests.support.progress_service import Service
from tests.support.school import Person, School

NOT_FOUND = {"errors": [{"message": "The specified resource does not exist."}]}
UNAUTHENTICATED = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
FORBIDDEN = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
BAD_TOKEN = {"errors": [{"message": "Invalid access token."}]}
BAD_SCOPE = {"errors": [{"message": "Insufficient scopes on access token."}]}
BODIES = {
    "200": None,
    "404": NOT_FOUND,
    "401": UNAUTHENTICATED,
    "403": FORBIDDEN,
    "token": BAD_TOKEN,
    "scope": BAD_SCOPE,
}


@dataclass
class Class:
    """A course with people, a teacher's cartridge and a student's zip."""

    course: Context
    people: dict[str, Person | None]
    cartridge: ContentExport
    zip: ContentExport


@pytest.fixture
async def class_(school: School) -> Class:
    course = await school.course()
    teacher, student = await school.member(course, "teacher"), await school.member(course, "student")
    token = lambda scope: school.token(teacher.id, scope)  # noqa: E731
    people = {
        "the teacher": teacher,
        "the student": student,
        "another teacher": await school.member(course, "teacher"),
        "another student": await school.member(course, "student"),
        "a stranger": await school.person(),
        "a site admin": await school.person(site_admin=True),
        "anonymous": None,
        "a bad token": Person(0, "garbage"),
        "a list scope": Person(teacher.id, await token("url:GET|/api/v1/courses/:course_id/content_exports")),
        "a progress scope": Person(teacher.id, await token("url:GET|/api/v1/progress/:id")),
        "a cancel scope": Person(teacher.id, await token("url:POST|/api/v1/progress/:id/cancel")),
        "an events scope": Person(teacher.id, await token("url:GET|/api/v1/progress/:id/events")),
    }
    return Class(
        course, people, await school.export(course, teacher), await school.export(course, student, ExportType.ZIP)
    )


MATRIX = """
                    cartridge   zip      cancel   events   in course   unknown
the teacher         200         403      200      200      200         404
the student         403         200      403      403      200         404
another teacher     200         403      403      200      200         404
another student     403         403      403      403      200         404
a stranger          403         403      403      403      403         404
a site admin        200         200      200      200      200         404
anonymous           401         401      401      401      401         404
a bad token         token       token    token    token    token       token
a list scope        scope       scope    scope    scope    scope       scope
a progress scope    200         403      scope    scope    scope       404
a cancel scope      scope       scope    200      scope    scope       scope
an events scope     scope       scope    scope    200      scope       scope
"""
ROWS = [(line[:20].strip(), line[20:].split()) for line in MATRIX.strip("\n").splitlines()[1:]]


@pytest.mark.parametrize(("who", "expected"), ROWS, ids=[who for who, _ in ROWS])
async def test_who_may_see_and_do_what(service: Service, class_: Class, who: str, expected: list[str]) -> None:
    person = class_.people[who]
    cartridge, zip_ = (service.of_progress(export.progress_id) for export in (class_.cartridge, class_.zip))
    asked = [
        ("GET", cartridge),
        ("GET", zip_),
        ("POST", f"{cartridge}/cancel"),
        ("HEAD", f"{cartridge}/events"),
        ("HEAD", service.events_in("courses", class_.course.id)),
        ("GET", service.of_progress(999_999_999)),
    ]
    for (method, url), outcome in zip(asked, expected, strict=True):
        answer = await service.get(url, person and person.token, method=method)
        assert answer.status == (401 if outcome in ("token", "scope") else int(outcome)), (who, method, url)
        if method != "HEAD" and outcome != "200":
            assert answer.json == BODIES[outcome], (who, method, url)
        challenged = outcome in ("401", "token")
        assert ("WWW-Authenticate" in answer.headers) is challenged, (who, method, url)


async def test_progress_has_the_form_of_canvas(school: School, service: Service, class_: Class) -> None:
    export, teacher = class_.cartridge, class_.people["the teacher"]
    await school.start(export)
    await school.report(export, 60)
    answer = await service.get(f"{service.of_progress(export.progress_id)}.json", teacher.token)
    created, updated = answer.json.pop("created_at"), answer.json.pop("updated_at")
    assert created <= updated
    answer.json.pop("estimate", None)  # beyond Canvas: it is there while a worker lives, and other tests have some
    assert answer.json == {
        "id": export.progress_id,
        "context_id": export.id,
        "context_type": "ContentExport",
        "user_id": teacher.id,
        "tag": "content_export",
        "completion": 60.0,
        "workflow_state": "running",
        "message": None,
        "url": service.of_progress(export.progress_id),
    }


async def test_links_are_on_the_host_that_the_gateway_was_asked_under(service: Service, class_: Class) -> None:
    url, token = service.of_progress(class_.cartridge.progress_id), class_.people["the teacher"].token
    headers = {"X-Forwarded-Host": "exports.example.edu:8443", "X-Forwarded-Proto": "https"}
    answer = await service.get(url, token, headers=headers)
    assert answer.json["url"] == f"https://exports.example.edu:8443/api/v1/progress/{class_.cartridge.progress_id}"
    assert (await service.get(url, token, headers={"X-Forwarded-Host": "a.example/evil?"})).status == 400


async def test_cancelling_ends_the_export_as_failed_with_the_message(
    school: School, service: Service, class_: Class
) -> None:
    export, teacher = class_.cartridge, class_.people["the teacher"]
    await school.start(export)
    url = f"{service.of_progress(export.progress_id)}/cancel"
    answer = await service.get(url, teacher.token, method="POST", json={"message": "Wrong\u0000 course"})
    assert (answer.status, answer.json["workflow_state"], answer.json["message"]) == (200, "failed", "Wrong course")
    now = await school.exports.find(export.id)
    assert (now.workflow_state, now.error_code, now.error_message) == (
        WorkflowState.FAILED,
        "cancelled",
        "Wrong course",
    )


@pytest.mark.parametrize("ending", ["exported", "cancelled"])
async def test_cancelling_what_has_finished_changes_nothing(
    school: School, service: Service, class_: Class, ending: str
) -> None:
    export, teacher = class_.cartridge, class_.people["the teacher"]
    if ending == "exported":
        await school.whole(export)
    else:
        await school.exports.cancel(export.id, "first")
    before = await service.get(service.of_progress(export.progress_id), teacher.token)
    logged = await school.logged(export.progress_id)
    url = f"{service.of_progress(export.progress_id)}/cancel.json"
    answer = await service.get(url, teacher.token, method="POST", data={"message": "second"})
    assert (answer.status, answer.json) == (200, before.json)
    assert await school.logged(export.progress_id) == logged


async def test_a_message_that_is_no_text_is_refused_and_nothing_is_cancelled(
    school: School, service: Service, class_: Class
) -> None:
    export, teacher = class_.cartridge, class_.people["the teacher"]
    url = f"{service.of_progress(export.progress_id)}/cancel"
    assert (await service.get(url, teacher.token, method="POST", json={"message": [1]})).status == 400
    now = await school.exports.find(export.id)
    assert now.workflow_state is WorkflowState.CREATED


@pytest.mark.parametrize("path", ["/api/v1/progress/abc", "/api/v1/progress/" + "9" * 25, "/api/v1/progress/-1/events"])
async def test_what_is_no_id_is_not_found(service: Service, path: str) -> None:
    answer = await service.get(f"{service.url}{path}")
    assert (answer.status, answer.json) == (404, NOT_FOUND)


async def test_the_service_shows_whether_it_is_ready_and_what_it_counts(service: Service) -> None:
    answer = await service.get(f"{service.url}/readyz")
    assert answer.json == {"status": "ok", "checks": {"database": "ok", "listener": "ok"}}
    assert (await service.get(f"{service.url}/metrics")).status == 404
    async with service.session.get(f"{service.ops_url}/metrics") as metrics:
        text = await metrics.text()
    assert "content_exports_event_listener_up 1.0" in text
    assert "content_exports_event_streams_open" in text
