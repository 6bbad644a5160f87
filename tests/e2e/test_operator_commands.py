"""Operators' commands with a server's URL and a token alone, and the same ones over the database: alike in all they print."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import Result

from deploy.stack.checkout import ROOT
from deploy.stack.running_system import console_script
from tests.support.console import invoke
from tests.support.stack import Stack

WAYS = ("server", "database")
NOT_OURS = ("DATABASE_URL", "STORE_URL", "AMQP_URL", "CONTENT_EXPORTS_URL", "CONTENT_EXPORTS_TOKEN")


class Laptop:
    """A machine with these settings and no others."""

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        self.env, self.folder, self.settings = {**kept, **settings, "PYTHONPATH": str(ROOT)}, folder, settings

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [console_script(), *words],
            env=self.env, cwd=self.folder, text=True, capture_output=True, timeout=120, check=False,
        )  # fmt: skip

    def invoke(self, *words: str) -> Result:
        """The same in this process, where many commands have to be run."""
        return invoke(*words, env={**dict.fromkeys(NOT_OURS), **self.settings})

    def output(self, *words: str) -> str:
        """The standard output of a command that succeeds, in this process."""
        done = self.invoke(*words)
        assert done.exit_code == 0, done.output
        return done.stdout.strip()

    def printed(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def laptops(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Laptop]:
    folder, token = tmp_path_factory.mktemp("laptop"), stack.token(1, "--site-admin")
    server = {"CONTENT_EXPORTS_URL": stack.base_url, "CONTENT_EXPORTS_TOKEN": token}
    settings = {"server": server, "database": {"DATABASE_URL": stack.database_url}}
    return {way: Laptop(settings[way], folder) for way in WAYS}


def test_each_command_prints_the_same_over_either_way(laptops: dict[str, Laptop]) -> None:
    ids = {}
    for way, at in laptops.items():
        user = at.output("user", "--name", "Ada", "--login", f"ada.{way}")
        course = at.output("course", "--name", "Tides", "--sis-id", f"TIDES-{way}")
        group = at.output("group", "--name", "Lab", "--course", course, "--member", user)
        enrolled = at.output("enroll", "--course", course, "--user", user, "--role", "teacher", "--json")
        names = ("course_id", "user_id", "role", "workflow_state")
        assert json.loads(enrolled) == dict(zip(names, (int(course), int(user), "teacher", "active"), strict=True))
        assert at.output("user", "--id", user, "--name", "Ada L.", "--json") == json.dumps({"id": int(user)})
        token = json.loads(at.output("token", "--user", user, "--expires", "1h", "--json"))
        assert set(token) == {"token", "id"}
        (listed,) = json.loads(at.output("tokens", "--user", user, "--json"))
        assert (listed["id"], listed["revoked_at"]) == (token["id"], None)
        assert at.output("revoke", token["token"], "--json") == '{"revoked": true}'
        assert at.output("group", "--id", group, "--delete") == group
        ids[way] = (user, course)
    log = [json.loads(at.output("audit", "--limit", "100", "--json")) for at in laptops.values()]
    kept = [[row for row in rows if row["action"] != "audit"] for rows in log]
    assert kept[0][:18] == kept[1][:18]  # both ways print up to 100 rows, and reading them over HTTP is a row
    for (user, course), row_token in ((ids["server"], "token:"), (ids["database"], "database")):
        (row,) = [row for row in kept[0] if row["action"] == "enroll" and f"course:{course} " in row["subject"]]
        assert row["subject"] == f"user:{user} course:{course} teacher active"
        assert row["actor"]["token"].startswith(row_token)


@pytest.mark.parametrize(
    "words",
    [
        ["user", "--name", "Twin", "--login", "ada.SERVER"],
        ["user", "--id", "999999", "--delete"],
        ["course", "--sis-id", "TIDES-server"],
        ["group", "--course", "999999"],
        ["enroll", "--course", "999999", "--user", "1"],
        ["enroll", "--course", "1", "--user", "999999"],
        ["token", "--user", "999999"],
        ["token", "--user", "1", "--scope", "url:GET|/api/v1/wombats"],
        ["user", "--time-zone", "Mars/Olympus"],
        ["revoke", "never-issued"],
        ["revoke", "--id", "999999"],
    ],
    ids=" ".join,
)
def test_each_error_is_the_same_over_either_way(laptops: dict[str, Laptop], words: list[str]) -> None:
    server, database = (laptops[way].invoke(*words, "--json") for way in WAYS)
    assert (server.exit_code, server.stderr, server.stdout) == (database.exit_code, database.stderr, database.stdout)
    assert server.exit_code in (1, 2)
    assert server.stderr.strip()


def test_a_token_without_the_right_and_an_unknown_server_change_nothing(
    stack: Stack, laptops: dict[str, Laptop]
) -> None:
    plain = stack.token(77)
    refused = laptops["server"].run("user", "--name", "Eve", "--token", plain)
    assert (refused.returncode, "HTTP 403" in refused.stderr) == (1, True)
    nowhere = laptops["server"].run("user", "--name", "Eve", "--url", "http://127.0.0.1:1")
    assert nowhere.returncode == 1
    assert stack.query("SELECT id FROM users WHERE body ->> 'name' = 'Eve'") == []


def test_events_of_all_exports_are_printed_as_cloud_events(laptops: dict[str, Laptop]) -> None:
    at = laptops["server"]
    course = at.printed("course", "--name", "Tides")
    at.printed("export", "--course", course, "--type", "qti", "--no-wait")
    (line,) = at.printed("events", "--context", f"courses/{course}", "--type", "requested").splitlines()
    event = json.loads(line)
    assert (event["type"], event["sequence"]) == ("content_export.requested.v1", "1")
    assert event["data"]["context"] == f"courses/{course}"
    refused = at.run("events", "--type", "frog")
    assert (refused.returncode, "type[]" in refused.stderr) == (1, True)
