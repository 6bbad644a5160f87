"""The Content Exports API through the running system."""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import pytest

from tests.support.client import Client
from tests.support.sse import open_stream
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def teacher(stack: Stack, sample: int) -> Client:
    stack.command("enroll", "--course", str(sample), "--user", "21", "--create", "--role", "teacher")
    return Client(stack.base_url, stack.token(21))


@pytest.fixture(scope="module")
def student(stack: Stack, sample: int) -> Client:
    stack.command("enroll", "--course", str(sample), "--user", "22", "--create", "--role", "student")
    return Client(stack.base_url, stack.token(22))


@pytest.fixture(scope="module")
def stranger(stack: Stack) -> Client:
    return Client(stack.base_url, stack.token(23))


@pytest.fixture(scope="module")
def private(load: Callable[[Path], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> int:
    """A course that only its members may read."""
    folder = tmp_path_factory.mktemp("private")
    (folder / "course.json").write_text('{"id": 1, "name": "Private", "is_public": false}')
    return int(load(folder)["course_id"])


def path(course_id: int, rest: str = "") -> str:
    return f"/api/v1/courses/{course_id}/content_exports{rest}"


@pytest.mark.outside
def test_a_new_export_is_created_with_its_progress_queued_and_no_attachment(teacher: Client, sample: int) -> None:
    export = teacher.create(sample, "qti")
    assert export["workflow_state"] == "created"
    assert (export["export_type"], export["course_id"], export["user_id"]) == ("qti", sample, 21)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", export["created_at"])
    assert export["progress_url"].startswith(teacher.base_url)
    assert "attachment" not in export
    assert teacher.finished(export)["workflow_state"] == "exported"


@pytest.mark.outside
def test_progress_is_completed_at_100_and_the_very_next_show_has_a_zip_to_download(
    teacher: Client, sample: int, tmp_path: Path
) -> None:
    done = teacher.exported(sample, "common_cartridge")
    progress = teacher.progress(done)
    assert (progress["workflow_state"], progress["completion"]) == ("completed", 100)
    assert (progress["context_id"], progress["context_type"], progress["tag"]) == (
        done["id"],
        "ContentExport",
        "content_export",
    )
    assert f"/files/{done['attachment']['id']}/download?download_frd=1&verifier=" in done["attachment"]["url"]
    assert teacher.download(done, tmp_path / "a").read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"export_type": "qti", "skip_notifications": "1", "select[quizzes][]": "999999"}},
        {"json": {"export_type": "qti", "skip_notifications": True, "select": {"quizzes": [999999]}}},
        {"params": {"export_type": "qti", "select[quizzes][]": "999999"}},
        {"files": {"export_type": (None, "qti"), "select[quizzes][]": (None, "999999")}},
    ],
    ids=["form", "json", "query", "multipart"],
)
def test_parameters_come_as_form_json_query_or_multipart(teacher: Client, sample: int, sent: dict[str, object]) -> None:
    answer = teacher.http.post(path(sample), **sent)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    (warning,) = answer.json()["warnings"]
    assert (warning["code"], warning["item"]["kind"], warning["item"]["id"]) == ("selected_missing", "quizzes", 999999)
    assert teacher.finished(answer.json())["error"]["code"] == "nothing_selected"


@pytest.mark.parametrize("wanted", [None, "", "frog", "QTI", 7, ["qti"]])
def test_an_export_type_that_is_invalid_is_a_bad_request(teacher: Client, sample: int, wanted: object) -> None:
    answer = teacher.http.post(path(sample), json={"export_type": wanted})
    assert (answer.status_code, answer.json()) == (400, {"message": "invalid export_type"})


