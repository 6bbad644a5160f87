"""The definitions that `content-exports topology` prints are those that a fresh broker takes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from services.cli.__main__ import app
from services.cli.operator import topology
from shared.domain.services import Right, Service

SIS, CATALOGUE = (Service(name=name, may=frozenset({Right.EXPORT_REQUEST})) for name in ("sis", "catalogue"))
DATABASE = {"DATABASE_URL": "postgresql://h/d"}


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topology, "run_on", lambda *_: [SIS, CATALOGUE])
    for name in ("APP", "SIS", "CATALOGUE"):
        monkeypatch.delenv(f"BROKER_PASSWORD_{name}", raising=False)


def printed(*words: str, env: dict[str, str] | None = None) -> tuple[dict[str, list[str]], str]:
    """The names of users, and of those with rights; and the notes."""
    result = CliRunner().invoke(app, ["topology", *words], env={**DATABASE, **(env or {})})
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    users = {"users": [each["name"] for each in document["users"]]}
    rights = {kind: sorted({each["user"] for each in document[kind]}) for kind in ("permissions", "topic_permissions")}
    return users | rights, result.stderr


def test_a_user_without_a_password_is_left_out_with_its_rights() -> None:
    named, notes = printed(env={"BROKER_PASSWORD_SIS": "secret"})
    assert named == {"users": ["sis"], "permissions": ["sis"], "topic_permissions": ["sis"]}
    assert "BROKER_PASSWORD_CATALOGUE is not set: the user catalogue is left out, with its rights" in notes
    assert "BROKER_PASSWORD_SIS" not in notes


def test_an_existing_user_has_its_rights_and_keeps_its_password() -> None:
    named, notes = printed("--existing", "app", "--existing", "catalogue", env={"BROKER_PASSWORD_SIS": "secret"})
    assert named == {
        "users": ["sis"],
        "permissions": ["app", "catalogue", "sis"],
        "topic_permissions": ["catalogue", "sis"],
    }
    assert notes == ""


def test_an_existing_user_that_no_row_names_is_refused() -> None:
    result = CliRunner().invoke(app, ["topology", "--existing", "cis"], env=DATABASE)
    assert result.exit_code == 2
    assert "cis: no such user; there are app, sis, catalogue" in " ".join(result.output.replace("│", " ").split())
