"""The list of commands says what the commands say, without their modules."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from services.cli.__main__ import COMMANDS, app, load_command


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_the_first_sentence_of_each_command(name: str) -> None:
    assert (load_command(name).help or "").partition("\n")[0] == COMMANDS[name][2]


def test_help_imports_no_command_and_no_library_of_theirs() -> None:
    code = """
import sys
from services.cli.__main__ import main
sys.argv = ["content-exports", "--help"]
try:
    main()
finally:
    print(sorted({"asyncpg", "httpx2", "lxml", "msgspec", "obstore", "pydantic"} & set(sys.modules)))
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(name in printed for name in COMMANDS)
    assert printed.endswith("[]\n")


def test_commands_that_reach_a_server_import_no_client_of_the_database_or_the_broker_and_no_reader() -> None:
    code = """
import sys
import services.cli.operator.over_http
from services.cli.__main__ import COMMANDS, load_command
for name in set(COMMANDS) - {"load", "service", "topology", "earlier-queues"}:  # of these, that is the work
    load_command(name)
print(sorted({"asyncpg", "aio_pika", "aiormq", "lxml", "obstore", "structlog", "shared.formats.folder"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_command_prints_json_and_can_be_completed() -> None:
    for name in COMMANDS:
        if name != "load":  # prints JSON always
            assert any("--json" in option.opts for option in load_command(name).params), name
    env = {"_CONTENT_EXPORTS_COMPLETE": "complete_bash", "COMP_WORDS": "content-exports exp", "COMP_CWORD": "1"}
    code = "import sys; from services.cli.__main__ import main; sys.argv = ['content-exports']; main()"
    words = [sys.executable, "-c", code]
    printed = subprocess.run(words, env={**os.environ, **env}, capture_output=True, text=True, check=False).stdout
    assert printed.split() == ["export", "exports", "explain"]


def test_the_version_is_that_of_the_package() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"{version('content-exports')}\n")


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "h:5432/d"])
def test_a_wrong_database_url_ends_a_command_with_78_and_its_name(url: str) -> None:
    done = CliRunner().invoke(app, ["user", "--name", "Ada", "--database-url", url])
    assert done.exit_code == 78
    assert done.stderr == "DATABASE_URL: not an address of the form postgresql://user@host:port/database\n"
