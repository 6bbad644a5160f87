"""The running system answers whatever its own description allows: no server error, nothing undocumented."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.support.campus import Campus, write_folder
from tests.support.small_course import small_course

OWNER, CALLER = 3801, 3802
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
    "ignored_auth",
    "unsupported_method",
)
# Streams have no end; metrics are written by their library.
LEFT_OUT = r"/events$"


@pytest.fixture(scope="module")
def config(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ids that exist. The exports are another teacher's: the caller may read them and not delete them."""
    folder = tmp_path_factory.mktemp("fuzzed")
    documents = {"course": {"id": 9, "name": "Fuzzed"}, **small_course()}
    course = campus.load(write_folder(folder, documents, {"one.txt": b"one", "two.txt": b"two"}))
    for user in (OWNER, CALLER):
        campus.enroll(course, user, "teacher")
    group = campus.group(CALLER)
    owner = campus.client(OWNER)
    done = owner.exported(course, "common_cartridge")
    failed = owner.create(course, "qti")
    owner.http.post(failed["progress_url"] + "/cancel")
    file = folder / "schemathesis.toml"
    file.write_text(f"""
[parameters]
"path.course_id" = "{course}"
"path.group_id" = "{group}"
"path.user_id" = "self"
"path.id" = {done["id"]}

[[operations]]
include-path-regex = "/progress/"
parameters = {{ "path.id" = {done["progress_url"].rsplit("/", 1)[1]} }}

[[operations]]
include-path-regex = "/files/"
parameters = {{ "path.id" = {done["attachment"]["id"]} }}

[[operations]]
include-path-regex = "/retry"
parameters = {{ "path.id" = {failed["id"]} }}

[[operations]]
include-path-regex = "/entries/"
parameters = {{ "path.path" = "imsmanifest.xml" }}
""")
    return file


def test_every_operation_answers_as_described(campus: Campus, config: Path) -> None:
    words = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(config), "run", f"{campus.stack.base_url}/openapi.json"),
        *("-H", f"Authorization: Bearer {campus.stack.token(CALLER)}", "--exclude-path-regex", LEFT_OUT),
        *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--max-examples", "4", "--seed", "1"),
        *("--request-timeout", "45", "--warnings", "off", "--continue-on-failure"),
    ]
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "160"}
    done = subprocess.run(words, cwd=config.parent, env=env, capture_output=True, text=True, check=False, timeout=280)
    print(done.stdout)
    assert done.returncode == 0, done.stdout
    tested = re.search(r"Tested: (\d+)", done.stdout)
    cases = re.search(r"(\d+) generated", done.stdout)
    assert tested is not None
    assert cases is not None
    assert int(tested[1]) >= 40
    assert int(cases[1]) >= 500


UPLOADS = {"/api/v1/admin/loads", "/api/v1/blobs/1"}
ODD_BODIES = {
    415: {"content": b"x", "headers": {"Content-Encoding": "br"}},
    413: {"content": b'{"as_user_id": "' + b"1" * 2**20 + b'"}', "headers": {"Content-Type": "application/json"}},
    422: {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
    400: {"content": b"x", "headers": {"Content-Encoding": "gzip"}},
}


def test_a_body_that_no_operation_takes_is_answered_as_each_operation_describes(campus: Campus) -> None:
    token = campus.stack.token(CALLER)
    with httpx2.Client(base_url=campus.stack.base_url, trust_env=False, timeout=30) as http:
        for method, path, declared in operations(http):
            for status, words in ODD_BODIES.items():
                headers = {"Authorization": f"Bearer {token}", **words["headers"]}
                answer = http.request(method, path, content=words["content"], headers=headers)
                assert str(answer.status_code) in declared, (method, path, answer.text)
                if method != "GET" and path not in UPLOADS:  # whose bodies are not read, or after the rights
                    assert answer.status_code == status, (method, path, answer.text)


def operations(http: httpx2.Client) -> list[tuple[str, str, set[str]]]:
    """(method, path with ids, described statuses) of all that ends by itself."""
    described = http.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub(r"\{[a-z0-9_]+\}", "1", path), set(operation["responses"]))
        for path, methods in described.items()
        for method, operation in methods.items()
        if not path.endswith("/events")
    ]
