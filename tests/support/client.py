"""A plain HTTP client of the API, as any script would be one."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

PATIENCE_S = 60.0


@dataclass
class Client:
    """One caller with one token."""

    base_url: str
    token: str
    http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self.http = httpx2.Client(base_url=self.base_url, headers=headers, timeout=30, trust_env=False)

    def create(self, course_id: int, export_type: str, *, context: str = "courses", **body: Any) -> dict[str, Any]:
        answer = self.http.post(
            f"/api/v1/{context}/{course_id}/content_exports", json={"export_type": export_type, **body}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def show(self, course_id: int, export_id: int, *, context: str = "courses") -> dict[str, Any]:
        answer = self.http.get(f"/api/v1/{context}/{course_id}/content_exports/{export_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def progress(self, export: dict[str, Any]) -> dict[str, Any]:
        return dict(self.http.get(export["progress_url"]).json())

    def finished(self, export: dict[str, Any], patience_s: float = PATIENCE_S, *, at: str = "") -> dict[str, Any]:
        """Wait as Canvas clients do, by polling progress; the export as shown right after. `at`: "groups/7"."""
        deadline = time.monotonic() + patience_s
        while (progress := self.progress(export))["workflow_state"] not in ("completed", "failed"):
            assert time.monotonic() < deadline, f"still {progress}"
            time.sleep(0.1)
        context, _, context_id = (at or f"courses/{export['course_id']}").partition("/")
        return self.show(int(context_id), export["id"], context=context)

    def exported(self, course_id: int, export_type: str, *, context: str = "courses", **body: Any) -> dict[str, Any]:
        export = self.create(course_id, export_type, context=context, **body)
        done = self.finished(export, at=f"{context}/{course_id}")
        assert done["workflow_state"] == "exported", done
        return done

    def report(self, export: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/v1/courses/{export['course_id']}/content_exports/{export['id']}/report"
        return dict(self.http.get(path).json())

    def download(self, export: dict[str, Any], to: Path) -> Path:
        """The package, its size and SHA-256 compared with what the export says."""
        attachment, digest = export["attachment"], hashlib.sha256()
        with httpx2.stream("GET", attachment["url"], timeout=60, trust_env=False) as answer, to.open("wb") as file:
            assert answer.status_code == 200
            for chunk in answer.iter_bytes(1 << 20):
                digest.update(chunk)
                file.write(chunk)
        assert to.stat().st_size == attachment["size"]
        assert digest.hexdigest() == attachment["sha256"]
        return to
