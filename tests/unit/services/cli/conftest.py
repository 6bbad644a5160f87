"""A run of the console script against a server in the same process."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from services.cli import connection
from services.cli.__main__ import main
from tests.unit.services.cli.servers import BASE, Handler, api_of, events

Run = Callable[..., int]
BODY = b"package"
SHA256 = hashlib.sha256(BODY).hexdigest()
CREATED = {
    "id": 3, "export_type": "zip", "workflow_state": "created", "progress_url": f"{BASE}/api/v1/progress/4",
}  # fmt: skip


class Server:
    """Answers as the gateway does, for one export that ends in `state`."""

    def __init__(self, state: str = "exported", **shown: Any) -> None:
        self.state, self.shown, self.created = state, shown, [{}]

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if request.method == "POST":
            self.created.append({"path": path, **json.loads(request.content)})
            return httpx2.Response(200, json=CREATED)
        if path.endswith("/events"):
            return events((1, "created", 0), (2, "exporting", 50), (3, self.state, 100))
        if path.startswith("/files/"):
            return httpx2.Response(200, headers={"ETag": f'"{SHA256}"'}, stream=httpx2.ByteStream(BODY))
        package = {"url": f"{BASE}/files/9/download?verifier=v", "size": len(BODY), "filename": "course.imscc"}
        attachment = {"attachment": package} if self.state == "exported" else {}
        return httpx2.Response(200, json={**CREATED, "workflow_state": self.state, **attachment, **self.shown})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the console script with these words against a server; gives its exit code."""

    def run(server: Handler, *words: str) -> int:
        monkeypatch.setattr(connection, "Api", lambda *_: api_of(server))
        monkeypatch.setattr(sys, "argv", ["content-exports", *words, "--url", BASE, "--token", "t"])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return run
