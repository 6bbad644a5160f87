"""The commands end to end, but for the network: what they ask, what they print, how they end."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from services.cli.selection import read_selection
from tests.unit.services.cli.conftest import BODY, SHA256, Run, Server
from tests.unit.services.cli.servers import BASE


def test_an_export_is_requested_followed_downloaded_and_reported(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, target = Server(warnings_count=2), tmp_path / "course.imscc"
    words = ["--type", "common_cartridge", "--cc-version", "1.3", "--select", "pages=1,2", "--select", "all_quizzes"]
    assert run(server, "export", "--course", "12", *words, "--out", str(target)) == 0
    assert server.created[-1] == {
        "path": "/api/v1/courses/12/content_exports",
        "export_type": "common_cartridge",
        "version": "1.3",
        "select": {"pages": [1, 2], "all_quizzes": True},
    }
    assert target.read_bytes() == BODY
    printed = capsys.readouterr()
    assert printed.out == f"{target}: 7 bytes, sha256 {SHA256}, 2 warnings\n"
    assert "exporting 50 %" in printed.err


def test_a_package_of_quizzes_has_a_version_a_target_and_banks(run: Run, tmp_path: Path) -> None:
    server = Server()
    words = ["--type", "qti", "--qti-version", "2.1", "--target", "generic", "--include-banks", "--include-index"]
    assert run(server, "export", "--course", "12", *words, "--out", str(tmp_path / "q.zip")) == 0
    asked = {"export_type": "qti", "version": "2.1", "target": "generic", "include_banks": True, "include_index": True}
    assert {**asked, "path": "/api/v1/courses/12/content_exports"} == server.created[-1]


@pytest.mark.parametrize(("option", "route"), [("--group", "groups"), ("--user", "users")])
def test_groups_and_users_are_exported_under_their_own_route(run: Run, tmp_path: Path, option: str, route: str) -> None:
    server = Server()
    assert run(server, "export", option, "5", "--type", "zip", "--out", str(tmp_path / "p.zip")) == 0
    assert server.created[-1] == {"path": f"/api/v1/{route}/5/content_exports", "export_type": "zip"}


def test_a_failed_export_ends_with_1_and_its_reason(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server("failed", error={"code": "nothing_selected", "message": "Nothing to pack."})
    assert run(server, "export", "--course", "1", "--type", "zip", "--out", str(tmp_path / "p.zip")) == 1
    assert "Nothing to pack. (nothing_selected)" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_refused_request_ends_with_1_and_what_the_server_said(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(400, json={"message": "invalid export_type"})

    assert run(refuse, "export", "--group", "1", "--type", "qti", "--out", str(tmp_path / "p")) == 1
    assert "invalid export_type" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["list", "--course", "1"], ["export", "--course", "1", "--type", "qti", "--out", "p"]]
)
def test_a_server_of_something_else_ends_with_1_and_a_reason(
    run: Run, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def page(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, html="<html>Welcome")

    assert run(page, *words) == 1
    assert capsys.readouterr().err.strip() == f"{BASE} is not a server of this API: its response is not JSON"


def test_a_package_that_cannot_be_put_there_ends_with_1_and_the_reason(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert run(Server(), "export", "--course", "1", "--type", "qti", "--out", str(tmp_path / "file" / "p.zip")) == 1
    said = capsys.readouterr().err
    assert "file" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "words",
    [
        ["export", "--course", "1", "--out", "p"],
        ["export", "--course", "1", "--type", "frog", "--out", "p"],
        ["export", "--type", "zip", "--out", "p"],
        ["export", "--course", "1", "--group", "2", "--type", "zip", "--out", "p"],
        ["export", "--course", "1", "--type", "zip", "--out", "p", "--select", "pages"],
        ["export", "--course", "1", "--type", "zip", "--out", "p", "--select", "pages=one"],
        ["watch", "four"],
        ["list"],
    ],
)
def test_a_wrong_call_ends_with_2_and_asks_the_server_nothing(run: Run, words: list[str]) -> None:
    def never(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError(request.url)

    assert run(never, *words) == 2


@pytest.mark.parametrize(("state", "code"), [("exported", 0), ("failed", 1)])
def test_watch_ends_as_the_export_does(run: Run, state: str, code: int) -> None:
    assert run(Server(state), "watch", "4") == code


def test_list_follows_the_links_to_the_last_page(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def serve(request: httpx2.Request) -> httpx2.Response:
        page = int(request.url.params.get("page", 1))
        item = {
            "id": 10 - page,
            "export_type": "qti",
            "workflow_state": "exported",
            "created_at": "2026-01-01T00:00:00Z",
        }
        link = f'<{BASE}{request.url.path}?page={page + 1}>; rel="next"' if page < 3 else ""
        return httpx2.Response(200, headers={"Link": link}, json=[item])

    assert run(serve, "list", "--course", "1", "--json") == 0
    assert [item["id"] for item in json.loads(capsys.readouterr().out)] == [9, 8, 7]


def test_ids_of_a_kind_that_is_named_twice_add_up() -> None:
    assert read_selection(["pages=1,2", "files=3", "pages=4", "everything"]) == {
        "pages": [1, 2, 4], "files": [3], "everything": True,
    }  # fmt: skip
