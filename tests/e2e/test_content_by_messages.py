"""A service that knows the broker alone, but for bytes; and an intake that is killed at every step of its work."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.blocking_lock import blocking_lock
from tests.support.campus import Campus
from tests.support.client import Client
from tests.support.internal_service import broker_url_of
from tests.support.pages import INGEST, section
from tests.support.service_client import ServiceClient, service_client
from tests.support.stack import Stack

SCOPES = ("url:PUT|/api/v1/blobs/:sha256", "url:GET|/api/v1/courses/:course_id/content_exports/:id")


@pytest.fixture(scope="module")
def catalogue(stack: Stack, admin: Client) -> str:
    """The address of the broker for a service that may send content and ask for exports, as an operator adds it."""
    return broker_url_of(stack, "catalogue", "content.write", "export.request")


def test_a_service_that_knows_the_broker_alone_creates_a_course_and_downloads_its_cartridge(
    stack: Stack, catalogue: str, tmp_path: Path
) -> None:
    page = section(INGEST, "## From nothing to a finished export")
    (program,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    token = stack.token(1, "--site-admin", *(word for scope in SCOPES for word in ("--scope", scope)))
    assert all(scope in page for scope in SCOPES)
    env = {**os.environ, "AMQP_URL": catalogue, "SITE_URL": stack.base_url, "CONTENT_EXPORTS_TOKEN": token}
    for _ in range(2):  # it is safe to run twice
        done = subprocess.run(
            [sys.executable, "-c", program], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert "'unchanged': 40" in done.stdout
    with ZipFile(tmp_path / "course.imscc") as package:
        names = package.namelist()
        assert len([name for name in names if name.startswith("wiki_content/")]) == 40
        assert package.read("web_resources/tides.txt") == b"High water at noon."
        assert len([name for name in names if name.startswith("web_resources/")]) == 3


async def pages(service: ServiceClient, course: str, numbers: range) -> list[str]:
    """Send a page a message. The ids of the messages."""
    sent = []
    for number in numbers:
        data = {"objects": [{"id": number, "title": f"Page {number}", "revision": 1}]}
        sent.append(await service.send("content.pages.upsert.v1", data, attributes={"subject": course}))
    return sent


async def killed_at_every_step(stack: Stack, address: str, course: str) -> set[str]:
    """Send pages while the intake is killed. The types of all replies."""
    async with service_client(address, "catalogue") as service:
        sent = await pages(service, course, range(1, 21))
        async with blocking_lock(stack.database_url, "LOCK TABLE content_objects IN SHARE MODE") as reached:
            stack.system.processes.start("ingest")
            await reached()  # before the commit
            stack.kill("ingest")
        stack.system.processes.start("ingest")
        await service.answered.wait()  # committed, and perhaps not acknowledged
        stack.kill("ingest")
        sent += await pages(service, course, range(21, 41))
        stack.start("ingest")
        return {(await service.reply(each, within_s=60))["type"] for each in sent}


def test_an_intake_that_is_killed_at_every_step_takes_each_object_once(
    stack: Stack, catalogue: str, campus: Campus
) -> None:
    course = campus.course("--name", "Killed")
    stack.kill("ingest")
    assert asyncio.run(killed_at_every_step(stack, catalogue, f"courses/{course}")) == {"content.accepted.v1"}
    rows = stack.query("SELECT id FROM content_objects WHERE context_id = $1 AND context_type = 'Course'", course)
    assert sorted(row["id"] for row in rows) == list(range(1, 41))
