"""Where the commands find their server and their token."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from deploy.stack.run import write_env
from services.cli.connection import TOKEN, URL, ServerAccess, connection, read_env


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".run").mkdir()
    write_env(tmp_path / ".run" / "env", {URL: "http://127.0.0.1:9000", TOKEN: "of the file"})
    return tmp_path


def test_what_make_run_left_is_found_in_the_folder_and_above_it(checkout: Path) -> None:
    (checkout / "a" / "b").mkdir(parents=True)
    assert connection("", "", folder=checkout / "a" / "b") == ServerAccess("http://127.0.0.1:9000", "of the file")


def test_the_environment_comes_before_the_file(checkout: Path) -> None:
    assert connection("http://127.0.0.1:9000/", "mine", folder=checkout) == ServerAccess(
        "http://127.0.0.1:9000", "mine"
    )


def test_the_token_of_the_file_never_goes_to_another_server(checkout: Path) -> None:
    with pytest.raises(typer.BadParameter, match=TOKEN):
        connection("https://elsewhere.test", "", folder=checkout)


def test_without_a_server_the_call_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match=URL):
        connection("", "mine", folder=tmp_path)


def test_a_token_is_not_shown_with_its_connection() -> None:
    assert "secret" not in repr(ServerAccess("http://x", "secret"))


def test_what_is_written_for_the_shell_is_read_back_whatever_it_holds(tmp_path: Path) -> None:
    values = {"A": "plain", "B": "with 'quotes' and $HOME", "C": "postgresql://u:p@h/d?sslmode=disable&x=#1"}
    write_env(tmp_path / "env", values)
    assert read_env((tmp_path / "env").read_text()) == values
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600
