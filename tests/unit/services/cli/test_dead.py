"""The command for dead letters, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import msgspec
import pytest
import typer

from services.cli.operator.broker import BrokerAccess
from tests.support.fake_operations import a_letter
from tests.unit.services.cli.conftest import Run
from tests.unit.services.cli.test_export_actions import Answers

API = "/api/v1/admin/dead_letters"
LETTERS: list[Any] = msgspec.to_builtins([a_letter("aa"), a_letter("bb")])
BROKER = {"AMQP_URL": "amqp://h/"}
SERVER = {"CONTENT_EXPORTS_URL": "http://h"}


@pytest.mark.parametrize("words", [["dead"], ["dead", "list", "--limit", "2"]])
def test_letters_are_lines(run: Run, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert run(lambda _: httpx2.Response(200, json=LETTERS), *words) == 0
    first, _ = capsys.readouterr().out.splitlines()
    assert first == "aa - sis export.request rejected: It is no JSON."


@pytest.mark.parametrize("words", [["show", "aa"], ["--show", "aa"]])
def test_one_is_shown_in_full(run: Run, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    seen: list[httpx2.Request] = []

    def serve(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=LETTERS[:1])

    assert run(serve, "dead", *words) == 0
    assert dict(seen[0].url.params) == {"id": "aa"}
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == ("id: aa", "{")


def test_an_unknown_letter_is_an_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda _: httpx2.Response(404, json={"message": "no"}), "dead", "show", "cc") == 1
    assert capsys.readouterr().err.strip() == "There is no dead letter cc."


@pytest.mark.parametrize("words", [["replay", "aa", "bb"], ["--replay", "aa", "--replay", "bb"]])
def test_letters_are_replayed_by_words_or_options(
    run: Run, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    server = Answers({"settled": ["aa", "bb"], "missing": []})
    assert run(server, "dead", *words) == 0
    assert server.asked == [(f"POST {API}/replay", {"ids": ["aa", "bb"], "dry_run": False})]
    assert capsys.readouterr().out == "aa\nbb\n"


def test_it_says_that_letters_remain_after_the_most_of_one_request(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {"settled": ["aa"], "missing": [], "more": True}
    server = Answers(answer, answer)
    assert run(server, "dead", "replay", "all") == 0
    assert capsys.readouterr().out == "aa\nThere are more: run the command again.\n"
    assert run(server, "dead", "replay", "all", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"replayed": ["aa"], "more": True}


def test_what_is_not_there_to_drop_is_named_beside_what_was_dropped(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Answers({"settled": ["aa"], "missing": ["cc"]})
    assert run(server, "dead", "drop", "aa", "cc", "--json", "--dry-run") == 1
    assert server.asked == [(f"POST {API}/drop", {"ids": ["aa", "cc"], "dry_run": True})]
    assert json.loads(capsys.readouterr().out) == {"error": "There is no dead letter cc.", "settled": ["aa"]}


@pytest.mark.parametrize(
    "words",
    [
        ["show"],
        ["show", "aa", "bb"],
        ["replay"],
        ["list", "aa"],
        ["frog"],
        ["--show", "aa", "--drop", "bb"],
        ["show", "aa", "--drop", "bb"],
    ],
)
def test_a_wrong_command_is_a_usage_error_without_a_request(run: Run, words: list[str]) -> None:
    server = Answers()
    assert run(server, "dead", *words) == 2
    assert not server.asked


@pytest.mark.parametrize(
    ("options", "environ", "over_http"),
    [
        ({"url": "http://h"}, BROKER, True),
        ({"token": "t"}, SERVER, True),
        ({"amqp_url": "amqp://h/"}, SERVER, False),
        ({}, SERVER, True),
        ({}, {}, True),
        ({}, {**SERVER, **BROKER}, False),
    ],
)
def test_an_option_decides_then_the_broker_of_the_environment_then_a_server_of_it(
    options: dict[str, str], environ: dict[str, str], over_http: bool
) -> None:
    assert BrokerAccess(**options).is_over_http(environ) is over_http


def test_options_that_name_both_are_a_usage_error() -> None:
    with pytest.raises(typer.BadParameter):
        BrokerAccess(url="http://h", amqp_url="amqp://h/").is_over_http({})
