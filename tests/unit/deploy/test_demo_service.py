"""The part of the demo that is a service by messages."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from deploy.stack.demo_service import read_example, show_service
from deploy.stack.running_system import RunningSystem
from deploy.stack.servers import Servers
from deploy.stack.service_processes import ServiceProcesses
from deploy.stack.stack_folder import StackFolder


def test_the_demo_runs_the_program_of_the_page_with_the_rights_that_the_page_gives_it() -> None:
    example = read_example()
    assert example.add_service == ["service", "catalogue", "--may", "content.write", "--may", "export.request"]
    assert example.create_token[0] == "token"
    assert example.name == "catalogue"
    compile(example.program, "README.md", "exec")


def test_a_broker_of_others_has_no_user_for_the_service_and_a_line_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = Servers("postgresql://other.invalid/x", "amqp://other.invalid/", "environment")
    system = RunningSystem(StackFolder(tmp_path), servers, cast("ServiceProcesses", None), "")
    show_service(system, tmp_path)
    assert capsys.readouterr().out == (
        "no service by messages: it needs a user of the broker, which is not ours (environment)\n"
    )
    assert not (tmp_path / "service").exists()
