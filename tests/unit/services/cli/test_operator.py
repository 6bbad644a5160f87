"""Commands of operators over HTTP: what they send, print and refuse; and when they go over the database instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
import typer
from typer.testing import CliRunner

from services.cli.__main__ import app
from services.cli.operator.access import OperatorAccess
from tests.unit.services.cli.conftest import Run
from tests.unit.services.cli.servers import paths

SCOPE = "url:GET|/api/v1/courses"
DATABASE = {"DATABASE_URL": "postgresql://h/d"}
SERVER = {"CONTENT_EXPORTS_URL": "http://h", "CONTENT_EXPORTS_TOKEN": "t"}


class Recorded:
    """Answers every request with the same body, and keeps them."""

    def __init__(self, body: Any, status: int = 200) -> None:
        self.body, self.status, self.requests = body, status, []  # type: ignore[var-annotated]

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return httpx2.Response(self.status, json=self.body)


@pytest.mark.parametrize(
    ("words", "request_and_body", "answers"),
    [
        (["user", "--name", "Ada", "--site-admin"], ("POST users", {"name": "Ada", "site_admin": True}), ({"id": 5}, "5")),
        (["user", "--id", "5", "--login", "ada"], ("PUT users/5", {"login_id": "ada"}), ({"id": 5}, "5")),
        (["user", "--id", "5", "--delete"], ("DELETE users/5", {}), ({"id": 5}, "5")),
        (["course", "--sis-id", "T", "--public"], ("POST courses", {"sis_course_id": "T", "is_public": True}), ({"id": 7}, "7")),
        (["course", "--id", "7", "--state", "completed"], ("PUT courses/7", {"workflow_state": "completed"}), ({"id": 7}, "7")),
        (["group", "--member", "3", "--course", "2"], ("POST groups", {"members": [3], "course_id": 2}), ({"id": 9}, "9")),
        (
            ["enroll", "--course", "7", "--user", "5", "--role", "ta", "--create"],
            ("POST enrollments", {"user_id": 5, "course_id": 7, "role": "ta", "workflow_state": "active", "create": True}),
            ({}, ""),
        ),
        (
            ["token", "--user", "5", "--scope", SCOPE, "--expires", "2h"],
            ("POST tokens", {"user_id": 5, "scopes": [SCOPE], "expires_in_s": 7200, "create": False}),
            ({"id": 4, "token": "secret"}, "secret"),
        ),
        (["revoke", "secret"], ("POST tokens/revoke", {"token": "secret"}), ({"revoked": True}, "")),
        (["revoke", "--id", "4"], ("DELETE tokens/4", {}), ({"revoked": True}, "")),
    ],
)  # fmt: skip
def test_each_command_is_one_request_to_the_admin_api(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    request_and_body: tuple[str, Any],
    answers: tuple[Any, str],
) -> None:
    (request_, body), (answer, printed) = request_and_body, answers
    server = Recorded(answer)
    assert run(server, *words) == 0
    (sent,) = server.requests
    method, path = request_.split()
    assert (sent.method, sent.url.path) == (method, f"/api/v1/admin/{path}")
    assert json.loads(sent.content) == body
    assert capsys.readouterr().out.strip() == printed


@pytest.mark.parametrize("words", [["user", "--name", "Ada"], ["token", "--user", "5"]])
def test_what_would_be_there_twice_is_not_requested_again_by_itself(run: Run, words: list[str]) -> None:
    server = Recorded({"errors": [{"message": "The database did not answer."}]}, 503)
    assert run(server, *words) == 1
    assert len(server.requests) == 1


def test_an_error_has_the_words_of_the_server_alone_as_that_of_the_database_has(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    error = {
        "message": "There is no user 5. `create` creates it.",
        "error_code": "invalid_content",
        "parameter": "body",
    }
    assert run(Recorded({"errors": [error]}, 422), "token", "--user", "5", "--json") == 1
    captured = capsys.readouterr()
    assert captured.err.strip() == error["message"]
    assert json.loads(captured.out) == {"error": error["message"], "code": "invalid_content"}


def test_a_token_of_no_site_admin_is_refused_with_the_status(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    refused = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
    assert run(Recorded(refused, 403), "user", "--name", "Ada") == 1
    assert "HTTP 403" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["user", "--time-zone", "Mars/Olympus"],
        ["user", "--name", ""],
        ["user", "--email", "ada"],
        ["user", "--delete"],
        ["token", "--user", "5", "--expires", "0s"],
        ["revoke"],
        ["revoke", "secret", "--id", "4"],
    ],
)
def test_a_wrong_command_is_a_usage_error_without_a_request(run: Run, words: list[str]) -> None:
    server = Recorded({})
    assert run(server, *words) == 2
    assert not server.requests


def test_rows_of_the_audit_log_come_page_by_page_up_to_the_limit(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "at": "2027-01-02T03:04:05Z", "action": "put_user", "content_export_id": None, "user_id": 4, "real_user_id": None,
        "token": "token:7", "address": "192.0.2.1", "request_id": None, "subject": "user:5 name",
    }  # fmt: skip
    pages = [[{**row, "id": 300 - n} for n in range(100)], [{**row, "id": 200 - n} for n in range(30)]]
    seen: list[httpx2.Request] = []

    def serve(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=pages[len(seen) - 1])

    assert run(serve, "audit", "--user", "4", "--limit", "150") == 0
    assert paths(seen) == ["/api/v1/admin/audit"] * 2
    assert [dict(request.url.params) for request in seen] == [
        {"user_id": "4", "per_page": "100"},
        {"user_id": "4", "per_page": "50", "before_id": "201"},
    ]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 130
    assert lines[0] == "2027-01-02T03:04:05Z put_user     subject=user:5 name user=4 token=token:7 from=192.0.2.1"


def test_tokens_are_a_table_or_their_document(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "id": 4,
        "user_id": 5,
        "scopes": None,
        "created_at": "2027-01-02T03:04:05Z",
        "expires_at": None,
        "revoked_at": None,
    }
    assert run(Recorded([row]), "tokens", "--user", "5") == 0
    assert capsys.readouterr().out.split()[6:] == ["4", "5", "2027-01-02", "03:04", "all"]
    assert run(Recorded([row]), "tokens", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [row]


@pytest.mark.parametrize(
    ("options", "environ", "over_http"),
    [
        ({"url": "http://h"}, DATABASE, True),
        ({"profile": "school"}, DATABASE, True),
        ({"token": "t"}, SERVER, True),
        ({"database_url": "postgresql://h/d"}, SERVER, False),
        ({}, SERVER, True),
        ({}, {"CONTENT_EXPORTS_PROFILE": "school"}, True),
        ({}, DATABASE, False),
        ({}, {**SERVER, **DATABASE}, False),
    ],
)
def test_an_option_decides_then_a_database_of_the_environment_then_a_server_of_it(
    options: dict[str, str], environ: dict[str, str], over_http: bool
) -> None:
    assert OperatorAccess(**options).is_over_http(environ) is over_http


@pytest.mark.parametrize("options", [{}, {"url": "http://h", "database_url": "postgresql://h/d"}])
def test_neither_and_both_are_usage_errors(options: dict[str, str]) -> None:
    with pytest.raises(typer.BadParameter):
        OperatorAccess(**options).is_over_http({"CONTENT_EXPORTS_TOKEN": "t"})


def test_without_a_server_and_a_database_a_command_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SERVER, *DATABASE, "CONTENT_EXPORTS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    ended = CliRunner().invoke(app, ["user", "--name", "Ada"])
    assert ended.exit_code == 2
    assert "DATABASE_URL" in ended.output


def test_a_load_is_checked_without_a_server(run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "course.json").write_text('{"id": 1, "name": "Optics"}')
    server = Recorded({})
    assert run(server, "load", str(tmp_path), "--check") == 0
    assert json.loads(capsys.readouterr().out)["package"] == "folder of REST objects"
    assert run(server, "load", str(tmp_path / "missing"), "--check") == 1
    assert server.requests == []
