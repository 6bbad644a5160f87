"""The commands about exports that exist, and what an interrupted export leaves behind."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.cli import commands
from services.cli.report_page import report_page
from tests.unit.services.cli.conftest import BODY, CREATED, Run, Server
from tests.unit.services.cli.servers import BASE

EXPORT = "/api/v1/courses/1/content_exports/3"
REPORT: dict[str, Any] = {
    "content_export_id": 3,
    "workflow_state": "exported",
    "complete": False,
    "expected": {"pages": 2, "files": 1},
    "packed": {"pages": 2},
    "skipped": {},
    "failed": {"files": 1},
    "excluded": {},
    "included_because": {"files:1": "pages:1"},
    "warnings": [
        {
            "code": "object_missing",
            "message": "<b>a.txt</b> has no bytes.",
            "item": {"kind": "files", "id": 1, "title": "a.txt"},
            "place": None,
            "what_to_do": "Load it again.",
        }
    ],
    "package": {"filename": "course.imscc", "size": 1000, "entries": 3, "sha256": "ab"},
}


class Routes:
    """Answers a path with its JSON, and keeps the requests."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.requests = answers, list[tuple[str, str]]()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append((request.method, request.url.path))
        answer = self.answers.get(request.url.path)
        return (
            httpx2.Response(404, json={"message": "missing"}) if answer is None else httpx2.Response(200, json=answer)
        )


def routes(**more: Any) -> Routes:
    return Routes({EXPORT: {**CREATED, "workflow_state": "exporting"}, **more})


