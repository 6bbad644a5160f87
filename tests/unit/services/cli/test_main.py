"""The list of commands says what the commands say, without their modules."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.cli.__main__ import COMMANDS, load_command


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