@pytest.mark.parametrize(("body", "said"), [('{"a":', "not valid JSON"), ("[1]", "must be a JSON object")])
def test_a_body_that_cannot_be_read_is_a_bad_request_that_says_why(
    teacher: Client, sample: int, body: str, said: str
) -> None:
    answer = teacher.http.post(path(sample), content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert said in answer.json()["errors"][0]["message"]


def test_a_select_that_is_no_hash_is_a_bad_request(teacher: Client, sample: int) -> None:
    answer = teacher.http.post(path(sample), json={"export_type": "qti", "select": [1]})
    assert answer.status_code == 400


@pytest.mark.parametrize("export_type", ["qti", "zip"])
def test_a_target_that_does_not_exist_is_a_bad_request(teacher: Client, sample: int, export_type: str) -> None:
    answer = teacher.http.post(path(sample), data={"export_type": export_type, "target": "frog"})
    assert (answer.status_code, answer.json()) == (400, {"message": "target must be canvas or generic"})


@pytest.mark.outside
async def test_a_stream_has_each_state_of_an_export_and_ends_with_the_last(teacher: Client, sample: int) -> None:
    export = teacher.create(sample, "common_cartridge")
    async with (
        aiohttp.ClientSession() as session,
        open_stream(session, f"{export['progress_url']}/events", teacher.token) as stream,
    ):
        states = [event.state for event in await stream.rest(60)]
    assert list(dict.fromkeys(states))[-2:] == ["exporting", "exported"]


@pytest.mark.outside
def test_the_list_is_newest_first_in_pages_whose_links_lead_through_all_of_it(teacher: Client, sample: int) -> None:
    made = [teacher.create(sample, "zip")["id"] for _ in range(5)]
    seen, url = [], f"{path(sample)}?per_page=3"
    while url:
        answer = teacher.http.get(url)
        assert len(answer.json()) <= 3
        seen += [export["id"] for export in answer.json()]
        links = dict(
            reversed(re.findall(r'<([^>]+)>; rel="(\w+)"', part)[0]) for part in answer.headers["link"].split(",")
        )
        assert {"current", "first", "last"} <= set(links)
        url = links.get("next", "")
    assert seen[:5] == made[::-1]
    assert seen == sorted(set(seen), reverse=True)


def test_a_student_gets_zips_of_their_own_and_nothing_else(student: Client, teacher: Client, sample: int) -> None:
    for refused in ("common_cartridge", "qti"):
        assert student.http.post(path(sample), json={"export_type": refused}).status_code == 403
    own, others = student.create(sample, "zip"), teacher.create(sample, "qti")
    assert student.finished(own)["workflow_state"] == "exported"
    listed = student.http.get(path(sample)).json()
    assert {export["user_id"] for export in listed} == {22}
    assert student.http.get(path(sample, f"/{others['id']}")).status_code == 403
    assert teacher.http.get(path(sample, f"/{own['id']}")).status_code == 403


def test_a_stranger_is_refused_and_nobody_is_asked_to_log_in(stack: Stack, stranger: Client, private: int) -> None:
    refused = stranger.http.get(path(private))
    assert (refused.status_code, refused.json()["status"]) == (403, "unauthorized")
    anonymous = httpx2.get(stack.base_url + path(private), trust_env=False)
    assert anonymous.status_code == 401
    assert anonymous.headers["www-authenticate"] == 'Bearer realm="canvas-lms"'
    assert anonymous.json()["errors"][0]["message"] == "user authorization required"


@pytest.mark.parametrize("course_id", ["999999999", "0", "-1", "abc", "9" * 30, "%00"])
def test_a_course_that_is_not_there_is_not_found(teacher: Client, course_id: str) -> None:
    answer = teacher.http.get(f"/api/v1/courses/{course_id}/content_exports")
    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "The specified resource does not exist."}]}


def test_an_export_of_another_context_is_not_found(admin: Client, teacher: Client, sample: int) -> None:
    export = teacher.create(sample, "qti")
    assert teacher.http.get(f"/api/v1/users/21/content_exports/{export['id']}").status_code == 404
    assert teacher.http.get(path(sample, "/999999")).status_code == 404


