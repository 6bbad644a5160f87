from __future__ import annotations

import pytest
from typer.testing import CliRunner

from services.cli.__main__ import app


@pytest.mark.parametrize("scope", ["nonsense", "url:GET|/api/v1/wombats/:id"])
def test_a_token_with_a_scope_that_is_invalid_is_refused_before_the_database_is_asked(scope: str) -> None:
    words = ["token", "--user", "1", "--scope", scope, "--database-url", "postgresql://127.0.0.1:1/nowhere"]
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == 2
    assert "--scope" in ended.output