def test_without_waiting_the_id_is_printed_and_the_key_is_sent(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    keys = []

    def serve(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx2.Response(200, json=CREATED)

    words = ["export", "--course", "1", "--type", "zip", "--no-wait", "--idempotency-key", "k"]
    assert run(serve, *words) == 0
    assert (capsys.readouterr().out, keys) == ("3\n", ["k"])
    assert run(serve, *words, "--json") == 0
    assert json.loads(capsys.readouterr().out) == CREATED


def test_what_cannot_be_written_is_refused_before_the_export_is_requested(run: Run, tmp_path: Path) -> None:
    server = Server()
    assert run(server, "export", "--course", "1", "--type", "zip", "--out", str(tmp_path)) == 1
    assert server.created == [{}]


def test_ctrl_c_ends_with_130_the_id_and_the_command_that_goes_on(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "watch_to_end", interrupt)
    words = ["export", "--course", "sis_course_id:A", "--type", "zip", "--out", str(tmp_path / "p.zip"), "--json"]
    assert run(Server(), *words) == 130
    printed = capsys.readouterr()
    assert f"content-exports download 3 --course sis_course_id:A --out {tmp_path / 'p.zip'}" in printed.err
    assert json.loads(printed.out)["id"] == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_ends_with_1_the_id_and_the_command_that_goes_on(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Server(), "export", "--course", "1", "--type", "zip", "--out", "/dev/full") == 1
    printed = capsys.readouterr().err
    assert "the disk is full" in printed
    assert "content-exports download 3 --course 1 --out /dev/full" in printed


def test_a_download_without_a_name_has_the_packages_own(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(Server(), "download", f"{BASE}{EXPORT}", "--json") == 0
    assert (tmp_path / "course.imscc").read_bytes() == BODY
    assert json.loads(capsys.readouterr().out)["file"] == "course.imscc"


def test_an_export_without_a_package_any_more_cannot_be_downloaded(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Routes({EXPORT: {**CREATED, "workflow_state": "exported"}})
    assert run(server, "download", "3", "--course", "1", "--out", "p") == 1
    assert "has expired or was deleted" in capsys.readouterr().err


def test_quiet_prints_nothing_of_an_export_and_results_of_others(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Server(), "export", "--course", "1", "--type", "zip", "--out", str(tmp_path / "p"), "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert run(routes(), "show", "3", "--course", "1", "--quiet") == 0
    assert "exporting" in capsys.readouterr().out


def test_show_and_report_print_tables_or_the_servers_document(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    server = routes(**{f"{EXPORT}/report": REPORT})
    assert run(server, "report", "3", "--course", "1") == 0
    printed = capsys.readouterr().out
    assert "Export 3: exported, not complete, 1 warnings" in printed
    assert "Load it again." in printed
    assert run(server, "report", "3", "--course", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out) == REPORT


def test_a_report_as_a_page_needs_nothing_else_and_escapes_names(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert run(routes(**{f"{EXPORT}/report": REPORT}), "report", "3", "--course", "1", "--html", str(page)) == 0
    html = page.read_text()
    assert html == report_page(REPORT)
    assert '<html lang="en">' in html
    assert "&lt;b&gt;a.txt&lt;/b&gt;" in html
    assert html.count("<table>") == html.count("<caption>") == 3
    assert html.count('<section class="warnings">') == 1
    assert not any(word in html for word in ("<script", "http://", "https://", "src=", "url("))


def test_entries_are_a_list(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    entry = {"path": "a\x1b.txt", "size": 1, "compressed_size": 1, "kind": None, "item_id": None, "title": None}
    server = routes(**{f"{EXPORT}/entries": [entry]})
    assert run(server, "entries", "3", "--course", "1") == 0
    assert "a\\x1b.txt" in capsys.readouterr().out


def test_cancel_and_delete_and_retry_use_their_routes(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    again = {**CREATED, "id": 4}
    server = routes(**{"/api/v1/progress/4/cancel": {}, f"{EXPORT}/retry": again})
    assert run(server, "cancel", "3", "--course", "1", "--message", "late") == 0
    assert ("POST", "/api/v1/progress/4/cancel") in server.requests
    assert run(server, "delete", "3", "--course", "1") == 0
    assert server.requests[-1] == ("DELETE", EXPORT)
    capsys.readouterr()
    assert run(server, "retry", "3", "--course", "1", "--no-wait") == 0
    assert capsys.readouterr().out == "4\n"


def test_a_dry_run_prints_the_plan_and_ends_with_1_if_the_export_would_fail(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = {
        "filename": "a.zip", "entries": 2, "bytes": 10, "estimated_seconds": 1.0, "packed": {"files": 2},
        "included_because": {"files:1": "pages:1"}, "warnings": [],
    }  # fmt: skip
    route = "/api/v1/courses/1/content_exports"
    assert run(Routes({route: plan}), "dry-run", "--course", "1", "--type", "zip") == 0
    assert "brought along: files:1, because of pages:1" in capsys.readouterr().out
    failing = {**plan, "error": {"code": "nothing_selected", "message": "Nothing to pack."}}
    assert run(Routes({route: failing}), "dry-run", "--course", "1", "--type", "zip", "--json") == 1
    assert json.loads(capsys.readouterr().out) == failing


def test_the_content_of_a_course_is_a_tree_with_the_words_for_select(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    def serve(request: httpx2.Request) -> httpx2.Response:
        if request.url.params.get("type"):
            return httpx2.Response(200, json=[{"type": "wiki_pages", "id": "wiki_page_7", "title": "Welcome"}])
        area = {"type": "wiki_pages", "title": "Pages", "count": 1, "sub_items_url": "x"}
        return httpx2.Response(200, json=[{"type": "syllabus_body", "title": "Syllabus"}, area])

    assert run(serve, "content-list", "--course", "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].endswith("Pages (1)  all_wiki_pages")
    assert lines[3].endswith("Welcome  wiki_pages=7")


def doctor_server(clock_s: float = 0, **more: Any) -> Any:
    answers: dict[str, Any] = {
        "/healthz": {"status": "ok"},
        "/readyz": {"checks": {"database": "ok"}},
        "/api/v1/users/self": {"id": 1, "name": "Ada"},
        "/openapi.json": {"info": {"version": version("content-exports")}},
        "/api/v1/courses": [],
        **more,
    }

    def serve(request: httpx2.Request) -> httpx2.Response:
        answer = answers[request.url.path]
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=clock_s), usegmt=True)
        status = 200 if answer is not None else 401
        return httpx2.Response(status, headers={"Date": date}, json=answer)

    return serve


def test_doctor_finds_a_healthy_system_ok(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(doctor_server(), "doctor", "--out", str(tmp_path), "--json")
    checks = {each["name"]: each["advice"] for each in json.loads(capsys.readouterr().out)["checks"]}
    assert set(checks) == {"gateway", "database", "token", "versions", "clock", "limits", "disk"}
    assert not any(advice for name, advice in checks.items() if name != "disk")


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("database", doctor_server(**{"/readyz": {"checks": {"database": "no"}}})),
        ("token", doctor_server(**{"/api/v1/users/self": None})),
        ("versions", doctor_server(**{"/openapi.json": {"info": {"version": "99.0.0"}}})),
        ("clock", doctor_server(clock_s=600)),
    ],
)
def test_doctor_says_what_to_do_about_a_problem_and_ends_with_1(
    run: Run, capsys: pytest.CaptureFixture[str], name: str, server: Any
) -> None:
    assert run(server, "doctor") == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"problem  {name}: ")]
    assert "; " in line


def test_doctor_reports_a_server_that_does_not_respond(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def down(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    assert run(down, "doctor") == 1
    assert capsys.readouterr().out.startswith("problem  gateway: ")


def test_an_error_with_json_is_a_document(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Routes({}), "show", "3", "--course", "1", "--json") == 1
    assert json.loads(capsys.readouterr().out) == {"error": "the server refused: missing (HTTP 404)", "status": 404}
