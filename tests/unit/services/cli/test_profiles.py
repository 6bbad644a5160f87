"""Profiles name servers; the environment comes before them, and no token goes to another server."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from services.cli.connection import ServerAccess, connection
from services.cli.errors import InvalidSetting
from services.cli.profiles import ServerProfile, profiles_file, read_profile

SCHOOL = ServerProfile("https://school.test", "of the profile")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = profiles_file()
    file.write_text('[profiles.school]\nurl = "https://school.test"\ntoken = "of the profile"\n[profiles.bare]\n')
    file.chmod(0o600)
    return file


def test_a_profile_is_read_from_the_folder_of_settings(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert file.name == "content-exports.toml"
    assert read_profile("school") == SCHOOL
    assert read_profile("bare") == ServerProfile()
    assert read_profile("") == ServerProfile()
    assert capsys.readouterr().err == ""
    assert "of the profile" not in repr(SCHOOL)


def test_a_file_with_a_token_that_others_can_read_is_warned_of(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.chmod(0o644)
    read_profile("bare")
    assert capsys.readouterr().err == ""
    assert read_profile("school") == SCHOOL
    assert "chmod 600" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "profiles = 1", "[profiles]\nschool = 1", "[profiles.school]\nurl = 1", "not toml"]
)
def test_a_missing_or_invalid_profile_is_a_usage_error(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(typer.BadParameter, match=r"content-exports\.toml"):
        read_profile("school")


def test_the_environment_comes_before_the_profile(tmp_path: Path) -> None:
    assert connection("", "", SCHOOL, folder=tmp_path) == ServerAccess(SCHOOL.url, SCHOOL.token)
    assert connection("", "mine", SCHOOL, folder=tmp_path) == ServerAccess(SCHOOL.url, "mine")
    assert connection("https://other.test", "mine", SCHOOL, folder=tmp_path).url == "https://other.test"


def test_the_token_of_a_profile_never_goes_to_another_server(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="TOKEN"):
        connection("https://other.test", "", SCHOOL, folder=tmp_path)


def test_the_url_of_an_export_is_the_server_unless_another_is_named(tmp_path: Path) -> None:
    assert connection("", "mine", url_of_export="https://here.test", folder=tmp_path).url == "https://here.test"
    with pytest.raises(typer.BadParameter, match=r"here\.test"):
        connection("", "", SCHOOL, url_of_export="https://here.test", folder=tmp_path)


@pytest.mark.parametrize("url", ["school.test", "school.test:80", "ftp://school.test", "https://", "https://x:port"])
def test_a_url_without_a_scheme_is_a_wrong_setting(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidSetting, match=r"^CONTENT_EXPORTS_URL: "):
        connection(url, "mine", folder=tmp_path)
    assert InvalidSetting.exit_code == 78