@pytest.mark.parametrize("token", ["nonsense", "", "\x7f", "a" * 5000])
def test_a_token_that_nobody_has_issued_opens_nothing(stack: Stack, sample: int, token: str) -> None:
    answer = httpx2.get(stack.base_url + path(sample), params={"access_token": token or "x"}, trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Invalid access token."


def test_a_token_reaches_no_further_than_its_scopes(stack: Stack, sample: int) -> None:
    words = ("--scope", "url:GET|/api/v1/courses/:course_id/content_exports")
    limited = Client(stack.base_url, stack.token(21, *words))
    assert limited.http.get(path(sample)).status_code == 200
    for refused in (limited.http.post(path(sample), json={"export_type": "qti"}), limited.http.get(path(sample, "/1"))):
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["message"] == "Insufficient scopes on access token."


def test_a_token_ends_with_its_time(stack: Stack, sample: int) -> None:
    ended = Client(stack.base_url, stack.token(21, "--expires", "1s"))
    time.sleep(1.1)
    answer = ended.http.get(path(sample))
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Expired access token."


@pytest.mark.outside
def test_a_download_resumes_where_it_broke_off(teacher: Client, sample: int, tmp_path: Path) -> None:
    done = teacher.exported(sample, "common_cartridge")
    whole, url = teacher.download(done, tmp_path / "whole").read_bytes(), done["attachment"]["url"]
    etag = httpx2.head(url, trust_env=False).headers["etag"]
    got = b""
    for stop in (1, 1000, len(whole) // 2, len(whole)):
        headers = {"Range": f"bytes={len(got)}-{stop - 1}", "If-Range": etag}
        part = httpx2.get(url, headers=headers, trust_env=False)
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {len(got)}-{stop - 1}/{len(whole)}"
        got += part.content
    assert got == whole
    assert httpx2.get(url, headers={"Range": f"bytes={len(whole)}-"}, trust_env=False).status_code == 416
    assert httpx2.get(url, headers={"If-None-Match": etag}, trust_env=False).status_code == 304


def test_a_download_needs_a_good_verifier_or_the_callers_own_right(
    teacher: Client, student: Client, stack: Stack, sample: int
) -> None:
    done = teacher.exported(sample, "qti")
    bare = f"/files/{done['attachment']['id']}/download"
    assert teacher.http.get(bare).status_code == 200
    assert student.http.get(bare).status_code == 403
    assert httpx2.get(stack.base_url + bare, trust_env=False).status_code == 401
    forged = done["attachment"]["url"][:-1] + ("A" if done["attachment"]["url"][-1] != "A" else "B")
    assert httpx2.get(forged, trust_env=False).status_code == 401


@pytest.mark.outside
def test_the_report_states_what_was_expected_packed_and_skipped(teacher: Client, sample: int) -> None:
    done = teacher.exported(sample, "common_cartridge")
    report = teacher.report(done)
    assert report["expected"]["pages"] == report["packed"]["pages"] > 0
    assert report["package"]["sha256"] == done["attachment"]["sha256"]
    assert done["warnings_count"] == len(report["warnings"])


@pytest.mark.outside
def test_the_same_content_gives_the_same_bytes(teacher: Client, sample: int) -> None:
    for export_type in ("common_cartridge", "qti", "zip"):
        digests = {teacher.exported(sample, export_type)["attachment"]["sha256"] for _ in range(2)}
        assert len(digests) == 1, export_type


def test_a_request_id_is_kept_from_the_edge_to_the_workers_log(stack: Stack, teacher: Client, sample: int) -> None:
    answer = teacher.http.post(path(sample), json={"export_type": "qti"}, headers={"X-Request-Id": "trace-me-4711"})
    assert answer.headers["x-request-id"] == "trace-me-4711"
    teacher.finished(answer.json())
    log = (stack.system.stack_folder.path / "logs" / "qti.log").read_text()
    assert '"request_id": "trace-me-4711"' in log


@pytest.mark.parametrize("service", ["gateway", "relay", "cartridge", "qti", "zip", "loader", "janitor", "progress"])
def test_every_service_states_its_health_and_its_metrics(stack: Stack, service: str) -> None:
    url = stack.system.processes.ops_url(service)
    assert httpx2.get(f"{url}/healthz", trust_env=False).json() == {"status": "ok"}
    assert httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200
    assert "process_resident_memory_bytes" in httpx2.get(f"{url}/metrics", trust_env=False).text


def test_a_package_states_what_it_holds_and_gives_each_member_alone(
    teacher: Client, sample: int, tmp_path: Path
) -> None:
    done = teacher.exported(sample, "common_cartridge", include_report=True)
    report = teacher.report(done)
    assert report["verification"] == {
        "passed": True,
        "members_read": report["verification"]["members_read"],
        "findings": [],
        "more": 0,
    }
    for kind, count in report["expected"].items():
        parts = (report[name].get(kind, 0) for name in ("packed", "skipped", "failed"))
        assert sum(parts) == count, kind
    assert all(warning["what_to_do"] for warning in report["warnings"])
    with zipfile.ZipFile(teacher.download(done, tmp_path / "a")) as package:
        own = json.loads(package.read("content-exports-report.json"))
        assert own.items() <= report.items()
        page = teacher.http.get(report["package"]["entries_url"], params={"per_page": 100}).json()
        assert [entry["path"] for entry in page] == package.namelist()[:100]
        for entry in (page[0], next(entry for entry in page if entry["kind"] == "files")):
            alone = teacher.http.get(entry["url"])
            assert alone.status_code == 200
            assert alone.content == package.read(entry["path"])
            assert alone.headers["content-disposition"].startswith("attachment")
