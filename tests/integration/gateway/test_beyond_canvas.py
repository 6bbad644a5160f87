"""What this API does beyond Canvas's: idempotency, waiting, dry runs, retries, limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.postgres.idempotency import KEY_TTL_S, OldKeys
from shared.domain.export import Context, ExportType
from shared.runtime.settings import Settings
from tests.support.gateway import Gateway, bearer, running_gateway
from tests.support.school import Person, School


def at(context: Context, rest: str = "") -> str:
    return f"/api/v1/{context.type.route}/{context.id}/content_exports{rest}"


async def ask(gateway: Gateway, method: str, path: str, by: Person | None = None, **more: Any) -> Any:
    headers = {**(bearer(by) if by else {}), **more.pop("headers", {})}
    return await gateway.http.request(method, gateway.url + path, headers=headers, timeout=60, **more)


@pytest.fixture
async def course(gateway: Gateway) -> Context:
    return await gateway.school.course(name="Beyond")


@pytest.fixture
async def teacher(gateway: Gateway, course: Context) -> Person:
    return await gateway.school.member(course, "teacher")


# Idempotency-Key

KEY = {"Idempotency-Key": "f3b6-1"}
QTI = {"export_type": "qti", "select": {"quizzes": [1]}}


async def test_the_same_key_and_body_is_one_export_however_often_and_at_once(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    first = await asyncio.gather(*(ask(gateway, "POST", at(course), teacher, json=QTI, headers=KEY) for _ in range(8)))
    assert {answer.status_code for answer in first} == {200}
    assert len({answer.json()["id"] for answer in first}) == 1
    assert sorted("Idempotency-Replayed" in answer.headers for answer in first) == [False] + 7 * [True]
    form = {"export_type": "qti", "select[quizzes][]": "1"}
    other_form = await ask(gateway, "POST", at(course), teacher, data=form, headers=KEY)
    assert other_form.status_code == 422  # "1" is not 1: the bodies differ
    count = "SELECT count(*) FROM content_exports WHERE context_type = 'Course' AND context_id = $1"
    assert await gateway.school.pool.fetchval(count, course.id) == 1


async def test_the_answer_to_a_known_key_is_the_export_as_it_stands(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    made = (await ask(gateway, "POST", at(course), teacher, json=QTI, headers=KEY)).json()
    export = await gateway.school.exports.find(made["id"])
    assert export is not None
    await gateway.school.start(export)
    again = await ask(gateway, "POST", at(course), teacher, json=QTI, headers={**KEY, "Prefer": "respond-async"})
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (200, made, "true")
    await gateway.school.pool.execute("UPDATE idempotency_keys SET status = NULL, body = NULL")  # an earlier release
    old = await ask(gateway, "POST", at(course), teacher, json=QTI, headers=KEY)
    assert (old.status_code, old.json()["id"], old.json()["workflow_state"]) == (200, made["id"], "exporting")


async def test_another_body_under_the_same_key_cannot_be_processed(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    await ask(gateway, "POST", at(course), teacher, json=QTI, headers=KEY)
    answer = await ask(gateway, "POST", at(course), teacher, json={"export_type": "zip"}, headers=KEY)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["error_code"] == "idempotency_key_reused"


async def test_a_key_reaches_no_further_than_its_token_its_route_and_a_day(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    other_course = await gateway.school.course(name="Other")
    await gateway.school.people.enroll(teacher.id, other_course.id, "teacher")
    other_token = Person(teacher.id, await gateway.school.token(teacher.id))
    places = [(course, teacher), (other_course, teacher), (course, other_token)]
    asked = [await ask(gateway, "POST", at(place), by, json=QTI, headers=KEY) for place, by in places]
    assert len({answer.json()["id"] for answer in asked}) == 3
    pool = gateway.school.pool
    await pool.execute("UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'f3b6-1'")
    again = await ask(gateway, "POST", at(course), teacher, json={"export_type": "zip"}, headers=KEY)
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (200, False)
    assert await OldKeys(pool).prune(KEY_TTL_S, 1000) >= 2
    assert await pool.fetchval("SELECT count(*) FROM idempotency_keys WHERE key = 'f3b6-1'") == 1


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256])
async def test_a_key_that_is_invalid_is_a_bad_request(
    gateway: Gateway, course: Context, teacher: Person, key: str
) -> None:
    headers = [*bearer(teacher).items(), ("Idempotency-Key", key.encode())]
    answer = await gateway.http.post(gateway.url + at(course), json=QTI, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 400


async def test_what_is_refused_leaves_its_key_free(gateway: Gateway, course: Context) -> None:
    student = await gateway.school.member(course, "student")
    assert (await ask(gateway, "POST", at(course), student, json=QTI, headers=KEY)).status_code == 403
    allowed = await ask(gateway, "POST", at(course), student, json={"export_type": "zip"}, headers=KEY)
    assert allowed.status_code == 200


# Waiting


async def test_an_unfinished_export_says_when_to_ask_again_and_whether_it_has_changed(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    export = await gateway.school.export(course, teacher)
    first = await ask(gateway, "GET", at(course, f"/{export.id}"), teacher)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert 1 <= int(first.headers["Retry-After"]) <= 15
    same = await ask(gateway, "GET", at(course, f"/{export.id}"), teacher, headers=tag)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    await gateway.school.start(export)
    changed = await ask(gateway, "GET", at(course, f"/{export.id}"), teacher, headers=tag)
    assert (changed.status_code, changed.json()["workflow_state"]) == (200, "exporting")
    await gateway.school.finish(export)
    done = await ask(gateway, "GET", at(course, f"/{export.id}"), teacher, headers=tag)
    assert (done.status_code, "Retry-After" in done.headers, "ETag" in done.headers) == (200, False, False)


async def test_waiting_ends_with_the_export_at_once(gateway: Gateway, course: Context, teacher: Person) -> None:
    export = await gateway.school.export(course, teacher)
    waiting = [asyncio.create_task(ask(gateway, "GET", at(course, f"/{export.id}?wait=30"), teacher)) for _ in range(3)]
    await asyncio.sleep(0.3)
    assert not any(task.done() for task in waiting)
    await gateway.school.start(export)
    await gateway.school.report(export, 50.0)
    await asyncio.sleep(0.2)
    assert not any(task.done() for task in waiting)
    before = time.monotonic()
    await gateway.school.finish(export)
    answers = await asyncio.gather(*waiting)
    assert time.monotonic() - before < 2.0
    assert {answer.json()["workflow_state"] for answer in answers} == {"exported"}


async def test_waiting_with_an_etag_ends_with_a_change_and_without_one_with_the_time(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    export = await gateway.school.export(course, teacher)
    tag = {"If-None-Match": (await ask(gateway, "GET", at(course, f"/{export.id}"), teacher)).headers["ETag"]}
    before = time.monotonic()
    unchanged = await ask(gateway, "GET", at(course, f"/{export.id}?wait=0.4"), teacher, headers=tag)
    assert unchanged.status_code == 304
    assert 0.4 <= time.monotonic() - before < 3.0
    waiting = asyncio.create_task(ask(gateway, "GET", at(course, f"/{export.id}?wait=30"), teacher, headers=tag))
    await asyncio.sleep(0.2)
    await gateway.school.start(export)
    assert (await waiting).json()["workflow_state"] == "exporting"


async def test_a_hundred_who_wait_hold_no_connection_to_the_database(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    export = await gateway.school.export(course, teacher)
    colleague = await gateway.school.member(course, "teacher")
    waiting = [
        asyncio.create_task(ask(gateway, "GET", at(course, f"/{export.id}?wait=20"), by))
        for by in (teacher, colleague)  # a token holds fifty at most
        for _ in range(45)
    ]
    await asyncio.sleep(1.0)
    shown = await ask(gateway, "GET", at(course, f"/{export.id}"), teacher)
    assert shown.status_code == 200
    busy = "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() AND datname = current_database()"
    assert await gateway.school.pool.fetchval(busy) == 0
    await gateway.school.whole(export)
    assert {answer.json()["workflow_state"] for answer in await asyncio.gather(*waiting)} == {"exported"}


@pytest.mark.parametrize("wait", ["x", "-1", "nan", "inf", ""])
async def test_a_wait_that_is_not_a_time_is_ignored(
    gateway: Gateway, course: Context, teacher: Person, wait: str
) -> None:
    export = await gateway.school.export(course, teacher)
    answer = await asyncio.wait_for(ask(gateway, "GET", at(course, f"/{export.id}"), teacher, params={"wait": wait}), 5)
    assert answer.status_code == 200


# Prefer


async def test_a_client_that_prefers_so_gets_202_and_a_location(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    headers = {"Prefer": "return=minimal, Respond-Async; wait=5"}
    answer = await ask(gateway, "POST", at(course), teacher, json=QTI, headers=headers)
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "respond-async")
    assert answer.headers["Location"] == f"{gateway.url}{at(course)}/{answer.json()['id']}"
    plain = await ask(gateway, "POST", at(course), teacher, json=QTI)
    assert (plain.status_code, "Location" in plain.headers) == (200, False)


# Retry


async def test_a_failed_export_is_retried_as_one_new_export_with_the_same_parameters(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    made = (await ask(gateway, "POST", at(course), teacher, json=QTI)).json()
    path = at(course, f"/{made['id']}/retry")
    early = await ask(gateway, "POST", path, teacher)
    assert (early.status_code, early.json()["errors"][0]["error_code"]) == (409, "conflict")
    await gateway.school.exports.cancel(made["id"], "enough")
    answers = await asyncio.gather(*(ask(gateway, "POST", path, teacher) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    (retried,) = {answer.json()["id"] for answer in answers}
    body = answers[0].json()
    assert (body["retry_of"], body["export_type"], body["workflow_state"]) == (made["id"], "qti", "created")
    select = "SELECT settings -> 'select' FROM content_exports WHERE id = $1"
    assert await gateway.school.pool.fetchval(select, retried) == QTI["select"]
    student, stranger = await gateway.school.member(course, "student"), await gateway.school.person()
    refused = [(await ask(gateway, "POST", path, by)).status_code for by in (student, stranger, None)]
    assert refused == [403, 403, 401]


async def test_a_retry_that_failed_or_was_deleted_is_retried_and_the_first_export_names_the_latest(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    first = (await ask(gateway, "POST", at(course), teacher, json=QTI)).json()["id"]
    await gateway.school.exports.cancel(first, "enough")
    retries = []
    for end in ("fail", "delete", "stay"):
        answers = await asyncio.gather(
            *(ask(gateway, "POST", at(course, f"/{first}/retry"), teacher) for _ in range(3))
        )
        (retry,) = {answer.json()["id"] for answer in answers}
        retries.append(retry)
        shown = (await ask(gateway, "GET", at(course, f"/{first}"), teacher)).json()
        assert (shown["retried_by"], shown["workflow_state"]) == (retry, "failed")
        if end == "fail":
            await gateway.school.exports.cancel(retry, "enough")
        elif end == "delete":
            assert (await ask(gateway, "DELETE", at(course, f"/{retry}"), teacher)).status_code == 200
    assert len(set(retries)) == 3
    of_a_retry = await ask(gateway, "POST", at(course, f"/{retries[0]}/retry"), teacher)
    assert (of_a_retry.json()["id"], of_a_retry.json()["retry_of"]) == (retries[2], first)


# Limits


async def test_a_selection_over_the_limits_names_the_key(gateway: Gateway, course: Context, teacher: Person) -> None:
    for select, parameter in (
        ({"pages": list(range(10_001))}, "select[pages]"),
        ({"quizzes": [1], "pages": {f"wiki_page_{n}": 1 for n in range(10_000)}}, "select[pages]"),
        ({"pages": {"wiki_page_1": {"deeper": 1}}}, "select[pages][wiki_page_1]"),
        ({"quizzes": [1], "pages": ["a\0"]}, "select[pages]"),
        ({"pages": {"a\0": 1}}, "select[pages]"),
        ({"pages\0": [1]}, "select[pages]"),
    ):
        answer = await ask(gateway, "POST", at(course), teacher, json={"export_type": "qti", "select": select})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)
    name = "select" + "[a]" * 20
    deep = await ask(gateway, "POST", at(course), teacher, data={"export_type": "qti", name: "1"})
    assert (deep.status_code, deep.json()["errors"][0]["error_code"]) == (422, "nested_too_deep")
    bottomless = b'{"export_type": "qti", "select": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    answer = await ask(gateway, "POST", at(course), teacher, content=bottomless)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_a_body_over_the_limit_is_too_large(
    gateway: Gateway, course: Context, teacher: Person, kind: str
) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    body = head + b"a\r\n" * (gateway.settings.max_body_bytes // 3)
    answer = await ask(gateway, "POST", at(course), teacher, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 413
    (error,) = answer.json()["errors"]
    assert (error["error_code"], error["parameter"]) == ("content_too_large", "body")
    forwarded = await ask(gateway, "POST", "/api/v1/progress/1/cancel", teacher, content=body)
    assert (forwarded.status_code, forwarded.json()) == (413, answer.json())


@pytest.mark.parametrize(
    "body", [b"", b"--x", b"--y\r\n\r\n--y--", b"--x\r\n" + b"a" * 20_000, b"--x\r\nname\r\n\r\n\xff"]
)
async def test_a_form_that_cannot_be_read_is_a_bad_request(
    gateway: Gateway, course: Context, teacher: Person, body: bytes
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await ask(gateway, "POST", at(course), teacher, content=body, headers=headers)
    assert answer.status_code == 400


@pytest.fixture
async def strict(migrated_url: str, people: School, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway where a token may spend ten at once, and one a second; open to pages of one origin."""
    settings = Settings(
        database_url=migrated_url,
        store_url=str(tmp_path),
        secret_key=("a-key",),
        http_port=0,
        stop_grace_s=0,
        rate_limit_burst=10,
        rate_limit_per_s=1,
        cors_origins=("https://lms.example.edu",),
        public_url="https://exports.example.edu",
    )
    async with running_gateway(settings, people) as running:
        yield running


async def test_a_token_that_has_spent_its_rate_waits_and_others_do_not(strict: Gateway) -> None:
    course = await strict.school.course(name="Rate")
    teacher, other = [await strict.school.member(course, "teacher") for _ in range(2)]
    listed = await ask(strict, "GET", at(course), teacher)
    assert (listed.headers["X-Request-Cost"], listed.headers["X-Rate-Limit-Remaining"]) == ("1", "9.0")
    made = await ask(strict, "POST", at(course), teacher, json=QTI)
    assert made.headers["X-Request-Cost"] == "5"
    refused = await ask(strict, "POST", at(course), teacher, json=QTI)
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["message"] == "Rate limit exceeded."
    assert 1 <= int(refused.headers["Retry-After"]) <= 5
    assert float(refused.headers["X-Rate-Limit-Remaining"]) < 5
    assert (await ask(strict, "POST", at(course), other, json=QTI)).status_code == 200


async def test_pages_of_an_allowed_origin_may_read_answers_and_those_of_others_not(strict: Gateway) -> None:
    course = await strict.school.course(name="Origins")
    asked = {
        "Origin": "https://lms.example.edu",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = await ask(strict, "OPTIONS", at(course), headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://lms.example.edu"
    assert preflight.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    answer = await ask(strict, "GET", at(course), headers={"Origin": "https://lms.example.edu"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://lms.example.edu"
    assert "X-Rate-Limit-Remaining" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.headers["Vary"]
    for origin in ("https://evil.example", "null", "https://lms.example.edu.evil.example"):
        foreign = await ask(strict, "OPTIONS", at(course), headers={**asked, "Origin": origin})
        assert (foreign.status_code, "Access-Control-Allow-Origin" in foreign.headers) == (405, False)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


async def test_a_public_address_is_that_of_every_link(strict: Gateway) -> None:
    course = await strict.school.course(name="Proxy")
    teacher = await strict.school.member(course, "teacher")
    made = await ask(strict, "POST", at(course), teacher, json=QTI, headers={"X-Forwarded-Host": "evil.example"})
    assert made.json()["progress_url"].startswith("https://exports.example.edu/api/v1/progress/")
    listed = await ask(strict, "GET", at(course), teacher)
    assert listed.headers["Link"].startswith(f"<https://exports.example.edu{at(course)}?page=1&per_page=10>")


async def test_a_zip_of_a_group_can_be_retried_by_its_member(gateway: Gateway) -> None:
    member = await gateway.school.person()
    group = await gateway.school.group(member)
    export = await gateway.school.export(group, member, ExportType.ZIP)
    await gateway.school.exports.cancel(export.id, "enough")
    answer = await ask(gateway, "POST", at(group, f"/{export.id}/retry"), member)
    assert (answer.status_code, answer.json()["retry_of"]) == (200, export.id)
